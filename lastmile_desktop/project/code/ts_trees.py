"""Syntax trees of TypeScript and JavaScript, with the grammars' known gaps worked around."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser, Tree

_REPAIRS = 6
# Recovering from errors is slow: a large broken file is read once.
_RETRY_BYTES = 200_000
# `import("./schema").Comment` as a type, which the grammar knows in few places.
_IMPORTED_TYPE = re.compile(rb"\bimport\((['\"])[^'\"\n]{1,200}\1\)\.(?=[A-Z])")

_FIELD_NAMES = (
    *("alias", "alternative", "arguments", "body", "condition", "consequence", "constructor", "declaration"),
    *("finalizer", "function", "handler", "index", "key", "left", "name", "object", "operator", "parameter"),
    *("parameters", "pattern", "property", "right", "source", "value"),
)


@dataclass(frozen=True, slots=True)
class Grammar:
    """A language with its field numbers, which are quicker to ask for than field names."""

    language: Language
    fields: dict[str, int]

    def parse(self, data: bytes) -> Tree:
        return Parser(self.language).parse(data)


@dataclass(frozen=True, slots=True)
class Parsed:
    """`broken_line` is the first line that is not valid syntax, 0 when there is none."""

    root: Node
    grammar: Grammar
    broken_line: int


@cache
def grammar(name: str) -> Grammar:
    """The grammar of `typescript`, `tsx` or `javascript`."""
    match name:
        case "typescript":
            language = Language(tree_sitter_typescript.language_typescript())
        case "tsx":
            language = Language(tree_sitter_typescript.language_tsx())
        case _:
            language = Language(tree_sitter_javascript.language())
    ids = {field_name: language.field_id_for_name(field_name) for field_name in _FIELD_NAMES}
    return Grammar(language, {field_name: number or 0 for field_name, number in ids.items()})


@lru_cache(maxsize=1)
def parse(data: bytes, grammar_name: str) -> Parsed:
    """The tree of a file; when it has errors, the best of what the neighbouring grammars make of it. The last
    one is kept, as a file's code and its markup are read one after the other."""
    first = _parse(data, grammar_name)
    if not first.broken_line or len(data) > _RETRY_BYTES:
        return first
    for other in _neighbours(grammar_name):
        second = _parse(data, other)
        if not second.broken_line:
            return second
    return first


def _neighbours(name: str) -> tuple[str, ...]:
    return {"javascript": ("tsx", "typescript"), "tsx": ("javascript",)}.get(name, ())


def _parse(data: bytes, grammar_name: str) -> Parsed:
    chosen = grammar(grammar_name)
    tree = chosen.parse(data)
    if tree.root_node.has_error and b"import(" in data:
        data = _IMPORTED_TYPE.sub(lambda found: b"_" * len(found.group()), data)
        tree = chosen.parse(data)
    if tree.root_node.has_error and b"&" in data:
        tree = _without_stray_ampersands(data, chosen, tree)
    return Parsed(tree.root_node, chosen, _first_error(tree.root_node))


def _without_stray_ampersands(data: bytes, chosen: Grammar, tree: Tree) -> Tree:
    """The grammar wants `&amp;` in JSX text where compilers accept a plain `&`. Positions stay as they
    were."""
    for _ in range(_REPAIRS):
        stray = _stray_ampersands(tree.root_node)
        if not stray:
            break
        patched = bytearray(data)
        for position in stray:
            patched[position] = ord("_")
        data = bytes(patched)
        tree = chosen.parse(data)
        if not tree.root_node.has_error:
            break
    return tree


def _stray_ampersands(root: Node) -> list[int]:
    found: list[int] = []
    stack = [root]
    while stack:
        node = stack.pop()
        for child in node.children:
            if child.type == "&" and node.is_error:
                found.append(child.start_byte)
            elif child.has_error:
                stack.append(child)
    return found


def _first_error(node: Node) -> int:
    if not node.has_error:
        return 0
    while not node.is_error:
        broken = next((child for child in node.children if child.has_error or child.is_missing), None)
        if broken is None:
            break
        node = broken
    return node.start_point.row + 1
