"""Entry points of Express, Hono, Fastify, Koa and Elysia: routes with the middleware registered before them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Function, Leave, Outline, Value, calls_within
from lastmile_desktop.project.models.routes.entries import Entry, Ref, Survey, resolve_handler
from lastmile_desktop.project.models.routes.model import EntryKind
from lastmile_desktop.project.models.routes.router_finder import Item, Router, RouterKey
from lastmile_desktop.project.models.routes.router_shapes import scopes_of
from lastmile_desktop.project.models.routes.routers import RouterTree

_FRAMEWORKS = re.compile(
    r"^(?:npm:)?(?:express|hono|@hono/|fastify|koa|@koa/|koa-router|elysia|polka|itty-router|https?://.*(?:hono|oak)|jsr:@hono)"
)
_HANDLER_OPTIONS = ("preHandler", "onRequest", "preValidation", "beforeHandle", "middleware", "middlewares")
_MAX_DEPTH = 8


def discover(survey: Survey) -> Iterator[Entry]:
    """Every route of every router, under the path it is mounted at."""
    outlines = [outline for outline in survey.live() if outline.language != "python" and _may_route(outline)]
    if not outlines:
        return
    tree = RouterTree(survey, outlines)
    seen: set[tuple[str, int, int, str, tuple[str, ...]]] = set()
    imported = {
        target for (importer, _), target in survey.callees.modules.targets.items() if importer != target
    }
    roots = [
        router
        for router in tree.routers.values()
        if not router.mounted and router.items and (router.is_app or router.key.path in imported)
    ]
    for router in tree.routers.values():
        if any(item.kind in ("route", "mount") for item in router.items):
            _note_uses(survey, router)
    handed = [router for router in roots if router.handed]
    has_app = len(handed) < len(roots)
    uncalled = _uncalled(survey, handed) if handed and has_app else frozenset[RouterKey]()
    for router in roots:
        if router.key in uncalled:
            continue
        for entry in _flatten(survey, tree, router, router.base, (), 0):
            key = (entry.path, entry.span.line, entry.span.column, entry.route, entry.methods)
            if key not in seen:
                seen.add(key)
                yield entry


def _note_uses(survey: Survey, router: Router) -> None:
    """Middleware that is registered after the routes stands before nothing, and is known all the same."""
    for item in router.items:
        for value in item.values if item.kind == "use" else ():
            survey.chains.value(item.path, item.scope, value)


def _uncalled(survey: Survey, handed: list[Router]) -> frozenset[RouterKey]:
    """Functions such as `registerChatRoutes(app)` that are exported by name and that nothing calls or imports: their
    routes do not exist. What a loader may pick up by itself, a default export, is taken as called."""
    names = {router.key.scope for router in handed}
    used: set[str] = set()
    for outline in survey.live():
        for item in outline.imports:
            if not item.type_only:
                used |= {imported for _, imported in item.names if imported in names}
                whole = any(imported == "*" for _, imported in item.names) or item.dynamic
                target = survey.callees.modules.file(outline.path, item.module) if whole else None
                used |= {router.key.scope for router in handed if router.key.path == target}
    return frozenset(
        router.key
        for router in handed
        if router.key.scope not in used and not _is_used_at_home(survey, router.key)
    )


def _is_used_at_home(survey: Survey, key: RouterKey) -> bool:
    """Whether the function's own file calls it, hands it on, or exports it as a default."""
    outline = survey.outlines.get(key.path)
    if outline is None or "." in key.scope or "@" in key.scope:
        return True
    exported = [item.name for item in outline.exports if item.local == key.scope]
    if exported != [key.scope]:
        return True
    return any(
        call.root == key.scope or any(arg.text == key.scope for link in call.links for arg in link.args or ())
        for _, steps in scopes_of(outline)
        for call in calls_within(steps)
    )


def _may_route(outline: Outline) -> bool:
    """A file that uses a router, or registers on one it is handed."""
    if any(_FRAMEWORKS.match(item.module) for item in outline.imports):
        return True
    return any(
        re.search(r"\b(?:app|router|fastify|server)\b", param)
        for function in outline.functions
        for param in function.params[:1]
    ) and any(
        call.root in ("app", "router", "fastify", "server")
        for function in outline.functions
        for call in calls_within(function.body)
    )


