"""The application service: the only door for the window and the command line."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from lastmile_desktop import crash, editor, settings
from lastmile_desktop.catalogue import load as catalogue_load
from lastmile_desktop.catalogue import walkthroughs
from lastmile_desktop.core import commands, events
from lastmile_desktop.core.attestation import Attestation
from lastmile_desktop.core.check import Check
from lastmile_desktop.core.checklist import Checklist
from lastmile_desktop.core.conversation import Conversation, Ladder
from lastmile_desktop.core.errors import LastMileError, ProjectError, ScanCancelled
from lastmile_desktop.core.events import Event, WatchState
from lastmile_desktop.core.health import EngineInfo
from lastmile_desktop.core.ranking import Band
from lastmile_desktop.core.scan import Project, Scan
from lastmile_desktop.core.suppression import Suppression, validated
from lastmile_desktop.core.walkthrough import Walkthrough
from lastmile_desktop.engines.compose import EngineHome, compose
from lastmile_desktop.engines.engine import Cancel, Engine
from lastmile_desktop.engines.process import find_tool, launch
from lastmile_desktop.home import Home
from lastmile_desktop.project import suppressions
from lastmile_desktop.project.collect import read_text
from lastmile_desktop.resources import resources_dir, rules_dir
from lastmile_desktop.scan.balance import WEEK_DAYS, build_talk
from lastmile_desktop.scan.collector import Batch
from lastmile_desktop.scan.project_scans import Done, ProjectScans, fact_text
from lastmile_desktop.scan.watcher import RawChange, Watcher, WatchLost
from lastmile_desktop.scan.worker import Worker
from lastmile_desktop.store import attestations, conversations, projects, scans
from lastmile_desktop.store import settings as stored_settings
from lastmile_desktop.store.database import Database

log = logging.getLogger(__name__)

Listener = Callable[[Event], None]
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Session:
    """One window's or one `watch`'s session. `submit` may be called from any thread and returns at once; listeners
    are called on the worker's thread."""

    def __init__(
        self,
        home: Home,
        *,
        clock: Clock = utc_now,
        engines: Callable[[EngineHome], Sequence[Engine]] | None = None,
        watch: bool = True,
    ) -> None:
        self.home = home
        self.catalogue = load_catalogue()
        self._clock = clock
        self._engines = engines or _warm_engines
        self._watch = watch
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()
        self._cancel = Cancel()
        self._worker = Worker(self)
        self._db: Database | None = None
        self._open: ProjectScans | None = None
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
        if isinstance(command, (commands.CancelScan, commands.Pause, commands.CloseProject)):
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
        self._db = Database(self.home.database)
        self._publish(events.SettingsChanged(settings.with_defaults(stored_settings.read(self._db))))
        for check_id in self.catalogue.checks:
            self.walkthrough(check_id)

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
        return self._open is not None and (Path(self._open.project.root) / ".git" / "index.lock").exists()

    def command(self, command: commands.Command) -> None:
        match command:
            case commands.OpenProject(root=root):
                self._open_project(root)
            case commands.CloseProject():
                self._close_project()
                self._publish(events.ProjectClosed())
            case commands.ScanNow(everything=everything):
                if everything and self._open is not None:
                    self._open.forget()
                self._scan(0, None)
            case commands.CancelScan():
                self._cancel = Cancel()
            case commands.Pause():
                self._worker.paused = True
                self._announce_watching(WatchState.PAUSED)
            case commands.Resume():
                self._worker.paused = False
                self._announce_watching()
                self._scan(0, None)
            case commands.Answer(key=key, value=value):
                self._answer(key, value)
            case commands.SetSetting(key=key, value=value):
                db = self._database()
                stored_settings.write(db, key, settings.validated(key, value))
                self._publish(events.SettingsChanged(settings.with_defaults(stored_settings.read(db))))
            case commands.LogConversation(conversation=conversation):
                conversations.save(self._database(), self._project(), conversation)
                self._talks_changed()
            case commands.ForgetConversation(id=identity):
                conversations.forget(self._database(), self._project(), identity)
                self._talks_changed()
            case commands.SuppressFinding():
                self._suppress(command)
            case commands.LiftSuppression(row_id=row_id, fingerprint=fingerprint):
                self._lift(row_id, fingerprint)
            case commands.Attest():
                self._attest(command)
            case commands.OpenInEditor(path=path, line=line):
                file = Path(self._project().root) / path
                values = settings.with_defaults(stored_settings.read(self._database()))
                launch(editor.command(values, file, line, find_tool), cwd=Path(self._project().root))

    def batch(self, batch: Batch) -> None:
        self._scan(len(batch.paths), batch.last_at)

    def swept(self) -> None:
        if self._watcher is not None and not self._watcher.alive:
            self.watch_lost(
                WatchLost("Watching stopped. Last Mile looks at the project every few seconds instead.")
            )
        self._scan(0, None, quiet=True)

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
        project = projects.register(db, root.resolve(), self._clock().isoformat())
        engine_home = EngineHome(self.home.cache, rules_dir(), self.home.recognition_key())
        self._open = ProjectScans(project, self.catalogue, self._engines(engine_home), db, self._clock)
        self._last = scans.latest(db, project)
        self._stoppers = None if self._last is None else self._stopping(self._last)
        self._publish(events.ProjectOpened(project, self._last, self._open.users(), self._open.answers()))
        self._publish(events.ConversationsChanged(conversations.newest(db, project)))
        self._start_watching(root.resolve())
        self._scan(0, None)

    def _close_project(self) -> None:
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher = None
        if self._open is not None:
            self._open.close()
            self._open = None
        self._last = None
        self._worker.restart_collecting()

    def _start_watching(self, root: Path) -> None:
        self._worker.sweep_often(False)
        if not self._watch:
            return
        self._publish(events.WatchChanged(WatchState.STARTING, 0))
        self._watcher = Watcher(root, self._watched)
        if self._watcher.start():
            self._announce_watching()

    def _watched(self, change: RawChange | WatchLost) -> None:
        self._worker.post(change)

    def _announce_watching(self, state: WatchState | None = None, reason: str = "") -> None:
        if state is None:
            state = WatchState.WATCHING if self._watcher is not None else WatchState.STOPPED
        self._publish(events.WatchChanged(state, self._last.files if self._last else 0, reason))

    def _scan(self, files: int, caused_at: float | None, quiet: bool = False) -> None:
        if self._open is None:
            return
        self._cancel = cancel = Cancel()
        if not quiet:
            self._publish(events.ScanStarted(full=caused_at is None, files=files))
        try:
            done = self._open.scan(
                cancel,
                progress=lambda phase, done, total: self._publish(events.ScanProgress(phase, done, total)),
                partial=lambda scan: self._publish(events.ScanUpdated(scan)) if self._last is None else None,
                caused_at=None if caused_at is None else lambda: (time.monotonic() - caused_at) * 1_000,
            )
        except ScanCancelled:
            self._publish(events.ScanEnded(cancelled=True))
            return
        except LastMileError:
            self._publish(events.ScanEnded(cancelled=True))
            raise
        self._show(done, quiet)

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
        if self._open is None:
            return frozenset()
        return frozenset(row.id for row in self._open.checklist(scan).rows if row.band is Band.STOP)

    def _tell_of_stoppers(self, scan: Scan) -> None:
        """One notification for what is new since the last scan, and none for the first one."""
        now = self._stopping(scan)
        before, self._stoppers = self._stoppers, now
        new = sorted(now - before) if before is not None else []
        if not new:
            return
        title = self.catalogue.checks[new[0].partition("@")[0]].title_gap
        text = title if len(new) == 1 else f"{title}, and {len(new) - 1} more"
        self._publish(events.StopperAppeared(text, new[0]))

    def _publish_balance(self, done: Done) -> None:
        db, project = self._database(), self._project()
        talks = conversations.newest(db, project)
        answers = projects.answers(db, project)
        week = build_talk(self._clock(), answers, talks, WEEK_DAYS)(done.outcome.view.git)
        self._publish(events.BuildTalkChanged(week, done.outcome.view.build_talk, _sold(talks)))

    def _answer(self, key: str, value: str) -> None:
        db, project = self._database(), self._project()
        projects.answer(db, project, key, value, self._clock().isoformat())
        if self._open is not None:
            self._publish(events.ProjectOpened(project, self._last, self._open.users(), self._open.answers()))
        if key != "profile.users":
            self._scan(0, None)

    def _talks_changed(self) -> None:
        self._publish(events.ConversationsChanged(conversations.newest(self._database(), self._project())))
        self._scan(0, None, quiet=True)

    def _suppress(self, command: commands.SuppressFinding) -> None:
        verdict = self._last.verdict(command.row_id) if self._last else None
        chosen = [
            item
            for item in (verdict.gaps if verdict else ())
            if command.fingerprint in ("", item.fingerprint)
        ]
        root = Path(self._project().root)
        kept = suppressions.parse(read_text(root, suppressions.FILE))
        if kept.problems:
            raise ProjectError("This was not suppressed", kept.problems[0] + ".", "Mend that file first.")
        today = self._clock().date()
        new = [
            validated(
                Suppression(
                    rule=item.rule,
                    kind=command.kind,
                    reason=command.reason,
                    created=today,
                    expires=command.expires,
                    fingerprint=item.fingerprint,
                ),
                item.severity,
            )
            for item in chosen
        ]
        prints = {item.fingerprint for item in new}
        suppressions.write(root, [*(old for old in kept.entries if old.fingerprint not in prints), *new])
        self._scan(1, None)

    def _lift(self, row_id: str, fingerprint: str) -> None:
        verdict = self._last.verdict(row_id) if self._last else None
        prints = {item.fingerprint for item in (verdict.findings if verdict else ())} & (
            {fingerprint}
            if fingerprint
            else {item.fingerprint for item in (verdict.findings if verdict else ())}
        )
        root = Path(self._project().root)
        kept = suppressions.parse(read_text(root, suppressions.FILE))
        suppressions.write(root, [old for old in kept.entries if old.fingerprint not in prints])
        self._scan(1, None)

    def _attest(self, command: commands.Attest) -> None:
        check_id, _, target = command.row_id.partition("@")
        spec = self.catalogue.checks[check_id].attestation
        if spec is None or self._last is None:
            raise LastMileError("Nothing was recorded", "This cannot be attested.", "Choose another item.")
        keys = [item.removeprefix("fact:") for item in spec.voided_by if item.startswith("fact:")]
        attestations.add(
            self._database(),
            self._project(),
            Attestation(
                check_id=check_id,
                target=target or ".",
                statement=spec.statement,
                done_on=command.done_on,
                by=command.by,
                proof=command.proof,
                life_days=spec.life_days,
                facts=tuple((key, fact_text(self._last.facts, key)) for key in keys),
            ),
        )
        self._scan(0, None)

    def _database(self) -> Database:
        if self._db is None:
            self._db = Database(self.home.database)
        return self._db

    def _project(self) -> Project:
        if self._open is None:
            raise ProjectError(
                "No project is open", "There is nothing to do this with.", "Open a folder first."
            )
        return self._open.project


