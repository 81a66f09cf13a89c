"""Queries of the code that no index serves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.indexes.index_cover import covers, has_text_index, ignores_case, leads
from lastmile_desktop.project.models.indexes.index_demand import columns_named
from lastmile_desktop.project.models.queries.query_sites import FileQueries, QuerySite, file_queries
from lastmile_desktop.project.models.row_security.policy_review import open_to_readers
from lastmile_desktop.project.models.row_security.rls_policy import Surroundings
from lastmile_desktop.project.models.schema.lens import SchemaLens
from lastmile_desktop.project.models.schema.model import Table, Tenancy
from lastmile_desktop.project.models.schema.table_kinds import is_fixed, is_stream
from lastmile_desktop.project.models.usage.idle_code import is_for_makers

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_TELLING = re.compile(
    r"(?:_id|id|email|slug|token|code|phone|hash|key|username|handle|reference|number|uuid|subdomain|address|ref|barcode)$"
)
# Texts of programs, and numbers that are the same in thousands of rows.
_NOT_TELLING = re.compile(
    r"(?:source|improved|original|old|new|generated|html|status|error|country|currency|language)_code$"
)
# What belongs to one thing that people look at together never has deep pages.
_THREAD = re.compile(r"(?:comments?|likes?|votes?|responses|replies|reactions?|reviews?)$")
_MOMENT = re.compile(r"_at$|at$|date|time|_on$|timestamp|created|updated|published")
_WHERE = re.compile(r"\bwhere\b", re.IGNORECASE)
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
    judge = _Judge(SchemaLens(schema))
    found = view.each_outline(
        "lookups", lambda outline: judge.file(outline.path, queries[outline.path]), schema.stamp
    )
    return Lookups(
        tuple(gap for item in found.values() for gap in item.gaps),
        sum(item.served for item in found.values()),
        sum(item.seen for item in found.values()),
    )


class _Judge:
    """Looks queries up in one schema."""

    def __init__(self, lens: SchemaLens) -> None:
        self._lens = lens

    def file(self, path: str, queries: FileQueries) -> Lookups:
        gaps: list[Lookup] = []
        served = seen = 0
        for site in () if is_for_makers(path) else queries.sites:
            table = self._lens.known.find(site.query.table).table if site.query.layer in _ORMS else None
            if table is None or not table.created or not table.columns or is_fixed(table):
                continue
            found = list(_of_site(table, site, lambda: self._lens.around))
            seen += 1
            served += not found
            gaps += found
        return Lookups(tuple(gaps), served, seen) if seen else _NONE


def _of_site(table: Table, site: QuerySite, around: Callable[[], Surroundings]) -> Iterator[Lookup]:
    shape = site.shape
    equal = columns_named(table, [*shape.equal, *shape.many], site.query.layer)
    names = tuple(column.name for column in equal)
    telling = tuple(
        column.name
        for column in equal
        if _TELLING.search(column.name) and not _NOT_TELLING.search(column.name) and column.type != "boolean"
    )
    # Rows are deleted by such a column when somebody leaves or a maker cleans up, which is seldom.
    if telling and site.query.verb != "delete" and not covers(table, names):
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
        for column in columns_named(table, given):
            narrowed = covers(table, names)
            fits = rule != "json-filter" or _JSON.search(column.type)
            if fits and not narrowed and not has_text_index(table, column.name):
                yield Lookup(rule, table, (column.name,), site)
    for column in columns_named(table, shape.insensitive):
        if _TELLING.search(column.name) and not ignores_case(table, column.name):
            yield Lookup("case-insensitive", table, (column.name,), site)
    threaded = bool(names or shape.opaque) and _THREAD.search(table.bare_name) is not None
    if shape.paged and not threaded and site.query.layer != "supabase" and is_stream(table.bare_name):
        yield Lookup("offset-deep", table, (), site)


def _sorted(table: Table, site: QuerySite, around: Callable[[], Surroundings]) -> Iterator[Lookup]:
    """The newest rows of all customers: without an index on the moment the whole table is sorted first."""
    if not _is_bare(site):
        return
    if site.query.layer == "supabase" and not open_to_readers(table, around()):
        return
    if table.tenancy is Tenancy.NONE and not is_stream(table.bare_name):
        return
    orders = columns_named(table, [name.split(",")[0] for name in site.shape.orders[:1]])
    if orders and _MOMENT.search(orders[0].name) and not leads(table, orders[0].name):
        yield Lookup("filter-sort", table, (orders[0].name,), site)


def _is_bare(site: QuerySite) -> bool:
    """Whether no condition picks the rows but bounds on what they are sorted by, not even one that could not be
    read."""
    if site.shape.ranges and set(site.shape.ranges) == {*site.shape.orders[:1]}:
        return True
    texts = (
        [arg.text for link in site.call.links for arg in link.args or ()] if site.query.layer == "sql" else ()
    )
    conditions = ("where", "filter", "andWhere", "innerJoin", "exclude", "filter_by")
    return all(site.call.link(name) is None for name in conditions) and not any(
        _WHERE.search(text) for text in texts
    )
