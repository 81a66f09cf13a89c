"""Which source files run on a server and serve users: no tests, no scripts run by hand, no browser code."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Branch, Outline
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.path_kinds import PathKind, path_kind

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_SERVER_PATH = re.compile(
    r"(?:^|/)(?:app/api|pages/api|apps/api|packages/api|server|backend|functions|workers?|lambda|"
    r"edge-functions|"
    r"netlify|convex)/|^api/|\.server\.[jt]sx?$|"
    r"(?:^|/)(?:route|middleware|proxy|\+server|\+page\.server|\+layout\.server|hooks\.server|"
    r"instrumentation)\.[jt]sx?$|"
    r"(?:^|/)server\.[cm]?[jt]s$"
)
_BY_HAND = re.compile(
    r"(?:^|/)(?:debug|check|verify|test|fix|repair|migrate|setup|create|run|add|make|delete|cleanup|"
    r"generate|deploy|"
    r"backfill|populate|reset|init|start|promote|seed|dump|inspect|diagnose)[_-][\w-]*\.(?:py|[cm]?[jt]s)$|"
    r"(?:^|/)management/commands/|(?:^|/)(?:cli|bin|tools|tooling|migrations|attached_assets|db_admin|build)/|"
    r"(?:^|/)(?:cleanup|migrate|drizzle|vite|next|tailwind|webpack|rollup|gulpfile)[\w.-]*\.(?:py|[cm]?[jt]s)$"
)
_SERVERS = frozenset(
    {"fastapi", "flask", "django", "starlette", "aiohttp", "sanic", "quart", "celery", "litestar"}
)
_PARTS = frozenset({PathKind.CODE, PathKind.SEED, PathKind.DOC})


@lru_cache(maxsize=65_536)
def _may_serve(path: str) -> bool:
    if "supabase/functions/" in path:
        return path_kind(path) in _PARTS
    return is_production(path) and path_kind(path) is PathKind.CODE and _BY_HAND.search(path) is None


@lru_cache(maxsize=65_536)
def _names_server(path: str) -> bool:
    return _SERVER_PATH.search(path) is not None


def serves_users(view: ProjectView, path: str) -> bool:
    """Whether code at this path runs on a server while users are served."""
    outline = view.outlines.get(path)
    if outline is None or outline.shallow or not _may_serve(path):
        return False
    if outline.language == "python":
        return not _is_script(outline)
    if "use server" in outline.directives:
        return True
    graph = view.client_graph
    if graph.is_client(path) or "use client" in outline.directives:
        return False
    return _names_server(path) or path in graph.server or not graph.entries


def _is_script(outline: Outline) -> bool:
    """A Python file with a main block that belongs to no web framework."""
    if not any(isinstance(step, Branch) and "__name__" in step.test for step in outline.top):
        return False
    return not any(item.module.partition(".")[0] in _SERVERS for item in outline.imports)
