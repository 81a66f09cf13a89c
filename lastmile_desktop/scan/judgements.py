"""What every check says of the project now. A check is asked again only when something it read has changed."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from lastmile_desktop.core.check import Check, EngineName
from lastmile_desktop.project.reads import Difference, Reads, RecordingView
from lastmile_desktop.project.view import ProjectView
from lastmile_desktop.scan.evaluate import EngineReport, Heard, Judged, heard, judge
from lastmile_desktop.scan.excerpts import Excerpts

_NONE: frozenset[EngineName] = frozenset()
# Below this what a check takes is noise.
_SOON_S = 0.002


@dataclass(frozen=True, slots=True)
class _Kept:
    """The last answer of a check, what it rests on, and the seconds it took."""

    said: Heard
    reads: Reads
    judged: tuple[Judged, ...]
    took_s: float
    outdated: bool = False


class Judgements:
    """Remembers the last answer of each check, and what it rests on."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self._kept: dict[str, _Kept] = {}
        self._view: ProjectView | None = None

    def of(
        self,
        view: ProjectView,
        reports: Mapping[EngineName, EngineReport],
        awaited: frozenset[EngineName] = _NONE,
        within_s: float = math.inf,
    ) -> tuple[tuple[Judged, ...], bool]:
        """One item a check and target, and whether all of them are of this view. Checks of the engines that are still
        `awaited` say what they said before, if they said anything yet; so do those that are not come to within so
        many seconds. At least one is asked."""
        self._turn_to(view)
        recording = RecordingView.of(view)
        excerpts = Excerpts(recording)
        said = heard(self._checks.values(), reports)
        settled, until = True, time.monotonic() + within_s
        asked = 0
        for check in sorted(self._checks.values(), key=self._turn, reverse=True):
            kept = self._kept.get(check.id)
            if kept is not None:
                if check.engines & awaited or not (kept.outdated or kept.said != said[check.id]):
                    continue
                if asked and time.monotonic() > until:
                    settled = False
                    continue
                asked += 1
            reads, began = recording.begin(), time.monotonic()
            judged = judge(check, recording, said[check.id], excerpts)
            self._kept[check.id] = _Kept(said[check.id], reads, judged, time.monotonic() - began)
        recording.release()
        return tuple(item for check in self._checks for item in self._kept[check].judged), settled

    def _turn(self, check: Check) -> float:
        """The gravest come first; among those that were asked before, what answers soon does not wait for what takes
        long."""
        kept = self._kept.get(check.id)
        return check.severity.weight / (kept.took_s + _SOON_S if kept is not None else _SOON_S)

    def _turn_to(self, view: ProjectView) -> None:
        before, self._view = self._view, view
        if before is None or before is view:
            return
        difference = Difference(before, view)
        self._kept = {
            name: kept
            if kept.outdated or not difference.touches(kept.reads)
            else replace(kept, outdated=True)
            for name, kept in self._kept.items()
        }
        view.memo.settle()
