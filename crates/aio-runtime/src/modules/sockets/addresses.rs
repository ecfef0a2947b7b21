//! Addresses as values: `('127.0.0.1', 80)`, `('::1', 80, 0, 0)`, `'/tmp/name'`.

use super::data::SocketData;
use super::lookup::{Lookup, LookupKind};
use super::unsupported_family;
use crate::error::R;
use crate::native::Arguments;
use crate::permissions::Access;
use crate::types::text_values::bytes_of;
use crate::value::Value;
use crate::vm::Vm;
use rustix::net::{AddressFamily, SocketAddrAny, SocketAddrUnix};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

/// An address as the script sees it; `None` for none at all.
pub fn address_value(vm: &Vm, address: Option<&SocketAddrAny>) -> Value {
    let Some(address) = address else {
        return Value::NONE;
    };
    if let Ok(address) = SocketAddr::try_from(address.clone()) {
        return internet_value(vm, &address);
    }
    let Ok(unix) = SocketAddrUnix::try_from(address.clone()) else {
        return Value::NONE;
    };
    if let Some(name) = unix.abstract_name().filter(|name| !name.is_empty()) {
        let mut bytes = vec![0];
        bytes.extend_from_slice(name);
        return Value::bytes(bytes);
    }
    match unix.path_bytes() {
        Some(path) => vm.str(String::from_utf8_lossy(path)),
        None => vm.str(""),
    }
}

/// An address of the internet as the script sees it.
pub fn internet_value(vm: &Vm, address: &SocketAddr) -> Value {
    let mut parts = vec![
        vm.str(address.ip().to_string()),
        Value::int(i64::from(address.port())),
    ];
    if let SocketAddr::V6(address) = address {
        parts.push(Value::int(i64::from(address.flowinfo())));
        parts.push(Value::int(i64::from(address.scope_id())));
    }
    Value::tuple(parts)
}

/// The address that a script means, for a socket; `method` begins the messages.
///
/// # Errors
/// `TypeError`, `OverflowError`, `gaierror` for a name that is unknown, `OSError`.
pub fn address_argument(
    vm: &mut Vm,
    socket: &SocketData,
    value: &Value,
    method: &str,
) -> R<SocketAddrAny> {
    let raw = u16::try_from(socket.family.get()).unwrap_or(0);
    let family = AddressFamily::from_raw(raw as _);
    match family {
        AddressFamily::UNIX => unix_address(vm, value),
        AddressFamily::INET => internet_address(vm, value, family, "AF_INET", method),
        AddressFamily::INET6 => internet_address(vm, value, family, "AF_INET6", method),
        _ => Err(vm.raise_io_error(&unsupported_family(), None)),
    }
}

fn unix_address(vm: &mut Vm, value: &Value) -> R<SocketAddrAny> {
    let path: Vec<u8> = match value.as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => match bytes_of(value) {
            Some(bytes) => bytes.to_vec(),
            None => {
                let given = vm.type_name(value);
                return Err(
                    vm.type_error(format!("a bytes-like object is required, not '{given}'"))
                );
            }
        },
    };
    let made = match path.split_first() {
        #[cfg(target_os = "linux")]
        Some((0, name)) => SocketAddrUnix::new_abstract_name(name),
        Some(_) | None => SocketAddrUnix::new(path),
    };
    match made {
        Ok(address) => Ok(address.into()),
        Err(_) => Err(vm.os_error("AF_UNIX path too long")),
    }
}

fn internet_address(
    vm: &mut Vm,
    value: &Value,
    family: AddressFamily,
    name: &str,
    method: &str,
) -> R<SocketAddrAny> {
    let Some(tuple) = value.as_tuple() else {
        let given = vm.type_name(value);
        return Err(vm.type_error(format!(
            "{method}(): {name} address must be tuple, not {given}"
        )));
    };
    let most = if family == AddressFamily::INET6 { 4 } else { 2 };
    let items = &tuple.items;
    if items.len() < 2 || items.len() > most {
        let form = if most == 2 {
            "a pair (host, port)"
        } else {
            "a tuple (host, port[, flowinfo[, scopeid]])"
        };
        return Err(vm.type_error(format!("{name} address must be {form}")));
    }
    let items: Vec<Value> = items.to_vec();
    let port = vm.index_i64(items.at(1))?;
    let Ok(port) = u16::try_from(port) else {
        return Err(vm.overflow_error(format!("{method}(): port must be 0-65535.")));
    };
    let ip = host_of(vm, items.at(0), family)?;
    let number = |vm: &mut Vm, at: usize| -> R<u32> {
        match items.get(at) {
            Some(value) => vm.index_i64(value).map(|n| n as u32),
            None => Ok(0),
        }
    };
    Ok(match ip {
        IpAddr::V4(ip) => SocketAddr::from((ip, port)).into(),
        IpAddr::V6(ip) => {
            let (flow, scope) = (number(vm, 2)?, number(vm, 3)?);
            SocketAddr::V6(SocketAddrV6::new(ip, port, flow, scope)).into()
        }
    })
}

/// A host: numeric, empty for any, or a name that is looked up here and now.
fn host_of(vm: &mut Vm, value: &Value, family: AddressFamily) -> R<IpAddr> {
    let text = match value.as_str() {
        Some(text) => text.to_owned(),
        None => match bytes_of(value) {
            Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            None => {
                let given = vm.type_name(value);
                return Err(vm.type_error(format!("str, bytes or bytearray expected, not {given}")));
            }
        },
    };
    let numeric = if family == AddressFamily::INET {
        match text.as_str() {
            "" => Some(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            "<broadcast>" => Some(IpAddr::V4(Ipv4Addr::BROADCAST)),
            text => text.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
        }
    } else {
        match text.as_str() {
            "" => Some(IpAddr::V6(Ipv6Addr::UNSPECIFIED)),
            text => text.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        }
    };
    if let Some(ip) = numeric {
        return Ok(ip);
    }
    vm.permit(Access::Net, None)?;
    let lookup = Lookup {
        host: Some(text),
        service: None,
        kind: LookupKind::Addresses {
            family: i32::from(family.as_raw()),
            socktype: 0,
            protocol: 0,
            flags: 0,
        },
    };
    lookup.first_ip(vm)
}
