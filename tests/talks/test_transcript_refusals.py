"""What holds no talk is refused in plain words; what is damaged is read as far as it goes."""

from __future__ import annotations

import io
import json
import time
import zipfile

import pytest

from benchmarks.transcripts import run
from lastmile_desktop.core.transcript import TranscriptFormat
from lastmile_desktop.talks.transcripts import TranscriptError, read

WORD = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>%s</w:body></w:document>'


def packed(xml: str, name: str = "word/document.xml") -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, xml)
    return into.getvalue()


def refusal(data: bytes) -> TranscriptError:
    with pytest.raises(TranscriptError) as caught:
        read("talk", data)
    return caught.value


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "no words"),
        (b"\n \t\n", "no words"),
        (b"... --- ...", "no words"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n\n", "nobody says anything"),
        (b"x" * (5 * 1024 * 1024 + 1), "5 MB"),
        (b"ID3\x04\x00" + bytes(200), "a sound file"),
        (b"\x00\x00\x00\x20ftypisom" + bytes(200), "a sound or video file"),
        (b"RIFF\x00\x00\x00\x00WAVE" + bytes(200), "a sound or video file"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"{\\rtf1\\ansi hello}", "a rich text file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(200), "an old Word document"),
        (bytes(range(1, 32)) * 40, "not text"),
        (b'{"segments": [{"start": 1, "text": "cut o', "begins as JSON"),
        (b'{"ok": true, "items": [1, 2]}', "no part of it says what was said"),
        (packed("<a/>", "sheet.xml"), "not a Word document"),
        (packed("<w:document"), "damaged"),
        (packed(WORD % "<w:p/>")[:60], "cut off or damaged"),
    ],
)
def test_what_is_no_talk_is_refused_and_said_why(data: bytes, what: str) -> None:
    problem = refusal(data)
    assert what in problem.happened
    assert problem.remedy.endswith(".")


def test_a_document_with_entities_is_refused_before_they_grow() -> None:
    bomb = (
        '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        + WORD % "<w:p><w:r><w:t>&b;</w:t></w:r></w:p>"
    )
    assert "entities" in refusal(packed(bomb)).happened


def test_a_document_that_unpacks_to_more_than_a_talk_is_refused_at_once() -> None:
    began = time.perf_counter()
    assert "more than a talk" in refusal(packed(" " * (60 * 1024 * 1024))).happened
    assert time.perf_counter() - began < 5


def test_a_document_in_an_encoding_that_nobody_knows_is_refused() -> None:
    assert "damaged" in refusal(packed('<?xml version="1.0" encoding="UTFU8"?>' + WORD % "<w:p/>")).happened


def test_a_document_nested_without_end_is_refused() -> None:
    assert "nested" in refusal(packed(WORD % ("<w:x>" * 5_000 + "</w:x>" * 5_000))).happened


def test_a_message_of_parts_within_parts_is_refused() -> None:
    part = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"
    assert "damaged" in refusal(b"From: a@b\nTo: c@d\nSubject: x\n" + part * 1_000).happened


def test_json_nested_without_end_is_refused() -> None:
    assert "JSON" in refusal(b'{"a":' * 200_000).happened


def test_numbers_that_are_no_times_leave_the_time_out() -> None:
    rows = [
        {"speaker": "Mara", "text": "Who signs?", "start": value}
        for value in (-1, 1e300, True, None, "soon", [1])
    ]
    assert {turn.start_s for turn in read("x.json", json.dumps(rows).encode()).turns} == {None}


def test_more_turns_than_are_kept_are_said_to_be_more() -> None:
    talk = read("x.txt", b"".join(b"Mara: a%d\nRuben: b\n" % number for number in range(11_000)))
    assert (len(talk.turns), talk.truncated) == (20_000, True)


def two_hours() -> bytes:
    sentence = "so the thing with the supplier is that he calls twice and then nobody calls back"
    cues = [
        f"{number}\n{number // 1200:02}:{number // 20 % 60:02}:{number % 20 * 3:02}.000 --> "
        f"{number // 1200:02}:{number // 20 % 60:02}:{number % 20 * 3 + 2:02}.900\nSpeaker {number // 3 % 3}: {sentence}\n"
        for number in range(2_400)
    ]
    return ("WEBVTT\n\n" + "\n".join(cues)).encode()


def test_a_talk_of_two_hours_is_read_in_well_under_a_second() -> None:
    data = two_hours()
    began = time.perf_counter()
    talk = read("two-hours.vtt", data)
    assert time.perf_counter() - began < 1
    assert (talk.minutes, len(talk.turns), len(talk.speakers)) == (120, 800, 3)


@pytest.mark.parametrize(
    "line",
    [
        "00:0" + "\t " * 110,
        "1:02 " + "\u00a0" * 220,
        "-" * 230,
        "([" * 110,
        "a  " * 70 + "1:02x",
        "From to " * 28,
        "=> " * 70,
    ],
)
def test_no_line_takes_long_however_odd(line: str) -> None:
    began = time.perf_counter()
    try:
        read("odd.txt", f"{line}\nword\n".encode() * 1_000)
    except TranscriptError as problem:
        assert problem.remedy
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("bom", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_encoding_gives_the_same_words(bom: str) -> None:
    talk = read("x", "Mara: Wie läuft’s – gut?\nJörg: Ja.\n".encode(bom))
    assert [(turn.speaker, turn.text) for turn in talk.turns] == [
        ("Mara", "Wie läuft’s – gut?"),
        ("Jörg", "Ja."),
    ]


def test_one_wrong_byte_does_not_spoil_the_other_letters() -> None:
    data = "Mara: Wie läuft’s – gut?\nJörg: Ja.\n".encode() + b"\xff"
    assert read("x", data).turns[0].text == "Wie läuft’s – gut?"


def test_the_content_decides_and_not_the_name() -> None:
    assert read("talk.docx", b"1\n00:00:01,000 --> 00:00:02,000\nHello\n").format is TranscriptFormat.SRT


def test_damaged_files_neither_crash_nor_hang_nor_say_what_nobody_said() -> None:
    outcome, formats = run(420, seed=20260304)
    assert outcome.crashes == []
    assert outcome.invented == []
    assert outcome.slowest_s < 1
    assert outcome.read > 200
    assert len(formats) > 6
