//! While the system sends a file through a transport: nothing else may be written, and it begins
//! when all that was written before has gone out.

use super::{Kind, TransportData, this};
use crate::asyncio::futures;
use crate::error::{R, Raised};
use crate::value::Value;
use crate::vm::Vm;
use std::rc::Rc;

impl TransportData {
    /// The error of a write that is refused.
    #[cold]
    pub fn refused(&self, vm: &mut Vm, method: &str) -> Raised {
        if self.eof.get() {
            return vm.runtime_error(format!("Cannot call {method}() after write_eof()"));
        }
        vm.runtime_error(format!("unable to {method}; sendfile is in progress"))
    }

    /// Tells who is about to send a file that all is written, or that nothing will be.
    pub fn empty_for_file(&self, vm: &mut Vm, outcome: Result<(), &str>) {
        let Some(waiter) = self.empty_waiter.replace(None) else {
            return;
        };
        if waiter.is_done() {
            return;
        }
        match outcome {
            Ok(()) => futures::complete(&waiter, Value::NONE),
            Err(text) => {
                let class = vm.types.connection_error.clone();
                let text = vm.str(text);
                let Raised = vm.raise_with(&class, vec![text]);
                let exception = vm.take_pending();
                futures::fail(&waiter, exception);
            }
        }
    }
}

/// `_begin_sendfile(transport)`: a future of the moment when all is written; none for a transport
/// that no file can be sent through.
///
/// # Errors
/// `RuntimeError` when one is being sent.
pub fn begin_sendfile(vm: &mut Vm, transport: &Value) -> R {
    let Ok(transport) = this(vm, transport, "sendfile") else {
        drop(vm.take_pending());
        return Ok(Value::NONE);
    };
    if transport.kind != Kind::Stream {
        return Ok(Value::NONE);
    }
    vm.send_held()?;
    let is_sending = transport.refuses.get() && !transport.eof.get();
    if is_sending || transport.empty_waiter.with(Option::is_some) {
        return Err(vm.runtime_error("Empty waiter is already set"));
    }
    let waiter = futures::new_future(&transport.event_loop);
    transport.refuses.set(true);
    if transport.out.with(|out| out.len == 0) {
        futures::complete(&waiter, Value::NONE);
    } else {
        transport.empty_waiter.set(Some(waiter.clone()));
    }
    Ok(waiter.to_value())
}

/// `_end_sendfile(transport)`
///
/// # Errors
/// None in practice.
pub fn end_sendfile(vm: &mut Vm, transport: &Value) -> R {
    let transport: Rc<TransportData> = this(vm, transport, "sendfile")?;
    transport.empty_waiter.set(None);
    transport.refuses.set(transport.eof.get());
    Ok(Value::NONE)
}
