"""Whether a project collects anything about people, and where that shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lastmile_desktop.core.evidence import Evidence, at
from lastmile_desktop.core.facts import Fact

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_SIGNS = ("auth.provider", "trackers", "pay.provider", "email.provider", "obs.analytics")
_USER_TABLES = (
    "users",
    "profiles",
    "user",
    "accounts",
    "customers",
    "auth_user",
    "user_profiles",
    "subscribers",
    "leads",
    "contacts",
)
_SHOWING = (
    "fw.flutter", "fw.expo", "fw.react_native", "fw.next", "fw.sveltekit", "fw.nuxt", "fw.remix", "fw.react_router",
    "fw.tanstack_start", "fw.astro", "fw.vite", "fw.cra",
)  # fmt: skip


def collects(view: ProjectView) -> Evidence | None:
    """The most telling sign that the project holds something about people, None without any."""
    fact = _first(view)
    if fact is not None and fact.evidence is not None:
        return fact.evidence
    for name in _USER_TABLES:
        table = view.schema.table(name)
        if table is not None:
            place = table.created_place or table.place
            return at(place.path, place.line)
    return None


def _first(view: ProjectView) -> Fact | None:
    for key in _SIGNS:
        fact = view.facts.first(key)
        if fact is not None:
            return fact
    return None


def has_pages(view: ProjectView) -> bool:
    """Whether people see pages of this project: browser or app code, or templates."""
    if view.client_graph.entries or any(view.facts.has(key) for key in _SHOWING):
        return True
    return any(path.endswith(".html") and "templates/" in path for path in view.tree.files)
