"""Puts the SchemaModel together: SQL migrations first, then what ORM models add."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from lastmile_desktop.project.models.schema.begun import todays
from lastmile_desktop.project.models.schema.files import SchemaFiles, SqlSource, schema_files, sql_sources
from lastmile_desktop.project.models.schema.fold import fold_file
from lastmile_desktop.project.models.schema.model import (
    Completeness,
    Migration,
    Place,
    SchemaModel,
    Table,
)
from lastmile_desktop.project.models.schema.orm import OrmTables, orm_migrations, orm_tables
from lastmile_desktop.project.models.schema.relation import Folded, Folding, finished
from lastmile_desktop.project.models.schema.tenancy import with_tenancy
from lastmile_desktop.project.models.schema.usage import UsedTable, used_tables
from lastmile_desktop.project.models.sql.sql_changes import (
    CreateTable,
    DropPolicy,
    RowSecurity,
    SetPolicy,
    SqlFile,
)

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_SUPABASE_PACKAGES = ("@supabase/supabase-js", "@supabase/ssr", "supabase", "supabase-py", "supabase_flutter")
_SYSTEM_SCHEMAS = frozenset({
    "auth", "storage", "realtime", "extensions", "vault", "cron", "net", "pgsodium", "graphql",
    "graphql_public", "information_schema", "pg_catalog", "supabase_functions", "supabase_migrations",
    "pgmq", "_realtime",
})  # fmt: skip
# What the migration tools make for themselves before the first migration.
_TOOL_TABLES = frozenset({
    "_prisma_migrations", "__drizzle_migrations", "schema_migrations", "alembic_version", "django_migrations",
    "_sqlx_migrations", "knex_migrations", "knex_migrations_lock", "flyway_schema_history", "typeorm_metadata",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Exposure:
    schemas: tuple[str, ...]
    line: int


def build_schema(view: ProjectView) -> SchemaModel:
    """The model of this project; made anew only when a file it rests on has changed."""
    files = schema_files(view)
    sources, begun = todays(view, (*sql_sources(view, files), *orm_migrations(view, files)))
    models = orm_tables(view, files)
    used = used_tables(view)
    exposure = _exposure(view, files)
    supabase = bool(files.supabase_configs) or _is_supabase(view, sources)

    def compute() -> SchemaModel:
        stamp = _stamp(view, sources, models, used, exposure, supabase)
        return replace(_model(sources, models, used, exposure, supabase, stamp), begun=begun)

    # What the files say, not their digests: a comment in a migration makes no other schema.
    key = (sources, models, tuple(used.items()), exposure, supabase, begun)
    return view.whole("schema", cast(Hashable, key), compute)


def schema_texts(view: ProjectView) -> str:
    """Another one whenever a migration or a file of models is another text, even when that makes no other schema."""
    files = schema_files(view)
    paths = (
        *(source.migration.path for source in (*sql_sources(view, files), *orm_migrations(view, files))),
        *orm_tables(view, files).paths,
    )
    return hashlib.sha256(
        "".join(f"{path}{view.tree.files[path].digest}" for path in paths).encode()
    ).hexdigest()


def _stamp(view: ProjectView, sources: Iterable[SqlSource], models: OrmTables, *others: object) -> str:
    digest = hashlib.sha256()
    for source in sources:
        digest.update(
            f"{source.migration}{source.stray}{view.tree.files[source.migration.path].digest}".encode()
        )
    for path in models.paths:
        digest.update(f"{path}{view.tree.files[path].digest}".encode())
    used, *rest = others
    digest.update(repr(sorted(cast(dict[str, UsedTable], used).items(), key=lambda item: item[0])).encode())
    digest.update(repr(rest).encode())
    return digest.hexdigest()


def _model(
    sources: tuple[SqlSource, ...],
    models: OrmTables,
    used: Mapping[str, UsedTable],
    exposure: tuple[str, _Exposure] | None,
    supabase: bool,
    stamp: str,
) -> SchemaModel:
    folded = _fold(sources, supabase)
    tables = {name: finished(relation) for name, relation in folded.tables.items()}
    created_by_sql = any(table.created for table in tables.values())
    for name, table in models.tables.items():
        known = tables.get(name)
        if known is None or not known.created:
            tables[name] = table if known is None else _joined(table, known)
    tables = {
        name: table for name, table in tables.items() if table.created or table.policies or table.rls_place
    }
    missing = _missing(tables, folded, used, supabase)
    return SchemaModel(
        tables=with_tenancy(tables),
        views=folded.views,
        functions=tuple(folded.functions.values()),
        triggers=tuple(folded.triggers.values()),
        blanket_grants=tuple(folded.blanket),
        buckets=tuple(folded.buckets.values()),
        migrations=tuple(_migrations(sources)),
        unparsed=tuple(folded.unparsed),
        clashes=tuple(folded.clashes),
        early=tuple(folded.early),
        enums=folded.enums,
        completeness=_completeness(tables, missing, folded),
        missing_tables=missing,
        used_tables={name: item.place for name, item in used.items() if item.verbs} if supabase else {},
        source="migrations" if created_by_sql else "models" if models.tables else "",
        exposed_schemas=exposure[1].schemas if exposure else ("public",),
        exposed_place=Place(exposure[0], exposure[1].line, exposure[1].line) if exposure else None,
        supabase=supabase,
        stamp=stamp,
    )


def _fold(sources: Iterable[SqlSource], supabase: bool) -> Folded:
    open_to = frozenset({"public", "anon", "authenticated"} if supabase else {"public"})
    fold = Folding(open_to)
    sources = tuple(sources)
    settled = _settled(source.content for source in sources if not source.stray)
    for source in sources:
        if source.migration.dialect == "postgres" or source.migration.tool in ("alembic", "django"):
            content = _sure_part(source.content, fold.out, settled) if source.stray else source.content
            fold_file(fold, source.migration.path, content)
    return fold.out


@dataclass(frozen=True, slots=True)
class _Settled:
    """What the migrations of a tool decide: the `tables` they make, and policies (table, name) they set or drop."""

    tables: frozenset[str]
    policies: frozenset[tuple[str, str]]


def _settled(contents: Iterable[SqlFile]) -> _Settled:
    tables: set[str] = set()
    policies: set[tuple[str, str]] = set()
    for content in contents:
        for statement in content.statements:
            for change in statement.changes:
                if isinstance(change, CreateTable):
                    tables.add(change.table)
                elif isinstance(change, SetPolicy | DropPolicy):
                    policies.add((change.table, change.name))
    return _Settled(frozenset(tables), frozenset(policies))


def _sure_part(content: SqlFile, known: Folded, settled: _Settled) -> SqlFile:
    """Of a SQL file that may never have run: what adds tables or protection, not what takes away or
    loosens. Where no migration makes the table, such files did, and their policies are in force with it."""
    statements = [
        replace(
            statement,
            changes=tuple(change for change in statement.changes if _is_sure(change, known, settled)),
            error="",
        )
        for statement in content.statements
    ]
    return SqlFile(tuple(statement for statement in statements if statement.changes))


def _is_sure(change: object, known: Folded, settled: _Settled) -> bool:
    if isinstance(change, RowSecurity):
        return change.enabled is not False
    if isinstance(change, SetPolicy | DropPolicy):
        relation = known.tables.get(change.table)
        if relation is None or not relation.policies:
            return isinstance(change, SetPolicy)
        return change.table not in settled.tables and (change.table, change.name) not in settled.policies
    name = type(change).__name__
    if name in ("CreateTable", "ForEachTable"):
        return True
    return name in (
        "AddColumn",
        "CreateIndex",
        "AddConstraint",
        "CreateTrigger",
        "CreateFunction",
        "EnumType",
        "EnumValue",
    )


def _joined(model: Table, known: Table) -> Table:
    """A table that an ORM model describes and SQL files protect."""
    return replace(
        model,
        rls=known.rls,
        rls_forced=known.rls_forced,
        rls_place=known.rls_place,
        rls_ever_disabled=known.rls_ever_disabled,
        policies=known.policies,
        policies_unsure=known.policies_unsure,
        grants=known.grants,
        revokes=known.revokes,
        realtime=known.realtime,
    )


def _missing(
    tables: Mapping[str, Table], folded: Folded, used: Mapping[str, UsedTable], supabase: bool
) -> tuple[str, ...]:
    """Tables that must exist and that nothing in the project creates."""
    changed = {
        name
        for name, relation in folded.tables.items()
        if not relation.created
        and name.partition(".")[0] not in _SYSTEM_SCHEMAS
        and name.partition(".")[2] not in _TOOL_TABLES
    }
    spoken = set(used) if supabase else set[str]()
    there = {name for name, table in tables.items() if table.created} | set(folded.views)
    # Code names tables without their schema: any schema's table of that name will do.
    bare = {name.partition(".")[2] for name in there}
    return tuple(sorted((changed - there) | {name for name in spoken if name.partition(".")[2] not in bare}))


def _completeness(tables: Mapping[str, Table], missing: tuple[str, ...], folded: Folded) -> Completeness:
    if not any(table.created for table in tables.values()):
        return Completeness.PARTIAL if missing or folded.unparsed else Completeness.NONE
    return Completeness.PARTIAL if missing else Completeness.FULL


def _migrations(sources: Iterable[SqlSource]) -> Iterable[Migration]:
    return (source.migration for source in sources)


def _is_supabase(view: ProjectView, sources: Iterable[SqlSource]) -> bool:
    if any(name in package.dependencies for package in view.packages for name in _SUPABASE_PACKAGES):
        return True
    return any(source.migration.tool.startswith("supabase") for source in sources)


def _exposure(view: ProjectView, files: SchemaFiles) -> tuple[str, _Exposure] | None:
    """The schemas that `supabase/config.toml` puts behind the data API, if it says so."""
    for path in files.supabase_configs:
        exposure = view.per_file("supabase.api", path, _api_schemas, None)
        if exposure is not None:
            return path, exposure
    return None


def _api_schemas(text: str) -> _Exposure | None:
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    api = data.get("api")
    schemas = cast(dict[str, Any], api).get("schemas") if isinstance(api, dict) else None
    if not isinstance(schemas, list):
        return None
    names = tuple(str(name).lower() for name in cast(list[Any], schemas))
    line = next(
        (number for number, row in enumerate(text.splitlines(), 1) if row.lstrip().startswith("schemas")), 1
    )
    return _Exposure(tuple(name for name in names if name != "graphql_public"), line)
