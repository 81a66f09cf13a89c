"""Jobs of TypeScript and JavaScript, call by call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from lastmile_desktop.project.code.outline import Do, Function, Outline, Value, calls_within
from lastmile_desktop.project.models.calls.sites import Spot, is_open, option, spots
from lastmile_desktop.project.models.jobs.context import NAME, Context, Found, job_of, work_of
from lastmile_desktop.project.models.jobs.model import Job, JobKind, QueueSettings, Send, Settings
from lastmile_desktop.project.models.jobs.platforms import consumer, inngest, publish, trigger
from lastmile_desktop.project.models.jobs.values import (
    duration,
    first,
    last,
    last_name,
    number,
    retry_settings,
    text_of,
)

_WAIT_UNTIL = re.compile(r"(?:^|\.)waitUntil$")
_LOCKS = re.compile(
    r"lock|isRunning|is_running|running\b|mutex|inProgress|advisory|NX\b|setnx", re.IGNORECASE
)
_ENDS = re.compile(
    r"(?:^|\.)(?:abort|resolve|reject|res|rej|done|clearTimeout|clearInterval|destroy|end|Error|exit)$"
)
_TIMERS = frozenset({"setTimeout", "setInterval", "setImmediate"})


def jobs_of(outline: Outline, text: str) -> Iterator[Found]:
    """All that one file says about jobs."""
    context = Context(outline, text)
    yield from _platform(outline, text)
    for spot in spots(outline):
        yield from _at_call(spot, context)


def _platform(outline: Outline, text: str) -> Iterator[Job]:
    """Handlers that a platform finds by their names: Cloudflare's `scheduled` and `queue`, Netlify's schedule."""
    for function in outline.functions:
        if function.name in ("default.scheduled", "default.queue"):
            kind = JobKind.CRON if function.name.endswith("scheduled") else JobKind.QUEUE
            yield _declared(outline, kind, "cloudflare", function.name, function)
        if "use workflow" in function.directives:
            settings = Settings(4, "default", True, True)
            yield _declared(outline, JobKind.QUEUE, "workflow", function.name, function, settings)
    for step in outline.top:
        if isinstance(step, Do) and step.value is not None and "config" in step.targets:
            schedule = step.value.entry("schedule")
            if schedule is not None and schedule.literal and "netlify" in outline.path + text[:4_000]:
                work = outline.exported("default")
                yield Job(
                    JobKind.CRON, "netlify", outline.path, outline.path, step.span.line,
                    work=work.name if work else "", schedule=schedule.literal,
                )  # fmt: skip


def _declared(
    outline: Outline,
    kind: JobKind,
    library: str,
    name: str,
    function: Function,
    settings: Settings | None = None,
) -> Job:
    return Job(
        kind,
        library,
        name,
        outline.path,
        function.span.line,
        work=function.name,
        settings=settings or Settings(),
    )


def _at_call(spot: Spot, context: Context) -> Iterator[Found]:
    """What one call registers, starts or queues."""
    for look in _LOOKS:
        found = look(spot, context)
        if found is not None:
            yield found
            return


def _timer(spot: Spot, context: Context) -> Found | None:
    call = spot.call
    name = call.callee.removeprefix("window.").removeprefix("globalThis.")
    if name not in _TIMERS or _only_waits(spot, context):
        return None
    every = duration(call.args[1]) if len(call.args) > 1 else 0.0
    settings = Settings(every=every, alone=_is_alone(spot, context, first(call)))
    return job_of(spot, context, JobKind.TIMER, name, name, first(call), settings=settings)


def _only_waits(spot: Spot, context: Context) -> bool:
    """Whether a timer does no work: a pause (`setTimeout(resolve, 500)`) or the end of a request's patience."""
    work = first(spot.call)
    outer = context.outline.function(spot.function)
    if outer is not None and any(call.is_new and call.root == "Promise" for call in outer.wrapped_by):
        return True
    function = context.outline.function(work_of(work))
    if function is None:
        return not spot.call.args or _ENDS.search(work.text) is not None
    return all(_ENDS.search(call.callee) for call in calls_within(function.body))


def _after(spot: Spot, context: Context) -> Found | None:
    call = spot.call
    if _WAIT_UNTIL.search(call.callee) and call.args:
        return job_of(spot, context, JobKind.AFTER, call.callee, "waitUntil", first(call))
    if (
        call.callee in ("after", "unstable_after")
        and context.modules.get(call.root) == "next/server"
        and call.args
    ):
        return job_of(spot, context, JobKind.AFTER, "after", "after", first(call))
    return None


def _worker(spot: Spot, context: Context) -> Found | None:
    call = spot.call
    called = last_name(call)
    if call.is_new and called == "Worker" and context.has("bullmq") and call.args:
        work = call.args[1] if len(call.args) > 1 else Value("")
        unnamed = Settings(is_open=first(call).literal is None)
        return job_of(spot, context, JobKind.QUEUE, "bullmq", text_of(first(call)), work, settings=unnamed)
    if (
        call.is_new
        and called == "Worker"
        and context.has("worker_threads", "node:worker_threads")
        and call.args
    ):
        return job_of(spot, context, JobKind.THREAD, "worker_threads", text_of(first(call)), Value(""))
    if called == "process" and context.has("bull", "bee-queue") and len(call.links) == 1 and call.args:
        library = "bull" if context.has("bull") else "bee-queue"
        return job_of(
            spot, context, JobKind.QUEUE, library, context.queues.get(call.root, call.root), last(call)
        )
    return None


