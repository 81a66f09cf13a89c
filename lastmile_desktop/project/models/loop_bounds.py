"""Loops that go through a few things only: written-out lists, enumerations, what was cut off or counted before."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Branch, Do, Function, Leave, Outline, Step, steps_within

_UP_TO_TWENTY = r"(?:1?\d|20)\b"
_FEW = re.compile(
    r"^\[|^\(\s*['\"]|^[A-Z][A-Z0-9_]+$|Object\.(?:keys|entries|values)\(\s*(?:\{|[A-Z])|chunk|batch|\brange\(|retries"
    r"|attempts|\b[A-Z]\w{1,60}\.(?:values|choices|labels|names)(?:\(\))?$"
    r"|^[A-Z]\w{0,60}(?:Type|Kind|Status|Role|Level|Choices|Enum)s?$"
)
_CUT = re.compile(
    rf"\.slice\(\s*0\s*,\s*{_UP_TO_TWENTY}\s*\)|\[\s*0?\s*:\s*{_UP_TO_TWENTY}\s*\]|\btake\s*:\s*{_UP_TO_TWENTY}"
    rf"|\.(?:limit|take|first)\(\s*{_UP_TO_TWENTY}\s*\)|\bislice\([^()]{{1,80}},\s*{_UP_TO_TWENTY}\s*\)"
)
_WRITTEN_OUT = re.compile(r"^[\[(]\s*(?!\.\.\.|\*)[^\s\])]")
_COMPREHENSION = re.compile(r"\sfor\s+[\w, ()]{1,60}\s+in\s")
_SUBJECT = re.compile(r"^[(\s]*([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)")
_MOST_PARENTS = 4


def is_short(outline: Outline, function: str, over: str) -> bool:
    """Whether what a loop of this function goes through is short, however many customers there are."""
    if _FEW.search(over) or _CUT.search(over):
        return True
    subject = _SUBJECT.match(over)
    if subject is None:
        return False
    name = subject[1]
    measured = re.compile(
        rf"(?:\blen\(\s*{re.escape(name)}\s*\)|(?<![\w$.]){re.escape(name)}(?:\?)?\.(?:length|size))\s*>=?\s*\d{{1,2}}\b"
        rf"(?!\s*(?:&&|and\b))"
    )
    assigned: list[str] = []
    for step in _steps(outline, function):
        if isinstance(step, Do) and step.value is not None and name in step.targets:
            assigned.append(step.value.text.strip())
        elif isinstance(step, Branch) and measured.search(step.test) and _leaves(step):
            return True
    return bool(assigned) and all(_is_few(text) for text in assigned)


def _is_few(text: str) -> bool:
    if _CUT.search(text):
        return True
    return _WRITTEN_OUT.match(text) is not None and not _COMPREHENSION.search(text)


def _leaves(step: Branch) -> bool:
    return bool(step.then) and isinstance(step.then[-1], Leave)


def _steps(outline: Outline, name: str) -> Iterator[Step]:
    """The statements of a function and of those around it."""
    function: Function | None = outline.function(name) if name else None
    if function is None:
        yield from steps_within(outline.top)
    for _ in range(_MOST_PARENTS):
        if function is None:
            return
        yield from steps_within(function.body)
        function = outline.function(function.parent) if function.parent else None
