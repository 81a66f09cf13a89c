"""Entry points of Flask: routes of apps and blueprints, decorators, `before_request`, views as classes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Call, Function, Outline, calls_within
from lastmile_desktop.project.models.guards.chain_parts import Summary
from lastmile_desktop.project.models.routes.entries import Entry, Ref, Survey
from lastmile_desktop.project.models.routes.model import EntryKind

_METHODS = {
    "get": ("GET",),
    "post": ("POST",),
    "put": ("PUT",),
    "patch": ("PATCH",),
    "delete": ("DELETE",),
    "route": (),
}
_FLASK = re.compile(r"^(?:flask|quart|flask_\w+)")


def discover(survey: Survey) -> Iterator[Entry]:
    outlines = [
        outline
        for outline in survey.live()
        if outline.language == "python" and any(_FLASK.match(item.module) for item in outline.imports)
    ]
    if not outlines:
        return
    blueprints = _blueprints(survey, outlines)
    prefixes = _prefixes(survey, outlines)
    for outline in outlines:
        for function in outline.functions:
            for decorator in function.decorators:
                if (
                    decorator.links
                    and decorator.links[-1].name in _METHODS
                    and decorator.args
                    and decorator.args[0].literal is not None
                ):
                    yield _entry(survey, outlines, blueprints, prefixes, outline, function, decorator)
                    break
        yield from _resources(survey, outlines, outline)


def _blueprints(survey: Survey, outlines: list[Outline]) -> dict[tuple[str, str], Call]:
    """Where each blueprint is made, by the file and name it is used under."""
    found: dict[tuple[str, str], Call] = {}
    for outline in outlines:
        for call in calls_within(outline.top):
            if call.root == "Blueprint":
                for name in call.assigned:
                    found[outline.path, name] = call
    return found


def _home(survey: Survey, path: str, name: str) -> tuple[str, str]:
    """The file that makes the app or blueprint a name means."""
    definition = survey.callees.definition(path, name)
    return (definition.path, definition.name) if definition and definition.path else (path, name)


def _prefixes(survey: Survey, outlines: list[Outline]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for outline in outlines:
        for steps in (outline.top, *(function.body for function in outline.functions)):
            for call in calls_within(steps):
                if call.callee.endswith(".register_blueprint") and call.args:
                    prefix = next((arg.literal for arg in call.args if arg.name == "url_prefix"), None)
                    if prefix:
                        found[_home(survey, outline.path, call.args[0].text)] = prefix
    return found


def _entry(
    survey: Survey,
    outlines: list[Outline],
    blueprints: dict[tuple[str, str], Call],
    prefixes: dict[tuple[str, str], str],
    outline: Outline,
    function: Function,
    decorator: Call,
) -> Entry:
    home = _home(survey, outline.path, decorator.root)
    made = blueprints.get(home)
    own = next((arg.literal or "" for arg in made.args if arg.name == "url_prefix"), "") if made else ""
    route = prefixes.get(home, own) + (decorator.args[0].literal or "")
    methods = _METHODS[decorator.links[-1].name]
    listed = next((arg for arg in decorator.args if arg.name == "methods"), None)
    if listed is not None:
        methods = tuple(item.literal.upper() for item in listed.items if item.literal)
    at = function.decorators.index(decorator)
    others = tuple(Ref(outline.path, wrapper=item) for item in function.decorators[at + 1 :])
    chain = (*_before(survey, outlines, home, made is not None, route), *others)
    return Entry(
        EntryKind.HTTP,
        "flask",
        route or "/",
        methods or ("GET",),
        outline.path,
        decorator.span,
        function,
        outline.path,
        chain,
        inputs=True,
    )


def _before(
    survey: Survey, outlines: list[Outline], home: tuple[str, str], is_blueprint: bool, route: str
) -> tuple[Ref, ...]:
    """`before_request` functions of the app and of this blueprint."""
    found: list[Ref] = []
    for outline in outlines:
        for function in outline.functions:
            for decorator in function.decorators:
                last = decorator.links[-1].name if decorator.links else ""
                if last not in ("before_request", "before_app_request"):
                    continue
                owner = _home(survey, outline.path, decorator.root)
                app_wide = last == "before_app_request" or "app" in decorator.root.lower()
                if owner == home or (app_wide and owner != home):
                    found.append(_asked(survey, outline.path, function, route))
        registered = [call for call in calls_within(outline.top) if call.callee.endswith(".before_request")]
        found += [
            Ref(outline.path, value=call.args[0])
            for call in registered
            if call.args and _home(survey, outline.path, call.root) == home
        ]
    return tuple(found)


def _asked(survey: Survey, path: str, function: Function, route: str) -> Ref:
    def ask() -> Summary:
        return survey.chains.for_route(
            path, function, frozenset(("@return",)), route, lambda text: text not in ("", "None")
        )

    return Ref(path, lazy=ask, label=function.name)


def _resources(survey: Survey, outlines: list[Outline], outline: Outline) -> Iterator[Entry]:
    """Flask-RESTful resources and method views: `api.add_resource(Item, "/items/<id>")`."""
    for steps in (outline.top, *(function.body for function in outline.functions)):
        for call in calls_within(steps):
            last = call.links[-1].name if call.links else ""
            if last == "add_resource" and len(call.args) >= 2:
                name, route = call.args[0].text, call.args[1].literal or ""
            elif last == "add_url_rule" and call.args:
                view = next((arg for arg in call.args if arg.name == "view_func"), None)
                name, route = (
                    (view.text.split(".as_view")[0] if view and ".as_view" in view.text else ""),
                    call.args[0].literal or "",
                )
            else:
                continue
            owner = survey.callees.class_def(outline.path, name) if name else None
            if owner is None:
                continue
            path, made = owner
            shared = [
                Ref(path, value=value)
                for attribute, value, _ in made.attributes
                if attribute in ("method_decorators", "decorators")
            ]
            for method in ("get", "post", "put", "patch", "delete"):
                function = survey.callees.functions(path).get(f"{made.name}.{method}")
                if function is not None:
                    chain = (*shared, *(Ref(path, wrapper=item) for item in function.decorators))
                    yield Entry(
                        EntryKind.HTTP,
                        "flask",
                        route,
                        (method.upper(),),
                        path,
                        function.span,
                        function,
                        path,
                        chain,
                        inputs=True,
                    )
