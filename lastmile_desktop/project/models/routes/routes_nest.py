"""Entry points of NestJS: controller methods, guards by decorator or for the whole app."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import (
    Branch,
    Call,
    ClassDef,
    Do,
    Function,
    Leave,
    Outline,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.guards.chain_parts import NEUTRAL, Summary
from lastmile_desktop.project.models.guards.verifiers import Authority, symbols
from lastmile_desktop.project.models.routes.entries import Entry, Ref, Survey
from lastmile_desktop.project.models.routes.model import EntryKind, Guard, GuardStrength

_METHODS = {"Get": "GET", "Post": "POST", "Put": "PUT", "Patch": "PATCH", "Delete": "DELETE", "All": "ALL"}
_NEUTRAL_GUARD = re.compile(r"throttl|ratelimit|cache|feature", re.IGNORECASE)
_OF_REQUEST = re.compile(r"\b(?:params|body|query)\b")
_OPEN = frozenset(("Public", "SkipAuth", "AllowAnonymous", "AllowUnauthorizedRequest", "IsPublic", "NoAuth"))


def discover(survey: Survey) -> Iterator[Entry]:
    outlines = [
        outline
        for outline in survey.live()
        if outline.language != "python"
        and any(item.module.startswith("@nestjs/") for item in outline.imports)
    ]
    if not outlines:
        return
    everywhere = _app_guard(outlines)
    for outline in outlines:
        for made in outline.classes:
            if any(item.root == "Controller" for item in made.decorators):
                yield from _controller(survey, outline, made, everywhere)


def _app_guard(outlines: list[Outline]) -> Summary:
    """A guard registered for every controller: `APP_GUARD` or `useGlobalGuards`."""
    for outline in outlines:
        for call in (call for function in outline.functions for call in calls_within(function.body)):
            given = call.args_of("useGlobalGuards")
            if given and not _NEUTRAL_GUARD.search(given[0].text):
                name = re.split(r"\W", given[0].text.removeprefix("new "))[0]
                return Summary((Guard(name, GuardStrength.VERIFIED, outline.path, call.span.line),))
        for made in outline.classes:
            for decorator in made.decorators:
                text = " ".join(arg.text for arg in decorator.args)
                found = re.search(r"APP_GUARD\s*,\s*use\w+\s*:\s*(\w+)", text)
                if found and not _NEUTRAL_GUARD.search(found.group(1)):
                    return Summary(
                        (Guard(found.group(1), GuardStrength.VERIFIED, outline.path, decorator.span.line),)
                    )
    return NEUTRAL


def _controller(survey: Survey, outline: Outline, made: ClassDef, everywhere: Summary) -> Iterator[Entry]:
    prefix = next(
        (arg.literal or "" for item in made.decorators if item.root == "Controller" for arg in item.args), ""
    )
    shared = _guards(survey, outline, made.decorators)
    for function in outline.functions:
        if function.parent != made.name:
            continue
        for decorator in function.decorators:
            method = _METHODS.get(decorator.root)
            if method is None:
                continue
            is_open = any(item.root in _OPEN for item in (*function.decorators, *made.decorators))
            own = _guards(survey, outline, function.decorators)
            summary = shared + own if is_open else everywhere + shared + own
            path = next((arg.literal or "" for arg in decorator.args), "")
            route = "/" + "/".join(part.strip("/") for part in (prefix, path) if part)
            yield _entry(outline, function, route, method, summary)


def _entry(outline: Outline, function: Function, route: str, method: str, summary: Summary) -> Entry:
    label = " ".join(f"{guard.name}@{guard.path}:{guard.line}" for guard in summary.guards)
    chain = (Ref(outline.path, lazy=lambda: summary, label=f"{label} {summary.admin}"),)
    return Entry(
        EntryKind.HTTP,
        "nest",
        route,
        (method,),
        outline.path,
        function.span,
        function,
        outline.path,
        chain,
        inputs=True,
    )


def _guards(survey: Survey, outline: Outline, decorators: tuple[Call, ...]) -> Summary:
    """`@UseGuards(AuthGuard("jwt"), RolesGuard)` and decorators that apply them."""
    guards: list[Guard] = []
    admin = Authority.NONE
    for decorator in decorators:
        if decorator.root == "UseGuards":
            names = [re.split(r"\W", arg.text.removeprefix("new "))[0] for arg in decorator.args]
        elif decorator.root in ("Auth", "Authenticated", "RequireAuth", "JwtAuth"):
            names = [decorator.root]
        else:
            given = " ".join(arg.text for arg in decorator.args)
            admin = max(admin, symbols().authority(decorator.root, given))
            continue
        guards += [
            Guard(name, GuardStrength.VERIFIED, outline.path, decorator.span.line)
            for name in names
            if not _NEUTRAL_GUARD.search(name)
        ]
    holds = any(_looks_at_row(survey, outline, guard.name) for guard in guards)
    admin = max([admin, *(symbols().authority(guard.name) for guard in guards)])
    return Summary(tuple(guards), admin if guards else Authority.NONE, holds=holds)


def _looks_at_row(survey: Survey, outline: Outline, name: str) -> bool:
    """Whether a guard of the project goes by what the request is about, and not by the caller alone."""
    made = survey.callees.class_def(outline.path, name)
    function = survey.callees.functions(made[0]).get(f"{made[1].name}.canActivate") if made else None
    if function is None:
        return False
    return any(_OF_REQUEST.search(text) for text in _texts(function))


def _texts(function: Function) -> Iterator[str]:
    for step in steps_within(function.body):
        if isinstance(step, Do | Leave) and step.value is not None:
            yield step.value.text
        yield from (step.test,) if isinstance(step, Branch) else ()
