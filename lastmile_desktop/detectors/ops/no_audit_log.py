"""ops.no-audit-log: could the founder show who changed, deleted or looked at a record.

It matters where several people share records, where somebody administrates other people's, and where a law or a
big customer asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at
from lastmile_desktop.core.facts import Fact
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.models.privacy.audit_trail import (
    AuditTrail,
    Deed,
    admin_screen,
    audit_trail,
    changeable,
    recorded_in_part,
    written_table,
)
from lastmile_desktop.project.models.schema.model import Completeness, Tenancy
from lastmile_desktop.project.models.usage.purpose import not_for_private_use, run_by_others
from lastmile_desktop.project.models.usage.serving import early, server_fact
from lastmile_desktop.project.policy import POLICY_FILE
from lastmile_desktop.project.view import ProjectView

_CHECK = "ops.no-audit-log"
_REGULATED = (
    ("profile.health_data", "yes"),
    ("profile.soc2", "yes"),
    ("profile.sells_to", "enterprise"),
    ("profile.sells_to", "public-sector"),
)
_BIG = ("enterprise", "public-sector")
_MOST_NAMED = 4
_CLEANS = re.compile(
    r"(?i)delete\s+from\s+[\w.\"]{0,40}(?:audit|activity)|(?:audit|activity)\w{0,20}[^\n]{0,80}(?:retention|"
    r"deleteMany|prune|purge|older)"
    r"|drop\s+table[^\n]{0,60}audit\w{0,20}_\d{4}|partition\s+of\s+[\w.\"]{0,40}audit"
)
_ACCOUNTS = re.compile(r"(?:^|_)(?:users?|profiles?|accounts?|members?|memberships?|roles?|sessions?)$")
_SCREENS = (".tsx", ".jsx", ".vue", ".svelte", ".html")
_SHOWS = re.compile(r"(?i)audit[-_ ]?(?:log|trail|event)|activity[-_ ]?log")


def detect(view: ProjectView) -> Detection:
    if server_fact(view) is None and not view.schema.tables:
        return Detection(not_applicable=NotApplicable("No server or database of yours keeps records here."))
    not_yet = early(view)
    if not_yet is not None:
        return Detection(not_applicable=not_yet)
    if not _signs_in(view):
        return Detection(
            not_applicable=NotApplicable("Nobody signs in here, so there is no “who” to record.")
        )
    private = not_for_private_use(view)
    if private is not None:
        return Detection(not_applicable=private)
    trail = audit_trail(view)
    asked_by = _asked_by(view)
    shared = any(table.tenancy is Tenancy.ORG for table in view.schema.tables.values())
    administrated = admin_screen(view) or any(deed.admin for deed in trail.deeds)
    if asked_by is None and not shared and not administrated and not trail.exists and not trail.tables:
        return _undecided(view)
    findings = _of_trail(view, trail) if trail.exists else _without(view, trail, asked_by)
    return Detection(
        findings=run_by_others(view, tuple(findings)),
        passes=tuple(_passes(trail)),
        looked=(Looked("sensitive actions", sum(deed.logged for deed in trail.deeds), len(trail.deeds)),),
    )


def _signs_in(view: ProjectView) -> bool:
    if view.facts.has("auth.provider") or view.schema.completeness is Completeness.PARTIAL:
        return True
    if any(route.is_guarded or route.unknown for route in view.routes.routes):
        return True
    return any(_ACCOUNTS.search(table.bare_name) for table in view.schema.tables.values())


_ADMINISTERS = re.compile(
    r"(?:^|/)admins?/[\w./-]{0,80}(?:service|controller|route|actions?|views?)s?\.(?:[jt]sx?|py)$"
)


def _of_administrators(path: str) -> bool:
    return _ADMINISTERS.search(path) is not None and is_production(path)


def _undecided(view: ProjectView) -> Detection:
    if view.schema.completeness is Completeness.PARTIAL:
        return Detection(
            unknowns=(
                Unknown(
                    "Part of the database was made outside this folder; it may be shared by several people."
                ),
            )
        )
    managed = next((path for path in view.outlines if _of_administrators(path)), "")
    if managed:
        reason = f"{managed} seems to be for administrators; what they change was not followed."
        return Detection(unknowns=(Unknown(reason, managed),))
    return Detection(
        not_applicable=NotApplicable(
            "Each person sees their own records only, nobody administrates others, and no customer or law that "
            "asks for a record was named."
        )
    )


def _asked_by(view: ProjectView) -> Fact | None:
    return next(
        (fact for key, value in _REGULATED for fact in view.facts if fact.key == key and fact.value == value),
        None,
    )


def _passes(trail: AuditTrail) -> Iterator[PassEvidence]:
    for table in trail.tables[:1] if trail.exists else ():
        yield PassEvidence(at(table.place.path, table.place.line, note=table.bare_name))
    for path, line in sorted(trail.writers, key=lambda writer: writer[0].endswith(".sql"))[:1]:
        yield PassEvidence(at(path, line, note="writes to the record"))


def _without(view: ProjectView, trail: AuditTrail, asked_by: Fact | None) -> Iterator[RawFinding]:
    deeds = _most_telling(trail.deeds)
    places = tuple(at(deed.path, deed.line, note=deed.what) for deed in deeds[:_MOST_NAMED]) or _place(view)
    if not places:
        return
    if trail.tables:
        table = trail.tables[0]
        yield RawFinding(
            f"{_CHECK}/no-table",
            f"The table {table.bare_name} is there, but nothing ever writes to it: who did what cannot be shown.",
            (at(table.place.path, table.place.line), *places),
            symbol="trail",
        )
        return
    doing = f", such as who {deeds[0].what}" if deeds else ""
    partly, line = recorded_in_part(view)
    kept = (
        f"No common record tells who did what{doing}; {partly.rpartition('/')[2]} keeps it for its own rows"
        if partly
        else f"Nothing here records who did what{doing}"
    )
    # A page for administrators alone does not tell what they may change.
    mild = Severity.LOW if partly or not deeds else None
    yield RawFinding(
        f"{_CHECK}/no-table",
        f"{kept}: a question or a dispute cannot be answered.",
        (*places, *((at(partly, line),) if partly else ())),
        symbol="trail",
        severity=Severity.HIGH if asked_by is not None else mild,
        confidence=0.6 if view.schema.completeness is Completeness.PARTIAL else None,
    )


def _place(view: ProjectView) -> tuple[Evidence, ...]:
    """Where records are shared or administrated, when no server code says more."""
    tables = sorted(view.schema.tables.values(), key=lambda table: table.tenancy is not Tenancy.ORG)
    shared = next((item for item in tables if item.tenancy is not Tenancy.NONE), None)
    place = shared.created_place or shared.place if shared is not None else None
    screen = admin_screen(view)
    server = server_fact(view)
    if screen:
        return (at(screen, 1),)
    if place is not None:
        return (at(place.path, place.line),)
    return (server.evidence,) if server is not None and server.evidence is not None else ()


def _most_telling(deeds: tuple[Deed, ...]) -> tuple[Deed, ...]:
    return tuple(
        sorted(deeds, key=lambda deed: (not deed.admin, "role" not in deed.what, deed.path, deed.line))
    )


def _of_trail(view: ProjectView, trail: AuditTrail) -> Iterator[RawFinding]:
    for table in trail.tables:
        policy = changeable(table)
        if policy is not None:
            yield RawFinding(
                f"{_CHECK}/mutable",
                f"The policy “{policy.name}” lets users of the app change or delete what {table.bare_name} recorded.",
                (at(policy.place.path, policy.place.line),),
                symbol=table.bare_name,
            )
    yield from _unlogged(trail)
    yield from _kept_for_ever(view, trail)
    yield from _unseen(view, trail)


def _unlogged(trail: AuditTrail) -> Iterator[RawFinding]:
    silent = [deed for deed in _most_telling(trail.deeds) if not deed.logged]
    for rule, deeds, who in (
        ("admin-silent", [deed for deed in silent if deed.admin], "Administrators' actions"),
        ("not-all-sensitive-actions", [deed for deed in silent if not deed.admin], "Some sensitive actions"),
    ):
        if deeds:
            named = ", ".join(dict.fromkeys(deed.what for deed in deeds[:_MOST_NAMED]))
            places = dict.fromkeys(at(deed.path, deed.line) for deed in deeds)
            yield RawFinding(
                f"{_CHECK}/{rule}",
                f"{who} leave no record although others do: {named}.",
                tuple(places)[:6],
                symbol=rule,
            )


def _kept_for_ever(view: ProjectView, trail: AuditTrail) -> Iterator[RawFinding]:
    decided = re.search(r"audit|activity", view.text(POLICY_FILE) or "") is not None
    if decided or _anywhere(view, (".sql", ".ts", ".py", ".js"), "audit-cleans", _cleans):
        return
    yield from _of_table(
        view, trail, "no-retention", "Nobody has decided how long {} keeps people's actions and addresses."
    )


def _cleans(text: str) -> bool:
    return _CLEANS.search(text) is not None


def _unseen(view: ProjectView, trail: AuditTrail) -> Iterator[RawFinding]:
    big = any(fact.key == "profile.sells_to" and fact.value in _BIG for fact in view.facts)
    if not big or _anywhere(view, _SCREENS, "audit-shown", _shows):
        return
    yield from _of_table(
        view,
        trail,
        "no-view",
        "Customers' administrators cannot see what {} recorded about their own account.",
    )


def _shows(text: str) -> bool:
    return _SHOWS.search(text) is not None


def _anywhere(view: ProjectView, suffixes: tuple[str, ...], kind: str, test: Callable[[str], bool]) -> bool:
    return any(view.each_file(kind, lambda entry: entry.path.endswith(suffixes), test, False).values())


def _of_table(view: ProjectView, trail: AuditTrail, rule: str, message: str) -> Iterator[RawFinding]:
    """What is said of the table that the record is really kept in."""
    table = written_table(view, trail)
    if table is not None:
        name = table.bare_name
        yield RawFinding(
            f"{_CHECK}/{rule}", message.format(name), (at(table.place.path, table.place.line),), symbol=name
        )
