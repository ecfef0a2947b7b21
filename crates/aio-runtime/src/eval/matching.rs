//! Nodes: `match`.

use super::control::statement_only;
use super::{Block, Flow, Frame, Node, NodeBox, StoreBox};
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::objects::{DictObj, ListObj, Name, TupleObj};
use crate::types::class_checks;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::CmpOp;

/// A pattern.
pub enum PatternNode {
    /// Equal to a value.
    Value(NodeBox),
    /// Is `None`, `True` or `False`.
    Singleton(Value),
    /// `[a, *b, c]`: the patterns, and which one is the star.
    Sequence(Box<[PatternNode]>, Option<usize>),
    /// `{"k": p, **rest}`
    Mapping(Box<[(NodeBox, PatternNode)]>, Option<StoreBox>),
    /// `Cls(p, name=q)`
    Class {
        /// The class.
        cls: NodeBox,
        /// By position.
        args: Box<[PatternNode]>,
        /// By attribute.
        kwargs: Box<[(Name, PatternNode)]>,
    },
    /// `*name`
    Star(Option<StoreBox>),
    /// `pattern as name`, a bare name, or `_`.
    As(Option<Box<PatternNode>>, Option<StoreBox>),
    /// `a | b`
    Or(Box<[PatternNode]>),
}

