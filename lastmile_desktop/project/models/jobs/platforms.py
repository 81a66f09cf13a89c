"""Job services and libraries of TypeScript and JavaScript whose handlers are registered in one call."""

from __future__ import annotations

import re

from lastmile_desktop.project.code.outline import Value
from lastmile_desktop.project.models.calls.sites import Spot
from lastmile_desktop.project.models.jobs.context import Context, Found, job_of
from lastmile_desktop.project.models.jobs.model import JobKind, Send, Settings
from lastmile_desktop.project.models.jobs.values import first, last, last_name, number, text_of

_INNGEST = re.compile(r"(?:^|\.)inngest$|inngest\w*$", re.IGNORECASE)


def inngest(spot: Spot, context: Context) -> Found | None:
    call = spot.call
    if not call.links or call.links[-1].name != "createFunction" or not call.args:
        return None
    if not (_INNGEST.search(call.root) or context.has("inngest")):
        return None
    options = first(call)
    trigger = call.args[1] if len(call.args) > 2 else (options.entry("triggers") or Value(""))
    retries = number(options.entry("retries"))
    settings = Settings(
        attempts=5 if retries is None else int(retries) + 1,
        given="default" if retries is None else "option",
        backoff=True,
        dead_letter="onFailure" in dict(options.entries),
        once="idempotency" in dict(options.entries) or "singleton" in dict(options.entries),
        alone="concurrency" in dict(options.entries) or "singleton" in dict(options.entries),
    )
    cron = trigger.entry("cron") or (trigger.items[0].entry("cron") if trigger.items else None)
    name = text_of(options.entry("id") or options)
    kind = JobKind.CRON if cron is not None else JobKind.QUEUE
    schedule = text_of(cron) if cron is not None else ""
    return job_of(spot, context, kind, "inngest", name, last(call), schedule, settings)


def trigger(spot: Spot, context: Context) -> Found | None:
    call = spot.call
    if not context.has("@trigger.dev/sdk") or not call.args:
        return None
    if call.callee not in ("task", "schemaTask", "schedules.task"):
        return None
    options = first(call)
    retry = options.entry("retry")
    tries = number(retry.entry("maxAttempts")) if retry else None
    settings = Settings(
        attempts=3 if tries is None else int(tries),
        given="default" if tries is None else "option",
        backoff=True,
        dead_letter="onFailure" in dict(options.entries),
        alone=options.entry("queue") is not None,
    )
    cron = options.entry("cron")
    kind = JobKind.CRON if call.root == "schedules" else JobKind.QUEUE
    run = options.entry("run") or Value("")
    return job_of(
        spot, context, kind, "trigger.dev", text_of(options.entry("id") or options), run,
        text_of(cron) if cron else "", settings,
    )  # fmt: skip


def consumer(spot: Spot, context: Context) -> Found | None:
    call = spot.call
    called = last_name(call)
    args = call.args
    if called == "work" and context.has("pg-boss") and args:
        settings = Settings(3, "default", backoff=False)
        return job_of(
            spot, context, JobKind.QUEUE, "pg-boss", text_of(first(call)), last(call), settings=settings
        )
    if called == "define" and context.has("agenda", "@hokify/agenda") and args:
        return job_of(spot, context, JobKind.QUEUE, "agenda", text_of(first(call)), last(call))
    if called == "consume" and context.has("amqplib") and args:
        return job_of(spot, context, JobKind.QUEUE, "amqplib", text_of(first(call)), last(call))
    if call.callee.endswith("onTaskDispatched") and args:
        retry = first(call).entry("retryConfig")
        tries = number(retry.entry("maxAttempts")) if retry else None
        settings = Settings(int(tries) if tries is not None else 3, "option" if tries else "default", True)
        return job_of(
            spot, context, JobKind.QUEUE, "cloud-tasks", "onTaskDispatched", last(call), settings=settings
        )
    if called == "rpc" and args and first(call).literal in ("pop", "pgmq_pop", "pgmq_read", "read"):
        name = args[1].entry("queue_name") if len(args) > 1 else None
        if name is not None or (first(call).literal or "").startswith("pgmq"):
            library = "pgmq-pop" if "pop" in (first(call).literal or "") else "pgmq"
            return job_of(
                spot, context, JobKind.QUEUE, library, text_of(name) if name else "", Value(spot.function)
            )
    return None


def publish(spot: Spot, context: Context) -> Found | None:
    call = spot.call
    called = last_name(call)
    if called == "publishJSON" and call.args:
        entries = dict(first(call).entries)
        retries = number(entries.get("retries"))
        settings = Settings(
            4 if retries is None else int(retries) + 1, "default" if retries is None else "option", True, True,
            once="deduplicationId" in entries or "contentBasedDeduplication" in entries,
        )  # fmt: skip
        return Send(
            "qstash", text_of(entries.get("url") or Value("")), context.path, call.span.line, spot.function,
            settings, call,
        )  # fmt: skip
    if called == "verifySignatureAppRouter" or call.callee in ("verifySignatureAppRouter", "verifySignature"):
        work = first(call) if call.args else Value("")
        return job_of(
            spot, context, JobKind.QUEUE, "qstash", context.path, work,
            settings=Settings(4, "default", True, True),
        )  # fmt: skip
    return None
