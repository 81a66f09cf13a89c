"""What a job does when it runs: its function, what that does, and how it goes through many rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import (
    Attempt,
    Branch,
    Call,
    Function,
    Loop,
    Step,
    calls_within,
)
from lastmile_desktop.project.models.calls.effects import Doing, Doings, doing_of
from lastmile_desktop.project.models.jobs.model import Job
from lastmile_desktop.project.models.routes.model import EffectKind, Route

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_FUNCTION = re.compile(r"/functions/v1/([\w-]+)")
_NETLIFY = re.compile(r"/\.netlify/functions/([\w-]+)")
_CRON_ROUTE = re.compile(r"/crons?(?:/|$)", re.IGNORECASE)
_CHANGES = frozenset(
    {EffectKind.DB_WRITE, EffectKind.EMAIL, EffectKind.PAYMENT, EffectKind.LLM, EffectKind.OUTBOUND}
)


@dataclass(frozen=True, slots=True)
class Work:
    """A job with the function that does its work (`function` None where the project does not show it); `route` is the
    entry that a schedule calls."""

    job: Job
    path: str = ""
    function: Function | None = None
    route: Route | None = None
    doings: tuple[Doing, ...] = ()

    def does(self, *kinds: EffectKind) -> bool:
        return any(doing.kind in kinds for doing in self.doings)


@dataclass(frozen=True, slots=True)
class Batch:
    """A loop that changes something in each round; `guarded` when a failing round does not end it."""

    line: int
    doing: Doing
    guarded: bool


def works(view: ProjectView, jobs: tuple[Job, ...], doings: Doings) -> tuple[Work, ...]:
    """The jobs with what they do."""
    return tuple(_work(view, job, doings) for job in jobs)


def _work(view: ProjectView, job: Job, doings: Doings) -> Work:
    if job.handler is not None:
        return Work(job, job.handler_path, job.handler, None, doings.of(job.handler_path, job.handler))
    route = route_of(view, job.target) if job.target else None
    if route is None or route.handler is None:
        return Work(job, route=route)
    return Work(job, route.path, route.handler, route, doings.of(route.path, route.handler))


def route_of(view: ProjectView, target: str) -> Route | None:
    """The entry of the project that an address means."""
    function = _FUNCTION.search(target) or _NETLIFY.search(target)
    if function is not None:
        inside = f"functions/{function[1]}"
        return next(
            (
                route
                for route in view.routes.routes
                if route.path.rpartition(".")[0].endswith((inside, f"{inside}/index", f"{inside}/main"))
            ),
            None,
        )
    path = re.sub(r"^https?://[^/]+", "", target).partition("?")[0].rstrip("/")
    return next((route for route in view.routes.routes if path and route.route.rstrip("/") == path), None)


def scheduled_routes(view: ProjectView) -> Iterator[Route]:
    """Entries that a schedule calls, and those that say so in their path."""
    seen: set[tuple[str, int]] = set()
    called = (route_of(view, job.target) for job in view.jobs.jobs if job.target)
    named = (
        route
        for route in view.routes.routes
        if "/cron" in route.route.lower() and _CRON_ROUTE.search(route.route)
    )
    for route in (*called, *named):
        if route is not None and (route.path, route.span.line) not in seen:
            seen.add((route.path, route.span.line))
            yield route


def batches(doings: Doings, path: str, function: Function) -> Iterator[Batch]:
    """Loops over many things in a function, one for each that changes something."""
    for part in doings.parts(path, function):
        yield from _in(doings, path, part, part.body, False)


def _in(
    doings: Doings, path: str, function: Function, steps: tuple[Step, ...], guarded: bool
) -> Iterator[Batch]:
    for step in steps:
        match step:
            case Loop(body=body, kind=kind) if kind != "with":
                found = _changes(doings, path, function, body)
                if found is not None:
                    yield Batch(
                        step.span.line, found, all(_is_tried(doings, path, function, item) for item in body)
                    )
                else:
                    yield from _in(doings, path, function, body, guarded)
            case Branch(then=then, orelse=orelse):
                yield from _in(doings, path, function, (*then, *orelse), guarded)
            case Attempt(body=body):
                yield from _in(doings, path, function, body, guarded)
            case Loop(body=body):
                yield from _in(doings, path, function, body, guarded)
            case _:
                pass


def _changes(doings: Doings, path: str, function: Function, steps: tuple[Step, ...]) -> Doing | None:
    """What a round of a loop changes and waits for."""
    for call in calls_within(steps):
        if call.awaited or path.endswith(".py"):
            found = next(
                (doing for doing in _of_call(doings, path, function, call) if doing.kind in _CHANGES), None
            )
            if found is not None:
                return found
    return None


def _of_call(doings: Doings, path: str, function: Function, call: Call) -> tuple[Doing, ...]:
    own = doing_of(call, path, "python" if path.endswith(".py") else "typescript")
    if own is not None:
        return (own,)
    target = doings.target(path, function, call)
    return doings.of(target.path, target.function, 1) if target else ()


def _is_tried(doings: Doings, path: str, function: Function, step: Step) -> bool:
    """Whether a step of a round cannot end the loop: it changes nothing, or what it throws is caught."""
    if isinstance(step, Attempt) and step.handlers:
        return True
    calls = tuple(calls_within((step,)))
    for call in calls:
        for doing in _of_call(doings, path, function, call):
            if doing.kind not in _CHANGES or doing.layer in ("supabase", "supabase-rpc"):
                continue
            if not _catches(doings, path, function, call):
                return False
    return True


def _catches(doings: Doings, path: str, function: Function, call: Call) -> bool:
    if any(link.name == "catch" for link in call.links):
        return True
    target = doings.target(path, function, call)
    return target is not None and any(
        isinstance(step, Attempt) and step.handlers for step in target.function.body
    )
