"""Screens of the first start: whoever installs a program sets it up there, and afterwards they turn everybody away."""

from __future__ import annotations

import re

from lastmile_desktop.project.code.outline import Branch, steps_within
from lastmile_desktop.project.models.routes.model import Route

_WIZARD = re.compile(r"(?:^|[/_-])(?:setup|install|first-?run|bootstrap)(?:$|/)", re.IGNORECASE)
_SET_UP = re.compile(
    r"is_?(?:set_?up|installed|configured|initiali[sz]ed)|(?:setup|install)_?(?:ed|complete|done|required|needed)|"
    r"needs_?setup|has_?(?:admin|users?)\b|(?:users?|admins?)_?\w{0,20}\.?(?:count|length)|existing_?(?:admin|users?)",
    re.IGNORECASE,
)


def is_first_start(route: Route) -> bool:
    """The wizard of the first start, which looks whether that has been."""
    if route.handler is None or not _WIZARD.search(route.route):
        return False
    steps = steps_within(route.handler.body)
    return any(isinstance(step, Branch) and _SET_UP.search(step.test) for step in steps)
