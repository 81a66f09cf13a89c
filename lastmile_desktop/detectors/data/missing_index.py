"""data.missing-index: lookups that read the whole table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.models.indexes.index_cover import Gap, leads, schema_gaps
from lastmile_desktop.project.models.indexes.index_need import Need, Needed, Needs
from lastmile_desktop.project.models.indexes.lookup_gaps import Lookup, lookups
from lastmile_desktop.project.models.schema.database_engine import is_sqlite_only
from lastmile_desktop.project.models.schema.model import Table
from lastmile_desktop.project.models.schema.table_growth import Growth, growth
from lastmile_desktop.project.models.schema.table_kinds import own_tables
from lastmile_desktop.project.models.schema.unread_sql import unread_tables
from lastmile_desktop.project.models.usage.idle_code import is_idle
from lastmile_desktop.project.view import ProjectView

CHECK = "data.missing-index"
_MOST_NAMED = 5
_MOST_PLACES = 200
_FIXED = "fixed"
_SECRET = re.compile(r"(?:^|_)(?:token|hash|code|key|secret)$")
_SEVERITIES = {Need.STEADY: Severity.HIGH, Need.OFTEN: Severity.MEDIUM, Need.SELDOM: Severity.LOW}
_BARE = {
    "fk-unindexed": "{names} {have} no index: each lookup by {them} reads the whole table, which grows with use.",
    "policy-column": "Every read is filtered by {names}, which {have} no index.",
}
_PUT_TOGETHER = {
    Need.LEAVING: "Deleting an account reads whole tables, because {names} {have} no index.",
    Need.NONE: "Nothing asks for {names} often yet; an index is due when that changes.",
}
_TOGETHER = {
    "rls-per-row": "The row policies of {tables} ask who is calling anew for each row: wrap that in (select …).",
    "many-permissive": "{tables} ask several policies for every row where one would do.",
    "duplicate-unused": "{tables} have two indexes on the same columns: each write pays for both.",
}
_ASKED = {
    "filter-sort": "{names} {are} searched without an index: each of these queries reads the whole table.",
    "like-leading-wildcard": "A text is searched anywhere in {names}: each search reads the whole table.",
    "json-filter": "{names} {are} searched inside without an index that knows the insides.",
    "case-insensitive": "{names} {are} compared without regard to case, which an index on the text cannot help with.",
    "offset-deep": "{names} {are} paged by skipping rows: the further the page, the more rows are thrown away.",
}


def detect(view: ProjectView) -> Detection:
    tables = own_tables(view.schema)
    if not tables:
        return _nothing_known(view)
    gaps = view.whole(CHECK, view.schema.stamp, partial(schema_gaps, view.schema))
    asked = view.made(lookups)
    bare = [gap for gap in gaps if gap.rule in ("fk-unindexed", "policy-column")]
    needed = Needs(view).of(bare)
    findings = (
        *_keys(needed),
        *(finding for rule in _TOGETHER for finding in _together(rule, gaps)),
        *_lookups(view, asked.gaps, {(gap.table.name, column) for gap in bare for column in gap.columns}),
    )
    return Detection(
        findings=findings,
        passes=(*_passes(tables), *_unasked(needed)),
        unknowns=unread_tables(view.schema),
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


def _keys(needed: tuple[Needed, ...]) -> Iterator[RawFinding]:
    """One for all that somebody looks up by, as one migration mends it. What only deleting an account would notice is
    said beside it, and so is what nothing asks for yet."""
    for rule, text in _BARE.items():
        asked = [
            item for need in _SEVERITIES for item in needed if item.need is need and item.gap.rule == rule
        ]
        if asked:
            yield _in_one(rule, rule, text, [item.gap for item in asked], _SEVERITIES[asked[0].need])
    for need, text in _PUT_TOGETHER.items():
        same = [item.gap for item in needed if item.need is need]
        if same:
            yield _in_one("fk-unindexed", need.value, text, same, Severity.INFO)


def _in_one(rule: str, symbol: str, text: str, gaps: list[Gap], severity: Severity) -> RawFinding:
    names = [f"{gap.table.bare_name}.{column}" for gap in gaps for column in gap.columns]
    many = len(names) > 1
    message = text.format(names=_listed(names), have="have" if many else "has", them="them" if many else "it")
    places = tuple(place for gap in gaps for place in _places(gap))
    return RawFinding(f"{CHECK}/{rule}", message, places[:_MOST_PLACES], symbol, severity)


def _together(rule: str, gaps: Iterable[Gap]) -> Iterator[RawFinding]:
    """Small things that stand in many tables and are mended in one migration."""
    found = [gap for gap in gaps if gap.rule == rule]
    # A table of a few rows is named after the others, and alone it is a note.
    same = [gap for gap in found if gap.detail != _FIXED] or found
    if not same:
        return
    names = _listed(gap.table.bare_name for gap in same)
    first = [at(gap.places[0].path, gap.places[0].line, note=gap.table.bare_name) for gap in same]
    rest = [
        at(place.path, place.line, note=gap.table.bare_name)
        for gap in (*same, *(gap for gap in found if gap not in same))
        for place in gap.places
    ]
    message = _TOGETHER[rule].format(tables=names)
    if len({gap.table.name for gap in same}) == 1:
        message = message.replace(" ask several", " asks several").replace(" have two", " has two")
    places = tuple(dict.fromkeys((*first, *rest)))
    severity = Severity.INFO if all(gap.detail == _FIXED for gap in same) else None
    yield RawFinding(f"{CHECK}/{rule}", message, places[:_MOST_PLACES], symbol=rule, severity=severity)


def _lookups(view: ProjectView, gaps: Iterable[Lookup], keys: set[tuple[str, str]]) -> Iterator[RawFinding]:
    """One for each kind, with all the queries that would use an index. A table of a few rows, or in a file beside the
    program, is read whole before anybody notices."""
    if is_sqlite_only(view):
        return
    grouped: dict[str, list[Lookup]] = {}
    for gap in gaps:
        if not _is_worth(gap) or is_idle(view, gap.site.path, gap.site.function):
            continue
        if not any((gap.table.name, column) in keys for column in gap.columns[:1]):
            grouped.setdefault(gap.rule, []).append(gap)
    for rule, items in grouped.items():
        # One row for each customer is read quickly for a long time.
        grows = [item for item in items if growth(item.table) is not Growth.ONE_EACH]
        named = dict.fromkeys(_name(rule, item) for item in (*grows, *items))
        places = tuple(dict.fromkeys(at(item.site.path, item.site.line) for item in (*grows, *items)))
        message = _ASKED[rule].format(names=_listed(named), are="are" if len(named) > 1 else "is")
        severity = None if grows else Severity.LOW
        yield RawFinding(f"{CHECK}/{rule}", message, places[:_MOST_PLACES], rule, severity)


def _name(rule: str, gap: Lookup) -> str:
    columns = "" if rule == "offset-deep" else gap.columns[0] if gap.columns else ""
    return f"{gap.table.bare_name}.{columns}" if columns else gap.table.bare_name


def _is_worth(gap: Lookup) -> bool:
    """Secrets that people come back with are looked up in small tables too, as strangers may try many."""
    by_secret = any(_SECRET.search(column) for column in gap.columns)
    return growth(gap.table) is not Growth.FEW or by_secret


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


def _unasked(needed: tuple[Needed, ...]) -> Iterator[PassEvidence]:
    """Keys that no query, policy or function begins with, and tables of a few rows, were looked at and do no harm."""
    for item in needed:
        if item.need is Need.NONE:
            place = item.gap.places[0]
            note = f"{item.gap.table.bare_name} is not searched by {_listed(item.gap.columns)} often enough to matter"
            yield PassEvidence(at(place.path, place.line, note=note))
            return
