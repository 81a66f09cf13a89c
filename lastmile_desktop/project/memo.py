"""What was computed from a file is kept until that file's content changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar, cast

S = TypeVar("S")
T = TypeVar("T")

_MISSING = object()


class Memo:
    """Small caches. Values are pure functions of their keys, so a stale one cannot be served. All values of one file
    stand together: there are many kinds of them, and the key of each would weigh more than the value."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[str, dict[str, object]]] = {}
        self._wholes: dict[str, tuple[Hashable, object]] = {}
        self._items: dict[str, tuple[object, dict[str, object]]] = {}
        self._salts: dict[str, Hashable] = {}

    def per_file(self, kind: str, path: str, digest: str, compute: Callable[[], T]) -> T:
        """The value for (kind, path) at this digest."""
        kept = self._files.get(path)
        if kept is None or kept[0] != digest:
            kept = self._files[path] = (digest, {})
        value = kept[1].get(kind, _MISSING)
        if value is _MISSING:
            value = kept[1][kind] = compute()
        return cast(T, value)

    def whole(self, kind: str, key: Hashable, compute: Callable[[], T]) -> T:
        """The value for `kind` at this key; only the latest key is kept."""
        kept = self._wholes.get(kind)
        if kept is not None and kept[0] == key:
            return cast(T, kept[1])
        value = compute()
        self._wholes[kind] = (key, value)
        return value

    def per_item(
        self, kind: str, items: Mapping[str, S], compute: Callable[[S], T], salt: Hashable = None
    ) -> dict[str, T]:
        """`compute(item)` for each path, kept while that very item (the same object) and `salt` stay. The items of
        all kinds are the same ones."""
        if self._salts.setdefault(kind, salt) != salt:
            self._salts[kind] = salt
            for _, values in self._items.values():
                values.pop(kind, None)
        made: dict[str, T] = {}
        for path, item in items.items():
            kept = self._items.get(path)
            if kept is None or kept[0] is not item:
                kept = self._items[path] = (item, {})
            value = kept[1].get(kind, _MISSING)
            if value is _MISSING:
                value = kept[1][kind] = compute(item)
            made[path] = cast(T, value)
        return made

    def forget(self, paths: frozenset[str]) -> None:
        """Drop what is kept for files that are gone."""
        for path in paths:
            self._files.pop(path, None)
            self._items.pop(path, None)
