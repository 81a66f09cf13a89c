"""Arguments followed from call to call: what a function is given, and what it gives to the functions that it calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from lastmile_desktop.project.code.outline import Call, Function
from lastmile_desktop.project.models.walk.callees import Callees, Target
from lastmile_desktop.project.models.walk.parameters import pairs

HOPS = 3


@dataclass(frozen=True, slots=True)
class HandedOn:
    """`origin` is (part of) an argument of this call, inside the function `scope`; `callee` is the last part of the
    called name, `fixed` when the argument is an address whose host is written down, `text` what it is as written."""

    origin: str
    call: Call
    argument: int
    member: str
    keyword: str
    scope: Function
    callee: str = ""
    fixed: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Pass:
    """A call that hands an argument on, and what it hands on there."""

    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Visit:
    """A function that an argument reaches: `received` are its origins in there, `passed` the calls that handed
    it on before."""

    target: Target
    received: tuple[str, ...]
    fixed: bool
    passed: tuple[Pass, ...]

    def covers(self, origin: str) -> bool:
        """Whether what was received includes this origin: a whole includes its members, not the other way round."""
        return any(origin == part or origin.startswith(f"{part}.") for part in self.received)


# What the functions of a file hand on, by path and name of the function.
Onward = Callable[[str, str], tuple[HandedOn, ...]]


def visits(
    onward: Onward,
    callees: Callees,
    path: str,
    handed: HandedOn,
    hops: int = HOPS,
    passed: tuple[Pass, ...] = (),
    seen: frozenset[tuple[str, str]] = frozenset(),
) -> Iterator[Visit]:
    """Every function that this argument reaches, through at most `hops` calls."""
    target = callees.target(path, handed.scope, handed.call)
    if target is None or (target.path, target.function.name) in seen:
        return
    received = tuple(_received(target.function, handed, target.bound))
    if not received:
        return
    passed = (*passed, Pass(path, handed.call.span.line, handed.text))
    visit = Visit(target, received, handed.fixed, passed)
    yield visit
    if hops > 1:
        seen |= {(target.path, target.function.name)}
        for item in onward(target.path, target.function.name):
            if visit.covers(item.origin):
                item = replace(item, fixed=item.fixed or handed.fixed)
                yield from visits(onward, callees, target.path, item, hops - 1, passed, seen)


def _received(function: Function, handed: HandedOn, bound: bool) -> Iterator[str]:
    """The origins, inside the function, of an argument that it is given."""
    shift = 1 if bound else 0
    for place, param in enumerate(function.params):
        for local, member in pairs(param):
            by_name = bool(handed.keyword) and handed.keyword == local
            by_place = not handed.keyword and place == handed.argument + shift
            if (by_name or by_place) and (not member or not handed.member or member == handed.member):
                part = member or handed.member
                yield f"{place}.{part}" if part else str(place)
