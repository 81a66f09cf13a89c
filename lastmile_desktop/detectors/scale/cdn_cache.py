"""scale.cdn-cache: what is worked out again for every visit, and what is kept that must not be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.code.outline import Outline, calls_within
from lastmile_desktop.project.code.sources import is_source
from lastmile_desktop.project.models.calls.caching import (
    dynamic_line,
    headers,
    host_rules,
    kept_line,
    unoptimized_line,
)
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.models.routes.model import EffectKind, GuardStrength, Route
from lastmile_desktop.project.tree import FileEntry
from lastmile_desktop.project.view import ProjectView

_CHECK = "scale.cdn-cache"
_PAGE = re.compile(r"(?:^|/)app/(?:.*/)?page\.[jt]sx?$")
_PRIVATE_PLACE = re.compile(
    r"admin|dashboard|account|profile|settings|checkout|cart|order|billing|\((?:auth|app|private|protected|user)[^)]*\)|login|"
    r"sign|me/|inbox|message|session|onboarding|success|callback|search|generate|credits|create|edit|new",
    re.IGNORECASE,
)
_READS_VISITOR = re.compile(
    r"cookies\(|headers\(|getUser\(|getSession|auth\(\)|currentUser|searchParams|createServerClient|createClient\(\)|"
    r"getServerSession"
)
_HOST_FILES = re.compile(r"(?:^|/)(?:vercel\.json|netlify\.toml|_headers|next\.config\.[cm]?[jt]s)$")
_KEEPS_ITSELF = frozenset({"vercel", "netlify", "cloudflare", "lovable", "bolt", "firebase"})
_STATIC = re.compile(r"dist|build|public|client|static|assets", re.IGNORECASE)
_MEMORY = re.compile(
    r"cache\w{0,20}\s{0,3}(?:&&|\.get|\[)|Date\.now\(\)\s{0,3}-\s{0,3}\w{0,30}(?:cache|fetched|stored|loaded)",
    re.IGNORECASE,
)
# `const startTime = Date.now()` … `Date.now() - startTime` measures, and keeps nothing.
_STOPWATCH = re.compile(
    r"\b(?:start|begin|began|t0)\w{0,20}\s{0,3}=\s{0,3}Date\.now\(\)"
    r"|Date\.now\(\)\s{0,3}-\s{0,3}(?:\w{0,20}\.)?\w{0,20}(?:start|begin|began|t0)",
    re.IGNORECASE,
)
_ONE_AT_A_TIME = re.compile(r"in_?flight|pending|promise|lock|mutex|dedupe|single_?flight", re.IGNORECASE)
_OWN = frozenset({"caller", "parent", "compared"})
_MOST_PASSES = 4


def detect(view: ProjectView) -> Detection:
    """Look at headers, public pages, the host's rules and files that the server hands out itself."""
    routes = view.routes.routes
    has_pages = "index.html" in view.tree.files or any(_is_public_page(path) for path in view.outlines)
    if not routes and not has_pages:
        return Detection(not_applicable=NotApplicable("There are no public pages, files or entries here."))
    findings = (
        *_kept_for_all(view, routes),
        *_rules(view),
        *_made_anew(view),
        *_served_by_hand(view),
        *_asked_each_time(view, routes),
        *_stampede(view, routes),
        *_pictures(view),
    )
    return Detection(
        findings,
        () if findings else tuple(islice(_passes(view), _MOST_PASSES)),
        looked=(Looked("entries", len(routes), len(routes)),),
    )


def _kept_for_all(view: ProjectView, routes: tuple[Route, ...]) -> Iterator[RawFinding]:
    """Answers for one person that a shared cache may keep and show to the next."""
    seen: set[tuple[str, int]] = set()
    for route in routes:
        if route.handler is None:
            continue
        span = route.handler.span
        known = view.per_file("cache-headers", route.path, headers, ())
        for header in known:
            inside_handler = span.line <= header.line <= span.line_end
            if not header.shared or not inside_handler or (route.path, header.line) in seen:
                continue
            inside = _lines(view, route.path, span.line, span.line_end)
            verified = any(guard.strength is GuardStrength.VERIFIED for guard in route.guards)
            personal = verified and any(access.scope in _OWN for access in route.accesses)
            if personal:
                seen.add((route.path, header.line))
                message = f"{route.route} answers for one person and lets caches keep that for everybody."
                yield _finding("cached-private", message, route.path, header.line, Severity.HIGH, 0.8)
            elif re.search(r"cookies\(\)\.set|\.cookies\.set|res\.cookie\(|[\"']Set-Cookie[\"']", inside):
                seen.add((route.path, header.line))
                message = f"{route.route} sets a cookie on an answer that caches keep: others get it too."
                yield _finding("vary-cookie", message, route.path, header.line, None, 0.7)


def _rules(view: ProjectView) -> Iterator[RawFinding]:
    for path in view.tree.files:
        if not _is_host_file(path):
            continue
        for rule in view.per_file("host-cache-rules", path, lambda text, it=path: host_rules(it, text), ()):
            if rule.catches_private:
                message = f"The rule for `{rule.source}` lets caches keep what signed-in people are answered."
                yield _finding("cdn-rules", message, path, rule.line, None, 0.75)


def _made_anew(view: ProjectView) -> Iterator[RawFinding]:
    """Public pages that are worked out for each visit although they are the same for everybody."""
    for path in view.outlines:
        if not _is_public_page(path) or not is_production(path):
            continue
        line = view.per_file("page-dynamic", path, _needless, 0)
        if line:
            message = "This page is the same for everybody and is worked out anew for each visit."
            yield _finding("dynamic-public", message, path, line, None, 0.7)


