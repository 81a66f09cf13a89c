"""WebVTT and SRT as meeting tools export them: with and without header, hours, cue ids, closed tags, names."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lastmile_desktop.core.transcript import TranscriptFormat
from lastmile_desktop.talks.transcripts.cues import (
    LONGEST_NAME,
    MOST_LINES,
    TIME,
    Cue,
    Reading,
    one_line,
    seconds,
)
from lastmile_desktop.talks.transcripts.dates import day_in
from lastmile_desktop.talks.transcripts.names import looks_like_a_name, speakers_among

_TIMING = re.compile(rf"\s*({TIME})\s*--?>\s*({TIME})(?:\s.*)?")
_WELL_WRITTEN = re.compile(r"\s*(?:\d{2,}:)?\d{2}:\d{2}[.,]\d{3}\s*-->")
_COMMA = re.compile(r"\d,\d{1,3}\s*-->")
_VOICE = re.compile(r"<v(?:\.[^\s<>]{0,80})?[ \t]+([^<>\n]{1,200})>")
_TAG = re.compile(
    r"</?(?:c|i|b|u|v|s|em|strong|ruby|rt|lang|font|span)(?:[.\s][^<>\n]{0,200})?/?>|<\d[\d:.]{3,14}>|\{\\an?\d\}"
)
_STAMPED_WORD = re.compile(r"<\d\d:\d\d:\d\d\.\d{3}><c>")
_BLOCKS = ("NOTE", "STYLE", "REGION")
_CUE_ID = re.compile(r"\s*(?:\d+|[0-9a-fA-F-]{16,64}(?:[/-]\d+)*(?:-\d+)?)\s*")
_OF_A_CUE_LINE = re.compile(
    r"(?:>>\s*|[-–]\s+)?(?:\[([^\]\n]{2,60})\]|\(([^)\n]{2,60})\)|([^:\n]{1,60}?))\s*[:：](?!//|\d)\s*(.*)",
    re.S,
)
_NAME_LINE = re.compile(r"\(([^()\n]{2,60})\)")


@dataclass(slots=True)
class _RawCue:
    start_s: float
    end_s: float | None
    lines: list[str] = field(default_factory=list[str])


def is_captions(text: str) -> bool:
    """Whether it is a caption file, with or without its header."""
    if text.lstrip()[:6] == "WEBVTT":
        return True
    head = text[:20_000].split("\n")
    return any(_WELL_WRITTEN.match(line) for line in head)


def read(text: str) -> Reading:
    lines = text.split("\n", 2 * MOST_LINES)
    is_cut = len(lines) > 2 * MOST_LINES
    lines = lines[: 2 * MOST_LINES]
    first = next((line.strip() for line in lines if line.strip()), "")
    raw, skipped = _raw_cues(lines)
    if _STAMPED_WORD.search(text):
        raw = _without_repeats(raw)
    named = _named(raw)
    head = first[6:].strip() if first.startswith("WEBVTT") else ""
    title = head.lstrip("-–— ").strip() if head[:1] in ("-", "–", "—") else ""
    is_vtt = first.startswith("WEBVTT") or not _COMMA.search(text[:20_000])
    kind = TranscriptFormat.WEBVTT if is_vtt else TranscriptFormat.SRT
    return Reading(kind, named, title[:200], day_in(title), skipped, is_cut=is_cut)


def _raw_cues(lines: list[str]) -> tuple[list[_RawCue], int]:
    cues: list[_RawCue] = []
    skipped = 0
    current: _RawCue | None = None
    inside_block = False
    for line in lines:
        timing = _TIMING.fullmatch(line[:300]) if "->" in line else None
        if timing is not None:
            _drop_cue_id(current)
            current, inside_block = _opened(timing), False
            if current is None:
                skipped += 1
            else:
                cues.append(current)
        elif "-->" in line:
            _drop_cue_id(current)
            current, skipped = None, skipped + 1
        elif not line:
            current, inside_block = None, False
        elif not line.strip() or inside_block:
            continue
        elif current is None and line.lstrip().split(" ", 1)[0] in _BLOCKS:
            inside_block = True
        elif current is not None:
            current.lines.append(line)
    return cues, skipped


def _opened(timing: re.Match[str]) -> _RawCue | None:
    start, end = seconds(timing[1]), seconds(timing[2])
    if start is None:
        return None
    return _RawCue(start, end if end is not None and end >= start else None)


def _drop_cue_id(cue: _RawCue | None) -> None:
    """The line before a timing line is that cue's id when no blank line stands between."""
    if cue is not None and cue.lines and _CUE_ID.fullmatch(cue.lines[-1][:100]):
        cue.lines.pop()


def _without_repeats(cues: list[_RawCue]) -> list[_RawCue]:
    """Rolling captions show each line twice: at the bottom, then above the next one."""
    last = ""
    for cue in cues:
        kept: list[str] = []
        for line in cue.lines:
            shown = one_line(_TAG.sub("", line))
            if shown and shown != last:
                kept.append(line)
                last = shown
        cue.lines = kept
    return cues


def _named(raw: list[_RawCue]) -> list[Cue]:
    candidates = [
        name
        for cue in raw
        for line in cue.lines
        if (name := _name_before(line[:200])[0]) and "<v" not in line
    ]
    speakers = speakers_among(candidates)
    return [cue for item in raw for cue in _spoken(item, speakers)]


def _spoken(raw: _RawCue, speakers: frozenset[str]) -> Iterator[Cue]:
    payload = "\n".join(raw.lines)
    if "<v" in payload:
        parts = _VOICE.split(payload)
        yield from _by_lines(raw, parts[0], speakers)
        for name, said in zip(parts[1::2], parts[2::2], strict=True):
            text = _plain(said)
            if text:
                yield Cue(_plain(name)[:LONGEST_NAME], raw.start_s, raw.end_s, text)
    else:
        yield from _by_lines(raw, payload, speakers)


def _by_lines(raw: _RawCue, payload: str, speakers: frozenset[str]) -> Iterator[Cue]:
    speaker = ""
    said: list[str] = []
    for line in payload.split("\n"):
        name, rest = _name_before(line)
        if name and name in speakers:
            if text := _plain(" ".join(said)):
                yield Cue(speaker, raw.start_s, raw.end_s, text)
            speaker, said = name[:LONGEST_NAME], [rest]
        else:
            said.append(line)
    if text := _plain(" ".join(said)):
        yield Cue(speaker, raw.start_s, raw.end_s, text)


def _name_before(line: str) -> tuple[str, str]:
    """`Name: text`, `>> NAME: text`, `- Name: text`, `[Name]: text`, or a line that is `(Name)` alone."""
    bare = _plain(line[:200]) if "<" in line[:200] or "&" in line[:200] else line[:200].strip()
    alone = _NAME_LINE.fullmatch(bare)
    if alone is not None and looks_like_a_name(alone[1]):
        return one_line(alone[1]), ""
    found = _OF_A_CUE_LINE.fullmatch(bare)
    if found is None:
        return "", line
    name = one_line(found[1] or found[2] or found[3] or "")
    _, _, rest = line.partition(":" if ":" in bare[: found.start(4)] else "：")
    return name, rest


def _plain(text: str) -> str:
    return one_line(html.unescape(_TAG.sub("", _VOICE.sub("", text))))
