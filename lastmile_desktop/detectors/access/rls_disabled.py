"""access.rls-disabled: a table that the public key reaches while row security is off."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.models.row_security.data_api import DataApi, data_api, exposed_tables, reach
from lastmile_desktop.project.models.schema.begun import looked_migrations
from lastmile_desktop.project.models.schema.model import BlanketGrant, Place, Table
from lastmile_desktop.project.models.schema.named_in_code import idle_tables
from lastmile_desktop.project.models.schema.sources import schema_texts
from lastmile_desktop.project.view import ProjectView

CHECK = "access.rls-disabled"
_DUMP = re.compile(r"\A(?:\s|--[^\n]*\n|\\[^\n]*\n)*SET statement_timeout = 0;", re.IGNORECASE)
_PUBLIC_ROLES = frozenset({"anon", "public"})
_LISTED = 8
_VERBS = (("SELECT", "read"), ("INSERT", "add"), ("UPDATE", "change"), ("DELETE", "delete"))


@dataclass(frozen=True, slots=True)
class _Open:
    """Why a table is open: the rule, where, and what it means."""

    rule: str
    place: Place
    message: str
    confidence: float
    also: tuple[Evidence, ...] = ()


def detect(view: ProjectView) -> Detection:
    api = data_api(view)
    schema = view.schema
    if not api.reached:
        unseen = tuple(_unseen(schema.used_tables, schema.exposed_schemas)) if api.unsure else ()
        return Detection(
            not_applicable=None if unseen else NotApplicable(api.reason, api.evidence), unknowns=unseen
        )
    tables = exposed_tables(schema)
    if not tables and not schema.missing_tables and not schema.unparsed:
        reason = "No table stands in a schema that the data API serves."
        return Detection(not_applicable=NotApplicable(reason, api.evidence))
    bare = any(table.created and not table.rls for table in tables)
    idle = view.made(idle_tables) if bare else frozenset[str]()
    key = (schema.stamp, view.made(schema_texts), api, view.git.head, idle)
    return view.whole(CHECK, key, lambda: _detect(view, api, tables, idle))


def _detect(view: ProjectView, api: DataApi, tables: tuple[Table, ...], idle: frozenset[str]) -> Detection:
    broken = _broken_names(view)
    findings: list[RawFinding] = []
    passes: list[PassEvidence] = []
    unknowns: list[Unknown] = []
    for table in tables:
        if table.rls:
            if table.rls_place is not None:
                passes.append(PassEvidence(_at(table.rls_place, f"row security is on for {table.bare_name}")))
        elif table.name in broken:
            place, error = broken[table.name]
            unknowns.append(Unknown(_broken(table.name, place, error), place.path))
        elif table.created:
            opened = _judge(view, table, api)
            if opened is not None:
                findings.append(_finding(table, opened, table.bare_name in idle))
    if api.unsure and findings:
        unknowns.append(_perhaps(tuple(findings)))
        findings.clear()
    findings.extend(_blanket(view, all_on=not findings))
    unknowns.extend(_invisible(view, tables, broken))
    return Detection(
        findings=tuple(findings),
        passes=tuple(passes),
        unknowns=tuple(unknowns),
        looked=(
            Looked("tables", len([table for table in tables if table.created]), len(tables)),
            *looked_migrations(view.schema),
        ),
    )


def _perhaps(findings: tuple[RawFinding, ...]) -> Unknown:
    """Said once for tables of an ORM beside a Supabase client that never asks for them."""
    names = ", ".join(item.symbol for item in findings[:_LISTED])
    more = f" and {len(findings) - _LISTED} more" if len(findings) > _LISTED else ""
    return Unknown(
        f"Row security is off for {names}{more}. That is harmless while only your own server reaches this database; "
        "if DATABASE_URL points to Supabase, anyone can read these tables with your public key.",
        findings[0].evidence[0].path,
    )


def _judge(view: ProjectView, table: Table, api: DataApi) -> _Open | None:
    """Why this table, whose row security is off, can be reached; None when it cannot."""
    name, place = table.bare_name, table.created_place or table.place
    held = reach(view, table)
    if not held.anything and not held.unsure:
        return None
    sure = api.confidence * (0.6 if _is_stray(view, place) else 1.0)
    if table.rls_ever_disabled is not None:
        message = (
            f"Row security was switched off for {name}: anyone with your public key can read and change it."
        )
        return _Open("disabled-later", table.rls_ever_disabled, message, 0.95 * sure)
    if table.policies:
        message = f"{name} has policies, but row security was never switched on: anyone can read all of it."
        first = table.policies[0].place
        return _Open(
            "policy-but-off", place, message, 0.95 * sure, (_at(first, "a policy that is not in force"),)
        )
    if held.unsure:
        message = f"Row security is off for {name}, and nothing says that the public key may not use it."
        return _Open("off-unknown-grant", place, message, 0.7 * sure)
    message = f"Anyone on the internet can {_verbs(held.anything)} the rows of {name}: row security is off."
    return _Open("off-and-granted", place, message, 0.95 * sure)


def _verbs(privileges: frozenset[str]) -> str:
    words = [word for key, word in _VERBS if key in privileges]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _is_stray(view: ProjectView, place: Place) -> bool:
    """Made by a loose SQL file beside a tool's migrations: it may never have run."""
    migration = view.schema.migration(place.path)
    return migration is not None and migration.stray


