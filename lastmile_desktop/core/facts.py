"""Facts: things known about the stack, each with evidence and confidence (catalogue §2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from lastmile_desktop.core.evidence import Evidence


class FactSource(StrEnum):
    FILES = "files"
    GIT = "git"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Fact:
    """`key` is dotted (`fw.next`, `db.provider`), `value` plain text; `package` is the path of the package it
    is about, `.` for the project. A key may have several values: contradictions are kept, not resolved."""

    key: str
    value: str
    package: str = "."
    confidence: float = 0.95
    evidence: Evidence | None = None
    source: FactSource = FactSource.FILES


@dataclass(frozen=True, slots=True)
class FactSet:
    """All facts of a project, in a stable order."""

    facts: tuple[Fact, ...] = ()

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> FactSet:
        """A set without repetitions, sorted so that the same tree always gives the same set."""
        seen: dict[tuple[str, str, str], Fact] = {}
        for fact in facts:
            key = (fact.key, fact.value, fact.package)
            if key not in seen or seen[key].confidence < fact.confidence:
                seen[key] = fact
        return cls(tuple(seen[key] for key in sorted(seen)))

    def __iter__(self) -> Iterator[Fact]:
        return iter(self.facts)

    def has(self, key: str, value: str | None = None, package: str | None = None) -> bool:
        """Whether a fact with this key (a trailing `.*` matches a family) and value is known."""
        return any(True for _ in self._matching(key, value, package))

    def value(self, key: str, package: str | None = None) -> str | None:
        """The most certain value of a key, or None when nothing is known."""
        best = max(self._matching(key, None, package), key=lambda fact: fact.confidence, default=None)
        return best.value if best else None

    def values(self, key: str, package: str | None = None) -> tuple[str, ...]:
        return tuple(dict.fromkeys(fact.value for fact in self._matching(key, None, package)))

    def first(self, key: str, package: str | None = None) -> Fact | None:
        return next(self._matching(key, None, package), None)

    def _matching(self, key: str, value: str | None, package: str | None) -> Iterator[Fact]:
        family = key[:-1] if key.endswith(".*") else None
        for fact in self.facts:
            if (fact.key.startswith(family) if family else fact.key == key) and (
                (value is None or fact.value == value) and (package is None or fact.package == package)
            ):
                yield fact
