"""Where an app asks who is calling: middleware, layouts and screens stand before the data, not with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import (
    Attempt,
    Branch,
    Call,
    Do,
    Leave,
    Outline,
    Step,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.crypto.uses import Scope
from lastmile_desktop.project.models.guards.verifiers import symbols
from lastmile_desktop.project.models.routes.model import EffectKind, EntryKind, Guard, GuardStrength, Route
from lastmile_desktop.project.models.routes.openings import opening
from lastmile_desktop.project.models.routes.role_checks import is_admin_route
from lastmile_desktop.project.models.schema.tables import Tables

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_MIDDLEWARE = re.compile(r"(?:^|/)(?:middleware|proxy)\.(?:[cm]?[jt]s|tsx)$")
_LAYOUT = re.compile(r"(?:^|/)app/(?:.*/)?layout\.[jt]sx?$")
_CLIENT_GUARD = re.compile(
    r"(?i)(?:^|/)(?:(?:protected|private|guarded|admin)[-_]?(?:route|page|guard)s?|require[-_]?(?:auth|admin|login)|"
    r"auth[-_]?guard)\.[jt]sx$"
)
_FOR_ADMINS = re.compile(r"(?i)(?:^|/)[\w-]*admin[\w-]*\.[jt]sx$")
_SERVER_FILE = re.compile(
    r"(?:^|/)(?:middleware|proxy)\.[cm]?[jt]sx?$|(?:^|/)supabase/(?:server|middleware)\.[jt]s$|(?:^|/)server/|"
    r"(?:^|/)app/(?:.*/)?(?:route|page|layout|actions?)\.[jt]sx?$|(?:^|/)pages/api/|\.server\.[jt]sx?$"
)
_ENDS = frozenset(("redirect", "permanentRedirect", "notFound", "unauthorized", "forbidden"))
_SUPABASE = re.compile(r"supabase|@supabase/")


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A layer that is all that stands before these routes."""

    path: str
    line: int
    named: str
    routes: tuple[Route, ...]


def behind_middleware_only(routes: tuple[Route, ...]) -> tuple[Uncovered, ...]:
    """Routes of Next apps that touch data for their caller and are guarded by the middleware alone."""
    return _behind_only(routes, lambda guard, route: _is_gate(guard.path, route.path))


def behind_layout_only(routes: tuple[Route, ...]) -> tuple[Uncovered, ...]:
    """Pages that show data and leave the question who is calling to a layout above them."""
    behind = _behind_only(routes, lambda guard, _: _LAYOUT.search(guard.path) is not None)
    open_ones = ((item, tuple(route for route in item.routes if not _asks_itself(route))) for item in behind)
    return tuple(replace(item, routes=routes) for item, routes in open_ones if routes)


def _asks_itself(route: Route) -> bool:
    """Whether the page looks up its caller and leaves without one, as the layout above it did before."""
    body = route.handler.body if route.handler is not None else ()
    asked: set[str] = set()
    for call in calls_within(body):
        name = call.callee.rpartition(".")[2]
        verifier = symbols().verifier(call.callee, "typescript")
        if not (verifier is not None and verifier.strength) and not symbols().names_guard(name):
            continue
        if symbols().throwing_name.search(name):
            return True
        asked.update(assigned.rpartition(":")[2].rpartition(".")[2] for assigned in call.assigned)
        asked.update(assigned.partition(":")[0] for assigned in call.assigned)
    missing = re.compile(rf"!\s*(?:{'|'.join(map(re.escape, sorted(asked)))})\b") if asked - {""} else None
    return missing is not None and any(
        missing.search(step.test) and _leaves(step.then)
        for step in steps_within(body)
        if isinstance(step, Branch)
    )


def _leaves(steps: tuple[Step, ...]) -> bool:
    return any(
        isinstance(step, Leave)
        or (isinstance(step, Do) and any(call.callee in _ENDS for call in calls_within((step,))))
        for step in steps
    )


def _behind_only(
    routes: tuple[Route, ...], is_layer: Callable[[Guard, Route], bool]
) -> tuple[Uncovered, ...]:
    found: dict[tuple[str, int, str], list[Route]] = {}
    for route in routes:
        guards = [guard for guard in route.guards if guard.strength is not GuardStrength.UNVERIFIED]
        if not guards or not route.framework.startswith("next") or route.public_by_design or route.is_webhook:
            continue
        if _touches(route) and all(is_layer(guard, route) for guard in guards):
            first = guards[0]
            found.setdefault((first.path, first.line, first.name), []).append(route)
    return tuple(Uncovered(*key, tuple(items)) for key, items in found.items())


