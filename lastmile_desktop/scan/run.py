"""One scan: refresh the workspace, ask the engines what they do not know yet, judge every check."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lastmile_desktop import __version__
from lastmile_desktop.core.cancel import Cancel
from lastmile_desktop.core.check import Check, EngineName
from lastmile_desktop.core.errors import ScanCancelled
from lastmile_desktop.core.health import OK, EngineInfo
from lastmile_desktop.engines.engine import Engine
from lastmile_desktop.project.code.sources import is_source
from lastmile_desktop.project.ignore import BINARY_SUFFIXES
from lastmile_desktop.project.tree import Unreadable
from lastmile_desktop.project.view import ProjectView
from lastmile_desktop.scan.engine_state import EngineState, ask_now
from lastmile_desktop.scan.evaluate import OUTSIDE_ENGINES, EngineReport, Judged
from lastmile_desktop.scan.judgements import Judgements
from lastmile_desktop.scan.pauses import without_pauses
from lastmile_desktop.scan.workspace import Context, Refreshed, Workspace

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]

_NONE: frozenset[EngineName] = frozenset()
# How long checks are asked before what has changed so far is shown.
_SLICE_S = 0.02

ENGINE_PHASES = {
    EngineName.SEMGREP: "Following user input through your code",
    EngineName.SECRETS: "Looking for keys and passwords",
    EngineName.MIGRATIONS: "Reading your migrations",
    EngineName.MARKUP: "Checking what screen readers meet",
    EngineName.WORKFLOWS: "Reading your workflows",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one scan found, before history is brought in. `changed` are the paths that differ from the last one;
    `partial` when an engine has not been heard yet at all, so that its checks are unknown; not `settled` when
    some checks have not been asked again yet."""

    view: ProjectView
    judged: tuple[Judged, ...]
    engines: tuple[EngineInfo, ...]
    unread: tuple[tuple[str, str], ...]
    changed: frozenset[str]
    duration_ms: int
    partial: bool = False
    settled: bool = True


@dataclass(slots=True)
class _Asking:
    """Engines at work: what each is asked for, until it has answered."""

    waiting: dict[Future[bool], EngineState]
    total: int

    @property
    def awaited(self) -> frozenset[EngineName]:
        return frozenset(state.engine.name for state in self.waiting.values())

    def tell(self, progress: Progress | None) -> None:
        if progress is not None:
            name = next(iter(self.waiting.values())).engine.name
            progress(ENGINE_PHASES.get(name, str(name)), self.total - len(self.waiting), self.total)

    def collect(self, block: bool) -> None:
        """Take note of who has answered; wait for the next one when `block`."""
        finished, _ = wait(self.waiting, timeout=None if block else 0, return_when=FIRST_COMPLETED)
        for future in finished:
            self.waiting.pop(future)
            future.result()


