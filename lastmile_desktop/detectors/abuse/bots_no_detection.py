"""abuse.bots-no-detection: whether made-up accounts are turned away, noticed and stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.accounts.sign_ups import SignUps, sign_ups, told_addresses
from lastmile_desktop.project.models.routes.limits import limits
from lastmile_desktop.project.models.routes.model import EntryKind
from lastmile_desktop.project.models.schema.model import Table
from lastmile_desktop.project.view import ProjectView

_CHECK = "abuse.bots-no-detection"
_CONFIG = re.compile(r"(?:^|/)supabase/config\.toml$")
_SETTING = re.compile(
    r"^\s*(?P<key>enable_confirmations|enable_anonymous_sign_ins|mailer_autoconfirm|enable_signup|enabled)\s*=\s*(?P<value>true|false)",
    re.MULTILINE,
)
_LOCAL = re.compile(r"(?m)^\s*site_url\s*=\s*[\"']https?://(?:127\.0\.0\.1|localhost|0\.0\.0\.0)\b")
_SECTION = re.compile(r"^\s*\[(?P<name>[\w.\"-]+)\]", re.MULTILINE)
_BUILT_IN_BOT_CHECK = frozenset({"clerk", "auth0", "workos", "kinde", "stytch"})
_SIGN_IN = re.compile(r"(?i)log-?in|sign-?in|forgot|reset|recover|magic")
_SIGN_UP = re.compile(r"(?i)sign-?up|register|join|create-?account")
_SHARED = re.compile(
    r"(?i)(?:^|_)(?:comments?|posts?|reviews?|listings?|threads?|replies|stories|classifieds|properties|ads)$"
)
_REPORTS = re.compile(r"(?i)report|flag|moderat|abuse")


def detect(view: ProjectView) -> Detection:
    """Every way in, and what stands there."""
    found = sign_ups(view)
    settings = _settings(view)
    closed = settings.get("auth.enable_signup")
    if not (found.open or found.anonymous) or (closed is not None and closed[1] == "false"):
        return Detection(not_applicable=NotApplicable("Strangers cannot make themselves an account here."))
    built_in = bool(set(view.facts.values("auth.provider")) & _BUILT_IN_BOT_CHECK)
    findings = (
        *_robots(view, found, settings, built_in=built_in),
        *_unconfirmed(found, settings),
        *_anonymous(found, settings),
        *_trial(found),
        *_unseen(found),
        *_told(view),
        *_unmoderated(view),
    )
    passes = [PassEvidence(at(*place, note="Robots are turned away here.")) for place in found.bot_check[:3]]
    if built_in and not passes:
        passes.append(PassEvidence(derived("Your sign-in provider checks for robots by itself")))
    return Detection(
        findings=findings,
        passes=tuple(passes),
        looked=(Looked("ways to get an account", len(found.open), len(found.open)),),
        needs_attestation=(
            "Say who is told when sign-ups jump, that leaked passwords are refused, and how you block somebody."
        ),
    )


def _settings(view: ProjectView) -> dict[str, tuple[Evidence, str]]:
    """Settings of Supabase sign-in by section and key."""
    found: dict[str, tuple[Evidence, str]] = {}
    for path in view.tree.files:
        if not _CONFIG.search(path):
            continue
        for name, value, line in view.per_file("auth-settings", path, _read_settings, ()):
            found.setdefault(name, (at(path, line), value))
    return found


def _read_settings(text: str) -> tuple[tuple[str, str, int], ...]:
    # What `supabase init` writes is for the developer's own machine; the hosted project has settings of its own.
    local = _LOCAL.search(text) is not None
    sections = [(match.start(), match.group("name")) for match in _SECTION.finditer(text)]
    found: list[tuple[str, str, int]] = []
    for match in _SETTING.finditer(text):
        section = next((name for start, name in reversed(sections) if start < match.start()), "")
        line = line_at(text, match.start("key"))
        if local and match["key"] in ("enable_confirmations", "mailer_autoconfirm"):
            continue
        found.append((f"{section}.{match.group('key')}", match.group("value"), line))
    return tuple(found)


def _robots(
    view: ProjectView, found: SignUps, settings: dict[str, tuple[Evidence, str]], *, built_in: bool
) -> Iterator[RawFinding]:
    captcha = settings.get("auth.captcha.enabled")
    if found.bot_check or built_in or not found.open or (captcha is not None and captcha[1] == "true"):
        return
    slowed = bool(found.own) and not found.hosted and all(limits(view).of_route(route) for route in found.own)
    message = "A script can open as many accounts as it likes: nothing tells it from a person."
    if slowed:
        message = "Nothing tells a script from a person at sign-up; only a limit slows it down."
    places = tuple(at(*place) for place in found.open[:6])
    severity = Severity.LOW if slowed else Severity.MEDIUM
    yield RawFinding(f"{_CHECK}/no-captcha", message, places, "sign-up", severity, 0.75)


def _unconfirmed(found: SignUps, settings: dict[str, tuple[Evidence, str]]) -> Iterator[RawFinding]:
    off = settings.get("auth.email.enable_confirmations")
    auto = settings.get("auth.email.mailer_autoconfirm") or settings.get("auth.mailer_autoconfirm")
    if found.hosted and off is not None and off[1] == "false":
        message = "Accounts work with made-up addresses: confirming the address is switched off."
        yield RawFinding(f"{_CHECK}/auto-confirm", message, (off[0],), "confirm", Severity.MEDIUM, 0.6)
    elif auto is not None and auto[1] == "true":
        message = "Accounts work with made-up addresses: every one is confirmed by itself."
        yield RawFinding(f"{_CHECK}/auto-confirm", message, (auto[0],), "confirm", Severity.MEDIUM, 0.8)
    elif found.own and not found.confirms:
        message = "Accounts work with made-up addresses: nobody is asked to confirm one."
        route = found.own[0]
        place = at(route.path, route.span.line)
        yield RawFinding(f"{_CHECK}/auto-confirm", message, (place,), "confirm", Severity.MEDIUM, 0.7)


def _anonymous(found: SignUps, settings: dict[str, tuple[Evidence, str]]) -> Iterator[RawFinding]:
    switched_on = settings.get("auth.enable_anonymous_sign_ins")
    if found.bot_check or not (found.anonymous or (switched_on is not None and switched_on[1] == "true")):
        return
    place = at(*found.anonymous[0]) if found.anonymous else switched_on[0] if switched_on else at("", 0)
    message = "Each visit may become an account without any address, so a script can make millions."
    yield RawFinding(f"{_CHECK}/anonymous-sign-ins", message, (place,), "anonymous", Severity.MEDIUM, 0.75)


def _trial(found: SignUps) -> Iterator[RawFinding]:
    if found.trial and not found.trial_once:
        message = "A new address gets a new free trial; nothing notices that it is the same person."
        place = at(*found.trial[0])
        yield RawFinding(f"{_CHECK}/trial-per-email-only", message, (place,), "trial", Severity.MEDIUM, 0.6)


def _unseen(found: SignUps) -> Iterator[RawFinding]:
    """Only for sign-up of one's own: providers keep a log, and let you ban somebody."""
    if not found.own:
        return
    route = found.own[0]
    place = at(route.path, route.span.line)
    if not found.notes:
        message = (
            "Nothing about a sign-up is kept (address, browser), so a wave of fake ones cannot be told apart."
        )
        yield RawFinding(f"{_CHECK}/no-signals", message, (place,), "signals", Severity.INFO, 0.65)
    if not found.blocks:
        message = "There is no way to block an account: whoever abuses the app keeps access."
        yield RawFinding(f"{_CHECK}/no-block", message, (place,), "block", Severity.MEDIUM, 0.65)


