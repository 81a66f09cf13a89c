"""Written transcripts, plain or Markdown: from lines to turns, with what stands before them as title and day."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

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
from lastmile_desktop.talks.transcripts.heads import Head, Kind, head_of
from lastmile_desktop.talks.transcripts.names import looks_like_a_name, speakers_among

_NO_TALK_STARTS_LATER_S = 5 * 3600.0
"""Where the first time is later than this, times are hours of the day and no offsets."""
_PREAMBLE = 60
_LONGEST_FRONT = 80
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
"""Decoration around a heading. The patterns below look at what is left between."""
_SAID_BY_THE_TOOL = re.compile(
    r"""transcribed\ by\ https?://\S+ | (?:meeting|transcription|session)\ ended\ after\b.*
    | this\ editable\ transcript\ was\ computer\ generated\b.* | people\ can\ also\ change\ the\ text\b.*
    | [^.!?]{1,60}\ (?:started|stopped)\ transcription | [^.!?]{1,60}\ hat\ die\ transkription\ (?:gestartet|beendet)
    | view\ recording\b.* | https?://\S+ | transcript | transkript | [^.!?]*\bend-to-end\ encrypted
    | (?:time|timestamp|start)\t(?:speaker|name)\t\w+ | """,
    re.I | re.X,
)
_ENDED_AFTER = re.compile(rf"(?:meeting|transcription|session) ended after ({TIME})", re.I)
_NOT_A_TITLE = re.compile(r"notes|summary|notizen|zusammenfassung", re.I)
_TITLE_LABEL = re.compile(r"(?:meeting |call )?(?:title|topic|name|subject|titel|betreff|thema)\s?:\s*", re.I)
_TITLE_END = re.compile(r"(?:-20\d{6}_\d{6})?\s?[-–]\s?(?:Meeting )?(?:Transcript|Transkript)$")
_TRANSCRIPT_HEADING = re.compile(r"(?:full |meeting )?(?:transcript|transkript|transcription)", re.I)
_MARKDOWN = re.compile(r"^(?:#{1,6} |\*\*[^*\n]{1,80}\*\*|[-*] \*\*)", re.M)
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!>~|-])")
_LEAD = re.compile(r"^(?:#{1,6}\s+|>(?!>)\s?|[-*•]\s+(?=\*\*|\[?\(?\d))")
_ATTENDEES = re.compile(r"attendees|participants|invited|teilnehmer(?:innen)?|speakers", re.I)
_DETAIL = re.compile(
    r"[\w ]{2,24}:\s.{0,200}|"
    r"(?:\d{1,3}\s?(?:h|hr|hours?|m|min|mins|minutes?|s|sec)\b[\s,]{0,3}){1,3}|.{1,30}\d{4}.{0,30}",
    re.I,
)


def _is(pattern: re.Pattern[str], line: str, longest: int = 60) -> bool:
    """Whether the line says this and nothing else, whatever decorates it."""
    return len(line) < 600 and pattern.fullmatch(_EDGES.sub("", line[:longest])) is not None


@dataclass(frozen=True, slots=True)
class _Style:
    """Which heads open turns in this file."""

    speakers: frozenset[str]
    named: bool
    timed: bool
    times: bool
    name_beside_time: int = 0
    """-1: the line before a time is the name; 1: the line after it."""


def read(text: str, kind: TranscriptFormat = TranscriptFormat.TEXT) -> Reading:
    has_marks = text.startswith("---\n") or len(_MARKDOWN.findall(text[:200_000])) > 1
    is_markdown = kind is TranscriptFormat.TEXT and has_marks
    raw = text.split("\n", MOST_LINES)
    lines = [_bare(line, is_markdown) for line in raw[:MOST_LINES]]
    about = _front_matter(lines)
    lines[: len(about)] = [""] * len(about)
    heads = [head_of(line) for line in lines]
    style = _style(lines, heads)
    heads = [_without_false_name(head, style) for head in heads]
    begin = _after_heading(lines, heads, style)
    cues = list(_spoken(lines, heads, style, begin))
    title, held_on, said_before = _preamble(lines, begin)
    title, held_on = _told(about, "title") or title, day_in(_told(about, "date")) or held_on
    cues = [*(Cue("", None, None, paragraph) for paragraph in said_before), *cues]
    cues, length_s = _without_clock_times(cues, heads)
    ended = next(
        (found[1] for line in lines[-20:] if (found := _ENDED_AFTER.fullmatch(_EDGES.sub("", line[:80])))), ""
    )
    held_on = held_on or next((day_in(head.day) for head in heads if head.day), None)
    found = TranscriptFormat.MARKDOWN if is_markdown else kind
    return Reading(found, cues, title, held_on, 0, length_s or seconds(ended), len(raw) > MOST_LINES)


def _front_matter(lines: Sequence[str]) -> Sequence[str]:
    """The block of keys that Markdown files begin with; empty when there is none."""
    if not lines or lines[0] != "---":
        return ()
    end = next((at for at, line in enumerate(lines[1:_LONGEST_FRONT], 1) if line == "---"), 0)
    return lines[: end + 1] if end and any(":" in line for line in lines[1:end]) else ()


def _told(about: Sequence[str], key: str) -> str:
    told = next((line for line in about if line.lower().startswith(f"{key}:")), "")
    return told.partition(":")[2].strip().strip("\"'")[:200]


def _bare(line: str, is_markdown: bool) -> str:
    line = line.strip().replace("\u00a0", " ")
    if is_markdown:
        line = _ESCAPED.sub(r"\1", _LEAD.sub("", html.unescape(line)).replace("**", ""))
        if len(line) > 2 and line[0] == line[-1] and line[0] in "*_" and line[1] not in "*_":
            line = line[1:-1]
    return line.strip()


def _style(lines: Sequence[str], heads: Sequence[Head]) -> _Style:
    timed = [head.speaker for head in heads if head.kind is Kind.TIMED]
    perhaps = Counter(
        head.speaker
        for at, head in enumerate(heads)
        if head.kind is Kind.PERHAPS_TIMED and _is_followed(at, lines, heads)
    )
    sure = frozenset(timed) | {
        name for name in perhaps if looks_like_a_name(name) and (name in timed or max(perhaps.values()) > 1)
    }
    n_timed = len(timed) + sum(times for name, times in perhaps.items() if name in sure)
    named = speakers_among(head.speaker for head in heads if head.kind is Kind.NAMED)
    n_named = sum(head.kind is Kind.NAMED and head.speaker in named for head in heads)
    if n_timed and n_timed * 3 >= n_named:
        return _Style(sure, named=True, timed=True, times=False)
    beside, names = _names_beside_times(lines, heads)
    if beside:
        return _Style(names, named=False, timed=False, times=True, name_beside_time=beside)
    if n_named > 1 or (n_named and len([line for line in lines if line]) <= 2):
        return _Style(named, named=True, timed=bool(n_timed), times=True)
    stamped = sum(head.kind in (Kind.TIME, Kind.TIME_TEXT) or bool(head.spoken) for head in heads)
    return _Style(frozenset(), named=False, timed=False, times=stamped > 1)


def _is_followed(at: int, lines: Sequence[str], heads: Sequence[Head]) -> bool:
    """Whether something is said after a head, on its line or on the next that is not empty."""
    if heads[at].rest.strip():
        return True
    below = next((index for index in range(at + 1, min(at + 5, len(lines))) if lines[index]), None)
    return below is not None and heads[below].kind in (Kind.TEXT, Kind.NAMED)


def _without_false_name(head: Head, style: _Style) -> Head:
    if not head.spoken or head.speaker in style.speakers:
        return head
    return replace(head, kind=Kind.TIME_TEXT, speaker="", rest=head.spoken)


def _names_beside_times(lines: Sequence[str], heads: Sequence[Head]) -> tuple[int, frozenset[str]]:
    """Some tools write the name on a line of its own, before or after the line with the time."""
    at = [index for index, head in enumerate(heads) if head.kind is Kind.TIME]
    if len(at) < 2:
        return 0, frozenset()
    found = [(side, _names_at(side, at, lines, heads)) for side in (1, -1)]
    side, names = max(found, key=lambda item: (len(item[1]), -len(set(item[1]))))
    recur = len(set(names)) * 2 <= len(names) or len(names) < 4
    return (side, frozenset(names)) if len(names) * 10 >= len(at) * 6 and recur else (0, frozenset())


def _names_at(side: int, at: Sequence[int], lines: Sequence[str], heads: Sequence[Head]) -> list[str]:
    names: list[str] = []
    for index in at:
        beside = index + side
        if not 0 <= beside < len(lines) or heads[beside].kind is not Kind.TEXT:
            continue
        said = (
            lines[beside + 1]
            if side > 0 and beside + 1 < len(lines)
            else lines[index + 1 : index + 2] and lines[index + 1]
        )
        if said and looks_like_a_name(lines[beside]):
            names.append(lines[beside])
    return names


def _opens(head: Head, style: _Style) -> bool:
    match head.kind:
        case Kind.NAMED:
            return style.named and head.speaker in style.speakers
        case Kind.TIMED:
            return style.timed
        case Kind.PERHAPS_TIMED:
            return (style.timed or style.named) and head.speaker in style.speakers
        case Kind.TIME | Kind.TIME_TEXT:
            return style.times
        case _:
            return False


def _after_heading(lines: Sequence[str], heads: Sequence[Head], style: _Style) -> int:
    """Where the talk begins: at the first turn after the last heading `Transcript`, or at the first of all."""
    opening = [
        index
        for index, head in enumerate(heads)
        if _opens(head, style)
        and (style.name_beside_time >= 0 or _is_name_line(index - 1, lines, heads, style))
    ]
    if not opening:
        return 0
    headings = [index for index, line in enumerate(lines[: opening[-1]]) if _is(_TRANSCRIPT_HEADING, line)]
    first = next(index for index in opening if not headings or index > headings[-1])
    return first - 1 if style.name_beside_time < 0 else first


def _spoken(lines: Sequence[str], heads: Sequence[Head], style: _Style, begin: int) -> Iterator[Cue]:
    """Paragraphs of who has no name stay apart; a named turn goes on until the next head."""
    speaker, start, said = "", None, list[str]()
    pending: float | None = None
    skip = -1
    for index in range(begin, len(lines)):
        line, head = lines[index], heads[index]
        if index == skip or _is(_SAID_BY_THE_TOOL, line, 400):
            if not line and not speaker and said:
                yield Cue("", start, None, _joined("", start, said))
                said, start = [], None
            continue
        if not _opens(head, style) and not _is_name_line(index, lines, heads, style):
            said.append(line)
            continue
        if said:
            yield Cue(speaker, start, None, _joined(speaker, start, said))
        said = []
        if head.kind is Kind.NAMED:
            speaker, start, pending = head.speaker[:LONGEST_NAME], pending, None
            said = [head.rest]
        elif head.kind in (Kind.TIMED, Kind.PERHAPS_TIMED):
            speaker, start, said = head.speaker[:LONGEST_NAME], head.start_s, [head.rest]
        elif head.kind is Kind.TIME_TEXT:
            speaker, start, said = speaker if style.named else "", head.start_s, [head.rest]
        elif head.kind is Kind.TIME:
            start, pending = head.start_s, head.start_s if style.named else None
            speaker = ""
            if (
                style.name_beside_time > 0
                and lines[index + 1 : index + 2]
                and lines[index + 1] in style.speakers
            ):
                speaker, skip = lines[index + 1], index + 1
        else:
            speaker, start, skip = line, heads[index + 1].start_s, index + 1
    if said:
        yield Cue(speaker, start, None, _joined(speaker, start, said))


def _joined(speaker: str, start: float | None, said: Sequence[str]) -> str:
    """Speech is one line; the lines of notes, which nobody speaks at any time, stay lines."""
    if speaker or start is not None:
        return one_line(" ".join(said))
    return "\n".join(one_line(line) for line in said if line)


def _is_name_line(index: int, lines: Sequence[str], heads: Sequence[Head], style: _Style) -> bool:
    return (
        style.name_beside_time < 0
        and lines[index] in style.speakers
        and index + 1 < len(heads)
        and heads[index + 1].kind is Kind.TIME
    )


def _preamble(lines: Sequence[str], begin: int) -> tuple[str, date | None, list[str]]:
    """Title, day, and what was written before the first turn that is neither of them nor a detail."""
    before = [line for line in lines[:begin] if line and not _is(_SAID_BY_THE_TOOL, line, 400)]
    titles = [
        line
        for line in before[:_PREAMBLE]
        if len(line) <= 160
        and not line.endswith((".", "?", "!"))
        and not _is(_NOT_A_TITLE, line)
        and not _is(_ATTENDEES, line)
    ]
    title = next((line for line in titles if _TITLE_END.search(line)), titles[0] if titles else "")
    held_on = next((day for line in before[:_PREAMBLE] if (day := day_in(line)) is not None), None)
    has_heading = any(_is(_TRANSCRIPT_HEADING, line) for line in lines[:begin])
    said = [
        line
        for above, line in zip(["", *before], before, strict=False)
        if line != title
        and not _is(_DETAIL, line, 400)
        and not _is(_ATTENDEES, line)
        and not _is(_ATTENDEES, above)
    ]
    return _TITLE_END.sub("", _TITLE_LABEL.sub("", title)).strip(), held_on, [] if has_heading else said


def _without_clock_times(cues: list[Cue], heads: Sequence[Head]) -> tuple[list[Cue], float | None]:
    """The hour of the day is no offset into a recording: it gives a length and no starts."""
    times = [cue.start_s for cue in cues if cue.start_s is not None]
    has_halves = any(head.is_clock for head in heads)
    if not times or not (has_halves or min(times) >= _NO_TALK_STARTS_LATER_S):
        return cues, None
    length_s = max(times) - min(times) if not has_halves and times == sorted(times) else None
    return [replace(cue, start_s=None, end_s=None) for cue in cues], length_s
