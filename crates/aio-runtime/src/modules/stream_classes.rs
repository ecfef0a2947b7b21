//! The classes of streams, and where each stands below `io.IOBase`. A class is made when it is first
//! needed, by an import of `io` or by a stream, and is one class for both.

use super::{byte_files, files, io};
use crate::heap::Ref;
use crate::objects::{ClassObj, Layout};
use crate::types::type_type::native_class;
use crate::vm::Vm;

/// The classes that `io` has of its own and those of files, without those of text and bytes in memory.
pub(super) const NAMES: [&str; 9] = [
    "IOBase",
    "TextIOBase",
    "RawIOBase",
    "BufferedIOBase",
    "TextIOWrapper",
    "FileIO",
    "BufferedRandom",
    "BufferedWriter",
    "BufferedReader",
];

/// The class of a name.
pub(super) fn class_of(vm: &mut Vm, name: &'static str) -> Ref<ClassObj> {
    if name == "IOBase" {
        let object = vm.types.object.clone();
        return native_class(vm, name, "io", &object, Layout::Object, &[]);
    }
    let base = class_of(
        vm,
        match name {
            "TextIOWrapper" | "StringIO" => "TextIOBase",
            "FileIO" => "RawIOBase",
            "BufferedRandom" | "BufferedWriter" | "BufferedReader" | "BytesIO" => "BufferedIOBase",
            _ => "IOBase",
        },
    );
    match name {
        "TextIOBase" => native_class(vm, name, "io", &base, Layout::Object, &[]),
        "RawIOBase" => native_class(
            vm,
            name,
            "io",
            &base,
            Layout::Object,
            byte_files::RAW_METHODS,
        ),
        "BufferedIOBase" => native_class(
            vm,
            name,
            "io",
            &base,
            Layout::Object,
            byte_files::BUFFERED_METHODS,
        ),
        "StringIO" | "BytesIO" => native_class(vm, name, "_io", &base, Layout::Native, io::METHODS),
        _ => native_class(vm, name, "_io", &base, Layout::Native, files::METHODS),
    }
}
