"""Where a trace stands: the functions it is inside of, and members it saw being given values."""

from __future__ import annotations

from dataclasses import dataclass, field

from lastmile_desktop.project.code.outline import Function
from lastmile_desktop.project.models.webhooks.state import Known, State, Ways


@dataclass(slots=True)
class Frame:
    """A function being followed."""

    path: str
    function: Function | None
    returns: list[tuple[State, Known]] = field(default_factory=list[tuple[State, Known]])
    lines: list[int] = field(default_factory=list[int])
    throws: list[State] = field(default_factory=list[State])

    @property
    def scope(self) -> str:
        return self.function.name if self.function else ""


@dataclass(frozen=True, slots=True)
class Assigned:
    """A member of an object that is given a value."""

    path: str
    line: int
    target: str
    tags: frozenset[str]
    ways: Ways
    labels: tuple[str, ...]
