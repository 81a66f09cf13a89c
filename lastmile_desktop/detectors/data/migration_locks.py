"""data.migration-locks: a pending migration that holds up a table in use.

Migrations in SQL files are judged twice: by squawk, and here by the changes that the schema was folded
from. What is known here (a table made in the same batch, the type a column had) overrules squawk; where a
statement could not be read here, squawk's word stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lastmile_desktop.core.evidence import at, derived
from lastmile_desktop.core.finding import (
    Detection,
    Looked,
    NotApplicable,
    PassEvidence,
    RawFinding,
    Unknown,
)
from lastmile_desktop.project.models.migrations.lock_hazards import Hazard, Known, hazards, touches
from lastmile_desktop.project.models.migrations.migration_content import content_of
from lastmile_desktop.project.models.migrations.pending import Pending, pending_migrations
from lastmile_desktop.project.models.schema.model import Migration, Tenancy
from lastmile_desktop.project.models.schema.sources import schema_texts
from lastmile_desktop.project.models.sql import sql_changes as sql
from lastmile_desktop.project.models.sql.sql_changes import Span, SqlFile, Statement
from lastmile_desktop.project.view import ProjectView

CHECK = "data.migration-locks"
BRIEF = "trigger-policy-hot-table"
SQUAWK_RULES = frozenset({
    "index-not-concurrent", "set-not-null", "constraint-validates", "unique-constraint", "type-change",
    "volatile-default", "stored-generated", "rename",
})  # fmt: skip
_PYTHON_TOOLS = frozenset({"alembic", "django"})
_LOOKUP = re.compile(
    r"(?:^|_)(?:countries|currencies|languages|locales|timezones|settings|config|app_config|feature_flags|plans"
    r"|roles|permissions|statuses|units|lookups?)$"
)
_TIMEOUT = re.compile(r"\b(?:lock_timeout|statement_timeout)\b", re.IGNORECASE)
_TIMEOUT_FILES = re.compile(
    r"(?:^|/)(?:env|alembic|settings[^/]{0,40}|database|db|config)\.(?:py|ini|toml|cfg)$"
)
_FOR_ROLE = re.compile(
    r"\balter\s+(?:role|user|database)\b[^;]{1,200}\b(?:lock|statement)_timeout\b", re.IGNORECASE
)
_WRAPS = re.compile(
    r"^--\s*(?:migrate:up(?![^\n]*transaction:\s*false)|\+goose\s+Up|\+migrate\s+Up(?![^\n]*notransaction))",
    re.IGNORECASE | re.MULTILINE,
)
_UNWRAPPED = re.compile(r"^--\s*\+goose\s+NO\s+TRANSACTION", re.IGNORECASE | re.MULTILINE)
_UNDATED_CONFIDENCE = 0.8


@dataclass(frozen=True, slots=True)
class _File:
    """A pending migration with everything it does that holds up a table in use, in order."""

    migration: Migration
    content: SqlFile
    found: tuple[tuple[Hazard, Statement], ...]
    locked: tuple[Span, ...]
    """Statements that lock a table in use at all."""


@dataclass(frozen=True, slots=True)
class _Study:
    files: tuple[_File, ...] = ()
    timeouts: bool = False
    problems: tuple[tuple[str, int, str], ...] = field(default=())


def detect(view: ProjectView) -> Detection:
    pending = pending_migrations(view)
    not_applicable = _not_applicable(view, pending)
    if not_applicable is not None:
        return Detection(not_applicable=not_applicable)
    study = _study(view, pending)
    findings: list[RawFinding] = []
    for file in study.files:
        findings.extend(_own_findings(view, file, pending, study))
    hurt = {finding.path for finding in findings} | {
        file.migration.path
        for file in study.files
        if any(hazard.rule in SQUAWK_RULES for hazard, _ in file.found)
    }
    return Detection(
        findings=tuple(findings),
        passes=tuple(_passes(study, pending, hurt)),
        unknowns=tuple(
            Unknown(f"Line {line} is not valid SQL: {why}.", path) for path, line, why in study.problems
        ),
        looked=(Looked("pending migrations", len(study.files), len(pending.pending)),),
    )


def refine(view: ProjectView, findings: tuple[RawFinding, ...]) -> tuple[RawFinding, ...]:
    """squawk's findings that hold for tables in use, and those that squawk had no chance to see."""
    pending = pending_migrations(view)
    if _not_applicable(view, pending) is not None:
        return ()
    study = _study(view, pending)
    kept: list[RawFinding] = []
    for file in study.files:
        if file.migration.tool in _PYTHON_TOOLS:
            continue
        here = [finding for finding in findings if finding.path == file.migration.path]
        kept.extend(_merged(view, file, here, pending))
    return tuple(kept)


