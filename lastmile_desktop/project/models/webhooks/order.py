"""Which body parser has run before a webhook route: frameworks that parse JSON early destroy the signed bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Outline, Value, calls_within
from lastmile_desktop.project.models.webhooks.entries import Entry

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_RAW = re.compile(r"^(?:express|bodyParser|body_parser)?\.?(?:raw|text)$|^raw$|^rawBody$")
_JSON = re.compile(r"^(?:express|bodyParser|body_parser)\.json$|^bodyParser$|^json$")
_KEEPS_BYTES = re.compile(r"\bverify\b")
_RAW_PLUGIN = re.compile(
    r"rawBody\s*:\s*true|fastify-raw-body|runFirst|addContentTypeParser|express-raw-body"
)
_NO_PARSER = re.compile(r"bodyParser\s*:\s*false")
_HOPS = 3


@dataclass(frozen=True, slots=True)
class Parser:
    """A body parser mounted for a path prefix. `kind` is raw, json or keeps (JSON that keeps the bytes aside)."""

    kind: str
    prefix: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class BodyState:
    """What `request.body` is when the handler runs (`absent`: nothing has read it yet); `culprit` the parser that ran
    too early, if one did."""

    kind: str
    culprit: Parser | None = None
    keeps_bytes: bool = False


def parser_of(value: Value) -> str:
    """What kind of body parser an argument of `app.use` or of a route is, "" when it is none."""
    for call in value.calls[:1]:
        if value.function:
            return ""
        if _RAW.match(call.callee):
            return "raw"
        if _JSON.match(call.callee):
            return "keeps" if any(_KEEPS_BYTES.search(arg.text) for arg in call.args) else "json"
    return ""


def mounted(outline: Outline) -> tuple[Parser, ...]:
    """The body parsers that a file mounts with `use`, in source order."""
    found: list[Parser] = []
    scopes = [outline.top, *(function.body for function in outline.functions)]
    for steps in scopes:
        for call in calls_within(steps):
            link = call.link("use")
            if link is None or not link.args:
                continue
            prefix = link.args[0].literal or ""
            for arg in link.args:
                kind = parser_of(arg)
                if kind:
                    found.append(Parser(kind, prefix, outline.path, call.span.line))
    return tuple(sorted(found, key=lambda item: item.line))


def express_body(view: ProjectView, entry: Entry) -> BodyState:
    """Follow the middlewares that run before an Express-like route."""
    own = [kind for kind in (parser_of(value) for value in entry.chain) if kind]
    before = _before(view, entry)
    global_json = next(
        (item for item in before if item.kind == "json" and _covers(item.prefix, entry.route)), None
    )
    keeps = any(item.kind == "keeps" and _covers(item.prefix, entry.route) for item in before)
    mounted_raw = next(
        (item for item in before if item.kind == "raw" and _covers(item.prefix, entry.route)), None
    )
    if keeps:
        return BodyState("parsed", None, keeps_bytes=True)
    if "json" in own or "keeps" in own:
        return BodyState("parsed", None, keeps_bytes="keeps" in own)
    if mounted_raw is not None and (
        global_json is None or before.index(mounted_raw) < before.index(global_json)
    ):
        return BodyState("raw")
    if "raw" in own or mounted_raw is not None:
        return BodyState("parsed" if global_json else "raw", global_json)
    return BodyState("parsed" if global_json else "unknown", None)


def _covers(prefix: str, route: str) -> bool:
    return (
        prefix in ("", "/", "*")
        or route.startswith(prefix.rstrip("/") + "/")
        or route.rstrip("/") == prefix.rstrip("/")
    )


def _before(view: ProjectView, entry: Entry) -> list[Parser]:
    """Parsers mounted earlier, in this file and in the files that mount this one."""
    outline = view.outlines.get(entry.path)
    if outline is None:
        return []
    found = [item for item in _mounted(view, entry.path) if item.line < entry.line]
    wanted, hops, route = entry.path, 0, entry.route
    seen = {entry.path}
    while hops < _HOPS:
        parent = _mounting(view, wanted)
        if parent is None or parent[0] in seen:
            break
        seen.add(parent[0])
        route = f"{parent[2].rstrip('/')}/{route.lstrip('/')}"
        # A parser in the very call that mounts this file runs before it, too.
        earlier = [item for item in _mounted(view, parent[0]) if item.line <= parent[1]]
        found = [replace(item, prefix=entry.route) for item in earlier if _covers(item.prefix, route)] + found
        wanted = parent[0]
        hops += 1
    return found


def _mounted(view: ProjectView, path: str) -> tuple[Parser, ...]:
    outline = view.outlines[path]
    return view.per_file("webhook-parsers", path, lambda _: mounted(outline), ())


def _mounting(view: ProjectView, path: str) -> tuple[str, int, str] | None:
    """The file and line that mount or call what `path` exports, and the path it is mounted at."""
    for (importer, module), target in view.modules.targets.items():
        if target != path:
            continue
        outline = view.outlines.get(importer)
        names = {
            local
            for item in (outline.imports if outline else ())
            if item.module == module
            for local, _ in item.names
        }
        line, prefix = _use_of(outline, names) if outline else (0, "")
        if line:
            return importer, line, prefix
    return None


def _use_of(outline: Outline, names: set[str]) -> tuple[int, str]:
    for steps in (outline.top, *(function.body for function in outline.functions)):
        for call in calls_within(steps):
            if call.root in names and call.links and not call.links[0].name:
                return call.span.line, ""
            for link in call.links:
                if link.name in ("use", "register", "route") and _names_one(link.args, names):
                    first = link.args[0].literal if link.args else None
                    return call.span.line, first or ""
    return 0, ""


def _names_one(args: tuple[Value, ...] | None, names: set[str]) -> bool:
    return any(arg.text in names or any(inner.root in names for inner in arg.calls) for arg in args or ())


def body_of(view: ProjectView, entry: Entry, text: str) -> BodyState:
    """What `request.body` is in this entry's framework."""
    match entry.framework:
        case "express" | "koa":
            return express_body(view, entry)
        case "next-pages" | "vercel":
            file = view.text(entry.path) or ""
            return BodyState("absent" if _NO_PARSER.search(file) else "consumed")
        case "fastify" | "nest":
            return BodyState("parsed", keeps_bytes=_RAW_PLUGIN.search(text) is not None)
        case "lambda":
            return BodyState("raw")
        case "drf":
            return BodyState("drf")
        case _:
            return BodyState("unknown")


def calls_of(entry: Entry) -> tuple[Call, ...]:
    """All calls in an entry's middlewares."""
    return tuple(call for value in entry.chain for call in value.calls)
