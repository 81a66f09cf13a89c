"""Whether an entry point takes something that can be guessed: a password or a code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.routes.model import EntryKind, Route

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_GUESSED = re.compile(r"(?i)passw|passcode|\botp|\bpin\b|code\b|recovery|\btoken\b|secret|answer")
_SENDS = re.compile(r"(?:^|[/_-])(?:re-?)?send[-_]", re.IGNORECASE)
_EXCHANGE = re.compile(r"\bauthorization_code\b")
_TAKEN = re.compile(
    r"\{([^{}]{0,400})\}\s{0,3}(?::[^=\n]{1,80})?=\s{0,3}\(?\s{0,3}(?:await\s{1,3})?(?:req|body)"
)


def takes_guesses(view: ProjectView, route: Route) -> bool:
    """True unless its own code shows otherwise: an edge function that notes a sign-in or only sends a code, or an
    endpoint that hands on another company's one-time code."""
    text = view.text(route.code_path) or ""
    if route.handler is None or not text:
        return True
    lines = text.split("\n")
    own = "\n".join(lines[route.handler.span.line - 1 : route.handler.span.line_end])
    if _EXCHANGE.search(own) and not re.search(r"(?i)passw|\botp\b", own):
        return False
    if route.kind is not EntryKind.EDGE_FUNCTION:
        return True
    taken = [match.group(1) for match in _TAKEN.finditer(text)]
    if taken or _SENDS.search(route.route):
        return any(_GUESSED.search(names) for names in taken)
    return _GUESSED.search(text) is not None
