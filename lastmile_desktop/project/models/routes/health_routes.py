"""Routes that a monitor can ask whether the app is up, and whether they look at what the app needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Function, calls_within
from lastmile_desktop.project.models.routes.model import EntryKind, Route

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

# Only what stands for the whole app: `/api/payments/health` speaks of one part of it, and `/admin` wants a login.
_HEALTH = re.compile(
    r"^/?(?:(?:api|apis|rest|internal|system|utils?|core|server|app|public|monitoring|web-?hooks?|_?next|"
    r"v\d{1,2}|trpc|backend|"
    r"actuator|\w{0,20}service)/){0,4}"
    r"(?:_?health(?:z|s|check|[-_]check)?(?:/(?:db|database|ready|readiness|live|full|deep|detailed))?|"
    r"(?:test-?|check-?)?(?:db|database)(?:-?(?:check|test|status|health))?|live(?:z|ness)|ready(?:z|ness)?|readiness|liveness|ping|status|up)/?$",
    re.IGNORECASE,
)
_EDGE_HEALTH = re.compile(
    r"^/?(?:functions/v1/)?(?:health|healthz|health-?check|status|ping)/?$", re.IGNORECASE
)
# Routers by file name whose folders the route map does not read (remix-flat-routes and its like).
_HEALTH_FILE = re.compile(
    r"(?:^|/)(?:routes|api|pages)/(?:[\w.+$-]{1,40}/){0,3}[\w+]{0,12}[._+]?_?health(?:z|check|-check)?\.[jt]sx?$"
)
_HTTP_KINDS = frozenset([EntryKind.HTTP, EntryKind.EDGE_FUNCTION, EntryKind.CALLABLE])
# Calls that only put an answer together or tell about the process itself.
_ANSWERS = re.compile(
    r"^(?:res|reply|c|ctx|response|NextResponse|Response|JSON|Date|console|logger|logging|process|os|time|datetime|"
    r"str|dict|int|float|round|len|print|jsonify|json|JsonResponse|HttpResponse|JSONResponse|PlainTextResponse|"
    r"ORJSONResponse|Math|Number|String|Object|uuid|crypto|platform|corsHeaders|new|headers|Headers|req|request|"
    r"performance|settings|getenv|isoformat|make_response|set|h|status|json_response|timezone|setHeaders?|setCors\w*)$"
)
_ASKS = re.compile(
    r"\$queryRaw|\bselect\s+1\b|\b(?:db|database|redis|mongo\w*|prisma|supabase\w*|session|engine|conn(?:ection)?|pool|"
    r"sql|queue|kafka|client)\b",
    re.IGNORECASE,
)
_LIBRARIES = (
    "django-health-check",
    "@godaddy/terminus",
    "@nestjs/terminus",
    "fastapi-health",
    "django-alive",
)
_MOST_READ = 80
_HANDLERS = ("loader", "GET", "default", "handler")


@dataclass(frozen=True, slots=True)
class HealthRoute:
    """`asks` when it looks at the database, a queue or the like; True as well where that cannot be seen."""

    path: str
    line: int
    route: str
    asks: bool


def health_routes(view: ProjectView) -> tuple[HealthRoute, ...]:
    found = [_read(view, route) for route in view.routes.routes if is_health(route)]
    known = {route.path for route in found}
    return tuple(dict.fromkeys((*found, *_by_file(view, known), *_of_libraries(view))))


def is_health(route: Route) -> bool:
    if route.kind is EntryKind.EDGE_FUNCTION:
        return _EDGE_HEALTH.search(route.route.rpartition("/")[2]) is not None
    return route.kind in _HTTP_KINDS and _HEALTH.search(route.route) is not None


@lru_cache(maxsize=65_536)
def _may_be_health(path: str) -> bool:
    return "health" in path and _HEALTH_FILE.search(path) is not None


def _by_file(view: ProjectView, known: set[str]) -> Iterator[HealthRoute]:
    for path in view.outlines:
        if path not in known and _may_be_health(path):
            outline = view.outlines[path]
            handler = next((outline.exported(name) for name in _HANDLERS if outline.exported(name)), None)
            if handler is not None:
                asks = _looks(handler)
                yield HealthRoute(path, handler.span.line, path, asks)


def _read(view: ProjectView, route: Route) -> HealthRoute:
    asks = bool(route.effects or route.accesses) or route.handler is None
    if route.handler is not None and not asks:
        asks = _looks(route.handler) or _ASKS.search(_source(view, route, route.handler)) is not None
    return HealthRoute(route.path, route.span.line, route.route, asks)


def _looks(handler: Function) -> bool:
    return any(not _is_answer(call) for call in calls_within(handler.body))


def _is_answer(call: Call) -> bool:
    return _ANSWERS.match(call.root) is not None


def _source(view: ProjectView, route: Route, handler: Function) -> str:
    lines = (view.text(route.path) or "").splitlines()
    last = min(handler.span.line_end, handler.span.line + _MOST_READ)
    return "\n".join((*handler.params, *lines[handler.span.line : last]))


def _of_libraries(view: ProjectView) -> Iterator[HealthRoute]:
    for package in view.packages:
        name = next((name for name in _LIBRARIES if name in package.dependencies), "")
        if name:
            text = view.text(package.manifest) or ""
            yield HealthRoute(package.manifest, text.partition(name)[0].count("\n") + 1, name, True)
