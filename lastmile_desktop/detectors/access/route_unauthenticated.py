"""Server entry points that do their work without asking who is calling."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.models.ai.key_answers import KeyShown, key_shown
from lastmile_desktop.project.models.routes.action_reach import is_kept_on_server
from lastmile_desktop.project.models.routes.edge_settings import verifies_jwt
from lastmile_desktop.project.models.routes.model import (
    Doubt,
    Effect,
    EffectKind,
    EntryKind,
    GuardStrength,
    Route,
)
from lastmile_desktop.project.models.routes.openings import Opening, Weight, is_for_insiders, opening
from lastmile_desktop.project.models.routes.revealed import Harm, harm_of_read
from lastmile_desktop.project.models.routes.route_trust import Understood
from lastmile_desktop.project.models.routes.shop_windows import catalogue, windows
from lastmile_desktop.project.models.row_security.policy_harm import is_trace
from lastmile_desktop.project.models.schema.tables import Known, Privacy, Tables
from lastmile_desktop.project.view import ProjectView

CHECK = "access.route-unauthenticated"
_DEBUG = re.compile(
    r"(?:^|/)(?:test|tests|seed|seeds|seeder|reset|reset-db|debug|dev|init-db|migrate|populate|fix)(?:$|[/-])",
    re.I,
)
_RANDOM = re.compile(r"(?i)uuid|guid")
_REFERENCE = re.compile(
    r"(?i)^(?:\w{1,20}_?)?(?:reference|checkout_?id|session_?id|payment_?intent_?(?:id)?)$"
)
_GUARD_SAMPLES = 5
_UNSURE = 0.65


def detect(view: ProjectView) -> Detection:
    """Judge each entry of the RouteMap."""
    routes = [route for route in view.routes.routes if route.kind is not EntryKind.PAGE_DATA or route.effects]
    unknowns = tuple(Unknown(reason, path) for path, reason in view.routes.unparsed)
    if not routes:
        return Detection(
            unknowns=unknowns,
            not_applicable=NotApplicable("No server entry points: nothing here answers requests."),
        )
    tables = Tables(view.schema)
    has_login = _has_login(view, routes)
    shown_tables, listed = windows(routes), catalogue(routes, is_for_insiders)
    understood = Understood.of(routes)
    findings: list[RawFinding] = []
    unseen: list[Unknown] = []
    told: set[tuple[str, int]] = set()
    doubted: dict[Doubt, list[Route]] = {}
    for route in routes:
        if route.unknown and not route.public_by_design and not route.is_webhook and not route.is_guarded:
            unseen.append(Unknown(f"{_label(route)}: {route.unknown}", route.path))
            continue
        open_ = opening(route, tables, shown_tables, partial(_harm, view, route), listed)
        place = (route.path, route.span.line)
        if open_ is not None and open_.doubt is not None:
            doubted.setdefault(open_.doubt, []).append(route)
        elif open_ is not None and place not in told:
            told.add(place)
            found = _finding(view, route, open_, has_login, routes)
            if is_kept_on_server(view, route):
                found = replace(found, severity=Severity.MEDIUM, confidence=_UNSURE)
            elif not _stops(view, route, open_, understood):
                found = replace(found, confidence=min(found.confidence or 1.0, _UNSURE))
            findings.append(found)
    unclear = len(unseen) + sum(len(found) for found in doubted.values())
    unseen += _in_doubt(doubted)
    findings += _keys_shown(view, routes, told)
    findings += _open_docs(view, findings)
    return Detection(
        findings=tuple(findings),
        passes=tuple(_passes(routes)) if not findings and not doubted else (),
        unknowns=unknowns + tuple(unseen),
        looked=(Looked("entry points", len(routes) - unclear, len(routes)),),
    )


def _in_doubt(doubted: dict[Doubt, list[Route]]) -> Iterator[Unknown]:
    """One for each way of asking that could not be followed, whatever stands behind it."""
    by_name: dict[str, list[tuple[Doubt, Route]]] = {}
    for doubt, routes in doubted.items():
        by_name.setdefault(doubt.name, []).extend((doubt, route) for route in routes)
    for name, found in by_name.items():
        doubt, route = found[0]
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        yield Unknown(
            f"{_label(route)}{more}: `{name}` (line {doubt.line}) may ask who is calling, in a way that could not be "
            "followed",
            doubt.path,
        )


def _has_login(view: ProjectView, routes: list[Route]) -> bool:
    """Whether this app knows users at all."""
    if any(
        guard.strength in (GuardStrength.VERIFIED, GuardStrength.POLICY)
        for route in routes
        for guard in route.guards
    ):
        return True
    return view.facts.has("auth.provider")


def _finding(
    view: ProjectView, route: Route, open_: Opening, has_login: bool, routes: list[Route]
) -> RawFinding:
    rule = _rule(route, open_, routes)
    return RawFinding(
        rule=f"{CHECK}/{rule}",
        message=_message(view, route, open_),
        evidence=(
            at(route.path, route.span.line, column=route.span.column),
            at(open_.effect.path, open_.effect.line, note=_does(open_)),
        ),
        symbol=f"{'/'.join(route.methods)} {route.route}",
        severity=_severity(view, route, open_, has_login, rule),
        confidence=_confidence(route, open_, has_login, rule),
    )


def _harm(view: ProjectView, route: Route, effect: Effect, known: Known) -> Harm:
    access = next((item for item in route.accesses if item.call is effect.call), None)
    return harm_of_read(view, route, access, known) if access is not None else Harm.UNSEEN


def _stops(view: ProjectView, route: Route, open_: Opening, understood: Understood) -> bool:
    """Whether it is sure that a stranger reaches other people's rows. A new row of a stranger's is a nuisance: forms
    for visitors do just that."""
    shown = open_.weight is not Weight.READ or (
        open_.shows is Harm.PRIVATE and not _is_hard_to_find(route, open_)
    )
    return shown and not open_.effect.adds and understood.is_bare(view, route)


def _is_hard_to_find(route: Route, open_: Opening) -> bool:
    """Whether the one row that is read has to be named by an id that nobody guesses."""
    access = next((item for item in route.accesses if item.call is open_.effect.call), None)
    if access is None or not access.requested or not access.query.predicates or open_.table is None:
        return False
    table = open_.table.table
    types = {column.name: column.type for column in table.columns} if table is not None else {}
    columns = [item.column.rpartition(".")[2] for item in access.query.predicates]
    return any(_RANDOM.match(types.get(name, "")) or _REFERENCE.match(name) for name in columns)


def _rule(route: Route, open_: Opening, routes: list[Route]) -> str:
    if route.kind is EntryKind.EDGE_FUNCTION:
        return "edge-fn"
    if route.framework == "drf" and not route.guards:
        return "drf-allow-any"
    if open_.weight is Weight.READ or open_.shows is not None:
        return (
            "debug-route" if _DEBUG.search(route.route) and is_for_insiders(route.route) else "read-no-guard"
        )
    if route.kind is EntryKind.SERVER_ACTION:
        return "server-action"
    if route.framework == "tanstack" and route.kind is EntryKind.SERVER_FUNCTION:
        return "server-fn"
    if _DEBUG.search(route.route):
        return "debug-route"
    if route.framework == "fastapi" and _siblings_guarded(route, routes):
        return "fastapi-router"
    return "write-no-guard"


def _siblings_guarded(route: Route, routes: list[Route]) -> bool:
    """Every route of this file is open while most of the other files' routes are guarded."""
    own = [other for other in routes if other.path == route.path]
    others = [other for other in routes if other.framework == "fastapi" and other.path != route.path]
    guarded = sum(other.is_guarded for other in others)
    return (
        len(own) >= 2
        and not any(other.is_guarded for other in own)
        and guarded >= 3
        and guarded * 2 > len(others)
    )


