"""Talks as lines to read, each knowing where it came from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from lastmile_desktop.core.conversation import Conversation, Ladder, Quote
from lastmile_desktop.core.events import WholeTalk
from lastmile_desktop.talks.leading import TALKS_TOO_MUCH, talk_share
from lastmile_desktop.ui.conversations.entries import ladder_title, money_title
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.phrases import days_ago, long_day, money, short_day


class Kind(Enum):
    HEAD = auto()
    FACTS = auto()
    NOTE = auto()
    TURN = auto()


@dataclass(frozen=True, slots=True)
class ReadLine:
    """`lead` stands before the text and is no part of it: a speaker, the name of a field. `talk` is the talk's id,
    0 for lines that cannot be quoted; `turn` is its place in the transcript, -1 outside of one."""

    kind: Kind
    text: str
    lead: str = ""
    talk: int = 0
    speaker: str = ""
    at_s: float | None = None
    founder: bool = False
    turn: int = -1


def read_lines(talks: Iterable[WholeTalk], now: datetime, *, of_person: bool = False) -> tuple[ReadLine, ...]:
    """`of_person`: all are with the same person, whose name is said elsewhere."""
    return tuple(line for whole in talks for line in _talk(whole, now, of_person))


def _talk(whole: WholeTalk, now: datetime, of_person: bool) -> Iterator[ReadLine]:
    talk = whole.conversation
    day = talk.when.astimezone(now.tzinfo).date()
    when = [long_day(day, now.date()), days_ago((now.date() - day).days)]
    head = when if of_person else [talk.person, talk.company]
    yield ReadLine(Kind.HEAD, " · ".join(part for part in head if part))
    facts = [*([] if of_person else when), tr(talk.channel.value)]
    if talk.minutes:
        facts.append(tr("{n} min", n=talk.minutes))
    if talk.others:
        facts.append(tr("with {names}", names=", ".join(talk.others)))
    facts += [f"#{tag}" for tag in talk.tags]
    share = talk_share(whole.transcript) if whole.transcript else None
    if share is not None and share > TALKS_TOO_MUCH:
        facts.append(tr("you spoke {n} % of the words", n=round(100 * share)))
    yield ReadLine(Kind.FACTS, " · ".join(facts))
    for text in talk.said.splitlines():
        if text.strip():
            yield ReadLine(Kind.NOTE, text, talk=talk.id)
    for name, value in _fields(talk):
        yield ReadLine(Kind.NOTE, value, lead=name, talk=talk.id)
    for quote in talk.quotes:
        if quote.text not in talk.said and not _spoken(whole, quote):
            yield ReadLine(Kind.NOTE, quote.text, lead=tr("Quote"), talk=talk.id)
    if whole.transcript is not None:
        founder = whole.transcript.founder
        for place, turn in enumerate(whole.transcript.turns):
            own = bool(founder) and turn.speaker == founder
            lead = " ".join(
                part for part in (tr("You") if own else turn.speaker, clock(turn.start_s)) if part
            )
            text = " ".join(turn.text.split())
            yield ReadLine(Kind.TURN, text, lead, talk.id, turn.speaker, turn.start_s, own, place)


def _spoken(whole: WholeTalk, quote: Quote) -> bool:
    turns = whole.transcript.turns if whole.transcript else ()
    return any(quote.text in " ".join(turn.text.split()) for turn in turns)


def _fields(talk: Conversation) -> Iterator[tuple[str, str]]:
    named = (
        (tr("Problem"), talk.problem),
        (tr("Last time"), talk.story),
        (tr("Today"), talk.workaround),
        (tr("Costs them"), talk.pays_today),
        (tr("Tools"), ", ".join(talk.tools)),
        (tr("Decides too"), talk.deciders),
        (tr("Objections"), talk.objections),
        (tr("Surprises"), talk.surprises),
        (tr("Their words"), ", ".join(talk.words)),
        (tr("Asked for"), ladder_title(talk.asked) if talk.asked is not Ladder.NONE else ""),
        (tr("Gave"), given(talk)),
        (tr("You promised"), talk.promise),
        (tr("Follow up"), short_day(talk.follow_up) if talk.follow_up else ""),
    )
    for name, value in named:
        text = " ".join(value.split())
        if text:
            yield name, text


def given(talk: Conversation) -> str:
    """ "money: pre-order or deposit, one licence, $49"; "" when nothing was given."""
    item = talk.commitment
    if item.level is Ladder.NONE:
        return ""
    firm = money_title(item.money) if item.money else ""
    amount = money(item.amount, item.currency) if item.amount else ""
    rest = ", ".join(dict.fromkeys(part for part in (firm, item.what, amount) if part))
    return f"{ladder_title(item.level)}: {rest}" if rest else ladder_title(item.level)


def clock(seconds: float | None) -> str:
    """ "0:07", "1:02:07", "" when nothing tells."""
    if seconds is None:
        return ""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
