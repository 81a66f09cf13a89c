"""Calls that run, open, fetch or show what they are given: which of their arguments decides, and for what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lastmile_desktop.project.code.expression import HOLE
from lastmile_desktop.project.models.walk.held import CLEAN, OWN, Held

SQL_WORDS = re.compile(
    r"(?i)\b(?:select\s[\s\S]*\bfrom\b|select\s|insert\s+into|update\s+\S+\s+set|delete\s+from|where\s|order\s+by|drop\s+table|"
    r"create\s+(?:table|user|database)|alter\s+table|union\s|exec\s|call\s|limit\s|values\s*\()"
)
_FIXED_ADDRESS = re.compile(
    rf"^[a-z][a-z0-9+.-]*://[^/{HOLE}?#@]+[/?#]|^[a-z][a-z0-9+.-]*:(?!/)", re.IGNORECASE
)
_OWN_SCHEME = re.compile(rf"^{OWN}://[^/]*{HOLE}")
_OWN_PATH = re.compile(rf"^(?:/[^/\\{HOLE}]|\.{{1,2}}/|\?|#|[A-Za-z_-][\w-]*/)")


@dataclass(frozen=True, slots=True)
class Asked:
    """A call as it is judged: `full` is the dotted name of what is called, with imports written out; `receiver` what
    stands before the last dot; `keywords` the named arguments of Python, or nothing."""

    full: str
    receiver: Held
    args: tuple[Held, ...]
    keywords: dict[str, Held] = field(default_factory=dict[str, Held])
    is_new: bool = False
    tagged: bool = False

    @property
    def name(self) -> str:
        return self.full.rpartition(".")[2]

    def arg(self, place: int, *names: str) -> Held:
        """An argument by its place or by one of its names."""
        for name in names:
            if name in self.keywords:
                return self.keywords[name]
        return self.args[place] if place < len(self.args) else CLEAN


def opens_address(held: Held) -> bool:
    """Whether a visitor's part of an address can choose its host."""
    if held.shape.startswith(OWN):
        return _OWN_SCHEME.match(held.shape) is not None
    return _FIXED_ADDRESS.match(held.shape) is None and _OWN_PATH.match(held.shape) is None


def leads_elsewhere(held: Held) -> bool:
    """Whether people can be sent to another site by it."""
    return opens_address(held) or held.shape.startswith("//")


def addressed(held: Held, *names: str) -> Iterator[Held]:
    """The address in an argument: the text itself, or the members of a record of options."""
    if not held.members:
        yield held
        return
    for name in names:
        member = held.member(name)
        if member is not None:
            yield member
    if (rest := held.member("...")) is not None:
        yield rest
