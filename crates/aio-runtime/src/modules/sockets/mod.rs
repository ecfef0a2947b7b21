//! `_socket`: sockets of the system, as `socket` (a text in our language) shows them.
//!
//! In reading order: `data` is a socket and what the system does with it; `addresses` turns
//! addresses into values and back; `options` are the settings; `methods` is the table of the class;
//! `lookup` turns names into addresses; `blocking` is how a call waits that may wait.
//!
//! Transports share the [`SocketData`] of the object that a script holds: closing either closes
//! both.

mod addresses;
mod blocking;
mod data;
mod lookup;
mod methods;
mod options;

pub use addresses::{address_argument, address_value};
pub use data::{SocketData, Timeout};
pub use lookup::{Answer, Lookup, address_lookup, name_lookup};
pub use methods::{METHODS, TRANSPORT_SOCKET_METHODS, store};

use super::{Function, add, add_functions};
use crate::asyncio::AsyncClass;
use crate::error::R;
use crate::heap::Ref;
use crate::native::NativeFn;
use crate::objects::ModuleObj;
use crate::types::text_values::bytes_argument;
use crate::value::Value;
use crate::vm::Vm;
use rustix::net::{AddressFamily, SocketType};
use std::net::{Ipv4Addr, Ipv6Addr};

const FUNCTIONS: &[Function] = &[
    (
        "gethostname",
        NativeFn::F0(gethostname),
        "The name of this machine.",
    ),
    (
        "getaddrinfo",
        NativeFn::Range(6, 6, lookup::getaddrinfo),
        "Addresses of a name.",
    ),
    (
        "getnameinfo",
        NativeFn::F2(lookup::getnameinfo),
        "The name of an address.",
    ),
    (
        "inet_pton",
        NativeFn::F2(inet_pton),
        "The bytes of a numeric address.",
    ),
    (
        "inet_ntop",
        NativeFn::F2(inet_ntop),
        "The text of an address of bytes.",
    ),
    (
        "inet_aton",
        NativeFn::F1(inet_aton),
        "The four bytes of a numeric address.",
    ),
    ("htons", NativeFn::F1(swap_16), "Host to network order."),
    ("ntohs", NativeFn::F1(swap_16), "Network to host order."),
    ("htonl", NativeFn::F1(swap_32), "Host to network order."),
    ("ntohl", NativeFn::F1(swap_32), "Network to host order."),
    (
        "_pair",
        NativeFn::F3(methods::pair),
        "Two sockets that are connected.",
    ),
];

/// Fills the module.
///
/// # Errors
/// None yet.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, FUNCTIONS);
    let class = vm.async_class(AsyncClass::SocketType).to_value();
    add(vm, module, "SocketType", class);
    let class = vm.types.gaierror.to_value();
    add(vm, module, "gaierror", class);
    let class = vm.types.herror.to_value();
    add(vm, module, "herror", class);
    for (name, number) in [
        ("AF_UNSPEC", i64::from(AddressFamily::UNSPEC.as_raw())),
        ("AF_UNIX", i64::from(AddressFamily::UNIX.as_raw())),
        ("AF_INET", i64::from(AddressFamily::INET.as_raw())),
        ("AF_INET6", i64::from(AddressFamily::INET6.as_raw())),
        ("SOCK_STREAM", i64::from(SocketType::STREAM.as_raw())),
        ("SOCK_DGRAM", i64::from(SocketType::DGRAM.as_raw())),
    ] {
        add(vm, module, name, Value::int(number));
    }
    Ok(())
}

fn gethostname(vm: &mut Vm) -> R {
    let system = rustix::system::uname();
    Ok(vm.str(system.nodename().to_string_lossy()))
}

/// A family as a number.
fn family_of(vm: &mut Vm, value: &Value) -> R<AddressFamily> {
    let number = vm.index_i64(value)?;
    match u16::try_from(number) {
        Ok(number) => Ok(AddressFamily::from_raw(number as _)),
        Err(_) => Err(vm.raise_io_error(&unsupported_family(), None)),
    }
}

/// `EAFNOSUPPORT`
fn unsupported_family() -> std::io::Error {
    rustix::io::Errno::AFNOSUPPORT.into()
}

fn text_argument(vm: &mut Vm, value: &Value, what: &str) -> R<String> {
    match value.as_str() {
        Some(text) => Ok(text.to_owned()),
        None => {
            let given = vm.type_name(value);
            Err(vm.type_error(format!("{what} must be str, not {given}")))
        }
    }
}

fn illegal(vm: &mut Vm, function: &str) -> crate::error::Raised {
    vm.os_error(format!("illegal IP address string passed to {function}"))
}

fn inet_pton(vm: &mut Vm, family: &Value, text: &Value) -> R {
    let family = family_of(vm, family)?;
    let text = text_argument(vm, text, "inet_pton() argument 2")?;
    let bytes = match family {
        AddressFamily::INET => text.parse::<Ipv4Addr>().map(|a| a.octets().to_vec()).ok(),
        AddressFamily::INET6 => text.parse::<Ipv6Addr>().map(|a| a.octets().to_vec()).ok(),
        _ => return Err(vm.raise_io_error(&unsupported_family(), None)),
    };
    match bytes {
        Some(bytes) => Ok(Value::bytes(bytes)),
        None => Err(illegal(vm, "inet_pton")),
    }
}

fn inet_aton(vm: &mut Vm, text: &Value) -> R {
    let text = text_argument(vm, text, "inet_aton() argument 1")?;
    match text.parse::<Ipv4Addr>() {
        Ok(address) => Ok(Value::bytes(address.octets().to_vec())),
        Err(_) => Err(illegal(vm, "inet_aton")),
    }
}

fn inet_ntop(vm: &mut Vm, family: &Value, packed: &Value) -> R {
    let family = family_of(vm, family)?;
    let bytes = bytes_argument(vm, packed)?.to_vec();
    let text = match family {
        AddressFamily::INET => {
            <[u8; 4]>::try_from(bytes.as_slice()).map(|b| Ipv4Addr::from(b).to_string())
        }
        AddressFamily::INET6 => {
            <[u8; 16]>::try_from(bytes.as_slice()).map(|b| Ipv6Addr::from(b).to_string())
        }
        _ => {
            let number = family.as_raw();
            return Err(vm.value_error(format!("unknown address family {number}")));
        }
    };
    match text {
        Ok(text) => Ok(vm.str(text)),
        Err(_) => Err(vm.value_error("invalid length of packed IP address string")),
    }
}

fn swap_16(vm: &mut Vm, number: &Value) -> R {
    let number = vm.index_i64(number)?;
    match u16::try_from(number) {
        Ok(number) => Ok(Value::int(i64::from(number.to_be()))),
        Err(_) => {
            Err(vm.overflow_error("Python int too large to convert to C 16-bit unsigned integer"))
        }
    }
}

fn swap_32(vm: &mut Vm, number: &Value) -> R {
    let number = vm.index_i64(number)?;
    match u32::try_from(number) {
        Ok(number) => Ok(Value::int(i64::from(number.to_be()))),
        Err(_) => Err(vm.overflow_error("Python int too large to convert to C unsigned long")),
    }
}

/// A pair as a tuple.
fn pair_of(a: Value, b: Value) -> Value {
    Value::tuple(vec![a, b])
}
