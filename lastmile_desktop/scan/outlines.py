"""Outlines of many files, made in child processes so that a first scan neither stalls the window nor falls to one
hostile file; a few files are read in this thread."""

from __future__ import annotations

import pickle
import struct
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from lastmile_desktop.core.cancel import Cancel
from lastmile_desktop.core.errors import ScanCancelled
from lastmile_desktop.engines.process import Child, ChildMissing, start_child
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.code.reader import BATCH, read, unread
from lastmile_desktop.project.tree import FileEntry

IN_THREAD = 24
_READERS = 2
_MEMORY_MB = 2_000
_START_S = 20.0
_BATCH_S = 15.0

Progress = Callable[[str, int, int], None]


def outlines_of(
    root: Path, entries: Sequence[FileEntry], cancel: Cancel, progress: Progress | None = None
) -> dict[str, Outline]:
    """The outline of each entry. Never misses one: a file that could not be read has an outline with `error`."""
    made = {entry.path: unread(entry.path, entry.unreadable) for entry in entries if entry.unreadable}
    paths = [entry.path for entry in entries if not entry.unreadable]
    if len(paths) <= IN_THREAD:
        made.update((path, read(root, path)) for path in paths)
        return made
    readers = [_Reader(root, paths[part::_READERS], cancel) for part in range(_READERS)]
    while any(reader.thread.is_alive() for reader in readers):
        for reader in readers:
            reader.thread.join(0.05)
        if progress is not None:
            progress("Reading your code", sum(len(reader.made) for reader in readers), len(paths))
    if cancel:
        raise ScanCancelled
    for reader in readers:
        made.update(reader.made)
    for path in paths:
        if path not in made:
            made[path] = unread(path, "reading it took too long or used too much memory")
    return made


@dataclass
class _Reader:
    """One thread that feeds children until all its paths are answered; a batch that ends a child is read again one
    file at a time, so that only the file at fault is lost."""

    root: Path
    paths: Sequence[str]
    cancel: Cancel
    made: dict[str, Outline] = field(default_factory=dict[str, Outline])

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._read_all, name="outline-reader", daemon=True)
        self.thread.start()

    def _read_all(self) -> None:
        left = list(self.paths)
        while left and not self.cancel:
            self._one_child(left)
            rest = [path for path in left if path not in self.made]
            if rest and not self.cancel:
                for path in rest[:BATCH]:
                    self._one_child([path])
                rest = rest[BATCH:]
            left = rest

    def _one_child(self, paths: Sequence[str]) -> None:
        try:
            child = start_child(
                [sys.executable, "-m", "lastmile_desktop.project.code.reader", self.root],
                cwd=_PACKAGE_ROOT,
                memory_mb=_MEMORY_MB,
            )
        except ChildMissing:
            self.made.update((path, read(self.root, path)) for path in paths)
            return
        try:
            threading.Thread(target=_send, args=(child, paths), daemon=True).start()
            for batch in _batches(child):
                self.made.update((item.path, item) for item in batch)
                if self.cancel:
                    return
        finally:
            child.end()
            child.stdout.close()


_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


def _send(child: Child, paths: Sequence[str]) -> None:
    try:
        child.stdin.write("".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape"))
        child.stdin.close()
    except OSError:
        # The child ended early: what it did not answer is asked again by the caller.
        return


def _batches(child: Child) -> Iterator[list[Outline]]:
    """Batches as they come. A child that is silent too long is ended, which ends the pipe."""
    limit = _START_S
    while True:
        alarm = threading.Timer(limit, child.end)
        alarm.start()
        try:
            body = _message(child.stdout)
        finally:
            alarm.cancel()
        if body is None:
            return
        # The bytes come from our own child over its pipe, never from the project.
        yield pickle.loads(body)  # noqa: S301
        limit = _BATCH_S


def _message(pipe: IO[bytes]) -> bytes | None:
    head = pipe.read(4)
    if len(head) < 4:
        return None
    (size,) = struct.unpack("<I", head)
    body = pipe.read(size)
    return body if len(body) == size else None
