"""Comparisons of two texts that projects write themselves, letter by letter, so that time tells nothing."""

from __future__ import annotations

import re
from enum import StrEnum

from lastmile_desktop.project.code import expression as ex
from lastmile_desktop.project.code.outline import (
    Attempt,
    Branch,
    Do,
    Exit,
    Function,
    Leave,
    Loop,
    Step,
    steps_within,
)

_DIFFERENCE = re.compile(r"\^")
_RETURNS_ZERO = re.compile(r"^\(?\s*(\w+)\s*===?\s*0\s*\)?$|^!\s*(\w+)$|^not\s+(\w+)$")
_RETURNS_NONZERO = re.compile(r"^\(?\s*(\w+)\s*!==?\s*0\s*\)?$|^(?:!!|Boolean\(|bool\()?\s*(\w+)\)?$")
_SIGNS = re.compile(r"subtle\.sign$|createHmac\b|hmac\.new$")
_EQUALS = re.compile(r"[=!]==?|[eE]qual|compare|\.includes\(|\.some\(|\.every\(")
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


def works_with_digests(function: Function) -> bool:
    """Whether a function computes a keyed digest and asks whether two values are equal."""
    steps = tuple(steps_within(function.body))
    signs = any(
        _SIGNS.search(call.callee) for step in steps if not isinstance(step, Attempt) for call in step.calls
    )
    return signs and any(_EQUALS.search(text[:1000]) for step in steps for text in _tests_of(step))


def _tests_of(step: Step) -> tuple[str, ...]:
    match step:
        case Branch(test=test):
            return (test,)
        case Leave(value=value) | Do(value=value) if value is not None:
            return (value.text,)
        case _:
            return ()


def folded(step: Do, language: str) -> tuple[ex.Expr, ex.Expr] | None:
    """The two texts of `diff |= a.charCodeAt(i) ^ b.charCodeAt(i)`."""
    if step.value is None or len(step.targets) != 1 or not _DIFFERENCE.search(step.value.text):
        return None
    expr = ex.parse(step.value.text, language)
    if isinstance(expr, ex.Binary) and expr.op == "|" and ex.plain_path(expr.left) == step.targets[0]:
        expr = expr.right
    elif not step.adds:
        return None
    if not isinstance(expr, ex.Binary) or expr.op != "^":
        return None
    left, right = _text_of(expr.left), _text_of(expr.right)
    return (left, right) if left is not None and right is not None else None


def _text_of(expr: ex.Expr) -> ex.Expr | None:
    """The text of which this is one letter."""
    match expr:
        case ex.Invocation(callee=ex.Attribute(object=whole, name="charCodeAt" | "codePointAt")):
            return whole
        case ex.Several(parts=(ex.Name() as whole, _)):
            return whole
        case _:
            return None


def covers(texts: tuple[ex.Expr, ex.Expr], header: str, lines: str) -> bool:
    """Whether a loop over letters also tells texts of different lengths apart."""
    one, other = (re.escape(ex.plain_path(item)) for item in texts)
    if not one or not other:
        return False
    for first, second in ((one, other), (other, one)):
        if re.search(rf"\b{first}\.(?:byte)?[lL]ength\s*(?:!==?|\^)\s*{second}\.(?:byte)?[lL]ength", lines):
            return True
    return "Math.max(" in header


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
