"""Edge functions that take the signed-in user out of a token the platform has checked.

The platform lets the public key in as well, and that key has no `sub`: a function that refuses a token without one
lets only signed-in users through.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import (
    Branch,
    Call,
    Do,
    Exit,
    Function,
    Leave,
    Step,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.routes.edge_settings import verifies_jwt
from lastmile_desktop.project.models.routes.entries import Survey
from lastmile_desktop.project.models.routes.model import Effect, EntryKind, Guard, GuardStrength, Route

if TYPE_CHECKING:
    from collections.abc import Iterator

_DECODES = re.compile(
    r"split\(\s*[\"'`]\.[\"'`]\s*\)|\bdecodeJwt\(|\bjwtDecode\(|\bjwt_?decode\(|\b(?:jwt|jose)\.decode\w*\("
)
_SUBJECT = re.compile(r"\.sub\b|\[[\"']sub[\"']\]|\{[^}]*\bsub\b")
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_HOPS = 2


def behind_subject(survey: Survey, route: Route) -> Route:
    """The route with the guard that a required `sub` is, where the platform checks tokens."""
    if route.kind is not EntryKind.EDGE_FUNCTION or route.handler is None:
        return route
    if route.is_guarded or not verifies_jwt(survey.view, route.path):
        return route
    line = _required_at(survey, route.code_path, route.handler, _HOPS)
    if line is None:
        return route
    guard = Guard("the signed-in user in the checked token", GuardStrength.VERIFIED, route.code_path, line)
    kept = tuple(item for item in route.guards if item.strength is not GuardStrength.UNVERIFIED)
    effects = tuple(_behind(effect, route.code_path, line) for effect in route.effects)
    return replace(route, guards=(guard, *kept), effects=effects)


def _behind(effect: Effect, path: str, line: int) -> Effect:
    before = effect.path == path and effect.line < line
    return effect if effect.guarded or before else replace(effect, guarded=True)


def _required_at(survey: Survey, path: str, function: Function, hops: int) -> int | None:
    """The line from which on only callers with a `sub` come, None when nothing asks for one."""
    own = _refusal(function, _subjects(function))
    if own is not None:
        return own.span.line
    for call in _outer_calls(function.body) if hops else ():
        target = survey.callees.target(path, function, call)
        if target is None or target.function is function:
            continue
        if _refuses(survey, target.path, target.function, hops - 1):
            return call.span.line
        named = _subjects(target.function) and call.assigned
        if named and (after := _refusal(function, frozenset(call.assigned))) is not None:
            return after.span.line
    return None


def _refuses(survey: Survey, path: str, function: Function, hops: int) -> bool:
    """Whether a helper throws for a token without a `sub`."""
    refusal = _refusal(function, _subjects(function))
    if refusal is not None:
        return any(isinstance(step, Leave) and step.how is Exit.THROW for step in refusal.then)
    return hops > 0 and _required_at(survey, path, function, hops) is not None


def _outer_calls(steps: tuple[Step, ...]) -> Iterator[Call]:
    """Calls that run whatever a condition says."""
    for step in steps:
        if isinstance(step, Do):
            yield from step.calls
        elif not isinstance(step, (Branch, Leave)):
            yield from calls_within(step.body)


def _subjects(function: Function) -> frozenset[str]:
    """Names that hold the `sub` of a token which the function takes apart."""
    steps = [step for step in steps_within(function.body) if isinstance(step, Do) and step.value is not None]
    if not any(step.value and _DECODES.search(step.value.text) for step in steps):
        return frozenset()
    holders = {
        target
        for step in steps
        if step.value and _SUBJECT.search(step.value.text)
        for target in step.targets
        if _NAME.fullmatch(target)
    }
    return frozenset(holders) | {"sub", ".sub"}


def _refusal(function: Function, names: frozenset[str]) -> Branch | None:
    """The condition that turns away whoever has none of these."""
    for step in steps_within(function.body) if names else ():
        if isinstance(step, Branch) and any(isinstance(inner, Leave) for inner in step.then):
            asked = re.findall(r"!\s*(?:[\w$]+\??(\.sub)\b|([A-Za-z_$][\w$]*)(?![\w$.(?]))", step.test)
            if "&&" not in step.test and any(part in names for found in asked for part in found if part):
                return step
    return None
