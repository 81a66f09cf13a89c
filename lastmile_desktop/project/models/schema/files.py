"""Which files build the database, by which tool, and in what order they are applied."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, cast

from lastmile_desktop.project.models.schema.model import Migration
from lastmile_desktop.project.models.sql.sql_changes import SqlFile
from lastmile_desktop.project.models.sql.sql_parse import read_sql
from lastmile_desktop.project.path_kinds import is_tools_own

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_SKIPPED_FOLDERS = re.compile(
    r"(?:^|/)(?:\.bolt/supabase_discarded_migrations|node_modules|tests?|__tests__|fixtures|examples?|docs?"
    r"|seeds?|(?!\d{6})[^/]{0,40}archived?[^/]{0,40}|backups?|deprecated|discarded|old|rollbacks?|down)(?=/)",
    re.IGNORECASE,
)
_SKIPPED_NAMES = re.compile(
    r"(?:^|[._-])(?:down|rollback|undo|seeds?|revert|dump|backup|test|sample|verify|check|debug|diagnos\w{1,10}|cleanup"
    r"|queries|query|snippets?)(?:[._-]|$)",
    re.IGNORECASE,
)
_TAKES_BACK = re.compile(r"[._-](?:down|rollback|undo)\.sql$", re.IGNORECASE)
_NUMBERED = re.compile(r"\d|V\d")
_BUILDS = re.compile(
    r"\b(?:create\s+(?:table|policy|view|or\s+replace)|alter\s+table|row\s+level\s+security)\b", re.I
)
_STAMP = re.compile(r"^(?:V)?(20\d\d)[-_]?([01]\d)[-_]?([0-3]\d)[-_]?(?:([0-2]\d)([0-5]\d))?")
_DIGITS = re.compile(r"(\d+)")
_BASE_NAMES = re.compile(
    r"(?:^|[_.-])(?:schema|init|initial|setup|base|structure|create_tables|database)", re.I
)
_PRISMA_PROVIDER = re.compile(r"datasource\s+\w+\s*\{[^}]{0,2000}?\bprovider\s*=\s*\"(\w+)\"", re.DOTALL)
_DRIZZLE_DIALECTS = {
    "postgresql": "postgres",
    "pg": "postgres",
    "mysql": "mysql",
    "sqlite": "sqlite",
    "turso": "sqlite",
}
_ENDINGS = (".sql", ".py", ".prisma", "meta/_journal.json", "supabase/config.toml")
_EMPTY = SqlFile()


@dataclass(frozen=True, slots=True)
class SqlSource:
    """A migration file with its statements. `strays` are SQL files outside a tool's folder in a project
    that has a tool: whether they ever ran is not known."""

    migration: Migration
    content: SqlFile
    stray: bool = False


@dataclass(frozen=True, slots=True)
class SchemaFiles:
    """The files that may say something of the database, picked out of the tree in one pass."""

    sql: tuple[str, ...]
    python: tuple[str, ...]
    prisma: tuple[str, ...]
    journals: tuple[str, ...]
    supabase_configs: tuple[str, ...]


def schema_files(view: ProjectView) -> SchemaFiles:
    """Readable files by kind, in the tree's order."""
    found: dict[str, list[str]] = {ending: [] for ending in _ENDINGS}
    for path, entry in view.tree.files.items():
        if not path.endswith(_ENDINGS) or is_tools_own(path):
            continue
        if entry.unreadable is None and not entry.ignored_by_git:
            found[next(ending for ending in _ENDINGS if path.endswith(ending))].append(path)
    return SchemaFiles(*(tuple(found[ending]) for ending in _ENDINGS))


def sql_sources(view: ProjectView, files: SchemaFiles) -> tuple[SqlSource, ...]:
    """All SQL files that build the database, in the order they are applied."""
    journals = _journals(view, files)
    providers = _prisma_dialects(view, files)
    tools: list[tuple[Migration, tuple[object, ...]]] = []
    plain: list[tuple[Migration, tuple[object, ...]]] = []
    for path in files.sql:
        migration = _by_tool(path, journals, providers)
        if migration is not None:
            tools.append((migration, _tool_order(migration, journals)))
        elif _is_plain(path):
            plain.append((_migration(path, "sql", str(PurePosixPath(path).parent)), _plain_order(path)))
    tools = _without_declarative_twins(tools)
    first = [_read(view, migration) for migration, _ in sorted(tools, key=lambda item: item[1])]
    then = [
        _read(view, migration, stray=bool(tools)) for migration, _ in sorted(plain, key=lambda item: item[1])
    ]
    kept = [
        source for source in [*first, *then] if source.migration.tool != "sql" or source.content.statements
    ]
    return tuple(
        replace(
            source,
            migration=replace(source.migration, order=order, dialect=_dialect(source), stray=source.stray),
        )
        for order, source in enumerate(kept)
    )


