"""Where Last Mile keeps its own files: the database, caches, crash reports. Nothing of it lies in a project."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import platformdirs

APP = "lastmile"
_KEY_BYTES = 32


def size_of(folder: Path) -> int:
    """The bytes of all files below a folder. What goes away or may not be read meanwhile counts nothing."""
    size = 0
    for place, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                size += Path(place, name).lstat().st_size
    return size


@dataclass(frozen=True, slots=True)
class Home:
    """`data` holds what must last, `cache` what can be made again."""

    data: Path
    cache: Path

    @classmethod
    def of(cls, data_dir: Path | None = None) -> Home:
        """The platform's folders, or everything below `data_dir` (tests, a portable stick)."""
        if data_dir is not None:
            return cls(data_dir, data_dir / "cache")
        return cls(
            Path(platformdirs.user_data_dir(APP, appauthor=False)),
            Path(platformdirs.user_cache_dir(APP, appauthor=False)),
        )

    @property
    def database(self) -> Path:
        return self.data / "lastmile.sqlite3"

    @property
    def crashes(self) -> Path:
        return self.data / "crashes"

    @property
    def sample(self) -> Path:
        """Where the sample project lies once it was opened: a copy that may be changed."""
        return self.data / "sample" / "acme-crm"

    def recognition_key(self) -> bytes:
        """The install-local key with which the same secret is recognised in several places; it protects nothing
        by itself, so it lies in a file that only the user may read."""
        file = self.data / "recognition.key"
        try:
            key = file.read_bytes()
        except FileNotFoundError:
            key = b""
        if len(key) == _KEY_BYTES:
            return key
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = secrets.token_bytes(_KEY_BYTES)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(key)
        return key
