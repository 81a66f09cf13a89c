"""A log as one Markdown file that a person can read, and that is read back without loss (docs/log-format.md).

Texts stand as quotations, one `>` a line, so that nothing somebody said can look like a part of the file; what Markdown
would turn into a picture or into HTML is escaped. A field that equals its default is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lastmile_desktop.core.log import LOG_FORMAT, LOG_VERSION, KeptTalk, KeptTranscript, Log, LogFileError
from lastmile_desktop.core.notebook import Record
from lastmile_desktop.core.people import Person
from lastmile_desktop.core.transcript import Turn
from lastmile_desktop.talks.log_json import check_version, not_a_log
from lastmile_desktop.talks.log_tables import (
    TABLES,
    Column,
    Row,
    Shape,
    Table,
    built,
    flat,
    log_of,
    shape,
    values_of,
)

_HEAD = re.compile(r'---\nformat: ([\w-]{1,40})\nversion: (\d{1,6})\nproject: ("[^\n]*")\n---\n')
_LONGEST_INLINE = 90
_BYTES_A_LINE = 96
# What editors, terminals or Markdown would change or act on; such a text is written as a JSON string.
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_ACTIVE = re.compile(r"\\|<|!(?=\[)")
_ESCAPED = re.compile(r"\\([\\<!])")
_INTRODUCTION = """
This is everything the log holds, people's own words among it: keep it where nobody else reads it.
Last Mile reads it back. Headings are for you; what counts are the section, the `- field:` lines and the quotations.
"""


def is_log(data: bytes) -> bool:
    """Whether this is meant to be a log, of whatever version."""
    return data.removeprefix(b"\xef\xbb\xbf").startswith((b"---\nformat: ", b"---\r\nformat: ")) and (
        LOG_FORMAT.encode() in data[:80]
    )


def write(log: Log) -> bytes:
    return "".join(_lines(log)).encode()


def read(data: bytes) -> Log:
    """Raises LogFileError when it is no log, or a broken one."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as problem:
        raise not_a_log("It is not a text.") from problem
    head = _HEAD.match(text)
    if head is None or head[1] != LOG_FORMAT:
        raise not_a_log("It does not begin as a log does.")
    check_version(int(head[2]))
    found: dict[str, list[object]] = {}
    for entry in _Reader(text[head.end() :], text.count("\n", 0, head.end())).entries():
        where = f"{entry.table.title}, line {entry.line}"
        found.setdefault(entry.table.name, []).append(built(entry.table.kind, entry.row, entry.parts, where))
    return log_of(_json(head[3], "project", 4), found)


def _lines(log: Log) -> Iterator[str]:
    project = json.dumps(log.project, ensure_ascii=False)
    if _UNSAFE.search(project):
        project = json.dumps(log.project)
    yield f"---\nformat: {LOG_FORMAT}\nversion: {LOG_VERSION}\nproject: {project}\n---\n"
    yield f"\n# The log of {_title(log.project)}\n{_INTRODUCTION}"
    for table in TABLES:
        values = values_of(log, table)
        if values:
            yield f"\n## {table.title}\n"
        for value in values:
            row, parts = flat(value)
            yield f"\n### {_heading(value)}\n\n"
            yield from _fields(shape(table.kind), row)
            for part in parts:
                yield f"\n#### {_heading(part)}\n\n"
                yield from _fields(shape(type(part)), flat(part)[0])


def _fields(known: Shape, row: Row) -> Iterator[str]:
    for column in known.columns:
        if (
            column.name in row
            and row[column.name] != column.default
            and not (column.group and not row[column.name])
        ):
            yield f"- {column.name}:{_value(column, row[column.name])}\n"


def _value(column: Column, value: Any) -> str:
    if not column.textual or value is None:
        return f" {json.dumps(value, ensure_ascii=False)}"
    text = str(value)
    if not text or _UNSAFE.search(text):
        return f" {json.dumps(text)}"
    if column.name == "original":
        pieces = [text[at : at + _BYTES_A_LINE] for at in range(0, len(text), _BYTES_A_LINE)]
        return "".join(f"\n  > {piece}" for piece in pieces)
    shown = _ACTIVE.sub(r"\\\g<0>", text)
    inline = (
        len(text) <= _LONGEST_INLINE and "\n" not in text and text == text.strip() and text[0] not in '">'
    )
    if inline and not (column.optional and text == "null"):
        return f" {shown}"
    return "".join(f"\n  > {line}" if line else "\n  >" for line in shown.split("\n"))


