"""Where code hashes, signs, encrypts or makes something random, and what the result becomes: the names around a call
tell whether it protects anything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import (
    Attempt,
    Branch,
    Call,
    Do,
    Leave,
    Loop,
    Outline,
    Step,
    Value,
)

_MOST_STEPS = 20_000
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")


@dataclass(frozen=True, slots=True)
class Use:
    """A call with its surroundings. `function` is the function it stands in, without unnamed callbacks. `tests` are the
    conditions around it."""

    call: Call
    function: str
    tests: tuple[str, ...]
    step: Step

    @property
    def names(self) -> tuple[str, ...]:
        """Leading outward: keys and arguments it is given as, what it is assigned to."""
        return tuple(_names(self.step, self.call))

    @property
    def line(self) -> int:
        return self.call.span.line


@dataclass(frozen=True, slots=True)
class Scope:
    """One function's statements (or a file's own) with the conditions each stands under."""

    function: str
    steps: tuple[tuple[Step, tuple[str, ...]], ...]
    values: Mapping[str, Value]

    def calls(self) -> Iterator[Use]:
        for step, tests in self.steps:
            if not isinstance(step, Attempt):
                for call in step.calls:
                    yield Use(call, self.function, tests, step)

    def resolve(self, text: str) -> Value | None:
        """What the variable of this name was set to, here or in the file."""
        return self.values.get(text) if _IDENTIFIER.fullmatch(text) else None


def scopes(outline: Outline) -> tuple[Scope, ...]:
    """Every function of a file and its top level. A nested function sees the variables of those around it."""
    top = tuple(_flat(outline.top, ()))
    attributes = {name: value for item in outline.classes for name, value, _ in item.attributes}
    outer = attributes | _assigned(top)
    own = {function.name: tuple(_flat(function.body, ())) for function in outline.functions}
    found = [Scope("", top, outer)]
    budget = _MOST_STEPS
    for name, steps in own.items():
        budget -= len(steps)
        if budget < 0:
            break
        values = dict(outer)
        for parent in _parents(name):
            values |= _assigned(own.get(parent, ()))
        found.append(Scope(_named(name), steps, values | _assigned(steps)))
    return tuple(found)


def _parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    for size in range(1, len(parts)):
        yield ".".join(parts[:size])


def _named(name: str) -> str:
    """The innermost function with a name: a callback belongs to the function around it."""
    parts = [part for part in name.split(".") if not part.startswith("@")]
    return parts[-1] if parts else ""


def _flat(steps: tuple[Step, ...], tests: tuple[str, ...]) -> Iterator[tuple[Step, tuple[str, ...]]]:
    for step in steps:
        yield step, tests
        match step:
            case Branch():
                yield from _flat(step.then, (*tests, step.test))
                yield from _flat(step.orelse, (*tests, f"not ({step.test})"))
            case Attempt():
                yield from _flat(step.body, tests)
                for handler in step.handlers:
                    yield from _flat(handler, tests)
                yield from _flat(step.final, tests)
            case Loop():
                yield from _flat(step.body, tests)
            case _:
                pass


def _assigned(steps: Iterable[tuple[Step, tuple[str, ...]]]) -> dict[str, Value]:
    return {
        target: step.value
        for step, _ in steps
        if isinstance(step, Do) and step.value is not None and len(step.targets) == 1
        for target in step.targets
    }


def _names(step: Step, call: Call) -> Iterator[str]:
    """What the result is called, from the inside out."""
    if isinstance(step, Do | Leave) and step.value is not None:
        yield from _within(step.value, call)
    for outer in step.calls if not isinstance(step, Attempt) else ():
        if outer is call:
            continue
        for link in outer.links:
            for arg in link.args or ():
                if _holds(arg, call):
                    yield from _within(arg, call)
                    yield arg.name or link.name or outer.root
    if isinstance(step, Do):
        yield from step.targets


def _within(value: Value, call: Call) -> Iterator[str]:
    """The keys of object literals on the way to the call, innermost first."""
    for key, entry in value.entries:
        if _holds(entry, call):
            yield from _within(entry, call)
            yield key
    for item in value.items:
        if _holds(item, call):
            yield from _within(item, call)


def _holds(value: Value, call: Call) -> bool:
    return any(item is call or (item.span == call.span and item.root == call.root) for item in value.calls)


def words(name: str) -> frozenset[str]:
    """`resetTokenHash` and `reset_token_hash` as their words in lower case."""
    return frozenset(word.lower() for word in _WORD.findall(name.replace("-", "_")))


def literal_of(value: Value, scope: Scope) -> str | None:
    """The text this value is sure to have: written here, or as a constant it names."""
    if value.literal is not None:
        return value.literal
    known = scope.resolve(value.text)
    return known.literal if known is not None else None


def number_of(value: Value, scope: Scope) -> int | None:
    text = value.text
    known = scope.resolve(text)
    digits = (known.text if known is not None else text).replace("_", "")
    return int(digits) if digits.isdecimal() and len(digits) < 12 else None


def imported_as(outline: Outline, modules: frozenset[str]) -> dict[str, str]:
    """Local names from these modules, each with the name it is exported under."""
    return {
        local: original
        for item in outline.imports
        if item.module in modules
        for local, original in item.names
    }
