//! The built-in modules: which there are, and how each is made.

use super::{
    bisecting, clock, deque, functional, heaps, io, iterating, json, loading, mathematics,
    operators, processes, randomness, signals, sockets, structs, support, system, system_files,
    threads, type_names,
};
use crate::error::R;
use crate::heap::Ref;
use crate::objects::ModuleObj;
use crate::types::module::new_module;
use crate::value::Value;
use crate::vm::Vm;

/// How a module is made.
enum Maker {
    /// By a function that fills it.
    Native(fn(&mut Vm, &Ref<ModuleObj>) -> R<()>),
    /// By a function that makes all of it.
    Whole(fn(&mut Vm) -> Value),
    /// By running a text in our language.
    Text(&'static str),
}

use Maker::{Native, Text, Whole};

/// The table: name, maker.
const MODULES: &[(&str, Maker)] = &[
    ("asyncio", Whole(crate::asyncio::module)),
    ("contextvars", Whole(crate::asyncio::contextvars_module)),
    ("sys", Native(system::fill)),
    ("builtins", Native(fill_builtins)),
    ("_types", Native(type_names::fill)),
    ("_traceback", Native(support::fill_traceback)),
    ("_struct", Native(structs::fill)),
    ("struct", Text(include_str!("lib/struct.aio"))),
    ("_socket", Native(sockets::fill)),
    ("socket", Text(include_str!("lib/socket.aio"))),
    ("_asyncio_network", Native(crate::asyncio::fill_network)),
    (
        "asyncio_network",
        Text(include_str!("lib/asyncio_network.aio")),
    ),
    ("_processes", Native(processes::fill)),
    ("_threads", Native(threads::fill)),
    ("_thread", Text(include_str!("lib/_thread.aio"))),
    ("threading", Text(include_str!("lib/threading.aio"))),
    ("queue", Text(include_str!("lib/queue.aio"))),
    ("errno", Text(include_str!("lib/errno.aio"))),
    ("statistics", Text(include_str!("lib/statistics.aio"))),
    ("pathlib", Text(include_str!("lib/pathlib.aio"))),
    ("concurrent", Text("")),
    (
        "concurrent.futures",
        Text(include_str!("lib/concurrent_futures.aio")),
    ),
    (
        "concurrent.futures.thread",
        Text("from concurrent.futures import ThreadPoolExecutor, BrokenThreadPool"),
    ),
    (
        "asyncio.log",
        Text("import logging\n\nlogger = logging.getLogger(\"asyncio\")"),
    ),
    (
        "asyncio.threads",
        Text(include_str!("lib/asyncio_threads.aio")),
    ),
    ("subprocess", Text(include_str!("lib/subprocess.aio"))),
    (
        "asyncio.subprocess",
        Text(include_str!("lib/asyncio_subprocess.aio")),
    ),
    ("_signal", Native(signals::fill)),
    ("signal", Text(include_str!("lib/signal.aio"))),
    ("_os", Native(system_files::fill)),
    ("os", Text(include_str!("lib/os.aio"))),
    ("os.path", Text(include_str!("lib/os_path.aio"))),
    ("html", Text(include_str!("lib/html.aio"))),
    ("urllib", Text("")),
    ("urllib.parse", Text(include_str!("lib/urllib_parse.aio"))),
    ("_urllib_split", Text(include_str!("lib/_urllib_split.aio"))),
    ("logging", Text(include_str!("lib/logging.aio"))),
    ("_gc", Native(support::fill_collector)),
    ("bisect", Native(bisecting::fill)),
    ("copy", Text(include_str!("lib/copy.aio"))),
    ("datetime", Text(include_str!("lib/datetime.aio"))),
    ("gc", Text(include_str!("lib/gc.aio"))),
    ("_heapq", Native(heaps::fill)),
    ("heapq", Text(include_str!("lib/heapq.aio"))),
    ("inspect", Text(include_str!("lib/inspect.aio"))),
    ("_itertools", Native(iterating::fill)),
    ("itertools", Text(include_str!("lib/itertools.aio"))),
    ("_operator", Native(operators::fill)),
    ("operator", Text(include_str!("lib/operator.aio"))),
    ("string", Text(include_str!("lib/string.aio"))),
    ("traceback", Text(include_str!("lib/traceback.aio"))),
    ("typing", Text(include_str!("lib/typing.aio"))),
    ("warnings", Text(include_str!("lib/warnings.aio"))),
    ("_json", Native(json::fill)),
    ("json", Text(include_str!("lib/json.aio"))),
    ("math", Native(mathematics::fill)),
    ("random", Native(randomness::fill)),
    ("time", Native(clock::fill)),
    ("_functools", Native(functional::fill)),
    ("_collections", Native(deque::fill)),
    ("_sitebuiltins", Text(include_str!("lib/_sitebuiltins.aio"))),
    ("_prompt", Text(include_str!("lib/_prompt.aio"))),
    ("abc", Text(include_str!("lib/abc.aio"))),
    ("collections", Text(include_str!("lib/collections.aio"))),
    (
        "collections.abc",
        Text(include_str!("lib/collections_abc.aio")),
    ),
    ("__future__", Text(include_str!("lib/__future__.aio"))),
    ("contextlib", Text(include_str!("lib/contextlib.aio"))),
    ("dataclasses", Text(include_str!("lib/dataclasses.aio"))),
    ("enum", Text(include_str!("lib/enum.aio"))),
    ("functools", Text(include_str!("lib/functools.aio"))),
    ("types", Text(include_str!("lib/types.aio"))),
    ("io", Native(io::fill)),
    ("_io", Native(io::fill)),
];

/// Names of the standard library, so that a missing module of ours is told from a missing file.
const STANDARD: &str = "__future__ abc aifc antigravity argparse array ast asyncio atexit base64 bdb binascii \
    bisect builtins bz2 calendar cmath cmd code codecs codeop collections colorsys compileall \
    concurrent configparser contextlib contextvars copy copyreg cProfile csv ctypes curses \
    dataclasses datetime dbm decimal difflib dis doctest email encodings ensurepip enum errno \
    faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc genericpath getopt \
    getpass gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib imaplib importlib \
    inspect io ipaddress itertools json keyword lib2to3 linecache locale logging lzma mailbox \
    marshal math mimetypes mmap modulefinder multiprocessing netrc nntplib ntpath nturl2path \
    numbers opcode operator optparse os pathlib pdb pickle pickletools pkgutil platform plistlib \
    poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pyexpat queue \
    quopri random re readline reprlib resource rlcompleter runpy sched secrets select selectors \
    shelve shlex shutil signal site smtplib socket socketserver sqlite3 sre_compile \
    sre_constants sre_parse ssl stat statistics string stringprep struct subprocess symtable sys \
    sysconfig syslog tabnanny tarfile tempfile termios test textwrap this threading time timeit \
    tkinter token tokenize tomllib trace traceback tracemalloc tty turtle turtledemo types typing \
    unicodedata unittest urllib uuid venv warnings wave weakref webbrowser wsgiref xml xmlrpc \
    zipapp zipfile zipimport zlib zoneinfo";

/// Whether the top of a dotted name is a module of the standard library.
pub fn is_standard(name: &str) -> bool {
    let top = name.split('.').next().unwrap_or(name);
    STANDARD.split_whitespace().any(|known| known == top)
}

fn maker(name: &str) -> Option<&'static Maker> {
    let row = MODULES.iter().find(|(known, _)| *known == name);
    row.map(|(_, maker)| maker)
}