def _told(view: ProjectView) -> Iterator[RawFinding]:
    """The first answer that tells strangers who has an account, where signing in matters most."""
    places: list[tuple[bool, Evidence]] = []
    for route in view.routes.routes:
        if route.handler is None or route.is_guarded or route.kind is EntryKind.PAGE_DATA:
            continue
        at_sign_up = _SIGN_UP.search(route.route) is not None
        if not at_sign_up and not _SIGN_IN.search(route.route):
            continue
        kind = "told-sign-up" if at_sign_up else "told-sign-in"
        read = _lines_at_sign_up if at_sign_up else _lines_at_sign_in
        lines = view.per_file(kind, route.code_path, read, ())
        span = route.handler.span
        line = next((line for line in lines if span.line <= line <= span.line_end), 0)
        if line:
            places.append((at_sign_up, at(route.code_path, line)))
    if places:
        places.sort(key=lambda item: item[0])
        at_sign_up, _ = places[0]
        message = (
            "The answer tells whether an address has an account, so lists of your customers can be made."
        )
        severity = Severity.LOW if at_sign_up else Severity.MEDIUM
        evidence = tuple(dict.fromkeys(place for _, place in places))[:6]
        yield RawFinding(f"{_CHECK}/enumeration", message, evidence, "enumeration", severity, 0.7)


def _lines_at_sign_up(text: str) -> tuple[int, ...]:
    return tuple(told_addresses(text, at_sign_up=True))


def _lines_at_sign_in(text: str) -> tuple[int, ...]:
    return tuple(told_addresses(text, at_sign_up=False))


def _unmoderated(view: ProjectView) -> Iterator[RawFinding]:
    """What users write for all to read, without a way to report it."""
    tables = tuple(view.schema.tables.values())
    if any(_REPORTS.search(table.bare_name) for table in tables):
        return
    if any(_REPORTS.search(route.route) for route in view.routes.routes):
        return
    shared = [table for table in tables if _is_shared(table)]
    if shared:
        table = shared[0]
        message = f"Visitors read what others wrote into {table.bare_name}, and nobody can report it."
        place = at(table.place.path, table.place.line)
        yield RawFinding(f"{_CHECK}/no-report", message, (place,), table.bare_name, Severity.MEDIUM, 0.6)


def _is_shared(table: Table) -> bool:
    """Whether strangers read what signed-in people write into this table."""
    if not _SHARED.search(table.bare_name):
        return False
    read = any(
        policy.command.lower() in ("select", "all") and (policy.using or "").strip("() ").lower() == "true"
        for policy in table.policies
    )
    write = any(
        policy.command.lower() in ("insert", "all") and "uid()" in (policy.check or "")
        for policy in table.policies
    )
    return read and write
