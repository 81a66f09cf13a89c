"""What each engine says of the project now: kept per file until the file, the tool or its rules change."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from lastmile_desktop.core.cancel import Cancel
from lastmile_desktop.core.finding import RawFinding
from lastmile_desktop.core.health import Condition, EngineInfo, EngineResult, Health
from lastmile_desktop.engines.engine import Engine, EngineRequest
from lastmile_desktop.project.view import ProjectView
from lastmile_desktop.scan.evaluate import EngineReport

# Seconds until an engine that failed so often in a row is asked again: one that takes its whole time limit to fail
# must not do so at every save.
_BACKOFF_S = (0.0, 0.0, 20.0, 60.0, 300.0)


@dataclass(frozen=True, slots=True)
class _Read:
    digest: str
    findings: tuple[RawFinding, ...]
    unread: str = ""


class EngineState:
    """Remembers one engine's answers. What it was not asked again it still says; what failed is asked again, after a
    while when it keeps failing."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self.engine = engine
        self._clock = clock
        self._failures = 0
        self._not_before = 0.0
        self._files: dict[str, _Read] = {}
        self._whole: tuple[RawFinding, ...] = ()
        self._stamp: str | None = None
        self._ran = False
        self._settled = False
        self._info: EngineInfo | None = None
        self._notes: tuple[str, ...] = ()

    def stale(self, view: ProjectView, changed: frozenset[str] | None = None) -> tuple[str, ...] | None:
        """The files it must be asked about, sorted; None when there is nothing to ask. `changed` are the only paths
        that may differ from the last time, None when that is not known."""
        if self._stamp != self.engine.stamp(view):
            self._files, self._whole, self._ran, self._settled = {}, (), False, False
        if changed is None or not self._settled:
            changed = frozenset(self._files) | frozenset(view.tree.files)
        for path in changed:
            if path not in view.tree:
                self._files.pop(path, None)
        if self._clock() < self._not_before:
            return None
        wanted = tuple(
            entry.path
            for path in sorted(changed)
            if (entry := view.tree.files.get(path)) is not None
            and entry.unreadable is None
            and self.engine.reads(entry.path)
            and ((kept := self._files.get(entry.path)) is None or kept.digest != entry.digest)
        )
        # What is wanted and not answered (a scan that was stopped) must be found again at the next look.
        self._settled = self._ran and not wanted
        if self.engine.whole_project:
            return tuple(self._readable(view)) if not self._ran or wanted else None
        return wanted if wanted or not self._ran else None

    def _readable(self, view: ProjectView) -> Iterable[str]:
        return (entry.path for entry in view.tree.readable() if self.engine.reads(entry.path))

    def ask(self, view: ProjectView, files: tuple[str, ...], request: EngineRequest) -> None:
        """Run the engine on these files and keep what it says."""
        result = self._run(request)
        self._info, self._notes = result.info, result.notes
        if result.info.health.condition in (Condition.FAILED, Condition.MISSING):
            # Nothing it said before is forgotten, but it is asked again next time.
            self._ran = self._settled = False
            self._failures += 1
            self._not_before = self._clock() + _BACKOFF_S[min(self._failures, len(_BACKOFF_S) - 1)]
            for path in files:
                self._files.pop(path, None)
            return
        self._failures = 0
        self._stamp, self._ran = self.engine.stamp(view), True
        self._whole = result.whole if request.full or result.whole else self._whole
        self._settled = True
        self._absorb(view, files, result)

    def _run(self, request: EngineRequest) -> EngineResult:
        try:
            return self.engine.run(request)
        except Exception as problem:  # noqa: BLE001 - an engine that breaks its promise is a failed engine
            reason = (
                f"{self.engine.name} broke ({type(problem).__name__}). Scan again; if it stays, report it."
            )
            return EngineResult(EngineInfo(self.engine.name, "", Health(Condition.FAILED, reason)))

    def _absorb(self, view: ProjectView, files: tuple[str, ...], result: EngineResult) -> None:
        for path in files:
            entry = view.tree.files.get(path)
            if entry is None:
                continue
            found = result.findings.get(path)
            why = result.unread.get(
                path, "" if found is not None else f"{self.engine.name} said nothing about it"
            )
            # Out of time or ended on the way: the file is not at fault, so it is asked about again.
            again = bool(why) and result.info.health.condition is Condition.DEGRADED
            self._settled = self._settled and not again
            self._files[path] = _Read("" if again else entry.digest, tuple(found or ()), why)

    def report(self) -> EngineReport:
        info = self._info or EngineInfo(
            self.engine.name, "", Health(Condition.FAILED, f"{self.engine.name} has not run yet.")
        )
        # Copied at once: the engine's thread may be filling it while a list without its news is made.
        files = list(self._files.items())
        read = [item for _, item in files if not item.unread]
        unread: Mapping[str, str] = {path: item.unread for path, item in files if item.unread}
        found = [finding for _, item in files for finding in item.findings]
        return EngineReport(info, (*found, *self._whole), len(read), unread, self._notes)


def ask_now(state: EngineState, view: ProjectView, cancel: Cancel, files: tuple[str, ...] | None) -> bool:
    """Ask an engine about these files; whether there was anything to ask."""
    if files is None:
        return False
    read = (entry.path for entry in view.tree.readable() if state.engine.reads(entry.path))
    one_more = next(islice(read, len(files), None), None)
    state.ask(view, files, EngineRequest(view.tree.root, files, one_more is None, view, cancel))
    return True