def _warm_engines(home: EngineHome) -> Sequence[Engine]:
    return compose(home, warm=True)


def load_catalogue() -> catalogue_load.Catalogue:
    """The shipped catalogue."""
    return catalogue_load.load(rules_dir())


def engine_infos(home: Home) -> tuple[EngineInfo, ...]:
    """Every engine's version and whether it works, asked now."""
    engines = compose(EngineHome(home.cache, rules_dir(), home.recognition_key()), warm=False)
    try:
        return tuple(engine.info() for engine in engines)
    finally:
        for engine in engines:
            engine.close()


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
    """One whole scan in this thread, for the command line. Raises ProjectError or StoreError."""
    catalogue = load_catalogue()
    if not root.is_dir():
        raise ProjectError("This folder is not there", f"{root} is no folder.", "Name another one.")
    db = Database(home.database) if save else None
    try:
        project = (
            projects.register(db, root.resolve(), clock().isoformat())
            if db
            else Project(0, str(root.resolve()), root.resolve().name)
        )
        engines = compose(EngineHome(home.cache, rules_dir(), home.recognition_key()), warm=False)
        answers = {} if users is None else {"profile.users": str(users)}
        opened = ProjectScans(project, catalogue, engines, db, clock, checks, answers)
        try:
            done = opened.scan(progress=progress)
        finally:
            opened.close()
        if done.unsaved is not None:
            log.warning("%s", done.unsaved)
        return done.scan, opened.checklist(done.scan)
    finally:
        if db is not None:
            db.close()


def _sold(talks: Sequence[Conversation]) -> str:
    """What has actually been sold, from commitments and not from hopes; "" when nothing has."""
    money = [talk.commitment for talk in talks if talk.commitment.level is Ladder.MONEY]
    if not money:
        return ""
    total = sum(item.amount for item in money)
    symbol = {"USD": "$", "EUR": "€", "GBP": "£"}.get(money[0].currency, "")
    amount = f", {symbol}{total / 100:,.0f}" if total else ""
    return (
        f"{len(money)} {money[0].what or 'commitment'}{amount}"
        if len(money) == 1
        else f"{len(money)} times{amount}"
    )
