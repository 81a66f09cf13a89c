"""Damaged transcripts: no crash, no hang, no invented text. `python -m benchmarks.transcripts 10000`."""

from __future__ import annotations

import html
import io
import json
import random
import re
import sys
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from pathlib import Path
from typing import Any, cast

from lastmile_desktop.core.transcript import Transcript
from lastmile_desktop.talks.transcripts import TranscriptError, read

SAMPLES = Path(__file__).resolve().parents[1] / "tests" / "data" / "transcripts"
_MARKUP = re.compile(r"<[^<>]{0,2000}>")
_TAGS = re.compile(
    r"</?(?:c|i|b|u|v|s|em|strong|ruby|rt|lang|font|span)(?:[.\s][^<>\n]{0,200})?/?>|<\d[\d:.]{3,14}>"
)
_LEFT_OUT = re.compile(
    r"[\s\"*\\>\x00-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffd]+"
)
_PIECES = (
    *(
        b"-->",
        b"<v ",
        b"</v>",
        b"<",
        b">",
        b"&amp;",
        b"&#x110000;",
        b"\x00",
        b"\r",
        b"\n\n",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
    ),
    *(
        b"WEBVTT",
        b"NOTE",
        b"00:00:00.000",
        b"99:99:99.999",
        b"[00:12]",
        b"Name: ",
        b"{",
        b"}",
        b"[",
        b'"',
        b":",
        b"\t",
    ),
    *(
        b"1e999",
        b"NaN",
        b"-1",
        b"=?utf-8?q?=?=",
        b"From x 2026\n",
        b"> ",
        b"**",
        b"\xc3\x28",
        b"\xe2\x80\xae",
        b"(",
        b")",
    ),
)


