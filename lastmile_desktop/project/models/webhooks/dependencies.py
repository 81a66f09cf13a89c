"""A FastAPI dependency in two parts: what stands before its `yield` runs before the handler, the rest after it."""

from __future__ import annotations

import re
from dataclasses import replace

from lastmile_desktop.project.code.outline import Attempt, Branch, Function, Loop, Step

_YIELD = re.compile(r"^\s*(?:\w+\s*=\s*)?yield\b")


def around_yield(function: Function, lines: list[str]) -> tuple[Function, Function | None]:
    """What runs before the handler and, where the function yields, what runs after it."""
    span = function.span
    for number in range(span.line, min(span.line_end, len(lines)) + 1):
        if _YIELD.match(lines[number - 1]):
            first = replace(function, body=_until(function.body, number))
            return first, replace(function, body=_after(function.body, number))
    return function, None


def _until(steps: tuple[Step, ...], line: int) -> tuple[Step, ...]:
    """The steps up to a line. What catches or ends around it runs after the handler too."""
    kept: list[Step] = []
    for step in steps:
        if step.span.line > line:
            break
        if step.span.line_end < line:
            kept.append(step)
            continue
        match step:
            case Attempt():
                kept += _until(step.body, line)
            case Loop():
                kept.append(replace(step, body=_until(step.body, line)))
            case Branch():
                kept.append(replace(step, then=_until(step.then, line), orelse=_until(step.orelse, line)))
            case _:
                kept.append(step)
    return tuple(kept)


def _after(steps: tuple[Step, ...], line: int) -> tuple[Step, ...]:
    """The steps after a line, when nothing was raised."""
    kept: list[Step] = []
    for step in steps:
        if step.span.line > line:
            kept.append(step)
        elif step.span.line_end >= line:
            match step:
                case Attempt():
                    kept += (*_after(step.body, line), *step.final)
                case Loop():
                    kept += _after(step.body, line)
                case Branch():
                    kept += (*_after(step.then, line), *_after(step.orelse, line))
                case _:
                    pass
    return tuple(kept)
