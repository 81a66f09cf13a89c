"""The one worker thread: it plans, drives the engines, and is the only writer of the database.

It owns no QObject. Messages come in through a queue; what they lead to goes out through the handler's listeners.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lastmile_desktop.core.commands import PortfolioCommand, ProjectCommand
from lastmile_desktop.scan.changes import LogChanged, RawChange, WatchLost
from lastmile_desktop.scan.collector import Batch, Collector

SWEEP_S = 60.0
SWEEP_LOST_S = 5.0
GLANCE_S = 2.0


class Handler(Protocol):
    """What the worker works for. All methods are called on the worker's thread."""

    def started(self) -> None: ...
    def command(self, command: ProjectCommand | PortfolioCommand) -> None: ...
    def batch(self, batch: Batch) -> None: ...
    def watch_lost(self, lost: WatchLost) -> None: ...
    def log_changed(self, change: LogChanged) -> None: ...
    def glanced(self) -> None: ...
    def swept(self) -> None: ...
    def busy(self) -> bool: ...
    def failed(self, problem: Exception, doing: str) -> None: ...
    def ended(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Stop:
    pass


Message = ProjectCommand | PortfolioCommand | RawChange | WatchLost | LogChanged | Stop


class Worker:
    """Start it once, stop it once."""

    def __init__(self, handler: Handler, clock: Callable[[], float] = time.monotonic) -> None:
        self._handler = handler
        self._clock = clock
        self._queue: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._collector = Collector()
        self._thread = threading.Thread(target=self._run, name="lastmile-worker", daemon=True)
        self._sweep_s = SWEEP_S
        self._last_sweep = self._last_glance = clock()
        self.paused = False

    def start(self) -> None:
        self._thread.start()

    def post(self, message: Message) -> None:
        """From any thread."""
        self._queue.put(message)

    def stop(self, timeout_s: float = 10.0) -> None:
        """Ask it to end and wait."""
        self._queue.put(Stop())
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout_s)

    def sweep_often(self, often: bool) -> None:
        """Look at the folder every few seconds while watching does not work."""
        self._sweep_s = SWEEP_LOST_S if often else SWEEP_S

    def restart_collecting(self) -> None:
        """Forget gathered changes, for another project."""
        self._collector = Collector()
        self._last_sweep = self._clock()

    def _run(self) -> None:
        self._guarded(self._handler.started, "starting")
        while True:
            try:
                message = self._queue.get(timeout=self._wait())
            except queue.Empty:
                message = None
            if isinstance(message, Stop):
                break
            if message is not None:
                self._take(message)
            self._glance()
            self._act()
        self._guarded(self._handler.ended, "closing")

    def _wait(self) -> float:
        """Seconds until something is due."""
        glance = max(0.0, self._last_glance + GLANCE_S - self._clock())
        if self.paused:
            return glance
        sweep = max(0.0, self._last_sweep + self._sweep_s - self._clock())
        due = self._collector.due_in(self._clock(), self._handler.busy())
        return min(glance, sweep) if due is None else min(due, glance, sweep)

    def _take(self, message: Message) -> None:
        match message:
            case RawChange(path=path, folder=folder):
                self._collector.add(path, self._clock())
                if folder:
                    self._collector.lose(self._clock())
            case WatchLost():
                self._collector.lose(self._clock())
                self._guarded(lambda: self._handler.watch_lost(message), "watching the folder")
            case LogChanged():
                self._guarded(lambda: self._handler.log_changed(message), "scanning after a note")
            case Stop():
                raise AssertionError("handled by the loop")
            case _:
                self._guarded(lambda: self._handler.command(message), type(message).__name__)

    def _glance(self) -> None:
        """Now and then, paused or not: did another program change what we show?"""
        if self._clock() >= self._last_glance + GLANCE_S:
            self._last_glance = self._clock()
            self._guarded(self._handler.glanced, "reading what another program wrote")

    def _act(self) -> None:
        if self.paused or not self._queue.empty():
            return
        if self._collector.due_in(self._clock(), self._handler.busy()) == 0.0:
            batch = self._collector.take()
            self._guarded(lambda: self._handler.batch(batch), "scanning what changed")
            self._last_sweep = self._clock()
        elif self._clock() >= self._last_sweep + self._sweep_s:
            self._last_sweep = self._clock()
            self._guarded(self._handler.swept, "sweeping the folder")

    def _guarded(self, act: Callable[[], None], doing: str) -> None:
        try:
            act()
        except Exception as problem:  # noqa: BLE001 - told to the user and written to a crash report
            self._handler.failed(problem, doing)
