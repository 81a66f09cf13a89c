"""A log as a folder of tables, one file each, that any spreadsheet opens (docs/log-format.md).

A cell that a spreadsheet would take for a formula gets an apostrophe in front, which reading takes off again. Lists
within a cell are JSON. Transcripts lie beside the tables as the files they were.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lastmile_desktop.core.log import LOG_FORMAT, LOG_VERSION, Log, LogFileError
from lastmile_desktop.talks.log_json import check_version, not_a_log
from lastmile_desktop.talks.log_tables import (
    TABLES,
    Column,
    Row,
    Table,
    built,
    flat,
    log_of,
    shape,
    values_of,
)

ABOUT = "about.csv"
FILES = "files"
_LARGEST_CELL = 16 * 1024 * 1024
_FORMULA = re.compile(r"['=+\-@\t\r\n＝＋－＠]")
_OF = "of"


def write(log: Log) -> dict[str, bytes]:
    """Every file of the folder by its name; empty tables are left out."""
    files = {
        ABOUT: _table(
            ("format", "version", "project"), [(LOG_FORMAT, str(LOG_VERSION), _guarded(log.project))]
        )
    }
    for table in TABLES:
        values = values_of(log, table)
        if not values:
            continue
        rows: list[Row] = []
        parts: list[Row] = []
        for value in values:
            row, inner = flat(value)
            rows.append(row)
            parts += [{_OF: row["id"], **flat(item)[0]} for item in inner]
        files[f"{table.name}.csv"] = _sheet(_columns(table), rows)
        if parts:
            files[f"{table.rows}.csv"] = _sheet(_part_columns(table), parts)
    for kept in log.transcripts:
        files[f"{FILES}/{kept.id}"] = kept.original
    return files


def read(files: Mapping[str, bytes]) -> Log:
    """The log in these files. Raises LogFileError when they are none, or broken."""
    if ABOUT not in files:
        raise not_a_log(f"There is no {ABOUT} in this folder.")
    csv.field_size_limit(_LARGEST_CELL)
    about = next(iter(_records(ABOUT, files[ABOUT])), {})
    if about.get("format") != LOG_FORMAT or not about.get("version", "").isdigit():
        raise not_a_log(f"{ABOUT} speaks of something else.")
    check_version(int(about["version"]))
    found: dict[str, list[object]] = {}
    for table in TABLES:
        found[table.name] = list(_values(table, files))
    return log_of(_bare(about.get("project", "")), found)


def _values(table: Table, files: Mapping[str, bytes]) -> Iterator[object]:
    parts: dict[str, list[Row]] = {}
    if f"{table.rows}.csv" in files:
        columns = _part_columns(table)
        for number, cells in enumerate(_records(f"{table.rows}.csv", files[f"{table.rows}.csv"]), 2):
            row = _row(columns, cells, f"{table.rows}.csv, row {number}")
            parts.setdefault(str(row.pop(_OF, "")), []).append(row)
    if f"{table.name}.csv" in files:
        for number, cells in enumerate(_records(f"{table.name}.csv", files[f"{table.name}.csv"]), 2):
            where = f"{table.name}.csv, row {number}"
            row = _row(_columns(table), cells, where)
            identity = str(row.get("id", ""))
            if table.name == "transcripts":
                row["original"] = _original(files, identity, where)
            yield built(table.kind, row, parts.pop(identity, ()), where)
    if parts:
        raise _broken(
            f"{table.rows}.csv speaks of {next(iter(parts))!r}, which {table.name}.csv does not have"
        )


def _original(files: Mapping[str, bytes], identity: str, where: str) -> str:
    import base64

    name = f"{FILES}/{identity}"
    if name not in files:
        raise _broken(f"{where}: the file {name} is missing")
    return base64.b64encode(files[name]).decode()


def _columns(table: Table) -> tuple[Column, ...]:
    return tuple(column for column in shape(table.kind).columns if column.name != "original")


def _part_columns(table: Table) -> tuple[Column, ...]:
    """A part's own columns, after the number of what it is a part of."""
    return (Column(_OF, (_OF,), textual=False), *shape(shape(table.kind).part or object).columns)


def _sheet(columns: tuple[Column, ...], rows: list[Row]) -> bytes:
    cells = ([_cell(column, row.get(column.name)) for column in columns] for row in rows)
    return _table([column.name for column in columns], cells)


def _table(names: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    """With a mark in front that lets spreadsheets read it as UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _cell(column: Column, value: Any) -> str:
    if value is None:
        return ""
    return _guarded(str(value) if column.textual else json.dumps(value, ensure_ascii=False))


def _guarded(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:2]) else cell


def _records(name: str, data: bytes) -> Iterator[dict[str, str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise _broken(f"{name} is not UTF-8; save it as CSV UTF-8") from problem
    head = text.partition("\n")[0]
    # A spreadsheet of a country that writes 1,5 separates cells by semicolons.
    delimiter = ";" if head.count(";") > head.count(",") else ","
    try:
        for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            if None in row or None in row.values():
                raise _broken(f"{name}: a row with another number of cells than the head has")
            yield row
    except csv.Error as problem:
        raise _broken(f"{name}: {problem}") from problem


def _row(columns: tuple[Column, ...], cells: Mapping[str, str], where: str) -> Row:
    row: Row = {}
    for column in columns:
        cell = cells.get(column.name)
        if cell is None:
            continue
        text = _bare(cell)
        if column.textual:
            row[column.name] = None if column.optional and not cell else text
        elif cell:
            row[column.name] = _json(text, f"{where}: {column.name}")
        elif column.optional and not column.group:
            row[column.name] = None
    return row


def _json(text: str, where: str) -> Any:
    try:
        # Spreadsheets write their own TRUE and FALSE.
        return json.loads(text.lower() if text in ("TRUE", "FALSE") else text)
    except (ValueError, RecursionError) as problem:
        raise _broken(f"{where} is no value") from problem


def _broken(happened: str) -> LogFileError:
    return LogFileError(
        "This log could not be read",
        f"{happened}.",
        "Nothing was imported. Mend that table, or export the log again.",
    )
