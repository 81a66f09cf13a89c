"""access.auth-only-appears: the login check can be skipped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.models.accounts.auth_review import FileAuth, review_text
from lastmile_desktop.project.models.accounts.auth_shortcuts import Shortcut
from lastmile_desktop.project.models.accounts.auth_tokens import TokenFault
from lastmile_desktop.project.models.guards.auth_layers import (
    Uncovered,
    behind_layout_only,
    behind_middleware_only,
    behind_screens_only,
    on_server,
)
from lastmile_desktop.project.models.routes.edge_settings import verifies_jwt
from lastmile_desktop.project.models.routes.model import GuardStrength
from lastmile_desktop.project.models.settings.settings_layers import is_replaced_for_production
from lastmile_desktop.project.models.usage.product_code import reviewed
from lastmile_desktop.project.view import ProjectView

CHECK = "access.auth-only-appears"
_SAMPLES = 5
_SHOWN = 12


def detect(view: ProjectView) -> Detection:
    """Judge every place where the app learns who is calling."""
    findings: list[RawFinding] = []
    addresses: list[RawFinding] = []
    pieces: list[RawFinding] = []
    for path, found in reviewed(view, "auth-only-appears", _review, FileAuth()):
        screen = path.endswith((".tsx", ".jsx")) and not on_server(view, view.outlines[path])
        in_browser = screen or (view.client_graph.is_client(path) and path not in view.client_graph.server)
        for fault, item in _tokens(view, path, found, in_browser):
            (pieces if fault == "piece" else findings).append(item)
        for shortcut, item in _shortcuts(path, found, in_browser):
            (addresses if shortcut == "literal-email" else findings).append(item)
        if found.sessions and on_server(view, view.outlines[path]):
            findings.extend(_sessions(path, found))
    findings.extend((*_said_once(pieces), *_said_once(addresses)))
    findings.extend(_layers(view))
    guards = _guards(view)
    unknowns = tuple(Unknown(reason, path) for path, reason in view.routes.unparsed)
    if not findings and not guards and not unknowns:
        return _without(view)
    return Detection(
        findings=tuple(findings),
        passes=() if findings else tuple(guards),
        unknowns=unknowns,
        looked=(Looked("entry points", len(view.routes.routes), len(view.routes.routes)),),
    )


def _without(view: ProjectView) -> Detection:
    provider = next(
        (fact for fact in view.facts if fact.key == "auth.provider" and fact.value != "none"), None
    )
    if provider is None:
        return Detection(not_applicable=NotApplicable("Nobody signs in to this app."))
    held = [table for table in view.schema.tables.values() if table.rls and table.policies]
    if not held:
        return Detection()
    place = held[0].policies[0].place
    note = f"row security decides who sees what in {len(held)} tables; no check before it is relied on"
    return Detection(passes=(PassEvidence(derived(note, place.path, place.line)),))


def _review(outline: Outline, text: str) -> FileAuth:
    return FileAuth() if outline.shallow else review_text(outline, text)


def _tokens(
    view: ProjectView, path: str, found: FileAuth, in_browser: bool
) -> Iterator[tuple[str, RawFinding]]:
    for item in found.tokens:
        finding = _token(path, item)
        if item.what == "unverified" and (in_browser or verifies_jwt(view, path)):
            continue
        if in_browser and item.what != "weak-secret":
            continue
        if item.secret_from_env and is_replaced_for_production(view, path, item.named):
            continue
        if item.what == "unverified" and _only_leads(view, path):
            finding = replace(finding, severity=Severity.LOW, confidence=0.6)
        yield item.what, finding


def _only_leads(view: ProjectView, path: str) -> bool:
    """Whether this is the middleware of a front end that serves no data itself: it decides which page is shown."""
    if not path.endswith(("middleware.ts", "middleware.js", "proxy.ts")):
        return False
    package = view.package_of(path).path
    return not any(
        route.accesses and view.package_of(route.path).path == package for route in view.routes.routes
    )


def _token(path: str, item: TokenFault) -> RawFinding:
    place = at(path, item.line, column=item.column if item.what != "weak-secret" else 0)
    match item.what:
        case "unverified":
            message = f"`{item.named}` reads the token without checking its signature, so anyone can write their own."
            return RawFinding(f"{CHECK}/decode-not-verify", message, (place,), item.named, confidence=0.85)
        case "piece":
            message = f"A key is looked up by its beginning alone (`{item.named}`); the rest of it is never compared."
            return RawFinding(f"{CHECK}/decode-not-verify", message, (place,), item.named, confidence=0.8)
        case "none":
            message = f"`{item.named}` accepts tokens without a signature, so anyone can write their own."
            return RawFinding(f"{CHECK}/alg-none", message, (place,), item.named, Severity.CRITICAL, 0.9)
        case "no-algorithms":
            message = f"`{item.named}` does not say which algorithms count; name the one you sign with."
            return RawFinding(f"{CHECK}/alg-none", message, (place,), item.named, confidence=0.65)
        case _:
            if item.secret_from_env:
                message = (
                    f"Without its setting, `{item.named}` falls back to a text in the code: anyone can sign."
                )
            else:
                message = f"The secret for `{item.named}` stands in the code: whoever reads it can sign in as anybody."
            return RawFinding(
                f"{CHECK}/weak-secret",
                message,
                (place,),
                item.named,
                # Whether the setting is there on the host cannot be seen from here.
                confidence=0.65 if item.secret_from_env else 0.85,
            )


def _said_once(same: list[RawFinding]) -> Iterator[RawFinding]:
    """What stands in many files alike is one thing to mend."""
    if same:
        yield replace(same[0], evidence=tuple(item.evidence[0] for item in same[:_SHOWN]))


def _shortcuts(path: str, found: FileAuth, in_browser: bool) -> Iterator[tuple[str, RawFinding]]:
    for item in found.shortcuts:
        finding = _shortcut(path, item, in_browser)
        if finding is not None:
            yield item.what, finding


def _shortcut(path: str, item: Shortcut, in_browser: bool) -> RawFinding | None:
    place = at(path, item.line)
    match item.what:
        case "literal-password":
            where = "in the browser's own code" if in_browser else "in the code"
            message = f"A password is compared with one that stands {where}; whoever reads it is in."
            return RawFinding(f"{CHECK}/dev-bypass", message, (place,), item.named, confidence=0.85)
        case "literal-email" if not in_browser:
            message = (
                "An address in the code decides who is an administrator; make it a role in the database."
            )
            return RawFinding(f"{CHECK}/dev-bypass", message, (place,), item.named, Severity.HIGH, 0.65)
        case "switch":
            message = f"The setting {item.named} turns the login check off."
            return RawFinding(f"{CHECK}/dev-bypass", message, (place,), item.named, Severity.HIGH, 0.7)
        case "development":
            message = f"`{item.named}` lets everyone through unless NODE_ENV is production; one wrong setting opens it."
            return RawFinding(f"{CHECK}/dev-bypass", message, (place,), item.named, Severity.HIGH, 0.65)
        case "plain-password" if not in_browser:
            message = "The password is compared as it is: your table holds passwords that anyone with a copy can read."
            return RawFinding(f"{CHECK}/password-home-made", message, (place,), item.named, confidence=0.75)
        case "trusted" if not in_browser:
            message = f"Who is calling is taken from `{item.named}`, which the caller can set to anything."
            return RawFinding(f"{CHECK}/trusts-header-or-body", message, (place,), item.named, confidence=0.7)
        case "cookie" if not in_browser:
            message = f"Who is calling is taken from the cookie `{item.named}`, which the caller can write."
            return RawFinding(f"{CHECK}/trusts-header-or-body", message, (place,), item.named, confidence=0.6)
        case _:
            return None


def _sessions(path: str, found: FileAuth) -> Iterator[RawFinding]:
    for line, column in found.sessions:
        yield RawFinding(
            f"{CHECK}/getsession-on-server",
            "`getSession()` on the server believes the cookie it is sent; use `getUser()` or `getClaims()`.",
            (at(path, line, column=column),),
            symbol="getSession",
        )


def _layers(view: ProjectView) -> Iterator[RawFinding]:
    for item in behind_middleware_only(view.routes.routes):
        yield _layer(
            "middleware-only",
            item,
            f"{_counted(item)} behind this file: nothing next to the data asks who is calling.",
            0.7,
        )
    for item in behind_layout_only(view.routes.routes):
        yield _layer(
            "layout-check",
            item,
            f"`{item.named}` in the layout is not asked again on every page: {_counted(item)} without asking.",
            0.7,
        )
    for item in behind_screens_only(view):
        yield _layer(
            "client-guard-only",
            item,
            f"`{item.named}` only hides screens: {_counted(item)} for anybody who asks directly.",
            0.6,
        )


def _layer(rule: str, item: Uncovered, message: str, confidence: float) -> RawFinding:
    others = (at(route.path, route.span.line, note=route.route) for route in item.routes[:6])
    return RawFinding(
        f"{CHECK}/{rule}",
        message,
        (at(item.path, item.line), *others),
        symbol=item.named,
        severity=Severity.HIGH,
        confidence=confidence,
    )


def _counted(item: Uncovered) -> str:
    names = ", ".join(route.route for route in item.routes[:3])
    more = f" and {len(item.routes) - 3} more" if len(item.routes) > 3 else ""
    return f"{names}{more} {'works' if len(item.routes) == 1 else 'work'}"


def _guards(view: ProjectView) -> list[PassEvidence]:
    """Places where an entry asks who is calling, next to what it does."""
    found: dict[tuple[str, int], PassEvidence] = {}
    for route in view.routes.routes:
        for guard in route.guards:
            if guard.strength is GuardStrength.VERIFIED and guard.line and len(found) < _SAMPLES:
                note = f"{guard.name} is asked before {route.route} does anything"
                found.setdefault(
                    (guard.path, guard.line), PassEvidence(at(guard.path, guard.line, note=note))
                )
    return list(found.values())
