"""Switches for development in the code of an app that may run in production."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Attempt, Branch, Do, Leave, Loop, Outline, Step
from lastmile_desktop.project.models.settings.dev_switch import TRACE, Place, Switch
from lastmile_desktop.project.models.settings.dev_switches_python import (
    python_assigned,
    python_call,
    python_class,
)
from lastmile_desktop.project.models.settings.dev_switches_script import script_assigned, script_call
from lastmile_desktop.project.models.walk import conditions
from lastmile_desktop.project.models.walk.environment import in_production

_MAIN = re.compile(r"__name__\s{0,3}==\s{0,3}[\"']__main__[\"']|require\.main\s{0,3}===?\s{0,3}module")
_ANSWER = re.compile(r"\s{0,20}(?:\{|\(|jsonify|f[\"']|str\()|traceback")


def switches(outline: Outline) -> tuple[Switch, ...]:
    """All of one file, in source order."""
    places = list(_live(outline.top, False, ""))
    for function in outline.functions:
        places += _live(function.body, False, function.name)
    found = [switch for place in places for switch in _of_step(outline, place)]
    if outline.language == "python":
        found += [switch for item in outline.classes for switch in python_class(outline, item)]
    unique: dict[tuple[str, int], Switch] = {}
    for switch in found:
        unique.setdefault((switch.rule, switch.line), switch)
    return tuple(sorted(unique.values(), key=lambda item: item.line))


def _live(steps: tuple[Step, ...], main: bool, function: str) -> Iterator[Place]:
    """The statements that no condition on the environment keeps out of production."""
    for step in steps:
        match step:
            case Branch():
                test = conditions.simplify(conditions.parse(step.test), in_production)
                inside = main or bool(_MAIN.search(step.test))
                yield Place(step, main, function)
                yield from _live(step.then if test is not False else (), inside, function)
                yield from _live(step.orelse if test is not True else (), main, function)
            case Attempt():
                yield from _live(step.body, main, function)
                for handler in step.handlers:
                    yield from _live(handler, main, function)
                yield from _live(step.final, main, function)
            case Loop():
                yield Place(step, main, function)
                yield from _live(step.body, main, function)
            case _:
                yield Place(step, main, function)


def _of_step(outline: Outline, place: Place) -> Iterator[Switch]:
    step = place.step
    calls = () if isinstance(step, Attempt) else step.calls
    python = outline.language == "python"
    for call in calls:
        yield from python_call(call, place) if python else script_call(call, place)
    if isinstance(step, Do) and step.value is not None:
        for target in step.targets:
            yield from (
                python_assigned(outline, target, step.value, step, place)
                if python
                else script_assigned(target, step.value, step, place)
            )
    if isinstance(step, Leave) and step.value is not None and python and place.function:
        text = step.value.text
        if TRACE.search(text) and _ANSWER.match(text):
            yield Switch("stack-traces", step.span.line, step.span.line_end, "sends the trace of an error")
