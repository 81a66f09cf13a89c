"""A session that answers at once: scans from sample data, customers from a real desk on a real database."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from lastmile_desktop import settings
from lastmile_desktop.catalogue.load import Catalogue
from lastmile_desktop.core import commands, events
from lastmile_desktop.core.check import Check
from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.scan import Project, Scan
from lastmile_desktop.core.walkthrough import Walkthrough
from lastmile_desktop.customers.desk import Desk
from lastmile_desktop.store import conversations, projects
from lastmile_desktop.store.database import Database
from tests.ui import sample, sample_projects

Listener = Callable[[events.Event], None]


class FakeSession:
    """`publish` may be called from any thread, as the worker would. `root` is the project's folder, which is real;
    the window is told the sample's."""

    def __init__(
        self,
        scan: Scan | None = None,
        checks: Mapping[str, Check] | None = None,
        stored: Mapping[str, str] | None = None,
        answers: Mapping[str, str] | None = None,
        asked_before: Sequence[commands.Command] = (),
    ) -> None:
        self.catalogue = Catalogue(Path("rules"), checks or sample.CHECKS)
        self.scan = scan
        self.asked: list[commands.Command] = []
        self.answers = (
            {"profile.users": "40", "profile.stage": "first-users"} if answers is None else dict(answers)
        )
        self.stored = {"theme": "light", **(stored or {})}
        self.balance = sample.BALANCE
        self.projects = sample_projects.CARDS
        self.is_open = False
        self._listeners: list[Listener] = []
        self._folder = Path(tempfile.mkdtemp(prefix="lastmile-window-"))
        self.root = self._folder / "acme-crm"
        self.root.mkdir()
        shutil.copy(_filled_database(), self._folder / "l.sqlite3")
        self._db = Database(self._folder / "l.sqlite3")
        project = Project(sample.PROJECT.id, str(self.root), sample.PROJECT.name)
        self.desk = Desk(self._db, project, self.publish, lambda: sample.NOW)
        for command in asked_before:
            self.desk.record(command)

    def subscribe(self, listener: Listener, /) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def publish(self, *told: events.Event) -> None:
        for event in told:
            for listener in tuple(self._listeners):
                listener(event)

    def walkthrough(self, check_id: str, tool: str = "") -> Walkthrough:
        return replace(sample.WALKTHROUGH, check_id=check_id)

    def start(self) -> None:
        self.publish(events.SettingsChanged(settings.with_defaults(self.stored)))

    def close(self) -> None:
        self.is_open = False
        self._db.close()
        shutil.rmtree(self._folder)

    def submit(self, command: commands.Command, /) -> None:
        self.asked.append(command)
        match command:
            case commands.OpenProject():
                self.open()
            case commands.SetSetting(key, value):
                self.stored[key] = value
                self.publish(events.SettingsChanged(settings.with_defaults(self.stored)))
            case commands.KeepDraft(text, form):
                self.stored[form] = text
                self.publish(events.DraftKept(text, form))
            case commands.Answer(key, value):
                self.answers[key] = value
                self.publish(self._opened())
            case commands.AskPortfolio():
                self.publish(events.PortfolioChanged(self.projects))
            case commands.Pause():
                self.publish(events.WatchChanged(events.WatchState.PAUSED, 1_204))
            case commands.Resume():
                self.publish(events.WatchChanged(events.WatchState.WATCHING, 1_204))
            case _:
                self._ask_desk(command)

    def open(self) -> None:
        self.is_open = True
        self.publish(self._opened())
        self.desk.tell()
        self.publish(events.WatchChanged(events.WatchState.WATCHING, 1_204))
        if self.scan is not None:
            self.publish(events.ScanUpdated(self.scan), self.balance, events.ScanEnded())

    def last(self, kind: type[commands.Command]) -> commands.Command | None:
        return next((command for command in reversed(self.asked) if isinstance(command, kind)), None)

    def talks(self) -> tuple[Conversation, ...]:
        """The log as it is stored, the newest first."""
        return conversations.newest(self._db, sample.PROJECT)

    def _ask_desk(self, command: commands.Command) -> None:
        try:
            if not self.desk.answer(command):
                self.desk.record(command)
        except LastMileError as problem:
            self.publish(events.Failed(problem.title, problem.happened, problem.remedy))

    def _opened(self) -> events.ProjectOpened:
        return events.ProjectOpened(
            sample.PROJECT, None, int(self.answers.get("profile.users", "10")), self.answers
        )


@cache
def _filled_database() -> Path:
    """Made once: a database that holds the sample's talks."""
    path = Path(tempfile.mkdtemp(prefix="lastmile-filled-")) / "l.sqlite3"
    db = Database(path)
    project = projects.register(db, Path(sample.PROJECT.root), sample.NOW.isoformat())
    with db.transaction() as connection:
        for talk in reversed(sample.CONVERSATIONS):
            conversations.write(connection, project, replace(talk, id=0))
    db.close()
    return path
