"""data.migration-destructive: pending changes that lose data or strand rows from the first months."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.evidence import at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.migrations.destructive import Danger, dangers, late_columns
from lastmile_desktop.project.models.migrations.pending import Pending, pending_migrations
from lastmile_desktop.project.models.queries.query_sites import file_queries
from lastmile_desktop.project.models.schema.sources import schema_texts
from lastmile_desktop.project.models.schema.tables import key
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.view import ProjectView

CHECK = "data.migration-destructive"
_EARLY = ("idea", "demo", "hobby")
_ENDINGS = {
    "drop": "{path} {what}: there is no way back without a backup.",
    "rename-while-live": "{path} {what} while the running version still asks for the old name.",
    "tighten-without-backfill": "{path} {what}: on the live data it fails, or customers do.",
    "no-down-or-forward": "{path} {what}, and nothing says how to go back or on when it goes wrong.",
}
_ACCEPTS = re.compile(
    r"--accept-data-loss|--force-reset|\bprisma\s+migrate\s+reset\b|\bdrizzle-kit\s+push\b[^\"\n]{0,60}--force\b"
    r"|\bdb\s+reset\s+--linked|\bmigrate:fresh\b"
)
_SCRIPT = re.compile(r"^\s*\"([\w:.-]{1,60})\"\s*:\s*\"(.{1,600})\"", re.MULTILINE)
_BY_HAND = re.compile(
    r"reset|test|dev|local|seed|e2e|fresh|wipe|clean|setup|predev|docker|studio", re.IGNORECASE
)
_FILES = re.compile(
    r"(?:^|/)(?:package\.json|Procfile|Dockerfile[\w.-]*|render\.ya?ml|railway\.(?:json|toml)|fly\.toml|netlify\.toml|vercel\.json"
    r"|(?:docker-)?(?:entrypoint|start|deploy|release)[\w.-]*\.sh)$|^\.github/workflows/[^/]*\.ya?ml$"
)
_METHODS = (
    "toFixed|toLowerCase|toUpperCase|split|map|forEach|filter|toLocaleString|trim|replace|slice|includes|join|length"
    "|startsWith"
)
_ATTEST = (
    "Columns were added after the first rows. Count on the live database how many old rows lack them, and say what "
    "you found."
)


def detect(view: ProjectView) -> Detection:
    pending = pending_migrations(view)
    accepting = tuple(_accepting(view))
    not_applicable = _not_applicable(view, pending)
    if not_applicable is not None and not accepting:
        return Detection(not_applicable=not_applicable)
    key = (view.schema.stamp, view.made(schema_texts), pending.paths)
    found = view.whole(CHECK, key, lambda: dangers(view, pending))
    late = view.whole(f"{CHECK}/late", key, lambda: late_columns(view, pending))
    hurt = {item.path for item in found}
    return Detection(
        findings=(*(_finding(item, pending) for item in found), *_assuming(view, late), *accepting),
        passes=tuple(_passes(pending, hurt)),
        unknowns=tuple(
            Unknown(f"Line {item.place.line} is not valid SQL: {item.error}.", item.place.path)
            for item in view.schema.unparsed
            if item.place.path in pending.paths
        ),
        looked=(Looked("pending migrations", len(pending.pending), len(pending.pending)),),
        needs_attestation=_ATTEST if late else "",
    )


def _not_applicable(view: ProjectView, pending: Pending) -> NotApplicable | None:
    if not view.schema.migrations:
        return NotApplicable("This project has no database migrations.")
    if not (pending.pending or pending.applied or pending.first):
        return NotApplicable(
            "These migrations are not for Postgres, which is all this check can read so far."
        )
    if not pending.pending and not pending.applied:
        return NotApplicable(
            "This is the first version of the database: there is nothing to lose yet.",
            at(pending.first[-1].path, 1),
        )
    stage = view.facts.first("profile.stage")
    if stage is not None and stage.value in _EARLY:
        return NotApplicable("Nobody has data in this yet.", stage.evidence)
    return None


def _finding(item: Danger, pending: Pending) -> RawFinding:
    message = _ENDINGS[item.rule].format(path=item.path.rpartition("/")[2], what=item.what)
    return RawFinding(
        f"{CHECK}/{item.rule}",
        message,
        (at(item.path, item.span.line, item.span.line_end),),
        symbol=f"{item.table}:{item.what}",
        confidence=None if pending.dated else 0.7,
    )


def _assuming(view: ProjectView, late: dict[str, dict[str, tuple[str, int]]]) -> Iterator[RawFinding]:
    """Code that takes for granted what old rows lack."""
    if not late:
        return
    by_key = {key(table.rpartition(".")[2]): columns for table, columns in late.items()}
    for path, found in file_queries(view).items():
        columns = {
            name: place
            for site in found.sites
            for name, place in by_key.get(key(site.query.table), {}).items()
        }
        if not columns:
            continue
        seen: set[str] = set()
        for line, column, method in view.per_file("late.columns", path, _taken_for_granted, ()):
            if column in columns and column not in seen:
                seen.add(column)
                added_in, added_line = columns[column]
                when = added_in.rpartition("/")[2]
                message = f"`.{column}.{method}` fails for rows from before {when}: they have no {column}."
                yield RawFinding(
                    f"{CHECK}/code-assumes-new",
                    message,
                    (at(path, line), at(added_in, added_line)),
                    symbol=f"{path}:{column}",
                )


# Lines above in which a filter, an early return or the condition around a block may have asked for the column.
_ASKED_WITHIN = 16
_GRANTED = re.compile(rf"\b(\w+)\.([a-z]+_[a-z_]+)\.({_METHODS})\b")
# What is being typed or was sent holds what its own form put there, whatever the columns are called.
_TYPED = re.compile(
    r"(?i)form|draft|values|input|body|payload|params|filters?$|^(?:data|state|initial|defaults?|v)$"
)


def _taken_for_granted(text: str) -> tuple[tuple[int, str, str], ...]:
    """Uses of a member of a member without asking whether it is there."""
    found: list[tuple[int, str, str]] = []
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        for match in _GRANTED.finditer(line):
            holder, column, method = match.groups()
            if _TYPED.search(holder):
                continue
            near = "\n".join(lines[max(0, number - _ASKED_WITHIN) : number])
            guard = rf"{column}\s*(?:&&|\?|!=|\|\||\)\s*(?:\{{|return|&&))|if\s*\([^)]*{column}|typeof[^;]*{column}"
            if not re.search(guard, near.replace(match[0], "", 1)):
                found.append((number, column, method))
    return tuple(found)


def _accepting(view: ProjectView) -> Iterator[RawFinding]:
    """Commands that say yes to losing data before anybody has read what is lost."""
    paths = tuple(view.tree.files)
    chosen = view.whole(
        "destructive.paths", paths, lambda: tuple(path for path in paths if _FILES.search(path))
    )
    for path in chosen:
        if path_kind(path) in (PathKind.TEST, PathKind.EXAMPLE):
            continue
        for line, what in view.per_file("destructive.accepts", path, _accepts, ()):
            message = (
                f"`{what}` in {path} throws data away without asking, whatever database it is pointed at."
            )
            yield RawFinding(f"{CHECK}/auto-accept", message, (at(path, line),), symbol=f"{path}:{what}")


def _accepts(text: str) -> tuple[tuple[int, str], ...]:
    found: list[tuple[int, str]] = []
    if text.lstrip().startswith("{"):
        for match in _SCRIPT.finditer(text):
            accepted = _ACCEPTS.search(match[2])
            if accepted is not None and not _BY_HAND.search(match[1]):
                found.append((line_at(text, match.start(1)), accepted[0].strip()))
        return tuple(found)
    if re.search(r"services:\s*\n\s+\w*(?:postgres|db|mysql)", text):
        return ()
    for number, line in enumerate(text.splitlines(), 1):
        accepted = _ACCEPTS.search(line)
        if accepted is not None and not line.lstrip().startswith(("#", "//")):
            found.append((number, accepted[0].strip()))
    return tuple(found)


def _passes(pending: Pending, hurt: set[str]) -> Iterator[PassEvidence]:
    for item in pending.pending:
        if item.path not in hurt:
            yield PassEvidence(derived("takes nothing away that rows or running code need", item.path))
    if not pending.pending and pending.applied:
        newest = pending.applied[-1].path
        yield PassEvidence(
            derived(f"all {len(pending.applied) + len(pending.first)} migrations have run", newest)
        )
