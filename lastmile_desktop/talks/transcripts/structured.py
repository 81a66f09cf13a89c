"""JSON (and CSV) that meeting tools and speech models write: one list of who said what, under many names."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, cast

from lastmile_desktop.core.transcript import TranscriptFormat
from lastmile_desktop.talks.transcripts import turns
from lastmile_desktop.talks.transcripts.cues import (
    LONGEST_NAME,
    LONGEST_TALK_S,
    MOST_LINES,
    Cue,
    Reading,
    TranscriptError,
    one_line,
)
from lastmile_desktop.talks.transcripts.dates import day_in, day_of_epoch
from lastmile_desktop.talks.transcripts.fields import (
    ENDS,
    ENDS_MS,
    SPEAKERS,
    STARTS,
    STARTS_MS,
    TEXTS,
    Row,
    by_sentence,
    key_of,
    lowered,
    number_of,
    said_in,
    speaker_in,
    stamp_in,
    time_in,
)

_TITLES = ("title", "meetingtitle", "subject", "topic", "meetingname")
_DAYS = tuple(
    """
    heldon recordingstarttime recordingstart startdatetime startedat datestring date meetingdate started
    scheduledstarttime starttime
    """.split()
)
_DEEPEST = 12
_SAMPLE = 1_000
_MOST_NODES = 400_000
_SPOKEN_WORDS_PER_UNIT = 0.07
"""People say one to four words in a second: fewer than this for each unit, and the unit is a millisecond."""


def read_json(text: str) -> Reading:
    data = _loaded(text)
    names = _names_by_id(data)
    items = _best_list(data)
    if items is None:
        return _only_text(data)
    cues, length_s, day = _cues(items, names)
    if not cues:
        return _only_text(data)
    return Reading(
        TranscriptFormat.JSON,
        cues,
        _title(data),
        _held_on(data) or day,
        0,
        length_s,
        len(items) == MOST_LINES,
    )


def read_table(text: str) -> Reading | None:
    """A CSV with a column for what was said and one for who said it or when; None when it is none."""
    head = text.lstrip("\n").partition("\n")[0][:2_000]
    delimiter = max(",;\t", key=head.count)
    columns = [key_of(column.strip().strip('"')) for column in head.split(delimiter)]
    if not 2 <= len(columns) <= 60 or not any(column in TEXTS for column in columns):
        return None
    if not any(column in SPEAKERS or column in STARTS or column in STARTS_MS for column in columns):
        return None
    rows: list[Row] = []
    try:
        rows += [
            {key_of(str(key)): value for key, value in row.items() if isinstance(value, str)}
            for row in csv.DictReader(
                text.lstrip("\n").split("\n", MOST_LINES)[:MOST_LINES], delimiter=delimiter
            )
        ]
    except csv.Error:
        return None
    cues, length_s, day = _cues(rows, {})
    return Reading(TranscriptFormat.TABLE, cues, "", day, 0, length_s) if cues else None


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        lines = [line for line in text.split("\n") if line.strip()]
        try:
            return [json.loads(line) for line in lines] if len(lines) > 1 else _broken()
        except (ValueError, RecursionError):
            return _broken()


def _broken() -> Any:
    raise TranscriptError(
        "The file is cut off or damaged",
        "It begins as JSON and does not end as JSON.",
        "Export the transcript again and import that file.",
    )


def _walk(data: Any) -> Iterator[Any]:
    """Every object and list, those nearer to the top first."""
    level: list[Any] = [data]
    seen = 0
    for _ in range(_DEEPEST):
        below: list[Any] = []
        for node in level:
            seen += 1
            if seen > _MOST_NODES:
                return
            yield node
            if isinstance(node, dict):
                below += [
                    child
                    for child in cast("dict[str, Any]", node).values()
                    if isinstance(child, (dict, list))
                ]
            elif isinstance(node, list):
                below += [child for child in cast("list[Any]", node) if isinstance(child, (dict, list))]
        level = below


def _best_list(data: Any) -> list[Row] | None:
    """The list that says most about who spoke when; of two that say the same, the one with more text."""
    best: tuple[int, int] = (0, 0)
    chosen: list[Any] = []
    for node in _walk(data):
        if not isinstance(node, list) or not node:
            continue
        entries = cast("list[Any]", node)
        rows = [lowered(row) for row in entries[:_SAMPLE] if isinstance(row, dict)]
        said = [text for row in rows if (text := said_in(row))]
        if len(said) * 2 < len(entries[:_SAMPLE]):
            continue
        speakers = any(speaker_in(row, {}) for row in rows)
        times = any(time_in(row, STARTS, STARTS_MS)[0] is not None for row in by_sentence(rows[:50]))
        words = sum(text.count(" ") + 1 for text in said) * len(entries) // len(rows)
        is_words = words < len(entries) * 2 and len(said) > 20
        score = (speakers * 4 + times * 2 + (0 if is_words else 8), words)
        if score > best:
            best, chosen = score, entries
    return [lowered(row) for row in chosen[:MOST_LINES] if isinstance(row, dict)] if chosen else None


def _cues(rows: Sequence[Row], names: Mapping[str, str]) -> tuple[list[Cue], float | None, date | None]:
    cues: list[Cue] = []
    stamps: list[datetime] = []
    guessed: list[bool] = []
    for row in by_sentence(rows):
        text = one_line(said_in(row))
        if not text:
            continue
        start, is_ms, stamp = *time_in(row, STARTS, STARTS_MS), stamp_in(row)
        end, _ = time_in(row, ENDS, ENDS_MS)
        stamps += [stamp] if stamp is not None else []
        guessed.append(is_ms is None)
        cues.append(Cue(speaker_in(row, names)[:LONGEST_NAME], start, end, text))
    if _is_in_milliseconds(cues, guessed):
        cues = [Cue(cue.speaker, _thousandth(cue.start_s), _thousandth(cue.end_s), cue.text) for cue in cues]
    cues = [Cue(cue.speaker, _sane(cue.start_s), _sane(cue.end_s), cue.text) for cue in cues]
    if stamps and not any(cue.start_s is not None for cue in cues):
        try:
            return cues, (max(stamps) - min(stamps)).total_seconds() or None, min(stamps).date()
        except TypeError:
            return cues, None, None
    return cues, None, None


def _is_in_milliseconds(cues: Sequence[Cue], guessed: Sequence[bool]) -> bool:
    ends = [cue.end_s or cue.start_s for cue in cues if cue.start_s is not None]
    if not ends or not all(guess for cue, guess in zip(cues, guessed, strict=True) if cue.start_s):
        return False
    starts = [cue.start_s for cue in cues if cue.start_s is not None]
    span = max(end or 0.0 for end in ends) - min(starts)
    words = sum(len(cue.text.split()) for cue in cues)
    return span > 0 and words / span < _SPOKEN_WORDS_PER_UNIT


def _thousandth(value: float | None) -> float | None:
    return None if value is None else value / 1000


def _sane(value: float | None) -> float | None:
    return value if value is not None and 0 <= value <= LONGEST_TALK_S else None


def _names_by_id(data: Any) -> dict[str, str]:
    """Lists beside the talk that say who stands behind an id (`parties`, `speakers`, `participants` …)."""
    names: dict[str, str] = {}
    for node in _walk(data):
        if not isinstance(node, dict):
            continue
        row = lowered(node)
        if said_in(row):
            continue
        name = row.get("name") or row.get("displayname")
        key = row.get("speakerid", row.get("id"))
        if isinstance(name, str) and name.strip() and isinstance(key, (str, int)) and len(names) < 500:
            names.setdefault(str(key)[:60], one_line(name))
    return names


def _only_text(data: Any) -> Reading:
    texts = [
        value
        for node in _walk(data)
        if isinstance(node, dict)
        for key in ("text", "transcript", "transcript_text")
        if isinstance(value := cast("dict[str, Any]", node).get(key), str) and value.strip()
    ]
    if not texts:
        raise TranscriptError(
            "No talk in this file",
            "It is JSON, and no part of it says what was said.",
            "Export the transcript as text, .vtt or .srt and import that file.",
        )
    written = turns.read(max(texts, key=len), TranscriptFormat.JSON)
    return replace(written, title=_title(data), held_on=_held_on(data))


def _tops(data: Any) -> Iterator[Row]:
    """The objects that speak of the whole talk: at the top, or below other objects alone."""
    level = [data]
    for _ in range(4):
        objects = [cast("dict[str, Any]", node) for node in level if isinstance(node, dict)]
        yield from (lowered(node) for node in objects)
        level = [child for node in objects for child in node.values() if isinstance(child, dict)][:50]


def _title(data: Any) -> str:
    for row in _tops(data):
        for key in _TITLES:
            if isinstance(value := row.get(key), str) and value.strip():
                return one_line(value)[:200]
    return ""


def _held_on(data: Any) -> date | None:
    for row in _tops(data):
        for key in _DAYS:
            value = row.get(key)
            if isinstance(value, str) and (day := day_in(value)) is not None:
                return day
            if (number := number_of(value)) is not None and (day := day_of_epoch(number)) is not None:
                return day
    return None
