"""A session with a real worker, store and watcher, whose events a test can wait for."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from lastmile_desktop.core import commands, events
from lastmile_desktop.core.scan import Scan
from lastmile_desktop.engines.compose import EngineHome
from lastmile_desktop.engines.engine import Engine
from lastmile_desktop.home import Home
from lastmile_desktop.session import Session

E = TypeVar("E")
LONGEST_WAIT_S = 60.0


class Heard:
    """Starts a session on a folder of its own; use it as a context manager."""

    def __init__(
        self, home: Path, engines: Callable[[EngineHome], Sequence[Engine]] | None = None, watch: bool = True
    ) -> None:
        self.events: list[events.Event] = []
        self._queue: queue.SimpleQueue[events.Event] = queue.SimpleQueue()
        self.session = Session(Home.of(home), engines=engines, watch=watch)
        self.session.subscribe(self._queue.put)

    def __enter__(self) -> Heard:
        self.session.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def open(self, root: Path) -> Scan:
        """Open a project and wait for its first whole scan."""
        self.session.submit(commands.OpenProject(root))
        scan = self.wait(events.ScanUpdated, lambda event: not event.scan.partial).scan
        self.wait(events.ScanEnded)
        return scan

    def wait(self, kind: type[E], holds: Callable[[E], bool] = lambda _: True) -> E:
        """The next event of this kind for which `holds`."""
        deadline = time.monotonic() + LONGEST_WAIT_S
        while True:
            left = deadline - time.monotonic()
            try:
                event = self._queue.get(timeout=max(0.01, left))
            except queue.Empty:
                kinds = [type(item).__name__ for item in self.events[-20:]]
                raise AssertionError(f"no {kind.__name__} came; the last events were {kinds}") from None
            self.events.append(event)
            if isinstance(event, kind) and holds(event):
                return event

    def quiet(self, seconds: float) -> list[events.Event]:
        """What comes within the next seconds."""
        deadline = time.monotonic() + seconds
        came: list[events.Event] = []
        while (left := deadline - time.monotonic()) > 0:
            try:
                came.append(self._queue.get(timeout=left))
            except queue.Empty:
                break
        self.events += came
        return came
