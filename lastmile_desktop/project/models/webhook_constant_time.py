"""Comparisons of two texts that projects write themselves, letter by letter, so that time tells nothing."""

from __future__ import annotations

import re
from enum import StrEnum

from lastmile_desktop.project.code.outline import (
    Attempt,
    Branch,
    Do,
    Exit,
    Function,
    Leave,
    Loop,
    steps_within,
)

_DIFFERENCE = re.compile(r"\^")
_RETURNS_ZERO = re.compile(r"^\(?\s*(\w+)\s*===?\s*0\s*\)?$|^!\s*(\w+)$|^not\s+(\w+)$")
_RETURNS_NONZERO = re.compile(r"^\(?\s*(\w+)\s*!==?\s*0\s*\)?$|^(?:!!|Boolean\(|bool\()?\s*(\w+)\)?$")
_SIGNS = re.compile(r"subtle\.sign$|createHmac\b|hmac\.new$")
_TRUE = frozenset({"true", "True"})


class Comparison(StrEnum):
    """`EQUAL` says true for equal texts, `UNEQUAL` for different ones, `BROKEN` tells nothing."""

    EQUAL = "equal"
    UNEQUAL = "unequal"
    BROKEN = "broken"


def comparison_of(function: Function) -> Comparison | None:
    """What a function of two texts that folds their differences together says; None for any other function."""
    if len([param for param in function.params if param not in ("self", "cls")]) != 2:
        return None
    gathered = _gathered(function)
    if not gathered:
        return None
    early = [
        step.value.text.strip()
        for branch in steps_within(function.body)
        if isinstance(branch, Branch)
        for step in branch.then
        if isinstance(step, Leave) and step.value is not None
    ]
    last = next((step for step in reversed(function.body) if isinstance(step, Leave)), None)
    if last is None or last.how is not Exit.RETURN or last.value is None:
        return None
    text = last.value.text.strip()
    if any(item in _TRUE for item in early):
        return Comparison.BROKEN
    if _names(_RETURNS_ZERO, text) & gathered:
        return Comparison.EQUAL
    if _names(_RETURNS_NONZERO, text) & gathered:
        return Comparison.UNEQUAL
    return Comparison.BROKEN


def signs_and_compares(function: Function) -> bool:
    """Whether a function computes a signature itself and compares it, letter for letter, with the one it is given."""
    steps = tuple(steps_within(function.body))
    signs = any(
        _SIGNS.search(call.callee) for step in steps if not isinstance(step, Attempt) for call in step.calls
    )
    gathered = _gathered(function) if signs else set[str]()
    answers = [
        step.value.text.strip() for step in steps if isinstance(step, Leave) and step.value is not None
    ]
    return any(_names(_RETURNS_ZERO, text) & gathered for text in answers) and not any(
        text in _TRUE for text in answers
    )


def _gathered(function: Function) -> set[str]:
    """The variables that differences are folded into."""
    return {
        target
        for loop in steps_within(function.body)
        if isinstance(loop, Loop)
        for step in steps_within(loop.body)
        if isinstance(step, Do) and step.value is not None and _DIFFERENCE.search(step.value.text)
        for target in step.targets
    }


def _names(pattern: re.Pattern[str], text: str) -> set[str]:
    found = pattern.match(text)
    return {name for name in found.groups() if name} if found else set()
