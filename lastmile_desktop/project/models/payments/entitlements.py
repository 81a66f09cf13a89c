"""Paid features: what the interface hides from those who have not paid, and whether any server asks too."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.routes.model import EffectKind, EntryKind, Route
from lastmile_desktop.project.path_kinds import PathKind, path_kind

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_GATE = re.compile(
    r"(?:if\s*\(\s*!?|&&\s*!?|\{\s*!?|\?\s*|!|return\s+)(isPro|isPremium|isSubscribed|hasActiveSubscription|hasPremium\w*|isPaidUser|"
    r"isPaid|hasPaidPlan|isProUser|isPremiumUser|isPlus|hasPro|hasSubscription|isSubscriber|canUsePremium\w*)\b"
    r"(?=\s*(?:\)|&&|\|\||\?|===|!==))"
)
_ASKS = re.compile(
    r"is_?pro\b|is_?premium|subscri(?:bed|ption|ber)|premium|entitle|\bplan\b|plan_?(?:id|type|name|tier)|\btier\b|credits?\b|quota|"
    r"usage_?limit|paid_?(?:user|plan)|has_?(?:paid|access|active)|membership",
    re.IGNORECASE,
)
_BILLING = re.compile(
    r"webhook|checkout|portal|billing|subscri|payment|stripe|paddle|pricing|plans?\b|invoice|auth|login|signup",
    re.I,
)
_COSTLY = frozenset({EffectKind.LLM, EffectKind.OUTBOUND, EffectKind.FILE})


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition in the interface, and an endpoint that does its work for everyone."""

    name: str
    path: str
    line: int
    endpoint: str
    endpoint_path: str
    endpoint_line: int


def ungated(view: ProjectView) -> Gate | None:
    """The first gate of the interface, when there are costly endpoints and none of them asks about the plan."""
    gates = [(path, found) for path in sorted(view.client_graph.client) if (found := _gate_in(view, path))]
    if not gates:
        return None
    costly = [route for route in view.routes.routes if _is_costly(route)]
    if not costly or any(_server_asks(view, route) for route in view.routes.routes) or _database_asks(view):
        return None
    path, (name, line) = gates[0]
    route = costly[0]
    return Gate(name, path, line, route.route or route.path, route.path, route.span.line)


def _gate_in(view: ProjectView, path: str) -> tuple[str, int] | None:
    if path not in view.outlines or path_kind(path) is not PathKind.CODE:
        return None
    return view.per_file("payments.gates", path, _first_gate, None)


def _first_gate(text: str) -> tuple[str, int] | None:
    found = _GATE.search(text)
    return (found[1], line_at(text, found.start(1))) if found else None


def _is_costly(route: Route) -> bool:
    if (
        route.kind is EntryKind.PAGE_DATA
        or route.is_webhook
        or _BILLING.search(f"{route.route} {route.path}")
    ):
        return False
    return any(effect.kind in _COSTLY for effect in route.effects)


def _server_asks(view: ProjectView, route: Route) -> bool:
    """Whether a route that is not about billing itself, or what it calls, mentions plans or credits."""
    if _BILLING.search(f"{route.route} {route.path}"):
        return False
    paths = {route.path, *(item.path for item in route.accesses), *(item.path for item in route.effects)}
    paths |= {
        target
        for item in view.outlines[route.path].imports
        if (target := view.modules.file(route.path, item.module)) is not None
        and target not in view.client_graph.client
    }
    return any(view.per_file("payments.asks-plan", path, _mentions, True) for path in sorted(paths))


def _mentions(text: str) -> bool:
    return _ASKS.search(text) is not None


def _database_asks(view: ProjectView) -> bool:
    """Whether row policies or database functions look at subscriptions."""
    if any(
        _ASKS.search(clause or "")
        for table in view.schema.tables.values()
        for policy in table.policies
        for clause in (policy.using, policy.check)
    ):
        return True
    return any(_ASKS.search(item.name) for item in view.schema.functions)
