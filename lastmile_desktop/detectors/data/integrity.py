"""data.integrity: whether the database itself refuses what should be impossible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.models.indexes.index_demand import columns_named, demand
from lastmile_desktop.project.models.queries.query_sites import QuerySite, query_sites
from lastmile_desktop.project.models.queries.write_races import Race, races
from lastmile_desktop.project.models.schema.constraints import Weakness, weaknesses
from lastmile_desktop.project.models.schema.model import Table
from lastmile_desktop.project.models.schema.table_kinds import is_log, own_tables
from lastmile_desktop.project.models.schema.tables import Tables
from lastmile_desktop.project.models.schema.unread_sql import unread_tables
from lastmile_desktop.project.models.usage.idle_code import is_idle
from lastmile_desktop.project.models.walk.access import Verb
from lastmile_desktop.project.view import ProjectView

CHECK = "data.integrity"
_MOST_NAMED = 5
_MOST_PLACES = 12
_CHANGED_COLUMN = re.compile(
    r"updated|modified|changed|edited|last_|(?:^|_)(?!created)[a-z]+ed_(?:at|on)$|(?:read|sent|seen|paid|left|won)_at$|At$"
)
# What is only watched is worth a note; a doubled favourite is a blemish.
_SEVERITIES = {"measured": Severity.INFO, "liking": Severity.LOW}
_FLAGS = re.compile(
    r"^(?:is_?)?(?:read|seen|viewed|dismissed|opened|clicked|archived|acknowledged)$", re.IGNORECASE
)
_TOGETHER = {
    "fk-no-action-plan": "{tables} point{s} at people or accounts without saying what happens when those are deleted: "
    "the deletion fails.",
    "naive-timestamps": "{tables} keep{s} moments without a time zone: they shift when a server is elsewhere.",
    "status-free-text": "{tables} take{s} any text as status or role: one typing error is a state that no code knows.",
    "no-not-null": "{tables} accept{s} rows that belong to nobody.",
    "int-pk-overflow": "{tables} count{s} rows with small integers, which end at 2.1 billion.",
}


def detect(view: ProjectView) -> Detection:
    tables = own_tables(view.schema)
    mixed_up = tuple(item for item in races(view) if not is_idle(view, item.path, item.function))
    if not tables and not mixed_up:
        return _nothing_known(view)
    found = _harmful(view, tables, view.whole(CHECK, view.schema.stamp, partial(weaknesses, view.schema)))
    findings = (
        *(finding for item in found for finding in _alone(item)),
        *_unbound(found),
        *(finding for rule in _TOGETHER for finding in _together(rule, found)),
        *_never_dated(view),
        *(_race(item) for item in mixed_up),
    )
    return Detection(
        findings=findings,
        passes=tuple(_passes(tables)),
        unknowns=unread_tables(view.schema),
        looked=(
            Looked(
                "tables", len(tables), len({*(table.name for table in tables), *view.schema.missing_tables})
            ),
        ),
    )


def _nothing_known(view: ProjectView) -> Detection:
    if view.schema.used_tables:
        reason = "The tables are not in the repository, so nobody can tell what they refuse."
        return Detection(unknowns=(Unknown(reason),))
    return Detection(not_applicable=NotApplicable("This project has no tables with rules of their own."))


def _harmful(
    view: ProjectView, tables: tuple[Table, ...], found: tuple[Weakness, ...]
) -> tuple[Weakness, ...]:
    """Those of tables that the code uses, as far as it is seen to use any; a single column that two rows may share
    matters where one row is looked up by it."""
    used = view.made(demand)
    if 4 * sum(table.name in used.touched for table in tables) < len(tables):
        return found
    known = Tables(view.schema)
    by: set[tuple[str, str]] = set()
    for site in query_sites(view):
        table = known.find(site.query.table).table
        if table is not None:
            by |= {(table.name, column.name) for column in columns_named(table, site.shape.equal)}
    return tuple(
        item
        for item in found
        if (item.table.name in used.touched or item.rule in ("no-fk", "naive-timestamps"))
        and not (
            item.rule == "no-unique"
            and len(item.columns) == 1
            and (item.table.name, item.columns[0]) not in by
        )
        and not (item.rule == "fk-no-action-plan" and not used.loses_people and not _is_held_up(item))
    )


def _is_held_up(item: Weakness) -> bool:
    """Whether the sign-in service's own list of people is pointed at, from which its dashboard deletes them."""
    return any(
        key.table == "auth.users" and key.columns[:1] == item.columns[:1] for key in item.table.foreign_keys
    )


def _alone(item: Weakness) -> Iterator[RawFinding]:
    """Findings that are mended table by table."""
    name = item.table.bare_name
    columns = _listed(item.columns)
    match item.rule:
        case "no-unique" if item.what in ("pair", "liking"):
            message = f"{name} can hold the same pair of {' and '.join(item.columns)} twice: two clicks make two rows."
        case "no-unique":
            message = f"Nothing stops two rows in {name} with the same {columns}."
        case "no-fk" if len(item.columns) > 1:
            message = f"{name}.{columns} may point at rows that do not exist: no foreign key checks it."
        case "float-money" if item.what == "measured":
            message = (
                f"{name} keeps estimated or measured costs in {columns} as an inexact number: sums drift."
            )
        case "float-money":
            message = f"{name} keeps money in {columns} as an inexact number: sums drift by cents."
        case _:
            return
    yield _finding(item.rule, message, item, name)