impl PatternNode {
    /// Whether a value matches; binds names on the way.
    ///
    /// # Errors
    /// What comparing or binding raises.
    pub fn test(&self, vm: &mut Vm, frame: &mut Frame<'_>, subject: &Value) -> R<bool> {
        match self {
            PatternNode::Value(node) => {
                let value = node.eval(vm, frame)?;
                match (subject.tag(), value.tag()) {
                    (Tag::Str, Tag::Str) | (Tag::Int, Tag::Int) => vm.eq(subject, &value),
                    _ => vm.compare_bool(CmpOp::Eq, subject, &value),
                }
            }
            PatternNode::Singleton(value) => Ok(subject.is(value)),
            PatternNode::Sequence(patterns, star) => {
                test_sequence(vm, frame, subject, patterns, *star)
            }
            PatternNode::Mapping(items, rest) => {
                test_mapping(vm, frame, subject, items, rest.as_ref())
            }
            PatternNode::Class { cls, args, kwargs } => {
                test_class(vm, frame, subject, cls, args, kwargs)
            }
            PatternNode::Star(target) | PatternNode::As(None, target) => {
                bind(vm, frame, target.as_ref(), subject)
            }
            PatternNode::As(Some(pattern), target) => {
                Ok(pattern.test(vm, frame, subject)? && bind(vm, frame, target.as_ref(), subject)?)
            }
            PatternNode::Or(patterns) => {
                for pattern in patterns {
                    if pattern.test(vm, frame, subject)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }
}

fn bind(vm: &mut Vm, frame: &mut Frame<'_>, target: Option<&StoreBox>, value: &Value) -> R<bool> {
    if let Some(target) = target {
        target.store(vm, frame, value.clone())?;
    }
    Ok(true)
}

/// The value behind an instance of a subclass of a built-in class.
fn plain(subject: &Value) -> Value {
    subject
        .as_instance()
        .and_then(|i| i.base_value())
        .unwrap_or_else(|| subject.clone())
}

/// The items of a sequence, which stay what they are while patterns are tested.
enum Items {
    Tuple(Ref<TupleObj>),
    Copied(Vec<Value>),
}

impl Items {
    fn as_slice(&self) -> &[Value] {
        match self {
            Items::Tuple(tuple) => &tuple.items,
            Items::Copied(items) => items,
        }
    }
}

/// The items of a subject that is a sequence with as many of them as there may be.
fn sequence_items(vm: &mut Vm, subject: &Value, fits: impl Fn(usize) -> bool) -> R<Option<Items>> {
    let base = plain(subject);
    let items = match base.tag() {
        Tag::Tuple => {
            let tuple = base.to_tuple().filter(|tuple| fits(tuple.items.len()));
            return Ok(tuple.map(Items::Tuple));
        }
        Tag::List => {
            let fitting = |list: &ListObj| list.items.with(|items| fits(items.len()));
            match base.as_list() {
                Some(list) if fitting(list) => list.to_vec(),
                Some(_) | None => return Ok(None),
            }
        }
        Tag::Range => vm.collect(subject)?,
        Tag::Str | Tag::Int | Tag::Float | Tag::Bool | Tag::None | Tag::Dict | Tag::Bytes => {
            return Ok(None);
        }
        _ => {
            // A deque is registered as a sequence.
            let abc = |vm: &mut Vm, name: &str| class_checks::is_abc(vm, subject, name);
            if !abc(vm, "Sequence") && !abc(vm, "deque") {
                return Ok(None);
            }
            let len = vm.len(subject)?;
            let mut items = Vec::with_capacity(len);
            for at in 0..len {
                items.push(vm.get_item(subject, &Value::int(at as i64))?);
            }
            items
        }
    };
    Ok(fits(items.len()).then_some(Items::Copied(items)))
}

fn test_sequence(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    subject: &Value,
    patterns: &[PatternNode],
    star: Option<usize>,
) -> R<bool> {
    let fits = |len: usize| match star {
        Some(_) => len + 1 >= patterns.len(),
        None => len == patterns.len(),
    };
    let Some(items) = sequence_items(vm, subject, fits)? else {
        return Ok(false);
    };
    let items = items.as_slice();
    let Some(star) = star else {
        for (pattern, item) in patterns.iter().zip(items) {
            if !pattern.test(vm, frame, item)? {
                return Ok(false);
            }
        }
        return Ok(true);
    };
    let after = patterns.len() - star - 1;
    let (head, rest) = items.split_at(star);
    let (middle, tail) = rest.split_at(rest.len() - after);
    for (pattern, item) in patterns[..star].iter().zip(head) {
        if !pattern.test(vm, frame, item)? {
            return Ok(false);
        }
    }
    let middle = Value::new(ListObj::new(middle.to_vec()));
    if !patterns[star].test(vm, frame, &middle)? {
        return Ok(false);
    }
    for (pattern, item) in patterns[star + 1..].iter().zip(tail) {
        if !pattern.test(vm, frame, item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn test_mapping(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    subject: &Value,
    items: &[(NodeBox, PatternNode)],
    rest: Option<&StoreBox>,
) -> R<bool> {
    let mapping = plain(subject);
    if mapping.tag() != Tag::Dict && !class_checks::is_abc(vm, subject, "Mapping") {
        return Ok(false);
    }
    let mut keys = Vec::new();
    for (key, pattern) in items {
        let key = key.eval(vm, frame)?;
        let value = match mapping.to_dict() {
            Some(dict) => vm.dict_get(&dict, &key)?,
            None => {
                if !vm.contains(subject, &key)? {
                    return Ok(false);
                }
                Some(vm.get_item(subject, &key)?)
            }
        };
        let Some(value) = value else { return Ok(false) };
        if !pattern.test(vm, frame, &value)? {
            return Ok(false);
        }
        if rest.is_some() {
            keys.push(key);
        }
    }
    if let Some(target) = rest {
        let left = Ref::new(DictObj::default());
        for key in vm.collect(subject)? {
            let mut used = false;
            for known in &keys {
                used = used || vm.eq(known, &key)?;
            }
            if !used {
                let value = vm.get_item(subject, &key)?;
                vm.dict_set(&left, key, value)?;
            }
        }
        target.store(vm, frame, left.into())?;
    }
    Ok(true)
}

fn test_class(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    subject: &Value,
    cls: &NodeBox,
    args: &[PatternNode],
    kwargs: &[(Name, PatternNode)],
) -> R<bool> {
    let cls = cls.eval(vm, frame)?;
    if cls.tag() != Tag::Class {
        return Err(vm.type_error("called match pattern must be a class"));
    }
    if !vm.is_instance(subject, &cls)? {
        return Ok(false);
    }
    if !args.is_empty() && !test_positional(vm, frame, subject, &cls, args)? {
        return Ok(false);
    }
    for (name, pattern) in kwargs {
        let Some(value) = vm.get_attr_opt(subject, name)? else {
            return Ok(false);
        };
        if !pattern.test(vm, frame, &value)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn test_positional(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    subject: &Value,
    cls: &Value,
    args: &[PatternNode],
) -> R<bool> {
    let key = vm.names.__match_args__.clone();
    let names = vm.get_attr_opt(cls, &key)?;
    if names.is_none() && self_matching(vm, cls) {
        // `int(x)` and the like match the subject itself.
        if let [pattern] = args {
            return pattern.test(vm, frame, subject);
        }
    }
    let names = names.as_ref().and_then(Value::to_tuple);
    let allowed = match &names {
        Some(names) => names.items.len(),
        None => usize::from(self_matching(vm, cls)),
    };
    if args.len() > allowed {
        let (name, given) = (
            cls.as_class()
                .map(|class| class.name_text())
                .unwrap_or_default(),
            args.len(),
        );
        let plural = if allowed == 1 { "" } else { "s" };
        return Err(vm.type_error(format!(
            "{name}() accepts {allowed} positional sub-pattern{plural} ({given} given)"
        )));
    }
    let Some(names) = names else { return Ok(true) };
    for (name, pattern) in names.items.iter().zip(args) {
        let Some(name) = name.to_str_obj() else {
            let found = vm.type_name(name);
            return Err(vm.type_error(format!(
                "__match_args__ elements must be strings (got {found})"
            )));
        };
        let name = vm.intern_str(&name);
        let Some(value) = vm.get_attr_opt(subject, &name)? else {
            return Ok(false);
        };
        if !pattern.test(vm, frame, &value)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether one positional sub-pattern of a class matches the subject itself.
fn self_matching(vm: &Vm, cls: &Value) -> bool {
    let types = &vm.types;
    let known = [
        &types.bool,
        &types.bytearray,
        &types.bytes,
        &types.dict,
        &types.float,
        &types.frozenset,
        &types.int,
        &types.list,
        &types.set,
        &types.str,
        &types.tuple,
    ];
    cls.as_class()
        .is_some_and(|cls| known.iter().any(|class| cls.is_subclass_of(class)))
}

/// One `case`.
pub struct CaseNode {
    /// The pattern.
    pub pattern: PatternNode,
    /// The guard.
    pub guard: Option<NodeBox>,
    /// The statements.
    pub body: Block,
}

/// `match`
pub struct Match {
    /// The subject.
    pub subject: NodeBox,
    /// The cases.
    pub cases: Box<[CaseNode]>,
}

impl Node for Match {
    statement_only!();
    fn exec(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        let Ok(subject) = self.subject.eval(vm, frame) else {
            return Flow::Raised;
        };
        for case in &self.cases {
            match case.pattern.test(vm, frame, &subject) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(Raised) => return Flow::Raised,
            }
            if let Some(guard) = &case.guard {
                match guard.cond(vm, frame) {
                    Ok(true) => {}
                    Ok(false) => continue,
                    Err(Raised) => return Flow::Raised,
                }
            }
            return case.body.run(vm, frame);
        }
        Flow::Next
    }
}

/// Whether the value in a slot matches: see `hir::Intrinsic::MatchTest`.
pub struct MatchTest(pub u32, pub PatternNode);

impl Node for MatchTest {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        self.cond(vm, frame).map(Value::bool)
    }
    fn cond(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<bool> {
        let subject = frame.slots[self.0 as usize].clone();
        self.1.test(vm, frame, &subject)
    }
}
