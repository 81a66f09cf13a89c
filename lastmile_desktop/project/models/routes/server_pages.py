"""Pages that a server fills in from templates (Jinja, Django, EJS, Handlebars and the like), and plain pages with
scripts of their own: what people see where no framework of the browser draws it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_TEMPLATE = re.compile(
    r"(?:^|/)(?:templates|views|layouts?|partials|pages)/(?:[^/]{1,80}/){0,8}[^/]{1,120}"
    r"\.(?:html?|jinja2?|j2|ejs|hbs|handlebars|njk|mustache|twig|pug|mako|liquid)$"
)
_PLAIN = re.compile(
    r"(?:^|/)(?:public|static|frontend|client|www|web|site)/[^/]{1,120}\.html?$|^[^/]{1,120}\.html?$"
)
_FOREIGN = re.compile(
    r"(?i)e-?mails?|newsletter|(?:^|/)(?:node_modules|vendor|third_party|dist|build|docs?|examples?|tests?|e2e|coverage"
    r"|htmlcov|fixtures|attached_assets|reports?|mockups?|prototypes?|design)/|google[0-9a-f]{16}\.html$"
    r"|swagger|redoc|(?:^|/)static/admin/|(?:^|/)(?:404|50\d|offline|maintenance|[\w-]{0,40}test[\w-]{0,40})\.html?$"
)
_OPENED = re.compile(
    r"\{%-?\s*(?:extends|block|include|url|csrf_token|load)\b|<%[-=]|\{\{>|<form\b|<nav\b|<script\b|\bhx-(?:get|post)\b"
    r"|^\s{0,20}(?:extends|block|doctype)\s",
    re.MULTILINE,
)
_ASKS = re.compile(
    r"\bfetch\(|\$\.(?:ajax|get|post|getJSON)\(|axios|XMLHttpRequest|\bhx-(?:get|post|put|delete)\b"
)
_BUILT = re.compile(r"<script\b[^>]{0,200}\bsrc=[\"']/?src/|<div\s+id=[\"'](?:root|app)[\"']>\s*</div>")


def server_pages(view: ProjectView) -> tuple[str, ...]:
    """Templates and plain pages of the project's own, in order of their paths."""
    return tuple(
        path
        for path in sorted(view.tree.files)
        if (_TEMPLATE.search(path) or _PLAIN.search(path))
        and not _FOREIGN.search(path)
        and view.per_file("server-page", path, _is_page, False)
    )


def asking_page(view: ProjectView, pages: tuple[str, ...]) -> str:
    """The first page whose own scripts ask for data, "" when none does."""
    return next((path for path in pages if view.per_file("server-page-asks", path, _asks, False)), "")


def _is_page(text: str) -> bool:
    return _OPENED.search(text) is not None and _BUILT.search(text) is None


def _asks(text: str) -> bool:
    return _ASKS.search(text) is not None
