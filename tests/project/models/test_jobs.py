"""Work that no visitor waits for: what is found, with which settings, whatever the bytes."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lastmile_desktop.project.models.jobs.model import Job, JobKind, JobMap
from tests.project.models.hooks import view_of

TS = "server/work.ts"
PY = "app/work.py"


def jobs(path: str, text: str) -> tuple[Job, ...]:
    return view_of({path: text}).jobs.jobs


def only(path: str, text: str) -> Job:
    found = jobs(path, text)
    assert len(found) == 1, found
    return found[0]


QUEUES: list[tuple[str, str, str, str, int | None]] = [
    ("bullmq", TS, "import { Worker } from 'bullmq';\nnew Worker('mail', async (job) => send(job));", "mail", None),
    (
        "bullmq with tries",
        TS,
        "import { Queue, Worker } from 'bullmq';\nexport const q = new Queue('mail', { defaultJobOptions: { attempts: 3 } });\n"
        "new Worker('mail', async (job) => send(job));",
        "mail",
        3,
    ),
    (
        "bullmq with tries at each job",
        TS,
        "import { Queue, Worker } from 'bullmq';\nconst q = new Queue('mail');\nconst w = new Worker('mail', run);\n"
        "export const f = () => q.add('one', { id: 1 }, { attempts: 4, backoff: 1000 });",
        "mail",
        4,
    ),
    (
        "bullmq with tries at one job",
        TS,
        "import { Queue, Worker } from 'bullmq';\nconst q = new Queue('mail');\nconst w = new Worker('mail', run);\n"
        "export const f = () => { q.add('one', { id: 1 }, { attempts: 4 }); q.add('two', { id: 1 }); };",
        "mail",
        None,
    ),
    ("inngest", TS, "import { inngest } from './client';\nexport const f = inngest.createFunction({ id: 'a' }, { event: 'x' }, async () => {});", "a", 5),
    ("inngest without", TS, "import { inngest } from './client';\nexport const f = inngest.createFunction({ id: 'a', retries: 0 }, { event: 'x' }, async () => {});", "a", 1),
    ("trigger.dev", TS, "import { task } from '@trigger.dev/sdk/v3';\nexport const t = task({ id: 'a', retry: { maxAttempts: 1 }, run: async () => {} });", "a", 1),
    ("pg-boss", TS, "import PgBoss from 'pg-boss';\nboss.work('mail', async () => {});", "mail", 3),
    ("celery", PY, "from celery import shared_task\n@shared_task\ndef send(id):\n    pass", "send", 1),
    ("celery retried", PY, "from celery import shared_task\n@shared_task(bind=True, max_retries=5)\ndef send(self):\n    self.retry()", "send", 6),
    ("celery for ever", PY, "from celery import shared_task\n@shared_task(autoretry_for=(E,), max_retries=None)\ndef send():\n    pass", "send", -1),
    ("celery app", PY, "from app.celery_app import celery\n@celery.task(autoretry_for=(E,))\ndef send():\n    pass", "send", 4),
    ("dramatiq", PY, "import dramatiq\n@dramatiq.actor\ndef send():\n    pass", "send", 21),
    ("rq", PY, "from rq import Queue, Retry\ndef f(q):\n    q.enqueue(send, 1, retry=Retry(max=3))", "send", 4),
    ("rq once", PY, "from rq import Queue\ndef f(q):\n    q.enqueue(send, 1)", "send", 1),
    ("arq", PY, "from arq import cron\nclass WorkerSettings:\n    functions = [send]", "send", 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "path", "text", "queue", "attempts"), QUEUES, ids=[row[0] for row in QUEUES]
)
def test_queues(name: str, path: str, text: str, queue: str, attempts: int | None) -> None:
    job = only(path, text + "\n")
    assert (job.kind, job.name, job.settings.attempts) == (JobKind.QUEUE, queue, attempts)


SCHEDULES: list[tuple[str, str, str, str, str]] = [
    ("node-cron", TS, "import cron from 'node-cron';\ncron.schedule('0 3 * * *', nightly);", "node-cron", "0 3 * * *"),
    ("cron", TS, "import { CronJob } from 'cron';\nnew CronJob('0 3 * * *', nightly, null, true, 'UTC');", "cron", "0 3 * * *"),
    ("vercel", "vercel.json", '{"crons": [{"path": "/api/cron/nightly", "schedule": "0 3 * * *"}]}', "vercel", "0 3 * * *"),
    ("netlify", "netlify.toml", '[functions."nightly"]\nschedule = "@daily"\n', "netlify", "@daily"),
    ("cloudflare", "wrangler.toml", '[triggers]\ncrons = ["*/5 * * * *"]\n', "cloudflare", "*/5 * * * *"),
    ("cloudflare json", "wrangler.jsonc", '{ // hourly\n "triggers": { "crons": ["0 * * * *"], } }', "cloudflare", "0 * * * *"),
    ("render", "render.yaml", "services:\n  - type: cron\n    name: nightly\n    schedule: '0 3 * * *'\n", "render", "0 3 * * *"),
    ("pg_cron", "supabase/migrations/1.sql", "select cron.schedule('nightly', '0 3 * * *', $$ select net.http_post(url := 'https://x.supabase.co/functions/v1/digest') $$);", "pg_cron", "0 3 * * *"),
    ("celery beat", PY, "app.conf.beat_schedule = {'nightly': {'task': 'app.nightly', 'schedule': 30.0}}", "celery-beat", "30.0"),
    ("apscheduler", PY, "from apscheduler.schedulers.background import BackgroundScheduler\nscheduler.add_job(nightly, 'cron', hour=3)", "apscheduler", "'cron', 3"),
    ("workflow", ".github/workflows/nightly.yml", "on:\n  schedule:\n    - cron: '0 3 * * *'\njobs:\n  a:\n    steps:\n      - run: curl https://app.example.com/api/cron\n", "github-actions", "0 3 * * *"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "path", "text", "library", "when"), SCHEDULES, ids=[row[0] for row in SCHEDULES]
)
def test_schedules(name: str, path: str, text: str, library: str, when: str) -> None:
    job = only(path, text + "\n")
    assert (job.kind, job.library, job.schedule.strip()) == (JobKind.CRON, library, when)


def test_what_a_schedule_of_the_database_calls() -> None:
    text = "select cron.schedule('a', '* * * * *', $$ select net.http_post(url := 'https://x.supabase.co/functions/v1/digest') $$);\n"
    assert only("supabase/migrations/1.sql", text).target == "/functions/v1/digest"


def test_a_schedule_taken_back_later_is_gone() -> None:
    made = "select cron.schedule('a', '* * * * *', $$ select f() $$);\n"
    gone = "select cron.unschedule('a');\n"
    assert view_of({"supabase/migrations/1.sql": made, "supabase/migrations/2.sql": gone}).jobs.jobs == ()
    again = view_of({"supabase/migrations/1.sql": made, "supabase/migrations/2.sql": gone + made}).jobs.jobs
    assert [job.path for job in again] == ["supabase/migrations/2.sql"]


STARTED: list[tuple[str, str, str, JobKind, str]] = [
    ("interval", TS, "setInterval(() => { sync(); }, 60 * 1000);", JobKind.TIMER, "@1:13"),
    ("timeout", TS, "export function f() { setTimeout(sync, 1000); }", JobKind.TIMER, "sync"),
    ("after", TS, "import { after } from 'next/server';\nexport function POST() { after(() => log()); }", JobKind.AFTER, "POST.@2:32"),
    ("waitUntil", TS, "export function f(ctx) { ctx.waitUntil(work(1)); }", JobKind.AFTER, "work"),
    ("edge runtime", TS, "export function f() { EdgeRuntime.waitUntil(work()); }", JobKind.AFTER, "work"),
    ("background task", PY, "async def f(tasks: BackgroundTasks):\n    tasks.add_task(send_mail, 1)", JobKind.BACKGROUND, "send_mail"),
    ("asyncio task", PY, "import asyncio\nasync def f():\n    asyncio.create_task(work(1))", JobKind.BACKGROUND, "work"),
    ("thread", PY, "import threading\ndef f():\n    threading.Thread(target=work, args=(1,)).start()", JobKind.THREAD, "work"),
    ("executor", PY, "def f():\n    executor.submit(work, 1)", JobKind.THREAD, "work"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "path", "text", "kind", "work"), STARTED, ids=[row[0] for row in STARTED])
def test_started_work(name: str, path: str, text: str, kind: JobKind, work: str) -> None:
    job = only(path, text + "\n")
    assert (job.kind, job.work) == (kind, work)


def test_the_function_that_does_the_work_is_found_in_another_file() -> None:
    files = {
        "server/mail.ts": "export async function nightly() { await send(); }\n",
        "server/cron.ts": "import cron from 'node-cron';\nimport { nightly } from './mail';\ncron.schedule('* * * * *', nightly);\n",
    }
    (job,) = view_of(files).jobs.jobs
    assert job.handler is not None
    assert (job.handler_path, job.handler.name) == ("server/mail.ts", "nightly")


def test_timers_of_the_browser_are_no_jobs() -> None:
    assert (
        jobs("src/App.tsx", "'use client'\nexport function App() { setInterval(tick, 1000); return null; }\n")
        == ()
    )


def test_work_that_nobody_here_takes_makes_the_map_partial() -> None:
    text = "import { Queue } from 'bullmq';\nconst q = new Queue('mail');\nexport const f = () => q.add('one', { id: 1 });\n"
    found = view_of({TS: text}).jobs
    assert (found.jobs, found.completeness) == ((), "partial")


def test_settings_that_cannot_be_read_are_said() -> None:
    assert view_of({"vercel.json": '{"crons": ['}).jobs.unparsed == (("vercel.json", "not valid JSON"),)


PARTS = st.lists(
    st.sampled_from([*(part for row in (*QUEUES, *SCHEDULES, *STARTED) for part in (row[2], row[2][: len(row[2]) // 2])),
                     "(", ")", "{", "}", "'", "[", "]", "\n", ",", "=>", "\x00", "cron.schedule('"]),
    max_size=12,
).map("".join)  # fmt: skip
PATHS = (TS, PY, "vercel.json", "wrangler.toml", "wrangler.jsonc", "netlify.toml", "render.yaml", "railway.json", "railway.toml",
         "crontab", "supabase/migrations/1.sql", ".github/workflows/a.yml")  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=150)
@given(
    st.sampled_from(PATHS),
    st.one_of(PARTS, st.text(max_size=400), st.binary(max_size=400).map(lambda raw: raw.decode("latin-1"))),
)
def test_arbitrary_bytes_never_raise(path: str, text: str) -> None:
    found = view_of({path: text}).jobs
    assert isinstance(found, JobMap)
    assert all(job.line >= 1 and job.path == path for job in found.jobs)


@pytest.mark.parametrize(
    "text",
    [
        "export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));",
        "export function f(c: AbortController) { setTimeout(() => c.abort(), 5000); }",
        "export const late = () => new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 1000));",
    ],
)
def test_pauses_and_limits_are_no_jobs(text: str) -> None:
    assert jobs(TS, text + "\n") == ()
