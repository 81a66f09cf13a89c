"""Routers as a tree: what is registered on which router, in order, and where each router is mounted."""

from __future__ import annotations

import re

from lastmile_desktop.project.code.outline import Call, Function, Outline, Span, Value, calls_within
from lastmile_desktop.project.models.routes.entries import Ref, Survey
from lastmile_desktop.project.models.routes.router_finder import Item, Router, RouterFinder, RouterKey
from lastmile_desktop.project.models.routes.router_shapes import (
    framework_of,
    is_path,
    makes_router,
    named_calls,
    scopes_of,
    unnamed_calls,
)
from lastmile_desktop.project.models.walk.environment import dormant_calls, live_calls

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
_ROUTER_NAME = re.compile(r"^(?:\w*[rR]outers?|\w*[aA]pp|server|api|fastify|\w*Routes?|instance)$")
_ROUTER_TYPE = re.compile(
    r":\s*(?:\w+\.)?(?:Express|Application|Router|IRouter|FastifyInstance|Hono|Elysia|OpenAPIHono|Koa)\b"
)


_HOOKS = ("onRequest", "preHandler", "preValidation", "preParsing")


class RouterTree:
    """All routers of a project."""

    def __init__(self, survey: Survey, outlines: list[Outline]) -> None:
        self._survey = survey
        self.routers: dict[RouterKey, Router] = {}
        self._finder = RouterFinder(survey, self.routers)
        self._names: frozenset[str] = frozenset()
        self._given: dict[tuple[str, str, str], tuple[str, Function | None, Value]] = {}
        for outline in outlines:
            self._declare(outline)
        self._names = frozenset(key.name for key in self.routers)
        for outline in outlines:
            self._register(outline)

    def _declare(self, outline: Outline) -> None:
        framework = framework_of(outline)
        for scope, steps in scopes_of(outline):
            for call, name in (*named_calls(steps), *unnamed_calls(steps)):
                if makes_router(call, outline):
                    key = RouterKey(outline.path, scope.name if scope else "", name)
                    base = call.args_of("basePath")
                    prefix = call.args[0].entry("prefix") if call.args and call.args[0].entries else None
                    text = (base[0].literal if base else None) or (prefix.literal if prefix else None) or ""
                    is_app = "Router" not in call.callee or _routes_worker(outline)
                    self.routers[key] = Router(key, text, is_app=is_app, framework=framework)
                    for link in call.links[1:]:
                        if link.name in ("use", "route", *VERBS) and link.args:
                            self._link(self.routers[key], link.name, link.args, outline, scope, call.span)
        for function in outline.functions:
            plugin = bool(function.wrapped_by) and function.wrapped_by[-1].callee.endswith(".register")
            for param in function.params[:1]:
                name = re.match(r"[A-Za-z_$][\w$]*", param)
                if (
                    name
                    and (
                        plugin
                        or _ROUTER_TYPE.search(param)
                        or (":" not in param and _ROUTER_NAME.match(name.group(0)))
                    )
                    and any(call.root == name.group(0) for call in calls_within(function.body))
                ):
                    key = RouterKey(outline.path, function.name, name.group(0))
                    self.routers.setdefault(key, Router(key, framework=framework, handed=not plugin))

    def _register(self, outline: Outline) -> None:
        for scope, steps in scopes_of(outline):
            for call in live_calls(steps):
                router = self._finder.lookup(outline.path, scope.name if scope else "", call.root)
                if router is None:
                    self._handed_over(outline, scope, call)
                    continue
                if (call.links and call.links[0].name == "") or call.is_new:
                    continue
                self._chain(router, call, outline, scope)
            for call in dormant_calls(steps):
                self._shelve(outline, scope, call)

    def _shelve(self, outline: Outline, scope: Function | None, call: Call) -> None:
        """A router that is only mounted outside production is reached by nobody there."""
        if self._finder.lookup(outline.path, scope.name if scope else "", call.root) is None:
            return
        for link in call.links:
            for value in (link.args or ()) if link.name in ("use", "route", "register", "mount") else ():
                child = self._finder.router_of(outline, scope, value)
                if child is not None:
                    child.mounted = True

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
        if name in VERBS and len(args) >= 2 and is_path(first):
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
            values = args[1:] if name == "addHook" and first.literal in _HOOKS else args
            if name != "addHook" or first.literal in _HOOKS:
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
        first, *rest = args
        if rest and is_path(first):
            prefix, values = first.literal or "", tuple(rest)
        elif rest and first.items and all(item.literal is not None for item in first.items):
            for item in first.items:
                self._use(router, (item, *rest), outline, scope, span)
            return
        pending: list[Value] = []
        for value in values:
            child = self._finder.router_of(outline, scope, value)
            if child is None:
                pending.append(value)
                continue
            child.mounted = True
            router.items.append(
                Item("mount", prefix, (), tuple(pending), outline.path, scope, span, child.key)
            )
        if pending and not any(self._finder.router_of(outline, scope, value) for value in values):
            router.items.append(Item("use", prefix, (), tuple(pending), outline.path, scope, span))

    def _plugin(
        self, router: Router, args: tuple[Value, ...], outline: Outline, scope: Function | None, span: Span
    ) -> None:
        plugin, *options = args
        prefix = options[0].entry("prefix") if options else None
        child = self._finder.router_of(outline, scope, plugin) or self._finder.function_router(
            outline, scope, plugin
        )
        if child is None and self._survey.callees.named(outline.path, "", plugin.text) is None:
            router.items.append(Item("use", "", (), (plugin,), outline.path, scope, span))
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
                if arg.text not in self._names:
                    continue
                router = (
                    self._finder.lookup(outline.path, scope.name if scope else "", arg.text)
                    if re.fullmatch(r"[\w$]+", arg.text)
                    else None
                )
                if router is None:
                    continue
                target = self._survey.callees.target(outline.path, scope, call)
                if target is None and not call.is_new:
                    # `secureRoutes(app)` of a package: what it puts before the routes is judged by its name.
                    router.items.append(
                        Item("use", "", (), (Value(call.callee),), outline.path, scope, call.span)
                    )
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


def _routes_worker(outline: Outline) -> bool:
    """itty-router calls the whole app a router."""
    return any(item.module == "itty-router" for item in outline.imports)