def _severity(view: ProjectView, route: Route, open_: Opening, has_login: bool, rule: str) -> Severity:
    if rule == "debug-route" and open_.weight is not Weight.READ:
        return Severity.HIGH
    if open_.weight is Weight.TRIGGER:
        return Severity.MEDIUM
    if open_.weak is not None or open_.conditional is not None:
        return Severity.HIGH
    if open_.weight is Weight.READ:
        if open_.table is not None and open_.table.is_tenant:
            return Severity.CRITICAL
        # What only its address calls internal may be the list that visitors choose from.
        told = open_.shows is Harm.PRIVATE or open_.table is None or open_.table.privacy is Privacy.PRIVATE
        return Severity.HIGH if told else Severity.MEDIUM
    if open_.weight in (Weight.SEND, Weight.SPEND):
        gated = route.kind is EntryKind.EDGE_FUNCTION and verifies_jwt(view, route.path)
        return Severity.HIGH if not has_login or gated or open_.weight is Weight.SEND else Severity.CRITICAL
    if open_.effect.adds and is_trace(open_.effect.table):
        return Severity.MEDIUM
    if open_.effect.adds:
        # A row of a stranger's own: a nuisance to whoever reads the table, nobody else's row is touched.
        return Severity.HIGH
    known = open_.table
    if known is None or known.is_tenant or known.privacy is Privacy.PRIVATE:
        return Severity.CRITICAL
    return Severity.CRITICAL if has_login and known.privacy is Privacy.UNCLEAR else Severity.HIGH


def _confidence(route: Route, open_: Opening, has_login: bool, rule: str) -> float:
    if not open_.sure:
        return 0.6
    if open_.weak is not None or open_.conditional is not None:
        return 0.7
    if not has_login:
        return 0.75
    return 0.75 if rule == "server-action" else 0.8


def _label(route: Route) -> str:
    match route.kind:
        case EntryKind.SERVER_ACTION:
            return f"The server action {route.route}"
        case EntryKind.SERVER_FUNCTION:
            return f"The server function {route.route}"
        case EntryKind.EDGE_FUNCTION:
            return f"The edge function {route.route}"
        case EntryKind.CALLABLE:
            return f"The callable function {route.route}"
        case EntryKind.PAGE_DATA:
            return f"The page {route.route}"
        case _:
            return f"{'/'.join(route.methods) or 'ANY'} {route.route}"