def _is_gate(path: str, route: str) -> bool:
    """Whether this is the app's own middleware, beside its `app` or `pages` folder, and no helper of that name."""
    if not _MIDDLEWARE.search(path):
        return False
    before = re.split(r"(?:^|/)(?:app|pages)/", route, maxsplit=1)[0]
    folder = path.rpartition("/")[0]
    return folder in {before, before.removesuffix("src").rstrip("/"), f"{before}/src".lstrip("/")}


def on_server(view: ProjectView, outline: Outline) -> bool:
    """Whether this file runs on a server."""
    path = outline.path
    if "use client" in outline.directives or view.client_graph.is_client(path):
        return False
    if "use server" in outline.directives or path in view.client_graph.server:
        return True
    return _SERVER_FILE.search(path) is not None or any(route.path == path for route in view.routes.routes)


def _touches(route: Route) -> bool:
    """Whether the route reads or changes something beyond what row security decides."""
    kinds = (EffectKind.DB_WRITE, EffectKind.DB_READ, EffectKind.PAYMENT, EffectKind.LLM, EffectKind.EMAIL)
    return any(effect.kind in kinds and effect.client != "user" for effect in route.effects)


_MOSTLY_GUARDED = 4
_LENDS_TOKEN = re.compile(r"Bearer \$\{[\w.?!]{0,40}session[!?]?\.access_token")
_SESSION_USER = re.compile(r"\bsession\s*[!?]?\.\s*user\b")


def behind_screens_only(view: ProjectView) -> tuple[Uncovered, ...]:
    """Screens that ask for a sign-in before endpoints that answer anybody."""
    guards = [
        path
        for path in view.outlines
        if _CLIENT_GUARD.search(path) and view.client_graph.is_client(path) and not view.outlines[path].error
    ]
    if not guards:
        return ()
    tables = Tables(view.schema)
    open_routes = tuple(
        route
        for route in view.routes.routes
        if not route.is_guarded
        and route.kind in (EntryKind.HTTP, EntryKind.SERVER_FUNCTION, EntryKind.CALLABLE)
        and (found := opening(route, tables)) is not None
        and found.sure
    )
    if _FOR_ADMINS.search(guards[0]) and any(is_admin_route(route) for route in view.routes.routes):
        # The administrators' own endpoints are known: what else is open has nothing to do with this screen.
        open_routes = tuple(route for route in open_routes if is_admin_route(route))
    guarded = sum(route.is_guarded for route in view.routes.routes)
    if not open_routes or guarded >= _MOSTLY_GUARDED * len(open_routes):
        # A server that asks nearly everywhere does not rely on its screens: what is open is a slip, told where it is.
        return ()
    outline = view.outlines[guards[0]]
    line = next((item.span.line for item in outline.functions if not item.parent), 1)
    return (Uncovered(guards[0], line, guards[0].rpartition("/")[2].partition(".")[0], open_routes),)


def session_reads(outline: Outline, scope: Scope) -> Iterator[Call]:
    """`supabase.auth.getSession()` whose answer decides who is calling, without a check of the token beside it."""
    uses = tuple(scope.calls())
    if not any(_SUPABASE.search(item.module) for item in outline.imports):
        return
    if any(link.name in ("getUser", "getClaims") for use in uses for link in use.call.links):
        return
    for use in uses:
        names = [link.name for link in use.call.links]
        if names[-2:] == ["auth", "getSession"] and _decides(use.call, scope):
            yield use.call


def _decides(call: Call, scope: Scope) -> bool:
    """Whether the session says who is calling; one that only lends its token for another call does not."""
    names = {name.partition(":")[2] or name for name in call.assigned} - {"error", "sessionError", "err"}
    named = rf"!\s*(?:{'|'.join(map(re.escape, sorted(names)))})\b|" if names else ""
    pattern = re.compile(rf"{named}\bsession\s*[!?]?\.\s*user\b|!\s*(?:\w+[!?]?\.)*session\b")
    texts = [text for step, _ in scope.steps for text in _step_texts(step)]
    if any(_LENDS_TOKEN.search(text) for text in texts) and not any(
        _SESSION_USER.search(text) for text in texts
    ):
        return False
    return any(pattern.search(text) for text in texts)


def _step_texts(step: Step) -> Iterator[str]:
    if isinstance(step, Branch):
        yield step.test
    if isinstance(step, Do | Leave) and step.value is not None:
        yield step.value.text
    if not isinstance(step, Attempt):
        for call in step.calls:
            for link in call.links:
                yield from (arg.text for arg in link.args or ())
