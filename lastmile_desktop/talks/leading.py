"""Questions that bring their answer along, and a better form of each (catalogue §6.4). Rules are data, per language."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from lastmile_desktop.core.transcript import Transcript, Turn
from lastmile_desktop.resources import resources_dir
from lastmile_desktop.talks.guide import ENGLISH

TALKS_TOO_MUCH = 0.5
"""Above this share of all words a founder hears less than they say."""
_LONGEST_QUESTION = 2_000
_STORY_WORDS = 100
"""Once the other side has said this much, telling about the product is no pitch before the story."""
_WORDS_OF_A_QUESTION = 4
_SENTENCE = re.compile(r"[^.?!\n]+[.?!]*")


class LeadingKind(StrEnum):
    PRICE = "price"
    HYPOTHETICAL = "hypothetical"
    OPINION = "opinion"
    COMPLIMENT = "compliment"
    ASSUMING = "assuming"
    PITCH = "pitch"
    STACKED = "stacked"


@dataclass(frozen=True, slots=True)
class Leading:
    """`span` is where the words stand, `why` what is wrong in one plain sentence, `better` asks about the past."""

    kind: LeadingKind
    span: tuple[int, int]
    why: str
    better: str


@dataclass(frozen=True, slots=True)
class LeadingTurn:
    """`turn` is its place in the transcript; spans are those of its text."""

    turn: int
    leading: tuple[Leading, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: LeadingKind
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    better: str


@dataclass(frozen=True, slots=True)
class _Rules:
    rules: tuple[_Rule, ...]
    words: dict[LeadingKind, tuple[str, str]]
    pitch: re.Pattern[str]
    pitch_sentences: int


def lint(question: str, language: str = ENGLISH) -> tuple[Leading, ...]:
    """What leads in a question that is prepared, in the order of its words; one finding for each kind."""
    rules = _rules(language)
    text = question[:_LONGEST_QUESTION]
    found = [*_worded(text, rules), *_pitched(text, rules), *_stacked(text, rules)]
    return tuple(sorted(found, key=lambda leading: leading.span))


def leading_turns(
    transcript: Transcript, founder: str = "", language: str = ENGLISH
) -> tuple[LeadingTurn, ...]:
    """What led in the questions of the founder, who is `founder` or was chosen in the transcript."""
    who = founder or transcript.founder
    rules = _rules(language)
    found: list[LeadingTurn] = []
    heard = 0
    for at, turn in enumerate(transcript.turns):
        if not who or turn.speaker != who:
            heard += len(turn.text.split())
            continue
        leading = tuple(_led(turn, rules, is_before_story=heard < _STORY_WORDS))
        if leading:
            found.append(LeadingTurn(at, leading))
    return tuple(found)


def talk_share(transcript: Transcript, founder: str = "") -> float | None:
    """The founder's part of all words; None when nobody is chosen or nothing is said."""
    who = founder or transcript.founder
    words = transcript.words_by_speaker
    total = sum(words.values())
    return words.get(who, 0) / total if who and total else None


def _led(turn: Turn, rules: _Rules, *, is_before_story: bool) -> Iterator[Leading]:
    """Only what is asked can lead; a turn that tells may still pitch."""
    if is_before_story:
        yield from _pitched(turn.text, rules)
    for sentence in _SENTENCE.finditer(turn.text):
        if not sentence[0].rstrip().endswith("?"):
            continue
        offset = sentence.start()
        for leading in _worded(sentence[0][:_LONGEST_QUESTION], rules):
            start, end = leading.span
            yield Leading(leading.kind, (start + offset, end + offset), leading.why, leading.better)


def _worded(text: str, rules: _Rules) -> list[Leading]:
    plain = text.lower().replace("’", "'").replace("ʼ", "'")
    if len(plain) != len(text):
        plain = text.replace("’", "'")
    lead = len(plain) - len(plain.lstrip())
    plain_text = plain.lstrip()
    found: list[Leading] = []
    for rule in rules.rules:
        match = rule.pattern.search(plain_text)
        if match is None or (rule.unless is not None and rule.unless.search(plain_text)):
            continue
        start, end = match.start() + lead, match.end() + lead
        is_told = any(
            leading.kind is rule.kind or (start < leading.span[1] and leading.span[0] < end)
            for leading in found
        )
        if not is_told:
            why, better = rules.words[rule.kind]
            found.append(Leading(rule.kind, (start, end), why, rule.better or better))
    return found


def _pitched(text: str, rules: _Rules) -> list[Leading]:
    about = [
        part for part in _SENTENCE.finditer(text) if rules.pitch.search(part[0].lower().replace("’", "'"))
    ]
    if len(about) < rules.pitch_sentences:
        return []
    why, better = rules.words[LeadingKind.PITCH]
    return [Leading(LeadingKind.PITCH, (about[0].start(), about[-1].end()), why, better)]


def _stacked(text: str, rules: _Rules) -> list[Leading]:
    asked = [
        part
        for part in _SENTENCE.finditer(text)
        if part[0].endswith("?") and len(part[0].split()) >= _WORDS_OF_A_QUESTION
    ]
    if len(asked) < 2:
        return []
    why, better = rules.words[LeadingKind.STACKED]
    first = asked[0][0].strip()
    return [
        Leading(
            LeadingKind.STACKED, (asked[1].start(), asked[-1].end()), why, better.replace("{first}", first)
        )
    ]


@cache
def _rules(language: str) -> _Rules:
    file = resources_dir() / "guides" / f"leading.{language}.toml"
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return _Rules(
        rules=tuple(
            _Rule(
                LeadingKind(entry["kind"]),
                re.compile(entry["pattern"]),
                re.compile(entry["unless"]) if "unless" in entry else None,
                entry.get("better", ""),
            )
            for entry in table["rule"]
        ),
        words={LeadingKind(kind): (said["why"], said["better"]) for kind, said in table["kinds"].items()},
        pitch=re.compile(table["pitch"]["pattern"]),
        pitch_sentences=table["pitch"]["sentences"],
    )
