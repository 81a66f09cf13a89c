"""The application service: the only door for the window and the command line.

What a scan needs is imported on the worker's thread, once the window is up: reading those modules takes longer than
showing the last list.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lastmile_desktop import crash, settings
from lastmile_desktop.catalogue import load as catalogue_load
from lastmile_desktop.catalogue.walkthroughs import Walkthroughs
from lastmile_desktop.core import commands, events
from lastmile_desktop.core.cancel import Cancel
from lastmile_desktop.core.check import Check
from lastmile_desktop.core.checklist import Checklist
from lastmile_desktop.core.errors import ProjectError, no_project
from lastmile_desktop.core.events import WatchState
from lastmile_desktop.core.health import EngineInfo
from lastmile_desktop.core.portfolio import ProjectCard
from lastmile_desktop.core.ranking import users_of
from lastmile_desktop.core.scan import Project, Scan
from lastmile_desktop.core.walkthrough import Walkthrough
from lastmile_desktop.customers.side import Around, CustomerSide
from lastmile_desktop.home import Home
from lastmile_desktop.listeners import Listener, Listeners
from lastmile_desktop.resources import resources_dir, rules_dir
from lastmile_desktop.scan.changes import LogChanged, WatchLost
from lastmile_desktop.scan.collector import Batch
from lastmile_desktop.scan.worker import Worker
from lastmile_desktop.store import attestations, projects, scans
from lastmile_desktop.store import settings as stored_settings
from lastmile_desktop.store.database import Database

if TYPE_CHECKING:
    from lastmile_desktop.customers.portfolio import Portfolio
    from lastmile_desktop.engines.compose import EngineHome
    from lastmile_desktop.engines.engine import Engine
    from lastmile_desktop.scan.live import LiveProject

Clock = Callable[[], datetime]
Compose = Callable[["EngineHome"], "Sequence[Engine]"]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Session:
    """One window's or one `watch`'s session. `submit` may be called from any thread and returns at once; listeners
    are called on its threads. `engines` and `clock` are handed in by tests."""

    def __init__(
        self, home: Home, *, clock: Clock = utc_now, engines: Compose | None = None, watch: bool = True
    ) -> None:
        self.home = home
        self.catalogue = load_catalogue()
        self._clock = clock
        self._compose = engines
        self._watch = watch
        self._listeners = Listeners()
        self._publish = self._listeners.tell
        self._walkthroughs = Walkthroughs(self.catalogue)
        self._in_order = threading.Lock()
        self._opening = threading.Lock()
        self._cancel = Cancel()
        self._worker = Worker(self)
        around = Around(self._open_database, self._publish, self.failed, self._tell_of_log, self._worker.post)
        self._customers = CustomerSide(around, clock)
        self._db: Database | None = None
        self._live: LiveProject | None = None
        self._portfolio: Portfolio | None = None

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear every event from now on; the returned call ends it."""
        return self._listeners.add(listener)

    def submit(self, command: commands.Command) -> None:
        """Hand a command to the worker, or to the customer side, which does not wait for a scan. Stopping a scan does
        not wait for its turn."""
        if isinstance(command, commands.CustomerCommand):
            self._customers.take(command)
            return
        if isinstance(command, (commands.CancelScan, commands.Pause, commands.OpenProject)):
            self._cancel.set()
        if not isinstance(command, commands.OpenProject):
            self._worker.post(command)
            return
        with self._in_order:
            self._customers.expect()
            self._worker.post(command)

    def walkthrough(self, check_id: str, tool: str = "") -> Walkthrough:
        """The guided fix of a check for this AI tool."""
        return self._walkthroughs.of(check_id, tool)

    def start(self) -> None:
        self._worker.start()

    def close(self) -> None:
        """End the scan that runs, the children and the threads."""
        self._cancel.set()
        self._worker.stop()
        self._customers.close()

    def _tell_of_log(self, by_others: bool) -> None:
        self._worker.post(LogChanged(by_others))

    def failed(self, problem: Exception, doing: str) -> None:
        """From any thread."""
        self._publish(crash.told(problem, self.home.crashes, self._clock(), doing))

    # What follows runs on the worker's thread.

    def started(self) -> None:
        self._publish(events.SettingsChanged(settings.with_defaults(stored_settings.read(self._database()))))

    def ended(self) -> None:
        self._close_project()
        if self._db is not None:
            self._db.close()

    def busy(self) -> bool:
        """Whether git holds its lock: a branch switch or a rebase is still writing files."""
        return self._live is not None and (self._live.root / ".git" / "index.lock").exists()

    def command(self, command: commands.ProjectCommand | commands.PortfolioCommand) -> None:
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
                if self._live is not None and isinstance(command, commands.DecideStage):
                    self._customers.tell()
                    self._scan(quiet=True)
            case commands.SuppressFinding() | commands.LiftSuppression() | commands.Attest():
                self._decide(command)
                self._scan(quiet=True)

    def _decide(self, command: commands.SuppressFinding | commands.LiftSuppression | commands.Attest) -> None:
        """What the founder decides about a row of the open project."""
        from lastmile_desktop.scan import decisions

        live = self._opened()
        match command:
            case commands.SuppressFinding():
                decisions.suppress(live.root, live.shown(), command, self._clock().date())
            case commands.LiftSuppression(row_id=row_id, fingerprint=fingerprint):
                decisions.lift(live.root, live.shown(), row_id, fingerprint)
            case commands.Attest(row_id=row_id):
                check = self.catalogue.checks[row_id.partition("@")[0]]
                stated = decisions.attested(check, live.shown().facts, command)
                attestations.add(self._database(), live.project, stated)

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
        if self._live is not None:
            self._customers.look()

    def log_changed(self, change: LogChanged) -> None:
        self._all_projects().forget()
        if not change.by_others or not self._worker.paused:
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
        try:
            project, last = self._turn_to(root)
        except Exception:
            self._customers.turn_to(self._live.project if self._live else None)
            raise
        self._customers.turn_to(project)
        self._go_live(project, last)
        self._walkthroughs.preload()
        self._scan()
        self._all_projects().catch_up()

    def _turn_to(self, root: Path) -> tuple[Project, Scan | None]:
        """The project in this folder, told about, with its last scan."""
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
        return project, last

    def _announce_project(self, project: Project, last: Scan | None) -> None:
        answers = projects.answers(self._database(), project)
        self._publish(events.ProjectOpened(project, last, users_of(answers), answers))

    def _go_live(self, project: Project, last: Scan | None) -> None:
        from lastmile_desktop.engines.compose import EngineHome, compose
        from lastmile_desktop.scan.live import LiveProject

        home = EngineHome(self.home.cache, rules_dir(), self.home.recognition_key())
        engines = compose(home, warm=True) if self._compose is None else self._compose(home)
        self._live = LiveProject(
            project,
            self.catalogue,
            engines,
            self._database(),
            self._publish,
            self._clock,
            last,
            self._all_projects().cards,
        )
        self._worker.sweep_often(False)
        if self._watch:
            self._live.watch(self._worker.post)

    def _close_project(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            live.close()
        self._worker.restart_collecting()

    def _scan(self, files: int = 0, caused_at: float | None = None, quiet: bool = False) -> None:
        if self._live is not None:
            self._cancel = Cancel()
            self._live.scan(self._cancel, files, caused_at, quiet)
            if self._live.last is not None:
                self._customers.score(self._live.project, self._live.last)

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
            raise no_project()
        return self._live


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
