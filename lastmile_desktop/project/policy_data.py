"""The part of the policy book on personal data: classes of columns, and the companies that process them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar, cast

T = TypeVar("T")
Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DataRule:
    """A class of personal columns, why they are kept and for how long. `columns` are `table.column` or `table.*`."""

    name: str
    columns: tuple[str, ...] = ()
    purpose: str = ""
    basis: str = ""
    retain_days: int | None = None

    def covers(self, column: str) -> bool:
        """Whether this rule speaks of `table.column`."""
        table = column.partition(".")[0]
        return any(entry in (column, f"{table}.*", "*") for entry in self.columns)


@dataclass(frozen=True, slots=True)
class ProcessorEntry:
    """A company that sees personal data, what it sees, and when its data agreement was accepted."""

    name: str
    classes: tuple[str, ...] = ()
    region: str = ""
    purpose: str = ""
    dpa_accepted_on: date | None = None
    transfer_basis: str = ""
    training: str = ""
    baa_signed_on: date | None = None
    reviewed_on: date | None = None


def data_rules(value: object) -> tuple[DataRule, ...]:
    """The tables `[[data.class]]`. Raises ValueError with what they must be."""
    return tuple(
        DataRule(
            _text(table, "name"),
            _texts(table, "columns"),
            _text(table, "purpose"),
            _text(table, "basis"),
            _optional(table, "retain_days", int, "a whole number of days"),
        )
        for table in _named_tables(value)
    )


def processors(value: object) -> tuple[ProcessorEntry, ...]:
    """The tables `[[processors]]`. Raises ValueError with what they must be."""
    day = "a date such as 2026-11-01, without quotes"
    return tuple(
        ProcessorEntry(
            _text(table, "name"),
            _texts(table, "classes"),
            _text(table, "region"),
            _text(table, "purpose"),
            _optional(table, "dpa_accepted_on", date, day),
            _text(table, "transfer_basis"),
            _text(table, "training"),
            _optional(table, "baa_signed_on", date, day),
            _optional(table, "reviewed_on", date, day),
        )
        for table in _named_tables(value)
    )


def _named_tables(value: object) -> tuple[Table, ...]:
    entries = cast(list[object], value) if isinstance(value, list) else None
    if entries is None or not all(
        isinstance(entry, dict) and isinstance(cast(Table, entry).get("name"), str) for entry in entries
    ):
        raise ValueError("must be a list of tables, each with a name")
    return tuple(cast(Table, entry) for entry in entries)


def _text(table: Table, key: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise ValueError(f"has a {key} that is no text")
    return value


def _texts(table: Table, key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    entries = cast(list[object], value) if isinstance(value, list) else None
    if entries is None or not all(isinstance(entry, str) for entry in entries):
        raise ValueError(f"has {key} that are no list of texts")
    return tuple(str(entry) for entry in entries)


def _optional(table: Table, key: str, kind: type[T], what: str) -> T | None:
    value = table.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, kind):
        raise ValueError(f"has a {key} that is not {what}")
    return value
