"""Server code of one project, and what its functions do when a request comes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.models.calls.effects import Doings
from lastmile_desktop.project.models.calls.model import server_files

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_LATER = re.compile(r"(?:^|\.)(?:after|waitUntil|unstable_after)$")


class ServerScope:
    """The files that run on a server; which of their functions answer requests."""

    def __init__(self, view: ProjectView) -> None:
        self.view = view
        self.doings = Doings(view)
        served = view.made(server_files)
        outlines = (view.outlines[path] for path in view.outlines if path in served)
        self.files = tuple(outline for outline in outlines if not outline.shallow and outline.functions)
        self._handlers: frozenset[tuple[str, str]] | None = None
        self._by_path: dict[str, tuple[str, ...]] | None = None

    @property
    def handlers(self) -> frozenset[tuple[str, str]]:
        if self._handlers is None:
            self._handlers = frozenset(
                (route.path, route.handler.name) for route in self.view.routes.routes if route.handler
            )
        return self._handlers

    def handlers_of(self, path: str) -> tuple[str, ...]:
        """The names of the handlers in one file."""
        if self._by_path is None:
            self._by_path = {}
            for own, name in sorted(self.handlers):
                self._by_path[own] = (*self._by_path.get(own, ()), name)
        return self._by_path.get(path, ())

    def in_request(self, path: str, function: str) -> bool:
        """Whether a function is a handler or stands inside one."""
        while function:
            if (path, function) in self.handlers:
                return True
            function = function.rpartition(".")[0]
        return False

    def waits_later(self, outline: Outline, function: str) -> bool:
        """Whether the platform was told to wait for this function (`after`, `waitUntil`)."""
        while function:
            found = outline.function(function)
            if found is not None and any(_LATER.search(call.callee) for call in found.wrapped_by):
                return True
            function = function.rpartition(".")[0]
        return False
