//! Streams: `StreamReader`, `StreamWriter`, and the protocol that joins them to a transport.
//!
//! [`StreamProtocol`] is `StreamReaderProtocol` (and, without a reader, `FlowControlMixin`). A
//! transport calls it directly, so that bytes reach the reader without becoming an object.

mod at_once;
mod byte_queue;
mod protocol_methods;
pub mod reader;
mod separators;
mod writer;

pub use protocol_methods::{METHODS as PROTOCOL_METHODS, READER_METHODS};
pub use reader::ReaderData;
pub use writer::{Link, METHODS as WRITER_METHODS};

use super::base_events::{LoopData, report_problem};
use super::callback::DoneCallback;
use super::classes::AsyncClass;
use super::coroutines::is_coroutine;
use super::tasks::{self, TaskOptions};
use super::transports::TransportData;
use super::{events, futures};
use crate::error::R;
use crate::heap::{GcCell, Ref};
use crate::objects::{FutureFlags, FutureObj, FutureState, NativeData};
use crate::value::Value;
use crate::vm::Vm;
use std::cell::Cell;
use std::rc::Rc;

/// `StreamReaderProtocol`
#[derive(Default)]
pub struct StreamProtocol {
    event_loop: GcCell<Option<Rc<LoopData>>>,
    /// The object of the reader, and what is in it.
    reader: GcCell<Value>,
    reader_data: GcCell<Option<Rc<ReaderData>>>,
    /// The reader is of a subclass, which may do more with what it is fed.
    feeds_object: Cell<bool>,
    /// Who is called when a connection was made.
    callback: GcCell<Value>,
    /// The transport is not to be written to for now.
    paused: Cell<bool>,
    lost: Cell<bool>,
    drain_waiters: GcCell<Vec<Ref<FutureObj>>>,
    /// Done when the connection is lost.
    closed: GcCell<Option<Ref<FutureObj>>>,
    task: GcCell<Value>,
}

impl NativeData for StreamProtocol {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        [&self.reader, &self.callback, &self.task]
            .into_iter()
            .for_each(|cell| cell.with(&mut *visitor));
    }
}

impl Drop for StreamProtocol {
    fn drop(&mut self) {
        // Nobody who did not wait for the end wants to hear how it came.
        if let Some(closed) = self.closed.replace(None)
            && closed.state.get() == FutureState::Failed
        {
            closed.mark(FutureFlags::UNRETRIEVED, false);
        }
    }
}

impl StreamProtocol {
    /// The protocol in an object that is exactly of our class, whose methods nobody overrides.
    pub fn of_exact(vm: &mut Vm, object: &Value) -> Option<Rc<StreamProtocol>> {
        let protocol = super::classes::native_data::<StreamProtocol>(object)?;
        let class = vm.class_of(object);
        let ours = vm.async_class(AsyncClass::StreamReaderProtocol);
        let mixin = vm.async_class(AsyncClass::FlowControlMixin);
        (class.same(&ours) || class.same(&mixin)).then_some(protocol)
    }

    /// Its loop.
    ///
    /// # Errors
    /// `RuntimeError` when it was not initialized and no loop runs.
    pub fn event_loop(&self, vm: &mut Vm) -> R<Rc<LoopData>> {
        match self.event_loop.get() {
            Some(event_loop) => Ok(event_loop),
            None => events::current_loop(vm),
        }
    }

    /// A connection was made by a transport of ours.
    ///
    /// # Errors
    /// What the function of the script raises.
    pub fn connection_made(self: &Rc<Self>, vm: &mut Vm, transport: &Rc<TransportData>) -> R<()> {
        self.connected(vm, Link::Native(transport.clone()))
    }

    /// A connection was made.
    fn connected(self: &Rc<Self>, vm: &mut Vm, link: Link) -> R<()> {
        if let Some(reader) = self.reader_data.get() {
            reader.set_transport(vm, link.clone())?;
        }
        let callback = self.callback.get();
        if callback.is_unset() || callback.is_none() {
            return Ok(());
        }
        let event_loop = self.event_loop(vm)?;
        let reader = self.reader.get();
        let writer = writer::new_writer(vm, link.clone(), self, &reader, &event_loop);
        let made = vm.call(&callback, &[reader, writer.clone()])?;
        if is_coroutine(vm, &made) {
            let task = tasks::create_task(vm, &event_loop, &made, TaskOptions::default())?;
            self.task.set(task.to_value());
            futures::add_done_callback(
                &task,
                DoneCallback::StreamHandler(Rc::new(StreamTask { link, writer })),
            );
        }
        Ok(())
    }

