"""One entry of a list of who said what: its words, its speaker and its time, under the names tools give them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from lastmile_desktop.talks.transcripts.cues import one_line, seconds

TEXTS = tuple("text sentence transcript rawtext content body message words value speech".split())
SPEAKERS = tuple(
    """
    speakername speakerdisplayname speaker speakerlabel participant displayname userprofile name who author user person
    sender speakerid role source from
    """.split()
)
STARTS = tuple(
    "start starttime starttimestamp timestamp startoffset offset time ts from begin startseconds".split()
)
ENDS = tuple("end endtime endtimestamp endoffset to endseconds".split())
STARTS_MS = tuple("startms starttimems offsetms startmillis".split())
ENDS_MS = tuple("endms endtimems endmillis".split())
_NESTED = ("sentences", "segments", "elements", "alternatives", "words", "utterances")

Row = Mapping[str, Any]
"""An object of the file, its keys in small letters without spaces and underscores."""


def key_of(name: str) -> str:
    return name.strip().lower().replace("_", "").replace(" ", "")


def lowered(row: Any) -> Row:
    return {key_of(key): value for key, value in cast("dict[str, Any]", row).items()}


def said_in(row: Row) -> str:
    for key in TEXTS:
        value = row.get(key)
        if isinstance(value, str) and value.strip():
            return value
    for key in _NESTED:
        parts = row.get(key)
        if isinstance(parts, list) and parts:
            inner = [lowered(part) for part in cast("list[Any]", parts)[:5_000] if isinstance(part, dict)]
            texts = [
                str(part.get("text") or part.get("word") or part.get("value") or part.get("transcript") or "")
                for part in inner
            ]
            if key == "alternatives":
                texts = texts[:1]
            glue = "" if key == "elements" else " "
            if joined := one_line(glue.join(texts)):
                return joined
    return ""


def by_sentence(rows: Iterable[Row]) -> Iterator[Row]:
    """A row that groups sentences of one speaker becomes those sentences, each with its speaker."""
    for row in rows:
        parts = next(
            (row[key] for key in ("sentences", "segments", "utterances") if isinstance(row.get(key), list)),
            None,
        )
        inner = [lowered(part) for part in cast("list[Any]", parts or []) if isinstance(part, dict)]
        if inner and all(isinstance(part.get("text"), str) for part in inner):
            who = {key: row[key] for key in SPEAKERS if key in row}
            yield from ({**who, **part} for part in inner)
        else:
            yield row


def time_in(row: Row, keys: Sequence[str], keys_ms: Sequence[str]) -> tuple[float | None, bool | None]:
    """The time, and whether its unit is certain: None when a bare number must be judged with the others."""
    for key in keys_ms:
        if (value := number_of(row.get(key))) is not None:
            return value / 1000, False
    for key in keys:
        value = row.get(key)
        if isinstance(value, dict):
            value = lowered(value).get("relative")
        if isinstance(value, str) and (found := _seconds_in(value)) is not None:
            return found, False
        if (number := number_of(value)) is not None:
            return number, None if number == int(number) else False
    pair = row.get("timestamp") or row.get("timestamps")
    if isinstance(pair, list) and len(cast("list[Any]", pair)) == 2:
        return number_of(cast("list[Any]", pair)[0 if keys is STARTS else 1]), False
    words = row.get("words")
    if isinstance(words, list) and words and isinstance(words[0], dict):
        word = cast("list[Any]", words)[0 if keys is STARTS else -1]
        return (
            time_in({key: value for key, value in lowered(word).items() if key != "words"}, keys, keys_ms)
            if isinstance(word, dict)
            else (None, False)
        )
    return None, False


def _seconds_in(text: str) -> float | None:
    found = seconds(text)
    if found is None and len(text) < 20:
        try:
            found = float(text.strip().removesuffix("s"))
        except ValueError:
            return None
    return found


def number_of(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def stamp_in(row: Row) -> datetime | None:
    for key in STARTS:
        value = row.get(key)
        if isinstance(value, dict):
            value = lowered(value).get("absolute")
        if isinstance(value, str) and 16 <= len(value) <= 40 and "T" in value:
            try:
                return datetime.fromisoformat(value)
            except ValueError:
                continue
    return None


def speaker_in(row: Row, names: Mapping[str, str]) -> str:
    for key in SPEAKERS:
        value = row.get(key)
        if isinstance(value, dict):
            inner = lowered(value)
            value = next(
                (
                    inner[name]
                    for name in ("displayname", "realname", "name", "label", "id", "source")
                    if inner.get(name)
                ),
                None,
            )
        if isinstance(value, bool) or value is None or isinstance(value, (list, float)):
            continue
        if key == "from" and not (isinstance(value, str) and _seconds_in(value) is None):
            continue
        label = one_line(str(value)) if not isinstance(value, int) or abs(value) < 1 << 64 else ""
        if label:
            known = names.get(label, label)
            is_index = (
                key.startswith("speaker") and (len(known) == 1 or isinstance(value, int)) and len(known) < 4
            )
            return f"Speaker {known}" if is_index else known
    return ""
