"""What a link in front of a handler comes to, and how links let a request through or turn it away."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lastmile_desktop.project.code.outline import Call, Function, Link, Span, calls_within
from lastmile_desktop.project.models.guards.verifiers import Authority
from lastmile_desktop.project.models.routes.model import Doubt, Guard
from lastmile_desktop.project.models.walk import parameters
from lastmile_desktop.project.models.walk.flow import Handed
from lastmile_desktop.project.models.walk.taint import Taint

_ONWARD_NAMES = frozenset(
    (
        "next",
        "handler",
        "resolve",
        "func",
        "fn",
        "f",
        "callback",
        "action",
        "cb",
        "view",
        "view_func",
        "route",
        "call_next",
    )
)


@dataclass(frozen=True)
class Summary:
    """What a link of the chain does: the guards that dominate the moment it lets the request through, what it put
    on the request, the arguments it hands on, and the name of a link whose body is not in the project. `by_path` are
    middleware that let some requests through unchecked: what they do depends on the path. `doubts` are what may ask who
    is calling and could not be followed; `holds` when a link looks at whose row the request is about."""

    guards: tuple[Guard, ...] = ()
    admin: Authority = Authority.NONE
    weak: tuple[Guard, ...] = ()
    sets: tuple[tuple[str, Taint], ...] = ()
    hands: tuple[Handed, ...] = ()
    unknown: tuple[str, ...] = ()
    files: frozenset[str] = field(default_factory=frozenset[str])
    by_path: tuple[tuple[str, Function, frozenset[str]], ...] = ()
    doubts: tuple[Doubt, ...] = ()
    holds: bool = False

    def __add__(self, other: Summary) -> Summary:
        return Summary(
            tuple(dict.fromkeys((*self.guards, *other.guards))),
            max(self.admin, other.admin),
            tuple(dict.fromkeys((*self.weak, *other.weak))),
            (*self.sets, *other.sets),
            other.hands or self.hands,
            tuple(dict.fromkeys((*self.unknown, *other.unknown))),
            self.files | other.files,
            (*self.by_path, *other.by_path),
            self.doubts or other.doubts,
            self.holds or other.holds,
        )


NEUTRAL = Summary()


def reference(name: str) -> Call:
    """A call of a dotted name, to look it up."""
    root, *members = name.split(".")
    links = tuple(Link(member, () if member is members[-1] else None, 0) for member in members) or (
        Link("", (), 0),
    )
    return Call(root, links, Span(0, 0, 0))


def onward_names(function: Function) -> frozenset[str]:
    """The parameters by which a middleware lets the request through."""
    found = {
        name
        for param in function.params
        for name in parameters.names(param)
        if name in _ONWARD_NAMES or name == "_next"
    }
    if not found and len(function.params) >= 3:
        found.update(parameters.names(function.params[-1])[:1])
    if any("opts" in parameters.names(param) for param in function.params):
        found.add("opts.next")
    return frozenset(found)


def calls_any(function: Function, names: frozenset[str]) -> bool:
    return any(call.root in names for call in calls_within(function.body))


def refuses_itself(text: str) -> bool:
    """A hook that answers 401 or 403 itself; what it hooks into does not run."""
    return (
        re.search(r"^(?:reply|res|response|rep|c|ctx)\b.*(?:40[13]|unauthori|forbidden)", text, re.I | re.S)
        is not None
    )


def replies_itself(function: Function) -> bool:
    """A hook without `next` that answers itself when it refuses."""
    return not any(name in _ONWARD_NAMES for param in function.params for name in parameters.names(param))
