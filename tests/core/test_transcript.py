"""A transcript counts words and minutes, and says nothing that its file did not."""

from __future__ import annotations

from lastmile_desktop.core.transcript import Transcript, TranscriptFormat, Turn


def transcript(*turns: Turn, length_s: float | None = None) -> Transcript:
    return Transcript("talk.vtt", TranscriptFormat.WEBVTT, turns, None, "", "0" * 64, length_s=length_s)


def test_speakers_stand_in_the_order_in_which_they_first_speak() -> None:
    talk = transcript(
        Turn("Dana", 0.0, "Hi"), Turn("", 2.0, "noise"), Turn("Luis", 3.0, "Hi"), Turn("Dana", 4.0, "So")
    )
    assert talk.speakers == ("Dana", "Luis")


def test_words_are_counted_for_each_speaker_and_for_nobody() -> None:
    talk = transcript(Turn("Dana", None, "one two"), Turn("", None, "three"), Turn("Dana", None, "four"))
    assert talk.words_by_speaker == {"Dana": 3, "": 1}


def test_the_text_has_a_line_for_each_turn() -> None:
    assert transcript(Turn("Dana", 0.0, "Hello"), Turn("", None, "Noise")).text == "Dana: Hello\nNoise"


def test_minutes_come_from_the_end_of_the_last_cue() -> None:
    assert transcript(Turn("Dana", 0.0, "a"), Turn("Luis", 61.0, "b"), length_s=125.0).minutes == 3


def test_minutes_come_from_the_last_start_when_no_end_is_known() -> None:
    assert transcript(Turn("Dana", 0.0, "a"), Turn("Luis", 61.0, "b")).minutes == 2


def test_a_talk_without_times_has_no_minutes() -> None:
    assert transcript(Turn("Dana", None, "a")).minutes is None
