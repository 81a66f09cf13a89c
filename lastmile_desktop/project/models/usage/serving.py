"""Whether other people use this project, and which parts of it run for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lastmile_desktop.core.facts import Fact
from lastmile_desktop.core.finding import NotApplicable
from lastmile_desktop.project.packages import Role

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

SCREENS = (
    "fw.next", "fw.vite", "fw.cra", "fw.tanstack_start", "fw.remix", "fw.react_router", "fw.sveltekit", "fw.nuxt",
    "fw.astro", "fw.gatsby", "fw.angular", "fw.expo", "fw.react_native", "fw.flutter", "fw.solid_start",
)  # fmt: skip
SERVERS = (
    "fw.express", "fw.fastify", "fw.hono", "fw.koa", "fw.nest", "fw.fastapi", "fw.flask", "fw.django",
    "fw.starlette", "fw.next", "fw.tanstack_start", "fw.remix", "fw.react_router", "fw.sveltekit", "fw.nuxt",
    "fw.workers", "fw.firebase_functions", "fw.supabase_functions",
)  # fmt: skip
_EARLY_STAGES = frozenset(["idea", "demo", "hobby"])
_USED_STAGES = frozenset(["first-users", "paying", "growing"])
_LIBRARIES = frozenset([Role.SHARED, Role.DOCS, Role.INFRA])


def early(view: ProjectView) -> NotApplicable | None:
    """Why a question about operations does not arise yet: the founder said so, and nothing is deployed."""
    stage = view.facts.first("profile.stage")
    deployed = view.facts.has("host") or view.facts.has("domains") or view.facts.has("profile.url")
    if stage is None or stage.value not in _EARLY_STAGES or deployed:
        return None
    return NotApplicable(
        f"You said this is at the stage “{stage.value}” and nothing says that it is deployed.", stage.evidence
    )


def not_running(view: ProjectView) -> NotApplicable | None:
    """Why nobody has to be told when it breaks: nothing runs for others, or not yet."""
    if not runs_for_others(view):
        return NotApplicable("Nothing here runs for other people.")
    return early(view)


def depended_on(view: ProjectView) -> bool:
    """Whether the founder says that people use it by now."""
    return view.facts.value("profile.stage") in _USED_STAGES


def server_fact(view: ProjectView) -> Fact | None:
    """The framework that answers requests, where there is one."""
    return _first_of(view, SERVERS)


def screen_fact(view: ProjectView) -> Fact | None:
    """The framework that draws what people see, where there is one."""
    return _first_of(view, SCREENS)


def runs_for_others(view: ProjectView) -> bool:
    return screen_fact(view) is not None or server_fact(view) is not None


def _first_of(view: ProjectView, keys: tuple[str, ...]) -> Fact | None:
    libraries = {package.path for package in view.packages if package.role in _LIBRARIES}
    for key in keys:
        for fact in view.facts:
            if fact.key == key and fact.package not in libraries:
                static = key == "fw.next" and view.facts.value("fw.next.output", fact.package) == "export"
                if not (static and keys is SERVERS):
                    return fact
    return None
