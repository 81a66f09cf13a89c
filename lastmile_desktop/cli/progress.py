"""Progress on standard error, only when a person is watching."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status


class Progress:
    """Call it with (what, done, total); leaves nothing on the screen when it ends."""

    def __init__(self) -> None:
        self._status: Status | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._status = Console(stderr=True).status("Looking at the folder")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        if self._status is not None:
            self._status.update(f"{what} ({done} of {total})" if total else what)
