"""How long each outbound call may take, call by call."""

from __future__ import annotations

import pytest

from lastmile_desktop.detectors.reliability.no_timeouts import detect
from lastmile_desktop.project.models.calls.model import CallSite
from tests.project.models.hooks import view_of

TS = "server/work.ts"
PY = "app/work.py"


def sites(path: str, text: str) -> list[CallSite]:
    return [site for site in view_of({path: text}).calls.sites if site.server]


def rules(path: str, text: str) -> list[str]:
    return sorted(finding.rule.partition("/")[2] for finding in detect(view_of({path: text})).findings)


SCRIPT: list[tuple[str, str, list[str]]] = [
    ("fetch", "await fetch('https://a.example');", ["http-no-timeout"]),
    ("fetch with a limit", "await fetch('https://a.example', { signal: AbortSignal.timeout(5000) });", []),
    (
        "fetch with a controller",
        "const c = new AbortController(); setTimeout(() => c.abort(), 5000); await fetch(url, { signal: c.signal });",
        [],
    ),
    ("the caller's signal is no limit", "await fetch(url, { signal: req.signal });", ["http-no-timeout"]),
    (
        "options in a variable",
        "const init = { method: 'POST', signal: AbortSignal.timeout(1) }; await fetch(url, init);",
        [],
    ),
    (
        "options without a limit",
        "const init = { method: 'POST' }; await fetch(url, init);",
        ["http-no-timeout"],
    ),
    ("raced against a timer", "await Promise.race([fetch(url), sleep(5000)]);", []),
    ("inside a timeout wrapper", "await withTimeout(fetch(url), 5000);", []),
    ("own path", "await fetch('/api/me');", []),
    ("font of one's own", "await fetch(new URL('./inter.ttf', import.meta.url));", []),
    ("data address", "await fetch(dataUrl);", []),
    ("no network at all", "await repository.fetch(id);", []),
]
IMPORTED: list[tuple[str, str, list[str]]] = [
    ("axios", "import axios from 'axios';\nexport const f = () => axios.get(url);", ["http-no-timeout"]),
    ("axios limited", "import axios from 'axios';\nexport const f = () => axios.post(url, body, { timeout: 5000 });", []),
    ("axios default", "import axios from 'axios';\naxios.defaults.timeout = 5000;\nexport const f = () => axios.get(url);", []),
    ("axios client", "import axios from 'axios';\nconst api = axios.create({ baseURL });\nexport const f = () => api.get('/x');", ["http-no-timeout"]),
    ("axios client limited", "import axios from 'axios';\nconst api = axios.create({ timeout: 1 });\nexport const f = () => api.get('/x');", []),
    ("ky gives up itself", "import ky from 'ky';\nexport const f = () => ky.get(url);", []),
    ("got", "import got from 'got';\nexport const f = () => got(url);", ["http-no-timeout"]),
    ("got limited", "import got from 'got';\nexport const f = () => got(url, { timeout: { request: 5000 } });", []),
    ("openai", "import OpenAI from 'openai';\nconst ai = new OpenAI();", ["sdk-default-long"]),
    ("openai limited", "import OpenAI from 'openai';\nconst ai = new OpenAI({ timeout: 60_000 });", []),
    ("openai from esm.sh", "import OpenAI from 'https://esm.sh/openai@4.20.1';\nconst ai = new OpenAI();", ["sdk-default-long"]),
    ("stripe", "import Stripe from 'stripe';\nconst stripe = new Stripe(key);", ["sdk-default-long"]),
    ("stripe limited", "import Stripe from 'stripe';\nconst stripe = new Stripe(key, { timeout: 20000 });", []),
    ("ai sdk", "import { generateText } from 'ai';\nexport const f = () => generateText({ model, prompt });", ["sdk-default-long"]),
    ("ai sdk limited", "import { generateText } from 'ai';\nexport const f = () => generateText({ model, prompt, abortSignal: AbortSignal.timeout(1) });", []),
    ("pg", "import { Pool } from 'pg';\nexport const pool = new Pool({ connectionString });", ["db-no-statement-timeout", "pool-acquire-infinite"]),
    ("postgres", "import postgres from 'postgres';\nexport const sql = postgres(url);", ["db-no-statement-timeout"]),
    ("postgres limited", "import postgres from 'postgres';\nexport const sql = postgres(url, { connection: { statement_timeout: 9000 } });", []),
    ("mail", "import nodemailer from 'nodemailer';\nconst t = nodemailer.createTransport({ host });", ["sdk-default-long"]),
]  # fmt: skip
PYTHON: list[tuple[str, str, list[str]]] = [
    ("requests", "import requests\ndef f(): return requests.get(url)", ["http-no-timeout"]),
    ("requests limited", "import requests\ndef f(): return requests.get(url, timeout=5)", []),
    ("requests None", "import requests\ndef f(): return requests.get(url, timeout=None)", ["http-no-timeout"]),
    ("requests open options", "import requests\ndef f(**kwargs): return requests.get(url, **kwargs)", []),
    ("session", "import requests\ndef f():\n    s = requests.Session()\n    return s.get(url)", ["http-no-timeout"]),
    ("httpx", "import httpx\ndef f(): return httpx.get(url)", []),
    ("httpx endless", "import httpx\ndef f(): return httpx.get(url, timeout=None)", ["http-no-timeout"]),
    ("httpx endless client", "import httpx\nclient = httpx.AsyncClient(timeout=None)", ["http-no-timeout"]),
    ("aiohttp", "import aiohttp\nasync def f():\n    async with aiohttp.ClientSession() as s:\n        return await s.get(url)", ["http-no-timeout"]),
    ("aiohttp limited", "import aiohttp\nasync def f():\n    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=9)) as s:\n        return await s.get(url)", []),
    ("urlopen", "from urllib.request import urlopen\ndef f(): return urlopen(url)", ["http-no-timeout"]),
    ("urlopen limited", "from urllib.request import urlopen\ndef f(): return urlopen(url, timeout=3)", []),
    ("smtp", "import smtplib\ndef f(): return smtplib.SMTP(host, 587)", ["http-no-timeout"]),
    ("openai", "from openai import OpenAI\nclient = OpenAI()", ["sdk-default-long"]),
    ("openai limited", "from openai import OpenAI\nclient = OpenAI(timeout=60)", []),
    ("engine", "from sqlalchemy import create_engine\nengine = create_engine(url)", ["db-no-statement-timeout"]),
    ("sqlite engine", "from sqlalchemy import create_engine\nengine = create_engine('sqlite:///x.db')", []),
    ("engine limited", "from sqlalchemy import create_engine\nengine = create_engine(url, connect_args={'options': '-c statement_timeout=9000'})", []),
    ("dict get", "def f(session): return session.get('user')", []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "statement", "expected"), SCRIPT, ids=[name for name, *_ in SCRIPT])
