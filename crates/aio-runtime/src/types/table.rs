//! The built-in classes: one table, in the order in which they are made (bases first).
//!
//! A row names the field of [`Types`], the class, its base, what instances hold, and the method
//! table (which stands in the file of the type).

use super::*;
use crate::heap::{GcCell, Ref};
use crate::modules::{endless, grouping};
use crate::names::Interner;
use crate::native::Method;
use crate::objects::{ClassObj, DictObj, Layout, Name, Shape};
use rustc_hash::FxHashMap;
use std::cell::Cell;

macro_rules! classes {
    ($($field:ident $name:literal $base:tt $layout:ident $methods:expr;)*) => {
        /// The built-in classes.
        #[expect(missing_docs, reason = "each field is the class it is called")]
        pub struct Types {
            $(pub $field: Ref<ClassObj>,)*
            /// All of them, by name.
            pub by_name: FxHashMap<&'static str, Ref<ClassObj>>,
            /// How many.
            pub count: u32,
        }
        impl Types {
            /// Makes them.
            pub fn new(interner: &mut Interner) -> Types {
                let mut count = 0;
                let mut by_name = FxHashMap::default();
                $(
                    count += 1;
                    let base: Option<&Ref<ClassObj>> = base!($base);
                    let $field = make(interner, count, $name, base, Layout::$layout, $methods);
                    by_name.insert($name, $field.clone());
                )*
                let types = Types { $($field,)* by_name, count };
                exception_groups::add_second_base(&types);
                making::note_makers(&types);
                types
            }
        }
    };
}

macro_rules! base {
    (-) => {
        None
    };
    ($base:ident) => {
        Some(&$base)
    };
}

fn make(
    interner: &mut Interner,
    id: u32,
    name: &'static str,
    base: Option<&Ref<ClassObj>>,
    layout: Layout,
    methods: &'static [Method],
) -> Ref<ClassObj> {
    let has_attributes = name == "types.SimpleNamespace";
    let name: Name = interner.intern(name);
    let root_shape = Box::leak(Box::new(Shape {
        id,
        class_id: id,
        names: Vec::new(),
        index: FxHashMap::default(),
        next: GcCell::new(FxHashMap::default()),
        is_dict: false,
    }));
    let class = Ref::new(ClassObj {
        name: GcCell::new(name.clone()),
        qualname: GcCell::new(name),
        bases: GcCell::new(base.into_iter().cloned().collect()),
        mro: GcCell::new(Vec::new()),
        dict: Ref::new(DictObj::default()),
        metaclass: None,
        layout: Cell::new(layout),
        maker: Cell::new(None),
        id,
        builtin: true,
        pending: Cell::new(methods),
        has_dict: Cell::new(layout == Layout::Exception || has_attributes),
        has_del: Cell::new(false),
        root_shape,
        attribute_hint: Cell::new(0),
        is_abstract: Cell::new(false),
        dict_items_at: Cell::new(0),
        keys: Cell::new((0, crate::objects::Keys::Other)),
        sequence: Cell::default(),
        hooks: Cell::default(),
        subclasses: GcCell::new(Vec::new()),
    });
    let mut mro = vec![class.clone()];
    if let Some(base) = base {
        base.mro.with(|above| mro.extend(above.iter().cloned()));
        base.subclasses.with_mut(|list| list.push(class.clone()));
    }
    class.mro.set(mro);
    class
}

