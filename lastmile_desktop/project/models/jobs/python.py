"""Jobs of Python, decorator by decorator and call by call."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Call, ClassDef, Do, Function, Outline, Value, calls_within
from lastmile_desktop.project.models.calls.sites import Spot, spots
from lastmile_desktop.project.models.jobs.model import ENDLESS, Job, JobKind, QueueSettings, Send, Settings
from lastmile_desktop.project.models.jobs.values import number, text_of

Found = Job | Send | QueueSettings
_LOCKS = re.compile(
    r"lock|is_running|mutex|nx\s{0,3}=\s{0,3}True|advisory|singleton|skip_locked", re.IGNORECASE
)
_CELERY = re.compile(r"^(?:shared_task|task|(?:\w*app|celery\w*|\w*celery)\.task)$")
_DRAMATIQ_RETRIES = 20
_CELERY_RETRIES = 3
_THREAD = re.compile(r"^(?:(?:threading|multiprocessing)\.)?(?:Thread|Timer|Process)(?:\.start)?$")
_KEPT = re.compile(r"\s*(\w{1,60})\s*=")
_SOON = 8
_OPTIONS = frozenset({"retries", "max_retries", "retry", "autoretry_for"})
_RETRYING = re.compile(r"\b(?:max_)?retr(?:y|ies)\b|\bautoretry_for\b")
_RETRIED = frozenset({"self.retry", "task.retry"})


class Context:
    """What a file imports."""

    def __init__(self, outline: Outline, text: str) -> None:
        self.outline = outline
        self.text = text
        self.imported = frozenset(item.module.partition(".")[0] for item in outline.imports)


def jobs_of(outline: Outline, text: str) -> Iterator[Found]:
    """All that one file says about jobs."""
    context = Context(outline, text)
    yield from _declared(outline, context)
    for spot in spots(outline):
        yield from _at_call(spot, context)


def _declared(outline: Outline, context: Context) -> Iterator[Job]:
    """Tasks by their decorators, and schedules written as settings."""
    for function in outline.functions:
        for decorator in function.decorators:
            found = _decorated(decorator, function, context)
            if found is not None:
                yield found
                break
    for step in outline.top:
        if isinstance(step, Do) and step.value is not None:
            yield from _beat(step, outline)
    for owner in outline.classes:
        yield from _arq(owner, outline)


def _decorated(decorator: Call, function: Function, context: Context) -> Job | None:
    name = decorator.callee
    last = name.rpartition(".")[2]
    wrapper = _wrapper(name, context)
    options = {**_defaults(wrapper), **{arg.name: arg for arg in decorator.args if arg.name}}
    if wrapper is not None and not _OPTIONS & options.keys() and _RETRYING.search(_body(wrapper, context)):
        return None
    if _CELERY.match(name) and "celery" in context.imported | _celery_app(context):
        return _task(function, context, "celery", _celery_settings(function, options, context))
    if last == "actor" and "dramatiq" in context.imported:
        tries = number(options.get("max_retries"))
        count = _DRAMATIQ_RETRIES if tries is None else int(tries)
        settings = Settings(count + 1, "default" if tries is None else "option", True, True)
        return _task(function, context, "dramatiq", settings)
    if last in ("task", "db_task") and "huey" in context.imported | {name.partition(".")[0]}:
        tries = number(options.get("retries"))
        settings = Settings(int(tries or 0) + 1, "option" if tries else "default", "retry_delay" in options)
        return _task(function, context, "huey", settings)
    if last == "job" and context.imported & {"rq", "django_rq"}:
        return _task(function, context, "rq", _rq_settings(options))
    return _periodic(decorator, function, context, options)


def _wrapper(name: str, context: Context) -> Function | None:
    """The function of this very file that makes a decorator of the library's own, with other settings."""
    return next((item for item in context.outline.functions if item.name == name and not item.parent), None)


def _defaults(wrapper: Function | None) -> dict[str, Value]:
    """What the decorator sets where its use says nothing."""
    given = wrapper.param_values if wrapper is not None else ()
    return {name: default for name, value in given if (default := value.entry("default")) is not None}


def _periodic(decorator: Call, function: Function, context: Context, options: dict[str, Value]) -> Job | None:
    name = decorator.callee
    last = name.rpartition(".")[2]
    if last in ("periodic_task", "db_periodic_task") and context.imported & {"huey"}:
        return _schedule_of(function, context, "huey", decorator, Settings(alone=_locks(function, context)))
    if last == "scheduled_job":
        zone = text_of(options.get("timezone"))
        return _schedule_of(function, context, "apscheduler", decorator, Settings(alone=True, zone=zone))
    if last == "repeat_every":
        seconds = number(options.get("seconds"))
        settings = Settings(every=seconds, alone=True, attempts=ENDLESS, given="default")
        return Job(
            JobKind.TIMER, "repeat_every", function.name, context.outline.path, function.span.line,
            work=function.name, settings=settings, call=decorator,
        )  # fmt: skip
    if last == "on_schedule":
        return _schedule_of(
            function, context, "firebase", decorator, Settings(alone=_locks(function, context))
        )
    return None


