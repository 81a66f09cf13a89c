"""The application service: the only door for the window and the command line.

What a scan needs is imported on the worker's thread, once the window is up: reading those modules takes longer than
showing the last list.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lastmile_desktop import crash, settings
from lastmile_desktop.catalogue import load as catalogue_load
from lastmile_desktop.catalogue import walkthroughs
from lastmile_desktop.core import commands, events
from lastmile_desktop.core.balance import WEEK_DAYS
from lastmile_desktop.core.cancel import Cancel
from lastmile_desktop.core.check import Check
from lastmile_desktop.core.checklist import Checklist, checklist, situation_of
from lastmile_desktop.core.conversation import sold
from lastmile_desktop.core.errors import LastMileError, ProjectError, ScanCancelled
from lastmile_desktop.core.events import Event, WatchState
from lastmile_desktop.core.health import EngineInfo
from lastmile_desktop.core.ranking import Band, users_of
from lastmile_desktop.core.scan import Project, Scan
from lastmile_desktop.core.walkthrough import Walkthrough
from lastmile_desktop.home import Home
from lastmile_desktop.resources import resources_dir, rules_dir
from lastmile_desktop.scan.changes import WatchLost
from lastmile_desktop.scan.collector import Batch
from lastmile_desktop.scan.worker import Worker
from lastmile_desktop.store import attestations, conversations, projects, scans
from lastmile_desktop.store import settings as stored_settings
from lastmile_desktop.store.database import Database

if TYPE_CHECKING:
    from lastmile_desktop.engines.compose import EngineHome
    from lastmile_desktop.engines.engine import Engine
    from lastmile_desktop.scan.project_scans import Done, ProjectScans
    from lastmile_desktop.scan.watcher import Watcher

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
        self._cancel = Cancel()
        self._worker = Worker(self)
        self._db: Database | None = None
        self._project: Project | None = None
        self._scans: ProjectScans | None = None
        self._watcher: Watcher | None = None
        self._last: Scan | None = None
        self._stoppers: frozenset[str] | None = None
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
        """Hand a command to the worker. Stopping a scan does not wait for its turn."""
        if isinstance(
            command, (commands.CancelScan, commands.Pause, commands.CloseProject, commands.OpenProject)
        ):
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
        """End the scan that runs, the children and the thread."""
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
        return self._project is not None and (self._root() / ".git" / "index.lock").exists()

    def command(self, command: commands.Command) -> None:
        match command:
            case commands.OpenProject(root=root):
                self._open_project(root)
            case commands.CloseProject():
                self._close_project()
                self._publish(events.ProjectClosed())
            case commands.ScanNow(everything=everything):
                if everything and self._scans is not None:
                    self._scans.forget()
                self._scan()
            case commands.CancelScan():
                self._cancel = Cancel()
            case commands.Pause():
                self._worker.paused = True
                self._announce_watching(WatchState.PAUSED)
            case commands.Resume():
                self._worker.paused = False
                self._announce_watching()
                self._scan()
            case commands.OpenInEditor(path=path, line=line):
                self._open_in_editor(path, line)
            case commands.SetSetting(key=key, value=value):
                stored_settings.write(self._database(), key, settings.validated(key, value))
                self.started()
            case _:
                self._record(command)

    def _record(self, command: commands.Command) -> None:
        """Commands about the open project that end in a new look at it."""
        from lastmile_desktop.scan import decisions

        project, db = self._opened(), self._database()
        match command:
            case commands.Answer(key=key, value=value):
                projects.answer(db, project, key, value, self._clock().isoformat())
                self._announce_project()
                if key == "profile.users":
                    return
            case commands.LogConversation(conversation=conversation):
                conversations.save(db, project, conversation)
                self._publish(events.ConversationsChanged(conversations.newest(db, project)))
            case commands.ForgetConversation(id=identity):
                conversations.forget(db, project, identity)
                self._publish(events.ConversationsChanged(conversations.newest(db, project)))
            case commands.SuppressFinding():
                decisions.suppress(self._root(), self._shown(), command, self._clock().date())
            case commands.LiftSuppression(row_id=row_id, fingerprint=fingerprint):
                decisions.lift(self._root(), self._shown(), row_id, fingerprint)
            case commands.Attest(row_id=row_id):
                check = self.catalogue.checks[row_id.partition("@")[0]]
                attestations.add(db, project, decisions.attested(check, self._shown().facts, command))
            case _:
                raise AssertionError(f"no door for {type(command).__name__}")
        self._scan(quiet=True)

    def batch(self, batch: Batch) -> None:
        self._scan(len(batch.paths), batch.last_at)

    def swept(self) -> None:
        if self._watcher is not None and not self._watcher.alive:
            self.watch_lost(
                WatchLost("Watching stopped. Last Mile looks at the project every few seconds instead.")
            )
        self._scan(quiet=True)

    def watch_lost(self, lost: WatchLost) -> None:
        self._worker.sweep_often(True)
        self._announce_watching(WatchState.DEGRADED, lost.reason)

    def _open_project(self, root: Path) -> None:
        db = self._database()
        if root == self.home.sample and not root.exists():
            shutil.copytree(resources_dir() / "sample", root)
        if not root.is_dir():
            raise ProjectError("This folder is not there", f"{root} is no folder.", "Choose another one.")
        self._close_project()
        self._project = projects.register(db, root.resolve(), self._clock().isoformat())
        self._last = scans.latest(db, self._project)
        self._stoppers = None if self._last is None else self._stopping(self._last)
        self._announce_project()
        self._publish(events.ConversationsChanged(conversations.newest(db, self._project)))
        self._prepare_scans(db, self._project)
        self._start_watching()
        self._scan()

    def _prepare_scans(self, db: Database, project: Project) -> None:
        from lastmile_desktop.engines.compose import EngineHome, compose
        from lastmile_desktop.scan.project_scans import ProjectScans

        home = EngineHome(self.home.cache, rules_dir(), self.home.recognition_key())
        engines = compose(home, warm=True) if self._compose is None else self._compose(home)
        self._scans = ProjectScans(project, self.catalogue, engines, db, self._clock)

    def _announce_project(self) -> None:
        project = self._opened()
        answers = projects.answers(self._database(), project)
        self._publish(events.ProjectOpened(project, self._last, users_of(answers), answers))

    def _close_project(self) -> None:
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher = None
        if self._scans is not None:
            self._scans.close()
            self._scans = None
        self._project = self._last = None
        self._worker.restart_collecting()

    def _start_watching(self) -> None:
        from lastmile_desktop.scan.watcher import Watcher

        self._worker.sweep_often(False)
        if not self._watch:
            return
        self._publish(events.WatchChanged(WatchState.STARTING, 0))
        self._watcher = Watcher(self._root(), self._worker.post)
        if self._watcher.start():
            self._announce_watching()

    def _announce_watching(self, state: WatchState | None = None, reason: str = "") -> None:
        if state is None:
            state = WatchState.WATCHING if self._watcher is not None else WatchState.STOPPED
        self._publish(events.WatchChanged(state, self._last.files if self._last else 0, reason))

    def _scan(self, files: int = 0, caused_at: float | None = None, quiet: bool = False) -> None:
        """Look at the project now. `quiet` scans show no progress: nobody asked for them."""
        if self._scans is None:
            return
        self._cancel = cancel = Cancel()
        if not quiet:
            self._publish(events.ScanStarted(full=caused_at is None, files=files))
        try:
            done = self._scans.scan(
                cancel,
                progress=None if quiet else self._tell_progress,
                partial=lambda scan: self._publish(events.ScanUpdated(scan)) if self._last is None else None,
                caused_at=None if caused_at is None else lambda: (time.monotonic() - caused_at) * 1_000,
            )
        except LastMileError as problem:
            self._publish(events.ScanEnded(cancelled=True))
            if not isinstance(problem, ScanCancelled):
                raise
            return
        self._show(done, quiet)

    def _tell_progress(self, phase: str, done: int, total: int) -> None:
        self._publish(events.ScanProgress(phase, done, total))

    def _show(self, done: Done, quiet: bool) -> None:
        files_before = self._last.files if self._last else -1
        self._last = done.scan
        self._publish(events.ScanUpdated(done.scan))
        self._tell_of_stoppers(done.scan)
        if not quiet:
            self._publish(events.ScanEnded())
        if done.scan.files != files_before and self._watcher is not None and not self._worker.paused:
            self._announce_watching()
        self._publish_balance(done)
        if done.unsaved is not None:
            raise done.unsaved

    def _stopping(self, scan: Scan) -> frozenset[str]:
        users = users_of(projects.answers(self._database(), self._opened()))
        rows = checklist(scan, self.catalogue.checks, situation_of(scan, users)).rows
        return frozenset(row.id for row in rows if row.band is Band.STOP)

    def _tell_of_stoppers(self, scan: Scan) -> None:
        """One notification for what is new since the last scan, and none for the first one."""
        now = self._stopping(scan)
        before, self._stoppers = self._stoppers, now
        new = sorted(now - before) if before is not None else []
        if new:
            title = self.catalogue.checks[new[0].partition("@")[0]].title_gap
            text = title if len(new) == 1 else f"{title}, and {len(new) - 1} more"
            self._publish(events.StopperAppeared(text, new[0]))

    def _publish_balance(self, done: Done) -> None:
        from lastmile_desktop.scan.balance import build_talk

        db, project = self._database(), self._opened()
        talks = conversations.newest(db, project)
        week = build_talk(self._clock(), projects.answers(db, project), talks, WEEK_DAYS)(
            done.outcome.view.git
        )
        self._publish(events.BuildTalkChanged(week, done.outcome.view.build_talk, sold(talks)))

    def _open_in_editor(self, path: str, line: int) -> None:
        from lastmile_desktop import editor
        from lastmile_desktop.engines.process import find_tool, launch

        values = settings.with_defaults(stored_settings.read(self._database()))
        launch(editor.command(values, self._root() / path, line, find_tool), cwd=self._root())

    def _database(self) -> Database:
        if self._db is None:
            self._db = Database(self.home.database)
        return self._db

    def _opened(self) -> Project:
        if self._project is None:
            raise ProjectError(
                "No project is open", "There is nothing to do this with.", "Open a folder first."
            )
        return self._project

    def _root(self) -> Path:
        return Path(self._opened().root)

    def _shown(self) -> Scan:
        if self._last is None:
            raise ProjectError(
                "There is no list yet", "The first scan is still running.", "Try again in a moment."
            )
        return self._last


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
    from lastmile_desktop.scan import once

    return once.scan_once(
        root, home, load_catalogue(), clock, checks=checks, users=users, save=save, progress=progress
    )


def engine_infos(home: Home) -> tuple[EngineInfo, ...]:
    """Every engine's version and whether it works, asked now."""
    from lastmile_desktop.scan import once

    return once.engine_infos(home)
