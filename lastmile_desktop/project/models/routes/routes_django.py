"""Entry points of Django and Django REST framework: `urlpatterns` resolved to views, their mixins and permissions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import (
    Call,
    ClassDef,
    Do,
    Function,
    Outline,
    Span,
    Step,
    Value,
    calls_within,
)
from lastmile_desktop.project.models.guards.chain_parts import Summary, reference
from lastmile_desktop.project.models.guards.django_guards import class_guards, permissions
from lastmile_desktop.project.models.routes.entries import Entry, Ref, Survey
from lastmile_desktop.project.models.routes.model import EntryKind, Guard, GuardStrength
from lastmile_desktop.project.models.walk.access import Predicate, Query, Verb

_PATHS = frozenset(("path", "re_path", "url"))
_HTTP_METHODS = ("get", "post", "put", "patch", "delete")
_ACTIONS = {
    "list": "GET",
    "retrieve": "GET",
    "create": "POST",
    "update": "PUT",
    "partial_update": "PATCH",
    "destroy": "DELETE",
    "form_valid": "POST",
    "perform_create": "POST",
    "perform_update": "PUT",
    "perform_destroy": "DELETE",
}
_GENERIC_READ = re.compile(
    r"(?:ModelViewSet|Retrieve\w*APIView|DetailView|ReadOnlyModelViewSet|RetrieveUpdate\w*)$"
)
_GENERIC_WRITE = re.compile(r"(?:ModelViewSet|\w*Update\w*|\w*Destroy\w*|UpdateView|DeleteView)$")
_GENERIC_LIST = re.compile(r"(?:ModelViewSet|ListAPIView|ListCreateAPIView|ListView)$")
_MAX_HOPS = 6


@dataclass(frozen=True, slots=True)
class Settings:
    """What the project's settings decide for every view."""

    default_permissions: tuple[str, ...] | None = None
    login_middleware: str = ""
    place: tuple[str, int] = ("", 0)


def discover(survey: Survey) -> Iterator[Entry]:
    outlines = [outline for outline in survey.live() if outline.language == "python"]
    confs = [
        outline
        for outline in outlines
        if any(isinstance(step, Do) and "urlpatterns" in step.targets for step in outline.top)
    ]
    if not confs:
        return
    settings = read_settings(outlines)
    included: set[str] = set()
    for conf in confs:
        included.update(path for _, path in _includes(survey, conf))
    for conf in confs:
        if conf.path not in included:
            yield from _patterns(survey, settings, conf, "", 0)


def read_settings(outlines: list[Outline]) -> Settings:
    """`REST_FRAMEWORK` and `MIDDLEWARE` of the settings modules."""
    permissions: tuple[str, ...] | None = None
    middleware = ""
    place = ("", 0)
    for outline in outlines:
        if "settings" not in outline.path and "config" not in outline.path:
            continue
        for step in outline.top:
            if not isinstance(step, Do) or step.value is None:
                continue
            if "REST_FRAMEWORK" in step.targets:
                place = (outline.path, step.span.line)
                found = step.value.entry("DEFAULT_PERMISSION_CLASSES") or step.value.entry(
                    '"DEFAULT_PERMISSION_CLASSES"'
                )
                if found is not None:
                    permissions = tuple(
                        (item.literal or item.text).rpartition(".")[2] for item in found.items
                    )
            if "MIDDLEWARE" in step.targets:
                names = [(item.literal or "").rpartition(".")[2] for item in step.value.items]
                middleware = next(
                    (
                        name
                        for name in names
                        if re.search(r"login_?required|RequireLogin|AuthRequired", name, re.I)
                    ),
                    middleware,
                )
    return Settings(permissions, middleware, place)


def _includes(survey: Survey, conf: Outline) -> Iterator[tuple[str, str]]:
    for call in calls_within(conf.top):
        dotted = _included_module(call)
        tail = dotted.replace(".", "/") + ".py"
        found = next(
            (path for path in survey.outlines if dotted and (path == tail or path.endswith("/" + tail))), None
        )
        if found is not None:
            yield dotted, found


def _included_module(call: Call) -> str:
    """What `include("shop.urls")` and `include(("shop.urls", "shop"))` name."""
    if call.root != "include" or not call.args:
        return ""
    return call.args[0].literal or next((item.literal or "" for item in call.args[0].items[:1]), "")