def _celery_app(context: Context) -> frozenset[str]:
    """`from .celery import app`, `from app.celery_app import celery`."""
    return frozenset(
        "celery"
        for item in context.outline.imports
        if "celery" in item.module or any("celery" in n for n, _ in item.names)
    )


def _celery_settings(function: Function, options: dict[str, Value], context: Context) -> Settings:
    retried = any(call.callee in _RETRIED for call in calls_within(function.body))
    automatic = "autoretry_for" in options
    limit = options.get("max_retries")
    tries = number(limit)
    count: int | None = None
    if automatic or retried:
        count = ENDLESS if limit is not None and limit.text == "None" else int(tries or _CELERY_RETRIES) + 1
    is_open = "base" in options or any(arg.startswith("**") for arg in options)
    return Settings(
        count if count is not None else (None if is_open else 1),
        "option" if count is not None else "default",
        "retry_backoff" in options
        or "default_retry_delay" in options
        or (retried and "2 **" in _body(function, context)),
        alone=_locks(function, context),
        is_open=is_open,
    )


def _task(function: Function, context: Context, library: str, settings: Settings) -> Job:
    return Job(
        JobKind.QUEUE, library, function.name, context.outline.path, function.span.line,
        work=function.name, settings=settings,
    )  # fmt: skip


def _schedule_of(
    function: Function, context: Context, library: str, decorator: Call, settings: Settings
) -> Job:
    schedule = ", ".join(arg.text if not arg.name else f"{arg.name}={arg.text}" for arg in decorator.args)[
        :80
    ]
    return Job(
        JobKind.CRON, library, function.name, context.outline.path, function.span.line,
        work=function.name, schedule=schedule, settings=settings, call=decorator,
    )  # fmt: skip


def _body(function: Function, context: Context) -> str:
    return "\n".join(context.text.split("\n")[function.span.line - 1 : function.span.line_end])


def _locks(function: Function, context: Context) -> bool:
    return _LOCKS.search(_body(function, context)) is not None


def _rq_settings(options: dict[str, Value]) -> Settings:
    """`retry=Retry(max=3, interval=[10, 60])`."""
    retry = options.get("retry")
    made = retry.calls[0] if retry is not None and retry.calls else None
    if made is None:
        return Settings(1, "default", is_open=retry is not None)
    given = {arg.name or "max": arg for arg in made.args}
    tries = number(given.get("max"))
    return Settings(
        None if tries is None else int(tries) + 1, "option", "interval" in given, True, once="job_id" in options,
        is_open=tries is None,
    )  # fmt: skip


def _beat(step: Do, outline: Outline) -> Iterator[Job]:
    """Celery's `beat_schedule` and django-crontab's `CRONJOBS`."""
    value = step.value
    if value is None:
        return
    if any(target.endswith(("beat_schedule", "BEAT_SCHEDULE")) for target in step.targets):
        for name, entry in value.entries:
            task, schedule = entry.entry("task"), entry.entry("schedule")
            line = (entry.span or step.span).line
            work = text_of(task).rpartition(".")[2]
            yield Job(
                JobKind.CRON, "celery-beat", name, outline.path, line, work=work,
                schedule=schedule.text[:80] if schedule else "",
            )  # fmt: skip
    if "CRONJOBS" in step.targets:
        for item in value.items:
            if len(item.items) > 1:
                line = (item.span or step.span).line
                work = text_of(item.items[1]).rpartition(".")[2]
                yield Job(
                    JobKind.CRON, "django-crontab", work, outline.path, line, work=work,
                    schedule=text_of(item.items[0]),
                )  # fmt: skip


def _arq(owner: ClassDef, outline: Outline) -> Iterator[Job]:
    """`class WorkerSettings`: arq tries again only what raises its own `Retry`."""
    attributes = {name: (value, span) for name, value, span in owner.attributes}
    if not owner.name.endswith("WorkerSettings") or not any(
        item.module.partition(".")[0] == "arq" for item in outline.imports
    ):
        return
    functions = attributes.get("functions")
    for item in functions[0].items if functions else ():
        line = (item.span or owner.span).line
        yield Job(
            JobKind.QUEUE,
            "arq",
            item.text[:80],
            outline.path,
            line,
            work=item.text,
            settings=Settings(1, "default"),
        )
    crons = attributes.get("cron_jobs")
    for item in crons[0].items if crons else ():
        made = item.calls[0] if item.calls else None
        if made is not None and made.args:
            line = (item.span or owner.span).line
            yield Job(
                JobKind.CRON, "arq", made.args[0].text[:80], outline.path, line, work=made.args[0].text,
                schedule=item.text[:80], settings=Settings(alone=True, once=True),
            )  # fmt: skip


