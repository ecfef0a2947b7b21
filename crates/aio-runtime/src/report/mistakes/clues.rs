//! What an error knows about its cause: the coroutine or future whose type its message names.
//!
//! Every message that names the type of a value asks [`Vm::type_name`]. So a clue is laid down
//! there, and taken up by the error that is raised next, if its message has that name in it.
//! Where the message names no type, whoever raises says what it is about ([`Vm::accuse`]).

use crate::code::NOWHERE;
use crate::coroutine::name_of;
use crate::error::{exc_data, with_exc_data};
use crate::objects::{CoroutineObj, FuncObj, FutureKind, FutureObj};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::Flavor;
use aio_syntax::mistakes as code;

/// What an error is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Thing {
    /// A coroutine of this function.
    Coroutine(String),
    /// An async generator of this function.
    AsyncGenerator(String),
    /// A future.
    Future(FutureKind),
    /// An async function that was not called.
    Function(String),
    /// A value of this type.
    Value(String),
}

/// What an error knows about its cause.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Clue {
    /// The code of the mistake.
    pub code: &'static str,
    /// What the error is about.
    pub thing: Thing,
    /// Where that was made (or, for a function, defined), as a position.
    pub made_at: u32,
    /// Where others of its kind were made that the error is about too.
    pub others: Vec<u32>,
    /// A word that the message must have in it.
    word: Option<String>,
}

impl Clue {
    /// What an error with this code knows about a value.
    pub fn new(code: &'static str, vm: &Vm, value: &Value) -> Clue {
        let (thing, made_at) = thing_of(vm, value);
        Clue {
            code,
            thing,
            made_at,
            others: Vec::new(),
            word: None,
        }
    }
}

fn thing_of_future(future: &FutureObj) -> (Thing, u32) {
    let made_at = crate::asyncio::made_position(future);
    (Thing::Future(future.kind()), made_at)
}

fn thing_of(vm: &Vm, value: &Value) -> (Thing, u32) {
    if let Some(coroutine) = value.as_coroutine() {
        return (thing_of_coroutine(coroutine), coroutine.created_at.get());
    }
    if let Some(future) = value.as_future() {
        return thing_of_future(future);
    }
    let method = value.as_method().map(|method| &method.func);
    let func: Option<&FuncObj> = method.unwrap_or(value).as_func();
    if let Some(func) = func
        && func.code.flavor == Flavor::Coroutine
    {
        let code = &func.code;
        let defined = code.source.position(code.hir.span.start);
        return (Thing::Function(code.name.text().to_owned()), defined);
    }
    (Thing::Value(vm.class_of(value).name_text()), NOWHERE)
}

fn thing_of_coroutine(coroutine: &CoroutineObj) -> Thing {
    let name = name_of(coroutine);
    match coroutine.flavor {
        Flavor::AsyncGenerator => Thing::AsyncGenerator(name),
        Flavor::Plain | Flavor::Coroutine | Flavor::Generator => Thing::Coroutine(name),
    }
}

/// Is told that a message is about to name the type of a coroutine or future.
#[cold]
pub fn named(vm: &Vm, value: &Value, type_name: &str) {
    let code = match value.as_coroutine().map(|coroutine| coroutine.flavor) {
        Some(Flavor::Coroutine) => code::USED_WITHOUT_AWAIT,
        Some(Flavor::AsyncGenerator) => code::WRONG_KEYWORD,
        Some(Flavor::Plain | Flavor::Generator) => return,
        None => code::FUTURE_AS_RESULT,
    };
    let clue = Clue {
        word: Some(type_name.to_owned()),
        ..Clue::new(code, vm, value)
    };
    vm.mistakes.clue.set(Some(Box::new(clue)));
}

impl Vm {
    /// Says what the error that is raised next is about.
    #[cold]
    pub fn accuse(&mut self, code: &'static str, value: &Value) {
        let clue = Clue::new(code, self, value);
        self.mistakes.clue.set(Some(Box::new(clue)));
    }

    /// As [`Vm::accuse`] of a future.
    #[cold]
    pub fn accuse_future(&mut self, code: &'static str, future: &FutureObj) {
        let (thing, made_at) = thing_of_future(future);
        let clue = Clue {
            code,
            thing,
            made_at,
            others: Vec::new(),
            word: None,
        };
        self.mistakes.clue.set(Some(Box::new(clue)));
    }

    /// As [`Vm::accuse`] of what is no coroutine and should be one.
    #[cold]
    pub fn accuse_uncalled(&mut self, value: &Value) {
        let mut clue = Clue::new(code::NOT_AWAITABLE, self, value);
        if matches!(clue.thing, Thing::Function(_)) {
            clue.code = code::NOT_CALLED;
        }
        self.mistakes.clue.set(Some(Box::new(clue)));
    }

    /// As [`Vm::accuse`] of the coroutines in a list.
    #[cold]
    pub fn accuse_all(&mut self, code: &'static str, values: &[Value]) {
        let coroutines = values.iter().filter_map(Value::as_coroutine);
        let others: Vec<u32> = coroutines.map(|one| one.created_at.get()).collect();
        let first = values.iter().find(|value| value.as_coroutine().is_some());
        let mut clue = Clue::new(code, self, first.unwrap_or(&Value::NONE));
        clue.others = others;
        self.mistakes.clue.set(Some(Box::new(clue)));
    }

    /// Gives a new exception the clue that was laid down for it.
    #[inline(always)]
    pub(crate) fn take_up_clue(&mut self, exception: &Value) {
        // A look that costs a load: `Cell` has no `is_some`.
        if let Some(clue) = self.mistakes.clue.take() {
            self.give_clue(exception, clue);
        }
    }

    #[cold]
    fn give_clue(&mut self, exception: &Value, clue: Box<Clue>) {
        let has_word = |word: &String| {
            let args = exc_data(exception, |data| data.args.clone());
            let first = args.as_ref().and_then(Value::as_tuple);
            let first = first.and_then(|args| args.items.first());
            let message = first.and_then(Value::as_str);
            message.is_some_and(|message| super::find_word(message, word).is_some())
        };
        if !clue.word.as_ref().is_none_or(has_word) {
            return;
        }
        if matches!(clue.thing, Thing::Coroutine(_)) {
            for position in std::iter::once(&clue.made_at).chain(&clue.others) {
                self.mistakes.accused.entry(*position).or_insert(None);
            }
        }
        with_exc_data(exception, |data| data.story().clue = Some(clue));
    }
}

/// The kind of a future, for messages.
pub(super) fn kind_word(kind: FutureKind) -> &'static str {
    match kind {
        FutureKind::Plain => "future",
        FutureKind::Task => "task",
        FutureKind::Gathering => "gather",
    }
}