def _included_name(call: Call) -> str:
    """The variable in `include(router.urls)` and `include(api_urls)`."""
    if call.root != "include" or not call.args:
        return ""
    given = call.args[0].items[0] if call.args[0].items else call.args[0]
    return "" if given.literal is not None else given.text.removesuffix(".urls").strip()


def _patterns(survey: Survey, settings: Settings, conf: Outline, prefix: str, depth: int) -> Iterator[Entry]:
    """The entries of one module of addresses, those of its own lists and routers under their prefixes."""
    held = {name for call in calls_within(conf.top) if (name := _included_name(call))}
    lists: dict[str, tuple[Step, ...]] = {
        step.targets[0]: (step,)
        for step in conf.top
        if isinstance(step, Do)
        and len(step.targets) == 1
        and step.targets[0] in held
        and step.value is not None
    }
    rest = tuple(step for step in conf.top if (step,) not in lists.values())
    waiting: list[tuple[tuple[Step, ...], str, int]] = [(rest, prefix, depth)]
    for name in held - lists.keys():
        lists.setdefault(name, ())
    while waiting:
        steps, start, hops = waiting.pop(0)
        if hops > _MAX_HOPS:
            continue
        for call in calls_within(steps):
            if call.root not in _PATHS or len(call.args) < 2:
                continue
            route, view = start + (call.args[0].literal or ""), call.args[1]
            if not view.text.startswith("include"):
                yield from _view(survey, settings, conf, route, view, call)
                continue
            for item in view.calls:
                if _included_name(item) in lists:
                    waiting.append((lists[_included_name(item)], route, hops + 1))
                    yield from _registered(survey, settings, conf, _included_name(item), route)
                elif found := dict(_includes(survey, conf)).get(_included_module(item)):
                    yield from _patterns(survey, settings, survey.outlines[found], route, hops + 1)
    yield from _registered(survey, settings, conf, "", prefix, held)


def _registered(
    survey: Survey,
    settings: Settings,
    conf: Outline,
    router: str,
    prefix: str,
    besides: Collection[str] = (),
) -> Iterator[Entry]:
    """The view sets of one router; without a name, of every router `besides` those included elsewhere."""
    for call in calls_within(conf.top):
        if not call.callee.endswith(".register") or len(call.args) < 2 or call.args[0].literal is None:
            continue
        if call.root == router or (not router and call.root not in besides):
            route = f"{prefix}{call.args[0].literal}/"
            yield from _class_view(survey, settings, conf, route, call.args[1].text, (), call)


def _view(
    survey: Survey, settings: Settings, conf: Outline, route: str, view: Value, call: Call
) -> Iterator[Entry]:
    text, around = view.text, list[Ref]()
    while True:
        wrapped = re.match(r"^([\w.]+)\((.*)\)$", text, re.S)
        if wrapped is None or ".as_view" in wrapped.group(1):
            break
        around.append(Ref(conf.path, wrapper=reference(wrapped.group(1))))
        text = wrapped.group(2).strip()
    if ".as_view" in text:
        yield from _class_view(
            survey, settings, conf, route, text.partition(".as_view")[0], tuple(around), call
        )
        return
    target = (
        survey.callees.target(conf.path, None, reference(text)) if re.fullmatch(r"[\w.]+", text) else None
    )
    if target is None:
        return
    yield _function_view(
        survey, settings, "/" + route.lstrip("^/").rstrip("$"), target.path, target.function, tuple(around)
    )


