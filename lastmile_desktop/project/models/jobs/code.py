"""Reads one source file's jobs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from lastmile_desktop.project.code.outline import Outline, Value
from lastmile_desktop.project.models.calls.sites import Spot, spots
from lastmile_desktop.project.models.jobs import nest as jobs_nest
from lastmile_desktop.project.models.jobs import python as jobs_python
from lastmile_desktop.project.models.jobs import script as jobs_script
from lastmile_desktop.project.models.jobs.model import FileJobs, Job, QueueSettings, Send

_INTERESTING = re.compile(
    r"setInterval|setTimeout|setImmediate|waitUntil|\bafter\b|bull|inngest|trigger\.dev|qstash|pg-boss|pgboss|pgmq|cron|"
    r"schedule|[qQ]ueue|agenda|amqp|onTaskDispatched|onSchedule|use workflow|celery|shared_task|dramatiq|huey|"
    r"\brq\b|\barq\b|apscheduler|[bB]ackground|add_task|[tT]hread|[eE]xecutor|create_task|ensure_future|repeat_every|crons\b|worker_threads|"
    r"@nestjs/schedule|graphile|hatchet|Worker\b|db_task|on_message|ReceiveMessage"
)
_ABOUT_JOBS = re.compile(
    r"(?:^|/)(?:jobs?|workers?|queues?|tasks?|crons?|schedulers?|inngest|trigger)[/._-]", re.I
)
_FAILED = re.compile(
    r"^(?:\w*[wW]orker|\w*[qQ]ueue\w*|boss|scheduler|agenda)\.(?:on|add_listener)$|^(?:task_failure|got_request_exception)\.connect$"
)
_MOST_JOBS = 400


def is_about_jobs(path: str) -> bool:
    """Whether a file's place says that it holds jobs."""
    return _ABOUT_JOBS.search(path) is not None


def read(outline: Outline, text: str) -> FileJobs:
    """The jobs that one file registers, starts or queues."""
    if not _INTERESTING.search(text):
        return FileJobs()
    reader = jobs_python if outline.language == "python" else jobs_script
    found = (*reader.jobs_of(outline, text), *jobs_nest.declared(outline))
    jobs = _distinct(item for item in found if isinstance(item, Job))
    sends = [item for item in found if isinstance(item, Send)]
    queues = tuple(item for item in found if isinstance(item, QueueSettings))
    reports = next((line for spot in spots(outline) if (line := _failure_listener(spot))), 0)
    reports = reports or jobs_nest.listens(outline)
    return FileJobs(outline.path, tuple(islice(jobs, _MOST_JOBS)), tuple(sends[:_MOST_JOBS]), queues, reports)


def _distinct(jobs: Iterable[Job]) -> Iterator[Job]:
    seen: set[tuple[str, str, int]] = set()
    for job in jobs:
        key = (job.kind, job.library, job.line)
        if key not in seen:
            seen.add(key)
            yield job


def _failure_listener(spot: Spot) -> int:
    """The line of `worker.on("failed", …)` and its like."""
    if not _FAILED.match(spot.call.callee):
        return 0
    first = spot.call.args[0] if spot.call.args else Value("")
    if spot.call.callee.endswith(".connect") or first.literal in ("failed", "error", "fail"):
        return spot.call.span.line if first.literal != "error" else 0
    return spot.call.span.line if any("EVENT_JOB_ERROR" in arg.text for arg in spot.call.args) else 0
