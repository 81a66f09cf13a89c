"""Routers as a tree: what is registered on which router, in order, and where each router is mounted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lastmile_desktop.project.code.outline import Call, Do, Function, Outline, Span, Value, calls_within
from lastmile_desktop.project.models.entries import Ref, Survey
from lastmile_desktop.project.models.environment import live_calls

VERBS = {
    "get": "GET",
    "post": "POST",
    "put": "PUT",
    "patch": "PATCH",
    "delete": "DELETE",
    "del": "DELETE",
    "all": "ALL",
    "head": "HEAD",
}
_MAKERS = re.compile(
    r"^(?:express|Router|express\.Router|Hono|OpenAPIHono|fastify|Fastify|KoaRouter|Koa|Elysia|polka|App|H3|createRouter|new Router)$"
)
_ROUTER_NAME = re.compile(r"^(?:\w*[rR]outers?|\w*[aA]pp|server|api|fastify|\w*Routes?|instance)$")
_ROUTER_TYPE = re.compile(
    r":\s*(?:\w+\.)?(?:Express|Application|Router|IRouter|FastifyInstance|Hono|Elysia|OpenAPIHono|Koa)\b"
)
_NOT_ROUTER = re.compile(
    r"^(?:axios|http|client|cache|map|params|headers|searchParams|queryClient|storage|request|supabase|db|prisma|cy|page|this)$"
)


@dataclass(frozen=True, slots=True)
class RouterKey:
    """A router variable: its file, the function it lives in ("" for the module), its name."""

    path: str
    scope: str
    name: str


@dataclass(frozen=True, slots=True)
class Item:
    """One registration, in order. `kind` is route, use, hook or mount."""

    kind: str
    prefix: str
    methods: tuple[str, ...]
    values: tuple[Value, ...]
    path: str
    scope: Function | None
    span: Span
    child: RouterKey | None = None
    dynamic: bool = False


@dataclass
class Router:
    key: RouterKey
    base: str = ""
    items: list[Item] = field(default_factory=list[Item])
    mounted: bool = False
    is_app: bool = True
    framework: str = "express"


class RouterTree:
    """All routers of a project."""

    def __init__(self, survey: Survey, outlines: list[Outline]) -> None:
        self._survey = survey
        self.routers: dict[RouterKey, Router] = {}
        self._given: dict[tuple[str, str, str], tuple[str, Function | None, Value]] = {}
        for outline in outlines:
            self._declare(outline)
        for outline in outlines:
            self._register(outline)

    def _declare(self, outline: Outline) -> None:
        framework = _framework(outline)
        for scope, steps in _scopes(outline):
            for call, targets in _assigned(steps):
                if _makes_router(call, outline):
                    key = RouterKey(outline.path, scope.name if scope else "", targets[0])
                    base = call.args_of("basePath")
                    prefix = call.args[0].entry("prefix") if call.args and call.args[0].entries else None
                    text = (base[0].literal if base else None) or (prefix.literal if prefix else None) or ""
                    is_app = "Router" not in call.callee
                    self.routers[key] = Router(key, text, is_app=is_app, framework=framework)
                    for link in call.links[1:]:
                        if link.name in ("use", "route", *VERBS) and link.args:
                            self._link(self.routers[key], link.name, link.args, outline, scope, call.span)
        for function in outline.functions:
            plugin = bool(function.wrapped_by) and function.wrapped_by[-1].callee.endswith(".register")
            for param in function.params[:1]:
                name = re.match(r"[A-Za-z_$][\w$]*", param)
                if name and (
                    plugin
                    or _ROUTER_TYPE.search(param)
                    or (":" not in param and _ROUTER_NAME.match(name.group(0)))
                ):
                    if any(call.root == name.group(0) for call in calls_within(function.body)):
                        key = RouterKey(outline.path, function.name, name.group(0))
                        self.routers.setdefault(key, Router(key, framework=framework))

    def _register(self, outline: Outline) -> None:
        for scope, steps in _scopes(outline):
            for call in live_calls(steps):
                router = self.lookup(outline.path, scope.name if scope else "", call.root)
                if router is None:
                    self._handed_over(outline, scope, call)
                    continue
                if call.links and call.links[0].name == "" or call.is_new:
                    continue
                self._chain(router, call, outline, scope)

    def lookup(self, path: str, scope: str, name: str) -> Router | None:
        """The router a name means in a scope, the innermost first."""
        if _NOT_ROUTER.match(name):
            return None
        while True:
            found = self.routers.get(RouterKey(path, scope, name))
            if found is not None or not scope:
                return found
            scope = scope.rpartition(".")[0]

    def _chain(self, router: Router, call: Call, outline: Outline, scope: Function | None) -> None:
        prefix: str | None = None
        for link in call.links:
            if link.args is None:
                continue
            if link.name == "route" and len(link.args) == 1 and not link.args[0].entries:
                prefix = link.args[0].literal or ""
            elif prefix is not None and link.name in VERBS:
                span = Span(link.line, call.span.column, call.span.line_end)
                router.items.append(
                    Item("route", prefix, (VERBS[link.name],), link.args, outline.path, scope, span)
                )
            else:
                self._link(
                    router,
                    link.name,
                    link.args,
                    outline,
                    scope,
                    Span(link.line, call.span.column, call.span.line_end),
                )

    def _link(
        self,
        router: Router,
        name: str,
        args: tuple[Value, ...],
        outline: Outline,
        scope: Function | None,
        span: Span,
    ) -> None:
        if not args:
            return
        first = args[0]
        if name in VERBS and len(args) >= 2 and _is_path(first):
            router.items.append(
                Item(
                    "route",
                    first.literal or "",
                    (VERBS[name],),
                    args[1:],
                    outline.path,
                    scope,
                    span,
                    dynamic=first.literal is None,
                )
            )
        elif (
            name == "on"
            and len(args) >= 3
            and first.literal is not None
            and first.literal.upper() in ("GET", "POST", "PUT", "PATCH", "DELETE")
        ):
            router.items.append(
                Item(
                    "route",
                    args[1].literal or "",
                    (first.literal.upper(),),
                    args[2:],
                    outline.path,
                    scope,
                    span,
                )
            )
        elif name in ("use", "route", "mount", "group"):
            self._use(router, args, outline, scope, span)
        elif name == "register":
            self._plugin(router, args, outline, scope, span)
        elif name in ("addHook", "onRequest", "preHandler", "onBeforeHandle", "derive", "guard", "resolve"):
            if name != "addHook" or first.literal in (
                "onRequest",
                "preHandler",
                "preValidation",
                "preParsing",
            ):
                values = args[1:] if name == "addHook" else args
                router.items.append(Item("use", "", (), values, outline.path, scope, span))
        if name == "route" and first.entries:
            self._described(router, first, outline, scope, span)

    def _described(
        self, router: Router, options: Value, outline: Outline, scope: Function | None, span: Span
    ) -> None:
        """Fastify's `route({ method, url, preHandler, handler })`."""
        url = options.entry("url") or options.entry("path")
        method = options.entry("method")
        handler = options.entry("handler")
        if url is None or handler is None:
            return
        methods = (
            tuple((item.literal or "").upper() for item in (method.items or (method,))) if method else ()
        )
        hooks = tuple(
            value
            for key, value in options.entries
            if key in ("preHandler", "onRequest", "preValidation", "middleware")
        )
        router.items.append(
            Item("route", url.literal or "", methods, (*hooks, handler), outline.path, scope, span)
        )

    def _use(
        self, router: Router, args: tuple[Value, ...], outline: Outline, scope: Function | None, span: Span
    ) -> None:
        prefix, values = "", args
        if _is_path(args[0]) and len(args) > 1:
            prefix, values = args[0].literal or "", args[1:]
        elif args[0].items and len(args) > 1 and all(item.literal is not None for item in args[0].items):
            for item in args[0].items:
                self._use(router, (item, *args[1:]), outline, scope, span)
            return
        pending: list[Value] = []
        for value in values:
            child = self.router_of(outline, scope, value)
            if child is None:
                pending.append(value)
                continue
            child.mounted = True
            router.items.append(
                Item("mount", prefix, (), tuple(pending), outline.path, scope, span, child.key)
            )
        if pending and not any(self.router_of(outline, scope, value) for value in values):
            router.items.append(Item("use", prefix, (), tuple(pending), outline.path, scope, span))

    def _plugin(
        self, router: Router, args: tuple[Value, ...], outline: Outline, scope: Function | None, span: Span
    ) -> None:
        options = args[1] if len(args) > 1 else None
        prefix = options.entry("prefix") if options else None
        child = self.router_of(outline, scope, args[0]) or self._function_router(outline, scope, args[0])
        if child is not None:
            child.mounted = True
            router.items.append(
                Item(
                    "mount",
                    (prefix.literal or "") if prefix else "",
                    (),
                    (),
                    outline.path,
                    scope,
                    span,
                    child.key,
                )
            )

    def _handed_over(self, outline: Outline, scope: Function | None, call: Call) -> None:
        """`registerRoutes(app)`: what that function registers happens here."""
        for link in call.links:
            for index, arg in enumerate(link.args or ()):
                router = (
                    self.lookup(outline.path, scope.name if scope else "", arg.text)
                    if re.fullmatch(r"[\w$]+", arg.text)
                    else None
                )
                if router is None:
                    continue
                target = self._survey.callees.target(outline.path, scope, call)
                if target is None or index >= len(target.function.params):
                    continue
                name = re.match(r"[A-Za-z_$][\w$]*", target.function.params[index])
                if name is None:
                    continue
                self._remember(outline.path, scope, target.path, target.function, link.args or ())
                key = RouterKey(target.path, target.function.name, name.group(0))
                child = self.routers.setdefault(key, Router(key, framework=router.framework))
                if child is not router and not child.mounted:
                    child.mounted = True
                    router.items.append(Item("mount", "", (), (), outline.path, scope, call.span, key))

    def _remember(
        self, path: str, scope: Function | None, there: str, function: Function, args: tuple[Value, ...]
    ) -> None:
        """What a registering function is given beside the router: middleware under its own names."""
        for param, arg in zip(function.params, args, strict=False):
            name = re.match(r"[A-Za-z_$][\w$]*", param)
            if name is not None:
                self._given.setdefault((there, function.name, name.group(0)), (path, scope, arg))

    def reference(self, path: str, scope: Function | None, value: Value) -> Ref:
        """A middleware value as a Ref, parameters replaced by what they were given."""
        if scope is not None and re.fullmatch(r"[\w$]+", value.text):
            given = self._given.get((path, scope.name, value.text))
            if given is not None:
                return Ref(given[0], value=given[2], scope=given[1])
        return Ref(path, value=value, scope=scope)

    def router_of(self, outline: Outline, scope: Function | None, value: Value) -> Router | None:
        """The router a value means: a variable, an import, a `require`, a call that returns one."""
        text = value.text.strip()
        if re.fullmatch(r"[\w$]+", text):
            return self._named(outline.path, scope.name if scope else "", text)
        member = re.fullmatch(r"([\w$]+)\.(routes|router|default|middleware)(?:\(\))?", text)
        if member:
            return self._named(outline.path, scope.name if scope else "", member.group(1))
        if value.calls and value.calls[0].root == "require" and value.calls[0].args:
            module = self._survey.callees.modules.file(outline.path, value.calls[0].args[0].literal or "")
            return self._exported(module, "default") if module else None
        if value.calls:
            target = self._survey.callees.target(outline.path, scope, value.calls[0])
            if target is not None:
                return next(
                    (
                        item
                        for key, item in self.routers.items()
                        if key.path == target.path and key.scope == target.function.name
                    ),
                    None,
                )
        return None

    def _named(self, path: str, scope: str, name: str) -> Router | None:
        found = self.lookup(path, scope, name)
        if found is not None:
            return found
        definition = self._survey.callees.definition(path, name)
        if definition is None or not definition.path:
            return None
        return self.routers.get(RouterKey(definition.path, "", definition.name)) or self._exported(
            definition.path, definition.name
        )

    def _exported(self, path: str, name: str) -> Router | None:
        outline = self._survey.outlines.get(path)
        export = next((item for item in outline.exports if item.name == name), None) if outline else None
        if export is None:
            return None
        if export.local == "module.exports" or export.local == "default":
            step = self._survey.callees.value(path, export.local)
            text = step.value.text if step and step.value else ""
            return self.routers.get(RouterKey(path, "", text))
        return self.routers.get(RouterKey(path, "", export.local))

    def _function_router(self, outline: Outline, scope: Function | None, value: Value) -> Router | None:
        """A Fastify plugin: a function whose first parameter is the instance."""
        from lastmile_desktop.project.models.entries import resolve_handler

        found = resolve_handler(self._survey, outline.path, scope, value)
        if found is None:
            return None
        path, function, _ = found
        return next(
            (item for key, item in self.routers.items() if key.path == path and key.scope == function.name),
            None,
        )