def _queue(spot: Spot, context: Context) -> Found | None:
    call = spot.call
    called = last_name(call)
    if (
        call.is_new
        and called in ("Queue", "Bull")
        and context.has("bullmq", "bull", "bee-queue")
        and call.args
    ):
        options = call.args[1] if len(call.args) > 1 else None
        defaults = option(spot, options, "defaultJobOptions")
        settings = (
            retry_settings(defaults)
            if defaults
            else Settings(is_open=is_open(options) and not _named(options))
        )
        return QueueSettings(
            text_of(first(call)), context.path, call.span.line, settings, first(call).literal is None
        )
    if (
        called in ("add", "addBulk")
        and len(call.links) == 1
        and (call.root in context.queues or (re.search(r"[qQ]ueue$", call.root) and len(call.args) > 1))
    ):
        options = call.args[-1] if len(call.args) > 1 else None
        library = "bull" if context.has("bull") else "bullmq"
        queue = context.queues.get(call.root, _queue_name(call.root))
        settings = retry_settings(options) if options is not None and len(call.args) > 2 else Settings()
        return Send(library, queue, context.path, call.span.line, spot.function, settings, call)
    return None


def _named(value: Value | None) -> bool:
    """Whether the options are an object that is written here."""
    return value is not None and bool(value.entries) and all(key != "..." for key, _ in value.entries)


def _queue_name(variable: str) -> str:
    return re.sub(r"[qQ]ueue$", "", variable)


def _cron(spot: Spot, context: Context) -> Found | None:
    call = spot.call
    module = context.modules.get(call.root, "")
    if call.callee.endswith("cron.schedule") or (
        module == "node-cron" and last_name(call) in ("", "schedule")
    ):
        return _scheduled(spot, context, "node-cron")
    if call.is_new and call.root in ("CronJob", "Cron") and module in ("cron", "croner"):
        return _scheduled(spot, context, module)
    if call.callee in ("CronJob.from", "Cron") and module in ("cron", "croner"):
        return _scheduled(spot, context, module)
    if call.callee.endswith("scheduleJob") and context.has("node-schedule"):
        return _scheduled(spot, context, "node-schedule")
    if call.callee == "schedule" and module.startswith("@netlify/functions"):
        return _scheduled(spot, context, "netlify")
    if module == "firebase-functions/v2/scheduler" and call.callee == "onSchedule":
        return _scheduled(spot, context, "firebase")
    if call.callee.endswith("pubsub.schedule.onRun"):
        work = call.args_of("onRun")
        schedule = call.args_of("schedule")
        return job_of(
            spot, context, JobKind.CRON, "firebase", "onRun", work[0] if work else Value(""),
            text_of(schedule[0]) if schedule else "",
        )  # fmt: skip
    if call.root in ("crons", "cronJobs") and context.has("convex/server") and len(call.args) > 2:
        return job_of(
            spot, context, JobKind.CRON, "convex", text_of(first(call)), call.args[2], call.args[1].text[:60]
        )
    return None


def _scheduled(spot: Spot, context: Context, library: str) -> Found | None:
    """`schedule("0 3 * * *", run, { timezone })`, also with one object for all."""
    args = spot.call.args
    if not args:
        return None
    options = next((arg for arg in args if arg.entries), Value(""))
    entries = dict(options.entries)
    when = entries.get("cronTime") or entries.get("schedule") or entries.get("rule") or args[0]
    texts = [arg for arg in args if arg.literal is not None]
    when = texts[-1] if library == "node-schedule" and texts and not when.entries else when
    work = entries.get("onTick") or next(
        (arg for arg in args[1:] if arg.function or (NAME.match(arg.text) and arg.literal is None)),
        Value(""),
    )
    zone = next((entries[key] for key in ("timezone", "timeZone", "tz") if key in entries), None)
    zone = zone or (args[4] if library == "cron" and len(args) > 4 else None)
    alone = any(key in entries for key in ("noOverlap", "protect", "waitForCompletion"))
    settings = Settings(
        zone=text_of(zone) if zone else "",
        alone=alone or _is_alone(spot, context, work),
        attempts=_firebase_attempts(entries) if library == "firebase" else None,
        is_open=any(key == "..." for key in entries),
    )
    return job_of(spot, context, JobKind.CRON, library, work.text[:60], work, text_of(when), settings)


def _firebase_attempts(entries: Mapping[str, Value]) -> int | None:
    count = number(entries.get("retryCount"))
    return int(count) + 1 if count is not None else None


def _is_alone(spot: Spot, context: Context, work: Value) -> bool:
    """Whether the function that runs looks at a lock or a flag before it begins."""
    function = context.outline.function(work_of(work))
    if function is None:
        return False
    lines = context.text.split("\n")[function.span.line - 1 : function.span.line_end]
    return _LOCKS.search("\n".join(lines)) is not None


_LOOKS: tuple[Callable[[Spot, Context], Found | None], ...] = (
    _timer, _after, _worker, _queue, inngest, trigger, _cron, consumer, publish,
)  # fmt: skip
