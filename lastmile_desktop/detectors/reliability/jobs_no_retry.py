"""reliability.jobs-no-retry: what becomes of background work that fails once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import (
    Detection,
    Looked,
    NotApplicable,
    PassEvidence,
    RawFinding,
    Unknown,
)
from lastmile_desktop.project.models.calls.effects import Doings
from lastmile_desktop.project.models.calls.endless_work import endless_work
from lastmile_desktop.project.models.guards.unset_secrets import unset_secret
from lastmile_desktop.project.models.jobs.model import ENDLESS, Job, JobKind
from lastmile_desktop.project.models.jobs.work import Work, batches, scheduled_routes, works
from lastmile_desktop.project.models.routes.model import EffectKind, GuardStrength, Route
from lastmile_desktop.project.view import ProjectView

_MOST_ENDLESS = 3
_CHECK = "reliability.jobs-no-retry"
_RETRIES_ITSELF = frozenset({"cloudflare", "qstash", "amqplib", "pgmq", "workflow", "inngest", "trigger.dev"})
_KEEPS_FAILED = frozenset({"inngest", "trigger.dev", "qstash", "workflow", "cloud-tasks", "dramatiq"})
_LOCAL_CLOCK = frozenset(
    {"node-cron", "cron", "node-schedule", "croner", "@nestjs/schedule", "apscheduler", "schedule"}
)
_CLOCK_TIME = re.compile(r"^\S+\s+\d[\d,]*\s|hour\s{0,3}=|\.at\(")
_HEARTBEAT = re.compile(
    r"healthchecks|hc-ping|cronitor|heartbeat|check_?in|withMonitor|betterstack|betteruptime|deadmanssnitch|uptime",
    re.I,
)
_DONE_ONCE = re.compile(
    r"idempoten|upsert|onConflict|on_conflict|already|_sent\b|sent_at|Sent\b|processed|jobId|dedup|get_or_create|acquired",
    re.I,
)
_WORTHLESS = re.compile(r"log|health|metric|cleanup|expire|cache|index|warm|ping|audit", re.IGNORECASE)
_REAL = (
    EffectKind.EMAIL,
    EffectKind.PAYMENT,
    EffectKind.DB_WRITE,
    EffectKind.LLM,
    EffectKind.OUTBOUND,
    EffectKind.QUEUE,
)
_CLEARS = re.compile(r"(?i)(?:^|[._])(?:delete|destroy|remove|purge)\w{0,20}$")
_SECRET = re.compile(r"cron_?secret", re.IGNORECASE)
_SHORT = 300
_MONEY = re.compile(r"bill|invoice|pay|charge|renew|dunning|subscription", re.IGNORECASE)
_MOST_PASSES = 5


def detect(view: ProjectView) -> Detection:
    """Judge queues, schedules and timers, and loops of mail inside a request."""
    doings = Doings(view)
    queued = works(view, view.jobs.of(JobKind.QUEUE), doings)
    timed = works(view, view.jobs.of(JobKind.CRON), doings)
    ticking = tuple(
        work
        for work in works(view, view.jobs.of(JobKind.TIMER), doings)
        if work.job.library == "setInterval" and work.does(*_REAL)
    )
    routes = tuple(scheduled_routes(view))
    inline = tuple(_needs_jobs(view, doings))
    unknowns = tuple(
        Unknown(f"This file about jobs could not be read: {why}.", path) for path, why in view.jobs.unparsed
    )
    if not (queued or timed or ticking or routes or inline):
        unknowns = (*unknowns, *_endless(view))
        return Detection(
            unknowns=unknowns,
            not_applicable=None
            if unknowns
            else NotApplicable("Nothing here runs in the background or by the clock."),
        )
    findings = (
        *(finding for work in queued for finding in _queue(view, work)),
        *_unheard(view, queued),
        *_openings(view, routes),
        *_by_the_clock(view, (*timed, *ticking), routes, doings),
        *inline,
    )
    seen = len(queued) + len(timed) + len(ticking)
    return Detection(
        findings,
        tuple(islice(_passes(queued, routes), _MOST_PASSES)),
        unknowns,
        (Looked("jobs", seen, seen),),
    )


def _endless(view: ProjectView) -> Iterator[Unknown]:
    """Workers and clocks made by hand, which the job model does not follow."""
    for path, line in islice(endless_work(view), _MOST_ENDLESS):
        yield Unknown(
            f"{path} works on its own without end (line {line}); what happens when it fails was not read.",
            path,
        )


def _queue(view: ProjectView, work: Work) -> Iterator[RawFinding]:
    job, given = work.job, work.job.settings
    if given.is_open or not job.name:
        return
    name = f"`{job.name}`"
    if job.library == "pgmq-pop":
        yield _of(
            job,
            "no-retries",
            f"{name} is taken off the queue before the work is done: a failure loses it.",
            0.8,
        )
        return
    if given.attempts == ENDLESS:
        yield _of(
            job,
            "poison-loop",
            f"{name} is tried again without end: one bad job blocks the queue for ever.",
            0.8,
        )
    elif job.library not in _RETRIES_ITSELF and (given.attempts or 1) <= 1:
        if (
            _runs_again(view, job)
            or _WORTHLESS.search(job.name)
            or (work.function is not None and not work.does(*_REAL))
        ):
            return
        yield _of(job, "no-retries", f"{name} is tried once: when it fails, the work is gone.", 0.8)
    elif given.attempts == 1:
        yield _of(
            job, "no-retries", f"{name} is set to be tried once: when it fails, the work is gone.", 0.85
        )
    elif _WORTHLESS.search(job.name):
        return
    elif given.given == "option" and not given.backoff and job.library in ("bullmq", "bull", "celery", "rq"):
        yield _of(
            job, "no-backoff", f"{name} is tried again at once, into the same outage.", 0.7, Severity.INFO
        )
    yield from _twice(view, work)
    yield from _hidden_for(work)


def _runs_again(view: ProjectView, job: Job) -> bool:
    """Whether a clock starts it anyway: the next run finds what this one left."""
    last = job.name.rpartition(".")[2]
    return not _MONEY.search(f"{job.path} {last}") and any(
        last in (clock.name.rpartition(".")[2], clock.work.rpartition(".")[2])
        for clock in view.jobs.of(JobKind.CRON)
    )


def _twice(view: ProjectView, work: Work) -> Iterator[RawFinding]:
    """A job that is tried again sends or charges again."""
    job = work.job
    if job.settings.once or (job.settings.attempts or 1) == 1 or work.function is None:
        return
    if not work.does(EffectKind.EMAIL, EffectKind.PAYMENT):
        return
    text = (view.text(work.path) or "").split("\n")
    body = "\n".join(text[work.function.span.line - 1 : work.function.span.line_end])
    if not _DONE_ONCE.search(body):
        what = "charges" if work.does(EffectKind.PAYMENT) else "sends"
        yield _of(
            job, "not-idempotent", f"When `{job.name}` is tried again after a late failure, it {what} twice.", 0.6,
            Severity.MEDIUM,
        )  # fmt: skip


def _hidden_for(work: Work) -> Iterator[RawFinding]:
    call = work.job.call
    if work.job.library != "pgmq" or call is None:
        return
    options = call.args[1] if len(call.args) > 1 else None
    pause = options.entry("sleep_seconds") or options.entry("vt") if options else None
    if pause is not None and pause.text in ("0", "1"):
        message = f"`{work.job.name}` stays visible while it is worked on: two workers take the same job."
        yield _of(work.job, "no-visibility-timeout", message, 0.75)


def _unheard(view: ProjectView, queued: tuple[Work, ...]) -> Iterator[RawFinding]:
    """Nobody hears of a job that failed for good."""
    if view.jobs.reports or view.facts.has("obs.errors"):
        return
    silent = [
        work.job
        for work in queued
        if work.job.library not in _KEEPS_FAILED and not work.job.settings.dead_letter
        and not _WORTHLESS.search(work.job.name)
    ]  # fmt: skip
    if silent:
        message = f"When `{silent[0].name}` has failed for good, nobody is told and nothing keeps it."
        yield _of(silent[0], "no-dead-letter", message, 0.65, Severity.MEDIUM)


def _openings(view: ProjectView, routes: tuple[Route, ...]) -> Iterator[RawFinding]:
    """One finding for each entry that is open, and one for each helper that opens the entries it guards."""
    told: set[tuple[str, int]] = set()
    for route in routes:
        unset = unset_secret(view, route)
        if unset is None:
            yield from _open(view, route)
        elif (unset.path, unset.line) not in told:
            told.add((unset.path, unset.line))
            message = (
                f"{route.route} is open to everyone while `{unset.name}` is not set: this line lets them in."
            )
            place = (at(unset.path, unset.line), at(route.path, route.span.line, note="the entry"))
            yield RawFinding(f"{_CHECK}/cron-open", message, place, route.route, Severity.MEDIUM, 0.75)


def _open(view: ProjectView, route: Route) -> Iterator[RawFinding]:
    """An entry for the clock that everybody may call."""
    if route.unknown or route.handler is None or not any(item.kind in _REAL for item in route.effects):
        return
    strong = [guard for guard in route.guards if guard.strength is not GuardStrength.UNVERIFIED]
    place = (at(route.path, route.span.line),)
    if not strong and not _mentions_secret(view, route):
        message = f"Anyone can call {route.route} and start this job as often as they like."
        yield RawFinding(f"{_CHECK}/cron-open", message, place, route.route, confidence=0.8)
    elif all(guard.conditional for guard in strong):
        message = f"{route.route} is open to everyone while its secret is not set."
        yield RawFinding(f"{_CHECK}/cron-open", message, place, route.route, Severity.MEDIUM, 0.75)


def _mentions_secret(view: ProjectView, route: Route) -> bool:
    """Whether the handler names a secret without a check that always holds (`if (secret && …)`)."""
    text = (view.text(route.path) or "").split("\n")
    end = route.handler.span.line_end if route.handler else route.span.line_end
    return _SECRET.search("\n".join(text[route.span.line - 1 : end])) is not None


def _by_the_clock(
    view: ProjectView, timed: tuple[Work, ...], routes: tuple[Route, ...], doings: Doings
) -> Iterator[RawFinding]:
    places: set[tuple[str, int]] = set()
    functions = [(work.path, work.function) for work in timed if work.function is not None]
    functions += [(route.path, route.handler) for route in routes if route.handler is not None]
    for path, function in functions:
        for batch in batches(doings, path, function):
            if not batch.guarded and (path, batch.line) not in places:
                places.add((path, batch.line))
                message = "When one row of this loop fails, all rows after it are left out of the run."
                # What is cleared away late hurts less: the next run finds the same rows again.
                severity = Severity.MEDIUM if _CLEARS.search(batch.doing.name) else None
                yield RawFinding(
                    f"{_CHECK}/single-batch", message, (at(path, batch.line),), function.name, severity, 0.7
                )
    for work in timed:
        yield from _overlap(work, doings)
        yield from _zone(work)
    yield from _no_heartbeat(view, timed, routes)


def _overlap(work: Work, doings: Doings) -> Iterator[RawFinding]:
    job = work.job
    often = _seconds(job)
    if often is None or often > _SHORT or job.settings.alone or work.function is None:
        return
    if any(True for _ in batches(doings, work.path, work.function)):
        message = (
            f"A run of `{job.name}` that takes over {often:.0f} seconds meets the next one at the same rows."
        )
        yield _of(job, "cron-overlap", message, 0.65, Severity.MEDIUM)


def _seconds(job: Job) -> float | None:
    """How often a job runs, where that is plain to read."""
    if job.settings.every is not None:
        return job.settings.every
    first = job.schedule.split(" ")[0]
    if re.fullmatch(r"\S+ \* \* \* \*", job.schedule):
        step = re.fullmatch(r"\*(?:/(\d{1,2}))?", first)
        return 60.0 * int(step[1] or 1) if step else None
    return None


def _zone(work: Work) -> Iterator[RawFinding]:
    job = work.job
    if job.library not in _LOCAL_CLOCK or job.settings.zone or not _CLOCK_TIME.search(job.schedule):
        return
    if re.search("timezone|interval", job.schedule) or not work.does(
        EffectKind.EMAIL, EffectKind.DB_WRITE, EffectKind.PAYMENT
    ):
        return
    message = (
        f"The schedule `{job.schedule}` follows the clock of whatever server runs it; no time zone is set."
    )
    yield _of(job, "timezone-cron", message, 0.65, Severity.MEDIUM)


def _no_heartbeat(
    view: ProjectView, timed: tuple[Work, ...], routes: tuple[Route, ...]
) -> Iterator[RawFinding]:
    """One finding for all schedules: nothing says when a run did not happen."""
    paths = {work.path or work.job.path for work in timed} | {route.path for route in routes}
    if any(view.per_file("job-heartbeat", path, _beats, False) for path in paths):
        return
    worth = [
        work.job
        for work in timed
        if work.job.library != "setInterval" and not _WORTHLESS.search(work.job.name)
    ]
    if worth:
        job = min(worth, key=lambda item: (item.path, item.line))
        message = f"When `{job.name[:60]}` stops running, nothing tells you: no run reports that it happened."
        yield _of(job, "cron-no-heartbeat", message, 0.7, Severity.MEDIUM)


def _beats(text: str) -> bool:
    return _HEARTBEAT.search(text) is not None


def _needs_jobs(view: ProjectView, doings: Doings) -> Iterator[RawFinding]:
    """Requests that send mail to many, one after the other: one finding for each package."""
    scheduled = {(route.path, route.span.line) for route in scheduled_routes(view)}
    found: dict[str, dict[tuple[str, int], Route]] = {}
    for route in view.routes.routes:
        mails = any(effect.kind is EffectKind.EMAIL for effect in route.effects)
        if route.handler is None or not mails or (route.path, route.span.line) in scheduled:
            continue
        for batch in batches(doings, route.path, route.handler):
            if batch.doing.kind is EffectKind.EMAIL:
                package = view.package_of(route.path).path
                found.setdefault(package, {}).setdefault((route.path, batch.line), route)
    for places in found.values():
        (path, line), route = next(iter(places.items()))
        more = len(places) - 1
        others = f" {more} other place{'s do' if more > 1 else ' does'} the same." if more else ""
        message = (
            f"{route.route} sends mail to many people inside one request: when it is cut off, the rest get nothing "
            f"and nobody knows who.{others}"
        )
        yield RawFinding(
            f"{_CHECK}/needs-jobs", message, (at(path, line),), route.route, Severity.MEDIUM, 0.7
        )


def _passes(queued: tuple[Work, ...], routes: tuple[Route, ...]) -> Iterator[PassEvidence]:
    for work in queued:
        if (work.job.settings.attempts or 0) >= 3 and work.job.settings.backoff:
            note = f"Tried {work.job.settings.attempts} times, with a growing pause."
            yield PassEvidence(at(work.job.path, work.job.line, note=note))
    for route in routes:
        for guard in route.guards:
            if guard.strength is not GuardStrength.UNVERIFIED and not guard.conditional:
                yield PassEvidence(at(guard.path, guard.line, note="Only the scheduler may call this."))
                break


def _of(job: Job, rule: str, message: str, confidence: float, severity: Severity | None = None) -> RawFinding:
    return RawFinding(f"{_CHECK}/{rule}", message, (at(job.path, job.line),), job.name, severity, confidence)
