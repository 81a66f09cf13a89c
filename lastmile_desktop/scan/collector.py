"""When to scan: a lone save at once, a burst as one scan. Pure, the clock is handed in.

A save is a handful of events about one file (write, rename over, touch). An agent that rewrites many files, a branch
switch or an install is a burst: it is held until it is quiet, at most `longest_s`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Batch:
    """`first_at` and `last_at` are seconds of the clock that was handed in; `lost` when events may be missing."""

    paths: frozenset[str]
    first_at: float
    last_at: float
    lost: bool


@dataclass(frozen=True, slots=True)
class Patience:
    """All in seconds. More than `lone` different paths within one batch make it a burst."""

    quiet_s: float = 0.025
    burst_quiet_s: float = 0.4
    longest_s: float = 15.0
    lone: int = 3


class Collector:
    """Gathers changes until they are due. Not thread-safe: the worker owns it."""

    def __init__(self, patience: Patience | None = None) -> None:
        self._patience = patience or Patience()
        self._paths: set[str] = set()
        self._first_at = 0.0
        self._last_at = 0.0
        self._lost = False
        self._waiting = False

    def add(self, path: str, now: float) -> None:
        """A file was created, changed, moved or deleted."""
        self._note(now)
        self._paths.add(path)

    def lose(self, now: float) -> None:
        """Events may have been missed: the batch covers everything."""
        self._note(now)
        self._lost = True

    def _note(self, now: float) -> None:
        if not self._waiting:
            self._first_at, self._waiting = now, True
        self._last_at = now

    def due_in(self, now: float, busy: bool = False) -> float | None:
        """Seconds until the batch may be taken (0 when now), None when there is none. `busy` says that the burst
        is known to go on (git holds its lock)."""
        if not self._waiting:
            return None
        latest = self._first_at + self._patience.longest_s
        burst = self._lost or busy or len(self._paths) > self._patience.lone
        quiet = self._patience.burst_quiet_s if burst else self._patience.quiet_s
        due = max(self._last_at + quiet, now + quiet if busy else 0.0)
        return max(0.0, min(due, latest) - now)

    def take(self) -> Batch:
        """The batch, and start anew."""
        batch = Batch(frozenset(self._paths), self._first_at, self._last_at, self._lost)
        self._paths, self._lost, self._waiting = set(), False, False
        return batch
