"""What the database looks like after all migrations (catalogue §4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    name: str
    columns: tuple[str, ...]
    unique: bool
    where: str
    place: Place


class RlsPolicyScope(StrEnum):
    """How a policy's condition separates callers (catalogue §5.15 B)."""

    ALWAYS_TRUE = "always-true"
    SIGNED_IN = "signed-in-is-enough"
    SCOPED = "scoped"
    USER_METADATA = "user-metadata"
    DENY = "deny"
    OPAQUE = "opaque"
    ABSENT = "absent"


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
    `grants` maps role to the privileges granted by statements seen (explicit ones and default privileges)."""

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
    name: str
    args: tuple[str, ...]
    language: str
    security_definer: bool
    search_path: str | None
    body: str
    returns: str
    executable_by: frozenset[str]
    place: Place


@dataclass(frozen=True, slots=True)
class View:
    name: str
    security_invoker: bool
    materialized: bool
    tables: tuple[str, ...]
    grants: Mapping[str, frozenset[str]]
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


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration file in the order it is applied; `tool` is supabase, prisma, drizzle, alembic, django, sql."""

    path: str
    tool: str
    order: int
    in_transaction: bool


@dataclass(frozen=True, slots=True)
class SchemaModel:
    """Tables from migrations, or from ORM models where there are none (`source`)."""

    tables: Mapping[str, Table] = field(default_factory=dict[str, Table])
    views: Mapping[str, View] = field(default_factory=dict[str, View])
    functions: tuple[SqlFunction, ...] = ()
    buckets: tuple[Bucket, ...] = ()
    migrations: tuple[Migration, ...] = ()
    unparsed: tuple[Unparsed, ...] = ()
    completeness: Completeness = Completeness.NONE
    missing_tables: tuple[str, ...] = ()
    source: str = ""
    exposed_schemas: tuple[str, ...] = ("public",)

    def table(self, name: str) -> Table | None:
        """By `schema.table`, or a bare name meaning `public`; names are compared in lower case."""
        key = name.lower()
        return self.tables.get(key if "." in key else f"public.{key}")

    def tenant_tables(self) -> tuple[Table, ...]:
        return tuple(table for table in self.tables.values() if table.tenancy is not Tenancy.NONE)


def build(view: ProjectView) -> SchemaModel:
    return SchemaModel()
