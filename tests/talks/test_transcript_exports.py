"""Each tool's export is read with its speakers and times as the file states them, or with none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from benchmarks.transcripts import invented_in
from lastmile_desktop.core.transcript import Transcript, TranscriptFormat
from lastmile_desktop.talks.transcripts import read

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "transcripts"


@dataclass(frozen=True)
class Export:
    """What a file states. `starts` has one entry for each turn."""

    name: str
    format: TranscriptFormat
    speakers: tuple[str, ...]
    starts: tuple[float | None, ...]
    held_on: date | None
    minutes: int | None
    title: str


EXPORTS = (
    Export("assemblyai.json", TranscriptFormat.JSON, ("Speaker A", "Speaker B"), (0.24, 2.6), None, 1, ""),
    Export("deepgram.json", TranscriptFormat.JSON, ("Speaker 0", "Speaker 1"), (0.1, 1.3), None, 1, ""),
    Export("descript.csv", TranscriptFormat.TABLE, ("Mara Linden", "Ruben Ortega"), (1.0, 4.0), None, 1, ""),
    Export(
        "fathom-api.json",
        TranscriptFormat.JSON,
        ("Mara Linden", "Ruben Ortega"),
        (15.0, 19.0),
        date(2026, 3, 4),
        1,
        "Roof quotes",
    ),
    Export(
        "fathom.txt",
        TranscriptFormat.TEXT,
        ("Mara Linden (Lastmile)", "Ruben Ortega"),
        (0.0, 9.0, 760.0),
        None,
        13,
        "Roof quotes with Ortega Roofing - March 4",
    ),
    Export(
        "fireflies.json",
        TranscriptFormat.JSON,
        ("Mara Linden", "Ruben Ortega"),
        (1.2, 3.9),
        date(2026, 3, 4),
        1,
        "Ortega Roofing",
    ),
    Export(
        "fireflies.md",
        TranscriptFormat.MARKDOWN,
        ("Mara Linden", "Ruben Ortega"),
        (1.0, 4.0, 9.0),
        date(2026, 3, 4),
        1,
        "Ortega Roofing",
    ),
    Export("gong.json", TranscriptFormat.JSON, ("Mara Linden", "Ruben Ortega"), (460.23, 464.1), None, 8, ""),
    Export(
        "google-meet-gemini.md",
        TranscriptFormat.MARKDOWN,
        ("Mara Linden", "Ruben Ortega"),
        (0.0, None, 72.0),
        date(2026, 3, 4),
        3,
        "Ortega Roofing",
    ),
    Export(
        "google-meet.docx",
        TranscriptFormat.DOCX,
        ("Mara Linden", "Ruben Ortega"),
        (0.0, None, None),
        date(2026, 3, 4),
        2,
        "Ortega Roofing (2026-03-04 16:02 GMT-7)",
    ),
    Export(
        "google-meet.txt",
        TranscriptFormat.TEXT,
        ("Mara Linden", "Ruben Ortega"),
        (0.0, None, 300.0, None),
        date(2026, 3, 4),
        6,
        "Ortega Roofing (2026-03-04 16:02 GMT-7)",
    ),
    Export(
        "grain.txt", TranscriptFormat.TEXT, ("Mara Linden", "Ruben Ortega"), (0.0, 7.0, 15.0), None, 1, ""
    ),
    Export(
        "granola.json", TranscriptFormat.JSON, ("microphone", "system"), (None, None), date(2026, 3, 4), 1, ""
    ),
    Export(
        "granola.txt",
        TranscriptFormat.TEXT,
        ("Me", "Them"),
        (None, None, None, None),
        date(2026, 3, 4),
        None,
        "Ortega Roofing",
    ),
    Export(
        "hand-made.vtt",
        TranscriptFormat.WEBVTT,
        ("Mara", "Ruben"),
        (1.0, 4.0, 4.0, 12.0),
        date(2026, 3, 4),
        1,
        "Call with Ruben 2026-03-04",
    ),
    Export(
        "notes-german.txt",
        TranscriptFormat.TEXT,
        ("Interviewer", "Jörg Müller"),
        (None, None, None, None),
        date(2026, 3, 4),
        None,
        "Gespräch mit Jörg Müller",
    ),
    Export(
        "otter.srt", TranscriptFormat.SRT, ("Mara Linden", "Ruben Ortega"), (0.24, 3.6, 14.5), None, 1, ""
    ),
    Export(
        "otter.txt",
        TranscriptFormat.TEXT,
        ("Mara Linden", "Ruben Ortega", "Unknown Speaker"),
        (2.0, 8.0, 64.0, 3667.0),
        None,
        62,
        "",
    ),
    Export(
        "outlook.eml",
        TranscriptFormat.EMAIL,
        ("Mara Linden", "Ruben Ortega"),
        (None, None),
        date(2026, 3, 4),
        None,
        "AW: Angebot",
    ),
    Export("plain-notes.txt", TranscriptFormat.TEXT, (), (None, None), None, None, ""),
    Export(
        "read-ai.txt",
        TranscriptFormat.TEXT,
        ("Mara Linden", "Ruben Ortega"),
        (0.0, 6.0, 14.0),
        date(2026, 3, 4),
        1,
        "Ortega Roofing",
    ),
    Export("recall.json", TranscriptFormat.JSON, ("Mara Linden", "Ruben Ortega"), (4.1, 6.0), None, 1, ""),
    Export("rev.txt", TranscriptFormat.TEXT, ("Mara Linden", "Ruben Ortega"), (1.0, 3.0, 12.0), None, 1, ""),
    Export("stream-notes.vtt", TranscriptFormat.WEBVTT, (), (0.0, 4.31), None, 1, ""),
    Export(
        "support.mbox",
        TranscriptFormat.MAILBOX,
        ("Ruben Ortega", "Mara Linden"),
        (None, None),
        date(2026, 3, 3),
        None,
        "Quote does not send",
    ),
    Export("table.docx", TranscriptFormat.DOCX, ("Mara", "Ruben"), (5.0, 11.0, 20.0), None, 1, "Interview 7"),
    Export(
        "teams-graph.json",
        TranscriptFormat.JSON,
        ("Mara Linden", "Ruben Ortega"),
        (5.7197695, 8.0),
        None,
        1,
        "",
    ),
    Export(
        "teams-old.docx",
        TranscriptFormat.DOCX,
        ("Mara Linden", "Ruben Ortega"),
        (0.0, 2.9, 4.9, 12.0),
        None,
        1,
        "",
    ),
    Export(
        "teams.docx",
        TranscriptFormat.DOCX,
        ("Mara Linden", "Ruben Ortega"),
        (3.0, 9.0, 1621.0),
        date(2026, 3, 4),
        28,
        "Ortega Roofing",
    ),
    Export(
        "teams.vtt",
        TranscriptFormat.WEBVTT,
        ("Linden, Mara", "Ruben Ortega (Guest)"),
        (2.719, 8.01, 3723.5),
        None,
        63,
        "",
    ),
    Export(
        "thread.eml",
        TranscriptFormat.EMAIL,
        ("Ruben Ortega", "Mara Linden", "Ruben Ortega 🏠"),
        (None, None, None),
        date(2026, 3, 4),
        None,
        "Re: Quotes – a question",
    ),
    Export(
        "tldv.txt", TranscriptFormat.TEXT, ("Mara Linden", "Ruben Ortega"), (5.0, 12.0, 100.0), None, 2, ""
    ),
    Export("utf16.txt", TranscriptFormat.TEXT, ("Mara", "Ruben"), (None, None, None), None, None, ""),
    Export(
        "whatsapp.txt",
        TranscriptFormat.TEXT,
        ("Ruben Ortega", "Mara"),
        (None, None, None),
        date(2026, 2, 28),
        None,
        "",
    ),
    Export("whisper.json", TranscriptFormat.JSON, (), (0.0, 2.9), None, 1, ""),
    Export(
        "whisperx.json", TranscriptFormat.JSON, ("SPEAKER_00", "SPEAKER_01"), (0.03, 2.6, 9.0), None, 1, ""
    ),
    Export("wrong-suffix.txt", TranscriptFormat.SRT, ("Mara", "Ruben"), (1.0, 4.5, 4.5, 9.2), None, 1, ""),
    Export("youtube-auto.vtt", TranscriptFormat.WEBVTT, (), (0.12,), None, 1, ""),
    Export(
        "zoom-captions-saved.txt",
        TranscriptFormat.TEXT,
        ("Mara Linden", "Ruben Ortega"),
        (None, None, None),
        None,
        1,
        "",
    ),
    Export(
        "zoom-chat-cloud.txt",
        TranscriptFormat.TEXT,
        ("Mara Linden", "Ruben Ortega"),
        (724.0, 751.0, 2410.0),
        None,
        41,
        "",
    ),
    Export(
        "zoom-chat-saved.txt",
        TranscriptFormat.TEXT,
        ("Mara Linden", "Ruben Ortega"),
        (None, None, None),
        None,
        1,
        "",
    ),
    Export(
        "zoom-cloud.vtt",
        TranscriptFormat.WEBVTT,
        ("Mara Linden", "Ruben Ortega"),
        (3.12, 9.64, 24.1, 26.3),
        None,
        1,
        "",
    ),
    Export(
        "front-matter.md",
        TranscriptFormat.MARKDOWN,
        ("Speaker 0", "Speaker 1"),
        (15.0, 21.0, 62.0),
        date(2026, 3, 4),
        2,
        "How quotes get written",
    ),
    Export(
        "stamps-behind-names.md",
        TranscriptFormat.MARKDOWN,
        ("Mara Linden", "R. Ortega"),
        (0.0, 4.0, 12.0),
        None,
        1,
        "",
    ),
    Export(
        "stamps-now-and-then.md",
        TranscriptFormat.MARKDOWN,
        ("Mara Linden", "R. Ortega"),
        (4.0, None, 90.0, None, None),
        None,
        2,
        "",
    ),
)


def talk(name: str) -> Transcript:
    return read(name, (SAMPLES / name).read_bytes())


def said(name: str) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.text) for turn in talk(name).turns]


def test_every_sample_is_in_the_table() -> None:
    assert {export.name for export in EXPORTS} == {file.name for file in SAMPLES.iterdir()}


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
def test_speakers_and_times_are_what_the_file_states(export: Export) -> None:
    read_back = talk(export.name)
    assert read_back.format is export.format
    assert read_back.speakers == export.speakers
    assert tuple(turn.start_s for turn in read_back.turns) == export.starts
    assert (read_back.held_on, read_back.minutes, read_back.title) == (
        export.held_on,
        export.minutes,
        export.title,
    )


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
def test_nothing_is_said_that_the_file_does_not_say(export: Export) -> None:
    assert invented_in(talk(export.name), (SAMPLES / export.name).read_bytes()) == []


def test_cues_of_one_speaker_become_one_turn_when_less_than_two_seconds_lie_between() -> None:
    assert said("zoom-cloud.vtt") == [
        ("Mara Linden", "Thanks for taking the time, Ruben. Tell me about the last quote you sent."),
        (
            "Ruben Ortega",
            "That was Tuesday. I measured the roof at seven & typed it up at nine at night. "
            "The customer had signed with somebody else by then.",
        ),
        ("Ruben Ortega", "Two days: that is what it costs me."),
        ("Mara Linden", "What happened next?"),
    ]


def test_a_voice_that_is_never_closed_ends_where_the_next_begins() -> None:
    assert said("hand-made.vtt")[1:3] == [("Ruben", "Hi."), ("Mara", "How was the week?")]
    assert talk("hand-made.vtt").skipped == 1


def test_notes_and_styles_are_not_said() -> None:
    assert "lime" not in talk("hand-made.vtt").text
    assert "Confidence" not in talk("stream-notes.vtt").text


def test_two_speakers_in_one_caption_are_two_turns() -> None:
    assert said("wrong-suffix.txt")[1:3] == [
        ("Ruben", "My wife does the books."),
        ("Mara", "What does she use?"),
    ]


def test_rolling_captions_are_said_once() -> None:
    assert said("youtube-auto.vtt") == [("", "so the other day a customer called")]


def test_a_colon_in_speech_is_no_speaker() -> None:
    assert said("otter.txt")[1] == (
        "Ruben Ortega",
        "Last week. One thing: I was on a roof until dark. The numbers sit in my text messages.",
    )
    assert said("tldv.txt")[1][1] == "Roof quote app. Or: roofing estimate software."


def test_a_summary_above_the_transcript_is_not_said() -> None:
    assert "Next step" not in talk("fireflies.md").text
    assert "explained" not in talk("google-meet-gemini.md").text


def test_what_the_tool_adds_below_is_not_said() -> None:
    for name in ("otter.txt", "google-meet.txt", "google-meet.docx", "google-meet-gemini.md", "teams.docx"):
        text = talk(name).text.lower()
        assert not any(
            words in text for words in ("otter.ai", "ended after", "computer generated", "transcription")
        )


def test_hours_of_the_day_are_no_offsets_and_still_give_a_length() -> None:
    saved = talk("zoom-captions-saved.txt")
    assert [turn.start_s for turn in saved.turns] == [None, None, None]
    assert saved.length_s == 20


def test_labels_of_notes_are_no_speakers_and_lines_stay_lines() -> None:
    assert said("plain-notes.txt") == [
        ("", "He writes quotes at night. He said: never again."),
        ("", "Pain: late quotes\nBudget: unclear\nNext: call his brother"),
    ]


def test_milliseconds_are_told_from_seconds_by_how_fast_people_speak() -> None:
    assert [turn.start_s for turn in talk("assemblyai.json").turns] == [0.24, 2.6]
    assert [turn.start_s for turn in talk("whisper.json").turns] == [0.0, 2.9]


def test_ids_become_the_names_that_the_file_gives_them() -> None:
    assert said("gong.json") == [
        ("Mara Linden", "What do you pay today? All in."),
        ("Ruben Ortega", "Thirty-five for the books and my evenings."),
    ]


def test_a_stamp_inside_a_turn_goes_on_with_its_speaker() -> None:
    assert said("stamps-now-and-then.md")[1:3] == [
        ("R. Ortega", "A whiteboard. It worked until the second crew came."),
        ("R. Ortega", "Then we had two whiteboards."),
    ]


def test_entities_of_markdown_are_the_letters_they_stand_for() -> None:
    assert said("stamps-behind-names.md")[1][1] == 'From Dr. Smith, the landlord. He said "try it".'


def test_short_lines_behind_stamps_are_said_by_nobody() -> None:
    lines = b"[00:01] Yeah\n[00:05] Okay then\n[00:09] Yeah\n[00:12] so the supplier calls\n"
    assert [(turn.speaker, turn.start_s) for turn in read("x", lines).turns] == [
        ("", 1),
        ("", 5),
        ("", 9),
        ("", 12),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[28.02.26, 18:05:11] Ruben: quote is out\n[28.02.26, 18:07:00] Mara: how long?\n",
        "2/28/26, 6:05\u202fPM - Ruben: quote is out\n2/28/26, 6:07\u202fPM - Mara: how long?\n",
        '{"name": "Ruben", "messages": [{"id": 1, "date": "2026-02-28T18:05:11", "from": "Ruben", "text": "quote is out"}, '
        '{"id": 2, "date": "2026-02-28T18:07:00", "from": "Mara", "text": "how long?"}]}',
        '[{"user": "U1", "user_profile": {"real_name": "Ruben"}, "text": "quote is out", "ts": "1772301911.0001"}, '
        '{"user": "U2", "user_profile": {"real_name": "Mara"}, "text": "how long?", "ts": "1772302020.0001"}]',
    ],
    ids=["WhatsApp on a phone", "WhatsApp in America", "Telegram", "Slack"],
)
def test_chats_of_other_tools_are_read(text: str) -> None:
    chat = read("chat", text.encode())
    assert [(turn.speaker, turn.start_s, turn.text) for turn in chat.turns] == [
        ("Ruben", None, "quote is out"),
        ("Mara", None, "how long?"),
    ]


def test_a_thread_is_told_from_its_first_letter() -> None:
    assert said("thread.eml") == [
        ("Ruben Ortega", "Happy to talk. What do you want to know?"),
        ("Mara Linden", "When did you write the last one?"),
        ("Ruben Ortega 🏠", "Mostly at night, after nine. I lose the job if I’m not first. Ruben"),
    ]


def test_a_mailbox_leaves_out_what_its_letters_quote() -> None:
    assert said("support.mbox") == [
        ("Ruben Ortega", "The button & the spinner. Nothing happens."),
        ("Mara Linden", "Which roof was it?"),
    ]


def test_umlauts_of_an_old_windows_file_are_read() -> None:
    assert said("notes-german.txt")[1][1] == "Zu spät – der Kunde hatte schon „woanders“ unterschrieben."


def test_a_word_table_and_runs_of_one_sentence_are_read() -> None:
    assert said("table.docx")[1] == ("Ruben", "A job. Eleven thousand.")
    assert said("google-meet.docx")[1] == ("Ruben Ortega", "A spreadsheet, an app & a whiteboard.")
