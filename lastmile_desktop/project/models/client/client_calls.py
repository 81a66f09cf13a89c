"""What the code of an app asks its own backend for: addresses, edge functions, database functions, columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from lastmile_desktop.project.code.outline import Call, Outline, Value, calls_within

_ASKS = re.compile(
    r"(?:^|\.)(?:fetch|\$fetch|get|post|put|patch|delete|del|request|apiRequest|apiFetch|fetcher|useQuery"
    r"|useMutation|useSWR|mutate|useFetch|authFetch|fetchJson|fetchApi|apiCall|callApi)$"
)
_METHODS = ("get", "post", "put", "patch", "delete")
_SERVER_ROOTS = frozenset(
    (
        "app",
        "router",
        "server",
        "fastify",
        "route",
        "routes",
        "blueprint",
        "bp",
        "it",
        "test",
        "describe",
        "cy",
        "request",
        "supertest",
    )
)
_ADDRESS = re.compile(r"^[\"'`]?(?:\$\{[\w.]{0,60}\})?(/api/[\w\-./${}\[\]():?=&%+,!|'\" ]{1,200})")
_BASE = re.compile(
    r"\b(?:const|let|var)\s{1,3}\w{0,20}(?:API|Api|api|BASE|Base|base|SERVER|"
    r"BACKEND)\w{0,20}\s{0,3}=\s{0,3}[\"'`]https?://"
    r"(?!localhost|127\.)"
)
_FILTERS = frozenset(
    (
        "eq",
        "neq",
        "gt",
        "gte",
        "lt",
        "lte",
        "like",
        "ilike",
        "is",
        "in",
        "contains",
        "order",
        "not",
        "overlaps",
    )
)
_PLAIN_COLUMN = re.compile(r"^[a-z_][a-z0-9_]{0,62}$")


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that is asked for. `kind` is `path`, `edge`, `rpc` or `column` (then `name` is `table.column`).
    `based` tells that a variable stands before the address, which may name another host; `joined` is the address with
    the other parts of its key, for fetchers that join them."""

    kind: str
    name: str
    line: int
    method: str = ""
    based: bool = False
    joined: str = ""


def names_base(text: str) -> bool:
    """Whether the addresses of this file begin with another host, which stands in it."""
    return _BASE.search(text) is not None


def asked(outline: Outline) -> tuple[Asked, ...]:
    """All of one file."""
    calls = [
        *calls_within(outline.top),
        *(call for function in outline.functions for call in calls_within(function.body)),
    ]
    found: dict[tuple[str, str, int], Asked] = {}
    for call in calls:
        for item in (*_paths(call), *_named(call), *_columns(call)):
            found.setdefault((item.kind, item.name, item.line), item)
    return tuple(found.values())


def _paths(call: Call) -> Iterator[Asked]:
    if call.root in _SERVER_ROOTS or not _ASKS.search(call.callee):
        return
    verb = call.callee.rpartition(".")[2].lower()
    for value in call.args[:2]:
        keys = value.entry("queryKey")
        if keys is not None and value.entry("queryFn") is not None:
            # Then the key only names the place in the cache; the function asks.
            return
        first = keys.items[0] if keys is not None and keys.items else value
        match = _ADDRESS.match(first.text)
        if match is not None:
            path = match[1].partition("?")[0].strip("\"'` ")
            method = verb if verb in _METHODS else _method(call)
            joined = _joined(path, keys.items[1:]) if keys is not None else ""
            based = first.text.lstrip("\"'`").startswith("$")
            yield Asked("path", path, call.span.line, method, based, joined)
            return


def _joined(path: str, parts: tuple[Value, ...]) -> str:
    """The address that a default fetcher makes of a key: its parts with slashes between them."""
    for part in parts:
        if part.entries:
            break
        path = f"{path.rstrip('/')}/{part.literal.strip('/') if part.literal else '${part}'}"
    return path


def _method(call: Call) -> str:
    for value in call.args:
        method = value.entry("method")
        if method is not None and method.literal:
            return method.literal.lower()
        if value.literal and value.literal.lower() in _METHODS:
            return value.literal.lower()
    return ""


def _named(call: Call) -> Iterator[Asked]:
    if "functions" in call.callee and (link := call.link("invoke")) is not None and link.args:
        name = _literal(link.args[0])
        if name:
            yield Asked("edge", name.partition("/")[0].partition("?")[0], link.line)
    link = call.link("rpc")
    if (
        link is not None
        and link.args
        and re.search(r"supabase|client|admin|db\b|sb\b", call.root, re.IGNORECASE)
    ):
        name = _literal(link.args[0])
        if name:
            yield Asked("rpc", name, link.line)


def _columns(call: Call) -> Iterator[Asked]:
    """Columns by name in a query of the data API."""
    start = next((link for link in call.links if link.name in ("from", "from_", "table") and link.args), None)
    if start is None or start.args is None:
        return
    table = _literal(start.args[0])
    reads = any(call.link(name) is not None for name in ("select", "update", "delete"))
    if not table or not reads:
        return
    for link in call.links:
        if link.args is None or not link.args:
            continue
        name = _literal(link.args[0])
        if link.name == "select" and name and not re.search(r"[(*:>!]", name):
            for part in name.split(","):
                if _PLAIN_COLUMN.match(part.strip()):
                    yield Asked("column", f"{table}.{part.strip()}", link.line)
        elif link.name in _FILTERS and name and _PLAIN_COLUMN.match(name):
            yield Asked("column", f"{table}.{name}", link.line)


def _literal(value: Value) -> str:
    return value.literal or ""


@lru_cache(maxsize=16_384)
def segments(path: str) -> tuple[str, ...]:
    """The parts of an address, `*` for one that varies and `**` for any number of them."""
    return tuple(_segment(part) for part in path.strip("/").split("/") if part)


def _segment(part: str) -> str:
    if re.match(r"^(?:\[\[?\.\.\.|\*|\{?\w{0,30}:path\}?|<path:|:\w{1,40}\*|\$$|\(\.\*\))", part):
        return "**"
    return "*" if re.search(r"[$\[\]{}<>:]", part) else part.lower()


@lru_cache(maxsize=262_144)
def fits(asked_for: tuple[str, ...], offered: tuple[str, ...]) -> bool:
    """Whether an address may lead to a route. A route may be mounted below a prefix that is not known."""
    return any(_fits(asked_for[start:], offered) for start in range(min(4, len(asked_for))))


def _fits(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if not one or not other:
        return one == other
    if other[0] == "**" or one[0] == "**":
        return True
    same = one[0] == other[0] or "*" in (one[0], other[0])
    return same and _fits(one[1:], other[1:])
