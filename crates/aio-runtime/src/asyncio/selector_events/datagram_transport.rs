//! Datagrams.

use crate::asyncio::transports::{
    Chunk, OutBuffer, TransportData, io_exception, this, wants_to_wait,
};
use crate::error::R;
use crate::heap::Ref;
use crate::modules::sockets::{address_argument, address_value};
use crate::native::{Args, Method, NativeFn, Signature};
use crate::types::text_values::bytes_of;
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::Direction;
use std::io;
use std::rc::Rc;

/// The methods of `DatagramTransport`, besides those of every transport.
pub const METHODS: &[Method] = &[Method::new(
    "sendto",
    NativeFn::Any(sendto),
    "Send a datagram; never waits.",
)];

impl TransportData {
    /// A datagram can be read.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt`; what the protocol raises.
    #[expect(clippy::indexing_slicing, reason = "as many bytes as were read")]
    pub fn datagram_ready(self: &Rc<Self>, vm: &mut Vm) -> R<()> {
        let Some(socket) = self.socket() else {
            return Ok(());
        };
        if self.conn_lost.get() > 0 {
            return Ok(());
        }
        let received = vm.with_read_buffer(|_, buffer| {
            let (count, address) = socket.recvfrom(buffer)?;
            Ok::<_, io::Error>((buffer[..count].to_vec(), address))
        });
        match received {
            Ok((bytes, address)) => {
                let address = address_value(vm, address.as_ref());
                let bytes = Value::bytes(bytes);
                self.tell(vm, "datagram_received", &[bytes, address])
                    .map(drop)
            }
            Err(error) if wants_to_wait(&error) => {
                self.drained(Direction::Read);
                Ok(())
            }
            Err(error) => self.datagram_error(vm, &error),
        }
    }

    fn datagram_error(&self, vm: &mut Vm, error: &io::Error) -> R<()> {
        let exception = io_exception(vm, error);
        self.tell(vm, "error_received", &[exception]).map(drop)
    }

    fn send_datagram(&self, chunk: &Chunk) -> io::Result<usize> {
        match (self.socket(), &chunk.address) {
            (Some(socket), Some(address)) => socket.sendto(chunk.rest(), address),
            (Some(socket), None) => socket.send(chunk.rest()),
            (None, _) => Err(rustix::io::Errno::BADF.into()),
        }
    }

    /// The socket takes datagrams again.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt`; what the protocol raises.
    pub fn datagrams_go_on(self: &Rc<Self>, vm: &mut Vm) -> R<()> {
        while let Some(chunk) = self.out.with_mut(|out| out.chunks.pop_front()) {
            let sent = self.send_datagram(&chunk);
            match sent {
                Ok(_) => self.out.with_mut(|out| out.len -= chunk.rest().len()),
                Err(error) if wants_to_wait(&error) => {
                    self.out.with_mut(|out| out.chunks.push_front(chunk));
                    self.drained(Direction::Write);
                    break;
                }
                Err(error) => {
                    self.out.with_mut(|out| out.len -= chunk.rest().len());
                    return self.datagram_error(vm, &error);
                }
            }
        }
        self.maybe_resume_protocol(vm)?;
        if self.out.with(|out: &OutBuffer| out.chunks.is_empty()) {
            self.unwatch(Direction::Write);
            if self.is_closing() {
                return self.connection_lost(vm);
            }
        }
        Ok(())
    }
}

fn sendto(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "_SelectorDatagramTransport.sendto",
        params: &["/self", "data", "addr"],
        positional: 3,
        required: 2,
    };
    let [object, data, address] = vm.bind_python::<3>(args, &SIGNATURE)?;
    let transport = this(vm, &object, "sendto")?;
    vm.send_held()?;
    let Some(bytes) = bytes_of(&data) else {
        let given = vm.type_name(&data);
        return Err(vm.type_error(format!(
            "data argument must be a bytes-like object, not '{given}'"
        )));
    };
    let given = !address.is_unset() && !address.is_none();
    let remote = transport.remote.get();
    if let Some((_, remote)) = &remote {
        if given && !vm.eq(&address, remote)? {
            let shown = vm.repr(remote)?;
            return Err(vm.value_error(format!("Invalid address: must be None or {shown}")));
        }
        if transport.conn_lost.get() > 0 {
            transport.count_vain_write(vm);
            return Ok(Value::NONE);
        }
    }
    let mut chunk = Chunk::new(Ref::bytes(&bytes), 0);
    let connected = transport
        .socket()
        .is_some_and(|socket| socket.getpeername().is_ok());
    if !connected {
        chunk.address = match (&remote, given, transport.socket()) {
            (Some((remote, _)), ..) => Some(Box::new(remote.clone())),
            (None, true, Some(socket)) => {
                Some(Box::new(address_argument(vm, socket, &address, "sendto")?))
            }
            (None, ..) => None,
        };
    }
    if transport.out.with(|out| out.chunks.is_empty()) {
        match transport.send_datagram(&chunk) {
            Ok(_) => return Ok(Value::NONE),
            Err(error) if wants_to_wait(&error) => transport.watch(vm, Direction::Write)?,
            Err(error) => {
                transport.datagram_error(vm, &error)?;
                return Ok(Value::NONE);
            }
        }
    }
    transport.out.with_mut(|out| out.push(chunk));
    transport.maybe_pause_protocol(vm)?;
    Ok(Value::NONE)
}
