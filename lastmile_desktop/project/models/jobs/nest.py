"""Jobs of NestJS, which its decorators declare: `@Cron()` and `@Interval()` on a method, `@Processor()` on a class."""

from __future__ import annotations

from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Call, Function, Outline, Value
from lastmile_desktop.project.models.jobs.model import Job, JobKind, Settings
from lastmile_desktop.project.models.jobs.values import text_of

_QUEUES = {"@nestjs/bullmq": "bullmq", "@nestjs/bull": "bull"}
_SCHEDULE = "@nestjs/schedule"
_FAILED = frozenset({"OnWorkerEvent", "OnQueueFailed", "OnQueueEvent"})


def declared(outline: Outline) -> Iterator[Job]:
    """The jobs of one file. What a queue's own settings say stands elsewhere, so they are taken for unknown."""
    modules = {item.module for item in outline.imports}
    if _SCHEDULE in modules:
        for function in outline.functions:
            yield from (_timed(outline, function, item) for item in function.decorators if _is_clock(item))
    library = next((name for module, name in _QUEUES.items() if module in modules), "")
    if not library:
        return
    for made in outline.classes:
        for item in made.decorators:
            if item.root == "Processor":
                yield Job(
                    JobKind.QUEUE,
                    library,
                    _name(item) or made.name,
                    outline.path,
                    made.span.line,
                    work=_work(outline, made.name),
                    settings=Settings(is_open=True),
                )


def listens(outline: Outline) -> int:
    """The line of a method that is told of jobs that failed; 0 for none."""
    return next(
        (
            function.span.line
            for function in outline.functions
            for item in function.decorators
            if item.root in _FAILED and ("ailed" in item.root or "failed" in _name(item))
        ),
        0,
    )


def _is_clock(decorator: Call) -> bool:
    return decorator.root in ("Cron", "Interval")


def _timed(outline: Outline, function: Function, decorator: Call) -> Job:
    options = decorator.args[1] if len(decorator.args) > 1 else Value("")
    when = decorator.args[0] if decorator.args else Value("")
    zone = options.entry("timeZone")
    return Job(
        JobKind.CRON,
        _SCHEDULE,
        function.name,
        outline.path,
        decorator.span.line,
        work=function.name,
        schedule=text_of(when) if decorator.root == "Cron" else "",
        settings=Settings(zone=text_of(zone) if zone is not None else ""),
    )


def _name(decorator: Call) -> str:
    if not decorator.args:
        return ""
    first = decorator.args[0]
    named = first.entry("name")
    return first.literal or (named.literal if named is not None else "") or ""


def _work(outline: Outline, owner: str) -> str:
    """The method that takes a job: the one so decorated, or `process`."""
    own = [item for item in outline.functions if item.name.startswith(f"{owner}.")]
    taken = next((item.name for item in own if any(call.root == "Process" for call in item.decorators)), "")
    return taken or next((item.name for item in own if item.name == f"{owner}.process"), "")
