"""Builds the RouteMap, keeping each route until a file it was judged by changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lastmile_desktop.project.models import (
    routes_django,
    routes_edge,
    routes_fastapi,
    routes_flask,
    routes_meta,
    routes_nest,
    routes_next,
    routes_node,
)
from lastmile_desktop.project.models.callees import Callees
from lastmile_desktop.project.models.chains import Chains
from lastmile_desktop.project.models.entries import Entry, Survey, is_live
from lastmile_desktop.project.models.evaluate import evaluate
from lastmile_desktop.project.models.routes import RouteMap
from lastmile_desktop.project.models.scopes import Scopes

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_DISCOVERERS: tuple[Callable[[Survey], Iterator[Entry]], ...] = (
    routes_next.discover,
    routes_node.discover,
    routes_meta.discover,
    routes_edge.discover,
    routes_nest.discover,
    routes_fastapi.discover,
    routes_flask.discover,
    routes_django.discover,
)


def build_routes(view: ProjectView) -> RouteMap:
    callees = Callees(view.outlines, view.modules)
    scopes = Scopes(callees)
    survey = Survey(view, view.outlines, callees, scopes, Chains(callees, scopes, view.policy.guards))
    entries = [entry for discover in _DISCOVERERS for entry in discover(survey)]
    judged = [evaluate(survey, entry)[0] for entry in entries]
    judged.sort(key=lambda route: (route.path, route.span.line, route.span.column, route.route))
    wrappers = sorted({name for route in judged for name in route.unknown_wrappers})
    unparsed = tuple(
        (outline.path, outline.error)
        for outline in survey.live()
        if outline.error and any(route.path == outline.path for route in judged)
    )
    return RouteMap(tuple(judged), unparsed, tuple(wrappers), tuple(routes_fastapi.apps(survey)))


__all__ = ["build_routes", "is_live"]
