"""A log of an invented founder, the same for the same seed: many talks, in words as common and as rare as in speech."""

from __future__ import annotations

import hashlib
import itertools
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lastmile_desktop.core.conversation import (
    Channel,
    Commitment,
    Conversation,
    Ladder,
    Quote,
    QuoteSignal,
)
from lastmile_desktop.core.log import KeptTalk, KeptTranscript, Log
from lastmile_desktop.core.notebook import Assumption, Citation, LearningGoal, Notebook, Term
from lastmile_desktop.core.people import Person, PersonRole, PersonStatus
from lastmile_desktop.core.transcript import Transcript, TranscriptFormat, Turn

TALKS, PEOPLE, TRANSCRIPTS = 10_000, 3_000, 500
WORDS_OF_A_NOTE, WORDS_OF_A_TRANSCRIPT = 100, 2_000
LAST = datetime(2026, 11, 20, 9, tzinfo=UTC)

_COMMON = (
    "the and to of a I it that in we is you they for on have was with do so but not this be what at my just one all "
    "if get when about know there like then our can out up are because think go from as would time he she had them "
    "or really need people work who make more than some want how now back them by no an her his their off don't it's"
).split()
_OF_THE_TRADE = (
    "quote invoice customer job crew roof photo measurement insurance claim estimate truck office phone message "
    "schedule weather permit supplier material price deposit contract signature email spreadsheet calendar owner "
    "manager homeowner inspection warranty shingle gutter payment reminder export import report template signed "
    "late lost forgot paper notebook whatsapp quickbooks accountant season storm lead referral neighbour website"
).split()
_SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu bra cle dri flo gru sta tre".split()
_FIRST = "Dana Lee Kim Ann José Zoë Omar Priya Lars Mei Tom Eva Raj Ines Paul Nora Ivan Sara Ken Ruth".split()
_LAST = (
    "Ortiz Park Poe Núñez Weiß Haddad Singh Berg Chen Novak Klein Rossi Silva Dubois Meyer Kato Ali".split()
)
_SEGMENTS = ("roofing", "plumbing", "landscaping", "solar", "painting")


class Speaker:
    """Says words with the frequencies of speech: the n-th is heard 1/n as often as the first."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        rare = ["".join(parts) for parts in itertools.product(_SYLLABLES, repeat=3)]
        self.chance.shuffle(rare)
        self.words = (*_COMMON, *_OF_THE_TRADE, *rare[:15_000])
        self._weights = list(itertools.accumulate(1 / (place + 3) for place in range(len(self.words))))

    def say(self, count: int) -> str:
        said = self.chance.choices(self.words, cum_weights=self._weights, k=count)
        return " ".join(f"{word}." if place % 12 == 11 else word for place, word in enumerate(said))


def invented(seed: int = 4) -> Log:
    speaker = Speaker(seed)
    chance = speaker.chance
    people = tuple(_person(number, chance, speaker) for number in range(1, PEOPLE + 1))
    talks: list[KeptTalk] = []
    transcripts: list[KeptTranscript] = []
    for number in range(1, TALKS + 1):
        person = people[int(len(people) * chance.random() ** 2)]
        talk = _talk(number, person, speaker)
        if number % (TALKS // TRANSCRIPTS) == 0:
            transcript = _transcript(speaker, person.name, WORDS_OF_A_TRANSCRIPT)
            original = transcript.text.encode()
            transcripts.append(KeptTranscript(len(transcripts) + 1, number, transcript, original))
            talk = KeptTalk(replace(talk.talk, transcript=len(transcripts)))
        talks.append(talk)
    return Log("bench", _notebook(people, speaker), tuple(talks), tuple(transcripts))


def two_hours(seed: int = 5) -> bytes:
    """A WebVTT file of a talk of two hours: 18,000 words in cues of five seconds."""
    speaker = Speaker(seed)
    lines = ["WEBVTT", ""]
    for number in range(1_440):
        at = number * 5
        name = "Dana Ortiz" if number % 3 else "Ann Founder"
        lines += [
            f"{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}.000 --> {at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}.900",
            f"<v {name}>{speaker.say(13)}</v>",
            "",
        ]
    return "\n".join(lines).encode()


def _person(number: int, chance: random.Random, speaker: Speaker) -> Person:
    return Person(
        name=f"{chance.choice(_FIRST)} {chance.choice(_LAST)} {number}",
        id=number,
        company=f"{chance.choice(_LAST)} {chance.choice(_SEGMENTS).title()}",
        segment=chance.choice(_SEGMENTS),
        role=chance.choice(tuple(PersonRole)),
        contact=f"person{number}@example.org",
        in_lane=chance.random() < 0.6,
        rank=number if number <= 10 else None,
        why=speaker.say(12),
        status=PersonStatus.TALKED,
        added_on=(LAST - timedelta(days=chance.randrange(900))).date(),
        note=speaker.say(20),
    )


def _talk(number: int, person: Person, speaker: Speaker) -> KeptTalk:
    chance = speaker.chance
    when = LAST - timedelta(minutes=(TALKS - number) * 130)
    level = chance.choices(tuple(Ladder), (80, 12, 5, 3))[0]
    quotes = tuple(
        Quote(speaker.say(10), signals=(chance.choice(tuple(QuoteSignal)),))
        for _ in range(chance.randrange(3))
    )
    return KeptTalk(
        Conversation(
            person=person.name,
            person_id=person.id,
            company=person.company,
            role=person.role,
            in_lane=person.in_lane,
            said=speaker.say(WORDS_OF_A_NOTE - 10 * len(quotes)),
            when=when,
            id=number,
            channel=chance.choice(tuple(Channel)),
            minutes=chance.randrange(10, 60),
            quotes=quotes,
            tags=tuple(
                chance.sample(
                    ("pilot", "pricing", "onboarding", "export", "mobile", "texas"), chance.randrange(3)
                )
            ),
            commitment=Commitment(level, speaker.say(3) if level.step else ""),
            follow_up=(when + timedelta(days=7)).date() if chance.random() < 0.2 else None,
        )
    )


def _transcript(speaker: Speaker, person: str, words: int) -> Transcript:
    turns = tuple(
        Turn(person if place % 2 else "Ann Founder", place * 9.0, speaker.say(20))
        for place in range(words // 20)
    )
    whole = Transcript("call.vtt", TranscriptFormat.WEBVTT, turns, None, "", "")
    sha = hashlib.sha256(whole.text.encode()).hexdigest()
    return Transcript("call.vtt", TranscriptFormat.WEBVTT, turns, None, "", sha)


def _notebook(people: tuple[Person, ...], speaker: Speaker) -> Notebook:
    chance = speaker.chance

    def cited() -> tuple[Citation, ...]:
        return tuple(Citation(chance.randrange(1, TALKS), speaker.say(8)) for _ in range(5))

    return Notebook(
        people=people,
        goals=tuple(LearningGoal(speaker.say(8), id=number) for number in range(1, 4)),
        assumptions=tuple(
            Assumption(speaker.say(10), id=number, citations=cited()) for number in range(4, 34)
        ),
        terms=tuple(Term(speaker.say(1), id=number, citations=cited()) for number in range(34, 134)),
    )
