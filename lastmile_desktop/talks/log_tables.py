"""A log as tables: which there are, what columns they have, and every value as a row of plain fields and back.

Markdown and CSV are written from this; JSON needs none of it. The columns follow from the types in core: a field that
is added there is exported and imported without a change here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, cast

import msgspec
from msgspec import inspect

from lastmile_desktop.core.log import KeptTalk, KeptTranscript, Log, LogFileError
from lastmile_desktop.core.notebook import (
    Assumption,
    Feature,
    GuideQuestion,
    JournalEntry,
    LaneVersion,
    LearningGoal,
    MonthlyOutcomes,
    Notebook,
    NudgeNote,
    StageDecision,
    Term,
)
from lastmile_desktop.core.people import Person

Row = dict[str, Any]

REQUIRED = object()
# These stand for their own fields: a talk has `said`, not `talk.said`.
_INLINE = frozenset({"talk", "transcript"})


@dataclass(frozen=True, slots=True)
class Table:
    """`name` is the table's file, `title` its heading, `rows` the name for the table of its rows' own lists."""

    name: str
    kind: type
    title: str
    rows: str = ""


TABLES = (
    Table("people", Person, "People"),
    Table("conversations", KeptTalk, "Talks", "quotes"),
    Table("goals", LearningGoal, "Learning goals"),
    Table("questions", GuideQuestion, "Questions of the guide"),
    Table("assumptions", Assumption, "Assumptions", "assumption_citations"),
    Table("terms", Term, "Words", "term_citations"),
    Table("features", Feature, "Features", "feature_citations"),
    Table("journal", JournalEntry, "Journal"),
    Table("decisions", StageDecision, "Decisions"),
    Table("outcomes", MonthlyOutcomes, "Scoreboard", "outcome_rows"),
    Table("lanes", LaneVersion, "Versions of the lane"),
    Table("nudges", NudgeNote, "Nudges"),
    Table("transcripts", KeptTranscript, "Transcripts", "turns"),
)
_OF_NOTEBOOK = frozenset(item.name for item in fields(Notebook))


@dataclass(frozen=True, slots=True)
class Column:
    """One plain field. `path` is where it is in the value, `textual` whether its text stands for itself (else it is
    JSON), `optional` whether it may be None, `default` what it is when it is not said. A `group` is a value of several
    fields that may be missing altogether."""

    name: str
    path: tuple[str, ...]
    textual: bool
    optional: bool = False
    default: object = REQUIRED
    group: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns of a kind, and where its list of parts is (a talk's quotes, a transcript's turns)."""

    kind: type
    columns: tuple[Column, ...]
    parts: tuple[str, ...] = ()
    part: type | None = None
    by_name: Mapping[str, Column] = field(default_factory=dict[str, Column])


def values_of(log: Log, table: Table) -> Sequence[object]:
    source = log.notebook if table.name in _OF_NOTEBOOK else log
    return getattr(source, "talks" if table.kind is KeptTalk else table.name)


def log_of(project: str, found: Mapping[str, Sequence[object]]) -> Log:
    """The log that these values make up, each table's by its name."""
    kept = {name: tuple(values) for name, values in found.items()}
    notebook = Notebook(**cast("Any", {name: kept.get(name, ()) for name in _OF_NOTEBOOK}))
    return Log(
        project,
        notebook,
        cast("Any", kept.get("conversations", ())),
        cast("Any", kept.get("transcripts", ())),
    )


@cache
def shape(kind: type) -> Shape:
    described = cast("inspect.DataclassType", inspect.type_info(kind))
    columns: list[Column] = []
    parts: list[tuple[tuple[str, ...], type]] = []
    _describe(described, (), None, columns, parts)
    path, part = parts[0] if parts else ((), None)
    return Shape(kind, tuple(columns), path, part, {column.name: column for column in columns})


def flat(value: object) -> tuple[Row, list[object]]:
    """The value's plain fields by their names, and its parts. A group that is missing has no fields."""
    known = shape(type(value))
    plain = msgspec.to_builtins(value)
    row: Row = {}
    for column in known.columns:
        found = _at(plain, column.path)
        if column.group:
            row[column.name] = found is not None
        elif found is not _MISSING:
            row[column.name] = found
    return row, list(cast("Sequence[object]", _attribute(value, known.parts))) if known.part else []


def built(kind: type, row: Row, parts: Sequence[Row], where: str) -> object:
    """The value of these fields. Raises LogFileError, naming `where`, when they do not fit."""
    known = shape(kind)
    tree: Row = {}
    for column in known.columns:
        if column.group:
            if not row.get(column.name):
                row = {name: found for name, found in row.items() if not name.startswith(f"{column.name}.")}
                _put(tree, column.path, None)
        elif column.name in row:
            _put(tree, column.path, row[column.name])
    if known.part is not None:
        part = shape(known.part)
        _put(tree, known.parts, [_tree(part, item) for item in parts])
    try:
        return msgspec.convert(tree, kind)
    except msgspec.ValidationError as problem:
        raise LogFileError(
            "This log could not be read",
            f"{where}: {problem}.",
            "Nothing was imported. Export the log again, or mend that place.",
        ) from problem


def _tree(known: Shape, row: Row) -> Row:
    tree: Row = {}
    for column in known.columns:
        if column.name in row:
            _put(tree, column.path, row[column.name])
    return tree


def _describe(
    described: inspect.DataclassType,
    path: tuple[str, ...],
    default: object,
    columns: list[Column],
    parts: list[tuple[tuple[str, ...], type]],
) -> None:
    for item in described.fields:
        here = (*path, item.name)
        name = ".".join((*(step for step in path if step not in _INLINE), item.name))
        standard = _default(item, default)
        inner, optional = _without_none(item.type)
        if isinstance(inner, inspect.DataclassType):
            if optional:
                columns.append(Column(name, here, False, True, None, group=True))
            _describe(inner, here, standard, columns, parts)
        elif isinstance(inner, inspect.VarTupleType) and isinstance(inner.item_type, inspect.DataclassType):
            parts.append((here, inner.item_type.cls))
        else:
            textual = isinstance(
                inner,
                (
                    *(inspect.StrType, inspect.EnumType, inspect.DateType),
                    *(inspect.DateTimeType, inspect.BytesType),
                ),
            )
            columns.append(Column(name, here, textual, optional, _plain(standard)))


def _default(item: inspect.Field, outer: object) -> object:
    if outer is not None and outer is not REQUIRED:
        return getattr(outer, item.name)
    return REQUIRED if item.required else item.default


def _plain(value: object) -> object:
    return value if value is REQUIRED else msgspec.to_builtins(value)


def _without_none(kind: inspect.Type) -> tuple[inspect.Type, bool]:
    if not isinstance(kind, inspect.UnionType):
        return kind, False
    (inner,) = (item for item in kind.types if not isinstance(item, inspect.NoneType))
    return inner, True


_MISSING = object()


def _at(plain: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if plain is None:
            return _MISSING
        plain = plain[step]
    return plain


def _attribute(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        value = getattr(value, step)
    return value


def _put(tree: Row, path: tuple[str, ...], value: object) -> None:
    for step in path[:-1]:
        tree = tree.setdefault(step, {})
    tree[path[-1]] = value
