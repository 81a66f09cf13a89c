"""What was computed from a file is kept until that file's content changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar, cast

S = TypeVar("S")
T = TypeVar("T")


class Memo:
    """Two small caches. Values are pure functions of their keys, so a stale one cannot be served."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, str], tuple[str, object]] = {}
        self._wholes: dict[str, tuple[Hashable, object]] = {}
        self._items: dict[str, tuple[Hashable, dict[str, tuple[object, object]]]] = {}

    def per_file(self, kind: str, path: str, digest: str, compute: Callable[[], T]) -> T:
        """The value for (kind, path) at this digest."""
        kept = self._files.get((kind, path))
        if kept is not None and kept[0] == digest:
            return cast(T, kept[1])
        value = compute()
        self._files[kind, path] = (digest, value)
        return value

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
        """`compute(item)` for each path, kept while that very item (the same object) and `salt` stay."""
        kept_salt, kept = self._items.get(kind, (None, {}))
        if kept_salt != salt:
            kept = {}
        made: dict[str, tuple[object, object]] = {}
        for path, item in items.items():
            entry = kept.get(path)
            made[path] = entry if entry is not None and entry[0] is item else (item, compute(item))
        self._items[kind] = (salt, made)
        return {path: cast(T, value) for path, (_, value) in made.items()}

    def forget(self, paths: frozenset[str]) -> None:
        """Drop what is kept for files that are gone."""
        self._files = {key: value for key, value in self._files.items() if key[1] not in paths}