/// Whether a name is that of a built-in module.
pub fn is_known(name: &str) -> bool {
    maker(name).is_some()
}

/// The names of the built-in modules.
pub fn names() -> Vec<String> {
    MODULES.iter().map(|(name, _)| (*name).to_owned()).collect()
}

/// Whether a module can be imported here although it is one of the standard library
/// (true for names that are not of the standard library at all).
pub fn is_supported(name: &str) -> bool {
    is_known(name) || !is_standard(name)
}

/// Makes a built-in module; `None` when the name is that of none.
///
/// # Errors
/// What making it raises.
pub fn make(vm: &mut Vm, name: &str) -> R<Option<Value>> {
    match maker(name) {
        None => match name.strip_prefix("asyncio.") {
            Some(part) => crate::asyncio::submodule(vm, part),
            None => Ok(None),
        },
        Some(Whole(make)) => {
            let module = make(vm);
            let key = vm.intern(name);
            vm.modules.set_name(&key, module.clone());
            Ok(Some(module))
        }
        Some(Native(fill)) => {
            let module = new_module(vm, name);
            let key = vm.intern(name);
            vm.modules.set_name(&key, module.to_value());
            if let Err(raised) = fill(vm, &module) {
                vm.modules.del_name(&key);
                return Err(raised);
            }
            Ok(Some(module.into()))
        }
        Some(Text(text)) => {
            let module = new_module(vm, name);
            let file = format!("{LIBRARY}{name}>");
            loading::run_module(vm, name, &file, text, module).map(Some)
        }
    }
}

/// How the source names of built-in modules begin: tracebacks leave their frames out.
pub const LIBRARY: &str = "<library ";

fn fill_builtins(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    for (name, value) in crate::types::class_build::entries(&vm.builtins) {
        vm.dict_set(&module.dict, name, value)?;
    }
    Ok(())
}
