"""Which server actions a screen is given: the framework tells their addresses only to the screens that use them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.routes.model import EntryKind, Route

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_TAKEN_IN = re.compile(r"import\s[^;\"']{0,2000}?\sfrom\s{0,4}[\"'][^\"'\n]{0,200}[\"']")


def is_kept_on_server(view: ProjectView, route: Route) -> bool:
    """Whether a server action is used, and its file by server code alone: no screen is told its address. A screen that
    takes one action of a file may be told of them all."""
    if route.kind is not EntryKind.SERVER_ACTION or not route.route.isidentifier():
        return False
    outline = view.outlines.get(route.path)
    if outline is None or "use server" not in outline.directives:
        return False
    users = tuple(_users(view, route))
    used = any(imported == route.route for _, _, imported in users)
    return used and not any(_hands_out(view, path, name) for path, name, _ in users)


def _users(view: ProjectView, route: Route) -> Iterator[tuple[str, str, str]]:
    """The files that take something of the action's file in, its name there and at home; "" where that could not be
    told."""
    for (path, module), target in view.modules.targets.items():
        outline = view.outlines.get(path) if target == route.path else None
        if outline is None:
            continue
        if any(export.module == module for export in outline.exports):
            yield path, "", ""
        taken = [item for item in outline.imports if item.module == module]
        if not taken:
            yield path, "", ""
        for local, imported in (name for item in taken for name in item.names):
            yield path, "" if imported == "*" else local, imported


def _hands_out(view: ProjectView, path: str, name: str) -> bool:
    """Whether this file runs in the browser, or gives the action to what does."""
    if not name or view.client_graph.is_client(path):
        return True
    text = view.text(path)
    called = rf"(?<![\w$.]){re.escape(name)}(?![\w$])(?!\s*\()"
    return text is None or re.search(called, _TAKEN_IN.sub("", text)) is not None