def named_date(path: str) -> datetime | None:
    """The moment in a migration's name, as `20250131093000_init.sql` or
    `prisma/migrations/20250131093000_init/`."""
    pure = PurePosixPath(path)
    name = pure.parent.name if pure.name == "migration.sql" else pure.name
    match = _STAMP.match(name)
    if match is None:
        return None
    year, month, day, hour, minute = (int(part or 0) for part in match.groups())
    try:
        return datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError:
        return None


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key that puts `2_x` before `10_x`."""
    return tuple(
        (0, int(part[:18]), "") if part.isdigit() else (1, 0, part.lower())
        for part in _DIGITS.split(name)
        if part
    )


def _read(view: ProjectView, migration: Migration, stray: bool = False) -> SqlSource:
    content = view.per_file("sql", migration.path, read_sql, _EMPTY)
    loose = migration.tool == "sql" and not _is_ordered(PurePosixPath(migration.path))
    if loose and not view.per_file("sql.builds", migration.path, _builds, False):
        content = _EMPTY
    return SqlSource(migration, content, stray)


def _builds(text: str) -> bool:
    return bool(_BUILDS.search(text))


def _dialect(source: SqlSource) -> str:
    return source.migration.dialect if source.migration.dialect != "postgres" else source.content.dialect


def _migration(
    path: str, tool: str, series: str, in_transaction: bool = False, dialect: str = "postgres"
) -> Migration:
    return Migration(path, tool, 0, in_transaction, dialect, series, named_date(path))


def _by_tool(path: str, journals: Mapping[str, _Journal], providers: Mapping[str, str]) -> Migration | None:
    if _SKIPPED_FOLDERS.search(path):
        return None
    pure = PurePosixPath(path)
    folder, name = pure.parent, pure.name.lower()
    if folder.name == "migrations" and folder.parent.name == "supabase":
        return None if name.endswith(".down.sql") else _migration(path, "supabase", str(folder))
    if "schemas" in folder.parts and "supabase" in folder.parts:
        return _migration(
            path, "supabase-schemas", str(pure.parents[len(folder.parts) - folder.parts.index("schemas") - 1])
        )
    if name == "migration.sql" and folder.parent.name == "migrations":
        series = str(folder.parent)
        return _migration(path, "prisma", series, dialect=_prisma_dialect(providers, series))
    journal = journals.get(str(folder))
    if journal is not None and pure.stem in journal.order:
        return _migration(path, "drizzle", str(folder), True, journal.dialect)
    return None


def _tool_order(migration: Migration, journals: Mapping[str, _Journal]) -> tuple[object, ...]:
    pure = PurePosixPath(migration.path)
    match migration.tool:
        case "prisma":
            return (0, migration.series, pure.parent.name)
        case "drizzle":
            return (0, migration.series, f"{journals[str(pure.parent)].order[pure.stem]:06}")
        case _:
            return (0, migration.series, pure.name)


def _without_declarative_twins(
    tools: list[tuple[Migration, tuple[object, ...]]],
) -> list[tuple[Migration, tuple[object, ...]]]:
    """Declarative schema files describe what the migrations beside them already build."""
    homes = {str(PurePosixPath(item.series).parent) for item, _ in tools if item.tool == "supabase"}
    return [
        pair
        for pair in tools
        if pair[0].tool != "supabase-schemas" or str(PurePosixPath(pair[0].series).parent) not in homes
    ]


def _is_plain(path: str) -> bool:
    """Loose files by their names; numbered ones, and those in a migrations folder, unless they take back."""
    pure = PurePosixPath(path)
    if _SKIPPED_FOLDERS.search(path) or _TAKES_BACK.search(pure.name):
        return False
    return _is_ordered(pure) or not _SKIPPED_NAMES.search(pure.name)


def _is_ordered(pure: PurePosixPath) -> bool:
    return bool(_NUMBERED.match(pure.name)) or pure.parent.name in ("migrations", "migration")


def _plain_order(path: str) -> tuple[object, ...]:
    """Numbered files in their order; unnumbered ones that sound like the base schema before all others."""
    pure = PurePosixPath(path)
    numbered = bool(_NUMBERED.match(pure.name))
    rank = 1 if numbered else 0 if _BASE_NAMES.search(pure.stem) else 2
    return (
        (rank, str(pure.parent), natural(pure.name))
        if numbered
        else (rank, natural(pure.name), str(pure.parent))
    )


@dataclass(frozen=True, slots=True)
class _Journal:
    """Drizzle's list of applied order."""

    order: Mapping[str, int]
    dialect: str


def _journals(view: ProjectView, files: SchemaFiles) -> dict[str, _Journal]:
    found: dict[str, _Journal] = {}
    for path in files.journals:
        journal = view.per_file("drizzle.journal", path, _journal, None)
        if journal is not None:
            found[str(PurePosixPath(path).parent.parent)] = journal
    return found


def _journal(text: str) -> _Journal | None:
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    table = cast(dict[str, Any], data)
    entries = table.get("entries")
    rows = cast(list[Any], entries) if isinstance(entries, list) else []
    order = {str(row.get("tag")): number for number, row in enumerate(_rows(rows))}
    return _Journal(order, _DRIZZLE_DIALECTS.get(str(table.get("dialect", "pg")), "postgres"))


def _rows(rows: Iterable[Any]) -> Iterable[dict[str, Any]]:
    return (cast(dict[str, Any], row) for row in rows if isinstance(row, dict))


def _prisma_dialects(view: ProjectView, files: SchemaFiles) -> dict[str, str]:
    """The database of each Prisma schema, by the folder it stands in."""
    found: dict[str, str] = {}
    for path in files.prisma:
        provider = view.per_file("prisma.provider", path, prisma_provider, "")
        if provider:
            dialect = {"postgresql": "postgres", "cockroachdb": "postgres"}.get(provider, provider)
            found[str(PurePosixPath(path).parent)] = dialect
    return found


def _prisma_dialect(providers: Mapping[str, str], series: str) -> str:
    """The provider in the schema beside the migrations folder, or in a folder of schema files there."""
    home = PurePosixPath(series).parent
    for folder, dialect in providers.items():
        if PurePosixPath(folder) == home or PurePosixPath(folder).is_relative_to(home):
            return dialect
    return "postgres"


def prisma_provider(text: str) -> str:
    """The database that a Prisma schema names, "" when it has no datasource."""
    match = _PRISMA_PROVIDER.search(text)
    return match.group(1).lower() if match else ""
