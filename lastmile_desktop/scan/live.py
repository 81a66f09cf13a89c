"""The project that is open: watched, scanned, told about. Used on the worker's thread only."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from lastmile_desktop.catalogue.load import Catalogue
from lastmile_desktop.core import events
from lastmile_desktop.core.balance import WEEK_DAYS
from lastmile_desktop.core.cancel import Cancel
from lastmile_desktop.core.conversation import sold
from lastmile_desktop.core.errors import LastMileError, ProjectError, ScanCancelled
from lastmile_desktop.core.events import Event, WatchState
from lastmile_desktop.core.features import FeatureUnit
from lastmile_desktop.core.portfolio import ProjectCard
from lastmile_desktop.core.ranking import Band
from lastmile_desktop.core.scan import Project, Scan
from lastmile_desktop.engines.engine import Engine
from lastmile_desktop.project.models.usage.feature_units import feature_units
from lastmile_desktop.scan.balance import build_talk, weeks
from lastmile_desktop.scan.changes import RawChange, WatchLost
from lastmile_desktop.scan.project_scans import Done, ProjectScans
from lastmile_desktop.scan.watcher import Watcher
from lastmile_desktop.store.database import Database

Publish = Callable[[Event], None]
Clock = Callable[[], datetime]


class LiveProject:
    """`last` is the newest scan, at first the stored one."""

    def __init__(
        self,
        project: Project,
        catalogue: Catalogue,
        engines: Sequence[Engine],
        db: Database,
        publish: Publish,
        clock: Clock,
        last: Scan | None,
        portfolio: Callable[[], tuple[ProjectCard, ...]] = tuple,
    ) -> None:
        self.project = project
        self.root = Path(project.root)
        self.last = last
        self._catalogue = catalogue
        self._publish = publish
        self._scans = ProjectScans(project, catalogue, engines, db, clock, portfolio=portfolio)
        self._watcher: Watcher | None = None
        self._built: tuple[FeatureUnit, ...] = ()
        self._stoppers = None if last is None else self._stopping(last)

    def close(self) -> None:
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher = None
        self._scans.close()

    def forget(self) -> None:
        """Look at everything again at the next scan."""
        self._scans.forget()

    def shown(self) -> Scan:
        """The scan that the founder sees. Raises ProjectError before the first one."""
        if self.last is None:
            raise ProjectError(
                "There is no list yet", "The first scan is still running.", "Try again in a moment."
            )
        return self.last

    def watch(self, sink: Callable[[RawChange | WatchLost], None]) -> None:
        self._publish(events.WatchChanged(WatchState.STARTING, 0))
        self._watcher = Watcher(self.root, sink)
        if self._watcher.start():
            self.announce_watching()

    @property
    def watch_died(self) -> bool:
        return self._watcher is not None and not self._watcher.alive

    def announce_watching(self, state: WatchState | None = None, reason: str = "") -> None:
        if state is None:
            state = WatchState.WATCHING if self._watcher is not None else WatchState.STOPPED
        self._publish(events.WatchChanged(state, self.last.files if self.last else 0, reason))

    def scan(
        self, cancel: Cancel, files: int = 0, caused_at: float | None = None, quiet: bool = False
    ) -> None:
        """Look at the project now. `quiet` scans show no progress: nobody asked for them."""
        if not quiet:
            self._publish(events.ScanStarted(full=caused_at is None, files=files))
        try:
            done = self._scans.scan(
                cancel,
                progress=None if quiet else self._tell_progress,
                partial=self._publish_early,
                caused_at=None if caused_at is None else lambda: (time.monotonic() - caused_at) * 1_000,
                whole=self._publish_scan,
            )
        except LastMileError as problem:
            self._publish(events.ScanEnded(cancelled=True))
            if not isinstance(problem, ScanCancelled):
                raise
            return
        self._show(done, quiet)

    def _tell_progress(self, phase: str, done: int, total: int) -> None:
        self._publish(events.ScanProgress(phase, done, total))

    def _publish_early(self, scan: Scan) -> None:
        """While engines are at work. A list in which they are still unknown never replaces one that was whole."""
        if self.last is None or not scan.partial:
            self._publish_scan(scan)

    def _publish_scan(self, scan: Scan) -> None:
        self._publish(events.ScanUpdated(scan))

    def _show(self, done: Done, quiet: bool) -> None:
        files_before = self.last.files if self.last else -1
        self.last = done.scan
        self._tell_of_stoppers(done.scan)
        if not quiet:
            self._publish(events.ScanEnded())
        if done.scan.files != files_before and self._watcher is not None and self._watcher.alive:
            self.announce_watching()
        self._publish_balance(done)
        self._publish_features(done)
        if done.unsaved is not None:
            raise done.unsaved

    def _publish_features(self, done: Done) -> None:
        built = done.outcome.view.made(feature_units)
        if built != self._built:
            self._built = built
            self._publish(events.FeaturesBuilt(built))

    def _stopping(self, scan: Scan) -> frozenset[str]:
        rows = self._scans.checklist(scan).rows
        return frozenset(row.id for row in rows if row.band is Band.STOP)

    def _tell_of_stoppers(self, scan: Scan) -> None:
        """One notification for what is new since the last scan, and none for the first one."""
        now = self._stopping(scan)
        before, self._stoppers = self._stoppers, now
        new = sorted(now - before) if before is not None else []
        if new:
            title = self._catalogue.checks[new[0].partition("@")[0]].title_gap
            text = title if len(new) == 1 else f"{title}, and {len(new) - 1} more"
            self._publish(events.StopperAppeared(text, new[0]))

    def _publish_balance(self, done: Done) -> None:
        context, view = done.context, done.outcome.view
        week = build_talk(context.now, context.answers, context.talks, WEEK_DAYS)(view.git)
        plotted = weeks(context.now, context.talks, view.git)
        self._publish(events.BuildTalkChanged(week, view.build_talk, sold(context.talks), plotted))