    /// Bytes arrived.
    ///
    /// # Errors
    /// `AssertionError` after the end.
    #[inline]
    pub fn data_received(&self, vm: &mut Vm, bytes: &[u8]) -> R<()> {
        match self.reader_data.with(|reader| reader.clone()) {
            Some(reader) if !self.feeds_object.get() => reader.feed(vm, bytes),
            Some(_) => {
                let (name, reader) = (vm.intern("feed_data"), self.reader.get());
                let bytes = Value::bytes(bytes);
                vm.call_method(&reader, &name, &[bytes]).map(drop)
            }
            None => Ok(()),
        }
    }

    /// No more bytes will arrive; the other direction stays open.
    pub fn eof_received(&self) {
        if let Some(reader) = self.reader_data.get() {
            reader.feed_end();
        }
    }

    /// The connection is lost.
    pub fn connection_lost(&self, exception: &Value) {
        if let Some(reader) = self.reader_data.replace(None) {
            if exception.is_none() {
                reader.feed_end();
            } else {
                reader.fail(exception);
            }
            reader.forget_transport();
        }
        if let Some(closed) = self.closed.get()
            && !closed.is_done()
        {
            end(&closed, exception);
        }
        self.lost.set(true);
        if self.paused.get() {
            for waiter in self.drain_waiters.get() {
                if !waiter.is_done() {
                    end(&waiter, exception);
                }
            }
        }
        self.reader.set(Value::UNSET);
        self.callback.set(Value::UNSET);
        self.task.set(Value::UNSET);
    }

    /// The buffer of the transport is too full.
    pub fn pause_writing(&self) {
        self.paused.set(true);
    }

    /// The buffer of the transport is nearly empty.
    pub fn resume_writing(&self) {
        self.paused.set(false);
        for waiter in self.drain_waiters.get() {
            if !waiter.is_done() {
                futures::complete(&waiter, Value::NONE);
            }
        }
    }

    /// Whether `drain` has nothing to wait for and nothing to complain about.
    pub fn is_flowing(&self) -> bool {
        !self.lost.get() && !self.paused.get()
    }

    /// What `wait_closed` waits for.
    pub fn close_waiter(&self, vm: &mut Vm) -> R<Ref<FutureObj>> {
        match self.closed.get() {
            Some(closed) => Ok(closed),
            None => Err(vm.not_implemented_error("")),
        }
    }

    /// A method by name, for callers that have only that.
    pub fn call(self: &Rc<Self>, vm: &mut Vm, method: &str, args: &[Value]) -> R {
        match (method, args) {
            ("pause_writing", _) => self.pause_writing(),
            ("resume_writing", _) => self.resume_writing(),
            ("eof_received", _) => {
                self.eof_received();
                return Ok(Value::TRUE);
            }
            ("connection_lost", [exception]) => self.connection_lost(exception),
            _ => {
                return Err(vm.attribute_error(format!(
                    "'StreamReaderProtocol' object has no attribute '{method}'"
                )));
            }
        }
        Ok(Value::NONE)
    }
}

/// Completes a future, with an exception unless that is `None`.
fn end(future: &Ref<FutureObj>, exception: &Value) {
    if exception.is_none() {
        futures::complete(future, Value::NONE);
    } else {
        futures::fail(future, exception.clone());
    }
}

/// A connection that a task of its own works on.
pub struct StreamTask {
    link: Link,
    /// Kept until the end of the task is dealt with: a writer that is dropped closes.
    #[expect(dead_code, reason = "held, not read")]
    writer: Value,
}

impl StreamTask {
    /// The task ended: one that failed or was cancelled closes the connection.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt` out of the exception handler.
    pub fn done(&self, vm: &mut Vm, event_loop: &Rc<LoopData>, task: &Ref<FutureObj>) -> R<()> {
        if task.is_cancelled() {
            return self.link.close(vm);
        }
        let exception = futures::exception(vm, task)?;
        if exception.is_none() {
            return Ok(());
        }
        let transport = self.link.to_value(vm);
        let details = [("exception", exception), ("transport", transport)];
        let message = "Unhandled exception in client_connected_cb";
        report_problem(vm, event_loop, message, &details)?;
        self.link.close(vm)
    }
}
