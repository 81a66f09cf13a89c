"""Where data lives and how the code reaches it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.evidence import Evidence, EvidenceKind
from lastmile_desktop.core.facts import Fact
from lastmile_desktop.project.facts.survey import Survey, is_foreign, of_file

_PRISMA_PROVIDER = re.compile(
    r"^datasource\s+\w+\s*\{[^}]{0,600}?^\s*provider\s*=\s*\"(\w+)\"", re.MULTILINE | re.DOTALL
)
_DRIZZLE_DIALECT = re.compile(r"\bdialect\s*:\s*[\"'](\w+)[\"']")
_DJANGO_ENGINE = re.compile(r"django\.db\.backends\.(\w+)")
_DATABASE_URL = re.compile(
    r"^[ \t]*(?:export\s+)?\w*(?:DATABASE|DB|POSTGRES|MONGO)\w*\s*[=:]\s*[\"']?(\w+)(?:\+\w+)?://",
    re.MULTILINE,
)
_ENGINES = {
    "postgresql": "postgres", "postgres": "postgres", "postgis": "postgres", "cockroachdb": "postgres",
    "mysql": "mysql", "mariadb": "mysql", "planetscale": "mysql", "sqlite": "sqlite", "sqlite3": "sqlite",
    "turso": "sqlite", "libsql": "sqlite", "mongodb": "mongo", "mongo": "mongo", "sqlserver": "sqlserver",
}  # fmt: skip
_CONNECTIONS = (
    ("direct", re.compile(r"@db\.[a-z0-9]{8,40}\.supabase\.co(?::5432)?\b")),
    ("session-pool", re.compile(r"pooler\.supabase\.com:5432\b")),
    (
        "txn-pool",
        re.compile(r"pooler\.supabase\.com:6543\b|-pooler\.[\w.-]{1,80}neon\.tech|[?&]pgbouncer=true"),
    ),
)
_MIGRATIONS = (
    ("supabase", re.compile(r"^(?P<dir>(?:.*/)?supabase/migrations)/[^/]+\.sql$")),
    ("supabase-declarative", re.compile(r"^(?P<dir>(?:.*/)?supabase/schemas)/[^/]+\.sql$")),
    ("prisma", re.compile(r"^(?P<dir>(?:.*/)?migrations)/[^/]+/migration\.sql$")),
    ("drizzle", re.compile(r"^(?P<dir>.*)/meta/_journal\.json$")),
    ("alembic", re.compile(r"^(?P<dir>(?:.*/)?(?:alembic|migrations)/versions)/[^/]+\.py$")),
    ("django", re.compile(r"^(?P<dir>(?:.*/)?migrations)/0\d{3}_\w+\.py$")),
    ("knex", re.compile(r"^(?P<dir>(?:.*/)?migrations)/\d{14}_[\w-]+\.[jt]s$")),
    ("flyway", re.compile(r"^(?P<dir>(?:.*/)?)V\d[\w.]*__\w+\.sql$")),
)
_CRON_SCHEDULE = re.compile(r"\bcron\.schedule\s*\(", re.IGNORECASE)
_PGMQ = re.compile(r"\bpgmq\.(?:create|send)\b|create extension[^;]{0,60}\bpgmq\b", re.IGNORECASE)
_REALTIME = re.compile(r"alter publication supabase_realtime add table", re.IGNORECASE)
_BUCKETS = re.compile(r"insert into storage\.buckets", re.IGNORECASE)
# Runtimes bring SQLite along: no package says so.
_SQLITE_OPENED = (
    "sqlite3.connect(",
    "aiosqlite.connect(",
    "new DatabaseSync(",
    'from "bun:sqlite"',
    "from 'bun:sqlite'",
    "SqliteDatabase(",
)
_CELERY_BEAT = ("beat_schedule", "CELERY_BEAT_SCHEDULE", "@celery.on_after_configure")


def facts(survey: Survey) -> Iterator[Fact]:
    yield from _engines(survey)
    yield from _supabase_project(survey)
    yield from _connections(survey)
    yield from _migrations(survey)
    yield from _in_sql(survey)
    yield from _access(survey)
    where = survey.first_hit(survey.code_files, _SQLITE_OPENED)
    if where is not None:
        yield Fact("db.engine", "sqlite", survey.package_of(where.path).path, 0.85, where)
    where = survey.first_hit((path for path in survey.code_files if path.endswith(".py")), _CELERY_BEAT)
    if where is not None:
        yield Fact("cron", "celery-beat", survey.package_of(where.path).path, 0.9, where)


def _engines(survey: Survey) -> Iterator[Fact]:
    schemas = tuple(path for path in survey.tree.files if path.endswith(".prisma") and not is_foreign(path))
    drizzle = survey.named("drizzle.config.ts", "drizzle.config.js", "drizzle.config.json")
    settings = tuple(
        path for path in survey.code_files if path.endswith(".py") and "settings" in path.rpartition("/")[2]
    )
    for paths, pattern, confidence in (
        (schemas, _PRISMA_PROVIDER, 0.95),
        (drizzle, _DRIZZLE_DIALECT, 0.95),
        (settings, _DJANGO_ENGINE, 0.85),
        (survey.settings_files, _DATABASE_URL, 0.85),
    ):
        for path, line, value in survey.search(paths, pattern):
            engine = _ENGINES.get(value.lower())
            if engine:
                yield of_file("db.engine", engine, path, line, survey.package_of(path).path, confidence)


def _supabase_project(survey: Survey) -> Iterator[Fact]:
    for path in survey.named("config.toml"):
        if path.endswith("supabase/config.toml"):
            line = survey.line_of(path, "project_id")
            package = survey.package_of(path).path
            yield of_file("db.provider", "supabase", path, line, package)
            yield of_file("db.engine", "postgres", path, line, package)


def _connections(survey: Survey) -> Iterator[Fact]:
    for kind, pattern in _CONNECTIONS:
        for path, line, _ in survey.search(survey.env_files, pattern):
            yield of_file("db.connection", kind, path, line, survey.package_of(path).path)
    for package in survey.packages:
        if "@neondatabase/serverless" in package.dependencies:
            evidence = survey.declared(package, "@neondatabase/serverless")
            yield Fact("db.connection", "http", package.path, 0.8, evidence)


def _migrations(survey: Survey) -> Iterator[Fact]:
    seen: set[tuple[str, str]] = set()
    for path in survey.tree.files:
        if is_foreign(path) or not path.endswith((".sql", ".py", ".json", ".ts", ".js")):
            continue
        for tool, pattern in _MIGRATIONS:
            match = pattern.match(path)
            if match is None:
                continue
            folder = match["dir"].rstrip("/") or "."
            if (tool, folder) not in seen:
                seen.add((tool, folder))
                package = survey.package_of(path).path
                evidence = Evidence(EvidenceKind.CONFIG, path)
                yield Fact("db.migrations", tool, package, 0.95, evidence)
                yield Fact("db.migrations.dir", folder, package, 0.95, evidence)
            break


def _in_sql(survey: Survey) -> Iterator[Fact]:
    scripts = tuple(path for path in survey.tree.files if path.endswith(".sql") and not is_foreign(path))
    for key, value, pattern in (
        ("cron", "pg_cron", _CRON_SCHEDULE),
        ("queue", "pgmq", _PGMQ),
        ("realtime", "supabase", _REALTIME),
        ("storage", "supabase", _BUCKETS),
    ):
        for path in scripts:
            digest = survey.tree.files[path].digest
            line = survey.memo.per_file(
                f"sql:{value}:{key}",
                path,
                digest,
                lambda path=path, pattern=pattern: _line(survey, path, pattern),
            )
            if line:
                yield of_file(key, value, path, line, survey.package_of(path).path)
                break


def _line(survey: Survey, path: str, pattern: re.Pattern[str]) -> int:
    return next((line for _, line, _ in survey.search((path,), pattern)), 0)


def _access(survey: Survey) -> Iterator[Fact]:
    for package in survey.packages:
        names = package.dependencies.keys()
        api = next(
            (
                name
                for name in ("@supabase/supabase-js", "supabase", "supabase_flutter", "firebase")
                if name in names
            ),
            "",
        )
        orm = next((name for name in _ORMS if name in names), "")
        driver = next((name for name in _DRIVERS if name in names), "")
        if not (api or orm or driver):
            continue
        value = "mixed" if api and (orm or driver) else "data-api" if api else "orm" if orm else "driver"
        evidence = survey.declared(package, api or orm or driver)
        yield Fact("db.access", value, package.path, 0.85, evidence)


_DATA_APIS = ("@supabase/supabase-js", "supabase", "supabase_flutter", "firebase")
_ORMS = (
    "@prisma/client", "drizzle-orm", "kysely", "typeorm", "sequelize", "mongoose", "sqlalchemy",
    "flask-sqlalchemy", "sqlmodel", "django", "beanie", "mongoengine",
)  # fmt: skip
_DRIVERS = (
    "pg", "postgres", "@neondatabase/serverless", "@vercel/postgres", "mysql2", "better-sqlite3", "mongodb",
    "psycopg", "psycopg2", "psycopg2-binary", "asyncpg", "pymongo", "motor",
)  # fmt: skip
