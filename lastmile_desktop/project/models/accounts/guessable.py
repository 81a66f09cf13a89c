"""Whether an entry point takes something that somebody could guess: a password, a code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.routes.model import EffectKind, Route

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_READS_BODY = re.compile(
    r"\.json\(|\.formData\(|\.text\(|\.body\b|\.form\b|\.POST\b|get_json|\bpayload\b|credentials|Body\(|Form\("
    r"|: *\w+(?:Request|Schema|Form|In)\b"
)
_RESETS = re.compile(r"(?i)(?:reset-?password|password-?reset)/?$")
_TOKEN = re.compile(r"(?i)\b(?:reset_?)?token\b")


def only_hands_out(view: ProjectView, route: Route) -> bool:
    """Whether nothing that somebody could guess is read: `get-mapbox-token` gives the same to everybody."""
    if route.handler is None:
        return False
    lines = view.per_file("reads-body-lines", route.code_path, _body_lines, ())
    span = route.handler.span
    return "token" in route.route.lower() and not any(span.line <= line <= span.line_end for line in lines)


def by_link(view: ProjectView, route: Route) -> bool:
    """The second half of a reset: whoever has the long token of the mail may set a password, and nobody guesses it."""
    if route.handler is None or not _RESETS.search(route.route):
        return False
    if any(effect.kind is EffectKind.EMAIL for effect in route.effects):
        return False
    lines = view.per_file("token-lines", route.code_path, _token_lines, ())
    return any(route.handler.span.line <= line <= route.handler.span.line_end for line in lines)


def _token_lines(text: str) -> tuple[int, ...]:
    return tuple(number for number, line in enumerate(text.split("\n"), 1) if _TOKEN.search(line))


def _body_lines(text: str) -> tuple[int, ...]:
    return tuple(number for number, line in enumerate(text.split("\n"), 1) if _READS_BODY.search(line))