def _finding(rule: str, message: str, item: Weakness, symbol: str) -> RawFinding:
    places = tuple(_evidence(place.path, place.line) for place in item.places)
    return RawFinding(
        f"{CHECK}/{rule}",
        message,
        places[:_MOST_PLACES],
        symbol=symbol,
        severity=_SEVERITIES.get(item.what),
        confidence=item.confidence,
    )


def _evidence(path: str, line: int, note: str = "") -> Evidence:
    return at(path, line, note=note)


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _unbound(found: tuple[Weakness, ...]) -> Iterator[RawFinding]:
    """Columns that no foreign key binds, by their name: one migration mends all tables that have it."""
    by_column: dict[str, list[Weakness]] = {}
    for item in found:
        if item.rule == "no-fk" and len(item.columns) == 1:
            by_column.setdefault(item.columns[0], []).append(item)
    for column, items in by_column.items():
        names = _listed(tuple(f"{item.table.bare_name}.{column}" for item in items))
        what = "rows that do not exist" if column != "user_id" else "people whose account is gone"
        message = f"{names} may point at {what}: no foreign key checks it."
        places = tuple(
            _evidence(item.places[0].path, item.places[0].line, item.table.bare_name) for item in items
        )
        yield RawFinding(f"{CHECK}/no-fk", message, places[:_MOST_PLACES], symbol=column, confidence=0.85)


def _together(rule: str, found: tuple[Weakness, ...]) -> Iterator[RawFinding]:
    """Small things that stand in many tables and are mended in one go."""
    items = [item for item in found if item.rule == rule]
    if not items:
        return
    names = tuple(f"{item.table.bare_name}.{item.columns[0]}" for item in items)
    message = _TOGETHER[rule].format(tables=_listed(names), s="" if len(names) > 1 else "s")
    places = tuple(
        _evidence(place.path, place.line, item.table.bare_name) for item in items for place in item.places[:1]
    )
    yield RawFinding(
        f"{CHECK}/{rule}",
        message,
        places[:_MOST_PLACES],
        symbol=rule,
        # Rows of nobody are often meant: entries of a job, of a visitor, of the makers.
        severity=Severity.INFO if rule in ("int-pk-overflow", "no-not-null") else None,
        confidence=min(item.confidence for item in items),
    )


def _never_dated(view: ProjectView) -> Iterator[RawFinding]:
    """Tables whose rows the code changes and that do not remember when."""
    known = Tables(view.schema)
    lacking: dict[str, Table] = {}
    changed = {
        site.query.table
        for site in query_sites(view)
        if site.query.verb is Verb.UPDATE and not _only_ticks_off(site)
    }
    for name in sorted(changed):
        table = known.find(name).table
        if table is None or not table.created or not table.columns or is_log(table.bare_name):
            continue
        if not any(_CHANGED_COLUMN.search(column.name) for column in table.columns):
            lacking.setdefault(table.name, table)
    if not lacking:
        return
    items = [lacking[name] for name in sorted(lacking)]
    names = _listed(tuple(table.bare_name for table in items))
    message = f"{names} change without remembering when: nobody can tell what is new."
    places = tuple(
        _evidence(place.path, place.line, table.bare_name)
        for table in items
        for place in (table.created_place or table.place,)
    )
    yield RawFinding(f"{CHECK}/missing-updated-at", message, places[:_MOST_PLACES], symbol="updated-at")


def _only_ticks_off(site: QuerySite) -> bool:
    """A mark that somebody has seen the row, which says nothing new of it."""
    written = site.query.payload.entries if site.query.payload is not None else ()
    return bool(written) and all(_FLAGS.match(column) for column, _ in written)


def _race(item: Race) -> RawFinding:
    if item.kind == "multi-write":
        message = (
            f"{item.table} and {item.column} are written one after the other without a transaction: when the second "
            f"write fails, the first stays."
        )
        evidence = (_evidence(item.path, item.line), _evidence(item.path, item.other_line, item.table))
        symbol = f"{item.function}:{item.table}:{item.column}"
        return RawFinding(f"{CHECK}/multi-write", message, evidence, symbol)
    message = (
        f"{item.table}.{item.column} is read, changed and written back: of two requests at once one is lost."
    )
    return RawFinding(
        f"{CHECK}/read-modify-write",
        message,
        (_evidence(item.path, item.line),),
        symbol=f"{item.function}:{item.table}.{item.column}",
        # A view or a like that is not counted harms nobody.
        severity=None if item.matters else Severity.LOW,
        confidence=None if item.matters else 0.7,
    )


def _passes(tables: tuple[Table, ...]) -> Iterator[PassEvidence]:
    keys = sum(len(table.foreign_keys) for table in tables)
    unique = sum(index.unique for table in tables for index in table.indexes)
    checks = sum(len(table.checks) for table in tables)
    if keys or unique or checks:
        last = max(tables, key=lambda table: table.sequence).place.path
        note = f"{keys} foreign keys, {unique} unique rules and {checks} checks on {len(tables)} tables"
        yield PassEvidence(derived(note, last))
