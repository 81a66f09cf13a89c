"""From the worker's thread to the main one: one queued signal, few batches a second, the last never lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from lastmile_desktop.catalogue.load import Catalogue
from lastmile_desktop.core.commands import Command
from lastmile_desktop.core.events import (
    BuildTalkChanged,
    ConversationsChanged,
    Event,
    FeaturesBuilt,
    NotebookChanged,
    PlansRead,
    PortfolioChanged,
    ScanProgress,
    ScanUpdated,
    SettingsChanged,
    WatchChanged,
)
from lastmile_desktop.core.walkthrough import Walkthrough

BATCHES_A_SECOND = 10
_AT_ONCE = 3
_WHOLE_STATE = (
    BuildTalkChanged,
    ConversationsChanged,
    FeaturesBuilt,
    NotebookChanged,
    PlansRead,
    PortfolioChanged,
    ScanProgress,
    ScanUpdated,
    SettingsChanged,
    WatchChanged,
)


class SessionPort(Protocol):
    """What the window needs of the session."""

    @property
    def catalogue(self) -> Catalogue: ...
    def subscribe(self, listener: Callable[[Event], None], /) -> Callable[[], None]: ...
    def submit(self, command: Command, /) -> None: ...
    def walkthrough(self, check_id: str, tool: str = "") -> Walkthrough: ...
    def start(self) -> None: ...
    def close(self) -> None: ...


class Allowance:
    """At most `BATCHES_A_SECOND` in any second, a few of them at once so that a lone save never waits."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._rate = BATCHES_A_SECOND - _AT_ONCE
        self._tokens = float(_AT_ONCE)
        self._at = clock()

    def wait(self) -> float:
        """Seconds until the next batch may go; taking it is `spend`."""
        self._refill()
        return 0.0 if self._tokens >= 1 else (1 - self._tokens) / self._rate

    def spend(self) -> None:
        self._refill()
        self._tokens -= 1

    def _refill(self) -> None:
        now = self._clock()
        self._tokens = min(_AT_ONCE, self._tokens + (now - self._at) * self._rate)
        self._at = now


def coalesced(events: list[Event]) -> list[Event]:
    """Without the states that a later event of the same kind in this batch replaces."""
    newest: set[type[Event]] = set()
    kept: list[Event] = []
    for event in reversed(events):
        kind = type(event)
        if kind in newest:
            continue
        if isinstance(event, _WHOLE_STATE):
            newest.add(kind)
        kept.append(event)
    return kept[::-1]


class Bridge(QObject):
    """Lives on the main thread as long as the window. `arrived` carries a list of events."""

    arrived = Signal(list)
    _woken = Signal()

    def __init__(self, session: SessionPort, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._waiting: list[Event] = []
        self._open = True
        self._allowance = Allowance(clock)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._deliver)
        self._woken.connect(self._wake, Qt.ConnectionType.QueuedConnection)
        self._unsubscribe = session.subscribe(self._hear)

    def close(self) -> None:
        """Nothing arrives after this, whatever the worker still says."""
        self._unsubscribe()
        with self._lock:
            self._open = False
            self._waiting.clear()
        self._timer.stop()

    def flush(self) -> None:
        """Deliver now what has already been said."""
        self._timer.stop()
        self._deliver()

    def _hear(self, event: Event) -> None:
        with self._lock:
            if not self._open:
                return
            first = not self._waiting
            self._waiting.append(event)
        if first:
            self._woken.emit()

    @Slot()
    def _wake(self) -> None:
        if self._timer.isActive() or not self._waiting:
            return
        wait = self._allowance.wait()
        if wait > 0:
            self._timer.start(int(wait * 1000) + 1)
        else:
            self._deliver()

    @Slot()
    def _deliver(self) -> None:
        with self._lock:
            events, self._waiting = self._waiting, []
        if events:
            self._allowance.spend()
            self.arrived.emit(coalesced(events))