class Scanner:
    """Scans one folder again and again. Owned by one thread; `close()` ends the engines' children."""

    def __init__(self, root: Path, checks: Mapping[str, Check], engines: Sequence[Engine]) -> None:
        self.root = root
        self._checks = checks
        self._workspace = Workspace(root)
        needed = {name for check in checks.values() for name in check.engines}
        self._states = [EngineState(engine) for engine in engines if engine.name in needed]
        self._judgements = Judgements(checks)
        self._complete = False

    def close(self) -> None:
        for state in self._states:
            state.engine.close()

    def forget(self) -> None:
        """Look at everything again at the next scan."""
        self._workspace.forget()
        self._states = [EngineState(state.engine) for state in self._states]
        self._judgements = Judgements(self._checks)
        self._complete = False

    def scan(
        self,
        context: Context,
        cancel: Cancel | None = None,
        progress: Progress | None = None,
        partial: Callable[[Outcome], None] | None = None,
    ) -> Outcome:
        """The state of the folder now. `partial` is called with what is known so far while engines are at work: checks
        that wait for one say what they said in the scan before.

        Raises ProjectError when the folder cannot be read, ScanCancelled when `cancel` was set.
        """
        with without_pauses():
            return self._scan(context, cancel or Cancel(), progress, partial)

    def _scan(
        self,
        context: Context,
        cancel: Cancel,
        progress: Progress | None,
        partial: Callable[[Outcome], None] | None,
    ) -> Outcome:
        started = time.monotonic()
        refreshed = self._workspace.refresh(context, cancel, progress)
        view = refreshed.view
        unread = _unread_files(view)

        def outcome(awaited: frozenset[EngineName] = _NONE) -> Outcome:
            reports = self._reports()
            within_s = math.inf if partial is None else _SLICE_S
            judged, settled = self._judgements.of(view, reports, awaited, within_s)
            return Outcome(
                view=view,
                judged=judged,
                engines=self._infos(refreshed, reports),
                unread=_with_engines(unread, reports),
                changed=refreshed.changed,
                duration_ms=round((time.monotonic() - started) * 1_000),
                partial=bool(awaited) and not self._complete,
                settled=settled,
            )

        with self._asking(refreshed, cancel) as asking:
            while asking.waiting:
                settled = True
                if partial is not None:
                    early = outcome(asking.awaited)
                    partial(early)
                    settled = early.settled
                asking.tell(progress)
                asking.collect(block=settled)
        if cancel:
            raise ScanCancelled
        self._complete = True
        last = outcome()
        while not last.settled and partial is not None:
            partial(last)
            last = outcome()
        return last

    @contextmanager
    def _asking(self, refreshed: Refreshed, cancel: Cancel) -> Generator[_Asking]:
        """All engines that have something to do, at work side by side; the models are made meanwhile."""
        view = refreshed.view
        asked = [(state, state.stale(view, refreshed.changed)) for state in self._states]
        due = [(state, files) for state, files in asked if files is not None]
        if not due:
            yield _Asking({}, 0)
            return
        with ThreadPoolExecutor(max_workers=len(due), thread_name_prefix="engine") as pool:
            waiting = {pool.submit(ask_now, state, view, cancel, files): state for state, files in due}
            # The engines are other processes: while they work, this thread makes what the detectors will ask for.
            _prepare(view)
            yield _Asking(waiting, len(due))

    def _reports(self) -> dict[EngineName, EngineReport]:
        """One report an engine name; two engines of one name (tree and history) are joined."""
        reports: dict[EngineName, EngineReport] = {}
        for state in self._states:
            report = state.report()
            other = reports.get(state.engine.name)
            reports[state.engine.name] = _joined(other, report) if other else report
        return reports

    def _infos(
        self, refreshed: Refreshed, reports: Mapping[EngineName, EngineReport]
    ) -> tuple[EngineInfo, ...]:
        own = EngineInfo(EngineName.DETECTOR, __version__, OK)
        return (own, refreshed.git, *(reports[name].info for name in sorted(reports)))


def _prepare(view: ProjectView) -> None:
    try:
        view.prepare()
    except Exception as problem:  # noqa: BLE001 - the detectors that need the model meet it again and are unknown
        log.warning("a model could not be made ahead: %s", type(problem).__name__)


def _joined(one: EngineReport, two: EngineReport) -> EngineReport:
    worse = one if not one.info.health.ok else two
    return EngineReport(
        worse.info,
        one.findings + two.findings,
        one.read + two.read,
        dict(one.unread) | dict(two.unread),
        one.notes + two.notes,
    )


def _unread_files(view: ProjectView) -> dict[str, str]:
    """Every file that could not be read, with the reason; pictures and the like are not meant to be."""
    found = {
        entry.path: str(entry.unreadable)
        for entry in view.tree
        if entry.unreadable
        and not (entry.unreadable is Unreadable.BINARY and entry.suffix in BINARY_SUFFIXES)
    }
    for path, outline in view.outlines.items():
        if outline.error and path not in found and is_source(view.tree.files[path]):
            found[path] = outline.error
    return found


def _with_engines(
    files: Mapping[str, str], reports: Mapping[EngineName, EngineReport]
) -> tuple[tuple[str, str], ...]:
    found = dict(files)
    for name in sorted(reports.keys() & OUTSIDE_ENGINES):
        for path, reason in reports[name].unread.items():
            found.setdefault(path, reason)
    return tuple(sorted(found.items()))
