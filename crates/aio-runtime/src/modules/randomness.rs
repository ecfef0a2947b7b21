//! `random`: one generator shared by the functions of the module, and the class `Random`.

use super::add;
use super::mathematics::float_of;
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Args, Arguments, Method, NativeFn};
use crate::num::random::Random;
use crate::num::{Fault, IntRef};
use crate::objects::{Layout, ListObj, ModuleObj, NativeData, Payload};
use crate::types::numbers::{int_ref, int_value};
use crate::types::type_type::{native_class, new_instance};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::cell::RefCell;
use std::rc::Rc;

/// The methods of `Random`; the functions of the module are those of one hidden instance.
pub const METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new),
        "Create and return a new object.",
    ),
    Method::new("__init__", NativeFn::Range(1, 2, init), "Initialize self."),
    Method::new(
        "seed",
        NativeFn::Any(seed),
        "Initialize internal state from a seed.",
    ),
    Method::new(
        "random",
        NativeFn::F1(random),
        "random() -> x in the interval [0, 1).",
    ),
    Method::new(
        "getrandbits",
        NativeFn::F2(bits),
        "getrandbits(k) -> x.  Generates an int with k random bits.",
    ),
    Method::new("randbytes", NativeFn::F2(bytes), "Generate n random bytes."),
    Method::new(
        "randrange",
        NativeFn::Range(2, 4, range),
        "Choose a random item from range(stop) or range(start, stop[, step]).",
    ),
    Method::new(
        "randint",
        NativeFn::F3(int),
        "Return random integer in range [a, b], including both end points.",
    ),
    Method::new(
        "choice",
        NativeFn::F2(choice),
        "Choose a random element from a non-empty sequence.",
    ),
    Method::new(
        "choices",
        NativeFn::Any(choices),
        "Return a k sized list of population elements chosen with replacement.",
    ),
    Method::new(
        "sample",
        NativeFn::Any(sample),
        "Chooses k unique random elements from a population sequence.",
    ),
    Method::new(
        "shuffle",
        NativeFn::F2(shuffle),
        "Shuffle list x in place, and return None.",
    ),
    Method::new(
        "uniform",
        NativeFn::F3(|vm, r, a, b| two(vm, r, a, b, |r, a, b| Ok(r.uniform(a, b)))),
        "Get a random number in the range [a, b) or [a, b] depending on rounding.",
    ),
    Method::new(
        "triangular",
        NativeFn::Range(1, 4, triangular),
        "Triangular distribution.",
    ),
    Method::new(
        "gauss",
        NativeFn::Range(1, 3, |vm, a| with_defaults(vm, a, Random::gauss)),
        "Gaussian distribution.",
    ),
    Method::new(
        "normalvariate",
        NativeFn::Range(1, 3, |vm, a| with_defaults(vm, a, Random::normal)),
        "Normal distribution.",
    ),
    Method::new(
        "lognormvariate",
        NativeFn::F3(|vm, r, a, b| two(vm, r, a, b, |r, a, b| Ok(r.log_normal(a, b)))),
        "Log normal distribution.",
    ),
    Method::new(
        "expovariate",
        NativeFn::Range(1, 2, exponential),
        "Exponential distribution.",
    ),
    Method::new(
        "vonmisesvariate",
        NativeFn::F3(|vm, r, a, b| two(vm, r, a, b, |r, a, b| Ok(r.von_mises(a, b)))),
        "Circular data distribution.",
    ),
    Method::new(
        "gammavariate",
        NativeFn::F3(|vm, r, a, b| two(vm, r, a, b, Random::gamma)),
        "Gamma distribution.",
    ),
    Method::new(
        "betavariate",
        NativeFn::F3(|vm, r, a, b| two(vm, r, a, b, Random::beta)),
        "Beta distribution.",
    ),
    Method::new(
        "paretovariate",
        NativeFn::F2(|vm, r, a| one(vm, r, a, Random::pareto)),
        "Pareto distribution.",
    ),
    Method::new(
        "weibullvariate",
        NativeFn::F3(|vm, r, a, b| two(vm, r, a, b, Random::weibull)),
        "Weibull distribution.",
    ),
    Method::new(
        "getstate",
        NativeFn::F1(get_state),
        "Return internal state.",
    ),
    Method::new(
        "setstate",
        NativeFn::F2(set_state),
        "Restore internal state.",
    ),
];

