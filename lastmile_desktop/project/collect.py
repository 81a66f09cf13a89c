"""Walks a project folder into a TreeIndex: bounded, never out of the tree, content hashed.

A file whose size and modification time are those of the previous index keeps its digest, unless it was modified
so recently that a further change could hide behind the same time stamp.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from lastmile_desktop.core.errors import ProjectError
from lastmile_desktop.project.ignore import BINARY_SUFFIXES, IgnoreRules, is_pruned
from lastmile_desktop.project.tree import FileEntry, TreeIndex, Unreadable

LARGEST_FILE = 2_000_000
MOST_FILES = 60_000
DEEPEST = 40
RACY_NS = 2_000_000_000
_SHORTEST_MINIFIED = 5_000
_TEXT_CACHE_BYTES = 24_000_000


def collect(
    root: Path,
    previous: TreeIndex | None = None,
    tracked: frozenset[str] | None = None,
    previous_at_ns: int = 0,
) -> TreeIndex:
    """All files below `root`. `previous_at_ns` is when the previous index was made (its files younger than two
    seconds before that are hashed again). Raises ProjectError when the folder itself cannot be read."""
    walk = _Walk(root, previous, tracked, previous_at_ns)
    try:
        os.scandir(root).close()
    except OSError as problem:
        raise ProjectError(
            "This folder cannot be read",
            f"{root}: {problem.strerror or problem}.",
            "Choose another folder, or give yourself permission to read it.",
        ) from problem
    entries = {entry.path: entry for entry in walk.entries("", IgnoreRules(), 0)}
    return TreeIndex(root, dict(sorted(entries.items())))


def changed_paths(before: TreeIndex | None, after: TreeIndex) -> frozenset[str]:
    """Paths whose content, readability or existence differs."""
    if before is None:
        return frozenset(after.files)
    return frozenset(
        path
        for path in before.files.keys() | after.files.keys()
        if _identity(before.files.get(path)) != _identity(after.files.get(path))
    )


@lru_cache(maxsize=4)
def _folders_of(paths: frozenset[str]) -> frozenset[str]:
    """Every folder that holds one of these paths, however deep."""
    folders: set[str] = set()
    for path in paths:
        while (end := path.rfind("/")) > 0:
            path = path[:end]
            if path in folders:
                break
            folders.add(path)
    return frozenset(folders)


def _identity(entry: FileEntry | None) -> tuple[str, Unreadable | None, bool] | None:
    return (entry.digest, entry.unreadable, entry.ignored_by_git) if entry else None


@dataclass
class _Walk:
    root: Path
    previous: TreeIndex | None
    tracked: frozenset[str] | None
    previous_at_ns: int
    seen: int = 0

    def __post_init__(self) -> None:
        self._tracked_folders = _folders_of(self.tracked or frozenset())

    def entries(self, folder: str, rules: IgnoreRules, depth: int) -> Iterator[FileEntry]:
        listed = self._list(folder)
        if listed is None:
            self.seen += 1
            yield FileEntry(folder, "", 0, 0, Unreadable.PERMISSION)
            return
        if any(item.name == ".gitignore" for item in listed):
            rules = rules.below(
                folder, _ignore_lines(self.root, f"{folder}/.gitignore" if folder else ".gitignore")
            )
        for item in listed:
            path = f"{folder}/{item.name}" if folder else item.name
            if self.seen >= MOST_FILES:
                return
            yield from self._item(item, path, rules, depth)

    def _item(self, item: os.DirEntry[str], path: str, rules: IgnoreRules, depth: int) -> Iterator[FileEntry]:
        try:
            if item.is_symlink():
                if not self._stays_inside(item):
                    self.seen += 1
                    yield FileEntry(path, "", 0, 0, Unreadable.LINK_OUT)
                return
            if item.is_dir(follow_symlinks=False):
                if depth < DEEPEST and not self._skips(path, rules):
                    yield from self.entries(path, rules, depth + 1)
                return
            status = item.stat(follow_symlinks=False)
        except OSError:
            yield FileEntry(path, "", 0, 0, Unreadable.VANISHED)
            return
        if stat.S_ISREG(status.st_mode):
            self.seen += 1
            ignored = not self._is_tracked(path) and rules.ignores(path, is_folder=False)
            yield self._file(path, status, ignored)

    def _list(self, folder: str) -> list[os.DirEntry[str]] | None:
        """What is in the folder, nothing when it vanished, None when it may not be read."""
        try:
            with os.scandir(self.root / folder) as listing:
                return sorted(listing, key=lambda item: item.name)
        except PermissionError:
            return None
        except OSError:
            return []

    def _skips(self, path: str, rules: IgnoreRules) -> bool:
        tracked = path in self._tracked_folders
        return is_pruned(path, tracked) or (not tracked and rules.ignores(path, is_folder=True))

    def _is_tracked(self, path: str) -> bool:
        return self.tracked is not None and path in self.tracked

    def _stays_inside(self, item: os.DirEntry[str]) -> bool:
        try:
            return Path(item.path).resolve().is_relative_to(self.root.resolve())
        except (OSError, RuntimeError):
            return True

    def _file(self, path: str, status: os.stat_result, ignored: bool) -> FileEntry:
        kept = self.previous.files.get(path) if self.previous else None
        if (
            kept is not None
            and (kept.size, kept.mtime_ns, kept.ignored_by_git)
            == (status.st_size, status.st_mtime_ns, ignored)
            and status.st_mtime_ns < self.previous_at_ns - RACY_NS
            and kept.unreadable is not Unreadable.PERMISSION
        ):
            return kept
        suffix = PurePosixPath(path).suffix.lower()
        if suffix in BINARY_SUFFIXES:
            return FileEntry(
                path, f"{status.st_size}", status.st_size, status.st_mtime_ns, Unreadable.BINARY, ignored
            )
        if status.st_size > LARGEST_FILE:
            digest = f"{status.st_size}:{status.st_mtime_ns}"
            return FileEntry(path, digest, status.st_size, status.st_mtime_ns, Unreadable.TOO_LARGE, ignored)
        data = read_bytes(self.root, path)
        if isinstance(data, Unreadable):
            return FileEntry(path, "", status.st_size, status.st_mtime_ns, data, ignored)
        unreadable = _unreadable(data)
        return FileEntry(
            path=path,
            digest=hashlib.blake2b(data, digest_size=16).hexdigest(),
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            unreadable=unreadable,
            ignored_by_git=ignored,
            minified=unreadable is None and len(data) > _SHORTEST_MINIFIED * (1 + data.count(b"\n")),
        )


def _ignore_lines(root: Path, path: str) -> str:
    """A `.gitignore` as git reads it: saved as UTF-16 it says nothing, though an editor shows it well."""
    data = read_bytes(root, path)
    if isinstance(data, Unreadable) or b"\x00" in data:
        return ""
    return data.decode("utf-8-sig", "replace")


def _unreadable(data: bytes) -> Unreadable | None:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None
    if b"\x00" in data[:8_192]:
        return Unreadable.BINARY
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        broken = data.decode("utf-8", "replace").count("�")
        return Unreadable.ENCODING if broken > max(8, len(data) // 50) else None
    return None


def read_bytes(root: Path, path: str) -> bytes | Unreadable:
    """The content of a regular file, never through a link, at most LARGEST_FILE bytes."""
    flags = (
        os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    try:
        handle = os.open(root / path, flags)
    except PermissionError:
        return Unreadable.PERMISSION
    except OSError:
        return Unreadable.VANISHED
    with os.fdopen(handle, "rb") as file:
        try:
            data = file.read(LARGEST_FILE + 1)
        except OSError:
            return Unreadable.VANISHED
    return Unreadable.TOO_LARGE if len(data) > LARGEST_FILE else data


def read_text(root: Path, path: str) -> str | None:
    """The decoded text of a file of the tree; a few broken bytes become replacement characters."""
    data = read_bytes(root, path)
    if isinstance(data, Unreadable) or _unreadable(data) is not None:
        return None
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace").replace("\r\n", "\n")
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n")


class TreeReader:
    """Texts of the files of one index, the latest few kept in memory."""

    def __init__(self, root: Path, index: TreeIndex) -> None:
        self._root = root
        self._index = index
        self._kept: dict[str, str] = {}
        self._size = 0

    def text(self, path: str) -> str | None:
        entry = self._index.files.get(path)
        if entry is None or entry.unreadable is not None:
            return None
        if path in self._kept:
            return self._kept[path]
        text = read_text(self._root, path)
        if text is not None:
            self._size += len(text)
            if self._size > _TEXT_CACHE_BYTES:
                self._kept.clear()
                self._size = len(text)
            self._kept[path] = text
        return text