def _at_call(spot: Spot, context: Context) -> Iterator[Found]:
    """What one call starts, schedules or queues."""
    call = spot.call
    last = call.links[-1].name or call.root if call.links else ""
    args = call.args
    if last == "add_task" and args:
        yield _started(spot, context, JobKind.BACKGROUND, "BackgroundTasks", args[0])
    elif call.root == "BackgroundTask" and args and "starlette" in context.imported | _fastapi(context):
        yield _started(spot, context, JobKind.BACKGROUND, "BackgroundTask", args[0])
    elif last in ("create_task", "ensure_future") and args:
        yield _started(spot, context, JobKind.BACKGROUND, "asyncio", args[0])
    elif _THREAD.match(call.callee):
        yield from _thread(spot, context)
    elif last == "submit" and args and re.search(r"executor|pool", call.root, re.IGNORECASE):
        yield _started(spot, context, JobKind.THREAD, "executor", args[0])
    elif last == "add_job" and args and re.search(r"sched", call.callee, re.IGNORECASE):
        yield _added_job(spot, context)
    elif call.root == "schedule" and last == "do" and args and "schedule" in context.imported:
        yield _scheduled(spot, context, "schedule", args[0], call.callee)
    elif last in ("enqueue", "enqueue_in", "enqueue_at") and context.imported & {"rq", "django_rq"} and args:
        options = {arg.name: arg for arg in args if arg.name}
        work = args[0] if last == "enqueue" else args[min(1, len(args) - 1)]
        yield Job(
            JobKind.QUEUE, "rq", work.text[:80], context.outline.path, call.span.line, spot.function,
            work=work.text, settings=_rq_settings(options), call=call,
        )  # fmt: skip
    elif last in ("delay", "apply_async", "send_task", "enqueue_job", "send") and _queues(
        call, last, context
    ):
        name = (
            text_of(args[0])
            if last in ("send_task", "enqueue_job") and args
            else call.callee.rpartition(".")[0]
        )
        yield Send(
            "celery", name.rpartition(".")[2], context.outline.path, call.span.line, spot.function, call=call
        )


def _queues(call: Call, last: str, context: Context) -> bool:
    if last in ("delay", "apply_async"):
        return "." in call.callee and len(call.links) <= 2
    return last in ("send_task", "enqueue_job") or (last == "send" and "dramatiq" in context.imported)


def _fastapi(context: Context) -> frozenset[str]:
    return frozenset({"starlette"}) if "fastapi" in context.imported else frozenset()


def _thread(spot: Spot, context: Context) -> Iterator[Job]:
    made = next((link.args for link in spot.call.links if link.args is not None), ())
    options = {arg.name: arg for arg in made if arg.name}
    target = options.get("target") or options.get("function")
    if target is None and "Timer" in spot.call.callee and len(made) > 1:
        target = made[1]
    if target is not None and not _is_waited_for(spot, context):
        yield _started(spot, context, JobKind.THREAD, "threading", target)


def _is_waited_for(spot: Spot, context: Context) -> bool:
    """Whether the next lines wait until the thread has ended: then nothing is left running after the answer."""
    lines = context.text.split("\n")
    line = spot.call.span.line
    made = _KEPT.match(lines[line - 1]) if 0 < line <= len(lines) else None
    after = lines[line : line + _SOON]
    return made is not None and any(item.strip().startswith(f"{made[1]}.join(") for item in after)


def _started(spot: Spot, context: Context, kind: JobKind, library: str, work: Value) -> Job:
    called = work.calls[0] if work.calls else None
    name = called.callee if called is not None else work.function or work.text
    return Job(
        kind, library, name[:80], context.outline.path, spot.call.span.line, spot.function,
        work=name.removeprefix("self."), call=spot.call,
    )  # fmt: skip


def _added_job(spot: Spot, context: Context) -> Job:
    """APScheduler: one run at a time unless `max_instances` says otherwise."""
    args = spot.call.args
    options = {arg.name: arg for arg in args if arg.name}
    work = options.get("func") or args[0]
    instances = number(options.get("max_instances"))
    zone = options.get("timezone")
    schedule = ", ".join(arg.text for arg in args[1:5])[:80]
    settings = Settings(alone=instances is None or instances <= 1, zone=text_of(zone))
    job = _scheduled(spot, context, "apscheduler", work, schedule)
    return Job(
        job.kind, job.library, job.name, job.path, job.line, job.function, job.work, schedule, settings=settings,
        call=spot.call,
    )  # fmt: skip


def _scheduled(spot: Spot, context: Context, library: str, work: Value, schedule: str) -> Job:
    name = work.function or work.text
    return Job(
        JobKind.CRON, library, name[:80], context.outline.path, spot.call.span.line, spot.function,
        work=name.removeprefix("self."), schedule=schedule[:80], settings=Settings(alone=True), call=spot.call,
    )  # fmt: skip
