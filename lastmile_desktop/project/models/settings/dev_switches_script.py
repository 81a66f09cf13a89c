"""Switches for development in TypeScript and JavaScript: open consoles, default keys, traces in answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Call, Do, Value
from lastmile_desktop.project.models.settings.dev_switch import (
    TRACE,
    WEAK_KEY,
    Place,
    Switch,
    is_on,
    key_fallback,
)

_SENDS = re.compile(r"(?:^|\.)(?:send|json|end|write|render|html|text)$")


def script_call(call: Call, place: Place) -> Iterator[Switch]:
    last = call.callee.rpartition(".")[2]
    if (
        last in ("errorhandler", "errorHandler")
        and not call.args
        and call.root in ("errorhandler", "errorHandler", "errorhandlerMiddleware")
    ):
        yield Switch(
            "stack-traces",
            call.span.line,
            call.span.line_end,
            "answers every error with its trace",
            place.main,
            0.7,
        )
    yield from _options(call)
    yield from _set(call, place)
    if _SENDS.search(call.callee) and re.match(
        r"(?:res|response|reply|ctx|c|NextResponse|Response)\b", call.root
    ):
        for item in call.args:
            if TRACE.search(item.text) and not _guarded(item.text):
                line = _trace_line(item, call.span.line)
                yield Switch("stack-traces", line, line, "sends the trace of an error")


def _options(call: Call) -> Iterator[Switch]:
    for entry, value in ((name, value) for item in call.args for name, value in item.entries):
        line = value.span.line if value.span is not None else call.span.line
        if entry in ("introspection", "playground", "graphiql", "graphqlPlayground") and is_on(value):
            if call.root in _GRAPHQL or "raphql" in call.callee.lower() or "raphQL" in call.callee:
                yield Switch(
                    "graphql-open", line, line, f"{entry}: true lets everybody look around in the API"
                )
        elif entry == "includeStacktraceInErrorResponses" and is_on(value):
            yield Switch("stack-traces", line, line, "answers errors with their trace")
        elif entry == "debug" and is_on(value) and call.root in ("ApolloServer", "NextAuth"):
            yield Switch("debug-on", line, line, f"{call.root} is told to debug", confidence=0.8)
        elif entry == "auth" and call.root in ("createClient", "createBrowserClient", "createServerClient"):
            debug = value.entry("debug")
            if is_on(debug):
                yield Switch("verbose-supabase", line, line, "writes sessions and tokens into the log")
        elif (
            entry == "secret"
            and value.literal is not None
            and call.root in ("session", "cookieSession", "expressSession", "NextAuth", "betterAuth")
        ):
            yield Switch(
                "default-secret-key",
                line,
                line,
                f"{call.root} signs with a key that stands in the code",
                confidence=0.9,
            )
        elif entry == "secret":
            fallback = key_fallback(value.text, line, line, "falls back to a key that everybody knows")
            if fallback is not None:
                yield fallback


def _set(call: Call, place: Place) -> Iterator[Switch]:
    last = call.callee.rpartition(".")[2]
    if last == "set" and len(call.args) == 2:
        first, second = call.args
        if first.literal == "env" and second.literal == "development":
            yield Switch(
                "debug-on",
                call.span.line,
                call.span.line_end,
                "the server is told to run for development",
                place.main,
            )
        if first.literal == "debug" and is_on(second) and call.root == "mongoose":
            yield Switch(
                "debug-on",
                call.span.line,
                call.span.line_end,
                "every query with its values is written into the log",
                place.main,
                0.7,
            )


_GRAPHQL = frozenset(
    ("ApolloServer", "createYoga", "graphqlHTTP", "createHandler", "mercurius", "YogaServer")
)


def _guarded(text: str) -> bool:
    """`stack: isDev ? err.stack : undefined`."""
    return bool(re.search(r"NODE_ENV|isDev|\bdev\b|DEBUG|development|isProd|production", text))


def _trace_line(value: Value, fallback: int) -> int:
    for _, entry in value.entries:
        if TRACE.search(entry.text) and entry.span is not None:
            return entry.span.line
    return value.span.line if value.span is not None else fallback


def script_assigned(target: str, value: Value, step: Do, place: Place) -> Iterator[Switch]:
    line, end = step.span.line, step.span.line_end
    if target in ("process.env.NODE_ENV", 'process.env["NODE_ENV"]') and value.literal == "development":
        yield Switch("debug-on", line, end, "the app is told to run for development", place.main)
    if target == "process.env.NODE_TLS_REJECT_UNAUTHORIZED":
        return
    name = target.rpartition(".")[2]
    if re.fullmatch(
        r"(?:JWT_SECRET|SESSION_SECRET|SECRET_KEY|AUTH_SECRET|COOKIE_SECRET|jwtSecret|sessionSecret"
        r"|secretKey|JWT_SECRET_KEY)",
        name,
    ):
        fallback = key_fallback(value.text, line, end, f"{name} falls back to a value that everybody knows")
        if value.literal is not None and WEAK_KEY.match(value.literal):
            yield Switch("default-secret-key", line, end, f"{name} stands in the code")
        elif fallback is not None:
            yield fallback