struct Generator {
    random: RefCell<Random>,
}

impl NativeData for Generator {
    fn visit(&self, _visitor: &mut dyn FnMut(&Value)) {}
}

/// Fills the module.
///
/// # Errors
/// None yet.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    let object = vm.types.object.clone();
    let class = native_class(vm, "Random", "random", &object, Layout::Native, METHODS);
    let shared = vm.call(&class.to_value(), &[])?;
    for method in METHODS {
        if method.name.starts_with("__") {
            continue;
        }
        let name = vm.intern(method.name);
        let bound = vm.get_attr(&shared, &name)?;
        add(vm, module, method.name, bound);
    }
    add(vm, module, "Random", class.to_value());
    add(vm, module, "SystemRandom", class.into());
    Ok(())
}

fn system_seed() -> Random {
    use std::hash::{BuildHasher, Hasher};
    let mut seed = Vec::new();
    for _ in 0..4 {
        let hasher = std::collections::hash_map::RandomState::new().build_hasher();
        seed.extend_from_slice(&hasher.finish().to_le_bytes());
    }
    Random::from_bytes(&seed)
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let Some(class) = args.pos.first().and_then(Value::to_class) else {
        return Err(vm.type_error("Random.__new__(X): X is not a type object"));
    };
    let generator = Generator {
        random: RefCell::new(system_seed()),
    };
    Ok(new_instance(&class, Payload::Native(Rc::new(generator))))
}

fn with<T>(vm: &mut Vm, value: &Value, f: impl FnOnce(&mut Random) -> T) -> R<T> {
    match value.as_instance().and_then(|i| i.native::<Generator>()) {
        Some(generator) => Ok(f(&mut generator.random.borrow_mut())),
        None => Err(vm.type_error("a Random object is required")),
    }
}

fn checked<T>(vm: &mut Vm, result: Result<T, Fault>) -> R<T> {
    result.map_err(|fault| vm.raise_fault(fault))
}

fn seeded(vm: &mut Vm, value: &Value) -> R<Random> {
    if value.is_none() {
        return Ok(system_seed());
    }
    if let Some(text) = value.as_str() {
        return Ok(Random::from_bytes(text.as_bytes()));
    }
    if let Some(bytes) = value.as_bytes_obj() {
        return Ok(Random::from_bytes(bytes.data()));
    }
    if let Some(int) = int_ref(value) {
        return Ok(Random::from_int(int));
    }
    match value.as_float() {
        Some(float) => Ok(Random::from_f64(float)),
        None => Err(vm.type_error(
            "The only supported seed types are:\nNone, int, float, str, bytes, and bytearray.",
        )),
    }
}

fn init(vm: &mut Vm, args: &[Value]) -> R {
    if let Some(value) = args.get(1) {
        let random = seeded(vm, value)?;
        with(vm, args.at(0), |state| *state = random)?;
    }
    Ok(Value::NONE)
}

fn seed(vm: &mut Vm, args: Args<'_>) -> R {
    let keyword = args
        .kw
        .iter()
        .find(|(name, _)| name.text() == "a")
        .map(|(_, value)| value);
    let value = args.pos.get(1).or(keyword).cloned().unwrap_or(Value::NONE);
    let random = seeded(vm, &value)?;
    with(vm, args.pos.at(0), |state| *state = random)?;
    Ok(Value::NONE)
}

fn random(vm: &mut Vm, object: &Value) -> R {
    with(vm, object, Random::random).map(Value::float)
}

fn bits(vm: &mut Vm, object: &Value, count: &Value) -> R {
    let count = vm.index(count)?;
    let Some(count) = int_ref(&count) else {
        return Ok(Value::NONE);
    };
    let result = with(vm, object, |random| random.bits(count))?;
    checked(vm, result).map(int_value)
}

