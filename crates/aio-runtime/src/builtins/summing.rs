//! `sum`: machine ints as long as they fit, then floats with compensation (Neumaier's variant of
//! Kahan's sum, as CPython does since 3.12), then whatever `+` gives.

use crate::error::R;
use crate::native::{Args, Signature};
use crate::types::walk::Walk;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::BinaryOp;

const SUM: Signature = Signature {
    name: "sum",
    params: &["/iterable", "start"],
    positional: 2,
    required: 1,
};

/// `sum(iterable, /, start=0)`
pub fn sum(vm: &mut Vm, args: Args<'_>) -> R {
    if args.pos.is_empty() {
        return Err(vm.type_error("sum() takes at least 1 positional argument (0 given)"));
    }
    let given = args.pos.len() + args.kw.len();
    if given > 2 {
        return Err(vm.type_error(format!("sum() takes at most 2 arguments ({given} given)")));
    }
    let [source, start] = match (args.pos, args.kw) {
        ([source], []) => [source.clone(), Value::UNSET],
        _ => vm.bind::<2>(args, &SUM)?,
    };
    let mut walk = Walk::over(vm, &source)?;
    let total = if start.is_unset() {
        Value::int(0)
    } else {
        start
    };
    refuse_text(vm, &total)?;
    let mut total = Total::from(total);
    while let Some(item) = walk.next(vm)? {
        total.add(vm, &item)?;
    }
    Ok(total.value())
}

fn refuse_text(vm: &mut Vm, start: &Value) -> R<()> {
    let (kind, join) = match start.tag() {
        Tag::Str => ("strings", "''.join(seq)"),
        Tag::Bytes => ("bytes", "b''.join(seq)"),
        Tag::Instance if vm.types.bytearray.id == vm.class_id_of(start) => {
            ("bytearray", "b''.join(seq)")
        }
        _ => return Ok(()),
    };
    Err(vm.type_error(format!("sum() can't sum {kind} [use {join} instead]")))
}

/// A sum on the way.
pub enum Total {
    /// Of ints that fit 64 bits.
    Ints(i64),
    /// Of floats: the sum, and what it lost to rounding.
    Floats(f64, f64),
    /// Of anything else.
    Other(Value),
}

impl From<Value> for Total {
    fn from(start: Value) -> Total {
        match (start.as_int(), start.as_float()) {
            (Some(int), _) => Total::Ints(int),
            (None, Some(float)) => Total::Floats(float, 0.0),
            (None, None) => Total::Other(start),
        }
    }
}

impl Total {
    /// Adds an item.
    ///
    /// # Errors
    /// What `+` raises.
    #[inline]
    pub fn add(&mut self, vm: &mut Vm, item: &Value) -> R<()> {
        match self {
            Total::Ints(total) => {
                if let Some(sum) = item.as_index().and_then(|int| total.checked_add(int)) {
                    *total = sum;
                    return Ok(());
                }
            }
            Total::Floats(total, lost) => {
                if let Some(float) = item.as_float() {
                    let sum = *total + float;
                    *lost += if total.abs() >= float.abs() {
                        (*total - sum) + float
                    } else {
                        (float - sum) + *total
                    };
                    *total = sum;
                    return Ok(());
                }
                if let Some(int) = item.as_index() {
                    *total += int as f64;
                    return Ok(());
                }
            }
            Total::Other(_) => {}
        }
        self.add_other(vm, item)
    }

    #[inline(never)]
    fn add_other(&mut self, vm: &mut Vm, item: &Value) -> R<()> {
        let sum = vm.binary(BinaryOp::Add, &self.value(), item)?;
        // The first item that is no int may turn the sum into a float.
        *self = match (&*self, sum.as_float()) {
            (Total::Ints(_), Some(float)) => Total::Floats(float, 0.0),
            _ => Total::Other(sum),
        };
        Ok(())
    }

    /// The sum so far.
    pub fn value(&self) -> Value {
        match self {
            Total::Ints(total) => Value::int(*total),
            // Adding a zero could turn -0.0 into 0.0, adding a NaN an infinity into NaN.
            Total::Floats(total, lost) if *lost != 0.0 && lost.is_finite() => {
                Value::float(total + lost)
            }
            Total::Floats(total, _) => Value::float(*total),
            Total::Other(total) => total.clone(),
        }
    }
}
