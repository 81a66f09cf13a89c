"""Where the code opens connections to a database, how many it may hold, and which address it is given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import (
    Attempt,
    Call,
    Function,
    Loop,
    Outline,
    Step,
    Value,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.calls.model import is_production

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_MODULES = {
    "pg": "pg", "@neondatabase/serverless": "neon", "@vercel/postgres": "vercel", "postgres": "postgres.js",
    "@prisma/client": "prisma", "mysql2": "mysql", "mysql2/promise": "mysql",
}  # fmt: skip
_PY_MAKERS = {
    "create_engine": "sqlalchemy", "create_async_engine": "sqlalchemy", "asyncpg.create_pool": "asyncpg",
    "asyncpg.connect": "asyncpg", "psycopg.connect": "psycopg", "psycopg2.connect": "psycopg2",
    "AsyncConnectionPool": "psycopg", "ConnectionPool": "psycopg", "SQLAlchemy": "flask-sqlalchemy",
}  # fmt: skip
_DEFAULT_MAX = {
    "pg": 10,
    "neon": 10,
    "postgres.js": 10,
    "vercel": 10,
    "mysql": 10,
    "sqlalchemy": 15,
    "asyncpg": 10,
}
_VERBS = re.compile(
    r"^(?:GET|POST|PUT|PATCH|DELETE|handler|default)$|^Route\.|\.(?:loader|action)$|^(?:loader|action)$"
)
_ROUTES = re.compile(
    r"^(?:app|router|server|fastify|api|\w*[rR]outer|bp|blueprint)\.(?:get|post|put|patch|delete|all|use|route)$"
    r"|^(?:Deno\.)?serve$|^onRequest$"
)
_KEPT = re.compile(
    r"globalThis|\bglobal\b|\?\?=|\|\|=|cached|singleton|_engine|_pool|lru_cache|instance", re.IGNORECASE
)
_ADDRESSES = (
    ("direct", re.compile(r"@db\.[\w\[\]<>{}$-]{3,60}\.supabase\.co(?::5432)?\b")),
    ("txn-pool", re.compile(r"pooler\.supabase\.com:6543\b|@db\.[\w\[\]<>{}$-]{3,60}\.supabase\.co:6543\b")),
    ("session-pool", re.compile(r"pooler\.supabase\.com(?::5432)?\b")),
    ("neon-pool", re.compile(r"-pooler\.[\w.-]{1,80}neon\.tech")),
    ("neon-direct", re.compile(r"@ep-[\w-]{3,80}(?<!-pooler)\.[\w.-]{1,60}neon\.tech")),
)
_SETTING = re.compile(r"^\s*(?:export\s+)?([A-Z][A-Z0-9_]{2,60})\s*=\s*(.{8,400})$")
_ENV_FILE = re.compile(r"(?:^|/)\.?env[\w.-]*$|(?:^|/)[\w.-]+\.env(?:\.\w+)?$")
_ONE_OFF = re.compile(
    r"^[a-z]+[_-][\w-]*\.(?:py|[cm]?[jt]s)$|(?:^|/)(?:seed|purge|bootstrap|backfill|migrate|add|cleanup|run)[_-][\w-]*\.(?:py|[cm]?[jt]s)$"
)
_MIGRATES = re.compile(r"DIRECT|MIGRAT|UNPOOLED|NON_POOLING", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Opening:
    """A call that opens connections. `most` is how many it may hold (0 unknown), `explicit` when the code says so.
    `each_time` when it stands in code that runs for every request."""

    path: str
    line: int
    library: str
    function: str
    most: int
    explicit: bool
    each_time: bool
    options: str
    kept: bool


@dataclass(frozen=True, slots=True)
class Leak:
    """A connection taken from a pool and never, or not always, given back."""

    path: str
    line: int
    always: bool


@dataclass(frozen=True, slots=True)
class FilePools:
    openings: tuple[Opening, ...] = ()
    leaks: tuple[Leak, ...] = ()
    session: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Address:
    """A database address in a settings file: `kind` is direct, session-pool, txn-pool, neon-pool or neon-direct."""

    path: str
    line: int
    name: str
    kind: str
    value: str

    @property
    def for_migrations(self) -> bool:
        return _MIGRATES.search(self.name) is not None


_NONE = FilePools()


def file_pools(view: ProjectView) -> dict[str, FilePools]:
    found = view.each_outline("pools", read_pools)
    return {path: item for path, item in found.items() if item is not _NONE}


def addresses(view: ProjectView) -> tuple[Address, ...]:
    """Every recognised address of the settings files, examples included: they show what is meant to be used."""
    paths = tuple(view.tree.files)
    chosen = view.whole("pools.env", paths, lambda: tuple(path for path in paths if _ENV_FILE.search(path)))
    return tuple(
        Address(path, line, name, kind, value)
        for path in chosen
        for line, name, kind, value in view.per_file("pools.addresses", path, _addresses, ())
    )


def _addresses(text: str) -> tuple[tuple[int, str, str, str], ...]:
    found: list[tuple[int, str, str, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        setting = _SETTING.match(line)
        for kind, pattern in _ADDRESSES if setting is not None else ():
            if setting is not None and pattern.search(setting[2]):
                query = setting[2].partition("?")[2]
                found.append((number, setting[1], kind, query))
                break
    return tuple(found)


def read_pools(outline: Outline) -> FilePools:
    """The connections that one file opens."""
    if outline.shallow or not is_production(outline.path) or _ONE_OFF.search(outline.path):
        return _NONE
    libraries = {
        local: _MODULES[item.module]
        for item in outline.imports
        for local, _ in item.names
        if item.module in _MODULES
    }
    openings = [*_in_steps(outline.top, outline, libraries, None)]
    leaks: list[Leak] = []
    session: list[tuple[int, str]] = []
    for function in outline.functions:
        openings += _in_steps(function.body, outline, libraries, function)
        leaks += _leaks(function, outline.path)
        session += _session_features(function.body)
    if not (openings or leaks or session):
        return _NONE
    return FilePools(tuple(openings), tuple(leaks), tuple(session))


def _in_steps(
    steps: tuple[Step, ...], outline: Outline, libraries: dict[str, str], function: Function | None
) -> Iterator[Opening]:
    python = outline.language == "python"
    for step in steps_within(steps):
        for call in () if isinstance(step, Attempt) else step.calls:
            library = _PY_MAKERS.get(call.callee, "") if python else _script_library(call, libraries)
            if library:
                options = next(
                    (arg for arg in call.args if arg.entries), call.args[-1] if call.args else Value("")
                )
                most, explicit = _most(call, options, library)
                texts = " ".join([*getattr(step, "targets", ()), function.name if function else ""])
                kept = _KEPT.search(texts) is not None or _is_cached(function)
                yield Opening(
                    outline.path, call.span.line, library, function.name if function else "", most, explicit,
                    _runs_each_time(function, outline) and not kept, " ".join(arg.text for arg in call.args), kept,
                )  # fmt: skip


def _script_library(call: Call, libraries: dict[str, str]) -> str:
    root = call.root.partition(".")[0]
    library = libraries.get(root, "")
    if call.is_new and call.root.rpartition(".")[2] in ("Pool", "PrismaClient"):
        drivers = [name for name in libraries.values() if name in ("pg", "neon", "vercel")]
        return library or ("prisma" if call.root == "PrismaClient" else next(iter(drivers), ""))
    if library == "postgres.js" and call.links and not call.links[0].name:
        return library
    return "mysql" if library == "mysql" and call.callee.endswith(("createPool", "createConnection")) else ""


def _most(call: Call, options: Value, library: str) -> tuple[int, bool]:
    if library == "sqlalchemy":
        given = {arg.name: arg.text for arg in call.args if arg.name}
        size, extra = given.get("pool_size", "5"), given.get("max_overflow", "10")
        whole = int(size) + int(extra) if size.isdigit() and extra.isdigit() else 0
        return whole, "pool_size" in given or "max_overflow" in given
    for name in ("max", "connectionLimit", "max_size"):
        value = options.entry(name) or next((arg for arg in call.args if arg.name == name), None)
        if value is not None:
            return (int(value.text) if value.text.isdigit() else 0), True
    return _DEFAULT_MAX.get(library, 0), False


def _is_cached(function: Function | None) -> bool:
    if function is None:
        return False
    if any(_KEPT.search(call.callee) for call in (*function.decorators, *function.wrapped_by)):
        return True
    return any(
        re.search(r"^!|is None|=== undefined|== null|not _", getattr(step, "test", "")) is not None
        or any(_KEPT.search(target) for target in getattr(step, "targets", ()))
        for step in steps_within(function.body)
    )


def _runs_each_time(function: Function | None, outline: Outline) -> bool:
    """Whether a function answers requests: a route, or a callback that is given to one."""
    if function is None:
        return False
    handles = any(_ROUTES.search(call.callee) for call in (*function.wrapped_by, *function.decorators))
    exported = any(_VERBS.match(name) for name in (*function.exported_as, function.name))
    return (
        handles
        or (exported and outline.language != "python")
        or "use server" in (*function.directives, *outline.directives)
    )


def _leaks(function: Function, path: str) -> Iterator[Leak]:
    """`const client = await pool.connect()` without `client.release()` on every way out."""
    for step in steps_within(function.body):
        for call in () if isinstance(step, Attempt | Loop) else step.calls:
            if (
                not re.search(r"(?:^|\.)\w*[pP]ool\.(?:connect|getConnection)$", call.callee)
                or not call.awaited
            ):
                continue
            name = call.assigned[0] if call.assigned else ""
            if not name:
                continue
            given_back = [other for other in calls_within(function.body) if _gives_back(other, name)]
            if not given_back:
                handed_on = any(
                    arg.text == name for other in calls_within(function.body) for arg in other.args
                )
                if not handed_on and not _returned(function, name):
                    yield Leak(path, call.span.line, True)
            elif not _in_final(function, name):
                yield Leak(path, call.span.line, False)


def _gives_back(call: Call, name: str) -> bool:
    return call.root == name and call.callee.rpartition(".")[2] in ("release", "end", "destroy")


def _returned(function: Function, name: str) -> bool:
    return any(
        getattr(getattr(step, "value", None), "text", "") in (name, f"await {name}")
        for step in steps_within(function.body)
    )


def _in_final(function: Function, name: str) -> bool:
    finals = [step.final for step in steps_within(function.body) if isinstance(step, Attempt)]
    return any(_gives_back(call, name) for final in finals for call in calls_within(final))


def _session_features(steps: tuple[Step, ...]) -> Iterator[tuple[int, str]]:
    """What only works while one connection stays the same."""
    for call in calls_within(steps):
        for arg in call.args[:1]:
            text = arg.text.strip("`'\" ").lower()
            if re.match(r"listen\s+\w+", text) and call.callee.endswith(("query", "execute")):
                yield call.span.line, "LISTEN"
            elif re.search(r"\bpg_(?:try_)?advisory_lock\s*\(", text):
                yield call.span.line, "pg_advisory_lock"
            elif re.match(r"create\s+temp(?:orary)?\s+table", text):
                yield call.span.line, "temporary tables"
        if call.callee.endswith((".listen", ".subscribe")) and call.root in ("sql", "pgSql"):
            yield call.span.line, "LISTEN"
