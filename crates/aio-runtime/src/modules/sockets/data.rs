//! A socket: a descriptor with its family, type, protocol and timeout.
//!
//! Every call here is one call of the system and returns what that says; waiting is done in
//! `blocking` for scripts that want it, and by the event loop for transports.

use crate::heap::GcCell;
use crate::objects::NativeData;
use crate::value::Value;
use rustix::io::{Errno, ioctl_fionbio};
use rustix::net::{
    AddressFamily, Protocol, RecvFlags, SendFlags, Shutdown, SocketAddrAny, SocketFlags, SocketType,
};
use std::cell::Cell;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::rc::Rc;
use std::time::Duration;

/// How long a call may wait.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub enum Timeout {
    /// For ever.
    #[default]
    Blocking,
    /// Not at all.
    NonBlocking,
    /// So many seconds.
    Seconds(f64),
}

impl Timeout {
    /// How long that is; none for a socket that must not wait.
    pub fn limit(self) -> Option<Duration> {
        match self {
            Timeout::Blocking => Some(Duration::MAX),
            Timeout::NonBlocking => None,
            Timeout::Seconds(seconds) => {
                Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
            }
        }
    }
}

/// A socket.
pub struct SocketData {
    fd: GcCell<Option<OwnedFd>>,
    number: Cell<RawFd>,
    /// `family`
    pub family: Cell<i64>,
    /// `type`
    pub kind: Cell<i64>,
    /// `proto`
    pub proto: Cell<i64>,
    /// `gettimeout()`
    pub timeout: Cell<Timeout>,
}

impl NativeData for SocketData {
    fn visit(&self, _visitor: &mut dyn FnMut(&Value)) {}
}

#[cfg(not(target_vendor = "apple"))]
fn new_flags(nonblocking: bool) -> SocketFlags {
    if nonblocking {
        SocketFlags::CLOEXEC | SocketFlags::NONBLOCK
    } else {
        SocketFlags::CLOEXEC
    }
}

/// A new descriptor that children do not inherit.
#[cfg(not(target_vendor = "apple"))]
fn open(
    family: AddressFamily,
    kind: SocketType,
    protocol: Option<Protocol>,
) -> rustix::io::Result<OwnedFd> {
    rustix::net::socket_with(family, kind, new_flags(false), protocol)
}

#[cfg(target_vendor = "apple")]
fn open(
    family: AddressFamily,
    kind: SocketType,
    protocol: Option<Protocol>,
) -> rustix::io::Result<OwnedFd> {
    let fd = rustix::net::socket(family, kind, protocol)?;
    rustix::io::fcntl_setfd(&fd, rustix::io::FdFlags::CLOEXEC)?;
    Ok(fd)
}

#[cfg(not(target_vendor = "apple"))]
fn accept_from(
    fd: BorrowedFd<'_>,
    nonblocking: bool,
) -> rustix::io::Result<(OwnedFd, Option<SocketAddrAny>)> {
    rustix::net::acceptfrom_with(fd, new_flags(nonblocking))
}

#[cfg(target_vendor = "apple")]
fn accept_from(
    fd: BorrowedFd<'_>,
    nonblocking: bool,
) -> rustix::io::Result<(OwnedFd, Option<SocketAddrAny>)> {
    let (fd, address) = rustix::net::acceptfrom(fd)?;
    rustix::io::fcntl_setfd(&fd, rustix::io::FdFlags::CLOEXEC)?;
    ioctl_fionbio(&fd, nonblocking)?;
    Ok((fd, address))
}

/// `SOCK_NONBLOCK`, by the number of Linux.
const NON_BLOCKING: i64 = 2048;

/// What may be asked for with a type and is not part of it: `SOCK_NONBLOCK`, `SOCK_CLOEXEC`.
const KIND_FLAGS: i64 = NON_BLOCKING | 524_288;

impl SocketData {
    /// A socket without a descriptor, before `__init__`.
    pub fn unopened() -> SocketData {
        SocketData {
            fd: GcCell::default(),
            number: Cell::new(-1),
            family: Cell::new(-1),
            kind: Cell::new(-1),
            proto: Cell::new(-1),
            timeout: Cell::default(),
        }
    }

