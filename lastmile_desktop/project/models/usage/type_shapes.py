"""Shapes, names and addresses that TypeScript files write down."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.tree import FileEntry

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

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
            found.append((match[1], line_at(text, match.start()), fields))
    return tuple(found[:_MOST])


def names(text: str) -> frozenset[str]:
    """The names of all fields: tables, columns and functions in types made from a database."""
    return frozenset(re.findall(r"(?m)^\s{2,12}\"?(\w{1,80})\"?\??\s{0,2}:", text))


def words(text: str) -> frozenset[str]:
    """The parts of all addresses in a file."""
    return frozenset(word.lower() for word in _WORD.findall(text))


def _may_declare(entry: FileEntry) -> bool:
    written = entry.suffix in (".ts", ".tsx") and "components/ui/" not in entry.path
    return written and path_kind(entry.path) is PathKind.CODE


def written_twice(view: ProjectView, backend: re.Pattern[str]) -> list[tuple[str, Shape, Shape]]:
    """Shapes of one name and the same fields that stand on both sides by hand."""
    by_name: dict[str, list[Shape]] = {}
    for path, found in view.each_file("shapes", _may_declare, shapes, ()).items():
        for name, line, fields in found:
            by_name.setdefault(name, []).append((path, line, fields))
    pairs = ((name, _apart(view, places, backend)) for name, places in sorted(by_name.items()))
    return [(name, *pair) for name, pair in pairs if pair is not None]


def _apart(view: ProjectView, places: list[Shape], backend: re.Pattern[str]) -> tuple[Shape, Shape] | None:
    """Two of them on different sides: in different packages, or one in a backend's folder."""
    for one in places:
        for other in places:
            if one[0] >= other[0] or one[2] != other[2]:
                continue
            sides = bool(backend.search(f"/{one[0]}")) != bool(backend.search(f"/{other[0]}"))
            if sides or view.package_of(one[0]).path != view.package_of(other[0]).path:
                return one, other
    return None
