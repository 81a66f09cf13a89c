"""Bytes to text: what tools write, on every system, and plain words about what is no text."""

from __future__ import annotations

import codecs
import re

from lastmile_desktop.talks.transcripts.cues import TranscriptError

LARGEST = 5 * 1024 * 1024
_SAMPLE = 65_536
_MOSTLY = 0.08

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NO_TEXT = (
    (b"RIFF", 0, "a sound or video file"),
    (b"ID3", 0, "a sound file"),
    (b"\xff\xfb", 0, "a sound file"),
    (b"fLaC", 0, "a sound file"),
    (b"OggS", 0, "a sound file"),
    (b"ftyp", 4, "a sound or video file"),
    (b"\x1aE\xdf\xa3", 0, "a video file"),
    (b"%PDF", 0, "a PDF"),
    (b"{\\rtf", 0, "a rich text file (.rtf)"),
    (b"\xd0\xcf\x11\xe0", 0, "an old Word document (.doc)"),
    (b"\x89PNG", 0, "a picture"),
    (b"\xff\xd8\xff", 0, "a picture"),
    (b"GIF8", 0, "a picture"),
    (b"\x1f\x8b", 0, "a packed file"),
    (b"SQLite format 3", 0, "a database"),
)
_CONTROLS = re.compile(
    r"[\x00-\x08\x0b\x0e-\x1f\x7f\x80-\x84\x86-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_LINE_ENDS = re.compile(r"\r\n?|[\x0c\x85\u2028\u2029]")


def decoded(data: bytes) -> str:
    """The text of the file. Raises TranscriptError for what is too large or no text."""
    if len(data) > LARGEST:
        raise TranscriptError(
            "The file is too large",
            f"It has {len(data) / 1_048_576:.1f} MB, and transcripts of up to 5 MB are read.",
            "Split it, or export the text without pictures.",
        )
    _refuse_what_is_no_text(data)
    text = _text_of(data)
    sample = text[:_SAMPLE]
    unseen = len(_CONTROLS.findall(sample)) + sample.count("\ufffd")
    if sample and unseen > len(sample) * _MOSTLY:
        raise _no_text("not text")
    shown = cleaned(text)
    if not any(character.isalnum() for character in shown):
        raise TranscriptError(
            "No text in this file", "It has no words.", "Export the transcript again and import that file."
        )
    return shown


def cleaned(text: str) -> str:
    """With `\\n` between lines, and spaces for control characters and marks that cannot be seen."""
    return _CONTROLS.sub(" ", _LINE_ENDS.sub("\n", text))


def _text_of(data: bytes) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data[len(bom) if encoding == "utf-8" else 0 :].decode(encoding, "replace")
    nulls = data[:_SAMPLE].count(0)
    if nulls * 3 > min(len(data), _SAMPLE):
        big_endian = data[0:_SAMPLE:2].count(0) > data[1:_SAMPLE:2].count(0)
        return data.decode("utf-16-be" if big_endian else "utf-16-le", "replace")
    text = data.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    if not wrong:
        return text
    right = sum(1 for character in text if character > "\x7f") - wrong
    return text if right >= wrong else data.decode("cp1252", "replace")


def _refuse_what_is_no_text(data: bytes) -> None:
    for signature, offset, what in _NO_TEXT:
        if data.startswith(signature, offset):
            raise _no_text(what)


def _no_text(what: str) -> TranscriptError:
    return TranscriptError(
        "This is not a transcript",
        f"The file is {what}.",
        "Export the transcript as text, .vtt, .srt, .docx or .json and import that file.",
    )
