"""A Scan: one evaluation of the tree, kept whole enough to be shown later without the folder."""

from __future__ import annotations

from dataclasses import dataclass, field

from lastmile_desktop.core.facts import FactSet
from lastmile_desktop.core.health import EngineInfo
from lastmile_desktop.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Project:
    """A registered folder. `root` is absolute; `name` is what the founder calls it."""

    id: int
    root: str
    name: str


@dataclass(frozen=True, slots=True)
class Scan:
    """`started` is ISO 8601 in UTC. `commit` is "" without git. `files` counts those looked at, `unread` lists
    (path, reason) of those that could not be read. `partial` scans are shown while the rest is still running and
    never stored. `first_scan` is when the first scan of the project started: what was there then is no news.
    `caused_by_ms` is the time since the save that caused it, None for a scan that was asked for."""

    id: int
    project: str
    started: str
    duration_ms: int
    commit: str
    branch: str
    catalogue: str
    engines: tuple[EngineInfo, ...]
    facts: FactSet
    verdicts: tuple[Verdict, ...]
    files: int
    unread: tuple[tuple[str, str], ...] = ()
    partial: bool = False
    first_scan: str = ""
    caused_by_ms: float | None = None
    notes: tuple[str, ...] = field(default=())

    def verdict(self, row_id: str) -> Verdict | None:
        return next((verdict for verdict in self.verdicts if verdict.row_id == row_id), None)
