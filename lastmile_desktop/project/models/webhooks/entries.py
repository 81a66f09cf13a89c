"""Server entry points that another company may call, found file by file from outlines alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Call, Do, Function, Outline, Value, calls_within
from lastmile_desktop.project.path_kinds import is_left_behind

_POSTS = frozenset({"post", "all", "put"})
_SERVES = frozenset({"serve", "Deno.serve", "Bun.serve"})
_HANDLER_CALLS = frozenset(
    {
        "defineEventHandler",
        "eventHandler",
        "httpAction",
        "onRequest",
        "https.onRequest",
        "functions.https.onRequest",
    }
)
_NEXT_APP = re.compile(r"(?:^|/)app/(?P<route>.*?)/?route\.[jt]sx?$")
_PAGES = re.compile(r"(?:^|/)pages/(?P<route>api/.*?)(?:/index)?\.[jt]s$")
_SUPABASE = re.compile(r"(?:^|/)supabase/functions/(?P<name>[^/_][^/]*)/(?:index|main)\.[jt]s$")
_SVELTE = re.compile(r"(?:^|/)routes/(?P<route>.*?)/?\+server\.[jt]s$")
_REMIX = re.compile(r"(?:^|/)app/routes/(?P<route>.*?)(?:/route)?\.[jt]sx?$")
_NUXT = re.compile(r"(?:^|/)server/(?:api|routes)/(?P<route>.*?)(?:\.post)?\.[jt]s$")
_TANSTACK = re.compile(r"(?:^|/)(?:src/)?routes/(?P<route>.*?)\.[jt]sx?$")
_SERVERLESS = re.compile(
    r"(?:^|/)(?:netlify/functions|functions|lambda|lambdas|handlers)/(?P<name>[^/]+?)(?:/index|/handler)?\.[jt]s$"
)
_VERCEL = re.compile(
    r"^(?:(?!server/|src/|convex/|backend/)[\w-]+/)?api/(?!src/)(?P<route>.*?)(?:/index)?\.[jt]s$"
)
_SKIPPED = re.compile(
    r"(?:^|/)(?:__tests__|__mocks__|tests?|e2e|spec|specs|examples?|docs|node_modules|\.next|dist|build|fixtures|mocks|"
    r"stories|cypress|playwright|seeds?|supabase/\.temp)/|\.(?:test|spec|stories|d)\.[jt]sx?$|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$",
)
_WORTH_READING = re.compile(
    r"webhook|signature|\bipn\b|hook|construct_?event|svix|event_?type|\.type\b|notification|hmac",
    re.IGNORECASE,
)
_PY_METHODS = frozenset({"post", "route", "api_route", "put"})


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry point. `function` names the handler in `path`, or is an expression to resolve (`handler`).
    `chain` are the middlewares before it; `body` what `request.body` is by the framework alone."""

    framework: str
    route: str
    path: str
    line: int
    function: str = ""
    handler: str = ""
    chain: tuple[Value, ...] = ()
    decorators: tuple[Call, ...] = ()
    methods: tuple[str, ...] = ("POST",)
    scope: str = ""
    owner: str = ""


def is_skipped(path: str) -> bool:
    """Tests, examples, built output and former states of files are nobody's entry points."""
    return _SKIPPED.search(path) is not None or is_left_behind(path)


def worth_reading(text: str) -> bool:
    return _WORTH_READING.search(text) is not None


def entries(outline: Outline) -> tuple[Entry, ...]:
    """Every entry point of one file."""
    if outline.language == "python":
        return tuple(_python(outline))
    found = [*_by_file(outline), *_registered(outline), *_classes(outline)]
    best: dict[tuple[str, str, int], Entry] = {}
    for entry in found:
        key = (entry.function, entry.handler, entry.line if not entry.function else 0)
        if key not in best or best[key].route == "/":
            best[key] = entry
    return tuple(best.values())


def _by_file(outline: Outline) -> Iterator[Entry]:
    """Entries that a framework finds by the file's place."""
    path = outline.path
    deno = _SUPABASE.search(path)
    if deno:
        yield from _served(outline, deno["name"])
        return
    for pattern, framework in ((_NEXT_APP, "next-app"), (_SVELTE, "sveltekit")):
        match = pattern.search(path)
        if match:
            yield from _exports(outline, framework, "/" + _clean(match["route"]), ("POST", "PUT"))
            return
    match = _PAGES.search(path)
    if match:
        yield from _exports(outline, "next-pages", "/" + match["route"], ("default", "POST", "ALL"))
        return
    yield from _other_places(outline)
    yield from _served(outline, "")
    yield from _workers(outline)


