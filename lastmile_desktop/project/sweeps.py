"""What looking at every file in one way gave, kept from one view of a project to the next: after a save only the
files that changed since are looked at again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

T = TypeVar("T")

# A sweep that nobody asked for during so many changes looks at every file once more.
_MOST_STEPS = 64


@dataclass(frozen=True, slots=True)
class _Sweep:
    """`mark` is the tree that `values` are of, by path in its order."""

    mark: object
    salt: Hashable
    values: dict[str, object]


class Sweeps:
    """Trees are known by their marks; between two of them lie steps, each with the paths that changed."""

    def __init__(self) -> None:
        self._kept: dict[str, _Sweep] = {}
        self._steps: dict[object, tuple[object, frozenset[str]]] = {}

    def turn(self, before: object, now: object, changed: frozenset[str]) -> None:
        """Take note of how a tree differs from the one before it."""
        self._steps[now] = (before, changed)
        if len(self._steps) > _MOST_STEPS:
            self._steps.pop(next(iter(self._steps)))

    def of(
        self,
        kind: str,
        mark: object,
        salt: Hashable,
        paths: Iterable[str],
        holds: Callable[[str], bool],
        compute: Callable[[str], T],
    ) -> Mapping[str, T]:
        """`compute(path)` of each of the tree's `paths` that `holds` takes, in their order. Which paths are taken and
        what is made of them must be the same for equal files; `kind` and `salt` stand for both functions."""
        kept = self._kept.get(kind)
        if kept is None or kept.salt != salt or (since := self._since(kept.mark, mark)) is None:
            values: dict[str, object] | None = None
        else:
            values = _renewed(kept.values, since, holds, compute)
        if values is None:
            values = {path: compute(path) for path in paths if holds(path)}
        self._kept[kind] = _Sweep(mark, salt, values)
        return cast("Mapping[str, T]", values)

    def clear(self) -> None:
        self._kept.clear()
        self._steps.clear()

    def _since(self, before: object, now: object) -> frozenset[str] | None:
        """The paths that changed between two trees, None when that is not known."""
        changed: frozenset[str] = frozenset()
        while now is not before:
            step = self._steps.get(now)
            if step is None:
                return None
            now, more = step
            changed |= more
        return changed


def _renewed(
    values: dict[str, object],
    changed: frozenset[str],
    holds: Callable[[str], bool],
    compute: Callable[[str], T],
) -> dict[str, object] | None:
    """The values with the changed paths looked at again; None when a path came or went, as that may move others."""
    if any(holds(path) != (path in values) for path in changed):
        return None
    anew = {path: compute(path) for path in changed if path in values}
    return values | anew if anew else values
