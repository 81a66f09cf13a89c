"""Scans of one project, one after the other: what the scanner found, joined with its history, stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from lastmile_desktop.catalogue.load import Catalogue
from lastmile_desktop.core.attestation import Attestation
from lastmile_desktop.core.cancel import Cancel
from lastmile_desktop.core.check import Check
from lastmile_desktop.core.checklist import Checklist, checklist, situation_of
from lastmile_desktop.core.conversation import asked_checks
from lastmile_desktop.core.errors import StoreError
from lastmile_desktop.core.facts import FactSet
from lastmile_desktop.core.journal import repeated_checks
from lastmile_desktop.core.known import Known
from lastmile_desktop.core.notebook import Notebook
from lastmile_desktop.core.portfolio import ProjectCard
from lastmile_desktop.core.ranking import Band, users_of
from lastmile_desktop.core.scan import Project, Scan
from lastmile_desktop.engines.engine import Engine
from lastmile_desktop.project import suppressions
from lastmile_desktop.scan.balance import build_talk
from lastmile_desktop.scan.evaluate import Judged
from lastmile_desktop.scan.reconcile import Reconciled, reconcile
from lastmile_desktop.scan.run import Outcome, Scanner
from lastmile_desktop.scan.workspace import Context
from lastmile_desktop.store import attestations, conversations, projects, records, scans
from lastmile_desktop.store.database import Database

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Done:
    """`context` is what was known beside the folder when the scan began. `unsaved` says why the scan could not be
    stored; what it found is still right."""

    scan: Scan
    outcome: Outcome
    context: Context
    unsaved: StoreError | None = None


class ProjectScans:
    """Owned by the worker. Without a database (`db` None) nothing is remembered from scan to scan but in memory."""

    def __init__(
        self,
        project: Project,
        catalogue: Catalogue,
        engines: Sequence[Engine],
        db: Database | None,
        clock: Callable[[], datetime],
        checks: Mapping[str, Check] | None = None,
        answers: Mapping[str, str] | None = None,
        portfolio: Callable[[], tuple[ProjectCard, ...]] = tuple,
    ) -> None:
        self.project = project
        self._catalogue = catalogue
        self._checks = checks or catalogue.checks
        self._db = db
        self._clock = clock
        self._given_answers = dict(answers or {})
        self._portfolio = portfolio
        self._scanner = Scanner(Path(project.root), self._checks, engines)
        self._known: dict[str, Known] | None = None
        self._first_started = ""
        self._shown: tuple[Judged, ...] = ()
        self._asked: frozenset[str] = frozenset()
        self._repeated: frozenset[str] = frozenset()

    def close(self) -> None:
        self._scanner.close()

    def forget(self) -> None:
        self._scanner.forget()

    def answers(self) -> dict[str, str]:
        stored = projects.answers(self._db, self.project) if self._db else {}
        return {**stored, **self._given_answers}

    def users(self) -> int:
        """How many users the founder says there are today."""
        return users_of(self.answers())

    def scan(
        self,
        cancel: Cancel | None = None,
        progress: Progress | None = None,
        partial: Callable[[Scan], None] | None = None,
        caused_at: Callable[[], float] | None = None,
        whole: Callable[[Scan], None] | None = None,
    ) -> Done:
        """One scan. `caused_at` gives the milliseconds since the save that caused it, asked for when it is done.
        `partial` is shown what has changed already while engines are at work, `whole` the result before it is
        stored: nobody waits for a slow engine or the disk."""
        now = self._clock().astimezone(UTC)
        context = self._context(now)
        known = self._history()

        def made(outcome: Outcome, reconciled: Reconciled) -> Scan:
            scan = self._as_scan(outcome, reconciled, now)
            return scan if caused_at is None else replace(scan, caused_by_ms=round(caused_at(), 1))

        def show(outcome: Outcome) -> None:
            if partial is not None and outcome.judged != self._shown:
                self._shown = outcome.judged
                partial(made(outcome, self._reconciled(outcome, known, now)))

        outcome = self._scanner.scan(context, cancel, progress, show if partial else None)
        self._shown = outcome.judged
        reconciled = self._reconciled(outcome, known, now)
        scan = made(outcome, reconciled)
        self._remember(scan, reconciled)
        if whole is not None:
            whole(scan)
        return self._stored(scan, reconciled, outcome, context)

    def checklist(self, scan: Scan) -> Checklist:
        """The scan in order; what customers asked for and what broke twice is as it was when the last one began."""
        situation = situation_of(scan, self.users(), self._asked, self._repeated)
        return checklist(scan, self._catalogue.checks, situation)

    def _context(self, now: datetime) -> Context:
        talks = conversations.newest(self._db, self.project) if self._db else ()
        notebook = records.notebook(self._db, self.project) if self._db else Notebook()
        self._asked = asked_checks(talks)
        self._repeated = repeated_checks(notebook.journal, now.date())
        answers = self.answers()
        return Context(now, answers, build_talk(now, answers, talks), talks, notebook, self._portfolio())

    def _history(self) -> dict[str, Known]:
        if self._known is None:
            self._known = dict(scans.known(self._db, self.project)) if self._db else {}
            self._first_started = scans.first_started(self._db, self.project) if self._db else ""
        return self._known

    def _reconciled(self, outcome: Outcome, known: Mapping[str, Known], now: datetime) -> Reconciled:
        decided = suppressions.parse(outcome.view.text(suppressions.FILE))
        return reconcile(
            outcome.judged,
            known,
            decided.entries,
            self._live_attestations(outcome.view.facts),
            frozenset(outcome.view.tree.files),
            now.isoformat(),
        )

    def _live_attestations(self, facts: FactSet) -> tuple[Attestation, ...]:
        """Stored attestations; one whose voiding facts have changed since is marked void for good."""
        if self._db is None:
            return ()
        live: list[Attestation] = []
        for item in attestations.all_of(self._db, self.project):
            changed = next((key for key, value in item.facts if ", ".join(facts.values(key)) != value), None)
            if changed and not item.voided:
                attestations.void(self._db, self.project, item, f"{changed} changed")
            live.append(replace(item, voided=f"{changed} changed") if changed else item)
        return tuple(live)

    def _as_scan(self, outcome: Outcome, reconciled: Reconciled, now: datetime) -> Scan:
        git = outcome.view.git
        return Scan(
            id=0,
            project=self.project.name,
            started=now.isoformat(timespec="milliseconds"),
            duration_ms=outcome.duration_ms,
            commit=git.head,
            branch=git.branch,
            catalogue=self._catalogue.version,
            engines=outcome.engines,
            facts=outcome.view.facts,
            verdicts=reconciled.verdicts,
            files=len(outcome.view.tree.files),
            unread=outcome.unread,
            partial=outcome.partial,
            first_scan=self._first_started or now.isoformat(timespec="milliseconds"),
            notes=(
                *outcome.view.policy.problems,
                *suppressions.parse(outcome.view.text(suppressions.FILE)).problems,
            ),
        )

    def _remember(self, scan: Scan, reconciled: Reconciled) -> None:
        known = self._history()
        self._first_started = self._first_started or scan.started
        for finding in reconciled.gone:
            known[finding.fingerprint] = Known(finding, finding.first_seen, finding.life)
        for verdict in scan.verdicts:
            for finding in verdict.findings:
                known[finding.fingerprint] = Known(finding, finding.first_seen, finding.life)

    def _stored(self, scan: Scan, reconciled: Reconciled, outcome: Outcome, context: Context) -> Done:
        if self._db is None:
            return Done(scan, outcome, context)
        stoppers = self.checklist(scan).count(Band.STOP)
        try:
            saved = scans.save(self._db, self.project, scan, reconciled.gone, stoppers)
        except StoreError as problem:
            return Done(scan, outcome, context, problem)
        return Done(saved, outcome, context)