def _does(open_: Opening) -> str:
    """What the route does, as a verb phrase."""
    effect = open_.effect
    table = f"`{effect.table}`" if effect.table else "the database"
    match effect.kind:
        case EffectKind.LLM:
            return "calls an AI model that you pay for"
        case EffectKind.EMAIL:
            return "sends messages"
        case EffectKind.PAYMENT if effect.call.callee.endswith("Transaction"):
            return "sends a transaction that your wallet pays for"
        case EffectKind.PAYMENT:
            return "calls Stripe" if effect.call.root.lower() == "stripe" else "calls your payment provider"
        case EffectKind.FILE:
            return f"writes files{f' to {table}' if effect.table else ''}"
        case EffectKind.DB_READ:
            return f"reads {table}"
        case _:
            if effect.table == "auth.users":
                return "changes sign-in accounts"
            words = {
                "insert": "adds rows to",
                "update": "changes rows in",
                "delete": "deletes rows from",
                "call": "runs",
            }
            return f"{words.get(effect.verb, 'writes to')} {table}"


def _message(view: ProjectView, route: Route, open_: Opening) -> str:
    label, does = _label(route), _does(open_)
    if open_.conditional is not None:
        return f"{label} {does}, and asks for its secret only when that setting is present."
    if open_.weak is not None:
        return f"{label} {does} after {open_.weak.name}, which does not prove who is calling."
    if route.kind is EntryKind.EDGE_FUNCTION and verifies_jwt(view, route.path):
        return f"{label} {does}; the public key in your app is enough to call it."
    when = "before" if open_.late is not None and open_.late.path == route.path else "without"
    return f"{label} {does} {when} asking who is calling."


def _keys_shown(view: ProjectView, routes: list[Route], told: set[tuple[str, int]]) -> Iterator[RawFinding]:
    """Diagnostic endpoints that answer with a piece of a key."""
    for route in routes:
        place = (route.path, route.span.line)
        if route.is_guarded or route.is_webhook or route.handler is None or place in told:
            continue
        shown = key_shown(view, route.path, route.handler.span)
        if shown is not None:
            told.add(place)
            yield _key_finding(view, route, shown)


def _key_finding(view: ProjectView, route: Route, shown: KeyShown) -> RawFinding:
    gated = route.kind is EntryKind.EDGE_FUNCTION and verifies_jwt(view, route.path)
    who = "everybody who has the public key of your app" if gated else "everybody"
    return RawFinding(
        rule=f"{CHECK}/debug-route",
        message=f"{_label(route)} tells {who} {shown.part} of `{shown.name}`.",
        evidence=(
            at(route.path, route.span.line, column=route.span.column),
            at(route.path, shown.line, note="this goes into the answer"),
        ),
        symbol=f"{'/'.join(route.methods)} {route.route}",
        severity=Severity.HIGH,
        confidence=0.8,
    )


def _open_docs(view: ProjectView, findings: list[RawFinding]) -> Iterator[RawFinding]:
    """FastAPI's `/docs` hands strangers the list of open endpoints."""
    for path, line, call in view.routes.fastapi_apps:
        texts = {arg.name: arg.text for arg in call.args}
        if any(name in texts for name in ("docs_url", "openapi_url", "redoc_url", "**")):
            continue
        package = view.package_of(path).path
        count = sum(1 for finding in findings if view.package_of(finding.path).path == package)
        if count:
            which = "the open endpoint" if count == 1 else f"the {count} open endpoints"
            yield RawFinding(
                rule=f"{CHECK}/docs-open",
                message=f"FastAPI's /docs page shows everybody {which} and how to call them.",
                evidence=(at(path, line),),
                symbol="FastAPI",
            )


def _passes(routes: list[Route]) -> Iterator[PassEvidence]:
    """The true reason: how many entries ask first, how many are public on purpose or harmless, and where."""
    guarded = [route for route in routes if route.is_guarded]
    webhooks = [route for route in routes if route.is_webhook and not route.is_guarded]
    public = [
        route for route in routes if not route.is_guarded and not route.is_webhook and route.public_by_design
    ]
    harmless = len(routes) - len(guarded) - len(public) - len(webhooks)
    parts = [f"{len(guarded)} ask who is calling before their first effect"]
    parts += [f"{len(public)} are public by design"] if public else []
    parts += [f"{len(webhooks)} are webhooks, judged by their own check"] if webhooks else []
    parts += [f"{harmless} do nothing that a stranger could misuse"] if harmless else []
    first = guarded[0] if guarded else routes[0]
    yield PassEvidence(
        derived(f"Of {len(routes)} entry points, {', '.join(parts)}.", first.path, first.span.line)
    )
    seen = {(first.path, first.span.line)}
    for route in guarded:
        guard = next(item for item in route.guards if item.strength is not GuardStrength.UNVERIFIED)
        place = (guard.path, guard.line)
        if place not in seen and guard.line and len(seen) <= _GUARD_SAMPLES:
            seen.add(place)
            yield PassEvidence(at(guard.path, guard.line, note=f"{guard.name} guards {_label(route)}"))
