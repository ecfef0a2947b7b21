//! Names to addresses and back. A [`Lookup`] holds nothing of the interpreter, so that the event
//! loop can give it to a thread.

use super::addresses::internet_value;
use crate::error::{R, Raised};
use crate::native::Arguments;
use crate::objects::ListObj;
use crate::permissions::Access;
use crate::value::Value;
use crate::vm::Vm;
use dns_lookup::{AddrInfoHints, LookupError};
use std::net::{IpAddr, SocketAddr};

/// What is to be looked up.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// The name.
    pub host: Option<String>,
    /// The name or number of a port.
    pub service: Option<String>,
    /// Which way.
    pub kind: LookupKind,
}

/// Which way a lookup goes.
#[derive(Clone, Debug)]
pub enum LookupKind {
    /// `getaddrinfo`
    Addresses {
        /// Only of this family.
        family: i32,
        /// Only of this type.
        socktype: i32,
        /// Only of this protocol.
        protocol: i32,
        /// `AI_*`
        flags: i32,
    },
    /// `getnameinfo`
    Name {
        /// The address.
        address: SocketAddr,
        /// `NI_*`
        flags: i32,
    },
}

/// One answer of `getaddrinfo`.
#[derive(Clone, Debug)]
pub struct Found {
    family: i32,
    socktype: i32,
    protocol: i32,
    name: String,
    address: SocketAddr,
}

/// What a lookup gives.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Addresses, in the order of the system.
    Addresses(Vec<Found>),
    /// Host and service.
    Name(String, String),
    /// `EAI_*`
    Failed(i32),
}

const EAI_NONAME: i32 = -2;

impl Lookup {
    /// Asks the system; this may take long.
    pub fn run(&self) -> Answer {
        match &self.kind {
            LookupKind::Addresses {
                family,
                socktype,
                protocol,
                flags,
            } => {
                let hints = AddrInfoHints {
                    flags: *flags,
                    address: *family,
                    socktype: *socktype,
                    protocol: *protocol,
                };
                self.addresses(hints)
            }
            LookupKind::Name { address, flags } => match dns_lookup::getnameinfo(address, *flags) {
                Ok((host, service)) => Answer::Name(host, service),
                Err(error) => failed(&error),
            },
        }
    }

    fn addresses(&self, hints: AddrInfoHints) -> Answer {
        if self.host.is_none() && self.service.is_none() {
            return Answer::Failed(EAI_NONAME);
        }
        let found =
            dns_lookup::getaddrinfo(self.host.as_deref(), self.service.as_deref(), Some(hints));
        match found {
            Ok(found) => Answer::Addresses(
                found
                    .flatten()
                    .map(|info| Found {
                        family: info.address,
                        socktype: info.socktype,
                        protocol: info.protocol,
                        name: info.canonname.unwrap_or_default(),
                        address: info.sockaddr,
                    })
                    .collect(),
            ),
            Err(error) => failed(&error),
        }
    }

    /// The first address of a name.
    ///
    /// # Errors
    /// `gaierror`
    pub fn first_ip(&self, vm: &mut Vm) -> R<IpAddr> {
        match self.run() {
            Answer::Addresses(found) => match found.first() {
                Some(found) => Ok(found.address.ip()),
                None => Err(gai_error(vm, EAI_NONAME)),
            },
            Answer::Failed(code) => Err(gai_error(vm, code)),
            Answer::Name(..) => Err(gai_error(vm, EAI_NONAME)),
        }
    }
}

fn failed(error: &LookupError) -> Answer {
    Answer::Failed(match error.error_num() {
        0 => EAI_NONAME,
        code => code,
    })
}

impl Answer {
    /// The answer as the script sees it.
    ///
    /// # Errors
    /// `gaierror`
    pub fn value(&self, vm: &mut Vm) -> R {
        match self {
            Answer::Failed(code) => Err(gai_error(vm, *code)),
            Answer::Name(host, service) => {
                let (host, service) = (vm.str(host.as_str()), vm.str(service.as_str()));
                Ok(super::pair_of(host, service))
            }
            Answer::Addresses(found) => {
                let rows = found.iter().map(|found| {
                    Value::tuple(vec![
                        Value::int(i64::from(found.family)),
                        Value::int(i64::from(found.socktype)),
                        Value::int(i64::from(found.protocol)),
                        vm.str(found.name.as_str()),
                        internet_value(vm, &found.address),
                    ])
                });
                Ok(Value::new(ListObj::new(rows.collect())))
            }
        }
    }
}