def _other_places(outline: Outline) -> Iterator[Entry]:
    path = outline.path
    remix = _REMIX.search(path)
    if remix:
        route = "/" + re.sub(r"[.+]+", "/", remix["route"]).replace("$", ":")
        yield from _exports(outline, "remix", route, ("action",))
    nuxt = _NUXT.search(path)
    if nuxt:
        yield from _exports(outline, "nuxt", "/api/" + nuxt["route"], ("default",))
    tanstack = _TANSTACK.search(path)
    if tanstack:
        for function in outline.functions:
            if function.name.rpartition(".")[2] == "POST":
                yield Entry(
                    "tanstack",
                    "/" + tanstack["route"].replace(".", "/"),
                    path,
                    function.span.line,
                    function.name,
                )
    vercel = _VERCEL.search(path)
    if vercel:
        yield from _exports(outline, "vercel", "/api/" + vercel["route"], ("default", "POST"))
    serverless = _SERVERLESS.search(path)
    if serverless:
        yield from _exports(
            outline, "lambda", "/" + serverless["name"], ("handler", "default", "onRequestPost")
        )


def _exports(outline: Outline, framework: str, route: str, names: tuple[str, ...]) -> Iterator[Entry]:
    for name in names:
        function = outline.exported(name)
        if function is not None:
            yield Entry(framework, route, outline.path, function.span.line, function.name, methods=(name,))
            continue
        for export in outline.exports:
            if export.name != name:
                continue
            step = next((s for s in outline.top if isinstance(s, Do) and export.local in s.targets), None)
            if export.local and (step is not None or export.module):
                line = step.span.line if step else 1
                yield Entry(framework, route, outline.path, line, handler=export.local, methods=(name,))
                break
        else:
            for step in outline.top:
                if isinstance(step, Do) and name in step.targets and step.value is not None:
                    yield Entry(framework, route, outline.path, step.span.line, handler=name, methods=(name,))


def _served(outline: Outline, name: str) -> Iterator[Entry]:
    """`serve(handler)`, `Deno.serve(handler)`, `export default { fetch }`."""
    for call in calls_within(outline.top):
        if call.callee in _SERVES:
            for arg in call.args:
                handler = arg.function or (arg.text if re.fullmatch(r"[\w$.]+", arg.text) else "")
                fetch = arg.entry("fetch")
                if fetch is not None:
                    handler = fetch.function or fetch.text
                if handler and (arg.function or fetch is not None or not arg.entries):
                    found = outline.function(handler)
                    yield Entry(
                        "deno",
                        f"/{name}",
                        outline.path,
                        call.span.line,
                        found.name if found else "",
                        "" if found else handler,
                    )
    if name:
        yield from _exports(outline, "deno", f"/{name}", ("default",))
        for function in outline.functions:
            if function.name in ("default.fetch", "fetch"):
                yield Entry("deno", f"/{name}", outline.path, function.span.line, function.name)


def _workers(outline: Outline) -> Iterator[Entry]:
    for function in outline.functions:
        if function.name == "default.fetch" and not _SUPABASE.search(outline.path):
            yield Entry("workers", "/", outline.path, function.span.line, function.name, methods=("fetch",))


def _registered(outline: Outline) -> Iterator[Entry]:
    """`app.post("/path", …, handler)`, `fastify.route({…})`, `http.route({…})`, in any function of the file."""
    framework = _framework(outline)
    scopes: list[tuple[str, Iterator[Call]]] = [("", calls_within(outline.top))]
    scopes += [(function.name, calls_within(function.body)) for function in outline.functions]
    for scope, calls in scopes:
        for call in calls:
            yield from _route_call(outline, call, scope, framework)


def _route_call(outline: Outline, call: Call, scope: str, framework: str) -> Iterator[Entry]:
    base = ""
    for link in call.links:
        args = link.args or ()
        if link.name in ("route", "basePath") and args and args[0].literal is not None:
            base = args[0].literal
        if link.name == "route" and args and args[0].entries:
            yield from _route_object(outline, call, args[0], scope, framework)
        if link.name not in _POSTS or not args:
            continue
        first = args[0].literal
        if first is not None and first.startswith(("/", "*")) and len(args) > 1:
            yield _chain_entry(outline, framework, base + first, args[1:], link.line, scope, call.root)
        elif base and _is_handler(args):
            yield _chain_entry(outline, framework, base, args, link.line, scope, call.root)
    if call.callee in _HANDLER_CALLS and call.args:
        handler = call.args[-1].function
        if handler and not any(True for _ in _by_place(outline)):
            yield Entry("http", "/", outline.path, call.span.line, handler, scope=scope)


def _is_handler(args: tuple[Value, ...]) -> bool:
    return bool(args) and (bool(args[-1].function) or re.fullmatch(r"[\w$.]+", args[-1].text) is not None)


def _by_place(outline: Outline) -> Iterator[int]:
    if _NUXT.search(outline.path):
        yield 1


def _route_object(
    outline: Outline, call: Call, options: Value, scope: str, framework: str
) -> Iterator[Entry]:
    url = options.entry("url") or options.entry("path")
    handler = options.entry("handler")
    method = options.entry("method")
    if url is None or url.literal is None or handler is None:
        return
    if method is not None and method.literal is not None and method.literal.upper() not in ("POST", "PUT"):
        return
    inner = handler.function or next(
        (arg.function for c in handler.calls for arg in c.args if arg.function), ""
    )
    name = "" if inner else handler.text
    kind = "convex" if any("httpAction" in c.callee for c in handler.calls) else framework
    yield Entry(kind, url.literal, outline.path, call.span.line, inner, name, scope=scope, owner=call.root)


