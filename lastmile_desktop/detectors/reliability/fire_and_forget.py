"""reliability.fire-and-forget: whether work that was started is also finished."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, RawFinding, Unknown
from lastmile_desktop.project.code.outline import Function, Outline
from lastmile_desktop.project.models.calls.awaited import waited_for
from lastmile_desktop.project.models.calls.effects import Doing, called_name, doing_of
from lastmile_desktop.project.models.calls.floats import (
    Float,
    async_rounds,
    floats,
    is_trifle,
    queries_never_sent,
)
from lastmile_desktop.project.models.calls.lost import MUST, catches_itself, listens, main_effect, promised
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.models.calls.places import freezes_after_answer, sleeps_when_idle
from lastmile_desktop.project.models.calls.promise_objects import mistaken_promises
from lastmile_desktop.project.models.calls.scope import ServerScope
from lastmile_desktop.project.models.calls.thanks import left_to_thanks
from lastmile_desktop.project.models.jobs.model import Job, JobKind
from lastmile_desktop.project.models.routes.model import EffectKind
from lastmile_desktop.project.models.usage.idle_code import is_idle
from lastmile_desktop.project.view import ProjectView

_CHECK = "reliability.fire-and-forget"
_LAZY = frozenset({"prisma", "drizzle", "knex"})
_WORDS = {
    EffectKind.EMAIL: "the message",
    EffectKind.PAYMENT: "the payment call",
    EffectKind.DB_WRITE: "what should be saved",
    EffectKind.QUEUE: "the job",
    EffectKind.LLM: "the AI call",
    EffectKind.OUTBOUND: "the request",
}
_MOST_PASSES = 5
_WSGI = frozenset({"flask", "django", "rest_framework", "quart"})


def detect(view: ProjectView) -> Detection:
    """Look at every call that nobody waits for, and at work started beside the request."""
    server = ServerScope(view)
    lost = (*_never_sent(view), *_taken_for_results(view))
    if not server.files and not lost and not _uses_supabase(view):
        return Detection(
            not_applicable=NotApplicable(
                "There is no code on a server, and no query that could be left unsent."
            )
        )
    seen = {(finding.path, finding.evidence[0].line_start) for finding in lost}
    findings = [*lost]
    for found in (
        *_floating(server),
        *_by_file(_asleep(server)),
        *_by_file(_timers(server)),
        *_in_process(server),
        *_loops(server),
        *_browser(view),
    ):
        place = (found.path, found.evidence[0].line_start)
        if place not in seen and not is_idle(view, found.path):
            seen.add(place)
            findings.append(found)
    return Detection(
        tuple(findings),
        () if findings else tuple(islice(waited_for(server), _MOST_PASSES)),
        tuple(
            Unknown(f"This file could not be read: {reason}.", path) for path, reason in view.calls.unparsed
        ),
        (Looked("files that run on a server", len(server.files), len(server.files)),),
    )


def _uses_supabase(view: ProjectView) -> bool:
    return any("@supabase/supabase-js" in package.dependencies for package in view.packages)


def _never_sent(view: ProjectView) -> Iterator[RawFinding]:
    for path, found in view.each_outline("floats-unsent", queries_never_sent).items():
        for item in found if is_production(path) and not is_idle(view, path) else ():
            table = next((arg.literal for arg in item.call.args_of("from") if arg.literal), "")
            what = f"The query on `{table}`" if table else "This query"
            yield _finding(
                "no-await-supabase",
                f"{what} is built and never awaited, so it is never sent to the database.",
                item.path, item.line, called_name(item.call), confidence=0.9,
            )  # fmt: skip


def _taken_for_results(view: ProjectView) -> Iterator[RawFinding]:
    """One row for each function whose promise is taken for its result: whoever mends one place knows the others."""
    for first, *more in mistaken_promises(view):
        others = f" {len(more)} other place{'s do' if len(more) > 1 else ' does'} the same." if more else ""
        message = (
            f"`{first.callee}` is async and not awaited here, so `{first.name}` is a promise and "
            f"`{first.name}.{first.member}` fails whenever this runs.{others}"
        )
        places = tuple(at(item.path, item.line) for item in (first, *more))
        rule = f"{_CHECK}/unawaited-promise"
        yield RawFinding(rule, message, places, first.callee, confidence=0.9)


def _floating(server: ServerScope) -> Iterator[RawFinding]:
    for outline in server.files:
        items = server.view.per_source("floats", outline.path, _floats, ())
        if not items:
            continue
        key = (
            outline.path,
            freezes_after_answer(server.view, outline.path),
            server.handlers_of(outline.path),
        )
        yield from server.doings.kept(
            "floating", key, lambda it=outline, own=items: _of_file(server, it, own)
        )
        for item in items:
            if item.inner.callee.endswith(".emit") and (found := _emitted(server, outline, item)) is not None:
                yield found


def _of_file(server: ServerScope, outline: Outline, items: tuple[Float, ...]) -> tuple[RawFinding, ...]:
    server.doings.callees.note((outline.path,))
    judged = (_judge(server, outline, item) for item in items)
    return tuple(found for found in judged if found is not None)


def _judge(server: ServerScope, outline: Outline, item: Float) -> RawFinding | None:
    name = item.inner.callee
    if (
        name.endswith((".forEach", ".emit"))
        or is_trifle(item.inner)
        or server.waits_later(outline, item.function)
    ):
        return None
    if outline.language == "python":
        return _python(server, outline, item)
    function = outline.function(item.function)
    own = doing_of(item.inner, outline.path, outline.language)
    doings = promised(server, outline, function, item.inner)
    main = main_effect(doings, name)
    if main is None:
        return None
    if own is not None and own.layer in _LAZY and not item.chained:
        return _finding(
            "unawaited-promise",
            f"`{called_name(item.call)}` is built and never awaited, so it is never sent to the database.",
            outline.path, item.line, name, confidence=0.8,
        )  # fmt: skip
    return _stopped(server, outline, item, main)


def _stopped(server: ServerScope, outline: Outline, item: Float, main: Doing) -> RawFinding | None:
    """What becomes of the work on the host that runs it."""
    platform = freezes_after_answer(server.view, outline.path)
    shown = called_name(item.inner)
    if "@" in shown:
        shown = main.name
    what = _WORDS[main.kind]
    if platform:
        message = (
            f"`{shown}` is started and not waited for; {platform} may stop the code as soon as it has answered, and "
            f"then {what} is lost."
        )
        return _finding(
            "unawaited-promise", message, outline.path, item.line, shown,
            confidence=0.8 if main.kind in MUST else 0.7,
        )  # fmt: skip
    if item.caught or main.kind not in MUST or not server.in_request(outline.path, item.function):
        return None
    if catches_itself(server, outline, item):
        return None
    message = f"`{shown}` is started and not waited for: if it fails, {what} is lost and nothing says so."
    return _finding(
        "unawaited-promise", message, outline.path, item.line, shown, Severity.MEDIUM, 0.65
    )  # fmt: skip


def _python(server: ServerScope, outline: Outline, item: Float) -> RawFinding | None:
    """A coroutine that is only created never runs; a task of the event loop dies with the process."""
    function = outline.function(item.function)
    name = item.inner.callee
    if name.endswith(("create_task", "ensure_future")):
        return _task(server, outline, item, function)
    target = server.doings.target(outline.path, function, item.inner)
    if target is None or not target.function.is_async or target.function.decorators:
        return None
    return _finding(
        "unawaited-promise", f"`{called_name(item.inner)}` is never awaited, so none of it runs.",
        outline.path, item.line, name, confidence=0.85,
    )  # fmt: skip


def _task(server: ServerScope, outline: Outline, item: Float, function: Function | None) -> RawFinding | None:
    started = next((arg.calls[0] for arg in item.inner.args if arg.calls), None)
    target = server.doings.target(outline.path, function, started) if started else None
    if started is None or target is None or not server.in_request(outline.path, item.function):
        return None
    main = main_effect(server.doings.of(target.path, target.function), started.callee)
    if main is None or main.kind not in MUST:
        return None
    message = (
        f"`{called_name(started)}` is started in the background of the web process and nobody keeps hold of it: a "
        f"restart loses {_WORDS[main.kind]}."
    )
    return _finding(
        "unawaited-promise", message, outline.path, item.line, started.callee, Severity.MEDIUM, 0.65
    )


def _emitted(server: ServerScope, outline: Outline, item: Float) -> RawFinding | None:
    """`events.emit("order.paid")` whose listener does work of its own, while the handler answers."""
    event = item.inner.args[0].literal if item.inner.args else None
    if event is None or not freezes_after_answer(server.view, outline.path):
        return None
    for other in server.files:
        for function in other.functions:
            if not any(listens(call, event) for call in function.wrapped_by):
                continue
            main = main_effect(server.doings.of(other.path, function), "")
            if main is not None and function.is_async:
                message = (
                    f"`{event}` is announced and {other.path} does the work on the side: the platform may stop it "
                    f"before {_WORDS[main.kind]} is through."
                )
                return _finding("event-emitter-work", message, outline.path, item.line, event, confidence=0.7)
    return None


def _by_file(findings: Iterable[RawFinding]) -> Iterator[RawFinding]:
    """One finding for each file: whoever mends the first place mends the others with it."""
    first: dict[str, RawFinding] = {}
    count: dict[str, int] = {}
    for item in findings:
        first.setdefault(item.path, item)
        count[item.path] = count.get(item.path, 0) + 1
    for path, item in first.items():
        more = count[path] - 1
        others = (
            f" The same happens at {more} other place{'s' if more > 1 else ''} in this file." if more else ""
        )
        yield replace(item, message=item.message + others)


def _asleep(server: ServerScope) -> Iterator[RawFinding]:
    """Calls left alone in handlers on a host that takes the processor away between requests."""
    for outline in server.files:
        handlers = server.handlers_of(outline.path)
        if handlers and sleeps_when_idle(server.view, outline.path) is not None:
            key = (outline.path, handlers)
            yield from server.doings.kept("asleep", key, lambda it=outline: _asleep_in(server, it))


def _asleep_in(server: ServerScope, outline: Outline) -> tuple[RawFinding, ...]:
    found: list[RawFinding] = []
    server.doings.callees.note((outline.path,))
    for item in floats(outline):
        if not item.caught or not server.in_request(outline.path, item.function):
            continue
        doings = promised(server, outline, outline.function(item.function), item.inner)
        main = main_effect(doings, item.inner.callee)
        if main is not None and main.kind in (EffectKind.EMAIL, EffectKind.PAYMENT):
            message = (
                f"`{called_name(item.inner)}` is not waited for, and Replit's autoscale takes the processor away once "
                f"the answer is out: {_WORDS[main.kind]} may be late or lost."
            )
            name = item.inner.callee
            found.append(
                _finding("unawaited-promise", message, outline.path, item.line, name, Severity.MEDIUM, 0.6)
            )
    return tuple(found)


def _timers(server: ServerScope) -> Iterator[RawFinding]:
    view = server.view
    for job in view.jobs.of(JobKind.TIMER):
        if job.handler is None or job.library == "repeat_every":
            continue
        main = main_effect(server.doings.of(job.handler_path, job.handler), job.work)
        if main is None:
            continue
        platform = freezes_after_answer(view, job.path)
        sleeps = sleeps_when_idle(view, job.path)
        if platform:
            message = (
                f"`{job.library}` starts work for later, but {platform} may stop the code as soon as it has answered: "
                f"{_WORDS[main.kind]} is lost."
            )
            yield _finding(
                "settimeout-after-response", message, job.path, job.line, job.work, confidence=0.75
            )
        elif sleeps is not None and main.kind in MUST and job.library != "setImmediate":
            message = (
                f"`{job.library}` runs this inside the web server, and Replit's autoscale switches that off while "
                f"nobody visits: {_WORDS[main.kind]} may be late or lost."
            )
            yield _finding("settimeout-after-response", message, job.path, job.line, job.work, confidence=0.7)
        elif job.library != "setInterval" and main.kind in MUST and server.in_request(job.path, job.function):
            message = f"`{job.library}` starts this after the answer; a restart loses {_WORDS[main.kind]}."
            yield _finding(
                "settimeout-after-response", message, job.path, job.line, job.work, Severity.MEDIUM, 0.6
            )


def _in_process(server: ServerScope) -> Iterator[RawFinding]:
    """Background tasks and threads that die with the process that answers."""
    for job in server.view.jobs.of(JobKind.BACKGROUND, JobKind.THREAD):
        if job.handler is None or job.library == "asyncio":
            continue
        main = main_effect(server.doings.of(job.handler_path, job.handler), job.work)
        if main is None or main.kind not in (EffectKind.EMAIL, EffectKind.PAYMENT):
            main = main if job.kind is JobKind.THREAD else None
        if main is None:
            continue
        if job.kind is JobKind.BACKGROUND:
            message = (
                f"`{job.name}` runs in the web process after the answer: a deploy or a crash at that moment loses "
                f"{_WORDS[main.kind]}, and nothing tries again."
            )
            yield _finding(
                "fastapi-backgroundtask-critical", message, job.path, job.line, job.name, _how_bad(job), 0.7
            )
        elif main.kind in MUST and _is_wsgi(server, job.path):
            message = (
                f"`{job.name}` runs in a thread of the web server: when the worker is recycled, {_WORDS[main.kind]} is "
                "lost, and nothing tries again."
            )
            yield _finding("thread-in-wsgi", message, job.path, job.line, job.name, confidence=0.7)


def _how_bad(job: Job) -> Severity | None:
    important = re.search(
        r"invoice|receipt|pay|order|booking|confirm|reset|verif|invite|refund", job.name, re.I
    )
    return None if important else Severity.MEDIUM


def _is_wsgi(server: ServerScope, path: str) -> bool:
    package = server.view.package_of(path)
    outline = server.view.outlines[path]
    imported = {item.module.partition(".")[0].lower() for item in outline.imports}
    return bool(imported & _WSGI) or bool({name.lower() for name in package.dependencies} & _WSGI)


def _loops(server: ServerScope) -> Iterator[RawFinding]:
    """`items.forEach(async …)`: the loop ends at once, and nobody waits for what it started."""
    for outline in server.files:
        names = server.view.per_source("foreach-async", outline.path, _rounds, ())
        for name in names:
            function = outline.function(name)
            if function is None or server.waits_later(outline, function.parent):
                continue
            if main_effect(server.doings.of(outline.path, function), "") is None:
                continue
            call = function.wrapped_by[-1]
            message = (
                f"`{called_name(call)}` does not wait for its async function: the code goes on, and a failure in one "
                "round is seen by nobody."
            )
            yield _finding(
                "foreach-async", message, outline.path, call.span.line, called_name(call), confidence=0.8
            )


def _floats(outline: Outline, _: str) -> tuple[Float, ...]:
    return floats(outline)


def _rounds(outline: Outline, _: str) -> tuple[str, ...]:
    return async_rounds(outline)


def _browser(view: ProjectView) -> Iterator[RawFinding]:
    """What must happen after a payment, left to the page that thanks for it."""
    for path, line, name in left_to_thanks(view):
        message = "This page does what must follow a payment: who closes the tab too early never gets it."
        yield _finding("effect-in-client", message, path, line, name, confidence=0.6)


def _finding(
    rule: str,
    message: str,
    path: str,
    line: int,
    symbol: str,
    severity: Severity | None = None,
    confidence: float = 0.7,
) -> RawFinding:
    return RawFinding(f"{_CHECK}/{rule}", message, (at(path, line),), symbol, severity, confidence)