/// Raises `gaierror(code, text)`.
pub fn gai_error(vm: &mut Vm, code: i32) -> Raised {
    let text = match code {
        -1 => "Bad value for ai_flags",
        -2 => "Name or service not known",
        -3 => "Temporary failure in name resolution",
        -4 => "Non-recoverable failure in name resolution",
        -5 => "No address associated with hostname",
        -6 => "ai_family not supported",
        -7 => "ai_socktype not supported",
        -8 => "Servname not supported for ai_socktype",
        -10 => "Memory allocation failure",
        -11 => "System error",
        _ => "Unknown error",
    };
    let class = vm.types.gaierror.clone();
    let text = vm.str(text);
    vm.raise_with(&class, vec![Value::int(i64::from(code)), text])
}

/// Text, bytes or nothing.
fn name_argument(vm: &mut Vm, value: &Value, what: &str) -> R<Option<String>> {
    if value.is_none() {
        return Ok(None);
    }
    if let Some(text) = value.as_str() {
        return Ok(Some(text.to_owned()));
    }
    match crate::types::text_values::bytes_of(value) {
        Some(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        None => Err(vm.type_error(what)),
    }
}

/// The lookup that the arguments of `getaddrinfo` ask for.
///
/// # Errors
/// `TypeError`
pub fn address_lookup(vm: &mut Vm, args: &[Value]) -> R<Lookup> {
    let host = name_argument(
        vm,
        args.at(0),
        "getaddrinfo() argument 1 must be string or None",
    )?;
    let service = match args.at(1).as_index() {
        Some(port) => Some(port.to_string()),
        None => name_argument(vm, args.at(1), "Int or String expected")?,
    };
    let mut numbers = [0; 4];
    for (number, value) in numbers.iter_mut().zip(args.rest(2)) {
        *number = i32::try_from(vm.index_i64(value)?).unwrap_or(-1);
    }
    let [family, socktype, protocol, flags] = numbers;
    vm.permit(Access::Net, None)?;
    Ok(Lookup {
        host,
        service,
        kind: LookupKind::Addresses {
            family,
            socktype,
            protocol,
            flags,
        },
    })
}

/// `getaddrinfo(host, port, family, type, proto, flags)`; waits.
pub fn getaddrinfo(vm: &mut Vm, args: &[Value]) -> R {
    address_lookup(vm, args)?.run().value(vm)
}

/// The lookup that the arguments of `getnameinfo` ask for.
///
/// # Errors
/// `TypeError`, `gaierror` for an address that is not numeric.
pub fn name_lookup(vm: &mut Vm, address: &Value, flags: &Value) -> R<Lookup> {
    let Some(tuple) = address.as_tuple() else {
        return Err(vm.type_error("getnameinfo() argument 1 must be a tuple"));
    };
    let (Some(host), Some(port)) = (
        tuple.items.first().and_then(Value::as_str),
        tuple.items.get(1).and_then(Value::as_index),
    ) else {
        return Err(vm.type_error("getnameinfo(): illegal sockaddr argument"));
    };
    let Ok(port) = u16::try_from(port) else {
        return Err(vm.overflow_error("getnameinfo(): port must be 0-65535."));
    };
    let Ok(ip) = host.parse::<IpAddr>() else {
        return Err(gai_error(vm, EAI_NONAME));
    };
    let flags = i32::try_from(vm.index_i64(flags)?).unwrap_or(0);
    vm.permit(Access::Net, None)?;
    Ok(Lookup {
        host: None,
        service: None,
        kind: LookupKind::Name {
            address: SocketAddr::new(ip, port),
            flags,
        },
    })
}

/// `getnameinfo(sockaddr, flags)`; waits.
pub fn getnameinfo(vm: &mut Vm, address: &Value, flags: &Value) -> R {
    name_lookup(vm, address, flags)?.run().value(vm)
}
