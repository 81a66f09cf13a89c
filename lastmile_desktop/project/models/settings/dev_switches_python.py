"""Switches for development in Python: debuggers, default keys, traces in answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Call, ClassDef, Do, Outline, Value
from lastmile_desktop.project.models.settings.dev_switch import (
    ON,
    TRACE,
    WEAK_KEY,
    Place,
    Switch,
    is_on,
    key_fallback,
    keyword,
    place_of,
)

_ON_BY_DEFAULT = re.compile(
    r"(?:environ\.get|getenv|config|env(?:\.bool)?"
    r"|env\.get)\(\s{0,3}[\"'][\w.]{0,40}DEBUG[\w.]{0,20}[\"']\s{0,3},\s{0,3}(?:default\s{0,3}=\s{0,3})?"
    r"(?:True|1\b|[\"'](?:True|true|1|on|yes)[\"'])"
)
_SETTINGS = re.compile(
    r"(?:^|/)(?:settings|config|configuration|base|common|prod|production"
    r"|defaults?)(?:/[^/]{1,60})?(?:[_.-]\w{1,30})?\.py$|settings",
    re.IGNORECASE,
)
_DEBUG_TARGET = re.compile(r"\.(?:debug|DEBUG)$|config\[[\"'](?:DEBUG|PROPAGATE_EXCEPTIONS)[\"']\]$")
_KEY_TARGET = re.compile(
    r"(?:^|\.)(?:secret_key|SECRET_KEY|JWT_SECRET(?:_KEY)?|SESSION_SECRET|jwt_secret(?:_key)?)$"
    r"|config\[[\"'](?:SECRET_KEY|JWT_SECRET_KEY)[\"']\]$"
)
_PY_SENDS = re.compile(
    r"(?:^|\.)(?:jsonify|make_response|JSONResponse|Response|HttpResponse|JsonResponse|HTMLResponse"
    r"|PlainTextResponse|HTTPException|abort)$"
)


def python_call(call: Call, place: Place) -> Iterator[Switch]:
    last = call.callee.rpartition(".")[2]
    debug = keyword(call, "debug", "use_debugger", "evalex", "DEBUG")
    if debug is not None and is_on(debug) and last in _PY_DEBUG and not _stays_here(call):
        line, end = place_of(debug, call)
        yield Switch(
            "debug-on",
            line,
            end,
            f"{last}({debug.name}=True) {_shown(last)}",
            place.main or last in _STARTERS,
        )
    reload = keyword(call, "reload", "autoreload", "auto_reload")
    if (
        is_on(reload)
        and reload is not None
        and call.callee in ("uvicorn.run", "hypercorn.run", "granian.run")
    ):
        line, end = place_of(reload, call)
        yield Switch(
            "debug-on",
            line,
            end,
            f"{call.callee}(reload=True) is the server for development",
            place.main or place.function == "main",
            0.8,
        )
    if last == "DebuggedApplication":
        yield Switch(
            "debug-on",
            call.span.line,
            call.span.line_end,
            "Werkzeug's debugger is wrapped around the app",
            place.main,
        )
    if last in ("from_mapping", "update", "from_object") and "config" in call.callee and is_on(debug):
        yield Switch(
            "debug-on", call.span.line, call.span.line_end, "the app is configured with DEBUG on", place.main
        )
    if _PY_SENDS.search(call.callee):
        for item in call.args:
            if TRACE.search(item.text):
                line, end = place_of(item, call)
                yield Switch("stack-traces", line, end, "sends the trace of an error")
    if last == "GraphQLRouter" or last.endswith("GraphQLView"):
        shown = keyword(call, "graphiql", "graphql_ide")
        if shown is not None and (is_on(shown) or shown.literal == "graphiql"):
            line, end = place_of(shown, call)
            yield Switch("graphql-open", line, end, "lets everybody look around in the API")
    key = keyword(call, "secret_key", "SECRET_KEY")
    if key is not None and key.literal and WEAK_KEY.match(key.literal):
        line, end = place_of(key, call)
        yield Switch("default-secret-key", line, end, "signs sessions with a key that stands in the code")


def _stays_here(call: Call) -> bool:
    """Whether nobody but the own machine can reach what is started."""
    host = keyword(call, "host", "hostname", "address")
    return host is not None and host.literal in ("127.0.0.1", "localhost", "::1")


def _shown(name: str) -> str:
    """Werkzeug's debugger has a console; the others show the code around an error."""
    if name in ("FastAPI", "Starlette", "Litestar", "Application", "Sanic", "serve", "launch"):
        return "shows strangers the code around each error"
    return "opens a debugger that runs commands"


