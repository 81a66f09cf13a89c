"""reliability.slow-request: requests that take longer than somebody, or the platform, waits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.calls.durations import SlowPart, heavy_imports, is_critical, slow_parts
from lastmile_desktop.project.models.calls.effects import Doings
from lastmile_desktop.project.models.calls.places import (
    free_web_line,
    freezes_after_answer,
    offers_render,
    sleeps_when_idle,
)
from lastmile_desktop.project.models.routes.model import EffectKind, Route
from lastmile_desktop.project.models.usage.idle_code import is_idle
from lastmile_desktop.project.view import ProjectView

_CHECK = "reliability.slow-request"
_LIMITS = {"Supabase": 150.0, "Vercel": 300.0, "Netlify": 60.0, "Cloudflare": 300.0, "Firebase": 60.0}
_WHAT = {
    "browser": "starts a whole browser",
    "media": "makes pictures, video or documents",
    "models": "asks AI models one after the other",
    "loop": "asks an AI model once for each item",
    "poll": "asks again and again whether another service is done",
}
_FLY = re.compile(r"^\s{0,8}min_machines_running\s{0,3}=\s{0,3}0\b", re.MULTILINE)
_RAILWAY = re.compile(r"sleepApplication[\"']?\s{0,3}[:=]\s{0,3}true")
_SETTINGS = ("render.yaml", "render.yml", "fly.toml", "railway.json", "railway.toml")
_WARM = re.compile(
    r"min_machines_running\s{0,3}=\s{0,3}[1-9]|minInstances\s{0,3}:\s{0,3}[1-9]|min-instances[=\s]{1,3}[1-9]"
)
_PROGRESS = re.compile(
    r"loading|pending|progress|spinner|skeleton|disabled=|isSubmitting|busy|generating", re.IGNORECASE
)
_HEALTH = re.compile(r"(?:^|/)(?:health\w{0,10}|healthz|ping|ready|readyz|livez|version)$", re.IGNORECASE)
# Staff know what they started, and wait for it.
_ADMIN = re.compile(r"(?:^|[/\s_-])(?:admin|backoffice|internal)(?:[/_.-]|$)", re.IGNORECASE)
_MOST_PASSES = 4


def detect(view: ProjectView) -> Detection:
    """Look at what each entry does before it answers, and at what keeps it cold."""
    routes = view.routes.routes
    if not routes:
        unknowns = tuple(
            Unknown(f"This entry could not be read: {why}.", path) for path, why in view.routes.unparsed
        )
        reason = NotApplicable("No code of this project answers requests on a server.")
        return Detection(unknowns=unknowns, not_applicable=None if unknowns else reason)
    doings = Doings(view)
    slow = [
        (route, part)
        for route in routes
        if not _HEALTH.search(route.route)
        for part in _slow_parts(view, route, doings)
        if not is_idle(view, part.path)
    ]
    findings = (
        *_long(view, slow),
        *_cold(view, routes),
        *_asleep(view, routes),
        *_silent_screens(view, slow),
    )
    return Detection(
        findings,
        () if findings else tuple(islice(_passes(view, routes), _MOST_PASSES)),
        tuple(Unknown(f"This entry could not be read: {why}.", path) for path, why in view.routes.unparsed),
        (Looked("entries", len(routes), len(routes)),),
    )


def _slow_parts(view: ProjectView, route: Route, doings: Doings) -> tuple[SlowPart, ...]:
    if route.handler is None:
        return ()
    key = (route.path, route.route, route.handler.name, route.handler.span.line)
    return doings.kept("slow-parts", key, lambda: tuple(slow_parts(view, route, doings)))


def _long(view: ProjectView, slow: list[tuple[Route, SlowPart]]) -> Iterator[RawFinding]:
    """Long work of an entry: the first place of each."""
    seen: set[tuple[str, str]] = set()
    for route, part in slow:
        limit = _limit(view, route)
        if part.kind == "wait":
            if limit and part.seconds > limit:
                message = (
                    f"{route.route} may wait {part.seconds:.0f} seconds, and is cut off after {limit:.0f}."
                )
                yield _finding("limit-exceeded-likely", message, part, 0.75)
            elif part.seconds >= 60:
                message = f"{route.route} may keep the visitor waiting for {part.seconds:.0f} seconds."
                yield _finding("long-inline", message, part, 0.7)
            continue
        if (route.path, route.route) in seen:
            continue
        seen.add((route.path, route.route))
        message = f"{route.route} {_WHAT[part.kind]} before it answers; the visitor waits, and a slow one is cut off."
        mild = Severity.LOW if _ADMIN.search(route.route) else None
        yield _finding(
            "long-inline", message, part, 0.75 if part.kind in ("browser", "media") else 0.65, mild
        )
        if (
            part.kind in ("browser", "media")
            and freezes_after_answer(view, route.path) == "Vercel"
            and not _is_set(view, route)
        ):
            message = f"{route.route} does long work and does not say how long it may run (`maxDuration`)."
            yield _finding("max-duration-unset", message, part, 0.6, Severity.MEDIUM)


def _limit(view: ProjectView, route: Route) -> float:
    own = dict(view.calls.deadlines).get(route.path)
    return own if own is not None else _LIMITS.get(freezes_after_answer(view, route.path), 0.0)


def _is_set(view: ProjectView, route: Route) -> bool:
    return "maxDuration" in (view.text(route.path) or "") or "maxDuration" in (view.text("vercel.json") or "")


def _cold(view: ProjectView, routes: tuple[Route, ...]) -> Iterator[RawFinding]:
    seen: set[tuple[str, int]] = set()
    for route in routes:
        if not is_critical(route) or not freezes_after_answer(view, route.path):
            continue
        for line, package in heavy_imports(view, route):
            if (route.path, line) not in seen:
                seen.add((route.path, line))
                message = f"{route.route} loads `{package}` each time it starts cold: the first visitor waits seconds."
                yield RawFinding(
                    f"{_CHECK}/cold-heavy", message, (at(route.path, line),), package, Severity.LOW, 0.75
                )


def _fly_line(text: str) -> int:
    return _line(_FLY, text)


def _railway_line(text: str) -> int:
    return _line(_RAILWAY, text)


_SLEEPERS: tuple[tuple[str, tuple[str, ...], Callable[[str], int], str], ...] = (
    (
        "sleeper-render", ("render.yaml", "render.yml"), free_web_line,
        "Render's free plan sleeps after 15 minutes without visitors",
    ),
    ("sleeper-fly", ("fly.toml",), _fly_line, "Fly stops the last machine when nobody visits"),
    (
        "sleeper-railway", ("railway.json", "railway.toml"), _railway_line,
        "Railway puts the app to sleep when nobody visits",
    ),
)  # fmt: skip


def _asleep(view: ProjectView, routes: tuple[Route, ...]) -> Iterator[RawFinding]:
    """A host that switches the server off while nobody visits, with sign-in or checkout on it."""
    critical = next(
        (route for route in routes if is_critical(route) and not freezes_after_answer(view, route.path)), None
    )
    if critical is None:
        return
    for path in (path for path in view.tree.files if path.endswith(_SETTINGS)):
        for kind, name, read, what in _SLEEPERS:
            line = view.per_file(kind, path, read, 0) if path.endswith(name) else 0
            if line and not (kind == "sleeper-render" and offers_render(view)):
                message = f"{what}: the next customer who signs in or pays waits until it has started again."
                yield RawFinding(
                    f"{_CHECK}/scale-to-zero-critical", message, (at(path, line),), path, confidence=0.75
                )
                return
    sleeper = sleeps_when_idle(view, critical.path)
    if (
        sleeper is not None
        and not _runs_on_vercel(view)
        and any(effect.kind is EffectKind.PAYMENT for route in routes for effect in route.effects)
    ):
        message = (
            "Replit's autoscale stops the server while nobody visits: the next customer waits for checkout."
        )
        yield RawFinding(
            f"{_CHECK}/scale-to-zero-critical", message, (at(*sleeper),), "replit", Severity.MEDIUM, 0.7
        )


def _runs_on_vercel(view: ProjectView) -> bool:
    """Whether vercel.json places server code there, so that `.replit` is only where it is written."""
    return re.search(r"\"(?:functions|crons|builds)\"\s{0,5}:", view.text("vercel.json") or "") is not None


def _line(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.search(text)
    return line_at(text, found.start() + len(found[0]) - len(found[0].lstrip())) if found else 0


def _silent_screens(view: ProjectView, slow: list[tuple[Route, SlowPart]]) -> Iterator[RawFinding]:
    """Screens that call a slow entry and show nothing meanwhile."""
    addresses = {route.route for route, part in slow if part.kind != "wait" and len(route.route) > 3}
    if not addresses:
        return
    for path in view.outlines:
        if not path.endswith((".tsx", ".jsx")) or not view.client_graph.is_client(path):
            continue
        text = view.text(path) or ""
        address = next((item for item in addresses if f'"{item}"' in text or f"'{item}'" in text), "")
        if address and not _PROGRESS.search(text):
            line = next(number for number, row in enumerate(text.split("\n"), 1) if address in row)
            message = f"This screen calls {address}, which may take long, and shows nothing while it waits."
            yield RawFinding(
                f"{_CHECK}/no-progress-ui", message, (at(path, line),), address, Severity.MEDIUM, 0.65
            )


def _passes(view: ProjectView, routes: tuple[Route, ...]) -> Iterator[PassEvidence]:
    for path, seconds in view.calls.deadlines:
        yield PassEvidence(at(path, 1, note=f"This entry says how long it may run: {seconds:.0f} seconds."))
    for path in view.tree.files:
        if path.endswith("fly.toml") and (line := view.per_file("kept-warm", path, _warm_line, 0)):
            yield PassEvidence(at(path, line, note="One machine is always on."))
    for route in sorted(routes, key=lambda item: (not is_critical(item), item.path, item.span.line)):
        if route.handler is not None and route.path in view.outlines and not any(heavy_imports(view, route)):
            loaded = len(view.outlines[route.path].imports)
            note = f"{route.route} does nothing long before it answers and loads {loaded} modules, none of them heavy."
            yield PassEvidence(at(route.path, route.span.line, note=note))


def _warm_line(text: str) -> int:
    return _line(_WARM, text)


def _finding(
    rule: str, message: str, part: SlowPart, confidence: float, severity: Severity | None = None
) -> RawFinding:
    return RawFinding(
        f"{_CHECK}/{rule}", message, (at(part.path, part.line),), part.name, severity, confidence
    )
