"""Runs a program under CPython as aio would run it: python3.13 -c ORACLE FILE [ARGS].

Two things are added, both without a meaning in plain Python: `await`, `async for` and
`async with` at top level, and the async names of the prelude, as builtins, so that whatever
the program itself binds or imports under these names wins. Modules beside the program may
end in `.aio`.
"""
import sys


def main():
    import ast
    import asyncio
    import builtins
    import gc
    import importlib.machinery
    import inspect
    import os
    import types

    sys.argv = sys.argv[1:]
    path = os.path.abspath(sys.argv[0])
    sys.dont_write_bytecode = True
    sys.path[0] = os.path.dirname(path)

    for name in ("gather sleep create_task run wait_for timeout TaskGroup Queue Event Lock "
                 "Semaphore").split():
        setattr(builtins, name, getattr(asyncio, name))

    machinery = importlib.machinery
    loaders = (
        (machinery.ExtensionFileLoader, machinery.EXTENSION_SUFFIXES),
        (machinery.SourceFileLoader, [".aio", *machinery.SOURCE_SUFFIXES]),
        (machinery.SourcelessFileLoader, machinery.BYTECODE_SUFFIXES),
    )
    sys.path_hooks.insert(0, machinery.FileFinder.path_hook(*loaders))
    sys.path_importer_cache.clear()

    with open(path, "rb") as file:
        source = file.read()
    # compile() words these two differently from running a file.
    if b"\0" in source:
        sys.exit("SyntaxError: source code cannot contain null bytes")
    try:
        source.decode()
    except UnicodeDecodeError as error:
        line = 1 + source.count(b"\n", 0, error.start)
        sys.exit(f"SyntaxError: Non-UTF-8 code starting with '\\x{source[error.start]:02x}' in file "
                 f"{path} on line {line}, but no encoding declared; see "
                 "https://peps.python.org/pep-0263/ for details")
    # What has become old for the collector before the program makes anything shows in the order of
    # what is finalized at the end: of one that imports so much, that is so of its variables.
    age = 2 if b"asyncio" in source else 0
    gc.collect(age)
    module = types.ModuleType("__main__")
    module.__file__ = path
    module.__builtins__ = builtins
    sys.modules["__main__"] = module
    gc.collect(age)
    code = compile(source, path, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    if code.co_flags & inspect.CO_COROUTINE:
        coroutine = types.FunctionType(code, module.__dict__)()
        return asyncio.run, [coroutine]
    return exec, [module.__dict__, code]


# The program runs outside `main`, so that its recursion is not deeper than need be and the
# names of `main` are gone. Nothing of it is kept here, as nothing of the file that Python runs is.
call, arguments = main()
call(*(arguments.pop() for _ in arguments[:]))
