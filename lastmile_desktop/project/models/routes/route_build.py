"""Builds the RouteMap, keeping each route until a file it was judged by changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.models.guards.chains import Chains
from lastmile_desktop.project.models.guards.unfollowed import turns_away_in, with_doubts
from lastmile_desktop.project.models.routes import (
    routes_django,
    routes_edge,
    routes_fastapi,
    routes_flask,
    routes_meta,
    routes_nest,
    routes_next,
    routes_node,
    routes_rpc,
    routes_workers,
)
from lastmile_desktop.project.models.routes.entries import Entry, Survey
from lastmile_desktop.project.models.routes.model import Route, RouteMap
from lastmile_desktop.project.models.walk.callees import Callees
from lastmile_desktop.project.models.walk.evaluate import evaluate
from lastmile_desktop.project.models.walk.scopes import Scopes

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_DISCOVERERS: tuple[Callable[[Survey], Iterator[Entry]], ...] = (
    routes_next.discover,
    routes_node.discover,
    routes_meta.discover,
    routes_rpc.discover,
    routes_edge.discover,
    routes_workers.discover,
    routes_nest.discover,
    routes_fastapi.discover,
    routes_flask.discover,
    routes_django.discover,
)
_SERVER_PATH = re.compile(
    r"(?:^|/)(?:route|middleware|proxy|hooks\.server|\+server|\+page\.server|\+layout\.server|layout|page)\.[cm]?[jt]sx?$|"
    r"(?:^|/)(?:pages|api|server|functions|routes|netlify|app)/|\.py$"
)
_SERVER_MODULE = re.compile(
    r"express|hono|fastify|koa|elysia|itty-router|@nestjs/|@trpc/|@orpc/|uploadthing|astro:actions|next-safe-action|@tanstack/|firebase-functions|next/server"
)


@dataclass
class _Kept:
    """What the last build learnt. A route is reused while none of the files it was judged by has changed."""

    digests: dict[str, str] = field(default_factory=dict[str, str])
    project: Hashable = None
    routes: dict[Hashable, tuple[frozenset[str], Route]] = field(
        default_factory=dict[Hashable, tuple[frozenset[str], Route]]
    )
    consulted: frozenset[str] = frozenset()
    last: RouteMap | None = None


def build_routes(view: ProjectView) -> RouteMap:
    kept = view.whole("routes.kept", 0, _Kept)
    digests = {path: entry.digest for path, entry in view.tree.files.items() if path in view.outlines}
    project = _project_key(view)
    changed = frozenset(path for path, digest in digests.items() if kept.digests.get(path) != digest)
    if kept.last is not None and _is_another_project(view, kept, digests, project, changed):
        kept.routes.clear()
        kept.last = None
    kept.digests, kept.project = digests, project
    if kept.last is not None and not _concerns_routes(view, kept, changed):
        return kept.last
    kept.routes = {key: known for key, known in kept.routes.items() if not known[0] & changed}
    kept.last = _build(view, kept)
    return kept.last


def _project_key(view: ProjectView) -> Hashable:
    """Everything beside code that the routes depend on: settings of the founder, packages, module resolution."""
    configs = tuple(
        (path, entry.digest)
        for path, entry in view.tree.files.items()
        if path.endswith((".json", ".toml")) and not path.endswith("package-lock.json")
    )
    return view.policy.public_routes, view.policy.guards, configs


def _is_another_project(
    view: ProjectView, kept: _Kept, digests: dict[str, str], project: Hashable, changed: frozenset[str]
) -> bool:
    """Files that came or went, settings, and barrels move names about: nothing is reused then."""
    if kept.project != project or kept.digests.keys() != digests.keys():
        return True
    return any(export.module for path in changed for export in view.outlines[path].exports)


def _concerns_routes(view: ProjectView, kept: _Kept, changed: frozenset[str]) -> bool:
    """Whether a changed file was read for a route, or may hold one."""
    return bool(changed & kept.consulted) or any(
        _may_serve(view.outlines[path]) or turns_away_in(view.outlines[path]) for path in changed
    )


def _may_serve(outline: Outline) -> bool:
    if _SERVER_PATH.search(outline.path) or "use server" in outline.directives:
        return True
    if any(_SERVER_MODULE.search(item.module) for item in outline.imports):
        return True
    if any(function.name.endswith(".fetch") for function in outline.functions):
        return True
    return any(
        "use server" in function.directives or function.wrapped_by or function.decorators
        for function in outline.functions
    )


def _build(view: ProjectView, kept: _Kept) -> RouteMap:
    callees = Callees(view.outlines, view.modules)
    scopes = Scopes(callees)
    survey = Survey(view, view.outlines, callees, scopes, Chains(callees, scopes, view.policy.guards))
    with callees.watching() as discovering:
        entries = [entry for discover in _DISCOVERERS for entry in discover(survey)]
        apps = tuple(routes_fastapi.apps(survey))
    consulted: set[str] = set(discovering)
    routes: dict[Hashable, tuple[frozenset[str], Route]] = {}
    for entry in entries:
        key = _key(entry)
        known = kept.routes.get(key)
        if known is None:
            with callees.watching() as seen:
                route = evaluate(survey, entry)
            route = replace(route, through=frozenset(item.partition("#")[2] for item in seen if "#" in item))
            known = (frozenset((*seen, entry.path, entry.handler_path or entry.path)), route)
        routes[key] = known
        consulted |= known[0]
    kept.routes, kept.consulted = routes, frozenset(consulted)
    seen = {*consulted, *(item for known, _ in routes.values() for item in known)}
    made = _map(survey, with_doubts(survey, [route for _, route in routes.values()], seen), apps)
    kept.consulted |= {
        effect.doubt.path for route in made.routes for effect in route.effects if effect.doubt is not None
    }
    return made


def _key(entry: Entry) -> Hashable:
    """Two entries with the same key and the same files behind them are judged alike."""
    name = entry.function.name if entry.function else ""
    chain = tuple(ref.key for ref in entry.chain)
    place = (entry.path, entry.span.line, entry.span.column, entry.handler_path, name)
    said = (entry.inputs, entry.public, entry.unknown, len(entry.extra))
    return entry.kind, entry.framework, entry.route, entry.methods, place, said, chain


def _map(survey: Survey, routes: list[Route], apps: tuple) -> RouteMap:  # type: ignore[type-arg]
    routes.sort(
        key=lambda route: (route.path, route.span.line, route.span.column, route.route, route.methods)
    )
    wrappers = sorted({name for route in routes for name in route.unknown_wrappers})
    held = {route.path for route in routes}
    unparsed = tuple(
        (outline.path, outline.error) for outline in survey.live() if outline.error and outline.path in held
    )
    return RouteMap(tuple(routes), unparsed, tuple(wrappers), apps)