def _merged(
    view: ProjectView, file: _File, squawk: list[RawFinding], pending: Pending
) -> Iterator[RawFinding]:
    """Each hazard once, on the line that squawk names when both see it."""
    for hazard, statement in file.found:
        if hazard.rule not in SQUAWK_RULES or statement.in_block:
            continue
        lines = {
            finding.evidence[0].line_start
            for finding in squawk
            if finding.rule.endswith(f"/{hazard.rule}") and _within(finding, statement.span)
        }
        line = hazard.span.line
        if len(lines) == 1 and hazard.span == statement.span:
            line = lines.pop()
        yield _finding(view, hazard, file.migration.path, line, pending)
    for finding in squawk:
        if not any(
            _within(finding, statement.span) and not statement.error for statement in file.content.statements
        ):
            yield finding


def _within(finding: RawFinding, span: Span) -> bool:
    return span.line <= finding.evidence[0].line_start <= span.line_end


def _not_applicable(view: ProjectView, pending: Pending) -> NotApplicable | None:
    migrations = view.schema.migrations
    if not migrations:
        return NotApplicable("This project has no database migrations.")
    others = [item for item in migrations if item.dialect != "postgres"]
    if len(others) == len(migrations):
        return NotApplicable(
            f"These migrations are for {others[0].dialect}; the question is about Postgres locks.",
            at(others[0].path, 1),
        )
    if not pending.pending and not pending.applied:
        first = pending.first[-1].path if pending.first else migrations[0].path
        return NotApplicable(
            "This is the first version of the database: no customer is using a table yet.", at(first, 1)
        )
    stage = view.facts.first("profile.stage")
    if stage is not None and stage.value in ("idea", "hobby"):
        return NotApplicable("Nobody is using this yet, so nothing can be held up.", stage.evidence)
    return None


def _study(view: ProjectView, pending: Pending) -> _Study:
    key = (view.schema.stamp, view.made(schema_texts), pending.paths)
    return view.whole(CHECK, key, lambda: _studied(view, pending))


def _studied(view: ProjectView, pending: Pending) -> _Study:
    known = Known()
    before: set[str] = set()
    for migration in pending.before:
        for statement in content_of(view, migration).statements:
            for change in statement.changes:
                if isinstance(change, sql.CreateTable):
                    before.add(change.table)
                known.learn(change)
    known.fresh.clear()
    contents = {migration.path: content_of(view, migration) for migration in pending.pending}
    new = _created(contents.values()) - before
    files = tuple(
        _file(view, migration, contents[migration.path], known, new) for migration in pending.pending
    )
    problems = tuple(
        (file.migration.path, statement.span.line, statement.error)
        for file in files
        for statement in file.content.statements
        if statement.error
    )
    return _Study(files, _timeouts_set(view), problems)


def _created(contents: Iterable[SqlFile]) -> set[str]:
    """Tables that the pending batch itself makes, under all names they get."""
    names: set[str] = set()
    for content in contents:
        for statement in content.statements:
            for change in statement.changes:
                if isinstance(change, sql.CreateTable):
                    names.add(change.table)
                elif isinstance(change, sql.MoveTable) and change.table in names:
                    names.add(change.to)
                elif isinstance(change, sql.CreateView):
                    names.add(change.name)
    return names


def _file(view: ProjectView, migration: Migration, content: SqlFile, known: Known, new: set[str]) -> _File:
    known.tool = migration.tool
    known.unproven.clear()
    known.inside = _opens_transaction(view, migration, content)
    found: list[tuple[Hazard, Statement]] = []
    locked: list[Span] = []
    for statement in content.statements:
        for change in statement.changes:
            table = touches(change)
            if table and _in_use(view, table, new) and _locks(change):
                locked.append(change.span)
            refreshed = (
                isinstance(change, sql.Rebuild) and change.what == sql.REFRESH and change.table not in new
            )
            found.extend(
                (item, statement)
                for item in hazards(change, known)
                if refreshed or _in_use(view, item.table, new)
            )
            known.learn(change)
            if isinstance(change, sql.Transaction):
                known.inside = change.what == "begin"
                known.unproven.clear()
    return _File(migration, content, tuple(found), tuple(locked))


def _locks(change: sql.Change) -> bool:
    """Row locks and CONCURRENTLY do not make the whole table wait."""
    if isinstance(change, sql.WriteRows | sql.Rebuild):
        return isinstance(change, sql.Rebuild)
    return not getattr(change, "concurrently", False)


def _in_use(view: ProjectView, table: str, new: set[str]) -> bool:
    if table in new or table in view.schema.views:
        return False
    known = view.schema.table(table) if table else None
    small = known is not None and known.tenancy is Tenancy.NONE and _LOOKUP.search(known.bare_name)
    return not small