    /// Opens a descriptor of a family, type and protocol.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(&self, family: i64, kind: i64, proto: i64) -> io::Result<()> {
        let (Ok(raw_family), Ok(raw_kind), Ok(raw_proto)) = (
            u16::try_from(family),
            u32::try_from(kind),
            u32::try_from(proto),
        ) else {
            return Err(Errno::INVAL.into());
        };
        let protocol = std::num::NonZeroU32::new(raw_proto).map(|raw| Protocol::from_raw(raw as _));
        let fd = open(
            AddressFamily::from_raw(raw_family as _),
            SocketType::from_raw(raw_kind as _),
            protocol,
        )?;
        self.adopt(fd, family, kind, proto);
        Ok(())
    }

    /// Takes a descriptor over.
    pub fn adopt(&self, fd: OwnedFd, family: i64, kind: i64, proto: i64) {
        self.number.set(fd.as_raw_fd());
        self.fd.set(Some(fd));
        self.family.set(family);
        self.kind.set(kind & !KIND_FLAGS);
        self.proto.set(proto);
        if kind & NON_BLOCKING != 0 {
            self.timeout.set(Timeout::NonBlocking);
        }
    }

    /// The number of the descriptor; -1 when it is closed.
    pub fn number(&self) -> RawFd {
        self.number.get()
    }

    /// Whether it is closed, or was never opened.
    pub fn is_closed(&self) -> bool {
        self.number.get() < 0
    }

    /// Closes the descriptor.
    pub fn close(&self) {
        self.number.set(-1);
        self.fd.set(None);
    }

    /// Gives the descriptor away.
    pub fn detach(&self) -> Option<OwnedFd> {
        self.number.set(-1);
        self.fd.replace(None)
    }

    /// Lends the descriptor.
    ///
    /// # Errors
    /// What `act` says; `EBADF` when it is closed.
    #[inline]
    pub fn with<T>(
        &self,
        act: impl FnOnce(BorrowedFd<'_>) -> rustix::io::Result<T>,
    ) -> io::Result<T> {
        self.fd.with(|fd| match fd {
            Some(fd) => act(fd.as_fd()).map_err(io::Error::from),
            None => Err(Errno::BADF.into()),
        })
    }

    /// Sets how long calls may wait.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_timeout(&self, timeout: Timeout) -> io::Result<()> {
        self.timeout.set(timeout);
        self.with(|fd| ioctl_fionbio(fd, timeout != Timeout::Blocking))
    }

    /// Receives; nothing is the end.
    ///
    /// # Errors
    /// What the system says, as for all below.
    #[inline]
    pub fn recv(&self, buffer: &mut [u8], flags: RecvFlags) -> io::Result<usize> {
        self.with(|fd| rustix::net::recv(fd, buffer, flags).map(|(count, _)| count))
    }

    /// Receives a datagram and the address that it came from.
    ///
    /// # Errors
    /// See [`recv`](SocketData::recv).
    pub fn recvfrom(&self, buffer: &mut [u8]) -> io::Result<(usize, Option<SocketAddrAny>)> {
        self.with(|fd| {
            rustix::net::recvfrom(fd, buffer, RecvFlags::empty())
                .map(|(count, _, address)| (count, address))
        })
    }

    /// Sends; says how many bytes went.
    ///
    /// # Errors
    /// See [`recv`](SocketData::recv).
    #[inline]
    pub fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        self.with(|fd| rustix::net::send(fd, bytes, SendFlags::NOSIGNAL))
    }

    /// Sends several pieces at once.
    ///
    /// # Errors
    /// See [`recv`](SocketData::recv).
    pub fn send_pieces(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.with(|fd| rustix::io::writev(fd, pieces))
    }

    /// Sends a datagram to an address.
    ///
    /// # Errors
    /// See [`recv`](SocketData::recv).
    pub fn sendto(&self, bytes: &[u8], address: &SocketAddrAny) -> io::Result<usize> {
        self.with(|fd| rustix::net::sendto(fd, bytes, SendFlags::NOSIGNAL, address))
    }

    /// Begins a connection.
    ///
    /// # Errors
    /// See [`recv`](SocketData::recv).
    pub fn connect(&self, address: &SocketAddrAny) -> io::Result<()> {
        self.with(|fd| rustix::net::connect(fd, address))
    }

    /// Gives it an address.
    ///
    /// # Errors
    /// See [`recv`](SocketData::recv).
    pub fn bind(&self, address: &SocketAddrAny) -> io::Result<()> {
        self.with(|fd| rustix::net::bind(fd, address))
    }

    /// Begins to take connections.
    ///
    /// # Errors
    /// See [`recv`](SocketData::recv).
    pub fn listen(&self, backlog: i32) -> io::Result<()> {
        self.with(|fd| rustix::net::listen(fd, backlog.max(0)))
    }

    /// Takes a connection.
    ///
    /// # Errors
    /// See [`recv`](SocketData::recv).
    pub fn accept(&self, nonblocking: bool) -> io::Result<(Rc<SocketData>, Option<SocketAddrAny>)> {
        let (fd, address) = self.with(|fd| accept_from(fd, nonblocking))?;
        let socket = SocketData::unopened();
        socket.adopt(fd, self.family.get(), self.kind.get(), self.proto.get());
        if nonblocking {
            socket.timeout.set(Timeout::NonBlocking);
        }
        Ok((Rc::new(socket), address))
    }

    /// Ends one or both directions.
    ///
    /// # Errors
    /// See [`recv`](SocketData::recv).
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.with(|fd| rustix::net::shutdown(fd, how))
    }

    /// Its own address.
    ///
    /// # Errors
    /// See [`recv`](SocketData::recv).
    pub fn getsockname(&self) -> io::Result<SocketAddrAny> {
        self.with(|fd| rustix::net::getsockname(fd))
    }

    /// The address of the other side.
    ///
    /// # Errors
    /// See [`recv`](SocketData::recv).
    pub fn getpeername(&self) -> io::Result<Option<SocketAddrAny>> {
        self.with(|fd| rustix::net::getpeername(fd))
    }

    /// The pending error, which is taken out.
    ///
    /// # Errors
    /// The pending error, or what the system says.
    pub fn take_error(&self) -> io::Result<()> {
        match self.with(|fd| rustix::net::sockopt::socket_error(fd)) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.into()),
            Err(error) => Err(error),
        }
    }
}