def _finding(table: Table, opened: _Open, idle: bool) -> RawFinding:
    # What nothing writes holds nothing yet.
    severity = Severity.MEDIUM if idle else None
    message = (
        f"{opened.message.rstrip('.')}; nothing in your code uses it so far." if idle else opened.message
    )
    # Below .5 a finding is not shown at all, and an open table is never less than worth a look.
    confidence = max(0.5, min(0.95, opened.confidence))
    evidence = (_at(opened.place), *opened.also)
    return RawFinding(
        f"{CHECK}/{opened.rule}", message, evidence, table.bare_name, severity=severity, confidence=confidence
    )


def _blanket(view: ProjectView, all_on: bool) -> Iterator[RawFinding]:
    """Grants on all tables to strangers: every table that is made next is open until its row security is
    on."""
    seen: set[tuple[str, int]] = set()
    for grant in view.schema.blanket_grants:
        place = grant.place
        if not _PUBLIC_ROLES & set(grant.roles) or grant.schema not in view.schema.exposed_schemas:
            continue
        if (place.path, place.line) in seen or view.per_file("sql.dump", place.path, _is_dump, False):
            continue
        seen.add((place.path, place.line))
        yield RawFinding(
            f"{CHECK}/blanket-grant",
            _blanket_message(grant),
            (_at(place),),
            symbol=grant.schema,
            severity=Severity.MEDIUM if all_on else None,
        )


def _blanket_message(grant: BlanketGrant) -> str:
    which = "every table made from now on" if grant.by_default else "every table"
    return f"This lets strangers use {which} in {grant.schema}; only row security stands between them and the rows."


def _is_dump(text: str) -> bool:
    return bool(_DUMP.match(text[:20_000]))


def _broken_names(view: ProjectView) -> dict[str, tuple[Place, str]]:
    """Tables whose protection hangs on a statement that is not valid SQL."""
    found: dict[str, tuple[Place, str]] = {}
    for item in view.schema.unparsed:
        if item.keyword in ("CREATE", "ALTER", "DO", "DROP"):
            for name in item.tables:
                found.setdefault(name, (item.place, item.error))
    return found


def _invisible(
    view: ProjectView, tables: tuple[Table, ...], broken: dict[str, tuple[Place, str]]
) -> Iterator[Unknown]:
    """Tables that exist somewhere, but whose row security no file tells."""
    protected = {table.name for table in tables if table.rls}
    missing = [
        name
        for name in view.schema.missing_tables
        if name not in protected and name.partition(".")[0] in view.schema.exposed_schemas
    ]
    for name in [name for name in missing if name in broken]:
        place, error = broken[name]
        yield Unknown(_broken(name, place, error), place.path)
    yield from _unseen([name for name in missing if name not in broken], view.schema.exposed_schemas)


def _unseen(names: Iterable[str], schemas: Collection[str]) -> Iterator[Unknown]:
    """Tables that code asks the data API for, while no file makes them."""
    unseen = [_bare(name) for name in names if name.partition(".")[0] in schemas]
    if unseen:
        more = f" and {len(unseen) - _LISTED} more" if len(unseen) > _LISTED else ""
        yield Unknown(f"Your app uses tables that no migration creates: {', '.join(unseen[:_LISTED])}{more}.")


def _broken(name: str, place: Place, error: str) -> str:
    return f"Line {place.line} is not valid SQL ({error}), so what it does to {_bare(name)} cannot be told."


def _bare(name: str) -> str:
    return name.removeprefix("public.")


def _at(place: Place, note: str = "") -> Evidence:
    return at(place.path, place.line, place.line_end, note=note)
