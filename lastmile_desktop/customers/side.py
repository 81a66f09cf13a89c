"""The customer side of a session. It has a thread and a connection of its own: the worker may be in the middle of a
scan, and what the founder writes down or asks about customers must not wait for that."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from lastmile_desktop.core.commands import CustomerCommand, KeepDraft, LogCommand, PortfolioCommand
from lastmile_desktop.core.errors import no_project
from lastmile_desktop.core.events import Event
from lastmile_desktop.core.scan import Project, Scan
from lastmile_desktop.customers.drafts import DraftKeeper
from lastmile_desktop.store.database import Database

if TYPE_CHECKING:
    from lastmile_desktop.customers.desk import Desk

_CLOSING_S = 10.0


@dataclass(frozen=True, slots=True)
class Around:
    """What the customer side needs of the session; all of it may be called from any thread. `log_changed` is told
    whether another program changed it, `pass_on` is handed what the worker carries out."""

    open_database: Callable[[], Database]
    publish: Callable[[Event], None]
    failed: Callable[[Exception, str], None]
    log_changed: Callable[[bool], None]
    pass_on: Callable[[PortfolioCommand], None]


@dataclass(slots=True)
class _Opening:
    """A project that is being opened: what is asked after that is about it, and waits until it is known."""

    known: threading.Event = field(default_factory=threading.Event)
    project: Project | None = None


class CustomerSide:
    """May be called from any thread; the thread starts with the first project."""

    def __init__(self, around: Around, clock: Callable[[], datetime]) -> None:
        self._around = around
        self._clock = clock
        self._drafts = DraftKeeper(around.open_database, around.publish, around.failed)
        self._to_do: queue.SimpleQueue[tuple[str, Callable[[], object]] | None] = queue.SimpleQueue()
        self._openings: deque[_Opening] = deque()
        self._thread: threading.Thread | None = None
        self._db: Database | None = None
        self._desk: Desk | None = None

    def take(self, command: CustomerCommand) -> None:
        if isinstance(command, KeepDraft):
            self._drafts.keep(command.text, command.form)
        elif isinstance(command, PortfolioCommand):
            # The worker asks git too; what was written down before must be stored when it tells.
            self._soon(type(command).__name__, lambda: self._around.pass_on(command))
        else:
            self._soon(type(command).__name__, lambda: self._carry_out(command))

    def expect(self) -> None:
        """A project is being opened; `turn_to` says which."""
        opening = _Opening()
        self._openings.append(opening)
        self._soon("opening the log", lambda: self._turn(opening))

    def turn_to(self, project: Project | None) -> None:
        """What was expected has happened: this project is open now, or none."""
        if self._openings:
            opening = self._openings.popleft()
            opening.project = project
            opening.known.set()

    def tell(self) -> None:
        """Everything a window shows of it."""
        self._soon("reading the log", lambda: self._desk and self._desk.tell())

    def score(self, project: Project, scan: Scan) -> None:
        """A scan is over: bring this month's scoreboard up to date."""
        self._soon("keeping the scoreboard", lambda: self._score(project, scan))

    def look(self) -> None:
        """Did another program change what we show?"""
        self._soon("reading what another program wrote", self._hear_others)

    def close(self) -> None:
        """Carry out what is still waiting, then end."""
        self._drafts.close()
        while self._openings:
            self.turn_to(None)
        if self._thread is not None:
            self._to_do.put(None)
            self._thread.join(_CLOSING_S)

    def _soon(self, doing: str, act: Callable[[], object]) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="lastmile-customers", daemon=True)
            self._thread.start()
        self._to_do.put((doing, act))

    # What follows runs on the thread.

    def _run(self) -> None:
        while (item := self._to_do.get()) is not None:
            doing, act = item
            try:
                act()
            except Exception as problem:  # noqa: BLE001 - told to the user and written to a crash report
                self._around.failed(problem, doing)
        if self._db is not None:
            self._db.close()

    def _turn(self, opening: _Opening) -> None:
        from lastmile_desktop.customers.desk import Desk

        opening.known.wait()
        self._desk = None
        if opening.project is None:
            return
        if self._db is None:
            self._db = self._around.open_database()
        self._desk = Desk(self._db, opening.project, self._around.publish, self._clock)
        self._desk.tell()

    def _carry_out(self, command: LogCommand) -> None:
        if self._desk is None:
            raise no_project()
        if not self._desk.answer(command):
            self._desk.record(command)
            self._around.log_changed(False)

    def _score(self, project: Project, scan: Scan) -> None:
        if self._desk is not None and self._desk.project == project:
            self._desk.score(scan)

    def _hear_others(self) -> None:
        if self._desk is not None and self._desk.hear_others():
            self._around.log_changed(True)
