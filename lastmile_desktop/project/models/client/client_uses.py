"""What the client asks its own back end for, and which route answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.client.client_calls import Asked, asked, fits, names_base, segments
from lastmile_desktop.project.models.routes.model import Route
from lastmile_desktop.project.models.usage.idle_code import is_idle
from lastmile_desktop.project.path_kinds import PathKind, path_kind

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_BUILT = re.compile(
    r"(?:^|/)(?:static|dist|build|assets|public)/(?:[\w.-]{1,60}/){0,4}[\w.-]{1,60}-[\w-]{8}\.m?js$"
)


@dataclass(frozen=True, slots=True)
class Use:
    """What a file asks for."""

    path: str
    item: Asked


def client_uses(view: ProjectView) -> Iterator[Use]:
    """What code that runs asks for; paths below an address that stands elsewhere are not this project's."""
    for path, items in view.each_outline("asked-for", asked).items():
        if items and path_kind(path) is PathKind.CODE and "/scripts/" not in f"/{path}":
            elsewhere = view.per_file("base-elsewhere", path, names_base, False)
            if is_idle(view, path, "") or _BUILT.search(path):
                continue
            yield from (Use(path, item) for item in items if not (elsewhere and item.kind == "path"))


def answered(calls: list[Use], routes: tuple[Route, ...]) -> tuple[list[tuple[Use, Route]], list[Use]]:
    """Calls that find a route, and those that do not."""
    offered = [(segments(route.route), route) for route in routes]
    answers: dict[str, Route | None] = {}
    known: list[tuple[Use, Route]] = []
    missing: list[Use] = []
    for use in calls:
        name = use.item.name
        for way in dict.fromkeys((name, use.item.joined or name)):
            if way not in answers:
                wanted = segments(way)
                answers[way] = next(
                    (route for parts, route in offered if parts and fits(wanted, parts)), None
                )
        route = answers[name] or answers[use.item.joined or name]
        if route is not None:
            known.append((use, route))
        elif not use.item.based:
            missing.append(use)
    return known, missing


def once(uses: Iterable[Use]) -> Iterator[Use]:
    """The first use of each name."""
    seen: set[str] = set()
    for use in uses:
        if use.item.name not in seen:
            seen.add(use.item.name)
            yield use
