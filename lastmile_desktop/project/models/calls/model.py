"""Outbound calls: over the network, to provider SDKs, to the database (catalogue §4.4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Branch, Call, Outline
from lastmile_desktop.project.path_kinds import is_left_behind, is_tools_own

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView


class CallKind(StrEnum):
    HTTP = "http"
    SDK = "sdk"
    LLM = "llm"
    DATABASE = "database"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class CallSite:
    """`timeout` says how a limit is set (`signal`, `option`, `client`, `wrapper`, `default:<seconds>`), "" when
    there is none. `server` is False for code that only runs in a browser. `role` is `request`, `client` (an SDK or
    HTTP client being made), `pool` or `stream`. `limits` are further limits that are missing on a pool
    (`statement`, `acquire`). `seconds` is the limit where it is written as a number."""

    kind: CallKind
    library: str
    call: Call
    path: str
    function: str
    timeout: str = ""
    server: bool = True
    in_try: bool = False
    in_loop: bool = False
    role: str = "request"
    missing: tuple[str, ...] = ()
    seconds: float | None = None
    awaited_alone: bool = True

    @property
    def line(self) -> int:
        return self.call.span.line


@dataclass(frozen=True, slots=True)
class CallSites:
    """`statement_timeout` are places (path, line) where the database itself is given a limit. `deadlines` maps a
    file to the seconds its platform lets it run (`maxDuration`)."""

    sites: tuple[CallSite, ...] = ()
    unparsed: tuple[tuple[str, str], ...] = ()
    statement_timeout: tuple[tuple[str, int], ...] = ()
    deadlines: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class FileCalls:
    """What one file calls, before it is known where the file runs."""

    sites: tuple[CallSite, ...] = ()
    axios_default: bool = False
    deadline: float | None = None


_NOT_PRODUCTION = re.compile(
    r"(?:^|/)(?:tests?|__tests__|e2e|spec|scripts?|examples?|docs|seeds?|bench(?:marks?)?|fixtures|mocks|stories|\.storybook|"
    r"cypress|playwright|notebooks|migrations|alembic|tools|node_modules|dist|build|\.next|attached_assets)/|"
    r"\.(?:test|spec|stories|config|d)\.[cm]?[jt]sx?$|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest|setup|manage|seed[^/]*|"
    r"bootstrap_[^/]*|purge_[^/]*)\.py$|(?:^|/)seed[^/]*\.[jt]s$"
)
_SERVER_PATH = re.compile(
    r"(?:^|/)(?:app/api|pages/api|apps/api|packages/api|server|backend|functions|workers?|lambda|edge-functions)/|^api/|\.server\.[jt]sx?$|"
    r"(?:^|/)(?:route|middleware|proxy|\+server|\+page\.server|\+layout\.server|instrumentation)\.[jt]sx?$|(?:^|/)server\.[jt]s$"
)
_ONE_OFF = re.compile(
    r"(?:^|/)(?:debug|check|verify|test|fix|repair|migrate|setup|create|update|run|add|delete|cleanup|import|export|generate|"
    r"deploy|backfill|populate|reset|init)[_-][\w-]*\.(?:py|[cm]?[jt]s)$"
)
_SERVERS = frozenset(
    {"fastapi", "flask", "django", "starlette", "aiohttp", "sanic", "quart", "celery", "litestar"}
)
_STATEMENT_TIMEOUT = re.compile(r"statement_timeout", re.IGNORECASE)


@lru_cache(maxsize=65_536)
def is_production(path: str) -> bool:
    """Whether code at this path serves users, rather than tests, scripts or tooling."""
    return _NOT_PRODUCTION.search(path) is None and not is_left_behind(path) and not is_tools_own(path)


@lru_cache(maxsize=65_536)
def _is_server_path(path: str) -> bool:
    return _SERVER_PATH.search(path) is not None


@lru_cache(maxsize=65_536)
def _is_one_off(path: str) -> bool:
    return _ONE_OFF.search(path) is not None


def build(view: ProjectView) -> CallSites:
    """All outbound calls of code that runs on a server."""
    sites: list[CallSite] = []
    deadlines: list[tuple[str, float]] = []
    axios_default = False
    runs_on_server = server_test(view)
    for path, found in view.each_source("calls", is_production, _read, FileCalls()).items():
        axios_default = axios_default or found.axios_default
        if not found.sites:
            continue
        server = runs_on_server(path)
        sites += [item if server else replace(item, server=False) for item in found.sites]
        if found.deadline is not None:
            deadlines.append((path, found.deadline))
    if axios_default:
        sites = [_by_default(item) for item in sites]
    return CallSites(tuple(sites), _unparsed(view), _statement_timeouts(view), tuple(deadlines))


def _read(outline: Outline, text: str) -> FileCalls:
    from lastmile_desktop.project.models.calls.sites import read

    empty = outline.shallow or not (outline.functions or outline.top)
    return FileCalls() if empty else read(outline, text)


def server_test(view: ProjectView) -> Callable[[str], bool]:
    """Tells of a source file whether it serves users from a server."""
    imported = frozenset(view.modules.targets.values())

    def runs(path: str) -> bool:
        outline = view.outlines[path]
        if outline.language == "python":
            return not _is_script(view, path, imported)
        return _runs_on_server(view, path, outline.directives, imported)

    return runs


def server_files(view: ProjectView) -> frozenset[str]:
    """The source files that serve users from a server."""
    runs = server_test(view)
    return frozenset(path for path in view.outlines if is_production(path) and runs(path))


def _by_default(site: CallSite) -> CallSite:
    return replace(site, timeout="client") if site.library == "axios" and not site.timeout else site


def _runs_on_server(
    view: ProjectView, path: str, directives: tuple[str, ...], imported: frozenset[str]
) -> bool:
    if "use server" in directives or _has_server_functions(view.outlines[path]):
        return True
    if view.client_graph.is_client(path) or "use client" in directives:
        return False
    if _is_server_path(path) or (path in view.client_graph.server and path in imported):
        return True
    return not view.client_graph.entries and not _is_one_off(path)


def _has_server_functions(outline: Outline) -> bool:
    """TanStack Start: what `createServerFn` is handed stays on the server, whoever imports the file."""
    return any(
        item.module.startswith("@tanstack/") and any(name == "createServerFn" for _, name in item.names)
        for item in outline.imports
    )


def _is_script(view: ProjectView, path: str, imported: frozenset[str]) -> bool:
    """A Python file that someone runs by hand: it has a main block, answers no requests and nobody imports it."""
    outline = view.outlines[path]
    if _is_one_off(path) and "/" not in path:
        return True
    has_main = any(isinstance(step, Branch) and "__name__" in step.test for step in outline.top)
    if not has_main or any(
        "." in call.callee for function in outline.functions for call in function.decorators
    ):
        return False
    if any(item.module.partition(".")[0] in _SERVERS for item in outline.imports):
        return False
    return path not in imported


def _unparsed(view: ProjectView) -> tuple[tuple[str, str], ...]:
    return tuple(
        (path, outline.error)
        for path, outline in sorted(view.outlines.items())
        if outline.error
        and not outline.functions
        and not outline.top
        and is_production(path)
        and _is_server_path(path)
    )


def _statement_timeouts(view: ProjectView) -> tuple[tuple[str, int], ...]:
    """Places outside code that limit how long the database works on a statement."""
    found: list[tuple[str, int]] = []
    for entry in _with_settings(view):
        line = view.per_file("statement-timeout", entry, _timeout_line, 0)
        if line:
            found.append((entry, line))
    return tuple(found)


def _with_settings(view: ProjectView) -> Iterable[str]:
    for entry in view.tree.readable():
        if entry.suffix == ".sql" or entry.name.startswith(".env") or entry.suffix == ".prisma":
            yield entry.path


def _timeout_line(text: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if _STATEMENT_TIMEOUT.search(line) and "idle_in_transaction" not in line and not _is_zero(line):
            return number
    return 0


def _is_zero(line: str) -> bool:
    """Dumps begin with `SET statement_timeout = 0`, which switches the limit off for the restore."""
    return re.search(r"statement_timeout\s*(?:=|to)\s*'?0\b", line, re.IGNORECASE) is not None