@dataclass(slots=True)
class Outcome:
    read: int = 0
    refused: int = 0
    crashes: list[str] = field(default_factory=list[str])
    invented: list[str] = field(default_factory=list[str])
    slowest_s: float = 0.0
    slowest: str = ""


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The file after a few of the accidents that befall files; a Word document mostly inside its packing."""
    if data.startswith(b"PK") and chance.random() < 0.8:
        return _repacked(data, chance)
    for _ in range(chance.randint(1, 6)):
        data = _accident(data, chance)
    return data


def _accident(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    upto = min(len(data), at + chance.randrange(1, 80))
    match chance.randrange(9):
        case 0:
            return data[:at] + data[upto:]
        case 1:
            return data[:at] + chance.randbytes(chance.randrange(1, 12)) + data[at:]
        case 2:
            return data[:at] + chance.choice(_PIECES) * chance.choice((1, 1, 1, 3, 400)) + data[at:]
        case 3:
            return data[:at]
        case 4:
            return data[:at] + data[at:upto] * chance.randrange(2, 30) + data[upto:]
        case 5:
            other = chance.randrange(len(data) + 1)
            return data[:at] + data[other : other + 300] + data[at:]
        case 6:
            lines = data.split(b"\n")
            chance.shuffle(lines)
            return b"\n".join(lines)
        case 7:
            return data.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\n", b" ", b"\n \n")))
        case _:
            changed = bytearray(data)
            for _ in range(chance.randrange(1, 20)):
                if changed:
                    changed[chance.randrange(len(changed))] = chance.randrange(256)
            return bytes(changed)


def _repacked(data: bytes, chance: random.Random) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            inner = old.read(name)
            if name.endswith("document.xml"):
                for _ in range(chance.randint(1, 3)):
                    inner = _accident(inner, chance)
            new.writestr(name, inner)
    return packed.getvalue()


def invented_in(transcript: Transcript, data: bytes) -> list[str]:
    """Speakers and texts of which some word is not in the file, or not in that order."""
    views = [_squeezed(view) for view in _views(data)]
    found: list[str] = []
    for turn in transcript.turns:
        if not any(_stands_in(turn.text, view) for view in views):
            found.append(f"text {turn.text[:200]!r}")
        if turn.speaker and not any(
            all(_squeezed(word) in view for word in turn.speaker.split()) for view in views
        ):
            found.append(f"speaker {turn.speaker!r}")
    return found


def _stands_in(text: str, view: str) -> bool:
    at = 0
    for word in text.lower().split():
        squeezed = _squeezed(word)
        at = view.find(squeezed, at)
        if at < 0:
            return False
        at += len(squeezed)
    return True


def _squeezed(text: str) -> str:
    return _LEFT_OUT.sub("", text).lower()


def _views(data: bytes) -> Iterator[str]:
    for encoding in ("utf-8", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        try:
            text = data.decode(encoding, "replace")
        except UnicodeError:
            continue
        yield from (
            text,
            html.unescape(text),
            html.unescape(_MARKUP.sub("", text)),
            html.unescape(_TAGS.sub("", text)),
        )
        if encoding == "utf-8":
            yield from _strings(text)
    yield from _packed(data)
    yield from _mail(data)


def _strings(text: str) -> Iterator[str]:
    cleaned = re.sub(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u200b\ufeff]", " ", text)
    for parts in ([text], [cleaned], text.split("\n")):
        found: list[str] = []
        try:
            for part in parts:
                _collect(json.loads(part), found)
        except (ValueError, RecursionError):
            continue
        yield " ".join(found)


def _collect(value: Any, found: list[str]) -> None:
    if isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            found.append(key)
            _collect(inner, found)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            _collect(inner, found)
    else:
        found.append(str(value))


def _packed(data: bytes) -> Iterator[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            xml = archive.read("word/document.xml")
    except (
        zipfile.BadZipFile,
        KeyError,
        zlib.error,
        EOFError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        OSError,
    ):
        return
    for encoding in ("utf-8", "utf-16"):
        yield html.unescape(_MARKUP.sub("", xml.decode(encoding, "replace")))


def _mail(data: bytes) -> Iterator[str]:
    headers: list[str] = []
    for raw in _messages(data.lstrip()):
        try:
            parts = list(message_from_bytes(raw).walk())
        except RecursionError:
            continue
        for part in parts:
            for value in (str(part.get("From", "")), str(part.get("Subject", ""))):
                headers += [value, *_decoded_header(value)]
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                for encoding in ("utf-8", "latin-1"):
                    text = payload.decode(encoding, "replace")
                    yield from (text, html.unescape(_MARKUP.sub("", text)))
    yield "\n".join(headers)


def _messages(data: bytes) -> list[bytes]:
    parts = re.split(rb"(?m)^(?=From \S)", data)
    return [data, *(part.partition(b"\n")[2] for part in parts)]


def _decoded_header(value: str) -> list[str]:
    try:
        return [
            piece.decode("utf-8", "replace") if isinstance(piece, bytes) else piece
            for piece, _ in decode_header(value)
        ]
    except (ValueError, HeaderParseError):
        return []


def run(times: int, seed: int = 1) -> tuple[Outcome, Counter[str]]:
    """`times` damaged files, drawn from every sample in turn."""
    chance = random.Random(seed)
    samples = sorted(SAMPLES.iterdir())
    outcome = Outcome()
    formats: Counter[str] = Counter()
    for number in range(times):
        sample = samples[number % len(samples)]
        data = mutated(sample.read_bytes(), chance)
        began = time.perf_counter()
        try:
            transcript = read(sample.name, data)
        except TranscriptError:
            outcome.refused += 1
            transcript = None
        except Exception as problem:  # noqa: BLE001 - a crash of any kind is what is looked for
            outcome.crashes.append(f"{sample.name} #{number}: {type(problem).__name__}: {problem}")
            transcript = None
        took = time.perf_counter() - began
        if took > outcome.slowest_s:
            outcome.slowest_s, outcome.slowest = took, f"{sample.name} #{number}, {len(data):,} bytes"
        if transcript is not None:
            outcome.read += 1
            formats[transcript.format.value] += 1
            outcome.invented += [f"{sample.name} #{number}: {what}" for what in invented_in(transcript, data)]
    return outcome, formats


def main() -> int:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    outcome, formats = run(times, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    print(f"{times:,} damaged files: {outcome.read:,} read, {outcome.refused:,} refused in plain words")
    print(f"crashes: {len(outcome.crashes)}; invented: {len(outcome.invented)}")
    print(f"slowest: {outcome.slowest_s * 1000:.0f} ms ({outcome.slowest})")
    print("read as " + ", ".join(f"{name} {count:,}" for name, count in formats.most_common()))
    for line in (outcome.crashes + outcome.invented)[:40]:
        print(f"  {line}")
    return 1 if outcome.crashes or outcome.invented else 0


if __name__ == "__main__":
    sys.exit(main())