def _function_view(
    survey: Survey, settings: Settings, route: str, path: str, function: Function, around: tuple[Ref, ...]
) -> Entry:
    decorators = [
        item
        for item in function.decorators
        if item.root not in ("api_view", "csrf_exempt", "permission_classes")
    ]
    chain: list[Ref] = [*around, *_everywhere(settings, path)]
    api = next((item for item in function.decorators if item.root == "api_view"), None)
    methods = tuple(
        item.literal for value in (api.args if api else ()) for item in value.items if item.literal
    )
    framework = "django"
    if api is not None:
        framework = "drf"
        given = next((item for item in function.decorators if item.root == "permission_classes"), None)
        names = (
            tuple(item.text for value in given.args for item in value.items)
            if given
            else settings.default_permissions
        )
        chain.append(_settled(path, permissions(path, names, function.span.line)))
    else:
        for item in function.decorators:
            if item.root.startswith("require_") and item.links:
                methods = tuple(
                    re.findall(
                        r"GET|POST|PUT|PATCH|DELETE",
                        item.root.upper() + " ".join(arg.text for arg in item.args),
                    )
                )
    chain += [Ref(path, wrapper=item) for item in decorators if not item.root.startswith("require_")]
    return Entry(
        EntryKind.HTTP,
        framework,
        route,
        methods,
        path,
        function.span,
        function,
        path,
        tuple(chain),
        inputs=True,
    )


def _settled(path: str, summary: Summary) -> Ref:
    """A summary that discovery has made already."""
    label = " ".join(f"{guard.name}@{guard.path}:{guard.line}" for guard in summary.guards)
    return Ref(path, lazy=lambda: summary, label=f"{label} {summary.admin} {len(summary.sets)}")


def _everywhere(settings: Settings, path: str) -> tuple[Ref, ...]:
    if not settings.login_middleware:
        return ()
    guard = Guard(settings.login_middleware, GuardStrength.VERIFIED, path, 1)
    return (_settled(path, Summary((guard,))),)


def _class_view(
    survey: Survey,
    settings: Settings,
    conf: Outline,
    route: str,
    name: str,
    around: tuple[Ref, ...],
    call: Call,
) -> Iterator[Entry]:
    found = survey.callees.class_def(conf.path, name)
    if found is None and "." in name:
        module = survey.callees.module(conf.path, name.partition(".")[0])
        found = survey.callees.class_def(module, name.rpartition(".")[2]) if module else None
    if found is None:
        return
    path, made = found
    guards, drf = class_guards(survey, path, made)
    has_own = any(attribute == "permission_classes" for attribute, _, _ in made.attributes)
    if drf and not has_own and not guards.guards and settings.default_permissions:
        guards += permissions(path, settings.default_permissions, made.span.line)
    chain = (*around, *_everywhere(settings, path), _settled(path, guards))
    functions = survey.callees.functions(path)
    framework = "drf" if drf else "django"
    full = "/" + route.lstrip("^/").rstrip("$")
    written = False
    for method in (*_HTTP_METHODS, *_ACTIONS):
        function = functions.get(f"{made.name}.{method}")
        if function is None:
            continue
        written = True
        verb = _ACTIONS.get(method, method.upper())
        decorators = tuple(Ref(path, wrapper=item) for item in function.decorators)
        yield Entry(
            EntryKind.HTTP,
            framework,
            full,
            (verb,),
            path,
            function.span,
            function,
            path,
            (*chain, *decorators),
            inputs=True,
        )
    generic = tuple(_generic(survey, path, made))
    if generic or not written:
        yield Entry(EntryKind.HTTP, framework, full, (), path, made.span, None, path, chain, extra=generic)


def _generic(survey: Survey, path: str, made: ClassDef) -> Iterator[tuple[Query, Call]]:
    """The queries that a generic view makes by itself, when it does not narrow them."""
    functions = survey.callees.functions(path)
    if any(f"{made.name}.{name}" in functions for name in ("get_queryset", "get_object", "filter_queryset")):
        return
    bases = [base.split("[")[0] for base in made.bases]
    model = next((value for name, value, _ in made.attributes if name in ("queryset", "model")), None)
    if model is None or not any(
        pattern.search(base) for base in bases for pattern in (_GENERIC_READ, _GENERIC_WRITE, _GENERIC_LIST)
    ):
        return
    table = re.split(r"[.(]", model.text)[0]
    line = model.span or made.span
    call = Call(table, (), Span(line.line, line.column, line.line_end))
    pk = (Predicate("pk", "pk"),)
    if any(_GENERIC_LIST.search(base) for base in bases):
        yield Query("django", Verb.READ, table, table), call
    if any(_GENERIC_READ.search(base) for base in bases):
        yield Query("django", Verb.READ, table, table, pk, True), call
    if any(_GENERIC_WRITE.search(base) for base in bases):
        yield Query("django", Verb.UPDATE, table, table, pk, True), call