classes! {
    object "object" - Object object::METHODS;
    type_ "type" object Type type_type::METHODS;
    none_type "NoneType" object Closed singletons::NONE_METHODS;
    int "int" object Base int_type::METHODS;
    bool "bool" int Closed bool_type::METHODS;
    float "float" object Base float_type::METHODS;
    complex "complex" object Base complex::METHODS;
    str "str" object Base str_type::METHODS;
    bytes "bytes" object Base bytes::METHODS;
    bytearray "bytearray" object Native bytearray::METHODS;
    list "list" object Base list::METHODS;
    tuple "tuple" object Base tuple::METHODS;
    dict "dict" object Base dict::METHODS;
    set "set" object Base set::METHODS;
    frozenset "frozenset" object Base set::FROZEN_METHODS;
    range "range" object Closed range::METHODS;
    slice "slice" object Closed slice::METHODS;
    not_implemented_type "NotImplementedType" object Closed singletons::NOT_IMPLEMENTED_METHODS;
    ellipsis_type "ellipsis" object Closed singletons::ELLIPSIS_METHODS;
    dict_keys "dict_keys" object Closed views::KEYS_METHODS;
    dict_values "dict_values" object Closed views::VALUES_METHODS;
    dict_items "dict_items" object Closed views::ITEMS_METHODS;
    function "function" object Closed function::FUNCTION_METHODS;
    method "method" object Closed function::METHOD_METHODS;
    builtin_function "builtin_function_or_method" object Closed function::NATIVE_METHODS;
    method_descriptor "method_descriptor" object Closed function::NATIVE_METHODS;
    property "property" object Base descriptors::PROPERTY_METHODS;
    staticmethod "staticmethod" object Base descriptors::STATIC_METHODS;
    classmethod "classmethod" object Base descriptors::CLASS_METHODS;
    getset_descriptor "getset_descriptor" object Closed descriptors::GETSET_METHODS;
    member_descriptor "member_descriptor" object Closed descriptors::GETSET_METHODS;
    super_ "super" object Native super_type::METHODS;
    cell "cell" object Closed function::CELL_METHODS;
    code "code" object Native function::CODE_METHODS;
    generator "generator" object Closed generator::METHODS;
    coroutine "coroutine" object Closed coroutine::METHODS;
    async_generator "async_generator" object Closed async_generator::METHODS;
    coroutine_wrapper "coroutine_wrapper" object Native coroutine::WRAPPER_METHODS;
    async_generator_asend "async_generator_asend" object Native async_generator::ASEND_METHODS;
    async_generator_athrow "async_generator_athrow" object Native async_generator::ASEND_METHODS;
    module "module" object Closed module::METHODS;
    traceback "traceback" object Native exceptions::TRACEBACK_METHODS;
    frame "frame" object Native exceptions::FRAME_METHODS;
    generic_alias "types.GenericAlias" object Native generic_alias::METHODS;
    union_type "types.UnionType" object Native generic_alias::UNION_METHODS;
    simple_namespace "types.SimpleNamespace" object Object simple::NAMESPACE_METHODS;
    mapping_proxy "mappingproxy" object Native simple::PROXY_METHODS;
    list_iterator "list_iterator" object Closed iterators::METHODS;
    tuple_iterator "tuple_iterator" object Closed iterators::METHODS;
    range_iterator "range_iterator" object Closed iterators::METHODS;
    str_iterator "str_ascii_iterator" object Closed iterators::METHODS;
    dict_key_iterator "dict_keyiterator" object Closed iterators::METHODS;
    dict_value_iterator "dict_valueiterator" object Closed iterators::METHODS;
    dict_item_iterator "dict_itemiterator" object Closed iterators::METHODS;
    dict_reverse_key_iterator "dict_reversekeyiterator" object Closed iterators::METHODS;
    dict_reverse_value_iterator "dict_reversevalueiterator" object Closed iterators::METHODS;
    dict_reverse_item_iterator "dict_reverseitemiterator" object Closed iterators::METHODS;
    set_iterator "set_iterator" object Closed iterators::METHODS;
    bytes_iterator "bytes_iterator" object Closed iterators::METHODS;
    long_range_iterator "longrange_iterator" object Closed iterators::METHODS;
    list_reverse_iterator "list_reverseiterator" object Closed iterators::METHODS;
    callable_iterator "callable_iterator" object Closed iterators::METHODS;
    map "map" object Base iterators::MAP_METHODS;
    filter "filter" object Base iterators::FILTER_METHODS;
    zip "zip" object Base iterators::ZIP_METHODS;
    enumerate "enumerate" object Base iterators::ENUMERATE_METHODS;
    reversed "reversed" object Base iterators::REVERSED_METHODS;
    iterator "iterator" object Closed iterators::METHODS;
    count_from "itertools.count" object Closed endless::COUNT_METHODS;
    repeat "itertools.repeat" object Closed endless::REPEAT_METHODS;
    groupby "itertools.groupby" object Closed grouping::METHODS;
    future_iterator "FutureIter" object Closed crate::asyncio::FUTURE_ITERATOR_METHODS;
    future "Future" object Native crate::asyncio::FUTURE_METHODS;
    task "Task" future Native crate::asyncio::TASK_METHODS;
    gathering_future "_GatheringFuture" future Closed &[];
    base_exception "BaseException" object Exception exceptions::METHODS;
    generator_exit "GeneratorExit" base_exception Exception &[];
    keyboard_interrupt "KeyboardInterrupt" base_exception Exception &[];
    system_exit "SystemExit" base_exception Exception exceptions::CODE_METHODS;
    cancelled_error "CancelledError" base_exception Exception &[];
    base_exception_group "BaseExceptionGroup" base_exception Exception exception_groups::METHODS;
    exception "Exception" base_exception Exception &[];
    arithmetic_error "ArithmeticError" exception Exception &[];
    floating_point_error "FloatingPointError" arithmetic_error Exception &[];
    overflow_error "OverflowError" arithmetic_error Exception &[];
    zero_division_error "ZeroDivisionError" arithmetic_error Exception &[];
    assertion_error "AssertionError" exception Exception &[];
    attribute_error "AttributeError" exception Exception exceptions::ATTRIBUTE_ERROR_METHODS;
    buffer_error "BufferError" exception Exception &[];
    eof_error "EOFError" exception Exception &[];
    import_error "ImportError" exception Exception exceptions::IMPORT_ERROR_METHODS;
    module_not_found_error "ModuleNotFoundError" import_error Exception &[];
    lookup_error "LookupError" exception Exception &[];
    index_error "IndexError" lookup_error Exception &[];
    key_error "KeyError" lookup_error Exception exceptions::KEY_ERROR_METHODS;
    memory_error "MemoryError" exception Exception &[];
    name_error "NameError" exception Exception exceptions::NAME_METHODS;
    unbound_local_error "UnboundLocalError" name_error Exception &[];
    os_error "OSError" exception Exception exceptions::OS_ERROR_METHODS;
    blocking_io_error "BlockingIOError" os_error Exception &[];
    child_process_error "ChildProcessError" os_error Exception &[];
    connection_error "ConnectionError" os_error Exception &[];
    broken_pipe_error "BrokenPipeError" connection_error Exception &[];
    connection_aborted_error "ConnectionAbortedError" connection_error Exception &[];
    connection_refused_error "ConnectionRefusedError" connection_error Exception &[];
    connection_reset_error "ConnectionResetError" connection_error Exception &[];
    file_exists_error "FileExistsError" os_error Exception &[];
    file_not_found_error "FileNotFoundError" os_error Exception &[];
    interrupted_error "InterruptedError" os_error Exception &[];
    is_a_directory_error "IsADirectoryError" os_error Exception &[];
    not_a_directory_error "NotADirectoryError" os_error Exception &[];
    permission_error "PermissionError" os_error Exception &[];
    process_lookup_error "ProcessLookupError" os_error Exception &[];
    timeout_error "TimeoutError" os_error Exception &[];
    reference_error "ReferenceError" exception Exception &[];
    runtime_error "RuntimeError" exception Exception &[];
    not_implemented_error "NotImplementedError" runtime_error Exception &[];
    recursion_error "RecursionError" runtime_error Exception &[];
    python_finalization_error "PythonFinalizationError" runtime_error Exception &[];
    stop_async_iteration "StopAsyncIteration" exception Exception &[];
    stop_iteration "StopIteration" exception Exception exceptions::VALUE_METHODS;
    syntax_error "SyntaxError" exception Exception exceptions::SYNTAX_ERROR_METHODS;
    indentation_error "IndentationError" syntax_error Exception &[];
    tab_error "TabError" indentation_error Exception &[];
    system_error "SystemError" exception Exception &[];
    type_error "TypeError" exception Exception &[];
    value_error "ValueError" exception Exception &[];
    unicode_error "UnicodeError" value_error Exception &[];
    unicode_decode_error "UnicodeDecodeError" unicode_error Exception exceptions::UNICODE_METHODS;
    unicode_encode_error "UnicodeEncodeError" unicode_error Exception exceptions::UNICODE_METHODS;
    unicode_translate_error "UnicodeTranslateError" unicode_error Exception exceptions::TRANSLATE_METHODS;
    warning "Warning" exception Exception &[];
    bytes_warning "BytesWarning" warning Exception &[];
    deprecation_warning "DeprecationWarning" warning Exception &[];
    encoding_warning "EncodingWarning" warning Exception &[];
    future_warning "FutureWarning" warning Exception &[];
    import_warning "ImportWarning" warning Exception &[];
    pending_deprecation_warning "PendingDeprecationWarning" warning Exception &[];
    resource_warning "ResourceWarning" warning Exception &[];
    runtime_warning "RuntimeWarning" warning Exception &[];
    syntax_warning "SyntaxWarning" warning Exception &[];
    unicode_warning "UnicodeWarning" warning Exception &[];
    user_warning "UserWarning" warning Exception &[];
    invalid_state_error "InvalidStateError" exception Exception &[];
    queue_empty "QueueEmpty" exception Exception &[];
    queue_full "QueueFull" exception Exception &[];
    queue_shut_down "QueueShutDown" exception Exception &[];
    gaierror "gaierror" os_error Exception &[];
    herror "herror" os_error Exception &[];
    incomplete_read_error "IncompleteReadError" eof_error Exception &[];
    limit_overrun_error "LimitOverrunError" exception Exception &[];
    sendfile_not_available_error "SendfileNotAvailableError" runtime_error Exception &[];
    broken_barrier_error "BrokenBarrierError" runtime_error Exception &[];
    exception_group "ExceptionGroup" base_exception_group Exception &[];
}
