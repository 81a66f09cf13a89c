"""Facts: what small projects of each kind tell of themselves, and what only looks like it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lastmile_desktop.core.facts import FactSet
from lastmile_desktop.project.facts.collect import collect
from lastmile_desktop.project.git_facts import NO_GIT, Commit, GitFacts
from lastmile_desktop.project.memo import Memo
from lastmile_desktop.project.packages import find
from tests.project.trees import made


def facts(root: Path, files: dict[str, str], git: GitFacts = NO_GIT) -> FactSet:
    tree, reader = made(root, files)
    memo = Memo()
    first = collect(tree, reader, find(tree, reader), git, memo)
    assert collect(tree, reader, find(tree, reader), git, memo) == first
    return first


def package_json(*names: str, dev: tuple[str, ...] = (), name: str = "shop", **more: object) -> str:
    return json.dumps(
        {
            "name": name,
            "dependencies": dict.fromkeys(names, "^1.0.0"),
            "devDependencies": dict.fromkeys(dev, "^1.0.0"),
            **more,
        },
        indent=2,
    )


def place(found: FactSet, key: str, value: str) -> str:
    fact = next(fact for fact in found if fact.key == key and fact.value == value)
    assert fact.evidence is not None
    return f"{fact.evidence.path}:{fact.evidence.line_start}"


def commit(name: str, *trailers: str, day: int = 1) -> Commit:
    return Commit(
        f"{name}{day}", name, f"{name}@example.org", datetime(2026, 11, day, tzinfo=UTC), "x", trailers
    )


def history(*commits: Commit) -> GitFacts:
    return GitFacts(available=True, head="abc", branch="main", commits=commits)


def test_a_lovable_project(tmp_path: Path) -> None:
    found = facts(
        tmp_path,
        {
            "package.json": package_json(
                "@supabase/supabase-js", "react", dev=("vite", "lovable-tagger"), name="vite_react_shadcn_ts"
            ),
            "README.md": "# Welcome to your Lovable project\n",
            "index.html": "<html></html>",
            "bun.lockb": "",
            "package-lock.json": "{}",
            "components.json": '{"$schema": "https://ui.shadcn.com/schema.json"}',
            "supabase/config.toml": 'project_id = "abcdefgh"\n',
            "supabase/migrations/1_a.sql": "insert into storage.buckets (id) values ('x');\nselect cron.schedule('a');\n",
            "supabase/functions/pay/index.ts": 'import Stripe from "https://esm.sh/stripe@14.21.0";\n'
            'import { Resend } from "npm:resend@2.0.0";\n',
            "src/App.tsx": "supabase.auth.getUser();\nsupabase.channel('x');\n",
        },
        history(commit("gpt-engineer-app[bot]", "X-Lovable-Edit-ID: edt-1", day=2), commit("ann", day=1)),
    )
    assert found.value("tool.origin") == "lovable"
    assert found.value("tool.current") == "lovable"
    assert set(found.values("tool.lovable")) == {"package", "starter", "text", "commits"}
    assert place(found, "tool.lovable", "text") == "README.md:1"
    assert "**/src/components/ui/**" in found.values("tool.owned")
    assert found.has("fw.vite_spa") and found.has("fw.supabase_functions", "1")
    assert set(found.values("pkg.manager")) == {"npm", "bun"}
    assert found.has("pkg.manager.conflict", "bun + npm")
    assert found.value("db.provider") == "supabase"
    assert found.value("db.engine") == "postgres"
    assert found.value("db.access") == "data-api"
    assert found.value("auth.provider") == "supabase"
    assert place(found, "pay.provider", "stripe") == "supabase/functions/pay/index.ts:1"
    assert place(found, "email.provider", "resend") == "supabase/functions/pay/index.ts:2"
    assert place(found, "storage", "supabase") == "supabase/migrations/1_a.sql:1"
    assert place(found, "cron", "pg_cron") == "supabase/migrations/1_a.sql:2"
    assert place(found, "realtime", "supabase") == "src/App.tsx:2"
    assert found.has("ui.kit", "shadcn")
    assert found.has("lang", "deno")


def test_a_next_project(tmp_path: Path) -> None:
    found = facts(
        tmp_path,
        {
            "package.json": package_json(
                "next", "react", "next-auth", "drizzle-orm", "@neondatabase/serverless"
            ),
            "app/page.tsx": "",
            "app/layout.tsx": "export const metadata = {\n  generator: 'v0.app',\n}\n",
            "proxy.ts": "",
            "next.config.mjs": "export default { output: 'standalone' }\n",
            "drizzle.config.ts": "export default { dialect: 'postgresql' }\n",
            "drizzle/meta/_journal.json": "{}",
            "vercel.json": '{"crons": []}',
            ".env.local": "DATABASE_URL=postgres://u:p@ep-x-pooler.eu.neon.tech/db\n"
            "NEXT_PUBLIC_SITE_URL=https://shop.example-store.com\n",
            ".github/workflows/ci.yml": "on:\n  push:\njobs:\n  a:\n    steps:\n      - with:\n          node-version: 20\n",
        },
    )
    assert found.value("fw.next") == "^1.0.0"
    assert found.value("fw.next.router") == "app"
    assert found.value("fw.next.proxy_file") == "proxy.ts"
    assert found.value("fw.next.output") == "standalone"
    assert not found.has("fw.vite_spa")
    assert found.value("auth.provider") == "auth.js"
    assert found.value("db.orm") == "drizzle"
    assert found.value("db.provider") == "neon"
    assert set(found.values("db.connection")) == {"txn-pool", "http"}
    assert found.value("db.migrations") == "drizzle"
    assert found.value("db.migrations.dir") == "drizzle"
    assert found.value("host") == "vercel"
    assert found.value("ci") == "github-actions"
    assert found.value("runtime.node") == "20"
    assert found.value("tool.origin") == "v0"
    assert found.value("domains") == "shop.example-store.com"


def test_python_projects(tmp_path: Path) -> None:
    found = facts(
        tmp_path,
        {
            "backend/requirements.txt": "Django==5.1\ncelery==5.4\nsentry-sdk==2\npsycopg2-binary\n",
            "backend/shop/settings.py": "INSTALLED_APPS = ['django.contrib.auth']\nimport sentry_sdk\n"
            "sentry_sdk.init(dsn=x)\nENGINE = 'django.db.backends.postgresql'\nCELERY_BEAT_SCHEDULE = {}\n",
            "backend/shop/migrations/0001_initial.py": "",
            "backend/Dockerfile": "FROM python:3.12-slim\n",
            "Procfile": "web: gunicorn",
        },
    )
    assert found.has("fw.django", "5.1", "backend") and found.has("fw.celery", package="backend")
    assert found.value("auth.provider", "backend") == "django"
    assert place(found, "obs.errors", "sentry") == "backend/requirements.txt:3"
    assert place(found, "obs.errors.wired", "sentry") == "backend/shop/settings.py:3"
    assert not found.has("obs.errors.installed-not-wired")
    assert found.value("db.migrations", "backend") == "django"
    assert found.value("cron", "backend") == "celery-beat"
    assert found.value("queue", "backend") == "celery"
    assert found.value("runtime.python") == "3.12-slim"
    assert found.value("host") == "heroku"


def test_a_python_app_without_a_manifest(tmp_path: Path) -> None:
    found = facts(
        tmp_path, {"main.py": "from fastapi import FastAPI\napp = FastAPI()\n", "tool.py": "import flask\n"}
    )
    assert place(found, "fw.fastapi", "undeclared") == "main.py:2"
    assert not found.has("fw.flask")


def test_installed_is_not_wired(tmp_path: Path) -> None:
    found = facts(
        tmp_path,
        {
            "package.json": package_json("@sentry/react"),
            "src/a.ts": "// Sentry.init({ dsn })\nconst x = 1;\n",
        },
    )
    assert found.value("obs.errors") == "sentry"
    assert place(found, "obs.errors.installed-not-wired", "sentry") == "package.json:4"
    assert not found.has("obs.errors.wired")


@pytest.mark.parametrize(
    "files",
    [
        {
            "package.json": package_json("react-helmet", "@radix-ui/react-scroll-area"),
            "src/ScrollBar.tsx": "ScrollBar",
        },
        {
            "package.json": package_json("react"),
            "src/a.test.ts": "Sentry.init({})",
            "notes.md": "We use Sentry.init(",
        },
        {"package.json": package_json("react"), "node_modules/@sentry/react/package.json": package_json("x")},
    ],
)
def test_lookalikes_are_no_trackers(tmp_path: Path, files: dict[str, str]) -> None:
    found = facts(tmp_path, files)
    assert not found.has("obs.errors") and not found.has("obs.errors.*")


def test_a_library_that_supports_a_framework_is_not_an_app(tmp_path: Path) -> None:
    assert not facts(tmp_path, {"package.json": package_json("next"), "src/index.ts": ""}).has("fw.next")


def test_a_workflow_that_only_runs_by_the_clock_is_not_ci(tmp_path: Path) -> None:
    found = facts(
        tmp_path, {".github/workflows/a.yml": "on:\n  schedule:\n    - cron: '0 0 * * *'\njobs: {}\n"}
    )
    assert not found.has("ci")
    assert found.has("ci.other") and found.has("cron", "github-actions")


def test_kinds_of_payment_keys_and_never_their_values(tmp_path: Path) -> None:
    key = "".join(("sk_", "live_", "51HabcdefghIJKL"))
    found = facts(
        tmp_path, {"package.json": package_json("stripe"), ".env": f"A=1\nSTRIPE_SECRET_KEY={key}\n"}
    )
    assert place(found, "pay.mode", "live") == ".env:2"
    assert key not in repr(found)
    example = facts(tmp_path / "b", {"package.json": package_json("stripe"), ".env.example": f"KEY={key}\n"})
    assert not example.has("pay.mode")


def test_generated_files(tmp_path: Path) -> None:
    found = facts(
        tmp_path,
        {
            "src/routeTree.gen.ts": "export {};",
            "src/client.ts": "// This file is automatically generated. Do not edit it directly.\nexport {};",
            "src/own.ts": "export const note = 'do not edit';\n",
        },
    )
    assert set(found.values("repo.generated")) == {"src/routeTree.gen.ts", "src/client.ts"}


def test_several_tools_and_the_latest_of_them(tmp_path: Path) -> None:
    files = {"package.json": package_json("react", name="my-v0-project"), "CLAUDE.md": "", ".cursorrules": ""}
    claude = commit("ann", "Co-Authored-By: Claude Opus <noreply@anthropic.com>", day=20)
    found = facts(tmp_path, files, history(claude, commit("v0[bot]", day=2), commit("ann", day=1)))
    assert found.has("tool.v0") and found.has("tool.claude-code") and found.has("tool.cursor")
    assert found.value("tool.origin") == "v0"
    assert found.value("tool.current") == "claude-code"


def test_a_rules_file_alone_is_weak_evidence(tmp_path: Path) -> None:
    found = facts(tmp_path, {".cursorrules": "", "a.py": ""})
    current = found.first("tool.current")
    assert current is not None and current.confidence < 0.7
    assert not found.has("tool.origin")


def test_a_monorepo_says_so(tmp_path: Path) -> None:
    found = facts(
        tmp_path,
        {
            "package.json": package_json(workspaces=["apps/*"]),
            "turbo.json": "{}",
            "apps/web/package.json": package_json("next"),
            "apps/web/app/page.tsx": "",
        },
    )
    assert found.value("repo.kind") == "monorepo"
    assert found.has("fw.next", package="apps/web")


def test_broken_files_tell_nothing_and_raise_nothing(tmp_path: Path) -> None:
    files = {
        "package.json": "{",
        "vercel.json": "[",
        "supabase/config.toml": "\x01",
        ".env": "===",
        "a.sql": "(((",
        "x.tf": "}",
    }
    assert facts(tmp_path, files).value("iac") == "terraform"
