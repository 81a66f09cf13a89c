"""How a scan is asked to stop."""

from __future__ import annotations


class Cancel:
    """Set once from any thread; engines look at it between files and while they wait for a child."""

    def __init__(self) -> None:
        self._set = False

    def set(self) -> None:
        self._set = True

    def __bool__(self) -> bool:
        return self._set
