"""What single SQL statements do to a database, as plain values that a fold applies in order.

Names are `schema.name` in lower case. `line` is 1-based in the file the statement stands in; a change does
not know its file, so that it can be kept with the file's content.
"""

from __future__ import annotations

from dataclasses import dataclass

from lastmile_desktop.project.models.sql.sql_columns import ColumnChange as ColumnChange
from lastmile_desktop.project.models.sql.sql_columns import Constraint as Constraint
from lastmile_desktop.project.models.sql.sql_columns import ConstraintKind as ConstraintKind
from lastmile_desktop.project.models.sql.sql_columns import Span as Span


@dataclass(frozen=True, slots=True)
class CreateTable:
    table: str
    span: Span
    columns: tuple[ColumnChange, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    partition_of: str = ""
    like: tuple[str, ...] = ()
    if_not_exists: bool = False
    temporary: bool = False


@dataclass(frozen=True, slots=True)
class AddColumn:
    table: str
    column: ColumnChange
    span: Span


@dataclass(frozen=True, slots=True)
class AlterColumn:
    """`what` is drop, rename, type, set-not-null, drop-not-null, set-default, drop-default, add-identity."""

    table: str
    column: str
    what: str
    span: Span
    value: str = ""
    using: str = ""


@dataclass(frozen=True, slots=True)
class AddConstraint:
    table: str
    constraint: Constraint
    span: Span


@dataclass(frozen=True, slots=True)
class DropConstraint:
    table: str
    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class ValidateConstraint:
    table: str
    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class RowSecurity:
    """`enabled` or `forced` is None when the statement leaves it alone."""

    table: str
    span: Span
    enabled: bool | None = None
    forced: bool | None = None


@dataclass(frozen=True, slots=True)
class AttachPartition:
    """ATTACH, or DETACH when `detaches`."""

    table: str
    child: str
    span: Span
    detaches: bool = False
    concurrently: bool = False


@dataclass(frozen=True, slots=True)
class MoveTable:
    """Rename or SET SCHEMA of a table or view."""

    table: str
    to: str
    span: Span


@dataclass(frozen=True, slots=True)
class DropRelation:
    """A dropped table, view or materialised view."""

    table: str
    span: Span


@dataclass(frozen=True, slots=True)
class DropSchema:
    schema: str
    span: Span


@dataclass(frozen=True, slots=True)
class CreateIndex:
    table: str
    name: str
    columns: tuple[str, ...]
    span: Span
    unique: bool = False
    where: str = ""
    concurrently: bool = False
    method: str = ""


@dataclass(frozen=True, slots=True)
class DropIndex:
    """`table` is known only where the statement names it."""

    name: str
    span: Span
    concurrently: bool = False
    table: str = ""


REFRESH = "REFRESH MATERIALIZED VIEW"


@dataclass(frozen=True, slots=True)
class Rebuild:
    """CLUSTER, VACUUM FULL, REINDEX and REFRESH without CONCURRENTLY; `table` is empty when it is about everything."""

    table: str
    what: str
    span: Span


@dataclass(frozen=True, slots=True)
class SetPolicy:
    """CREATE or ALTER POLICY; `command` is empty when altered. None clauses are left alone by ALTER."""

    table: str
    name: str
    span: Span
    command: str = ""
    roles: tuple[str, ...] = ()
    permissive: bool = True
    using: str | None = None
    check: str | None = None
    renamed: str = ""

    @property
    def alters(self) -> bool:
        return not self.command


@dataclass(frozen=True, slots=True)
class DropPolicy:
    """`name` "" drops every policy; `table` "" means all tables of the schema but those `excluded`. Only policies
    for `commands` are meant where there are any. Not `sure` when it may drop only some of these."""

    table: str
    name: str
    span: Span
    schema: str = "public"
    excluded: frozenset[str] = frozenset()
    commands: frozenset[str] = frozenset()
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Privileges:
    """GRANT or REVOKE. `kind` is table, function, schema or sequence. `objects` is empty for ALL … IN SCHEMA
    `schemas`; `by_default` is ALTER DEFAULT PRIVILEGES. Column privileges read `UPDATE(name)`. Not `sure` when it is
    about some functions of the schemas, of which only those `excluded` are known not to be meant."""

    granted: bool
    kind: str
    privileges: frozenset[str]
    roles: tuple[str, ...]
    span: Span
    objects: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    by_default: bool = False
    excluded: frozenset[str] = frozenset()
    sure: bool = True


@dataclass(frozen=True, slots=True)
class CreateFunction:
    name: str
    args: tuple[str, ...]
    language: str
    security_definer: bool
    search_path: str | None
    body: str
    returns: str
    span: Span


@dataclass(frozen=True, slots=True)
class AlterFunction:
    name: str
    args: tuple[str, ...] | None
    span: Span
    security_definer: bool | None = None
    search_path: str | None = None


@dataclass(frozen=True, slots=True)
class DropFunction:
    name: str
    args: tuple[str, ...] | None
    span: Span


@dataclass(frozen=True, slots=True)
class CreateView:
    name: str
    tables: tuple[str, ...]
    functions: tuple[str, ...]
    security_invoker: bool
    materialized: bool
    replaces: bool
    query: str
    span: Span


@dataclass(frozen=True, slots=True)
class ViewInvoker:
    name: str
    on: bool
    span: Span


@dataclass(frozen=True, slots=True)
class CreateTrigger:
    table: str
    name: str
    function: str
    events: tuple[str, ...]
    before: bool
    span: Span


@dataclass(frozen=True, slots=True)
class DropTrigger:
    table: str
    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class EventTrigger:
    function: str
    event: str
    span: Span


@dataclass(frozen=True, slots=True)
class Publish:
    """A publication's tables; `all_tables` for FOR ALL TABLES. `how` is add, set or drop."""

    publication: str
    tables: tuple[str, ...]
    how: str
    span: Span
    all_tables: bool = False


@dataclass(frozen=True, slots=True)
class SetBucket:
    name: str
    public: bool | None
    span: Span


@dataclass(frozen=True, slots=True)
class EnumType:
    type: str
    values: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class EnumValue:
    type: str
    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class WriteRows:
    """UPDATE or DELETE of existing rows; `bounded` when a WHERE limits it. `missing` is the column when the whole
    condition is that it is NULL."""

    table: str
    what: str
    bounded: bool
    span: Span
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """SET of a run-time parameter."""

    name: str
    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Transaction:
    """`what` is begin, commit or rollback."""

    what: str
    span: Span


@dataclass(frozen=True, slots=True)
class ForEachTable:
    """A loop of a DO block over the tables of a schema: `template` names its table with a placeholder."""

    schema: str
    excluded: frozenset[str]
    template: tuple[Change, ...]
    span: Span


Change = (
    CreateTable
    | AddColumn
    | AlterColumn
    | AddConstraint
    | DropConstraint
    | ValidateConstraint
    | RowSecurity
    | AttachPartition
    | MoveTable
    | DropRelation
    | DropSchema
    | CreateIndex
    | DropIndex
    | Rebuild
    | SetPolicy
    | DropPolicy
    | Privileges
    | CreateFunction
    | AlterFunction
    | DropFunction
    | CreateView
    | ViewInvoker
    | CreateTrigger
    | DropTrigger
    | EventTrigger
    | Publish
    | SetBucket
    | EnumType
    | EnumValue
    | WriteRows
    | Setting
    | Transaction
    | ForEachTable
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a file: what it does, or why it could not be read (`error`, with the tables it
    names)."""

    span: Span
    keyword: str
    changes: tuple[Change, ...] = ()
    error: str = ""
    names: tuple[str, ...] = ()
    in_block: bool = False


@dataclass(frozen=True, slots=True)
class SqlFile:
    """All statements of a file. `dialect` is postgres, mysql or sqlite; only the first is read."""

    statements: tuple[Statement, ...] = ()
    dialect: str = "postgres"
