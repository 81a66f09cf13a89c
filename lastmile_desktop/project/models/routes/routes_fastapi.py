"""Entry points of FastAPI: routers resolved through `include_router`, guards as dependencies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lastmile_desktop.project.code.outline import Call, Function, Outline, Value
from lastmile_desktop.project.models.guards.python_dependencies import Dependencies
from lastmile_desktop.project.models.routes.entries import Entry, Ref, Survey
from lastmile_desktop.project.models.routes.model import EntryKind
from lastmile_desktop.project.models.walk.environment import live_calls

_METHODS = {
    "get": "GET",
    "post": "POST",
    "put": "PUT",
    "patch": "PATCH",
    "delete": "DELETE",
    "api_route": "",
    "websocket": "GET",
}
_MAKERS = frozenset(("APIRouter", "FastAPI"))
_MAX_DEPTH = 8


@dataclass
class _Router:
    path: str
    name: str
    prefix: str
    dependencies: tuple[Value, ...]
    parents: list[tuple[_Router, str, tuple[Value, ...], str]] = field(default_factory=list)  # type: ignore[type-arg]
    is_app: bool = False
    line: int = 0


def discover(survey: Survey) -> Iterator[Entry]:
    """Every path operation, with the dependencies of its routers in front."""
    outlines = [
        outline
        for outline in survey.live()
        if outline.language == "python" and any(item.module.startswith("fastapi") for item in outline.imports)
    ]
    if not outlines:
        return
    dependencies = Dependencies(survey)
    routers = _routers(survey, outlines)
    _mount(survey, outlines, routers)
    gates = _app_middleware(survey, routers)
    for outline in outlines:
        for function in outline.functions:
            for decorator in function.decorators:
                entry = _operation(survey, dependencies, routers, gates, outline, function, decorator)
                if entry is not None:
                    yield entry
                    break


def _routers(survey: Survey, outlines: list[Outline]) -> dict[tuple[str, str], _Router]:
    routers: dict[tuple[str, str], _Router] = {}
    for outline in outlines:
        for steps in (outline.top, *(function.body for function in outline.functions)):
            for call in live_calls(steps):
                if call.root in _MAKERS or (
                    call.root in ("fastapi", "APIRouter") and call.callee.endswith(("FastAPI", "APIRouter"))
                ):
                    for name in call.assigned:
                        prefix = next((arg.literal or "" for arg in call.args if arg.name == "prefix"), "")
                        router = _Router(
                            outline.path,
                            name,
                            prefix,
                            _listed(call, "dependencies"),
                            is_app="FastAPI" in call.callee,
                            line=call.span.line,
                        )
                        routers.setdefault((outline.path, name), router)
    return routers


def _listed(call: Call, name: str) -> tuple[Value, ...]:
    found = next((arg for arg in call.args if arg.name == name), None)
    return (found.items or (found,)) if found is not None else ()


def _mount(survey: Survey, outlines: list[Outline], routers: dict[tuple[str, str], _Router]) -> None:
    for outline in outlines:
        for steps in (outline.top, *(function.body for function in outline.functions)):
            for call in live_calls(steps):
                if not call.links or call.links[-1].name not in ("include_router", "mount") or not call.args:
                    continue
                parent = _find(survey, routers, outline.path, call.root)
                mounting = call.links[-1].name == "mount"
                source = next(
                    (arg for arg in call.args[1 if mounting else 0 :] if not arg.name), call.args[-1]
                )
                child = _find(survey, routers, outline.path, source.text)
                if child is None or parent is None or child is parent:
                    continue
                prefix = next((arg for arg in call.args if arg.name == "prefix"), None)
                text = (prefix.literal or _literal(survey, outline.path, prefix.text)) if prefix else ""
                child.parents.append((parent, text, _listed(call, "dependencies"), outline.path))


def _literal(survey: Survey, path: str, text: str) -> str:
    """What a prefix that is given by name says; the usual one where it cannot be told."""
    found = survey.callees.definition(path, text) if text.isidentifier() else None
    holder = (found.path, found.name) if found is not None and found.path else (path, text)
    step = survey.callees.value(*holder)
    if step is not None and step.value is not None and step.value.literal is not None:
        return step.value.literal
    return "/api" if re.search(r"api|prefix", text, re.IGNORECASE) else ""


def _find(survey: Survey, routers: dict[tuple[str, str], _Router], path: str, text: str) -> _Router | None:
    """The router that `users.router` or `api_router` means in a file."""
    here = routers.get((path, text))
    if here is not None:
        return here
    root, _, member = text.rpartition(".")
    if root:
        module = survey.callees.module(path, root.partition(".")[0])
        if module is not None:
            found = routers.get((module, member))
            if found is not None:
                return found
            definition = survey.callees.definition(module, member)
            if definition is not None and definition.path:
                return routers.get((definition.path, definition.name))
        return None
    definition = survey.callees.definition(path, text)
    return routers.get((definition.path, definition.name)) if definition and definition.path else None


def _operation(
    survey: Survey,
    dependencies: Dependencies,
    routers: dict[tuple[str, str], _Router],
    gates: list[tuple[str, Function]],
    outline: Outline,
    function: Function,
    decorator: Call,
) -> Entry | None:
    if not decorator.links or decorator.links[-1].name not in _METHODS or not decorator.args:
        return None
    router = _find(survey, routers, outline.path, decorator.root)
    if router is None or _is_unmounted(router, routers):
        return None
    prefix, chain = _above(survey, dependencies, router, 0)
    for value in _listed(decorator, "dependencies"):
        chain = (*chain, _dependency(dependencies, outline.path, value))
    chain = (
        *chain,
        Ref(
            outline.path,
            lazy=lambda: dependencies.of_params(outline.path, function),
            label=f"parameters of {function.name}",
        ),
    )
    chain = (*chain, *_of_class(survey, dependencies, outline.path, function))
    first = decorator.args[0]
    route = prefix + (first.literal or "") or "/"
    method = _METHODS[decorator.links[-1].name]
    methods = (
        (method,)
        if method
        else tuple(
            re.findall(r"[A-Z]{3,7}", next((arg.text for arg in decorator.args if arg.name == "methods"), ""))
        )
    )
    others = tuple(
        Ref(outline.path, wrapper=item)
        for item in function.decorators
        if item is not decorator and item.root not in ("limiter", "cache")
    )
    gate = tuple(_asked(survey, path, before, route) for path, before in gates)
    return Entry(
        EntryKind.HTTP,
        "fastapi",
        route,
        methods,
        outline.path,
        decorator.span,
        function,
        outline.path,
        (*gate, *chain, *others),
    )


def _of_class(survey: Survey, dependencies: Dependencies, path: str, function: Function) -> tuple[Ref, ...]:
    """What the class of a class-based view asks for, and the classes it is made from: `user = Depends(…)`."""
    owner = function.name.rpartition(".")[0]
    found: list[Ref] = []
    waiting = [(path, owner)] if owner and "@" not in owner else []
    seen: set[tuple[str, str]] = set()
    while waiting and len(seen) < _MAX_DEPTH:
        at, name = waiting.pop(0)
        made = survey.callees.class_def(at, name)
        if made is None or (made[0], made[1].name) in seen:
            continue
        seen.add((made[0], made[1].name))
        found += [
            _dependency(dependencies, made[0], value)
            for _, value, _ in made[1].attributes
            if "Depends" in value.text or "Security" in value.text
        ]
        waiting += [(made[0], base.partition("[")[0]) for base in made[1].bases]
    return tuple(found)


def _is_unmounted(router: _Router, routers: dict[tuple[str, str], _Router]) -> bool:
    """A router that nothing includes, or only in development, while the others are included."""
    if router.is_app or router.parents:
        return False
    mounted = [other for other in routers.values() if other.parents]
    return bool(mounted) and any(other.is_app for other in routers.values())


def _above(
    survey: Survey, dependencies: Dependencies, router: _Router, depth: int
) -> tuple[str, tuple[Ref, ...]]:
    """The prefix and dependencies a router inherits."""
    own = tuple(_dependency(dependencies, router.path, value) for value in router.dependencies)
    if not router.parents or depth > _MAX_DEPTH:
        return router.prefix, own
    parent, prefix, values, path = router.parents[0]
    above, chain = _above(survey, dependencies, parent, depth + 1)
    included = tuple(_dependency(dependencies, path, value) for value in values)
    return above + prefix + router.prefix, (*chain, *included, *own)


def _app_middleware(survey: Survey, routers: dict[tuple[str, str], _Router]) -> list[tuple[str, Function]]:
    """`@app.middleware("http")` functions and the `dispatch` of middleware classes."""
    found: list[tuple[str, Function]] = []
    for router in routers.values():
        if not router.is_app:
            continue
        outline = survey.outlines[router.path]
        found += [
            (outline.path, function)
            for function in outline.functions
            if any(item.callee == f"{router.name}.middleware" for item in function.decorators)
        ]
        for steps in (outline.top, *(function.body for function in outline.functions)):
            added = [call for call in live_calls(steps) if call.callee == f"{router.name}.add_middleware"]
            found += [item for call in added if call.args for item in _dispatch(survey, outline.path, call)]
    return found


def _dispatch(survey: Survey, path: str, call: Call) -> list[tuple[str, Function]]:
    made = survey.callees.class_def(path, call.args[0].text)
    dispatch = survey.callees.functions(made[0]).get(f"{made[1].name}.dispatch") if made else None
    return [(made[0], dispatch)] if made is not None and dispatch is not None else []


def _asked(survey: Survey, path: str, function: Function, route: str) -> Ref:
    onward = frozenset(("call_next",))
    return Ref(path, lazy=lambda: survey.chains.function(path, function, onward), label=function.name)


def _dependency(dependencies: Dependencies, path: str, value: Value) -> Ref:
    return Ref(path, lazy=lambda: dependencies.value(path, value), label=value.text)


def apps(survey: Survey) -> Iterator[tuple[str, int, Call]]:
    """The places where a FastAPI application is made."""
    for outline in survey.live():
        if outline.language != "python" or not any(
            item.module.startswith("fastapi") for item in outline.imports
        ):
            continue
        for steps in (outline.top, *(function.body for function in outline.functions)):
            for call in live_calls(steps):
                if call.root == "FastAPI" and call.links and not call.links[0].name:
                    yield outline.path, call.span.line, call
