"""Queries of the code that no index serves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.index_cover import covers, has_text_index, ignores_case, leads
from lastmile_desktop.project.models.policy_review import open_to_readers
from lastmile_desktop.project.models.query_sites import FileQueries, QuerySite, file_queries
from lastmile_desktop.project.models.rls_policy import Surroundings, surroundings
from lastmile_desktop.project.models.schema import Column, SchemaModel, Table, Tenancy
from lastmile_desktop.project.models.table_kinds import is_fixed, is_stream
from lastmile_desktop.project.models.tables import Tables

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_TELLING = re.compile(
    r"(?:_id|id|email|slug|token|code|phone|hash|key|username|handle|reference|number|uuid|subdomain|address|ref|barcode)$"
)
_MOMENT = re.compile(r"_at$|at$|date|time|_on$|timestamp|created|updated|published")
_JSON = re.compile(r"^(?:json|jsonb)|\[\]$|array")
_ORMS = frozenset({"supabase", "prisma", "drizzle", "sqlalchemy", "sql", "kysely", "django"})


@dataclass(frozen=True, slots=True)
class Lookup:
    """A query by `columns` of a table that has no index for them."""

    rule: str
    table: Table
    columns: tuple[str, ...]
    site: QuerySite


@dataclass(frozen=True, slots=True)
class Lookups:
    """`served` are queries that an index fits, with how many there are in all."""

    gaps: tuple[Lookup, ...]
    served: int
    seen: int


_NONE = Lookups((), 0, 0)


def lookups(view: ProjectView) -> Lookups:
    """Judged file by file, and kept while neither that file nor the schema changes."""
    schema = view.schema
    queries = file_queries(view)
    judge = _Judge(schema)
    found = view.each_outline("lookups", lambda outline: judge.file(queries[outline.path]), schema.stamp)
    return Lookups(
        tuple(gap for item in found.values() for gap in item.gaps),
        sum(item.served for item in found.values()),
        sum(item.seen for item in found.values()),
    )


class _Judge:
    """Looks queries up in one schema, whose parts are made on first use."""

    def __init__(self, schema: SchemaModel) -> None:
        self._schema = schema

    @cached_property
    def _known(self) -> Tables:
        return Tables(self._schema)

    @cached_property
    def _around(self) -> Surroundings:
        return surroundings(self._schema)

    def file(self, queries: FileQueries) -> Lookups:
        gaps: list[Lookup] = []
        served = seen = 0
        for site in queries.sites:
            table = self._known.find(site.query.table).table if site.query.layer in _ORMS else None
            if table is None or not table.created or not table.columns or is_fixed(table):
                continue
            found = list(_of_site(table, site, lambda: self._around))
            seen += 1
            served += not found
            gaps += found
        return Lookups(tuple(gaps), served, seen) if seen else _NONE


def _columns(table: Table, names: list[str], layer: str = "") -> tuple[Column, ...]:
    """The table's columns that code calls by these names, in snake or camel case. Django names a key by its
    relation: `project` and `project__slug` are both found through `project_id`."""
    by_plain = {_plain(column.name): column for column in table.columns}
    found = [by_plain.get(_plain(name)) for name in names]
    if layer == "django":
        related = (by_plain.get(_plain(name.partition("__")[0]) + "id") for name in names)
        found = [column or other for column, other in zip(found, related, strict=True)]
    return tuple(column for column in found if column is not None)


def _plain(name: str) -> str:
    return name.replace("_", "").replace('"', "").lower()


def _of_site(table: Table, site: QuerySite, around: Callable[[], Surroundings]) -> Iterator[Lookup]:
    shape = site.shape
    equal = _columns(table, [*shape.equal, *shape.many], site.query.layer)
    names = tuple(column.name for column in equal)
    telling = tuple(
        column.name for column in equal if _TELLING.search(column.name) and column.type != "boolean"
    )
    if telling and not covers(table, names):
        yield Lookup("filter-sort", table, telling[:1], site)
    elif (
        not names
        and not shape.opaque
        and not shape.equal
        and not shape.many
        and shape.limit
        and site.is_list
        and site.query.verb == "read"
    ):
        yield from _sorted(table, site, around)
    for rule, given in (("like-leading-wildcard", shape.patterns), ("json-filter", shape.json)):
        for column in _columns(table, given):
            narrowed = covers(table, names)
            fits = rule != "json-filter" or _JSON.search(column.type)
            if fits and not narrowed and not has_text_index(table, column.name):
                yield Lookup(rule, table, (column.name,), site)
    for column in _columns(table, shape.insensitive):
        if _TELLING.search(column.name) and not ignores_case(table, column.name):
            yield Lookup("case-insensitive", table, (column.name,), site)
    if shape.paged and site.query.layer != "supabase" and is_stream(table.bare_name):
        yield Lookup("offset-deep", table, (), site)


def _sorted(table: Table, site: QuerySite, around: Callable[[], Surroundings]) -> Iterator[Lookup]:
    """The newest rows of all customers: without an index on the moment the whole table is sorted first."""
    if site.query.layer == "supabase" and not open_to_readers(table, around()):
        return
    if table.tenancy is Tenancy.NONE and not is_stream(table.bare_name):
        return
    orders = _columns(table, [name.split(",")[0] for name in site.shape.orders[:1]])
    if orders and _MOMENT.search(orders[0].name) and not leads(table, orders[0].name):
        yield Lookup("filter-sort", table, (orders[0].name,), site)
