"""What the database looks like after all migrations (catalogue §4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView


class Completeness(StrEnum):
    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


class Tenancy(StrEnum):
    NONE = "none"
    USER = "user-owned"
    ORG = "org-owned"


@dataclass(frozen=True, slots=True)
class Place:
    """The statement that last changed something: file and 1-based lines."""

    path: str
    line: int
    line_end: int


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    nullable: bool
    default: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class ForeignKey:
    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]
    on_delete: str
    place: Place


@dataclass(frozen=True, slots=True)
class Index:
    """`method` is how it is built where that is said (`gin`), "" for the usual tree."""

    name: str
    columns: tuple[str, ...]
    unique: bool
    where: str
    place: Place
    method: str = ""


class RlsPolicyScope(StrEnum):
    """How a policy's condition separates callers (catalogue §5.15 B).

    `CALLER` asks only who is calling (an administrator), not whose row it is. `PUBLIC_ROWS` asks only about
    the row (`is_published`), or lets such rows through beside the caller's own.
    """

    ALWAYS_TRUE = "always-true"
    SIGNED_IN = "signed-in-is-enough"
    SCOPED = "scoped"
    USER_METADATA = "user-metadata"
    DENY = "deny"
    OPAQUE = "opaque"
    ABSENT = "absent"
    CALLER = "caller"
    OWNERLESS = "ownerless"
    PUBLIC_ROWS = "public-rows"


@dataclass(frozen=True, slots=True)
class RlsPolicy:
    """A row policy. `using`/`check` are the expression texts, None when the clause is absent."""

    name: str
    command: str
    roles: tuple[str, ...]
    permissive: bool
    using: str | None
    check: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """`name` is `schema.table` in lower case. `rls_place` is the statement that last set `rls`.
    `grants` maps role to the privileges granted by statements seen (explicit ones and default privileges),
    `revokes` to those taken away and not granted again. `created` is False for a table that migrations
    change but never create; then nothing is known of its columns. `created_place` is where it was made,
    `place` where it was last changed. `policies_unsure` are those that a loop may have dropped."""

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    indexes: tuple[Index, ...]
    rls: bool
    rls_forced: bool
    policies: tuple[RlsPolicy, ...]
    grants: Mapping[str, frozenset[str]]
    place: Place
    rls_place: Place | None = None
    rls_ever_disabled: Place | None = None
    partition_of: str = ""
    tenancy: Tenancy = Tenancy.NONE
    tenancy_columns: tuple[str, ...] = ()
    realtime: bool = False
    revokes: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    created: bool = True
    created_place: Place | None = None
    checks: tuple[tuple[str, str], ...] = ()
    sequence: int = 0
    realtime_place: Place | None = None
    policies_unsure: tuple[RlsPolicy, ...] = ()

    @property
    def schema(self) -> str:
        return self.name.partition(".")[0]

    @property
    def bare_name(self) -> str:
        return self.name.partition(".")[2]

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class SqlFunction:
    """`executable_unsure` are roles from which a loop may have taken the right to execute it; they are not among
    `executable_by`."""

    name: str
    args: tuple[str, ...]
    language: str
    security_definer: bool
    search_path: str | None
    body: str
    returns: str
    executable_by: frozenset[str]
    place: Place
    executable_unsure: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class View:
    """`functions` are those its query calls; `was_invoker` is set when an earlier version had
    `security_invoker = on` and a later CREATE OR REPLACE VIEW dropped it."""

    name: str
    security_invoker: bool
    materialized: bool
    tables: tuple[str, ...]
    grants: Mapping[str, frozenset[str]]
    place: Place
    revokes: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    functions: tuple[str, ...] = ()
    query: str = ""
    was_invoker: Place | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    name: str
    table: str
    function: str
    events: tuple[str, ...]
    before: bool
    place: Place


@dataclass(frozen=True, slots=True)
class BlanketGrant:
    """A grant on every table of a schema, or (`by_default`) on every table made later."""

    schema: str
    roles: tuple[str, ...]
    privileges: frozenset[str]
    by_default: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Bucket:
    name: str
    public: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A statement that is not valid SQL: it names these tables, so nothing sure can be said of them."""

    place: Place
    error: str
    tables: tuple[str, ...]
    keyword: str = ""


@dataclass(frozen=True, slots=True)
class Clash:
    """A statement that makes what is there already, a table or a policy, so that a new copy of the database stops."""

    name: str
    place: Place
    first: Place


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration file in the order it is applied; `tool` is supabase, prisma, drizzle, alembic, django, sql.

    `dialect` is postgres, mysql or sqlite. `series` tells apart databases or apps that number on their own.
    `dated` is the day in the file's name, where there is one. `stray` is a loose SQL file in a project that has a
    migration tool: it may never have run.
    """

    path: str
    tool: str
    order: int
    in_transaction: bool
    dialect: str = "postgres"
    series: str = ""
    dated: datetime | None = None
    stray: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the database in use begins, when `left_behind` earlier migrations built another; `witness` are the types
    generated from it."""

    place: Place
    left_behind: int
    witness: str


@dataclass(frozen=True, slots=True)
class SchemaModel:
    """Tables from migrations, or from ORM models where there are none (`source`).

    `used_tables` are those that code asks the data API for, with the first place it does. `supabase` when the
    project's database is, or may be, a Supabase one. `stamp` changes whenever the model may have changed.
    `early` are statements that change a table which is made later (`first`).
    `enums` are the words of enum types, by `schema.type`.
    """

    tables: Mapping[str, Table] = field(default_factory=dict[str, Table])
    views: Mapping[str, View] = field(default_factory=dict[str, View])
    functions: tuple[SqlFunction, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    blanket_grants: tuple[BlanketGrant, ...] = ()
    buckets: tuple[Bucket, ...] = ()
    migrations: tuple[Migration, ...] = ()
    unparsed: tuple[Unparsed, ...] = ()
    completeness: Completeness = Completeness.NONE
    missing_tables: tuple[str, ...] = ()
    source: str = ""
    exposed_schemas: tuple[str, ...] = ("public",)
    exposed_place: Place | None = None
    used_tables: Mapping[str, Place] = field(default_factory=dict[str, Place])
    supabase: bool = False
    stamp: str = ""
    begun: Begun | None = None
    clashes: tuple[Clash, ...] = ()
    early: tuple[Clash, ...] = ()
    enums: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def words_of(self, table: Table, column: str) -> tuple[str, ...]:
        """What the column may hold as far as its type says: the words of an enum, none for any other."""
        found = table.column(column)
        return self.enum(found.type) if found is not None else ()

    def enum(self, name: str) -> tuple[str, ...]:
        """The words of the enum type of this name."""
        bare = name.lower().replace('"', "")
        return self.enums.get(bare if "." in bare else f"public.{bare}", ())

    def migration(self, path: str) -> Migration | None:
        return next((migration for migration in self.migrations if migration.path == path), None)

    def table(self, name: str) -> Table | None:
        """By `schema.table`, or a bare name meaning `public`; names are compared in lower case."""
        key = name.lower()
        return self.tables.get(key if "." in key else f"public.{key}")

    def tenant_tables(self) -> tuple[Table, ...]:
        return tuple(table for table in self.tables.values() if table.tenancy is not Tenancy.NONE)


def build(view: ProjectView) -> SchemaModel:
    """The model of this project, rebuilt only when a file it was made from changed."""
    from lastmile_desktop.project.models.schema.sources import build_schema

    return build_schema(view)
