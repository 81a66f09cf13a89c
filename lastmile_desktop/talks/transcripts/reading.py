"""One file in, one transcript out. The content decides what it is, not what it is called."""

from __future__ import annotations

import hashlib

from lastmile_desktop.core.transcript import Transcript, TranscriptFormat
from lastmile_desktop.talks.transcripts import captions, letters, structured, turns, word
from lastmile_desktop.talks.transcripts.cues import Reading, TranscriptError, length, merged
from lastmile_desktop.talks.transcripts.decoding import LARGEST, cleaned, decoded


def read(name: str, data: bytes) -> Transcript:
    """Raises TranscriptError, in plain words, for what holds no talk. Nothing is added to what the file says."""
    reading = _reading(data)
    said, truncated = merged(reading.cues)
    if not said:
        raise TranscriptError(
            "No text in this file",
            "It has the shape of a transcript, and nobody says anything in it.",
            "Export the transcript again and import that file.",
        )
    return Transcript(
        name=name,
        format=reading.format,
        turns=said,
        held_on=reading.held_on,
        title=reading.title,
        sha256=hashlib.sha256(data).hexdigest(),
        skipped=reading.skipped,
        truncated=truncated or reading.is_cut,
        length_s=reading.length_s or length(reading.cues),
    )


def _reading(data: bytes) -> Reading:
    if word.is_zip(data) and len(data) <= LARGEST:
        return turns.read(cleaned(word.text_of(data)), TranscriptFormat.DOCX)
    if letters.is_mail(data) and len(data) <= LARGEST:
        return letters.read(data)
    text = decoded(data)
    if captions.is_captions(text):
        return captions.read(text)
    if _is_json(text):
        return structured.read_json(text)
    return structured.read_table(text) or turns.read(text)


def _is_json(text: str) -> bool:
    begin = text.lstrip()[:60]
    after = begin[1:].lstrip()[:1]
    return (begin[:1] == "{" and after in ('"', "}")) or (begin[:1] == "[" and after in ("{", "]", '"'))
