"""Whether strangers can reach the tables directly: Supabase serves every exposed schema over HTTPS to
anyone who holds the public key, however the app itself reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lastmile_desktop.core.evidence import Evidence, EvidenceKind, at
from lastmile_desktop.core.facts import Fact
from lastmile_desktop.project.lines import line_of
from lastmile_desktop.project.models.schema.model import SchemaModel, Table
from lastmile_desktop.project.path_kinds import PathKind, path_kind

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

CLIENT_ROLES = ("anon", "authenticated")
_CLIENT_PACKAGES = ("@supabase/supabase-js", "@supabase/ssr", "supabase_flutter")
_SERVER_PACKAGES = ("supabase", "supabase-py")
_FOREIGN_PROVIDERS = frozenset(
    {"neon", "rds", "railway", "render", "vercel", "planetscale", "turso", "replit"}
)
_DRIVERS = {
    "neon": ("@neondatabase/serverless", "drizzle-orm/neon-http", "drizzle-orm/neon-serverless"),
    "vercel": ("@vercel/postgres",),
    "planetscale": ("@planetscale/database",),
    "turso": ("@libsql/client", "@libsql/client/web", "@libsql/client/http"),
}
_OURS = frozenset({
    "_prisma_migrations", "spatial_ref_sys", "schema_migrations", "__drizzle_migrations", "alembic_version",
})  # fmt: skip
_DATABASE_AT_SUPABASE = re.compile(
    r"\bpostgres(?:ql)?(?:\+\w{1,20})?://[^\s\"'`]{0,200}?supabase\.(?:com?|net|in)\b|"
    r"@?\bdb\.[\w\[\]<>{}-]{1,60}\.supabase\.co\b|\bpooler\.supabase\.com\b",
    re.IGNORECASE,
)
_SETTINGS_NAMES = re.compile(
    r"(?:^|/)(?:readme[^/]*|drizzle\.config\.[jt]s|schema\.prisma|docker-compose[^/]*)$", re.I
)
_SUPABASE_CONFIG = "supabase/config.toml"
_ALL = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
NEW_PROJECTS_SWITCH = datetime(2026, 5, 30, tzinfo=UTC)
EXISTING_PROJECTS_SWITCH = datetime(2026, 10, 30, tzinfo=UTC)
"""From these days Supabase grants nothing on new tables of new, and of existing, projects."""


@dataclass(frozen=True, slots=True)
class DataApi:
    """`confidence` says how sure it is that the tables of the model are the ones served. 0 when they are
    not. `unsure` when Supabase is used, but nothing tells whether for these tables, or for which."""

    confidence: float
    reason: str
    evidence: Evidence | None = None
    unsure: bool = False

    @property
    def reached(self) -> bool:
        return self.confidence > 0


def data_api(view: ProjectView) -> DataApi:
    """How the tables of this project can be reached from outside, if they can."""
    schema = view.schema
    supabase_migrations = next((item for item in schema.migrations if item.tool.startswith("supabase")), None)
    package = _declared(view, _CLIENT_PACKAGES)
    if supabase_migrations is not None and (package or schema.used_tables or not _only_server(view)):
        return DataApi(1.0, "Supabase serves these tables", at(supabase_migrations.path, 1))
    if supabase_migrations is not None:
        return DataApi(
            0.85,
            "Supabase serves these tables to anyone with the public key",
            at(supabase_migrations.path, 1),
        )
    if package is None and _declared(view, _SERVER_PACKAGES) is None:
        return DataApi(0.0, _without(view), _orm_evidence(view))
    hosted = view.made(_supabase_database)
    foreign = None if hosted is not None else _elsewhere(view)
    if foreign is not None:
        return DataApi(
            0.0,
            f"These tables live at {foreign.value}, which has no public data API.",
            foreign.evidence,
            unsure=bool(schema.used_tables),
        )
    if any(item.tool == "sql" for item in schema.migrations) and not _orm(view):
        return DataApi(0.95 if package else 0.8, "Supabase serves these tables", package)
    if hosted is not None:
        return DataApi(0.8, "These tables live at Supabase, which serves them beside your own server", hosted)
    asked = next((place for name, place in schema.used_tables.items() if name in schema.tables), None)
    if asked is not None:
        return DataApi(0.8, "The code asks Supabase for these tables", at(asked.path, asked.line))
    return DataApi(0.65, "Supabase is used here, and may serve these tables too", package, unsure=True)


def _only_server(view: ProjectView) -> bool:
    return _declared(view, _CLIENT_PACKAGES) is None and _declared(view, _SERVER_PACKAGES) is not None


def _declared(view: ProjectView, names: tuple[str, ...]) -> Evidence | None:
    for package in view.packages:
        for name in names:
            if name in package.dependencies:
                return Evidence(EvidenceKind.CONFIG, package.manifest, note=f"{name} is a dependency")
    return None


def _supabase_database(view: ProjectView) -> Evidence | None:
    """What says that the database itself is Supabase's: its address, or the settings of its own tool. A package or
    an address of the API may be there for signing in only."""
    for path, entry in view.tree.files.items():
        if path.endswith(_SUPABASE_CONFIG):
            return at(path, 1)
        kind = path_kind(path)
        named = _SETTINGS_NAMES.search(path) is not None
        if entry.minified or not (
            named or kind is PathKind.ENV or (kind is PathKind.EXAMPLE and "env" in path)
        ):
            continue
        line = view.per_file("data-api.database", path, _database_line, 0)
        if line:
            return at(path, line)
    return None


def _database_line(text: str) -> int:
    return line_of(text[:200_000], _DATABASE_AT_SUPABASE)


def _elsewhere(view: ProjectView) -> Fact | None:
    """Another host of the database: by its address, or by a driver of its own that the code imports."""
    for fact in view.facts:
        if fact.key != "db.provider" or fact.value not in _FOREIGN_PROVIDERS:
            continue
        drivers = _DRIVERS.get(fact.value, ())
        by_package = fact.evidence is not None and fact.evidence.path.endswith("package.json")
        if not by_package or any(
            entry.module in drivers for outline in view.outlines.values() for entry in outline.imports
        ):
            return fact
    return None


def _orm(view: ProjectView) -> Fact | None:
    return next(
        (fact for fact in view.facts if fact.key == "db.access" and fact.value in ("orm", "driver", "mixed")),
        None,
    )


def _orm_evidence(view: ProjectView) -> Evidence | None:
    fact = _orm(view)
    if fact is not None and fact.evidence is not None:
        return fact.evidence
    return at(view.schema.migrations[0].path, 1) if view.schema.migrations else None


def _without(view: ProjectView) -> str:
    if view.schema.tables:
        return "Only your own server reaches these tables: no Supabase or other public data API is used."
    return "This project has no tables that a public data API could serve."


def exposed_tables(schema: SchemaModel) -> tuple[Table, ...]:
    """Tables of the schemas that the data API serves."""
    return tuple(
        table
        for table in schema.tables.values()
        if table.schema in schema.exposed_schemas and table.bare_name not in _OURS
    )


def switch_date(schema: SchemaModel) -> datetime:
    """When this project stopped granting on new tables by itself: its age is that of its first migration."""
    first = min((item.dated for item in schema.migrations if item.dated), default=None)
    return (
        EXISTING_PROJECTS_SWITCH if first is not None and first < NEW_PROJECTS_SWITCH else NEW_PROJECTS_SWITCH
    )


def created_on(view: ProjectView, table: Table) -> datetime | None:
    """When the table was made, by the name of its migration or by git."""
    place = table.created_place or table.place
    migration = view.schema.migration(place.path)
    if migration is not None and migration.dated is not None:
        return migration.dated
    return view.git.added_on.get(place.path)


@dataclass(frozen=True, slots=True)
class Reach:
    """What the public roles may do with a table: `granted` by a statement, `assumed` by the platform's
    default, or not known (`unsure`)."""

    granted: frozenset[str]
    assumed: frozenset[str]
    unsure: bool

    @property
    def anything(self) -> frozenset[str]:
        return self.granted | self.assumed


def reach(view: ProjectView, table: Table) -> Reach:
    """The privileges of `anon` and `authenticated` on a table. The platform grants by itself in `public`
    only."""
    roles = (*CLIENT_ROLES, "public")
    granted = frozenset(item for role in roles for item in table.grants.get(role, ())) & _ALL
    left = frozenset(item for role in CLIENT_ROLES for item in _ALL - table.revokes.get(role, frozenset()))
    if table.schema != "public":
        return Reach(granted, frozenset(), False)
    if granted or not left:
        return Reach(granted, left - granted if granted else frozenset(), False)
    made = created_on(view, table)
    if made is None:
        return Reach(frozenset(), frozenset(), True)
    return Reach(frozenset(), left if made < switch_date(view.schema) else frozenset(), False)


def may(
    role: str, verb: str, grants: Mapping[str, frozenset[str]], revokes: Mapping[str, frozenset[str]]
) -> bool:
    """Whether nothing takes this privilege from the role: the platform gives it, or a statement does."""
    if verb in grants.get(role, frozenset()) or verb in grants.get("public", frozenset()):
        return True
    return verb not in revokes.get(role, frozenset())


def may_column(
    role: str,
    verb: str,
    column: str,
    grants: Mapping[str, frozenset[str]],
    revokes: Mapping[str, frozenset[str]],
) -> bool:
    """Whether the privilege covers this column, where some are granted column by column."""
    granted = grants.get(role, frozenset[str]()) | grants.get("public", frozenset[str]())
    if verb in granted or f"{verb}({column})" in granted:
        return True
    narrowed = any(item.startswith(f"{verb}(") for item in granted)
    return not narrowed and verb not in revokes.get(role, frozenset())
