"""What was computed from a file is kept until that file's content changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from lastmile_desktop.project.sweeps import Sweeps

S = TypeVar("S")
T = TypeVar("T")

MISSING = object()


@dataclass(slots=True)
class Before:
    """What was kept of files that have changed since somebody last looked here, by path and kind."""

    files: dict[str, dict[str, object]] = field(default_factory=dict[str, dict[str, object]])
    items: dict[str, dict[str, object]] = field(default_factory=dict[str, dict[str, object]])

    def of_file(self, kind: str, path: str) -> object:
        """What was kept, MISSING when nothing was."""
        return self.files.get(path, {}).get(kind, MISSING)

    def of_item(self, kind: str, path: str) -> object:
        return self.items.get(path, {}).get(kind, MISSING)


class Memo:
    """Small caches. Values are pure functions of their keys, so a stale one cannot be served. All values of one file
    stand together: there are many kinds of them, and the key of each would weigh more than the value."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[str, dict[str, object]]] = {}
        self._wholes: dict[str, tuple[Hashable, object]] = {}
        self._items: dict[str, tuple[object, dict[str, object]]] = {}
        self._salts: dict[str, Hashable] = {}
        self.sweeps = Sweeps()
        self.before = Before()

    def per_file(self, kind: str, path: str, digest: str, compute: Callable[[], T]) -> T:
        """The value for (kind, path) at this digest."""
        kept = self._files.get(path)
        if kept is None or kept[0] != digest:
            if kept is not None:
                self.before.files.setdefault(path, kept[1])
            kept = self._files[path] = (digest, {})
        value = kept[1].get(kind, MISSING)
        if value is MISSING:
            value = kept[1][kind] = compute()
        return cast(T, value)

    def kept(self, kind: str, path: str, digest: str) -> object:
        """The value for (kind, path) at this digest if there is one, else MISSING: asked for at every file of every
        check, so it stands alone."""
        kept = self._files.get(path)
        return kept[1].get(kind, MISSING) if kept is not None and kept[0] == digest else MISSING

    def latest(self, kind: str, path: str) -> object:
        """The value for (kind, path) at whatever digest, MISSING when there is none."""
        kept = self._files.get(path)
        return kept[1].get(kind, MISSING) if kept is not None else MISSING

    def of_item(self, kind: str, path: str, item: S, compute: Callable[[S], object]) -> object:
        """The value of one item, as `per_item` keeps it."""
        kept = self._items.get(path)
        if kept is None or kept[0] is not item:
            if kept is not None:
                self.before.items.setdefault(path, kept[1])
            kept = self._items[path] = (item, {})
        value = kept[1].get(kind, MISSING)
        if value is MISSING:
            value = kept[1][kind] = compute(item)
        return value

    def settle(self) -> None:
        """Forget what was kept before."""
        self.before = Before()

    def whole(self, kind: str, key: Hashable, compute: Callable[[], T]) -> T:
        """The value for `kind` at this key; only the latest key is kept."""
        kept = self._wholes.get(kind)
        if kept is not None and kept[0] == key:
            return cast(T, kept[1])
        value = compute()
        self._wholes[kind] = (key, value)
        return value

    def per_item(
        self, kind: str, items: Mapping[str, S], compute: Callable[[S], T], salt: Hashable, mark: object
    ) -> Mapping[str, T]:
        """`compute(item)` for each path of the tree known by `mark`, kept while that very item (the same object) and
        `salt` stay. The items of all kinds are the same ones."""
        if self._salts.setdefault(kind, salt) != salt:
            self._salts[kind] = salt
            for _, values in self._items.values():
                values.pop(kind, None)
        return self.sweeps.of(
            kind,
            mark,
            salt,
            items,
            items.__contains__,
            lambda path: cast(T, self.of_item(kind, path, items[path], compute)),
        )

    def clear(self) -> None:
        """Drop everything: values may hold on to the view that holds this."""
        for kept in (self._files, self._wholes, self._items, self._salts):
            kept.clear()
        self.sweeps.clear()
        self.settle()

    def forget(self, paths: frozenset[str]) -> None:
        """Drop what is kept for files that are gone."""
        for path in paths:
            self._files.pop(path, None)
            self._items.pop(path, None)