fn bytes(vm: &mut Vm, object: &Value, count: &Value) -> R {
    let count = vm.index_i64(count)?;
    if count < 0 {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    let Some(count) = usize::try_from(count).ok().filter(|_| count < 1 << 28) else {
        return Err(vm.overflow_error("Python int too large to convert to C int"));
    };
    let bytes = with(vm, object, |random| random.bytes(count))?;
    Ok(Value::bytes(bytes))
}

fn range(vm: &mut Vm, args: &[Value]) -> R {
    let mut bounds = Vec::new();
    for arg in args.rest(1) {
        bounds.push(vm.index(arg)?);
    }
    let refs: Vec<IntRef<'_>> = bounds.iter().filter_map(int_ref).collect();
    let result = match refs.as_slice() {
        [stop] => with(vm, args.at(0), |random| random.range_to(*stop))?,
        [start, stop] => with(vm, args.at(0), |random| {
            random.range(*start, *stop, IntRef::Small(1))
        })?,
        [start, stop, step] => with(vm, args.at(0), |random| random.range(*start, *stop, *step))?,
        _ => return Ok(Value::NONE),
    };
    checked(vm, result).map(int_value)
}

fn int(vm: &mut Vm, object: &Value, low: &Value, high: &Value) -> R {
    let past = vm.binary(aio_compile::hir::BinaryOp::Add, high, &Value::int(1))?;
    range(vm, &[object.clone(), low.clone(), past])
}

fn choice(vm: &mut Vm, object: &Value, items: &Value) -> R {
    let len = vm.len(items)?;
    if len == 0 {
        return Err(vm.index_error("Cannot choose from an empty sequence"));
    }
    let result = with(vm, object, |random| random.choice_index(len))?;
    let at = checked(vm, result)?;
    vm.get_item(items, &Value::int(at as i64))
}

fn keyword(args: Args<'_>, name: &str) -> Option<Value> {
    let found = args.kw.iter().find(|(known, _)| known.text() == name);
    found
        .map(|(_, value)| value.clone())
        .filter(|value| !value.is_none())
}

fn choices(vm: &mut Vm, args: Args<'_>) -> R {
    let [object, population, ..] = args.pos else {
        return Err(
            vm.type_error("Random.choices() missing 1 required positional argument: 'population'")
        );
    };
    let weights = args
        .pos
        .get(2)
        .cloned()
        .filter(|w| !w.is_none())
        .or(keyword(args, "weights"));
    let cumulative = keyword(args, "cum_weights");
    let count = match keyword(args, "k") {
        Some(count) => vm.index_i64(&count)?.max(0) as usize,
        None => 1,
    };
    let len = vm.len(population)?;
    let mut sums = Vec::new();
    if let Some(weights) = &weights {
        if cumulative.is_some() {
            return Err(vm.type_error("Cannot specify both weights and cumulative weights"));
        }
        let mut total = 0.0;
        for weight in vm.collect(weights)? {
            total += float_of(vm, &weight)?;
            sums.push(total);
        }
    } else if let Some(cumulative) = &cumulative {
        for weight in vm.collect(cumulative)? {
            sums.push(float_of(vm, &weight)?);
        }
    }
    let weighted = weights.is_some() || cumulative.is_some();
    if weighted {
        let result = crate::num::random::check_weights(&sums, len);
        checked(vm, result)?;
    }
    if len == 0 && count > 0 {
        return Err(vm.index_error("list index out of range"));
    }
    let mut chosen = Vec::with_capacity(count.min(1 << 20));
    for _ in 0..count {
        let at = with(vm, object, |random| {
            if weighted {
                random.weighted_index(&sums)
            } else {
                random.choices_index(len)
            }
        })?;
        chosen.push(vm.get_item(population, &Value::int(at as i64))?);
    }
    Ok(Value::new(ListObj::new(chosen)))
}

fn sample(vm: &mut Vm, args: Args<'_>) -> R {
    let [object, population, ..] = args.pos else {
        return Err(
            vm.type_error("Random.sample() missing 1 required positional argument: 'population'")
        );
    };
    let Some(count) = args.pos.get(2).cloned().or(keyword(args, "k")) else {
        return Err(vm.type_error("Random.sample() missing 1 required positional argument: 'k'"));
    };
    if matches!(population.tag(), Tag::Set | Tag::Dict) {
        return Err(
            vm.type_error("Population must be a sequence.  For dicts or sets, use sorted(d).")
        );
    }
    let count = vm.index_i64(&count)?;
    let items = vm.collect(population)?;
    let result = with(vm, object, |random| {
        random.sample_indices(items.len(), count)
    })?;
    let places = checked(vm, result)?;
    let chosen = places
        .into_iter()
        .filter_map(|at| items.get(at).cloned())
        .collect();
    Ok(Value::new(ListObj::new(chosen)))
}

fn shuffle(vm: &mut Vm, object: &Value, items: &Value) -> R {
    let len = vm.len(items)?;
    let swaps: Vec<(usize, usize)> =
        with(vm, object, |random| random.shuffle_swaps(len).collect())?;
    if let Some(list) = items.as_list() {
        list.items.with_mut(|items| {
            for (a, b) in swaps {
                if a < items.len() && b < items.len() {
                    items.swap(a, b);
                }
            }
        });
        return Ok(Value::NONE);
    }
    for (a, b) in swaps {
        let (a, b) = (Value::int(a as i64), Value::int(b as i64));
        let (x, y) = (vm.get_item(items, &a)?, vm.get_item(items, &b)?);
        vm.set_item(items, &a, y)?;
        vm.set_item(items, &b, x)?;
    }
    Ok(Value::NONE)
}

fn one(vm: &mut Vm, object: &Value, a: &Value, f: fn(&mut Random, f64) -> Result<f64, Fault>) -> R {
    let a = float_of(vm, a)?;
    let result = with(vm, object, |random| f(random, a))?;
    checked(vm, result).map(Value::float)
}

fn two(
    vm: &mut Vm,
    object: &Value,
    a: &Value,
    b: &Value,
    f: fn(&mut Random, f64, f64) -> Result<f64, Fault>,
) -> R {
    let (a, b) = (float_of(vm, a)?, float_of(vm, b)?);
    let result = with(vm, object, |random| f(random, a, b))?;
    checked(vm, result).map(Value::float)
}

fn with_defaults(vm: &mut Vm, args: &[Value], f: fn(&mut Random, f64, f64) -> f64) -> R {
    let mu = match args.get(1) {
        Some(mu) => float_of(vm, mu)?,
        None => 0.0,
    };
    let sigma = match args.get(2) {
        Some(sigma) => float_of(vm, sigma)?,
        None => 1.0,
    };
    with(vm, args.at(0), |random| f(random, mu, sigma)).map(Value::float)
}

fn triangular(vm: &mut Vm, args: &[Value]) -> R {
    let mut parts = [0.0, 1.0, f64::NAN];
    for (part, arg) in parts.iter_mut().zip(args.rest(1)) {
        *part = float_of(vm, arg)?;
    }
    let mode = Some(parts[2]).filter(|mode| !mode.is_nan());
    with(vm, args.at(0), |random| {
        random.triangular(parts[0], parts[1], mode)
    })
    .map(Value::float)
}

fn exponential(vm: &mut Vm, args: &[Value]) -> R {
    let lambda = match args.get(1) {
        Some(lambda) => float_of(vm, lambda)?,
        None => 1.0,
    };
    let result = with(vm, args.at(0), |random| random.exponential(lambda))?;
    checked(vm, result).map(Value::float)
}

fn get_state(vm: &mut Vm, object: &Value) -> R {
    let random = with(vm, object, |random| random.clone())?;
    let class = vm.class_of(object);
    let copy = Generator {
        random: RefCell::new(random),
    };
    Ok(new_instance(&class, Payload::Native(Rc::new(copy))))
}

fn set_state(vm: &mut Vm, object: &Value, state: &Value) -> R {
    let random = with(vm, state, |random| random.clone())?;
    with(vm, object, |own| *own = random)?;
    Ok(Value::NONE)
}