def _own_findings(view: ProjectView, file: _File, pending: Pending, study: _Study) -> Iterator[RawFinding]:
    path = file.migration.path
    timeouts = study.timeouts or _sets_timeouts(view, file)
    brief: set[str] = set()
    for hazard, statement in file.found:
        if hazard.rule == BRIEF:
            if not timeouts and hazard.table not in brief:
                brief.add(hazard.table)
                yield _finding(view, hazard, path, hazard.span.line, pending)
        elif hazard.rule not in SQUAWK_RULES or statement.in_block or file.migration.tool in _PYTHON_TOOLS:
            yield _finding(view, hazard, path, hazard.span.line, pending)
    yield from _concurrent_in_transaction(view, file, pending)
    yield from _enum_in_transaction(view, file, pending)
    heavy = [
        span
        for span in file.locked
        if not any(item.rule == BRIEF and item.span == span for item, _ in file.found)
    ]
    if heavy and not timeouts:
        message = "This migration sets no lock_timeout: if it has to wait for a table, everyone else waits behind it."
        yield _finding(view, Hazard("no-timeouts", "", heavy[0], message), path, heavy[0].line, pending)


def _concurrent_in_transaction(view: ProjectView, file: _File, pending: Pending) -> Iterator[RawFinding]:
    """CONCURRENTLY is refused inside a transaction, which most tools open around a file."""
    inside = _opens_transaction(view, file.migration, file.content)
    for statement in file.content.statements:
        for change in statement.changes:
            if isinstance(change, sql.Transaction):
                inside = change.what == "begin"
            elif isinstance(change, sql.CreateIndex | sql.DropIndex) and change.concurrently and inside:
                message = "CONCURRENTLY is not allowed inside a transaction, and this file runs in one: it will fail."
                hazard = Hazard("concurrent-in-transaction", touches(change), change.span, message)
                yield _finding(view, hazard, file.migration.path, change.span.line, pending)


def _opens_transaction(view: ProjectView, migration: Migration, content: SqlFile) -> bool:
    match migration.tool:
        case "drizzle" | "alembic" | "django":
            return True
        case "prisma" | "supabase":
            return len(content.statements) > 1
        case _:
            return view.per_file("sql.wraps", migration.path, _is_wrapped, False)


def _is_wrapped(text: str) -> bool:
    return bool(_WRAPS.search(text)) and not _UNWRAPPED.search(text)


def _enum_in_transaction(view: ProjectView, file: _File, pending: Pending) -> Iterator[RawFinding]:
    """A new enum value may not be used in the transaction that adds it."""
    inside = file.migration.tool != "sql" or _opens_transaction(view, file.migration, file.content)
    for statement in file.content.statements:
        for change in statement.changes:
            if isinstance(change, sql.Transaction):
                inside = change.what == "begin"
            elif isinstance(change, sql.EnumValue) and inside:
                line = _used_after(view, file.migration.path, change)
                if line:
                    message = f"The new value {change.value} is used in the transaction that adds it: this will fail."
                    hazard = Hazard("enum-add-in-tx", "", change.span, message)
                    yield _finding(view, hazard, file.migration.path, change.span.line, pending)


def _used_after(view: ProjectView, path: str, change: sql.EnumValue) -> int:
    lines = (view.text(path) or "").splitlines()
    needle = f"'{change.value}'"
    for number, line in enumerate(lines[change.span.line_end :], change.span.line_end + 1):
        plain = line.partition("--")[0]
        if needle in plain and "ADD VALUE" not in plain.upper():
            return number
    return 0


def _sets_timeouts(view: ProjectView, file: _File) -> bool:
    return view.per_file("sql.timeout", file.migration.path, _mentions_timeout, False)


def _mentions_timeout(text: str) -> bool:
    return bool(_TIMEOUT.search(text))


def _timeouts_set(view: ProjectView) -> bool:
    """Whether the role or the migration tool has a limit for every migration."""
    for migration in view.schema.migrations:
        if view.per_file("sql.role-timeout", migration.path, _limits_role, False):
            return True
    return any(
        view.per_file("timeout.config", entry.path, _mentions_timeout, False)
        for entry in view.tree.readable()
        if _TIMEOUT_FILES.search(entry.path)
    )


def _limits_role(text: str) -> bool:
    return bool(_FOR_ROLE.search(text))


def _finding(view: ProjectView, hazard: Hazard, path: str, line: int, pending: Pending) -> RawFinding:
    known = bool(hazard.table) and hazard.table in view.schema.tables
    sure = pending.dated and (known or not hazard.table)
    return RawFinding(
        f"{CHECK}/{hazard.rule}",
        hazard.message,
        (at(path, line, hazard.span.line_end if line == hazard.span.line else line),),
        symbol=hazard.table.removeprefix("public."),
        confidence=None if sure else _UNDATED_CONFIDENCE,
    )


def _passes(study: _Study, pending: Pending, hurt: set[str]) -> Iterator[PassEvidence]:
    for file in study.files:
        if file.migration.path not in hurt:
            yield PassEvidence(derived("holds up no table in use", file.migration.path))
    if not pending.pending:
        newest = pending.applied[-1].path
        count = len(pending.applied) + len(pending.first)
        yield PassEvidence(
            derived(f"all {count} migrations are older than two weeks and count as applied", newest)
        )
