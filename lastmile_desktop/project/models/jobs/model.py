"""Work that no visitor waits for: queues, schedules, timers, what runs after the answer (catalogue §4.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Function, Outline

if TYPE_CHECKING:
    from lastmile_desktop.project.models.walk.callees import Callees
    from lastmile_desktop.project.view import ProjectView

ENDLESS = -1
_MANY = 1_000


class JobKind(StrEnum):
    """`AFTER` is held open by the platform after the answer (`waitUntil`, `after`), `BACKGROUND` lives in the web
    process (FastAPI's BackgroundTasks, a task of the event loop)."""

    QUEUE = "queue"
    CRON = "cron"
    TIMER = "timer"
    AFTER = "after-response"
    BACKGROUND = "background"
    THREAD = "thread"


@dataclass(frozen=True, slots=True)
class Settings:
    """What is set for a job, as far as it is written. `attempts` counts the first one too (`ENDLESS`: for ever, None:
    nothing said), `given` is where that comes from (`option`, `default` of the library). `dead_letter`: something keeps
    or reports what failed for good. `once`: a key keeps a job from being queued twice. `alone`: two runs cannot
    overlap. `every` is the pause of a timer in seconds. `is_open`: settings come from elsewhere and are unknown."""

    attempts: int | None = None
    given: str = ""
    backoff: bool = False
    dead_letter: bool = False
    once: bool = False
    alone: bool = False
    zone: str = ""
    every: float | None = None
    is_open: bool = False

    def filled_by(self, other: Settings) -> Settings:
        """These settings, with what they leave open taken from `other`."""
        own = self if self.attempts is not None else replace(self, attempts=other.attempts, given=other.given)
        return replace(
            own,
            backoff=self.backoff or other.backoff,
            dead_letter=self.dead_letter or other.dead_letter,
            once=self.once or other.once,
            alone=self.alone or other.alone,
            zone=self.zone or other.zone,
            is_open=self.is_open or other.is_open,
        )


_NOTHING = Settings()


@dataclass(frozen=True, slots=True)
class Job:
    """`name` is the queue, task or path that is run, `library` what runs it. `call` starts or registers it in
    `function` ("" at module level); `work` is the name of what runs, as written. `handler` is that function, where the
    project holds it, in `handler_path`. `target` is the address a schedule calls."""

    kind: JobKind
    library: str
    name: str
    path: str
    line: int
    function: str = ""
    work: str = ""
    schedule: str = ""
    target: str = ""
    settings: Settings = _NOTHING
    call: Call | None = None
    handler: Function | None = None
    handler_path: str = ""


@dataclass(frozen=True, slots=True)
class Send:
    """A place that puts work on the queue `name`, with what it says about that one job."""

    library: str
    name: str
    path: str
    line: int
    function: str = ""
    settings: Settings = _NOTHING
    call: Call | None = None


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """What a queue says once for all its jobs. `is_any` when its name is worked out while the program runs."""

    name: str
    path: str
    line: int
    settings: Settings = _NOTHING
    is_any: bool = False


@dataclass(frozen=True, slots=True)
class FileJobs:
    """What one file says about jobs. `reports` is the line where the failure of a job is listened to."""

    path: str = ""
    jobs: tuple[Job, ...] = ()
    sends: tuple[Send, ...] = ()
    queues: tuple[QueueSettings, ...] = ()
    reports: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class JobMap:
    """`completeness` is `partial` when work is queued and nothing here takes it. `reports` are places (path, line) that
    hear of failed jobs. `unparsed` are (path, reason) of files about jobs that could not be read."""

    jobs: tuple[Job, ...] = ()
    sends: tuple[Send, ...] = ()
    reports: tuple[tuple[str, int], ...] = ()
    completeness: str = "full"
    unparsed: tuple[tuple[str, str], ...] = ()

    def of(self, *kinds: JobKind) -> tuple[Job, ...]:
        return tuple(job for job in self.jobs if job.kind in kinds)


def build(view: ProjectView) -> JobMap:
    """All jobs of code and settings that serve users."""
    from lastmile_desktop.project.models.jobs import schedules as jobs_schedules
    from lastmile_desktop.project.models.walk.callees import Callees

    files = list(_from_code(view))
    files += jobs_schedules.read_all(view)
    callees = Callees(view.outlines, view.modules)
    queues = tuple(queue for found in files for queue in found.queues)
    sends = tuple(send for found in files for send in found.sends)
    jobs = tuple(
        _complete(_with_handler(job, callees), queues, sends) for found in files for job in found.jobs
    )
    reports = tuple((found.path, found.reports) for found in files if found.reports)
    unparsed = tuple((found.path, found.error) for found in files if found.error)
    return JobMap(
        tuple(sorted(jobs, key=lambda job: (job.path, job.line, job.name))),
        sends,
        reports,
        _completeness(jobs, sends),
        (*_broken(view), *unparsed),
    )


def _read(outline: Outline, text: str) -> FileJobs:
    from lastmile_desktop.project.models.jobs.code import read

    empty = outline.shallow or not (outline.functions or outline.top or outline.classes)
    return FileJobs() if empty else read(outline, text)


def _from_code(view: ProjectView) -> list[FileJobs]:
    from lastmile_desktop.project.models.calls.model import is_production, server_test

    runs_on_server = server_test(view)
    found: list[FileJobs] = []
    for path, jobs in view.each_source("jobs", is_production, _read, FileJobs()).items():
        if (jobs.jobs or jobs.sends or jobs.queues or jobs.reports) and runs_on_server(path):
            found.append(jobs)
    return found


def _with_handler(job: Job, callees: Callees) -> Job:
    """The job with the function that does its work."""
    if not job.work:
        return job
    own = callees.functions(job.path).get(job.work)
    if own is not None:
        return replace(job, handler=own, handler_path=job.path)
    found = callees.named(job.path, job.function, job.work)
    if found is None and "." in job.work:
        found = _member(job, callees)
    return replace(job, handler=found[1], handler_path=found[0]) if found else job


def _member(job: Job, callees: Callees) -> tuple[str, Function] | None:
    """`mailer.send`: a function of an imported module or object."""
    owner, _, name = job.work.rpartition(".")
    module = callees.module(job.path, owner)
    if module is not None:
        function = callees.functions(module).get(name)
        return (module, function) if function else None
    found = callees.definition(job.path, job.work)
    return (found.path, found.function) if found and found.function else None


def _complete(job: Job, queues: tuple[QueueSettings, ...], sends: tuple[Send, ...]) -> Job:
    """The job with what its queue and those who send to it say. A sender that says nothing leaves one try."""
    if job.kind is not JobKind.QUEUE:
        return job
    settings = job.settings
    for queue in queues:
        if queue.name == job.name:
            settings = settings.filled_by(queue.settings)
        elif queue.is_any and job.library in ("bullmq", "bull") and queue.settings.attempts is not None:
            settings = replace(settings, is_open=True)
    mine = [send.settings for send in sends if send.name == job.name and send.library == job.library]
    if mine and settings.attempts is None:
        told = [item for item in mine if item.attempts is not None]
        if len(told) == len(mine):
            settings = settings.filled_by(min(told, key=_tries))
    if mine and all(item.once for item in mine):
        settings = replace(settings, once=True)
    if any(item.is_open for item in mine):
        settings = replace(settings, is_open=True)
    return replace(job, settings=settings)


def _tries(settings: Settings) -> int:
    return _MANY if settings.attempts in (None, ENDLESS) else settings.attempts


def _completeness(jobs: tuple[Job, ...], sends: tuple[Send, ...]) -> str:
    taken = {job.name for job in jobs if job.kind is JobKind.QUEUE}
    return "full" if all(send.name in taken for send in sends if send.name) else "partial"


def _broken(view: ProjectView) -> tuple[tuple[str, str], ...]:
    from lastmile_desktop.project.models.jobs.code import is_about_jobs

    return tuple(
        (path, outline.error)
        for path, outline in sorted(view.outlines.items())
        if outline.error and not outline.functions and not outline.top and is_about_jobs(path)
    )
