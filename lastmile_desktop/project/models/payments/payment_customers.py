"""Customers of a payment provider that a request claims for itself: an id from the browser kept beside the account."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Function, Outline, steps_within
from lastmile_desktop.project.models.payments.paid_state import customer_ids
from lastmile_desktop.project.models.payments.payment_inputs import REQUEST, Flow
from lastmile_desktop.project.models.webhooks.entries import is_skipped

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_NO_VISITOR = re.compile(r"web-?hook|\bipn\b|admin", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Claimed:
    """The request names the customer that is stored in `column`."""

    path: str
    line: int
    function: str
    column: str


def claimed_customers(view: ProjectView) -> tuple[Claimed, ...]:
    """Every place outside of webhooks and browsers that stores such an id as the request says it."""
    found = view.each_outline("payments.claimed-customers", _claims)
    heard = {path for hook in view.webhooks.webhooks for path in (hook.handler_path, *hook.visited)}
    return tuple(
        item
        for path in sorted(found)
        if path not in heard and not _NO_VISITOR.search(path) and not view.client_graph.is_client(path)
        for item in found[path]
    )


def _claims(outline: Outline) -> tuple[Claimed, ...]:
    if outline.shallow or is_skipped(outline.path):
        return ()
    return tuple(item for function in outline.functions for item in _of_function(outline, function))


def _of_function(outline: Outline, function: Function) -> list[Claimed]:
    if not any(True for step in steps_within(function.body) for _ in customer_ids(step)):
        return []
    flow = Flow("python" if outline.language == "python" else "typescript", frozenset())
    found: dict[str, Claimed] = {}
    env: dict[str, frozenset[str]] = {}
    for step, current in flow.walk(function.body, env):
        for column, value, line in customer_ids(step):
            if REQUEST in flow.of(value, current):
                found.setdefault(column, Claimed(outline.path, line, function.name, column))
    return list(found.values())
