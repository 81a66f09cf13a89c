"""The application service: the only door for the window and the command line.

What a scan needs is imported on the worker's thread, once the window is up: reading those modules takes longer than
showing the last list.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lastmile_desktop import crash, settings
from lastmile_desktop.catalogue import load as catalogue_load
from lastmile_desktop.catalogue import walkthroughs
from lastmile_desktop.core import commands, events
from lastmile_desktop.core.cancel import Cancel
from lastmile_desktop.core.check import Check
from lastmile_desktop.core.checklist import Checklist
from lastmile_desktop.core.errors import LastMileError, ProjectError
from lastmile_desktop.core.events import Event, WatchState
from lastmile_desktop.core.health import EngineInfo
from lastmile_desktop.core.portfolio import ProjectCard
from lastmile_desktop.core.ranking import users_of
from lastmile_desktop.core.scan import Project, Scan
from lastmile_desktop.core.walkthrough import Walkthrough
from lastmile_desktop.customers.asking import Answerer
from lastmile_desktop.customers.drafts import DraftKeeper
from lastmile_desktop.home import Home
from lastmile_desktop.resources import resources_dir, rules_dir
from lastmile_desktop.scan.changes import WatchLost
from lastmile_desktop.scan.collector import Batch
from lastmile_desktop.scan.worker import Worker
from lastmile_desktop.store import attestations, projects, scans
from lastmile_desktop.store import settings as stored_settings
from lastmile_desktop.store.database import Database

if TYPE_CHECKING:
    from lastmile_desktop.customers.desk import Desk
    from lastmile_desktop.customers.portfolio import Portfolio
    from lastmile_desktop.engines.compose import EngineHome
    from lastmile_desktop.engines.engine import Engine
    from lastmile_desktop.scan.live import LiveProject

log = logging.getLogger(__name__)

Listener = Callable[[Event], None]
Clock = Callable[[], datetime]
Compose = Callable[["EngineHome"], "Sequence[Engine]"]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Session:
    """One window's or one `watch`'s session. `submit` may be called from any thread and returns at once; listeners
    are called on the worker's thread. `engines` and `clock` are handed in by tests."""

    def __init__(
        self, home: Home, *, clock: Clock = utc_now, engines: Compose | None = None, watch: bool = True
    ) -> None:
        self.home = home
        self.catalogue = load_catalogue()
        self._clock = clock
        self._compose = engines
        self._watch = watch
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._cancel = Cancel()
        self._worker = Worker(self)
        self._drafts = DraftKeeper(self._open_database, self._publish)
        self._answerer = Answerer(self._open_database, self._publish, clock)
        self._db: Database | None = None
        self._live: LiveProject | None = None
        self._desk: Desk | None = None
        self._portfolio: Portfolio | None = None
        self._walkthroughs: dict[tuple[str, str], Walkthrough] = {}

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear every event from now on; the returned call ends it."""
        with self._lock:
            self._listeners.append(listener)

        def end() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return end

    def submit(self, command: commands.Command) -> None:
        """Hand a command to the worker. Stopping a scan does not wait for its turn, nor do drafts and searches."""
        if isinstance(command, commands.KeepDraft):
            self._drafts.keep(command.text, command.form)
            return
        if self._answerer.ask(command):
            return
        if isinstance(command, commands.OpenProject):
            self._answerer.turn_to(None)
        if isinstance(command, (commands.CancelScan, commands.Pause, commands.OpenProject)):
            self._cancel.set()
        self._worker.post(command)

    def walkthrough(self, check_id: str, tool: str = "") -> Walkthrough:
        """The guided fix of a check for this AI tool."""
        key = (check_id, tool)
        if key not in self._walkthroughs:
            check = self.catalogue.checks[check_id]
            self._walkthroughs[key] = walkthroughs.load(self.catalogue.folder(check), check_id, tool)
        return self._walkthroughs[key]

    def start(self) -> None:
        self._worker.start()

    def close(self) -> None:
        """End the scan that runs, the children and the threads."""
        self._drafts.close()
        self._answerer.close()
        self._cancel.set()
        self._worker.stop()

    def _publish(self, event: Event) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(event)

    # What follows runs on the worker's thread.

    def started(self) -> None:
        self._publish(events.SettingsChanged(settings.with_defaults(stored_settings.read(self._database()))))

    def ended(self) -> None:
        self._close_project()
        if self._db is not None:
            self._db.close()

    def failed(self, problem: Exception, doing: str) -> None:
        if isinstance(problem, LastMileError):
            self._publish(events.Failed(problem.title, problem.happened, problem.remedy))
            return
        log.error("a bug while %s: %s", doing, type(problem).__name__)
        report = crash.write_report(self.home.crashes, problem, self._clock(), doing)
        self._publish(
            events.Failed(
                "Something in Last Mile broke",
                f"While {doing}: {type(problem).__name__}. Your list may be out of date.",
                "Scan again. If it stays, send us the report; it holds none of your code.",
                str(report),
            )
        )

    def busy(self) -> bool:
        """Whether git holds its lock: a branch switch or a rebase is still writing files."""
        return self._live is not None and (self._live.root / ".git" / "index.lock").exists()

    def command(self, command: commands.Command) -> None:
        match command:
            case commands.OpenProject(root=root):
                self._open_project(root)
            case commands.ScanNow(everything=everything):
                if everything:
                    self._opened().forget()
                self._scan()
            case commands.CancelScan():
                self._cancel = Cancel()
            case commands.Pause():
                self._worker.paused = True
                self._opened().announce_watching(WatchState.PAUSED)
            case commands.Resume():
                self._worker.paused = False
                self._opened().announce_watching()
                self._scan()
            case commands.OpenInEditor(path=path, line=line):
                self._open_in_editor(path, line)
            case commands.SetSetting(key=key, value=value):
                stored_settings.write(self._database(), key, settings.validated(key, value))
                self.started()
            case commands.Answer(key=key, value=value):
                self._answer(key, value)
            case commands.AskPortfolio() | commands.DecideStage():
                self._all_projects().answer(command)
                if self._desk is not None and isinstance(command, commands.DecideStage):
                    self._desk.tell()
                    self._scan(quiet=True)
            case _:
                if not self._opened_desk().answer(command):
                    self._record(command)
                    self._scan(quiet=True)

    def _record(self, command: commands.Command) -> None:
        """What the founder says or decides about the open project."""
        from lastmile_desktop.scan import decisions

        live, db = self._opened(), self._database()
        if self._opened_desk().record(command):
            self._all_projects().forget()
            return
        match command:
            case commands.SuppressFinding():
                decisions.suppress(live.root, live.shown(), command, self._clock().date())
            case commands.LiftSuppression(row_id=row_id, fingerprint=fingerprint):
                decisions.lift(live.root, live.shown(), row_id, fingerprint)
            case commands.Attest(row_id=row_id):
                check = self.catalogue.checks[row_id.partition("@")[0]]
                attestations.add(db, live.project, decisions.attested(check, live.shown().facts, command))
            case _:
                raise AssertionError(f"no door for {type(command).__name__}")

    def _answer(self, key: str, value: str) -> None:
        live = self._opened()
        projects.answer(self._database(), live.project, key, value, self._clock().isoformat())
        self._announce_project(live.project, live.last)
        # The number of users changes the order only, and the window has already changed that.
        if key != "profile.users":
            self._scan(quiet=True)

    def batch(self, batch: Batch) -> None:
        self._scan(len(batch.paths), batch.last_at)

    def glanced(self) -> None:
        if self._desk is not None and self._desk.hear_others():
            self._all_projects().forget()
            if not self._worker.paused:
                self._scan(quiet=True)

    def swept(self) -> None:
        if self._live is not None and self._live.watch_died:
            self.watch_lost(
                WatchLost("Watching stopped. Last Mile looks at the project every few seconds instead.")
            )
        self._scan(quiet=True)

    def watch_lost(self, lost: WatchLost) -> None:
        self._worker.sweep_often(True)
        if self._live is not None:
            self._live.announce_watching(WatchState.DEGRADED, lost.reason)

    def _open_project(self, root: Path) -> None:
        db = self._database()
        if root == self.home.sample and not root.exists():
            shutil.copytree(resources_dir() / "sample", root)
        if not root.is_dir():
            raise ProjectError("This folder is not there", f"{root} is no folder.", "Choose another one.")
        self._close_project()
        project = projects.register(db, root.resolve(), self._clock().isoformat())
        last = scans.latest(db, project)
        self._announce_project(project, last)
        self._all_projects().turn_to(project.id)
        from lastmile_desktop.customers.desk import Desk

        self._desk = Desk(db, project, self._publish, self._clock)
        self._desk.tell()
        self._answerer.turn_to(project)
        self._go_live(project, db, last)
        self._preload_walkthroughs()
        self._scan()
        self._all_projects().catch_up()

    def _preload_walkthroughs(self) -> None:
        """So that opening one never reads a file on the window's thread."""
        for check_id, check in self.catalogue.checks.items():
            for file in self.catalogue.folder(check).glob("walkthrough*.md"):
                self.walkthrough(check_id, file.stem.partition(".")[2])

    def _announce_project(self, project: Project, last: Scan | None) -> None:
        answers = projects.answers(self._database(), project)
        self._publish(events.ProjectOpened(project, last, users_of(answers), answers))

    def _go_live(self, project: Project, db: Database, last: Scan | None) -> None:
        from lastmile_desktop.engines.compose import EngineHome, compose
        from lastmile_desktop.scan.live import LiveProject

        home = EngineHome(self.home.cache, rules_dir(), self.home.recognition_key())
        engines = compose(home, warm=True) if self._compose is None else self._compose(home)
        self._live = LiveProject(
            project, self.catalogue, engines, db, self._publish, self._clock, last, self._all_projects().cards
        )
        self._worker.sweep_often(False)
        if self._watch:
            self._live.watch(self._worker.post)

    def _close_project(self) -> None:
        live, self._live, self._desk = self._live, None, None
        if live is not None:
            live.close()
        self._worker.restart_collecting()

    def _scan(self, files: int = 0, caused_at: float | None = None, quiet: bool = False) -> None:
        if self._live is not None:
            self._cancel = Cancel()
            self._live.scan(self._cancel, files, caused_at, quiet)
            if self._desk is not None and self._live.last is not None:
                self._desk.score(self._live.last)

    def _open_in_editor(self, path: str, line: int) -> None:
        from lastmile_desktop import editor
        from lastmile_desktop.engines.process import find_tool, launch

        root = self._opened().root
        values = settings.with_defaults(stored_settings.read(self._database()))
        launch(editor.command(values, root / path, line, find_tool), cwd=root)

    def _database(self) -> Database:
        if self._db is None:
            self._db = self._open_database()
        return self._db

    def _open_database(self) -> Database:
        """Of two threads that want a new database, one makes it."""
        with self._opening:
            return Database(self.home.database)

    def _all_projects(self) -> Portfolio:
        from lastmile_desktop.customers.portfolio import Portfolio

        if self._portfolio is None:
            self._portfolio = Portfolio(self._database(), self._publish, self._clock)
        return self._portfolio

    def _opened(self) -> LiveProject:
        if self._live is None:
            raise _nothing_open()
        return self._live

    def _opened_desk(self) -> Desk:
        if self._desk is None:
            raise _nothing_open()
        return self._desk


def _nothing_open() -> ProjectError:
    return ProjectError("No project is open", "There is nothing to do this with.", "Open a folder first.")


def load_catalogue() -> catalogue_load.Catalogue:
    """The shipped catalogue."""
    return catalogue_load.load(rules_dir())


def scan_once(
    root: Path,
    home: Home,
    *,
    checks: Mapping[str, Check] | None = None,
    users: int | None = None,
    save: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
    clock: Clock = utc_now,
) -> tuple[Scan, Checklist]:
    """One whole scan in this thread. Raises ProjectError or StoreError."""
    from lastmile_desktop.customers.portfolio import Portfolio
    from lastmile_desktop.scan import once

    def cards(db: Database, project: Project) -> tuple[ProjectCard, ...]:
        return Portfolio(db, lambda _: None, clock, project.id).cards()

    return once.scan_once(
        root,
        home,
        load_catalogue(),
        clock,
        checks=checks,
        users=users,
        save=save,
        progress=progress,
        portfolio=cards,
    )


def engine_infos(home: Home) -> tuple[EngineInfo, ...]:
    """Every engine's version and whether it works, asked now."""
    from lastmile_desktop.scan import once

    return once.engine_infos(home)
