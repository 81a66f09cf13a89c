"""The guide asks about what happened; a question that brings its answer along is pointed out with a better one."""

from __future__ import annotations

import time

import pytest

from lastmile_desktop.core.transcript import Transcript, TranscriptFormat, Turn
from lastmile_desktop.talks.guide import guide
from lastmile_desktop.talks.leading import LeadingKind, leading_turns, lint, talk_share
from tests.talks.questions import GOOD, LEADING


def talk(*turns: tuple[str, str], founder: str = "Mara") -> Transcript:
    said = tuple(Turn(speaker, None, text) for speaker, text in turns)
    return Transcript("talk.txt", TranscriptFormat.TEXT, said, None, "", "0" * 64, founder=founder)


def test_the_lists_are_long_enough_to_mean_something() -> None:
    assert len(set(GOOD)) >= 60
    assert len(set(LEADING)) >= 60


@pytest.mark.parametrize("question", GOOD)
def test_a_question_about_what_happened_is_left_alone(question: str) -> None:
    assert lint(question) == ()


@pytest.mark.parametrize("row", LEADING)
def test_a_question_that_brings_its_answer_along_is_pointed_out(row: str) -> None:
    kind, _, question = row.partition(" | ")
    found = lint(question)
    assert LeadingKind(kind) in {leading.kind for leading in found}
    for leading in found:
        start, end = leading.span
        assert 0 <= start < end <= len(question)
        assert question[start:end].strip()
        assert leading.why.endswith(".")
        assert not leading.why.endswith("!")


@pytest.mark.parametrize("row", [row for row in LEADING if not row.startswith("stacked")])
def test_the_better_form_does_not_lead(row: str) -> None:
    for leading in lint(row.partition(" | ")[2]):
        assert lint(leading.better) == ()


def test_the_words_at_fault_are_marked_whatever_the_apostrophe() -> None:
    question = "  What’s your opinion on our app?"
    (found,) = lint(question)
    assert question[slice(*found.span)] == "What’s your opinion"


def test_of_several_questions_the_first_is_the_better_form() -> None:
    found = lint("What do you use today? How much do you pay for it?")
    assert [(leading.kind, leading.better) for leading in found] == [
        (LeadingKind.STACKED, "What do you use today?")
    ]


@pytest.mark.parametrize("problem", ["", "a quote went out late", "the office called about a missing photo"])
def test_no_question_of_the_guide_leads(problem: str) -> None:
    shipped = guide(problem)
    assert [section.id for section in shipped.sections] == [
        *("opening", "story", "cost", "workaround", "decision", "words", "close")
    ]
    assert [question for question in shipped.questions if lint(question)] == []


def test_the_problem_of_the_lane_stands_in_the_story() -> None:
    assert (
        guide("a quote went out late.").sections[1].questions[0]
        == "Tell me about the last time a quote went out late."
    )
    assert guide().sections[1].questions[0] == "Tell me about the last time this came up."


def test_only_the_founders_questions_are_looked_at() -> None:
    found = leading_turns(
        talk(
            ("Mara", "Thanks. Would you use an app for that?"),
            ("Ruben", "Would you pay for it yourself?"),
            ("Mara", "I would use it. What happened next?"),
        )
    )
    assert [(turn.turn, [leading.kind for leading in turn.leading]) for turn in found] == [
        (0, [LeadingKind.HYPOTHETICAL])
    ]
    start, end = found[0].leading[0].span
    assert "Thanks. Would you use an app for that?"[start:end] == "Would you use"


def test_a_pitch_counts_before_the_story_and_not_after_it() -> None:
    pitch = "We're building a tool for roofers. It automatically measures the roof. Our app then writes the quote."
    before = talk(("Mara", pitch), ("Ruben", "Aha."))
    after = talk(("Ruben", "word " * 120), ("Mara", pitch))
    assert [turn.leading[0].kind for turn in leading_turns(before)] == [LeadingKind.PITCH]
    assert leading_turns(after) == ()


def test_the_share_of_the_founder_is_counted_in_words() -> None:
    half = talk(("Mara", "one two three"), ("Ruben", "one two"), ("", "one"))
    assert talk_share(half) == 0.5
    assert talk_share(half, "Ruben") == pytest.approx(1 / 3)


def test_nobody_chosen_has_no_share_and_asks_nothing() -> None:
    unknown = talk(("Mara", "Would you use it?"), founder="")
    assert talk_share(unknown) is None
    assert leading_turns(unknown) == ()


@pytest.mark.parametrize(
    "piece", ["would you ", "a", "what ", "if we ", "is it ", "$9 ", "n't you, ", "you need ", "how much "]
)
def test_endless_questions_are_looked_through_in_no_time(piece: str) -> None:
    began = time.perf_counter()
    lint(piece * 3_000 + "?")
    assert time.perf_counter() - began < 1
