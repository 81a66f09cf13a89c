"""Tells the worker which files changed. The only module that knows watchdog.

Folders are watched so that those which are never looked into (node_modules, build output) cost nothing: a folder
without such a descendant is watched with all below it, any other alone, and its children each for themselves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from lastmile_desktop.project.ignore import PRUNED_FOLDERS
from lastmile_desktop.scan.changes import RawChange, WatchLost

MOST_WATCHES = 120
_DEEPEST = 12
_GIT_FILES = frozenset({"HEAD", "index", "COMMIT_EDITMSG", "ORIG_HEAD", "packed-refs"})
_EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
]


Sink = Callable[[RawChange | WatchLost], None]


class Watcher:
    """Watches one folder until `stop()`. `sink` is called on watchdog's threads."""

    def __init__(self, root: Path, sink: Sink) -> None:
        self._root = root
        self._sink = sink
        self._observer: BaseObserver | None = None
        self._watched: set[Path] = set()

    def start(self) -> bool:
        """Whether watching works; if not, the reason has been sent."""
        self._observer = Observer()
        try:
            for folder, recursive in self._folders():
                self._watch(folder, recursive)
            self._observer.start()
        except OSError as problem:
            self._sink(WatchLost(_explained(problem)))
            self.stop()
            return False
        return True

    @property
    def alive(self) -> bool:
        return self._observer is not None and self._observer.is_alive()

    def stop(self) -> None:
        observer, self._observer = self._observer, None
        self._watched.clear()
        if observer is not None and observer.is_alive():
            observer.stop()
            observer.join(5)

    def _watch(self, folder: Path, recursive: bool) -> None:
        if self._observer is None or folder in self._watched:
            return
        git = folder == self._root / ".git"
        handler = _Handler(self._root, self._git_sink if git else self._changed)
        self._observer.schedule(handler, str(folder), recursive=recursive, event_filter=_EVENTS)
        self._watched.add(folder)

    def _folders(self) -> Iterator[tuple[Path, bool]]:
        plan = list(_plan(self._root, self._root, 0)[0])
        if len(plan) > MOST_WATCHES:
            plan = [(self._root, True)]
        if (self._root / ".git").is_dir():
            plan.append((self._root / ".git", False))
        return iter(plan)

    def _git_sink(self, change: RawChange) -> None:
        if Path(change.path).name in _GIT_FILES:
            self._sink(change)

    def _changed(self, change: RawChange) -> None:
        if any(part in PRUNED_FOLDERS for part in change.path.split("/")):
            return
        self._sink(change)
        folder = self._root / change.path
        alone = folder.parent in self._watched and change.folder
        if alone and folder.is_dir() and not folder.is_symlink():
            try:
                for found, recursive in _plan(self._root, folder, 0)[0]:
                    self._watch(found, recursive)
            except OSError as problem:
                self._sink(WatchLost(_explained(problem)))


def _plan(root: Path, folder: Path, depth: int) -> tuple[tuple[tuple[Path, bool], ...], bool]:
    """How to watch this folder: (folder, with all below it) pairs, and whether one watch covers it wholly."""
    if depth > _DEEPEST:
        return ((folder, True),), True
    plans: list[tuple[tuple[Path, bool], ...]] = []
    whole = folder != root
    try:
        with os.scandir(folder) as listing:
            children = [item for item in listing if item.is_dir(follow_symlinks=False)]
    except OSError:
        return (), True
    for child in children:
        if child.name in PRUNED_FOLDERS:
            whole = False
            continue
        plan, child_whole = _plan(root, Path(child.path), depth + 1)
        plans.append(plan)
        whole = whole and child_whole
    if whole:
        return ((folder, True),), True
    return ((folder, False), *(item for plan in plans for item in plan)), False


class _Handler(FileSystemEventHandler):
    def __init__(self, root: Path, sink: Callable[[RawChange], None]) -> None:
        self._root = str(root)
        self._sink = sink

    def on_any_event(self, event: FileSystemEvent) -> None:
        for place in (event.src_path, event.dest_path):
            path = os.fsdecode(place)
            if path.startswith(self._root + os.sep):
                relative = path[len(self._root) + 1 :].replace(os.sep, "/")
                if not (event.is_directory and isinstance(event, FileModifiedEvent)):
                    self._sink(RawChange(relative, event.is_directory))


def _explained(problem: OSError) -> str:
    if problem.errno in (24, 28):
        return (
            "The system allows no more watched folders. Last Mile looks at the project every few seconds instead; "
            "raising fs.inotify.max_user_watches brings live watching back."
        )
    return f"Watching failed ({problem.strerror}). Last Mile looks at the project every few seconds instead."
