"""Shapes, names and addresses that TypeScript files write down."""

from __future__ import annotations

import re

_FEWEST_FIELDS = 4
_MOST = 60
_WORD = re.compile(r"/([\w-]{2,60})")
_TYPE = re.compile(
    r"(?m)^(?:export\s+)?(?:interface"
    r"|type)\s+([A-Z]\w{2,60})\s{0,3}(?:=\s{0,3})?(?:extends\s+[\w,\s<>]{1,120})?\{([^{}]{10,3000})\}"
)
_FIELD = re.compile(r"(?m)^\s{0,12}(?:readonly\s+)?([A-Za-z_]\w{0,60})\??\s{0,3}:")

Shape = tuple[str, int, frozenset[str]]
"""(path or name, line, fields)."""


def shapes(text: str) -> tuple[tuple[str, int, frozenset[str]], ...]:
    """(name, line, fields) of those with enough fields to be recognised."""
    if "interface" not in text and "type " not in text:
        return ()
    found: list[tuple[str, int, frozenset[str]]] = []
    for match in _TYPE.finditer(text):
        fields = frozenset(_FIELD.findall(match[2]))
        if len(fields) >= _FEWEST_FIELDS:
            found.append((match[1], text.count("\n", 0, match.start()) + 1, fields))
    return tuple(found[:_MOST])


def names(text: str) -> frozenset[str]:
    """The names of all fields: tables, columns and functions in types made from a database."""
    return frozenset(re.findall(r"(?m)^\s{2,12}\"?(\w{1,80})\"?\??\s{0,2}:", text))


def words(text: str) -> frozenset[str]:
    """The parts of all addresses in a file."""
    return frozenset(word.lower() for word in _WORD.findall(text))
