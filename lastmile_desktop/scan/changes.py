"""What the watcher and the customer side tell the worker."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RawChange:
    """`path` is relative with `/`; `folder` when it is one (then everything below it may have changed)."""

    path: str
    folder: bool = False


@dataclass(frozen=True, slots=True)
class WatchLost:
    """Watching does not work, or not wholly; the worker sweeps instead."""

    reason: str


@dataclass(frozen=True, slots=True)
class LogChanged:
    """What is known of customers is another now, by what the founder did here or by another program."""

    by_others: bool
