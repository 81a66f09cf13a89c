"""Code of the server that turns requests away, and that no walk from an entry point came through.

It stands before entries in a way that the routes do not know: a plugin, a container, a base class, a middleware that
the settings name. Whether it stands before this or that route is not known, so none of them is told to be open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Do, Function, Outline, calls_within
from lastmile_desktop.project.models.guards import doubts
from lastmile_desktop.project.models.routes.model import Doubt, Effect, Route
from lastmile_desktop.project.models.walk import parameters

if TYPE_CHECKING:
    from lastmile_desktop.project.models.routes.entries import Survey

_LETS_THROUGH = frozenset(
    (
        "next",
        "_next",
        "reply",
        "resolve",
        "call_next",
        "get_response",
        "handler",
        "receive",
        "opts",
        "done",
        "inner",
    )
)
_HOOK = re.compile(
    r"(?:^|\.)(?:dispatch|__call__|onRequest|preHandler|beforeHandle|onBeforeHandle|beforeLoad|before_request|"
    r"process_request|process_view|has_permission|get_route_handler|resolve|derive|macro|inside)(?:\.|$|@)",
    re.IGNORECASE,
)
_REGISTERS = frozenset(
    (
        "before_request",
        "before_app_request",
        "use",
        "addHook",
        "add_middleware",
        "middleware",
        "onRequest",
        "preHandler",
    )
)
_FOLDER = re.compile(r"(?:^|/)(?:middlewares?|plugins?|guards?|policies|hooks)/[^/]+\.(?:[cm]?[jt]s|py)$")
_NOT_SERVER = re.compile(
    r"\.[jt]sx$|(?:^|/)(?:components|screens|pages|hooks/use|lib/api|services/api)[^/]*(?:/|\.)"
)
_SOCKET = re.compile(r"\bsocket\b|\bws\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Refusing:
    """The functions of a file that turn requests away before something else, and what the file names."""

    functions: tuple[tuple[str, int], ...]
    named: frozenset[str]


def mark(path: str, function: str) -> str:
    """How a function that was walked is noted among the files that a route was judged by."""
    return f"{path}#{function}"


def with_doubts(survey: Survey, routes: list[Route], seen: Iterable[str]) -> list[Route]:
    """Routes whose open effects are in doubt when their package refuses requests in a way that was not followed."""
    if not any(_is_open(effect) for route in routes for effect in route.effects):
        return routes
    walked = frozenset(item for item in seen if "#" in item)
    found = survey.view.each_outline("routes.refusing", _refusing)
    live = {outline.path for outline in survey.live()}
    named = frozenset(name for path, item in found.items() if path in live for name in item.named)
    by_package: dict[str, Doubt] = {}
    for path, item in found.items():
        if path not in live:
            continue
        for name, line in item.functions:
            if mark(path, name) not in walked and _is_used(path, name, named):
                by_package.setdefault(survey.view.package_of(path).path, Doubt(name, path, line))
                break
    if not by_package:
        return routes
    return [_doubted(route, by_package.get(survey.view.package_of(route.path).path)) for route in routes]


def turns_away_in(outline: Outline) -> bool:
    """Whether this file has code that stands before entries and turns requests away."""
    return bool(_refusing(outline).functions)


def _is_open(effect: Effect) -> bool:
    return not effect.guarded and effect.doubt is None


def _doubted(route: Route, doubt: Doubt | None) -> Route:
    if doubt is None or not any(_is_open(effect) for effect in route.effects):
        return route
    effects = tuple(replace(effect, doubt=doubt) if _is_open(effect) else effect for effect in route.effects)
    return replace(route, effects=effects)


def _is_used(path: str, name: str, named: frozenset[str]) -> bool:
    """Whether other code names it, or a framework finds it by its folder or its class."""
    root = name.partition(".")[0]
    if "@" in root or _FOLDER.search(path) or root.endswith("Middleware"):
        return True
    stem = path.rpartition("/")[2].partition(".")[0]
    return root in named or (root == "default" and stem in named)


def _refusing(outline: Outline) -> _Refusing:
    names = {name for item in outline.imports for pair in item.names for name in pair}
    names |= {item.module.rpartition("/")[2].partition(".")[0] for item in outline.imports}
    names |= {step.value.text for step in outline.top if isinstance(step, Do) and step.value is not None}
    bodies = (*outline.top, *(step for function in outline.functions for step in function.body))
    registered: set[str] = set()
    for call in calls_within(bodies):
        for link in call.links:
            given = {arg.text for arg in link.args or () if arg.text.isidentifier()}
            names |= given
            if link.name in _REGISTERS:
                registered |= given
    own = frozenset(registered)
    functions = ()
    if not _NOT_SERVER.search(outline.path) and "use client" not in outline.directives:
        functions = tuple(
            (function.name, function.span.line)
            for function in outline.functions
            if _stands_before(outline, function, own)
        )
    return _Refusing(functions, frozenset(name for name in names - {"default", "*"} if name.isidentifier()))


def _stands_before(outline: Outline, function: Function, registered: frozenset[str]) -> bool:
    """Whether this function lets requests through to another, and turns some away for who is calling."""
    given = {name for param in function.params for name in parameters.names(param)}
    around = (
        function.name.rpartition(".")[2] in registered
        or given & _LETS_THROUGH
        or _HOOK.search(function.name)
        or _FOLDER.search(outline.path)
    )
    if function.name.endswith(".canActivate"):
        # NestJS applies these by name, where the routes see it.
        return False
    if not around or any(_SOCKET.search(param) for param in function.params):
        return False
    return doubts.refuses(function)