def _heading(value: object) -> str:
    match value:
        case Person(name=name):
            return _title(name)
        case KeptTalk(talk=talk):
            return f"{_title(talk.person)}, {talk.when:%Y-%m-%d}"
        case KeptTranscript(transcript=transcript):
            return _title(transcript.name or transcript.title or "Pasted")
        case Turn(speaker=speaker, start_s=start):
            minutes, seconds = divmod(int(start or 0), 60)
            return _title(speaker) if start is None else f"{_title(speaker)} {minutes}:{seconds:02}"
        case _:
            return _title(_first_text(value))


def _first_text(value: object | Record) -> str:
    row, _ = flat(value)
    texts = (str(row[c.name]) for c in shape(type(value)).columns if c.textual and row.get(c.name))
    return next(texts, "–")


def _title(text: str) -> str:
    """One short line that means nothing to Markdown or to the reader."""
    words = " ".join(re.sub(r"[^\w\s.,:;'()/&@+-]", " ", text).split())
    return words[:80].strip() or "–"


@dataclass
class _Entry:
    table: Table
    line: int
    row: Row = field(default_factory=dict[str, Any])
    parts: list[Row] = field(default_factory=list[Row])


_BY_TITLE: Mapping[str, Table] = {table.title: table for table in TABLES}
_FIELD = re.compile(r"- ([\w.]{1,60}):(?: (.*))?")


class _Reader:
    """Goes through the lines once. Line numbers are those of the file."""

    def __init__(self, text: str, before: int) -> None:
        self._lines = text.split("\n")
        self._before = before
        self._at = 0

    def entries(self) -> Iterator[_Entry]:
        table: Table | None = None
        entry: _Entry | None = None
        row: Row | None = None
        known: Shape | None = None
        while self._at < len(self._lines):
            line = self._lines[self._at]
            self._at += 1
            if line.startswith("## "):
                table, row = _BY_TITLE.get(line[3:].strip()), None
                if table is None:
                    raise self._broken(f"there is no section {line[3:60].strip()!r}")
            elif line.startswith("### ") and table is not None:
                if entry is not None:
                    yield entry
                entry = _Entry(table, self._line)
                row, known = entry.row, shape(table.kind)
            elif line.startswith("#### ") and entry is not None and shape(entry.table.kind).part:
                row, known = {}, shape(shape(entry.table.kind).part or object)
                entry.parts.append(row)
            elif line.startswith(("- ", "  >")):
                if row is None or known is None:
                    raise self._broken("a field that belongs to nothing")
                self._field(line, row, known)
            elif line.strip() and table is not None:
                raise self._broken("neither a heading, nor a field, nor a quotation")
        if entry is not None:
            yield entry

    def _field(self, line: str, row: Row, known: Shape) -> None:
        found = _FIELD.fullmatch(line)
        column = known.by_name.get(found[1]) if found else None
        if found is None:
            raise self._broken("a quotation without its field")
        if column is None:
            raise self._broken(f"there is no field {found[1]!r} here")
        row[column.name] = self._inline(column, found[2]) if found[2] is not None else self._quotation(column)

    def _inline(self, column: Column, text: str) -> object:
        if not column.textual or text.startswith('"') or (column.optional and text == "null"):
            return _json(text, column.name, self._line)
        return _ESCAPED.sub(r"\1", text)

    def _quotation(self, column: Column) -> str:
        lines: list[str] = []
        while self._at < len(self._lines) and self._lines[self._at].startswith("  >"):
            lines.append(self._lines[self._at][3:].removeprefix(" "))
            self._at += 1
        if column.name == "original":
            return "".join(lines)
        return _ESCAPED.sub(r"\1", "\n".join(lines))

    @property
    def _line(self) -> int:
        return self._before + self._at

    def _broken(self, what: str) -> LogFileError:
        return _broken(f"Line {self._line}: {what}.")


def _json(text: str, name: str, line: int) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise _broken(f"Line {line}: {name!r} is neither a text nor a value.") from problem


def _broken(happened: str) -> LogFileError:
    return LogFileError(
        "This log could not be read",
        happened,
        "Nothing was imported. Mend that line, or export the log again.",
    )
