"""Types that Supabase generated from a live database: the best witness of tables that no migration makes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_SUFFIXES = (".ts", ".d.ts")
_HEAD = re.compile(r"^(\s*)(?:\"?(\w+)\"?)\s*:\s*\{\s*$")
# A long type begins on the next line.
_COLUMN = re.compile(r"^\s*\"?(\w+)\"?\??\s*:(?:\s*\S|\s*$)")
_FEWEST = 1


@dataclass(frozen=True, slots=True)
class TypedTable:
    """A table of the generated types with the lines of its columns."""

    name: str
    line: int
    columns: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class GeneratedTypes:
    path: str
    tables: Mapping[str, TypedTable]


def generated_types(view: ProjectView) -> GeneratedTypes | None:
    """The generated types file of the project; the one with most tables where there are copies."""
    found: list[GeneratedTypes] = []
    for path, entry in view.tree.files.items():
        if path.endswith(_SUFFIXES) and _may_be_types(path) and not entry.ignored_by_git:
            tables = view.per_file("supabase.types", path, read_types, ())
            if len(tables) >= _FEWEST:
                found.append(GeneratedTypes(path, {table.name: table for table in tables}))
    return max(found, key=lambda item: (len(item.tables), item.path), default=None)


def _may_be_types(path: str) -> bool:
    name = path[path.rfind("/") + 1 :].lower()
    return "types" in name or "database" in name or "supabase" in name or "schema" in name


def read_types(text: str) -> tuple[TypedTable, ...]:
    """The `Tables` of the schema `public`, () for any other file."""
    if "Row: {" not in text or "Tables: {" not in text:
        return ()
    lines = text.splitlines()
    start = _public_tables(lines)
    if start is None:
        return ()
    found: list[TypedTable] = []
    depth, name, at, columns, in_row = 1, "", 0, dict[str, int](), False
    for number, line in enumerate(lines[start:], start + 1):
        opens, closes = line.count("{"), line.count("}")
        head = _HEAD.match(line)
        if head is not None and depth == 1:
            name, at, columns = head[2], number, {}
        elif head is not None and depth == 2:
            in_row = head[2] == "Row"
        elif in_row and depth == 3 and (column := _COLUMN.match(line)):
            columns[column[1].lower()] = number
        depth += opens - closes
        if depth == 2:
            in_row = False
        if depth == 1 and name:
            found.append(TypedTable(name.lower(), at, columns))
            name = ""
        if depth <= 0:
            break
    return tuple(table for table in found if table.columns)


def _public_tables(lines: list[str]) -> int | None:
    """The index of the line after `Tables: {` of the schema `public`, or of the only one."""
    schema = ""
    first: int | None = None
    for number, line in enumerate(lines):
        head = _HEAD.match(line)
        if head is None:
            continue
        if head[2] == "Tables":
            if schema == "public":
                return number + 1
            first = first if first is not None or schema in ("graphql_public", "auth") else number + 1
        elif len(head[1]) <= 4:
            schema = head[2]
    return first
