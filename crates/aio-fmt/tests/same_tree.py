"""Holds programs against what they become: python3.13 -c THIS PAIRS.

PAIRS has a line for each program: its path, a tab, the path of the result. What Python does not
parse is left out. The spaces of docstrings and the prefix `u` of texts may be other ones.
"""

import ast
import sys

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def tree(path):
    with open(path, "rb") as file:
        module = ast.parse(file.read())
    for node in ast.walk(module):
        if isinstance(node, ast.Constant):
            node.kind = None
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node) is not None:
            text = node.body[0].value
            text.value = " ".join(text.value.split())
    return ast.dump(module)


compared = 0
different = []
with open(sys.argv[1]) as pairs:
    for pair in pairs:
        source, result = pair.rstrip("\n").split("\t")
        try:
            expected = tree(source)
        except (SyntaxError, ValueError, RecursionError):
            continue
        compared += 1
        try:
            if tree(result) != expected:
                different.append(source)
        except SyntaxError as error:
            different.append(f"{source}: {error}")
print(compared, "compared", *different, sep="\n")
sys.exit(1 if different or compared < 200 else 0)
