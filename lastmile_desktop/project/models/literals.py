"""Options as they are written: a name stands for what the same file assigned to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Call, Do, Function, Outline, Step, Value, steps_within

_NAME = re.compile(r"[A-Za-z_$][\w$.]*")
_ASSERTED = re.compile(r"\s+(?:as|satisfies)\s+[\w<>\[\], .|\"']+$")
_TRUE = frozenset({"true", "True", "!0", "1"})
_FALSE = frozenset({"false", "False", "!1", "0", "None", "null", "undefined"})


@dataclass(frozen=True, slots=True)
class Bindings:
    """What names of one file were assigned, the first assignment of each."""

    values: Mapping[str, Value]

    def resolved(self, value: Value | None, hops: int = 3) -> Value | None:
        """The value behind a plain name, as far as this file tells."""
        while value is not None and hops and not value.entries and value.literal is None:
            text = _ASSERTED.sub("", value.text.strip())
            known = self.values.get(text) if _NAME.fullmatch(text) else None
            if known is None or known is value:
                return value
            value, hops = known, hops - 1
        return value

    def entry(self, options: Value | None, *names: str) -> Value | None:
        """The first of these members, spread ones included."""
        options = self.resolved(options)
        if options is None:
            return None
        for name in names:
            found = options.entry(name)
            if found is not None:
                return found
        for key, value in options.entries:
            if key == "...":
                inner = self.resolved(value)
                found = self.entry(inner, *names) if inner is not value else None
                if found is not None:
                    return found
        return None


def bindings(outline: Outline) -> Bindings:
    """Assignments of a whole file, those at its top first."""
    found: dict[str, Value] = {}
    for steps in (outline.top, *(function.body for function in outline.functions)):
        for step in steps_within(steps):
            if isinstance(step, Do) and step.value is not None:
                for target in step.targets:
                    found.setdefault(target, step.value)
    return Bindings(found)


def is_true(value: Value | None) -> bool:
    return value is not None and value.text.strip() in _TRUE


def is_false(value: Value | None) -> bool:
    return value is not None and value.text.strip() in _FALSE


def is_open(bound: Bindings, options: Value | None) -> bool:
    """Whether options hold more than is written here: a parameter, an import, a spread of one."""
    resolved = bound.resolved(options)
    if resolved is None:
        return False
    if not resolved.entries:
        return not resolved.text.strip().startswith("{")
    return any(
        key == "..." and (bound.resolved(value) or value).entries == () for key, value in resolved.entries
    )


def keyword(call: Call, *names: str) -> Value | None:
    """A keyword argument of the last called link."""
    return next((arg for arg in call.args if arg.name in names), None)


def line_of(value: Value | None, call: Call) -> int:
    """Where an argument is written, the call where that is not known."""
    return value.span.line if value is not None and value.span is not None else call.span.line


@dataclass(frozen=True, slots=True)
class Spot:
    """A step with the function it stands in, None at the top of a file."""

    step: Step
    function: Function | None


def spots(outline: Outline) -> Iterator[Spot]:
    """Every step of a file."""
    for step in steps_within(outline.top):
        yield Spot(step, None)
    for function in outline.functions:
        for step in steps_within(function.body):
            yield Spot(step, function)


def values_in(value: Value) -> Iterator[Value]:
    """A value and all values written inside it."""
    yield value
    for _, entry in value.entries:
        yield from values_in(entry)
    for item in value.items:
        yield from values_in(item)
