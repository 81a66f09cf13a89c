"""Python that does not parse: the broken statements are blanked, the rest keeps its lines and columns.

Python's own parser gives up at the first error. tree-sitter goes on, and says where the broken statements
begin and end; with these out of the way the rest of the file can be read as usual.
"""

from __future__ import annotations

import ast
import re
import warnings

import tree_sitter_python
from tree_sitter import Language, Node, Parser

_ATTEMPTS = 12
# Python 3.14 allows `except A, B:` without brackets.
_BARE_EXCEPT = re.compile(r"^([ \t]*except\*?[ \t]+)([\w.]+(?:[ \t]*,[ \t]*[\w.]+)+)[ \t]*:", re.MULTILINE)
_NOTHING = (bytearray(b""), bytearray(b"pass"))
_BLOCKS = frozenset({"module", "block"})
# Python 2, and syntax newer than the Python that runs this.
_FOREIGN = frozenset({"print_statement", "exec_statement", "type_alias_statement"})


def parse(text: str) -> tuple[ast.Module, int]:
    """The tree of a Python file and the first line that is not valid, 0 when all is. What cannot be repaired
    gives an empty tree."""
    module, line = _try(text)
    if module is None and _BARE_EXCEPT.search(text):
        text = _BARE_EXCEPT.sub(r"\1(\2):", text)
        module, line = _try(text)
    if module is not None:
        return module, 0
    data = text.encode("utf-8", "replace").replace(b"\0", b" ").replace(b"\f", b" ")
    root = Parser(Language(tree_sitter_python.language())).parse(data).root_node
    blanked = bytearray(data)
    _blank_broken(root, blanked)
    first_line = line
    for _ in range(_ATTEMPTS):
        module, again = _try(blanked.decode("utf-8", "replace"))
        if module is not None:
            return module, first_line
        statement = _statement_at(root, blanked, again)
        if statement is None:
            break
        _blank(statement, blanked)
    return ast.Module([], []), first_line


def _try(text: str) -> tuple[ast.Module | None, int]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text), 0
        except SyntaxError as error:
            return None, error.lineno or 1
        except (ValueError, RecursionError, MemoryError):
            return None, 1


def _blank_broken(root: Node, data: bytearray) -> None:
    """Blank the innermost statement around each error."""
    stack = [(root, root)]
    while stack:
        node, statement = stack.pop()
        for child in node.children:
            inner = child if node.type in _BLOCKS else statement
            if child.type == "type_parameter" and node.type != "generic_type":
                data[child.start_byte : child.end_byte] = b" " * (child.end_byte - child.start_byte)
            elif child.type in _FOREIGN or child.is_error or child.is_missing:
                _blank(inner, data)
            else:
                stack.append((child, inner))


def _statement_at(root: Node, data: bytearray, line: int) -> Node | None:
    """The innermost statement not yet blanked at a 1-based line."""
    best: Node | None = None
    stack = [root]
    while stack:
        node = stack.pop()
        for child in node.children:
            if not child.start_point.row < line <= child.end_point.row + 1:
                continue
            is_statement = node.type in _BLOCKS and child.is_named
            if is_statement and data[child.start_byte : child.end_byte].strip() not in _NOTHING:
                best = child
            stack.append(child)
    return best


def _blank(node: Node, data: bytearray) -> None:
    """Replace a statement by `pass`, its lines kept."""
    text = data[node.start_byte : node.end_byte]
    empty = bytearray(byte if byte in b"\r\n" else 32 for byte in text)
    first_line = empty.find(b"\n") if b"\n" in empty else len(empty)
    if first_line >= 4:
        empty[:4] = b"pass"
    data[node.start_byte : node.end_byte] = empty
