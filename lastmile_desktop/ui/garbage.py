"""Collects garbage on the window's thread alone.

Python collects on whatever thread happens to allocate. On the worker's, that would destroy widgets that belong to
the window's thread, and Qt would crash while it paints.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 2_000
_YOUNG = 700
# A running scan makes more than this; walking over it would hold up the window, and the scan sets it aside itself.
_TOO_MANY = 100_000
_OLDER_EVERY = 15


class Garbage(QObject):
    """Turns automatic collection off for as long as it lives, and does it itself."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._turns = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._collect)
        self._timer.start(_EVERY_MS)

    def close(self) -> None:
        self._timer.stop()
        gc.enable()

    def _collect(self) -> None:
        if not _YOUNG <= gc.get_count()[0] <= _TOO_MANY:
            return
        self._turns += 1
        gc.collect(1 if self._turns % _OLDER_EVERY == 0 else 0)
