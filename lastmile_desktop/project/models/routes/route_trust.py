"""How far "nobody asks who is calling" can be trusted: a guard that is not understood looks like none.

Two things tell a missing guard from one of an unknown kind: others of the same kind are known to ask, so that the way
this project asks is understood, or no word about signing in stands anywhere in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.routes.model import Route

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_FEWEST_GUARDED = 2
_ASKS = re.compile(
    r"(?i)auth(?!or(?!i))|session|current_?user|get_?user|token|secret|signature|permission|require[A-Z_(]|protect|"
    r"guard|login|mixin|middleware|\blocals\b|\bctx\.|\bg\.user|depends\("
)


@dataclass(frozen=True, slots=True)
class Understood:
    """The frameworks of this project whose way of asking is known from their own routes."""

    frameworks: frozenset[str]

    @classmethod
    def of(cls, routes: Iterable[Route]) -> Understood:
        guarded: dict[str, int] = {}
        plain: dict[str, int] = {}
        for route in routes:
            if route.public_by_design or route.is_webhook:
                continue
            counts = guarded if route.is_guarded else plain
            counts[route.framework] = counts.get(route.framework, 0) + 1
        return cls(
            frozenset(
                name
                for name, count in guarded.items()
                if count >= _FEWEST_GUARDED and count >= plain.get(name, 0)
            )
        )

    def is_bare(self, view: ProjectView, route: Route) -> bool:
        """Whether this route surely asks nobody."""
        if route.framework in self.frameworks:
            return True
        return not any(
            view.per_file("route-asks", path, _asks, True) for path in {route.path, route.code_path}
        )


def _asks(text: str) -> bool:
    return _ASKS.search(text) is not None
