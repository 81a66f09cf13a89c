"""Columns and constraints as a SQL statement writes them, with the lines they stand on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Span:
    line: int
    line_end: int


class ConstraintKind(StrEnum):
    PRIMARY = "primary key"
    UNIQUE = "unique"
    FOREIGN = "foreign key"
    CHECK = "check"
    EXCLUDE = "exclude"
    NOT_NULL = "not null"
    INDEX = "index"


@dataclass(frozen=True, slots=True)
class Constraint:
    """`validates` is False for NOT VALID; `using_index` when an existing index is adopted."""

    kind: ConstraintKind
    name: str
    columns: tuple[str, ...]
    span: Span
    table: str = ""
    references: tuple[str, ...] = ()
    on_delete: str = ""
    validates: bool = True
    using_index: bool = False
    expression: str = ""


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """A column as written. `computed` is `stored` or `identity` or `serial`; `volatile` when the default
    must be worked out per row."""

    name: str
    type: str
    nullable: bool
    default: str | None
    span: Span
    computed: str = ""
    volatile: bool = False
    constraints: tuple[Constraint, ...] = ()
