"""data.missing-index: lookups that read the whole table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.models.database_engine import is_sqlite_only
from lastmile_desktop.project.models.index_cover import Gap, leads, schema_gaps
from lastmile_desktop.project.models.lookup_gaps import Lookup, lookups
from lastmile_desktop.project.models.schema import Table
from lastmile_desktop.project.models.table_kinds import is_fixed_name, own_tables
from lastmile_desktop.project.view import ProjectView

CHECK = "data.missing-index"
_MOST_NAMED = 5
_MOST_PLACES = 12
_ACTOR = re.compile(r"(?:^|_)by(?:$|_)")
_TOGETHER = {
    "rls-per-row": "The row policies of {tables} ask who is calling anew for each row: wrap that in (select …).",
    "many-permissive": "{tables} ask several policies for every row where one would do.",
    "duplicate-unused": "{tables} have two indexes on the same columns: each write pays for both.",
}
_ONE_BY_ONE = {
    "filter-sort": "{table} is searched by {column} without an index: each of these queries reads the whole table.",
    "like-leading-wildcard": "{table} is searched for a text anywhere in {column}: each search reads the whole table.",
    "json-filter": "{table}.{column} is searched inside without an index that knows its insides.",
    "case-insensitive": "{table}.{column} is compared without regard to case, which its index cannot help with.",
    "offset-deep": "{table} is paged by skipping rows: the further the page, the more rows are read and thrown away.",
}


def detect(view: ProjectView) -> Detection:
    tables = own_tables(view.schema)
    if not tables:
        return _nothing_known(view)
    gaps = view.whole(CHECK, view.schema.stamp, partial(schema_gaps, view.schema))
    asked = view.made(lookups)
    keys = {
        (gap.table.name, column)
        for gap in gaps
        if gap.rule in ("fk-unindexed", "policy-column")
        for column in gap.columns
    }
    findings = (
        *_keys([gap for gap in gaps if gap.rule == "fk-unindexed"], is_sqlite_only(view)),
        *(_policy(gap) for gap in gaps if gap.rule == "policy-column"),
        *(finding for rule in _TOGETHER for finding in _together(rule, gaps)),
        *_lookups(asked.gaps, keys),
    )
    return Detection(
        findings=findings,
        passes=tuple(_passes(tables)),
        unknowns=tuple(
            Unknown(f"Line {item.place.line} is not valid SQL, so its table is not known.", item.place.path)
            for item in view.schema.unparsed
            if item.tables
        ),
        looked=(Looked("queries with an index that fits", asked.served, asked.seen),),
    )


def _nothing_known(view: ProjectView) -> Detection:
    if view.schema.used_tables:
        return Detection(
            unknowns=(Unknown("The tables are not in the repository, so their indexes are not known."),)
        )
    return Detection(not_applicable=NotApplicable("This project has no SQL tables."))


def _places(gap: Gap) -> tuple[Evidence, ...]:
    names = gap.columns or ("",) * len(gap.places)
    return tuple(
        at(place.path, place.line, note=name)
        for place, name in list(zip(gap.places, names, strict=False))[:_MOST_PLACES]
    )


def _listed(names: Iterable[str]) -> str:
    every = tuple(dict.fromkeys(names))
    more = len(every) - _MOST_NAMED
    return ", ".join(every[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _keys(gaps: list[Gap], beside: bool) -> Iterator[RawFinding]:
    """One for each table; columns that only say who did something are put together, for they are rarely asked for.
    A table in a file `beside` the program, or of a few fixed rows, is read whole before anybody notices."""
    actors = [gap for gap in gaps if all(_ACTOR.search(column) for column in gap.columns)]
    for gap in gaps:
        if gap not in actors:
            name = gap.table.bare_name
            message = f"{name} has no index on {_listed(gap.columns)}: joins and deleting a parent read all of {name}."
            small = beside or is_fixed_name(name)
            severity = Severity.LOW if small else None
            yield RawFinding(f"{CHECK}/fk-unindexed", message, _places(gap), symbol=name, severity=severity)
    if actors:
        names = _listed(f"{gap.table.bare_name}.{gap.columns[0]}" for gap in actors)
        message = f"Deleting an account reads whole tables, because {names} have no index."
        places = tuple(place for gap in actors for place in _places(gap)[:1])[:_MOST_PLACES]
        severity = Severity.LOW if beside else Severity.MEDIUM
        yield RawFinding(f"{CHECK}/fk-unindexed", message, places, symbol="actors", severity=severity)


def _policy(gap: Gap) -> RawFinding:
    name = gap.table.bare_name
    message = f"Every read of {name} is filtered by {_listed(gap.columns)}, which has no index."
    return RawFinding(f"{CHECK}/policy-column", message, _places(gap), symbol=name)


def _together(rule: str, gaps: Iterable[Gap]) -> Iterator[RawFinding]:
    """Small things that stand in many tables and are mended in one migration."""
    same = [gap for gap in gaps if gap.rule == rule]
    if not same:
        return
    names = _listed(gap.table.bare_name for gap in same)
    places = tuple(at(gap.places[0].path, gap.places[0].line, note=gap.table.bare_name) for gap in same)
    message = _TOGETHER[rule].format(tables=names)
    if len({gap.table.name for gap in same}) == 1:
        message = message.replace(" ask several", " asks several").replace(" have two", " has two")
    yield RawFinding(f"{CHECK}/{rule}", message, places[:_MOST_PLACES], symbol=rule)


def _lookups(gaps: Iterable[Lookup], keys: set[tuple[str, str]]) -> Iterator[RawFinding]:
    """One for each table and column, with all the queries that would use the index."""
    grouped: dict[tuple[str, str, str], list[Lookup]] = {}
    for gap in gaps:
        column = gap.columns[0] if gap.columns else ""
        if (gap.table.name, column) not in keys:
            by = "" if gap.rule == "like-leading-wildcard" else column
            grouped.setdefault((gap.rule, gap.table.name, by), []).append(gap)
    for (rule, _, by), items in grouped.items():
        name = items[0].table.bare_name
        places = tuple(dict.fromkeys(at(item.site.path, item.site.line) for item in items))
        columns = _listed(column for item in items for column in item.columns)
        message = _ONE_BY_ONE[rule].format(table=name, column=columns)
        yield RawFinding(f"{CHECK}/{rule}", message, places[:_MOST_PLACES], symbol=f"{name}.{by}")


def _passes(tables: tuple[Table, ...]) -> Iterator[PassEvidence]:
    indexes = sum(len(table.indexes) for table in tables)
    keys = [item.columns[0] for table in tables for item in table.foreign_keys if item.columns]
    led = sum(
        leads(table, item.columns[0]) for table in tables for item in table.foreign_keys if item.columns
    )
    if indexes or led:
        last = max(tables, key=lambda table: table.sequence).place.path
        note = f"{indexes} indexes on {len(tables)} tables; {led} of {len(keys)} foreign keys begin one"
        yield PassEvidence(derived(note, last))