def _chain_entry(
    outline: Outline, framework: str, route: str, args: tuple[Value, ...], line: int, scope: str, owner: str
) -> Entry:
    last = args[-1]
    function = last.function or _innermost(last)
    name = "" if function else last.text
    return Entry(framework, route, outline.path, line, function, name, args[:-1], scope=scope, owner=owner)


def _innermost(value: Value) -> str:
    """The function inside wrappers such as `asyncHandler(async (req, res) => …)`."""
    for call in value.calls:
        for arg in reversed(call.args):
            if arg.function:
                return arg.function
            if re.fullmatch(r"[\w$.]+", arg.text) and not arg.calls:
                return ""
    return ""


def _framework(outline: Outline) -> str:
    modules = " ".join(item.module for item in outline.imports)
    for name in ("hono", "fastify", "koa", "itty-router", "elysia", "convex"):
        if re.search(rf"(?:^|[\s/@:]){name}(?:[\s/@-]|$)", modules):
            return name
    return "express"


def _classes(outline: Outline) -> Iterator[Entry]:
    """NestJS controllers: `@Controller("webhooks")` with `@Post("stripe")`."""
    prefixes = {
        item.name: (next((arg.literal or "" for arg in call.args), ""))
        for item in outline.classes
        for call in item.decorators
        if call.root == "Controller"
    }
    for function in outline.functions:
        owner = function.name.partition(".")[0]
        if owner not in prefixes:
            continue
        for call in function.decorators:
            if call.root in ("Post", "All", "Put"):
                route = "/".join(
                    part.strip("/")
                    for part in (prefixes[owner], next((a.literal or "" for a in call.args), ""))
                )
                yield Entry("nest", "/" + route.strip("/"), outline.path, function.span.line, function.name)


def _python(outline: Outline) -> Iterator[Entry]:
    prefixes = _prefixes(outline)
    views = {
        item.name
        for item in outline.classes
        if any(base.endswith(("View", "APIView", "ViewSet", "Resource", "Endpoint")) for base in item.bases)
    }
    for function in outline.functions:
        if "." in function.name:
            owner, _, method = function.name.rpartition(".")
            if owner in views and method == "post":
                kind = "drf" if _is_drf(outline, owner) else "django"
                yield Entry(kind, f"/{owner}", outline.path, function.span.line, function.name, owner=owner)
            continue
        routed = False
        for call in function.decorators:
            name = call.callee.rpartition(".")[2]
            if name in _PY_METHODS and "." in call.callee and call.args and _takes_post(call, name):
                first = call.args[0].literal or ""
                route = prefixes.get(call.root, "") + first
                routed = True
                yield Entry(
                    _python_framework(outline),
                    route or "/",
                    outline.path,
                    function.span.line,
                    function.name,
                    decorators=function.decorators,
                    owner=call.root,
                )
                break
        if not routed and _is_view(outline, function):
            kind = "drf" if any(call.root == "api_view" for call in function.decorators) else "django"
            yield Entry(
                kind,
                f"/{function.name}",
                outline.path,
                function.span.line,
                function.name,
                decorators=function.decorators,
            )


def _takes_post(call: Call, name: str) -> bool:
    if name in ("post", "put"):
        return True
    methods = next((arg for arg in call.args if arg.name == "methods"), None)
    return (methods is None and name == "api_route") or (
        methods is not None and "POST" in methods.text.upper()
    )


def _prefixes(outline: Outline) -> dict[str, str]:
    """`router = APIRouter(prefix="/x")`, `bp = Blueprint("x", url_prefix="/x")`."""
    found: dict[str, str] = {}
    for step in outline.top:
        if isinstance(step, Do) and step.value is not None and step.value.calls:
            for arg in step.value.calls[0].args:
                if arg.name in ("prefix", "url_prefix") and arg.literal:
                    found.update(dict.fromkeys(step.targets, arg.literal))
    return found


def _python_framework(outline: Outline) -> str:
    modules = {item.module.partition(".")[0] for item in outline.imports}
    for name in ("fastapi", "flask", "starlette", "sanic", "quart", "litestar", "aiohttp"):
        if name in modules:
            return name
    return "fastapi" if any(function.is_async for function in outline.functions) else "flask"


def _is_drf(outline: Outline, owner: str) -> bool:
    found = next((item for item in outline.classes if item.name == owner), None)
    return found is not None and any("APIView" in base or "ViewSet" in base for base in found.bases)


def _is_view(outline: Outline, function: Function) -> bool:
    """A Django view function: takes `request`, and the file is Django's. Helpers take one too."""
    if function.name.startswith("_"):
        return False
    if not function.params or function.params[0].partition(":")[0].strip() != "request":
        return False
    return any(item.module.partition(".")[0] in ("django", "rest_framework") for item in outline.imports)


def _clean(route: str) -> str:
    return "/".join(
        part for part in route.split("/") if part and not (part.startswith("(") and part.endswith(")"))
    )
