"""The scoreboard of each month, kept as it stood. Used on the customer side's thread only."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.scan import Project, Scan
from lastmile_desktop.core.scoreboard import Ground, markdown, outcomes
from lastmile_desktop.store import attestations, conversations, records
from lastmile_desktop.store.database import Database


class Scoreboard:
    """A month's answers move with it and stay as they were when it is over."""

    def __init__(self, db: Database, project: Project) -> None:
        self._db = db
        self._project = project
        self._scored: tuple[int, str, date] | None = None

    def forget(self) -> None:
        """Something it rests on has changed."""
        self._scored = None

    def keep(self, scan: Scan, today: date) -> bool:
        """Bring this month up to date after a scan; whether anything in it is another now."""
        key = (scan.id, scan.commit, today)
        if self._scored == key:
            return False
        self._scored = key
        notebook = records.notebook(self._db, self._project)
        ground = Ground(
            today,
            scan,
            conversations.newest(self._db, self._project),
            notebook.journal,
            attestations.all_of(self._db, self._project),
        )
        month = outcomes(ground)
        known = next((item for item in notebook.outcomes if item.month == month.month), None)
        if known is not None and known.outcomes == month.outcomes:
            return False
        records.keep(self._db, self._project, replace(month, id=known.id if known else 0))
        return True

    def export(self, month: str, path: Path) -> None:
        """One page of Markdown. Raises LastMileError when there is no such month or no writing there."""
        kept = records.notebook(self._db, self._project).outcomes
        found = next((item for item in kept if item.month == month), None)
        if found is None:
            raise LastMileError(
                "Nothing was written", f"There is no scoreboard of {month}.", "Choose another month."
            )
        try:
            path.write_text(markdown(self._project.name, found), encoding="utf-8")
        except OSError as problem:
            raise LastMileError(
                "Nothing was written", f"{path}: {problem.strerror}.", "Choose another place."
            ) from problem