def test_requests_of_scripts(name: str, statement: str, expected: list[str]) -> None:
    text = f"export async function work(url: string, req: Request) {{\n  {statement}\n}}\n"
    assert rules(TS, text) == expected


@pytest.mark.parametrize(("name", "text", "expected"), IMPORTED, ids=[name for name, *_ in IMPORTED])
def test_libraries_of_scripts(name: str, text: str, expected: list[str]) -> None:
    assert rules(TS, text + "\n") == expected


@pytest.mark.parametrize(("name", "text", "expected"), PYTHON, ids=[name for name, *_ in PYTHON])
def test_libraries_of_python(name: str, text: str, expected: list[str]) -> None:
    assert rules(PY, text + "\n") == expected


def test_what_is_known_of_a_call() -> None:
    text = """export async function work(urls: string[]) {
  for (const url of urls) {
    try {
      await fetch(url, { signal: AbortSignal.timeout(5_000) });
    } catch {
      return;
    }
  }
}
"""
    (site,) = sites(TS, text)
    assert (site.function, site.line, site.timeout, site.seconds) == ("work", 4, "signal", 5.0)
    assert site.in_try
    assert site.in_loop


def test_tests_and_scripts_serve_nobody() -> None:
    text = "export const f = () => fetch('https://a.example');\n"
    assert sites("server/work.test.ts", text) == []
    assert sites("scripts/seed.ts", text) == []


def test_a_limit_of_the_database_itself_counts() -> None:
    files = {
        "server/db.ts": "import postgres from 'postgres';\nexport const sql = postgres(url);\n",
        "migrations/0001.sql": "alter role app set statement_timeout = '15s';\n",
    }
    assert detect(view_of(files)).findings == ()
