"""data.backup-unproven: could the data be brought back, and has anyone tried.

Files can show a backup that runs and commands that endanger the data; that a restore works, only a person can
say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, absent, at
from lastmile_desktop.core.facts import Fact
from lastmile_desktop.core.finding import (
    Detection,
    Looked,
    NotApplicable,
    PassEvidence,
    RawFinding,
)
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.settings.backups import Backups, Dump, build
from lastmile_desktop.project.models.usage.purpose import hosted_by_others
from lastmile_desktop.project.policy import POLICY_FILE
from lastmile_desktop.project.view import ProjectView

_CHECK = "data.backup-unproven"
_MANAGED = "db.provider"
_DATABASE_IMAGE = re.compile(
    r"^\s+image:\s*[\"']?(?:[\w./-]*/)?(postgres|postgis|mysql|mariadb|mongo)(?::|[\"']?\s*$)", re.MULTILINE
)
_STAYS_UP = re.compile(r"restart:\s*[\"']?(?:always|unless-stopped)")
_COMPOSE = re.compile(r"(?:^|/)(?:docker-)?compose[^/]*\.ya?ml$")
_APP_SERVICE = re.compile(r"^\s+(?:build|depends_on)\s*:", re.MULTILINE)
_SERVICE_HEAD = re.compile(r"^(?: {2}| {4}|\t)[\w.-]+:\s*$", re.MULTILINE)
_DEVELOPMENT_BUILD = re.compile(r"target:\s*[\"']?dev|NODE_ENV[=:]\s*[\"']?development|ENV:\s*dev\b")
_DEVELOPMENT = re.compile(r"dev|local|test|override|example|ci\b", re.IGNORECASE)
_NO_BACKUP_PLAN = re.compile(r"\b(?:free|hobby|starter|trial)\b", re.IGNORECASE)


def detect(view: ProjectView) -> Detection:
    store = _store(view)
    if store is None:
        return Detection(not_applicable=NotApplicable("Nothing here keeps data that could be lost."))
    backups = build(view)
    findings = (
        *_wipes(backups),
        *_committed(backups),
        *_plan(view, store),
        *_schedule(view, backups),
        *(finding for dump in backups.scheduled for finding in _of_dump(view, dump)),
        *_tolerance(view, backups),
    )
    return Detection(
        findings=findings,
        passes=tuple(PassEvidence(at(dump.path, dump.line)) for dump in backups.scheduled),
        looked=(Looked("places that copy data", len(backups.dumps), len(backups.dumps)),),
        needs_attestation=_question(view, store, backups),
    )


def _store(view: ProjectView) -> Fact | None:
    for key in ("db.provider", "db.engine", "storage", "db.orm"):
        fact = view.facts.first(key)
        if fact is not None:
            return fact
    return None


def _question(view: ProjectView, store: Fact, backups: Backups) -> str:
    where = store.value.capitalize() if store.key == _MANAGED else "your database"
    if backups.scheduled:
        return (
            "A backup runs by itself, but nobody has shown that it can be restored. Restore one and say so."
        )
    return (
        f"Nothing here shows that {where} can be restored. Look up what your plan keeps, restore one backup into "
        "a scratch project, and say what you saw."
    )


def _wipes(backups: Backups) -> Iterator[RawFinding]:
    for wipe in backups.wipes:
        message = (
            f"A command in {wipe.path} {wipe.what}; pointed at production it destroys your customers' data."
        )
        yield RawFinding(
            f"{_CHECK}/reset-script",
            message,
            (at(wipe.path, wipe.line),),
            symbol=f"{wipe.path}:{wipe.what}",
            severity=wipe.severity,
            confidence=wipe.confidence,
        )


def _committed(backups: Backups) -> Iterator[RawFinding]:
    for copy in backups.committed:
        place = at(copy.path, copy.line) if copy.line else absent("a copy of a database", copy.path)
        message = f"{copy.path} is a copy of your data, readable for everyone who has the code."
        yield RawFinding(
            f"{_CHECK}/unencrypted-dump", message, (place,), copy.path, confidence=copy.confidence
        )
    for dump in backups.dumps:
        if dump.artifact_line and not dump.encrypted:
            message = f"The workflow {dump.path} offers an unencrypted copy of your database for download."
            yield RawFinding(
                f"{_CHECK}/unencrypted-dump", message, (at(dump.path, dump.artifact_line),), dump.path
            )


def _plan(view: ProjectView, store: Fact) -> Iterator[RawFinding]:
    plan = view.facts.first("profile.db_plan")
    if plan is None or not _NO_BACKUP_PLAN.search(plan.value) or store.evidence is None:
        return
    message = (
        f"You said your database is on the plan “{plan.value}”, which keeps no backups you could restore."
    )
    yield RawFinding(f"{_CHECK}/plan-has-none", message, (store.evidence,), symbol=store.value)


def _schedule(view: ProjectView, backups: Backups) -> Iterator[RawFinding]:
    if backups.scheduled:
        return
    managed = view.facts.has(_MANAGED)
    for dump in backups.dumps:
        message = f"{dump.path} can back up the database, but nothing runs it by itself."
        yield RawFinding(
            f"{_CHECK}/no-schedule",
            message,
            (at(dump.path, dump.line),),
            symbol=dump.path,
            # The machine itself may start it by the clock, which no file here would tell.
            severity=Severity.MEDIUM if managed else Severity.HIGH,
        )
        return
    if managed:
        return
    place = _self_hosted(view) or _single_file(view)
    if place is not None and hosted_by_others(view) is None:
        message = "You run the database yourself, and nothing here copies it anywhere."
        yield RawFinding(f"{_CHECK}/no-schedule", message, (place,), symbol="self-hosted", confidence=0.7)


def _self_hosted(view: ProjectView) -> Evidence | None:
    """A database container that stays up beside the app, in the compose file that production would use."""
    files = [path for path in view.tree.files if _COMPOSE.search(path) and not _DEVELOPMENT.search(path)]
    production = [path for path in files if "prod" in path.rpartition("/")[2]]
    for path in (*production, *files):
        text = view.text(path) or ""
        image = _DATABASE_IMAGE.search(text)
        if image is None or not _APP_SERVICE.search(text) or _DEVELOPMENT_BUILD.search(text):
            continue
        if _STAYS_UP.search(_service_around(text, image.start(1))):
            return at(path, line_at(text, image.start(1)))
    return None


def _service_around(text: str, position: int) -> str:
    """The lines of the compose service that holds this position."""
    heads = [match.start() for match in _SERVICE_HEAD.finditer(text)]
    start = max((head for head in heads if head < position), default=0)
    end = min((head for head in heads if head > position), default=len(text))
    return text[start:end]


def _single_file(view: ProjectView) -> Evidence | None:
    """SQLite as the only database of something that is deployed."""
    engines = set(view.facts.values("db.engine"))
    fact = view.facts.first("db.engine", None)
    return fact.evidence if fact and engines == {"sqlite"} and view.facts.has("host") else None


def _of_dump(view: ProjectView, dump: Dump) -> Iterator[RawFinding]:
    storage = view.facts.first("storage")
    if storage is not None and not dump.files:
        message = (
            f"The backup in {dump.path} copies the database, but not the files in {storage.value} storage."
        )
        yield RawFinding(f"{_CHECK}/files-not-covered", message, (at(dump.path, dump.line),), dump.path)
    if dump.same_project_line:
        message = f"The backup in {dump.path} is kept in the same project that it is a copy of."
        place = at(dump.path, dump.same_project_line)
        yield RawFinding(f"{_CHECK}/same-blast-radius", message, (place,), dump.path)
    elif not dump.leaves:
        message = f"The backup in {dump.path} stays on the machine that it is a copy of."
        yield RawFinding(
            f"{_CHECK}/same-blast-radius", message, (at(dump.path, dump.line),), dump.path, confidence=0.7
        )


def _tolerance(view: ProjectView, backups: Backups) -> Iterator[RawFinding]:
    if backups.scheduled and view.policy.rpo_hours is None:
        message = "A backup runs, but nobody has decided how many hours of data you can afford to lose."
        place = absent("no rpo_hours in [backup]", POLICY_FILE)
        yield RawFinding(f"{_CHECK}/rpo-unstated", message, (place,), symbol="rpo")
