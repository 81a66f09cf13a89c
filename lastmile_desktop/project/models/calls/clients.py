"""Clients that are made once and wait as long as their makers set: AI and payment SDKs, HTTP clients, mail, database
pools."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Outline, Value
from lastmile_desktop.project.models.calls.model import CallKind, CallSite

if TYPE_CHECKING:
    from lastmile_desktop.project.models.calls.sites import Spot

# Package prefix → (class, kind, seconds it waits by default).
_SDK: dict[str, tuple[tuple[str, ...], CallKind, int]] = {
    "openai": (("OpenAI", "AsyncOpenAI", "AzureOpenAI", "AsyncAzureOpenAI"), CallKind.LLM, 600),
    "@anthropic-ai/sdk": (("Anthropic",), CallKind.LLM, 600),
    "anthropic": (("Anthropic", "AsyncAnthropic"), CallKind.LLM, 600),
    "groq-sdk": (("Groq",), CallKind.LLM, 60),
    "groq": (("Groq", "AsyncGroq"), CallKind.LLM, 60),
    "stripe": (("Stripe",), CallKind.SDK, 80),
    "nodemailer": (("createTransport",), CallKind.EMAIL, 600),
}
_FINE_BELOW = 61
_AI_SDK = frozenset({"generateText", "generateObject", "streamText", "streamObject"})
_AI_MODELS = frozenset({"getGenerativeModel", "generateContent", "generateContentStream"})
_LIMITS = ("timeout", "timeoutMs", "requestTimeout", "abortSignal", "signal", "httpClient")
_MAIL_LIMITS = ("connectionTimeout", "socketTimeout", "greetingTimeout")
_SQLITE = re.compile(r"sqlite", re.IGNORECASE)


def site(spot: Spot, modules: Mapping[str, str], outline: Outline, text: str) -> CallSite | None:
    """A client, pool or stream that this call makes."""
    call = spot.call
    module = _bare(modules.get(call.root, ""))
    found = _sdk(spot, call, module, outline, text)
    found = found or _stream(spot, call, module, outline) or _http_client(spot, call, module, outline)
    return found or _pool(spot, call, module, outline, text)


def _bare(module: str) -> str:
    """`npm:stripe@14`, `https://esm.sh/stripe@14?target=deno` → `stripe`."""
    bare = re.sub(r"^(?:npm:|jsr:|https://esm\.sh/|https://deno\.land/x/)", "", module)
    bare = re.sub(r"(?<=.)@[\d^~][\w.^~-]*", "", bare)
    return bare.partition("?")[0]


def _sdk(spot: Spot, call: Call, module: str, outline: Outline, text: str) -> CallSite | None:
    for package, (classes, kind, seconds) in _SDK.items():
        if module != package and not module.startswith((package + "/", package + ".")):
            continue
        last = call.links[-1].name or call.root if call.links else ""
        if last not in classes or call.links[-1].args is None:
            continue
        if kind is CallKind.EMAIL and call.args and call.args[0].calls and not call.args[0].entries:
            return None  # a transport of its own, not SMTP
        names = _MAIL_LIMITS if kind is CallKind.EMAIL else _LIMITS
        limited = _has_option(spot, call, names) or (kind is CallKind.LLM and _limited_per_call(text))
        if seconds < _FINE_BELOW:
            limited = True
        timeout = "client" if limited else f"default:{seconds}"
        return CallSite(kind, package, call, outline.path, spot.function, timeout, role="client")
    return None


def _limited_per_call(text: str) -> bool:
    """Whether every request of this file is given its own limit, as `create({…}, { timeout: 30_000 })`."""
    return (
        re.search(r"\}\s*,\s*\{\s*(?:timeout|signal)\b|with_options\(\s*timeout|,\s*timeout\s*=", text)
        is not None
    )


def _has_option(spot: Spot, call: Call, names: tuple[str, ...]) -> bool:
    from lastmile_desktop.project.models.calls.sites import option

    for arg in call.args:
        if arg.name in names and arg.text not in ("None", "0"):
            return True
        found = option(spot, arg, *names)
        if found is not None and found.text not in ("undefined", "0", "null"):
            return True
    return False


def _stream(spot: Spot, call: Call, module: str, outline: Outline) -> CallSite | None:
    """Requests of the AI SDK, which has no limit of its own, and answers that come in pieces."""
    if call.root in _AI_SDK and module == "ai":
        limited = _has_option(spot, call, ("abortSignal", "timeout"))
        role = "stream" if call.root.startswith("stream") else "request"
        return CallSite(
            CallKind.LLM, "ai", call, outline.path, spot.function, "signal" if limited else "", role=role
        )
    last = call.links[-1].name if call.links else ""
    if (
        call.callee.endswith(("completions.create", "messages.create", "responses.create"))
        or last == "generateContentStream"
    ):
        options = call.args[0] if call.args else None
        stream = options.entry("stream") if options else None
        named = next((arg for arg in call.args if arg.name == "stream"), None)
        is_stream = last == "generateContentStream" or (stream or named or Value("")).text in ("true", "True")
        if is_stream:
            limited = _has_option(spot, call, ("signal", "abortSignal", "timeout"))
            return CallSite(
                CallKind.LLM,
                "stream",
                call,
                outline.path,
                spot.function,
                "signal" if limited else "",
                role="stream",
            )
    return None


def _http_client(spot: Spot, call: Call, module: str, outline: Outline) -> CallSite | None:
    """`axios.create({…})`: its limit, or lack of one, holds for all its requests."""
    if call.callee not in ("axios.create", "got.extend", "ofetch.create", "$fetch.create"):
        return None
    del module
    library = call.root.lstrip("$")
    limited = _has_option(spot, call, ("timeout", "signal"))
    return CallSite(
        CallKind.HTTP, library, call, outline.path, spot.function, "client" if limited else "", role="client"
    )


def _pool(spot: Spot, call: Call, module: str, outline: Outline, text: str) -> CallSite | None:
    if not call.links or call.links[-1].args is None:
        return None
    if outline.language == "python":
        return _python_pool(spot, call, outline, text)
    last = call.links[-1].name or call.root
    library = ""
    if (
        last in ("Pool", "Client")
        and call.is_new
        and module in ("pg", "@neondatabase/serverless", "@vercel/postgres", "pg-pool")
    ):
        library = "pg"
    elif call.root in ("postgres", "sql") and module == "postgres":
        library = "postgres"
    elif (
        call.root == "drizzle"
        and module == "drizzle-orm/node-postgres"
        and call.args
        and not _is_made(call.args[0])
    ):
        library = "pg"
    if not library:
        return None
    missing: list[str] = []
    if (
        not _has_option(spot, call, ("statement_timeout", "query_timeout"))
        and "statement_timeout" not in text
    ):
        missing.append("statement")
    if library == "pg" and last == "Pool" and not _has_option(spot, call, ("connectionTimeoutMillis",)):
        missing.append("acquire")
    timeout = "" if missing else "option"
    return CallSite(
        CallKind.DATABASE,
        library,
        call,
        outline.path,
        spot.function,
        timeout,
        role="pool",
        missing=tuple(missing),
    )


def _is_made(value: Value) -> bool:
    """`drizzle(pool)`: the pool is made, and judged, elsewhere."""
    return value.literal is None and not value.text.startswith("process.env") and not value.entries


def _python_pool(spot: Spot, call: Call, outline: Outline, text: str) -> CallSite | None:
    last = call.links[-1].name or call.root
    if last not in (
        "create_engine",
        "create_async_engine",
        "create_pool",
        "ConnectionPool",
        "AsyncConnectionPool",
    ):
        return None
    if _SQLITE.search(" ".join(arg.text for arg in call.args)) or (
        last == "create_pool" and "asyncpg" not in call.callee
    ):
        return None
    if any(arg.text.startswith("**") for arg in call.args) and "statement_timeout" in text:
        return None
    limited = re.search(r"statement_timeout|command_timeout", text) is not None
    missing = () if limited else ("statement",)
    return CallSite(
        CallKind.DATABASE,
        "sqlalchemy" if "engine" in last else last,
        call,
        outline.path,
        spot.function,
        "option" if limited else "",
        role="pool",
        missing=missing,
    )
