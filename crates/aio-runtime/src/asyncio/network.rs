//! The bridge to the text `asyncio_network`: names of `asyncio` and methods of loops that are
//! written in our own language, and what they in turn need of Rust.

use super::classes::AsyncClass;
use super::events::loop_of_object;
use super::selector_events::{
    getaddrinfo, getnameinfo, new_transport, sock_connect, sock_sendfile, socket_argument,
};
use super::server::new_server;
use super::transports;
use crate::builtins::Function;
use crate::error::R;
use crate::heap::Ref;
use crate::modules::{add, add_functions, import};
use crate::native::{Args, Arguments, Method, NativeFn};
use crate::objects::ModuleObj;
use crate::value::Value;
use crate::vm::Vm;

/// The table of names of `asyncio` that the text defines.
pub const NAMES: &[&str] = &[
    "open_connection",
    "start_server",
    "open_unix_connection",
    "start_unix_server",
    "BaseProtocol",
    "Protocol",
    "BufferedProtocol",
    "DatagramProtocol",
    "SubprocessProtocol",
];

/// The table of functions that the text calls.
const FUNCTIONS: &[Function] = &[
    (
        "_getaddrinfo",
        NativeFn::Range(7, 7, getaddrinfo),
        "A future of addresses.",
    ),
    (
        "_getnameinfo",
        NativeFn::F3(getnameinfo),
        "A future of a name.",
    ),
    (
        "_new_server",
        NativeFn::Range(4, 4, make_server),
        "A server of bound sockets.",
    ),
    (
        "_new_transport",
        NativeFn::Range(5, 5, new_transport),
        "Transport and protocol of a socket.",
    ),
    (
        "_adopt",
        NativeFn::F1(adopt),
        "The protocols of streams derive from a class.",
    ),
    (
        "_begin_sendfile",
        NativeFn::F1(transports::begin_sendfile),
        "A future of an empty buffer; nothing else may be written.",
    ),
    (
        "_end_sendfile",
        NativeFn::F1(transports::end_sendfile),
        "The transport may be written to again.",
    ),
    (
        "_sock_sendfile",
        NativeFn::Range(6, 6, sock_sendfile),
        "Have the system send a file.",
    ),
    (
        "_sock_connect",
        NativeFn::F3(sock_connect),
        "Connect to a resolved address.",
    ),
];

/// The name of the text.
pub const TEXT: &str = "asyncio_network";

macro_rules! bridges {
    ($($table:ident $owner:literal { $($name:literal $doc:literal;)* })*) => {
        $(
            /// The table of methods of the loop that the text defines.
            pub const $table: &[Method] = &[$(
                Method::new(
                    $name,
                    NativeFn::Any(|vm, args| call_text(vm, $owner, $name, args)),
                    $doc,
                ),
            )*];
        )*
    };
}

bridges! {
    BASE_METHODS "BaseEventLoop" {
        "getaddrinfo" "The addresses of a name.";
        "getnameinfo" "The name of an address.";
        "sock_connect" "Connect a socket.";
        "create_connection" "Connect, with a transport and a protocol.";
        "create_server" "Listen, with a protocol for every connection.";
        "connect_accepted_socket" "Transport and protocol of a connection that was taken.";
        "create_datagram_endpoint" "Datagrams, with a transport and a protocol.";
        "sock_recvfrom_into" "Receive a datagram into a bytearray.";
        "sock_sendfile" "Send a file through a socket.";
        "start_tls" "Refused: there is no TLS.";
        "sendfile" "Send a file through a transport.";
    }
    UNIX_METHODS "_UnixSelectorEventLoop" {
        "create_unix_connection" "As create_connection, by a path.";
        "create_unix_server" "As create_server, at a path.";
    }
}

/// Fills `_asyncio_network`, which the text imports.
///
/// # Errors
/// None yet.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, FUNCTIONS);
    for (name, class) in [
        ("FlowControlMixin", AsyncClass::FlowControlMixin),
        ("StreamReader", AsyncClass::StreamReader),
        ("StreamReaderProtocol", AsyncClass::StreamReaderProtocol),
        ("StreamWriter", AsyncClass::StreamWriter),
    ] {
        let class = vm.async_class(class).to_value();
        add(vm, module, name, class);
    }
    Ok(())
}

/// A name that the text defines.
///
/// # Errors
/// What running the text raises.
pub fn attribute(vm: &mut Vm, name: &str) -> R {
    let text = import(vm, TEXT)?;
    let name = vm.intern(name);
    vm.get_attr(&text, &name)
}

fn call_text(vm: &mut Vm, owner: &str, name: &str, args: Args<'_>) -> R {
    let owner = attribute(vm, owner)?;
    let name = vm.intern(name);
    let function = vm.get_attr(&owner, &name)?;
    vm.call_args(&function, args)
}

/// `_adopt(Protocol)`: the protocols of streams are written in Rust, their base class is not.
fn adopt(vm: &mut Vm, base: &Value) -> R {
    let Some(base) = base.to_class() else {
        return Err(vm.type_error("_adopt() needs a class"));
    };
    let object = vm.types.object.clone();
    let mixin = vm.async_class(AsyncClass::FlowControlMixin);
    let protocol = vm.async_class(AsyncClass::StreamReaderProtocol);
    for class in [&mixin, &protocol] {
        class.mro.with_mut(|mro| {
            mro.pop();
            base.mro.with(|above| mro.extend(above.iter().cloned()));
        });
    }
    object
        .subclasses
        .with_mut(|list| list.retain(|class| !class.same(&mixin)));
    base.subclasses.with_mut(|list| list.push(mixin.clone()));
    mixin.bases.set(vec![base]);
    vm.epoch += 1;
    Ok(Value::NONE)
}

/// `_new_server(loop, sockets, protocol_factory, backlog)`
fn make_server(vm: &mut Vm, args: &[Value]) -> R {
    let event_loop = loop_of_object(vm, args.at(0))?;
    let mut sockets = Vec::new();
    for socket in vm.collect(args.at(1))? {
        sockets.push(socket_argument(vm, &socket)?);
    }
    let backlog = vm.index_i64(args.at(3))?;
    Ok(new_server(vm, &event_loop, sockets, args.at(2), backlog))
}