impl SocketData {
    /// Two sockets that are connected.
    ///
    /// # Errors
    /// What the system says.
    pub fn pair(family: i64, kind: i64) -> io::Result<[Rc<SocketData>; 2]> {
        let (Ok(raw_family), Ok(raw_kind)) = (u16::try_from(family), u32::try_from(kind)) else {
            return Err(Errno::INVAL.into());
        };
        let (a, b) = rustix::net::socketpair(
            AddressFamily::from_raw(raw_family as _),
            SocketType::from_raw(raw_kind as _),
            SocketFlags::empty(),
            None,
        )?;
        let of = |fd: OwnedFd| -> io::Result<Rc<SocketData>> {
            rustix::io::fcntl_setfd(&fd, rustix::io::FdFlags::CLOEXEC)?;
            let socket = SocketData::unopened();
            socket.adopt(fd, family, kind, 0);
            Ok(Rc::new(socket))
        };
        Ok([of(a)?, of(b)?])
    }

    /// Another descriptor for the same socket.
    ///
    /// # Errors
    /// What the system says.
    pub fn duplicate(&self) -> io::Result<Rc<SocketData>> {
        let fd = self.with(|fd| rustix::io::fcntl_dupfd_cloexec(fd, 0))?;
        let socket = SocketData::unopened();
        socket.adopt(fd, self.family.get(), self.kind.get(), self.proto.get());
        socket.timeout.set(self.timeout.get());
        Ok(Rc::new(socket))
    }
}
