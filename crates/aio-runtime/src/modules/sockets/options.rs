//! `setsockopt` and `getsockopt`: the numbers of Linux, led to the calls that set them.
//!
//! The system is asked through typed calls only, so an option that is not in the tables here is
//! refused as a protocol that is not available.

use super::data::SocketData;
use rustix::io::Errno;
use rustix::net::sockopt as opt;
use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

const SOL_SOCKET: i64 = 1;
const IPPROTO_IP: i64 = 0;
const IPPROTO_TCP: i64 = 6;
const IPPROTO_IPV6: i64 = 41;

/// Sets an option to a number.
///
/// # Errors
/// What the system says; `ENOPROTOOPT` for an option that is not known here.
pub fn set(socket: &SocketData, level: i64, name: i64, value: i64) -> io::Result<()> {
    let on = value != 0;
    let count = u32::try_from(value).unwrap_or(0);
    let size = usize::try_from(value).unwrap_or(0);
    let seconds = Duration::from_secs(u64::from(count));
    socket.with(|fd| match (level, name) {
        (SOL_SOCKET, 2) => opt::set_socket_reuseaddr(fd, on),
        (SOL_SOCKET, 6) => opt::set_socket_broadcast(fd, on),
        (SOL_SOCKET, 7) => opt::set_socket_send_buffer_size(fd, size),
        (SOL_SOCKET, 8) => opt::set_socket_recv_buffer_size(fd, size),
        (SOL_SOCKET, 9) => opt::set_socket_keepalive(fd, on),
        (SOL_SOCKET, 10) => opt::set_socket_oobinline(fd, on),
        #[cfg(target_os = "linux")]
        (SOL_SOCKET, 15) => opt::set_socket_reuseport(fd, on),
        (IPPROTO_TCP, 1) => opt::set_tcp_nodelay(fd, on),
        (IPPROTO_TCP, 4) => opt::set_tcp_keepidle(fd, seconds),
        (IPPROTO_TCP, 5) => opt::set_tcp_keepintvl(fd, seconds),
        (IPPROTO_TCP, 6) => opt::set_tcp_keepcnt(fd, count),
        #[cfg(target_os = "linux")]
        (IPPROTO_TCP, 12) => opt::set_tcp_quickack(fd, on),
        (IPPROTO_IP, 2) => opt::set_ip_ttl(fd, count),
        (IPPROTO_IP, 33) => opt::set_ip_multicast_ttl(fd, count),
        (IPPROTO_IP, 34) => opt::set_ip_multicast_loop(fd, on),
        (IPPROTO_IPV6, 26) => opt::set_ipv6_v6only(fd, on),
        _ => Err(Errno::NOPROTOOPT),
    })
}

/// Sets `SO_LINGER`.
///
/// # Errors
/// What the system says.
pub fn set_linger(socket: &SocketData, linger: Option<Duration>) -> io::Result<()> {
    socket.with(|fd| opt::set_socket_linger(fd, linger))
}

/// Enters or leaves a group of receivers.
///
/// # Errors
/// What the system says.
pub fn set_membership(
    socket: &SocketData,
    enter: bool,
    group: Ipv4Addr,
    interface: Ipv4Addr,
) -> io::Result<()> {
    socket.with(|fd| {
        if enter {
            opt::set_ip_add_membership(fd, &group, &interface)
        } else {
            opt::set_ip_drop_membership(fd, &group, &interface)
        }
    })
}

/// Reads an option.
///
/// # Errors
/// What the system says; `ENOPROTOOPT` for an option that is not known here.
pub fn get(socket: &SocketData, level: i64, name: i64) -> io::Result<i64> {
    socket.with(|fd| {
        Ok(match (level, name) {
            (SOL_SOCKET, 2) => i64::from(opt::socket_reuseaddr(fd)?),
            (SOL_SOCKET, 3) => i64::from(opt::socket_type(fd)?.as_raw()),
            (SOL_SOCKET, 4) => match opt::socket_error(fd)? {
                Ok(()) => 0,
                Err(error) => i64::from(error.raw_os_error()),
            },
            (SOL_SOCKET, 6) => i64::from(opt::socket_broadcast(fd)?),
            (SOL_SOCKET, 7) => opt::socket_send_buffer_size(fd)? as i64,
            (SOL_SOCKET, 8) => opt::socket_recv_buffer_size(fd)? as i64,
            (SOL_SOCKET, 9) => i64::from(opt::socket_keepalive(fd)?),
            (SOL_SOCKET, 10) => i64::from(opt::socket_oobinline(fd)?),
            #[cfg(target_os = "linux")]
            (SOL_SOCKET, 15) => i64::from(opt::socket_reuseport(fd)?),
            #[cfg(target_os = "linux")]
            (SOL_SOCKET, 30) => i64::from(opt::socket_acceptconn(fd)?),
            #[cfg(target_os = "linux")]
            (SOL_SOCKET, 39) => i64::from(opt::socket_domain(fd)?.as_raw()),
            (IPPROTO_TCP, 1) => i64::from(opt::tcp_nodelay(fd)?),
            (IPPROTO_TCP, 4) => opt::tcp_keepidle(fd)?.as_secs() as i64,
            (IPPROTO_TCP, 5) => opt::tcp_keepintvl(fd)?.as_secs() as i64,
            (IPPROTO_TCP, 6) => i64::from(opt::tcp_keepcnt(fd)?),
            (IPPROTO_IP, 2) => i64::from(opt::ip_ttl(fd)?),
            (IPPROTO_IP, 33) => i64::from(opt::ip_multicast_ttl(fd)?),
            (IPPROTO_IP, 34) => i64::from(opt::ip_multicast_loop(fd)?),
            (IPPROTO_IPV6, 26) => i64::from(opt::ipv6_v6only(fd)?),
            _ => return Err(Errno::NOPROTOOPT),
        })
    })
}