def _needless(text: str) -> int:
    line = dynamic_line(text)
    return 0 if not line or _READS_VISITOR.search(text) or "use client" in text[:200] else line


def _served_by_hand(view: ProjectView) -> Iterator[RawFinding]:
    """Built files handed out by the app's own server without a time to keep them."""
    hosts = set(view.facts.values("host"))
    for path, lines in view.each_outline("express-static", _static_lines).items():
        if not lines or not is_production(path):
            continue
        message = "Every visit loads all files of the site again: no header says that browsers may keep them."
        yield _finding("no-cache-headers", message, path, lines[0], None, 0.7)
        if not hosts & _KEEPS_ITSELF and hosts:
            message = (
                "The server that works for your customers also hands out every picture and script itself."
            )
            yield _finding("no-cdn", message, path, lines[0], Severity.LOW, 0.55)


def _static_lines(outline: Outline) -> tuple[int, ...]:
    """`express.static("dist")` without maxAge, in an Express app."""
    found: list[int] = []
    for steps in (outline.top, *(function.body for function in outline.functions)):
        for call in calls_within(steps):
            plain = call.callee == "express.static" and len(call.args) == 1
            if plain and any(_STATIC.search(arg.text) for arg in call.args):
                found.append(call.span.line)
    return tuple(found)


def _asked_each_time(view: ProjectView, routes: tuple[Route, ...]) -> Iterator[RawFinding]:
    """Public reads of another company that give everybody the same answer: one finding for each file."""
    seen: set[str] = set()
    for route in routes:
        if (
            (route.methods and not set(route.methods) & {"GET", "ALL", "ANY"})
            or route.guards
            or route.path in seen
        ):
            continue
        own = [effect for effect in route.effects if effect.path == route.path]
        outside = [effect for effect in own if effect.kind is EffectKind.OUTBOUND]
        others = {effect.kind for effect in route.effects} - {EffectKind.OUTBOUND, EffectKind.DB_READ}
        if not outside or others or any(effect.detail == "requested" for effect in outside):
            continue
        text = view.text(route.path) or ""
        if re.search(r"cache|revalidate|request\.|req\.|params|cron", text, re.IGNORECASE):
            continue
        seen.add(route.path)
        message = f"{route.route} asks another company anew for each visitor, for the same answer."
        yield _finding("no-app-cache", message, outside[0].path, outside[0].line, None, 0.65)


def _stampede(view: ProjectView, routes: tuple[Route, ...]) -> Iterator[RawFinding]:
    """A kept answer that runs out for all visitors at once."""
    seen: set[str] = set()
    for route in routes:
        if route.handler is None or route.path in seen:
            continue
        span = route.handler.span
        heavy = any(effect.kind in (EffectKind.OUTBOUND, EffectKind.LLM) for effect in route.effects)
        if not heavy or not view.per_file("keeps-in-memory", route.path, _keeps, False):
            continue
        body = _lines(view, route.path, span.line, span.line_end)
        kept = _MEMORY.search(body)
        if kept and "Date.now()" in _STOPWATCH.sub("", body) and not _ONE_AT_A_TIME.search(body):
            seen.add(route.path)
            line = span.line + body.count("\n", 0, kept.start())
            message = f"When what {route.route} keeps runs out, every visitor of that moment fetches it again at once."
            yield _finding("stampede", message, route.path, line, Severity.LOW, 0.6)


def _keeps(text: str) -> bool:
    return "Date.now()" in text and _MEMORY.search(text) is not None


def _lines(view: ProjectView, path: str, first: int, last: int) -> str:
    return "\n".join(_split(view.text(path) or "")[first - 1 : last])


@lru_cache(maxsize=4)
def _split(text: str) -> list[str]:
    """The lines of a file whose many handlers are looked at one after the other."""
    return text.split("\n")


@lru_cache(maxsize=65_536)
def _is_public_page(path: str) -> bool:
    return _PAGE.search(path) is not None and _PRIVATE_PLACE.search(path) is None


@lru_cache(maxsize=65_536)
def _is_host_file(path: str) -> bool:
    return path.endswith((".json", ".toml", "_headers", "js", "ts")) and _HOST_FILES.search(path) is not None


def _pictures(view: ProjectView) -> Iterator[RawFinding]:
    for path in view.tree.files:
        if _is_host_file(path) and "next.config." in path:
            line = view.per_file("unoptimized", path, unoptimized_line, 0)
            if line:
                message = "Pictures are sent in full size to every screen (`unoptimized`), phones included."
                yield _finding("image-no-cdn", message, path, line, None, 0.8)


def _is_code(entry: FileEntry) -> bool:
    return is_production(entry.path) and is_source(entry)


def _passes(view: ProjectView) -> Iterator[PassEvidence]:
    for path, line in view.each_file("cache-kept", _is_code, kept_line, 0).items():
        if line:
            yield PassEvidence(at(path, line, note="What is the same for everybody is kept for a while."))
    for path in view.tree.files:
        if _is_host_file(path):
            for rule in view.per_file(
                "host-cache-rules", path, lambda text, it=path: host_rules(it, text), ()
            ):
                if not rule.catches_private:
                    yield PassEvidence(at(path, rule.line, note=f"Answers of {rule.source}: {rule.value}."))
    for fact in view.facts:
        if fact.key == "host" and fact.value in _KEEPS_ITSELF and fact.evidence is not None:
            yield PassEvidence(fact.evidence)


def _finding(
    rule: str, message: str, path: str, line: int, severity: Severity | None, confidence: float
) -> RawFinding:
    return RawFinding(f"{_CHECK}/{rule}", message, (at(path, line),), f"{path}:{rule}", severity, confidence)
