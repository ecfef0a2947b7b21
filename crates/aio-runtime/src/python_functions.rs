//! Functions of ours that CPython has in Python: they take any argument by name, and say what is
//! wrong with arguments in the words of a function written in Python.
//!
//! A native of fixed size knows places only (see [`NativeFn`](crate::native::NativeFn)); the table here tells the names of
//! its places. It is looked at when keywords are given or the number is wrong, so a call by place
//! costs nothing more.

use crate::argument_errors::{missing, multiple_values, too_many_positional, unexpected_keyword};
use crate::error::{R, Raised};
use crate::native::{Args, Signature};
use crate::objects::NativeObj;
use crate::value::Value;
use crate::vm::Vm;

/// A row: how messages call the function, its parameters, how many of them must be given.
type Row = (&'static str, &'static [&'static str], usize);

const SELF: &[&str] = &["self"];

/// The table of functions of fixed size.
const FUNCTIONS: &[Row] = &[
    ("iscoroutine", &["obj"], 1),
    ("iscoroutinefunction", &["func"], 1),
    ("isfuture", &["obj"], 1),
    ("new_event_loop", &[], 0),
    ("set_event_loop", &["loop"], 1),
    ("shield", &["arg"], 1),
    ("create_eager_task_factory", &["custom_task_constructor"], 1),
    // These two are in C there, and take their argument by name as well.
    ("current_task", &["loop"], 0),
    ("all_tasks", &["loop"], 0),
    ("Lock.__init__", SELF, 1),
    ("Lock.acquire", SELF, 1),
    ("Lock.locked", SELF, 1),
    ("Lock.release", SELF, 1),
    ("Event.__init__", SELF, 1),
    ("Event.clear", SELF, 1),
    ("Event.is_set", SELF, 1),
    ("Event.set", SELF, 1),
    ("Event.wait", SELF, 1),
    ("Condition.notify_all", SELF, 1),
    ("Condition.wait", SELF, 1),
    ("Condition.wait_for", &["self", "predicate"], 2),
    ("Semaphore.acquire", SELF, 1),
    ("Semaphore.locked", SELF, 1),
    ("Semaphore.release", SELF, 1),
    ("BoundedSemaphore.release", SELF, 1),
    ("Barrier.abort", SELF, 1),
    ("Barrier.reset", SELF, 1),
    ("Barrier.wait", SELF, 1),
    ("Queue.empty", SELF, 1),
    ("Queue.full", SELF, 1),
    ("Queue.get", SELF, 1),
    ("Queue.get_nowait", SELF, 1),
    ("Queue.join", SELF, 1),
    ("Queue.put", &["self", "item"], 2),
    ("Queue.put_nowait", &["self", "item"], 2),
    ("Queue.qsize", SELF, 1),
    ("Queue.task_done", SELF, 1),
    ("TaskGroup.__init__", SELF, 1),
    ("Timeout.expired", SELF, 1),
    ("Timeout.reschedule", &["self", "when"], 2),
    ("Timeout.when", SELF, 1),
    ("Runner.close", SELF, 1),
    ("Runner.get_loop", SELF, 1),
    ("StreamReader.at_eof", SELF, 1),
    ("StreamReader.exception", SELF, 1),
    ("StreamReader.feed_data", &["self", "data"], 2),
    ("StreamReader.feed_eof", SELF, 1),
    ("StreamReader.read", &["self", "n"], 1),
    ("StreamReader.readexactly", &["self", "n"], 2),
    ("StreamReader.readline", SELF, 1),
    ("StreamReader.readuntil", &["self", "separator"], 1),
    ("StreamReader.set_exception", &["self", "exc"], 2),
    ("StreamReader.set_transport", &["self", "transport"], 2),
    ("StreamWriter.can_write_eof", SELF, 1),
    ("StreamWriter.close", SELF, 1),
    ("StreamWriter.drain", SELF, 1),
    (
        "StreamWriter.get_extra_info",
        &["self", "name", "default"],
        2,
    ),
    ("StreamWriter.is_closing", SELF, 1),
    ("StreamWriter.wait_closed", SELF, 1),
    ("StreamWriter.write", &["self", "data"], 2),
    ("StreamWriter.write_eof", SELF, 1),
    ("StreamWriter.writelines", &["self", "data"], 2),
    ("Handle.cancel", SELF, 1),
    ("Handle.cancelled", SELF, 1),
    ("Handle.get_context", SELF, 1),
    ("TimerHandle.when", SELF, 1),
    (
        "BaseEventLoop.call_exception_handler",
        &["self", "context"],
        2,
    ),
    ("BaseEventLoop.close", SELF, 1),
    ("BaseEventLoop.create_future", SELF, 1),
    (
        "BaseEventLoop.default_exception_handler",
        &["self", "context"],
        2,
    ),
    ("BaseEventLoop.get_debug", SELF, 1),
    ("BaseEventLoop.get_exception_handler", SELF, 1),
    ("BaseEventLoop.get_task_factory", SELF, 1),
    ("BaseEventLoop.is_closed", SELF, 1),
    ("BaseEventLoop.is_running", SELF, 1),
    ("BaseEventLoop.remove_signal_handler", &["self", "sig"], 2),
    ("BaseEventLoop.run_forever", SELF, 1),
    ("BaseEventLoop.run_until_complete", &["self", "future"], 2),
    ("BaseEventLoop.set_debug", &["self", "enabled"], 2),
    (
        "BaseEventLoop.set_default_executor",
        &["self", "executor"],
        2,
    ),
    (
        "BaseEventLoop.set_exception_handler",
        &["self", "handler"],
        2,
    ),
    ("BaseEventLoop.set_task_factory", &["self", "factory"], 2),
    ("BaseEventLoop.shutdown_asyncgens", SELF, 1),
    (
        "BaseEventLoop.shutdown_default_executor",
        &["self", "timeout"],
        1,
    ),
    ("BaseEventLoop.stop", SELF, 1),
    ("BaseEventLoop.time", SELF, 1),
    ("BaseSelectorEventLoop.remove_reader", &["self", "fd"], 2),
    ("BaseSelectorEventLoop.remove_writer", &["self", "fd"], 2),
    ("BaseSelectorEventLoop.sock_accept", &["self", "sock"], 2),
    ("BaseSelectorEventLoop.sock_recv", &["self", "sock", "n"], 3),
    (
        "BaseSelectorEventLoop.sock_recv_into",
        &["self", "sock", "buf"],
        3,
    ),
    (
        "BaseSelectorEventLoop.sock_recvfrom",
        &["self", "sock", "bufsize"],
        3,
    ),
    (
        "BaseSelectorEventLoop.sock_sendall",
        &["self", "sock", "data"],
        3,
    ),
    (
        "BaseSelectorEventLoop.sock_sendto",
        &["self", "sock", "data", "address"],
        4,
    ),
    ("BaseTransport.close", SELF, 1),
    (
        "BaseTransport.get_extra_info",
        &["self", "name", "default"],
        2,
    ),
    ("BaseTransport.get_protocol", SELF, 1),
    ("BaseTransport.is_closing", SELF, 1),
    ("BaseTransport.set_protocol", &["self", "protocol"], 2),
    ("ReadTransport.is_reading", SELF, 1),
    ("ReadTransport.pause_reading", SELF, 1),
    ("ReadTransport.resume_reading", SELF, 1),
    ("BaseTransport.abort", SELF, 1),
    ("WriteTransport.can_write_eof", SELF, 1),
    ("WriteTransport.get_write_buffer_limits", SELF, 1),
    ("WriteTransport.get_write_buffer_size", SELF, 1),
    ("WriteTransport.write", &["self", "data"], 2),
    ("WriteTransport.write_eof", SELF, 1),
    ("WriteTransport.writelines", &["self", "list_of_data"], 2),
    ("Server.abort_clients", SELF, 1),
    ("Server.close", SELF, 1),
    ("Server.close_clients", SELF, 1),
    ("Server.get_loop", SELF, 1),
    ("Server.is_serving", SELF, 1),
    ("Server.serve_forever", SELF, 1),
    ("Server.start_serving", SELF, 1),
    ("Server.wait_closed", SELF, 1),
];

/// The signature of a native of fixed size that CPython has in Python.
fn signature_of(native: &NativeObj) -> Option<Signature> {
    let is_named = |row: &&Row| match (native.owner, row.0.split_once('.')) {
        (Some(owner), Some((class, method))) => owner == class && native.name == method,
        (None, None) => native.name == row.0,
        (Some(_), None) | (None, Some(_)) => false,
    };
    let &(name, params, required) = FUNCTIONS.iter().find(is_named)?;
    let positional = params.len();
    Some(Signature {
        name,
        params,
        positional,
        required,
    })
}

impl Vm {
    /// Calls a native of fixed size with arguments that are not all by place, or too many or too
    /// few; `None` when it is one that CPython has in C.
    ///
    /// # Errors
    /// `TypeError` when the arguments do not fit; what the function raises.
    #[cold]
    pub fn call_python_native(&mut self, native: &NativeObj, args: Args<'_>) -> Option<R> {
        let signature = signature_of(native)?;
        let mut bound = vec![Value::UNSET; signature.params.len()];
        if let Err(raised) = sort(self, args, &signature, &mut bound) {
            return Some(Err(raised));
        }
        while bound.last().is_some_and(Value::is_unset) {
            bound.pop();
        }
        debug_assert!(
            !bound.iter().any(Value::is_unset),
            "only the last parameters are left out"
        );
        let fits = native.function.takes(bound.len());
        fits.then(|| self.call_native(native, Args::positional(&bound)))
    }

    /// As [`Vm::bind`], for a function that CPython has in Python.
    ///
    /// # Errors
    /// `TypeError` for too many, missing, unknown or doubled arguments.
    pub fn bind_python<const N: usize>(
        &mut self,
        args: Args<'_>,
        signature: &Signature,
    ) -> R<[Value; N]> {
        if args.kw.is_empty()
            && N <= signature.positional
            && let Ok(all) = <&[Value; N]>::try_from(args.pos)
        {
            return Ok(all.clone());
        }
        let mut bound = [const { Value::UNSET }; N];
        sort(self, args, signature, &mut bound)?;
        Ok(bound)
    }

    /// As [`Vm::bind_python`], for a function with `*args` behind its positional parameters; gives
    /// the parameters and what goes into `*args`.
    ///
    /// # Errors
    /// `TypeError` for missing, unknown or doubled arguments.
    pub fn bind_varargs<'a, const N: usize>(
        &mut self,
        args: Args<'a>,
        signature: &Signature,
    ) -> R<([Value; N], &'a [Value])> {
        let named = args.pos.len().min(signature.positional);
        let (pos, rest) = args.pos.split_at(named);
        let mut bound = [const { Value::UNSET }; N];
        sort(self, Args { pos, kw: args.kw }, signature, &mut bound)?;
        Ok((bound, rest))
    }
}

fn sort(vm: &mut Vm, args: Args<'_>, signature: &Signature, bound: &mut [Value]) -> R<()> {
    let positional = signature.positional;
    for (slot, value) in bound.iter_mut().zip(args.pos.iter().take(positional)) {
        *slot = value.clone();
    }
    if args.kw.is_empty() && (signature.required..=positional).contains(&args.pos.len()) {
        return Ok(());
    }
    let plain = |param: &&'static str| param.trim_start_matches('/');
    for (name, value) in args.kw {
        let name = name.text();
        let place = signature
            .params
            .iter()
            .position(|param| plain(param) == name);
        match place.and_then(|place| bound.get_mut(place)) {
            Some(slot) if slot.is_unset() => *slot = value.clone(),
            Some(_) => return Err(multiple_values(vm, signature.name, name)),
            None => {
                let params = signature.params.iter().map(plain);
                return Err(unexpected_keyword(vm, signature.name, name, params));
            }
        }
    }
    if args.pos.len() > positional {
        return Err(too_many(vm, args, signature, bound));
    }
    let required = bound.iter().zip(signature.params).take(signature.required);
    let missed: Vec<&str> = required
        .filter(|(value, _)| value.is_unset())
        .map(|(_, param)| plain(param))
        .collect();
    if missed.is_empty() {
        return Ok(());
    }
    Err(missing(vm, signature.name, "positional", &missed))
}

fn too_many(vm: &mut Vm, args: Args<'_>, signature: &Signature, bound: &[Value]) -> Raised {
    let by_name = bound.iter().skip(signature.positional);
    let given_kw = by_name.filter(|value| !value.is_unset()).count();
    let takes = (signature.required, signature.positional);
    too_many_positional(vm, signature.name, takes, args.pos.len(), given_kw)
}