_STARTERS = frozenset(("run", "run_server", "run_simple", "run_debug", "run_app", "launch"))
_PY_DEBUG = frozenset(
    ("run", "run_server", "run_simple", "Flask", "FastAPI", "Starlette", "Quart", "Sanic", "Litestar",
    "Application", "Dash",
     "DebuggedApplication", "run_debug", "create_app", "Bottle", "serve", "launch", "run_app", "FastMCP")
)  # fmt: skip


def python_assigned(outline: Outline, target: str, value: Value, step: Do, place: Place) -> Iterator[Switch]:
    name = re.sub(r"\s", "", target)
    text = value.text.strip()
    line, end = step.span.line, step.span.line_end
    settings = bool(_SETTINGS.search(outline.path))
    if name == "DEBUG" and settings and not place.function:
        if text in ON:
            yield Switch(
                "debug-on", line, end, "DEBUG = True shows everybody the settings when an error occurs"
            )
        elif _ON_BY_DEFAULT.search(text):
            yield Switch(
                "debug-on", line, end, "DEBUG is on unless somebody switches it off", confidence=0.75
            )
    elif _DEBUG_TARGET.search(name) and text in ON and not re.search(r"log|args|self\.|options", name):
        yield Switch("debug-on", line, end, f"{name} = True switches the debugger on", place.main)
    elif name == "ALLOWED_HOSTS" and re.fullmatch(r"[\[(]\s*[\"']\*[\"']\s*,?\s*[\])]", text) and settings:
        yield Switch("allowed-hosts-star", line, end, "ALLOWED_HOSTS lets any name through")
    elif re.search(r"FLASK_(?:DEBUG|ENV)", name) and text.strip("\"'").lower() in (
        "1",
        "true",
        "development",
    ):
        yield Switch("debug-on", line, end, "Flask is told to run for development", place.main)
    if _KEY_TARGET.search(name):
        yield from _key(value, line, end, name)


def _key(value: Value, line: int, end: int, name: str) -> Iterator[Switch]:
    if value.literal is not None:
        if len(value.literal) >= 2 and (
            WEAK_KEY.match(value.literal) or name.rpartition(".")[2] in ("SECRET_KEY", "secret_key")
        ):
            yield Switch("default-secret-key", line, end, f"{name} stands in the code")
        return
    fallback = key_fallback(value.text, line, end, f"{name} falls back to a value that everybody knows")
    if fallback is not None:
        yield fallback


def python_class(outline: Outline, item: ClassDef) -> Iterator[Switch]:
    """Classes of settings; one for development or tests is what it says."""
    if re.search(r"(?i)dev|test|local|debug", item.name) or not re.search(r"(?i)config|settings", item.name):
        return
    for name, value, span in item.attributes:
        if name.upper() == "DEBUG" and value.text.strip() in ON:
            sure = item.name.lower().startswith("prod") or name == "DEBUG"
            yield Switch(
                "debug-on",
                span.line,
                span.line_end,
                f"{item.name}.{name} is on unless somebody switches it off",
                confidence=0.75 if sure else 0.65,
            )
        elif _KEY_TARGET.search(name):
            yield from _key(value, span.line, span.line_end, f"{item.name}.{name}")
