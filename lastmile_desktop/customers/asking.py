"""Questions about the log, answered while the worker is in the middle of a scan: searching must not wait for one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from lastmile_desktop.core.commands import Command, FindTalks, ReadTalks
from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.events import Event, Failed
from lastmile_desktop.core.scan import Project
from lastmile_desktop.store.database import Database

if TYPE_CHECKING:
    from lastmile_desktop.customers.desk import Desk


class Answerer:
    """Has a thread and a connection of its own, which only reads. `ask` may be called from any thread; the thread
    starts with the first question."""

    def __init__(
        self,
        open_database: Callable[[], Database],
        publish: Callable[[Event], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._open_database = open_database
        self._publish = publish
        self._clock = clock
        self._questions: queue.SimpleQueue[tuple[Project, Command] | None] = queue.SimpleQueue()
        self._project: Project | None = None
        self._thread: threading.Thread | None = None

    def turn_to(self, project: Project | None) -> None:
        """The project that is open; None while another one is being opened."""
        self._project = project

    def ask(self, command: Command) -> bool:
        """Whether this is a question that will be answered here."""
        if self._project is None or not isinstance(command, (FindTalks, ReadTalks)):
            return False
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="lastmile-answers", daemon=True)
            self._thread.start()
        self._questions.put((self._project, command))
        return True

    def close(self) -> None:
        if self._thread is not None:
            self._questions.put(None)
            self._thread.join(10)

    def _run(self) -> None:
        desks: dict[int, Desk] = {}
        db: Database | None = None
        while (question := self._questions.get()) is not None:
            project, command = question
            try:
                db = db or self._open_database()
                if project.id not in desks:
                    desks = {project.id: self._desk(db, project)}
                desks[project.id].answer(command)
            except LastMileError as problem:
                self._publish(Failed(problem.title, problem.happened, problem.remedy))
        if db is not None:
            db.close()

    def _desk(self, db: Database, project: Project) -> Desk:
        from lastmile_desktop.customers.desk import Desk

        return Desk(db, project, self._publish, self._clock)