def _flatten(
    survey: Survey,
    tree: RouterTree,
    router: Router,
    prefix: str,
    chain: tuple[tuple[str, Ref], ...],
    depth: int,
) -> Iterator[Entry]:
    if depth > _MAX_DEPTH:
        return
    standing = list(chain)
    for item in router.items:
        full = _join(prefix, item.prefix)
        refs = [(full, tree.reference(item.path, item.scope, value)) for value in item.values]
        if item.kind == "use":
            standing += refs
        elif item.kind == "mount" and item.child is not None:
            child = tree.routers[item.child]
            yield from _flatten(survey, tree, child, _join(full, child.base), (*standing, *refs), depth + 1)
        elif item.kind == "route":
            yield _entry(survey, tree, router, item, full, tuple(standing))


def _entry(
    survey: Survey,
    tree: RouterTree,
    router: Router,
    item: Item,
    route: str,
    standing: tuple[tuple[str, Ref], ...],
) -> Entry:
    chain = tuple(ref for prefix, ref in standing if _covers(prefix, route))
    values = list(item.values)
    hooks: list[Ref] = []
    for value in values:
        hooks += _hooks(survey, item.path, item.scope, value, 0)
    plain = [value for value in values if not (value.entries and not value.function)]
    handler = (
        plain[-1]
        if plain
        else next((value.entry("handler") for value in values if value.entry("handler")), None)
    )
    if len(values) > 1 and values[-1].entries and not values[-1].function and router.framework == "elysia":
        handler = plain[-1] if plain else None
    before = [tree.reference(item.path, item.scope, value) for value in plain[:-1]]
    found = _handler(survey, item, handler) if handler is not None else None
    line = item.span
    if found is None:
        text = handler.text[:40] if handler is not None else "this route"
        return Entry(
            EntryKind.HTTP,
            router.framework,
            route,
            item.methods,
            item.path,
            line,
            None,
            "",
            (*chain, *hooks, *before),
            unknown=f"the handler {text} could not be found",
        )
    path, function, wrappers = found
    registration = {"get", "post", "put", "patch", "delete", "all", "use", "route", "on", "del"}
    inner = tuple(
        ref
        for ref in wrappers
        if ref.wrapper is None or not (ref.wrapper.links and ref.wrapper.links[-1].name in registration)
    )
    return Entry(
        EntryKind.HTTP,
        router.framework,
        route,
        item.methods,
        item.path,
        line,
        function,
        path,
        (*chain, *hooks, *before, *inner),
    )


def _hooks(survey: Survey, path: str, scope: Function | None, options: Value, hops: int) -> list[Ref]:
    """The hooks of a route's options, spread ones included: `...withPermission("billing", "VIEW")`."""
    found: list[Ref] = []
    for key, inner in options.entries:
        if key in _HANDLER_OPTIONS:
            found.append(Ref(path, value=inner, scope=scope))
        elif key == "..." and hops < 3:
            found += _spread(survey, path, scope, inner, hops)
    return found


def _spread(survey: Survey, path: str, scope: Function | None, value: Value, hops: int) -> list[Ref]:
    if value.calls:
        target = survey.callees.target(path, scope, value.calls[0])
        returned = (
            [step.value for step in target.function.body if isinstance(step, Leave) and step.value]
            if target
            else []
        )
        return [
            ref
            for item in returned
            if target
            for ref in _hooks(survey, target.path, target.function, item, hops + 1)
        ]
    definition = survey.callees.definition(path, value.text)
    holder = (definition.path, definition.name) if definition and definition.path else (path, value.text)
    step = survey.callees.value(*holder)
    if step is None or step.value is None:
        return []
    if step.value.calls and not step.value.entries:
        return _spread(survey, holder[0], None, step.value, hops + 1)
    return _hooks(survey, holder[0], None, step.value, hops + 1)


def _handler(survey: Survey, item: Item, value: Value) -> tuple[str, Function, tuple[Ref, ...]] | None:
    if value.items and not value.function:
        value = value.items[-1]
    return resolve_handler(survey, item.path, item.scope, value)


def _join(prefix: str, path: str) -> str:
    if not path or path == "/":
        return prefix or "/"
    return f"{prefix.rstrip('/')}/{path.lstrip('/')}"


def _covers(prefix: str, route: str) -> bool:
    """Whether middleware on `prefix` runs for `route`."""
    if prefix in ("", "/", "*", "/*"):
        return True
    pattern = prefix.rstrip("/")
    if pattern.endswith("*"):
        pattern = pattern.rstrip("*").rstrip("/")
    wanted = [part for part in pattern.split("/") if part]
    given = [part for part in route.split("/") if part]
    if len(wanted) > len(given):
        return False
    return all(
        one == two or one.startswith(":") or one == "*" or (two.startswith(":") and one == two)
        for one, two in zip(wanted, given, strict=False)
    )