def _framework(outline: Outline) -> str:
    for item in outline.imports:
        for name in ("hono", "fastify", "koa", "elysia", "express"):
            if name in item.module:
                return name
    return "express"


def _scopes(outline: Outline) -> Iterator[tuple[Function | None, tuple]]:  # type: ignore[type-arg]
    yield None, outline.top
    for function in outline.functions:
        yield function, function.body


def _assigned(steps: tuple) -> Iterator[tuple[Call, tuple[str, ...]]]:  # type: ignore[type-arg]
    for step in steps:
        if isinstance(step, Do) and step.targets and step.value is not None and step.value.calls:
            yield step.value.calls[0], step.targets


def _makes_router(call: Call, outline: Outline) -> bool:
    first = ".".join([call.root, *([call.links[0].name] if call.links and call.links[0].name else [])])
    if not (_MAKERS.match(call.root) or _MAKERS.match(first)):
        return False
    return any(
        re.search(r"express|hono|fastify|koa|elysia|polka|h3|router", item.module, re.IGNORECASE)
        for item in outline.imports
    )


def _is_path(value: Value) -> bool:
    if value.literal is not None:
        return (
            value.literal == ""
            or value.literal.startswith(("/", "*", ":"))
            or not re.search(r"\s", value.literal)
        )
    return (
        value.text.startswith(("`", "/"))
        or bool(re.search(r"(?:[pP]ath|PATH|[rR]oute|api\.\w+)", value.text))
        and "(" not in value.text
    )
