"""Which columns are really looked up by: in queries of the code, in row policies and in functions of the database, and
from which tables rows are deleted, which makes the database look for what belongs to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Outline, calls_within
from lastmile_desktop.project.models.indexes.index_cover import covers
from lastmile_desktop.project.models.queries.query_sites import FileQueries, QuerySite, file_queries
from lastmile_desktop.project.models.schema.lens import SchemaLens
from lastmile_desktop.project.models.schema.model import Column, SchemaModel, Table
from lastmile_desktop.project.models.schema.table_kinds import holds_people
from lastmile_desktop.project.models.usage.idle_code import is_for_makers

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_EMBEDDED = re.compile(r"(\w{1,80})(?:!\w{1,80})?\s*\(")
_INCLUDED = re.compile(r"\b(\w{1,80})\s*:\s*(?:true\b|\{)")
_DELETES_PEOPLE = re.compile(r"\bdelete_?user\b|\bdeleteAccount\b", re.IGNORECASE)
_FROM = re.compile(r"\b(?:from|join|into|update)\s+(?:only\s+)?(?:\"?\w+\"?\.)?\"?(\w+)", re.IGNORECASE)
_EMPTIED = re.compile(r"\bdelete\s+from\s+(?:only\s+)?(?:\"?\w+\"?\.)?\"?(\w+)", re.IGNORECASE)
_COMPARED = re.compile(
    r"\b(?:\w+\.)?\"?(\w+)\"?\s*=\s*(?:any\b)?|=\s*\(?\s*(?:\w+\.)?\"?(\w+)\"?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Demand:
    """`asked` are (table, column) that some lookup begins with, `emptied` tables from which rows
    are deleted, `touched`
    all that anything reads or writes. `loses_people` when accounts are deleted."""

    asked: frozenset[tuple[str, str]] = field(default_factory=frozenset[tuple[str, str]])
    emptied: frozenset[str] = field(default_factory=frozenset[str])
    touched: frozenset[str] = field(default_factory=frozenset[str])
    loses_people: bool = False


_NONE = Demand()


def demand(view: ProjectView) -> Demand:
    """Judged file by file, and kept while neither that file nor the schema changes."""
    schema = view.schema
    queries = file_queries(view)
    lens = SchemaLens(schema)
    found = view.each_outline(
        "index.demand", lambda outline: _of_file(outline, queries[outline.path], lens), schema.stamp
    )
    inside = view.whole("index.demand-inside", schema.stamp, lambda: _inside(schema))
    asking = [inside, *(item for item in found.values() if item is not _NONE)]
    return Demand(
        frozenset().union(*(item.asked for item in asking)),
        frozenset().union(*(item.emptied for item in asking)),
        frozenset().union(*(item.touched for item in asking)),
        any(item.loses_people for item in asking),
    )


def columns_named(table: Table, names: list[str], layer: str = "") -> tuple[Column, ...]:
    """The table's columns that code calls by these names, in snake or camel case. Django names a key by its
    relation: `project` and `project__slug` are both found through `project_id`."""
    by_plain = {_plain(column.name): column for column in table.columns}
    found = [by_plain.get(_plain(name)) for name in names]
    if layer == "django":
        related = (by_plain.get(_plain(name.partition("__")[0]) + "id") for name in names)
        found = [column or other for column, other in zip(found, related, strict=True)]
    return tuple(column for column in found if column is not None)


def _unserved(table: Table, columns: Iterable[Column]) -> set[tuple[str, str]]:
    """What a lookup by these columns asks for, unless an index on one of them already finds its rows."""
    names = tuple(column.name for column in columns)
    return set() if covers(table, names) else {(table.name, name) for name in names}


def _plain(name: str) -> str:
    return name.replace("_", "").replace('"', "").lower()


def _of_file(outline: Outline, queries: FileQueries, lens: SchemaLens) -> Demand:
    if is_for_makers(outline.path):
        return _NONE
    asked: set[tuple[str, str]] = set()
    emptied: set[str] = set()
    touched: set[str] = set()
    people = _deletes_people(outline)
    for site in queries.sites:
        table = lens.known.find(site.query.table).table
        if table is None:
            continue
        touched.add(table.name)
        if site.query.verb == "delete":
            emptied.add(table.name)
            people = people or holds_people(table.bare_name)
            continue
        named = columns_named(table, [*site.shape.equal, *site.shape.many], site.query.layer)
        asked |= _unserved(table, named)
        for child, column in _embedded(site, table, lens):
            touched.add(child)
            asked.add((child, column))
    if not (touched or people):
        return _NONE
    return Demand(frozenset(asked), frozenset(emptied), frozenset(touched), people)


def _deletes_people(outline: Outline) -> bool:
    return any(
        _DELETES_PEOPLE.search(call.callee) is not None
        for steps in (outline.top, *(function.body for function in outline.functions))
        for call in calls_within(steps)
    )


def _embedded(site: QuerySite, table: Table, lens: SchemaLens) -> Iterator[tuple[str, str]]:
    """Children that a read brings along, which are found by their key to this table."""
    if site.query.layer == "supabase":
        names = _EMBEDDED.findall(site.shape.columns)
    elif site.query.layer in ("prisma", "drizzle"):
        names = [name for arg in site.call.args for name in _INCLUDED.findall(arg.text)]
    else:
        return
    for name in dict.fromkeys(names):
        child = lens.known.find(name).table
        for foreign in child.foreign_keys if child is not None else ():
            if foreign.table == table.name and foreign.columns and child is not None:
                yield child.name, foreign.columns[0]


def _inside(schema: SchemaModel) -> Demand:
    """What functions, views and policies of the database ask themselves."""
    asked: set[tuple[str, str]] = set()
    emptied: set[str] = set()
    touched: set[str] = set()
    texts = [function.body for function in schema.functions]
    texts += [view.query for view in schema.views.values()]
    texts += [
        f"{item.using or ''} {item.check or ''}"
        for table in schema.tables.values()
        for item in table.policies
    ]
    by_name = {table.bare_name: table for table in schema.tables.values()}
    for text in (statement for whole in texts for statement in whole.split(";")):
        used = {name.lower() for name in _FROM.findall(text)} & by_name.keys()
        if not used:
            continue
        compared = {name.lower() for pair in _COMPARED.findall(text) for name in pair if name}
        emptied |= {by_name[name].name for name in map(str.lower, _EMPTIED.findall(text)) if name in by_name}
        for name in used:
            table = by_name[name]
            touched.add(table.name)
            asked |= _unserved(table, [column for column in table.columns if column.name in compared])
    return Demand(frozenset(asked), frozenset(emptied), frozenset(touched))
