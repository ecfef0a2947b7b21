//! `getaddrinfo` and `getnameinfo` of the loop: a thread asks the system, the loop runs on.

use crate::asyncio::events::loop_of_object;
use crate::asyncio::readiness::{Target, Watch};
use crate::asyncio::{LoopData, futures};
use crate::error::{R, Raised};
use crate::heap::{GcCell, Ref};
use crate::modules::sockets::{Answer, Lookup, address_lookup, name_lookup};
use crate::native::Arguments;
use crate::objects::FutureObj;
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::{Origin, Remote};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

/// A lookup under way.
pub struct PendingLookup {
    event_loop: Rc<LoopData>,
    future: Ref<FutureObj>,
    answer: Arc<Mutex<Option<Answer>>>,
    remote: GcCell<Option<Remote>>,
}

impl PendingLookup {
    /// The thread is through: completes the future.
    pub fn ready(&self, vm: &mut Vm) {
        if let Some(remote) = self.remote.replace(None) {
            self.event_loop.unwatch_remote(&remote);
        }
        let answer = self
            .answer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if self.future.is_done() {
            return;
        }
        match answer.map(|answer| answer.value(vm)) {
            Some(Ok(value)) => futures::complete(&self.future, value),
            Some(Err(Raised)) => {
                let exception = vm.take_pending();
                futures::fail(&self.future, exception);
            }
            None => {}
        }
    }
}

fn begin(vm: &mut Vm, event_loop: &Rc<LoopData>, lookup: Lookup) -> R {
    let future = futures::new_future(event_loop);
    let answer = Arc::new(Mutex::new(None));
    let pending = Rc::new(PendingLookup {
        event_loop: event_loop.clone(),
        future: future.clone(),
        answer: answer.clone(),
        remote: GcCell::default(),
    });
    let watch = Watch::new(Target::Lookup(pending.clone()));
    let remote = match event_loop.io() {
        Ok(poller) => poller.add_remote(watch, Origin::World),
        Err(error) => return Err(vm.raise_io_error(&error, None)),
    };
    pending.remote.set(Some(remote.clone()));
    let spawned = std::thread::Builder::new()
        .name("lookup".to_owned())
        .spawn(move || {
            let found = lookup.run();
            *answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
            remote.wake();
        });
    match spawned {
        Ok(_) => Ok(future.into()),
        Err(error) => Err(vm.raise_io_error(&error, None)),
    }
}

/// `loop._getaddrinfo(host, port, family, type, proto, flags)`: a future.
pub fn getaddrinfo(vm: &mut Vm, args: &[Value]) -> R {
    let event_loop = loop_of_object(vm, args.at(0))?;
    let lookup = address_lookup(vm, args.rest(1))?;
    begin(vm, &event_loop, lookup)
}

/// `loop._getnameinfo(sockaddr, flags)`: a future.
pub fn getnameinfo(vm: &mut Vm, event_loop: &Value, address: &Value, flags: &Value) -> R {
    let event_loop = loop_of_object(vm, event_loop)?;
    let lookup = name_lookup(vm, address, flags)?;
    begin(vm, &event_loop, lookup)
}
