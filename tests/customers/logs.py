"""Logs as Hypothesis invents them: every field, with texts that would like to be something else."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from lastmile_desktop.core.conversation import (
    Channel,
    Commitment,
    Conversation,
    Ladder,
    MayUse,
    MoneyStep,
    Quote,
    QuoteSignal,
)
from lastmile_desktop.core.log import KeptTalk, KeptTranscript, Log
from lastmile_desktop.core.notebook import (
    Assumption,
    Citation,
    Difference,
    Feature,
    FeatureReason,
    FeatureState,
    GuideQuestion,
    Incident,
    JournalEntry,
    LaneVersion,
    LearningGoal,
    MonthlyOutcomes,
    Notebook,
    NudgeChoice,
    NudgeNote,
    Outcome,
    StageChoice,
    StageDecision,
    Standing,
    Term,
)
from lastmile_desktop.core.people import CompanySize, Person, PersonRole, PersonStatus
from lastmile_desktop.core.transcript import Transcript, TranscriptFormat, Turn

HOSTILE = (
    "",
    " ",
    "\n",
    "null",
    '"',
    '"quoted"',
    "'=1+1",
    "'",
    "=cmd|' /C calc'!A0",
    "+1 555 0100",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r",
    "a\rb\r\nc\n\n",
    "＝1",
    "---\nformat: lastmile-log\nversion: 9\n---",
    "## People\n\n### Eve\n\n- id: 1",
    "- said: nothing\n  > nothing",
    "> quoted\n>> twice",
    "```json\n{}\n```",
    "<script>alert(1)</script><!--",
    "![x](https://tracker.example/x.png) [x](y) \\< \\\\ \\!",
    "שלום, ‮reversed‬ \u200f",
    "e\u0301 é ﬁ 👩\u200d🔧 𝕏",
    "\x1b[31mred\x07\x85\u2028\ufeff",
    'a,b;c"d"\n,,;;',
    "[1, 2]",
    "true",
    "1e999",
    " leading and trailing \n ",
    "x" * 300,
)
TEXTS = st.sampled_from(HOSTILE) | st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=40
)
LINKS = st.lists(
    TEXTS
    | st.sampled_from(("talk:1", "talk:7", "journal:3", "journal:٣", "talk:", "talk:x", "check:access.x@.")),
    max_size=3,
).map(tuple)
NAMES = TEXTS.filter(str.strip)
LISTS = st.lists(TEXTS, max_size=3).map(tuple)
DAYS = st.dates(date(2000, 1, 1), date(2099, 1, 1))
MOMENTS = st.datetimes(
    datetime(2000, 1, 1),
    datetime(2099, 1, 1),
    timezones=st.sampled_from((UTC, timezone(timedelta(hours=5, minutes=30)))),
)
NUMBERS = st.integers(-(2**40), 2**40)
CHOICE = st.none() | st.booleans()

PEOPLE = st.builds(
    Person,
    name=NAMES,
    company=TEXTS,
    size=st.sampled_from(CompanySize),
    segment=TEXTS,
    role=st.sampled_from(PersonRole),
    how_met=TEXTS,
    contact=TEXTS,
    in_lane=CHOICE,
    rank=st.none() | st.integers(1, 10),
    why=TEXTS,
    reach_out=TEXTS,
    status=st.sampled_from(PersonStatus),
    next_on=st.none() | DAYS,
    contacted_on=st.none() | DAYS,
    added_on=st.none() | DAYS,
    seller=st.booleans(),
    tags=LISTS,
    note=TEXTS,
    consent=TEXTS,
    delete_by=st.none() | DAYS,
)
COMMITMENTS = st.builds(
    Commitment,
    level=st.sampled_from(Ladder),
    what=TEXTS,
    amount=NUMBERS,
    currency=TEXTS,
    money=st.none() | st.sampled_from(MoneyStep),
    evidence=TEXTS,
    expires=st.none() | DAYS,
    fulfilled=CHOICE,
)
TURNS = st.builds(Turn, speaker=TEXTS, start_s=st.none() | st.floats(0, 1e6), text=TEXTS)
TRANSCRIPTS = st.builds(
    Transcript,
    name=TEXTS,
    format=st.sampled_from(TranscriptFormat),
    turns=st.lists(TURNS, max_size=3).map(tuple),
    held_on=st.none() | DAYS,
    title=TEXTS,
    sha256=st.just(""),
    skipped=st.integers(0, 9),
    truncated=st.booleans(),
    founder=TEXTS,
    length_s=st.none() | st.floats(0, 1e6),
)
JOURNAL = st.builds(
    JournalEntry,
    symptom=TEXTS,
    happened_on=DAYS,
    works_in=TEXTS,
    fails_in=TEXTS,
    differences=st.lists(st.sampled_from(Difference), max_size=2).map(tuple),
    evidence=TEXTS,
    fix=TEXTS,
    guard=TEXTS,
    linked_checks=LISTS,
    minutes_lost=NUMBERS,
    incident=st.none()
    | st.builds(
        Incident, impact=TEXTS, detected_after_min=st.none() | st.integers(0, 999), told=TEXTS, timeline=TEXTS
    ),
)
OUTCOMES = st.builds(
    MonthlyOutcomes,
    month=TEXTS,
    outcomes=st.lists(
        st.builds(Outcome, question=TEXTS, answer=TEXTS, evidence=TEXTS, links=LINKS, good=CHOICE), max_size=2
    ).map(tuple),
)


@st.composite
def logs(draw: st.DrawFn, most: int = 3) -> Log:
    """A log as the store may hold it: numbers with gaps, nothing linked that is not there."""
    people_ids = _ids(draw, most)
    talk_ids = _ids(draw, most) if people_ids else []
    people = tuple(replace(draw(PEOPLE), id=identity) for identity in people_ids)
    records = iter(range(3, 1_000, 2))
    citations = st.lists(
        st.builds(Citation, conversation=st.sampled_from(talk_ids or [0]), quote=TEXTS),
        max_size=2 if talk_ids else 0,
    ).map(tuple)
    cited = {
        "assumptions": st.builds(
            Assumption,
            text=TEXTS,
            standing=st.sampled_from(Standing),
            citations=citations,
            decided_on=st.none() | DAYS,
        ),
        "terms": st.builds(
            Term, theirs=TEXTS, generic=TEXTS, ours=TEXTS, vertical=TEXTS, citations=citations
        ),
        "features": st.builds(
            Feature,
            name=TEXTS,
            unit=TEXTS,
            state=st.sampled_from(FeatureState),
            reason=st.sampled_from(FeatureReason),
            why=TEXTS,
            citations=citations,
        ),
    }
    plain = {
        "goals": st.builds(LearningGoal, text=TEXTS, learned=TEXTS, closed=st.booleans()),
        "questions": st.builds(GuideQuestion, text=TEXTS, section=TEXTS, place=NUMBERS),
        "journal": JOURNAL,
        "decisions": st.builds(
            StageDecision, choice=st.sampled_from(StageChoice), decided_on=DAYS, note=TEXTS
        ),
        "outcomes": OUTCOMES,
        "lanes": st.builds(LaneVersion, text=TEXTS, written_on=DAYS),
        "nudges": st.builds(NudgeNote, choice=st.sampled_from(NudgeChoice), on=DAYS, nudge=TEXTS),
    }
    assert {*cited, *plain, "people"} == {item.name for item in fields(Notebook)}
    kinds = {
        name: tuple(replace(item, id=next(records)) for item in draw(st.lists(kind, max_size=2)))
        for name, kind in {**cited, **plain}.items()
    }
    notebook = Notebook(people=people, **kinds)  # type: ignore[arg-type]
    talks: list[KeptTalk] = []
    transcripts: list[KeptTranscript] = []
    for identity in talk_ids:
        kept = draw(_talk(identity, people, tuple(item.id for item in notebook.assumptions)))
        if draw(st.booleans()):
            original = draw(st.binary(max_size=50)) + str(identity).encode()
            read = replace(draw(TRANSCRIPTS), sha256=hashlib.sha256(original).hexdigest())
            transcripts.append(KeptTranscript(identity + 10, identity, read, original))
            kept = replace(kept, talk=replace(kept.talk, transcript=identity + 10))
        talks.append(kept)
    return Log("acme " + draw(TEXTS), notebook, tuple(talks), tuple(transcripts))


def _ids(draw: st.DrawFn, most: int) -> list[int]:
    return sorted(draw(st.lists(st.integers(1, 40), max_size=most, unique=True)))


@st.composite
def _talk(
    draw: st.DrawFn, identity: int, people: tuple[Person, ...], assumptions: tuple[int, ...]
) -> KeptTalk:
    person = draw(st.sampled_from(people))
    others = draw(st.lists(st.sampled_from(people), max_size=2, unique=True))
    quotes = st.builds(
        Quote,
        text=TEXTS,
        speaker=TEXTS,
        at_s=st.none() | st.floats(0, 1e6),
        signals=st.lists(st.sampled_from(QuoteSignal), max_size=2).map(tuple),
        linked_checks=LISTS,
        linked_features=LISTS,
        linked_assumptions=st.lists(
            st.sampled_from(assumptions or (0,)), max_size=2 if assumptions else 0
        ).map(tuple),
        may_use=st.sampled_from(MayUse),
    )
    texts: dict[str, Any] = {
        name: draw(TEXTS)
        for name in (
            *("said", "problem", "story", "workaround", "pays_today", "deciders", "surprises"),
            *("objections", "promise", "source"),
        )
    }
    lists: dict[str, Any] = {
        name: draw(LISTS) for name in ("others", "tools", "words", "tags", "linked_checks", "features")
    }
    talk = Conversation(
        **texts,
        **lists,
        person=person.name,
        person_id=person.id,
        company=person.company,
        role=person.role,
        in_lane=person.in_lane,
        id=identity,
        when=draw(MOMENTS),
        channel=draw(st.sampled_from(Channel)),
        minutes=draw(st.none() | st.integers(0, 999)),
        quotes=draw(st.lists(quotes, max_size=2).map(tuple)),
        asked=draw(st.sampled_from(Ladder)),
        commitment=draw(COMMITMENTS),
        follow_up=draw(st.none() | DAYS),
        changed_product=draw(st.booleans()),
        recording_agreed=draw(st.booleans()),
    )
    present = tuple(sorted(other.id for other in others if other.id != person.id))
    return KeptTalk(talk, present)
