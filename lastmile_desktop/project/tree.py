"""The files of a project: which there are, what they hold, and which cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class Unreadable(StrEnum):
    """Why a file is listed but not read."""

    TOO_LARGE = "larger than 2 MB"
    BINARY = "binary content"
    ENCODING = "not valid text"
    PERMISSION = "no permission to read it"
    LINK_OUT = "a link that leads out of the project"
    VANISHED = "deleted while it was being read"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file: `path` relative with `/`, `digest` of its content ("" when unreadable), size in bytes."""

    path: str
    digest: str
    size: int
    mtime_ns: int
    unreadable: Unreadable | None = None
    ignored_by_git: bool = False
    minified: bool = False

    @property
    def suffix(self) -> str:
        """Lower case with the dot; "" for `.env` and names without one. Asked for every file at every save."""
        name = self.name
        dot = name.rfind(".")
        return name[dot:].lower() if dot > 0 else ""

    @property
    def name(self) -> str:
        return self.path[self.path.rfind("/") + 1 :]


@dataclass(frozen=True, slots=True)
class TreeIndex:
    """All files of the project by path, sorted. Two equal trees give equal indexes; `mark` tells this very one."""

    root: Path
    files: Mapping[str, FileEntry]
    mark: object = field(default_factory=object, compare=False, repr=False)

    def __iter__(self) -> Iterator[FileEntry]:
        return iter(self.files.values())

    def __contains__(self, path: str) -> bool:
        return path in self.files

    def readable(self) -> Iterator[FileEntry]:
        return (entry for entry in self.files.values() if entry.unreadable is None)


class TextReader(Protocol):
    """Gives the text of a file of the tree, decoded once at the border; None when it cannot be read."""

    def text(self, path: str) -> str | None: ...
