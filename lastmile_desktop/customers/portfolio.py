"""All registered projects: what the store knows of each, and what git says. Used on the worker's thread only."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from lastmile_desktop.core import commands, events
from lastmile_desktop.core.balance import build_hours, build_sessions
from lastmile_desktop.core.commands import Command
from lastmile_desktop.core.errors import ProjectError
from lastmile_desktop.core.events import Event
from lastmile_desktop.core.notebook import StageDecision
from lastmile_desktop.core.portfolio import BuildRecord, ProjectCard, closest_to_sold, settled
from lastmile_desktop.core.scan import Project
from lastmile_desktop.engines.git_head import head_commit
from lastmile_desktop.store import portfolio, records, scans
from lastmile_desktop.store.database import Database

Publish = Callable[[Event], None]
Clock = Callable[[], datetime]
_AT_ONCE_S = 2.0
_SEVERAL = 3


class Portfolio:
    def __init__(self, db: Database, publish: Publish, clock: Clock, open_id: int = 0) -> None:
        self._db = db
        self._publish = publish
        self._clock = clock
        self._cards: tuple[ProjectCard, ...] | None = None
        self._open = open_id

    def answer(self, command: Command) -> bool:
        """Carry out a command about all projects; False when it is none."""
        match command:
            case commands.AskPortfolio():
                self._tell(self._read_builds())
            case commands.DecideStage():
                self._decide(command)
                self._tell(0)
            case _:
                return False
        return True

    def turn_to(self, project_id: int) -> None:
        """Which project is open now."""
        self._open = project_id
        self.forget()

    def catch_up(self) -> None:
        """Read what git knows that the cards do not, once there are several projects to look at side by side."""
        if len(portfolio.registered(self._db)) >= _SEVERAL:
            self._read_builds()
            self.forget()

    def forget(self) -> None:
        """Something that the cards show has changed."""
        self._cards = None

    def cards(self) -> tuple[ProjectCard, ...]:
        """Closest to sold first, as far as git was read before; cheap enough for every scan."""
        if self._cards is None:
            found = [self._card(project) for project in portfolio.registered(self._db)]
            self._cards = closest_to_sold(settled(found))
        return self._cards

    def _card(self, project: Project) -> ProjectCard:
        card = portfolio.card(self._db, project, self._clock().date())
        return replace(card, is_open=project.id == self._open, here=Path(project.root).is_dir())

    def _tell(self, waiting: int) -> None:
        self.forget()
        self._publish(events.PortfolioChanged(self.cards(), waiting))

    def _decide(self, command: commands.DecideStage) -> None:
        project = next(
            (item for item in portfolio.registered(self._db) if item.id == command.project_id), None
        )
        if project is None:
            raise ProjectError("Nothing was decided", "This project is not registered.", "Open it first.")
        today = self._clock().date()
        kept = records.notebook(self._db, project).decisions
        last = kept[-1] if kept else None
        if command.choice is None:
            if last is not None:
                records.drop(self._db, project, last)
            return
        # A second thought on the same day is no second decision.
        identity = last.id if last is not None and last.decided_on == today else 0
        records.keep(self._db, project, StageDecision(command.choice, today, identity, command.note))

    def _read_builds(self) -> int:
        """Ask git about projects that have moved on; gives back for how many there was no time."""
        deadline = time.monotonic() + _AT_ONCE_S
        waiting = 0
        for project in portfolio.registered(self._db):
            root = Path(project.root)
            if not root.is_dir():
                continue
            known = portfolio.build(self._db, project)
            head, scan = head_commit(root), portfolio.newest_scan(self._db, project)
            if (known.head, known.scan) == (head, scan):
                continue
            if time.monotonic() < deadline:
                built = known if known.head == head else _built(root, head)
                made = replace(built, tool=self._tool(project), scan=scan)
                portfolio.keep_build(self._db, project, made)
            else:
                waiting += 1
        return waiting

    def _tool(self, project: Project) -> str:
        """The AI tool that the project was built with."""
        scan = scans.latest(self._db, project)
        return (scan.facts.value("tool.origin") or scan.facts.value("tool.current") or "") if scan else ""


def _built(root: Path, head: str) -> BuildRecord:
    """What git says of the commits up to this one."""
    # Git's module takes longer to import than the window may wait for its first list.
    from lastmile_desktop.engines.git import commit_times

    read = commit_times(root)
    times, first = read if read is not None else ((), "")
    return BuildRecord(
        head,
        round(build_hours(build_sessions(times)), 1) if read is not None else None,
        min(times, default=None),
        max(times, default=None),
        first,
    )
