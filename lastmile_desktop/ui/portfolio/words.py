"""What a project's card says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lastmile_desktop.core.balance import Stage
from lastmile_desktop.core.conversation import Ladder
from lastmile_desktop.core.notebook import StageChoice
from lastmile_desktop.core.portfolio import Pile, ProjectCard, Sum, tally, total
from lastmile_desktop.ui.language import counted, tr
from lastmile_desktop.ui.phrases import days_ago, long_day, money


@dataclass(frozen=True, slots=True)
class Figure:
    """A value under its name; `news` ones stand out."""

    name: str
    value: str
    colour: str = "text"


def figures(card: ProjectCard, now: datetime) -> tuple[Figure, ...]:
    return (
        Figure(tr("Last build"), _last_build(card, now)),
        Figure(tr("Building"), _hours(card)),
        Figure(
            tr("Talked to"), counted(card.people, "{n} person", "{n} people") if card.people else tr("nobody")
        ),
        Figure(tr("Given so far"), given(card.best)),
        Figure(tr("Money to date"), sums(card.money) or "–", "pass" if card.money else "text"),
        Figure(tr("Stops you"), _stoppers(card), "stop" if card.stoppers else "text"),
    )


def _last_build(card: ProjectCard, now: datetime) -> str:
    last = card.build.last_built
    return (
        tr("not known") if last is None else days_ago((now.date() - last.astimezone(now.tzinfo).date()).days)
    )


def _hours(card: ProjectCard) -> str:
    return tr("not known") if card.build.hours is None else tr("{n} h", n=f"{card.build.hours:,.0f}")


def _stoppers(card: ProjectCard) -> str:
    if card.stoppers is None:
        return tr("not looked at")
    return counted(card.stoppers, "{n} gap", "{n} gaps") if card.stoppers else tr("nothing")


def given(level: Ladder) -> str:
    """What people have given up for it."""
    return {
        Ladder.NONE: tr("nothing yet"),
        Ladder.TIME: tr("their time"),
        Ladder.REPUTATION: tr("their name"),
        Ladder.MONEY: tr("money"),
    }[level]


def sums(parts: Iterable[Sum]) -> str:
    """ "$49 + €20"; a commitment without an amount adds nothing."""
    return " + ".join(money(part.amount, part.currency) for part in parts)


def stage_title(stage: Stage) -> str:
    return {
        Stage.UNKNOWN: "",
        Stage.HOBBY: tr("for fun"),
        Stage.IDEA: tr("idea"),
        Stage.DEMO: tr("demo"),
        Stage.FIRST_USERS: tr("first users"),
        Stage.PAYING: tr("paying"),
        Stage.GROWING: tr("growing"),
    }[stage]


def choice_title(choice: StageChoice) -> str:
    return {
        StageChoice.SELL_NOW: tr("Sell now"),
        StageChoice.PAUSED: tr("Paused"),
        StageChoice.STOPPED: tr("Stopped"),
        StageChoice.HOBBY: tr("For fun"),
        StageChoice.CLIENT: tr("Client work"),
        StageChoice.HAND_OVER: tr("Hand to someone who sells"),
    }[choice]


def decided_on(card: ProjectCard, today: date) -> str:
    """When the decision was made, and whether it is time to look at it again."""
    if card.decision is None:
        return tr("not decided yet")
    day = long_day(card.decision.decided_on, today)
    if card.decided(today):
        return tr("since {day}", day=day)
    return tr("since {day}; is it still so?", day=day)


def top_line(cards: Sequence[ProjectCard]) -> str:
    """ "Built: 7 · In front of someone who could pay: 2 · Sold: 1"."""
    count = tally(cards)
    return " · ".join(
        (
            tr("Built: {n}", n=count.built),
            tr("In front of someone who could pay: {n}", n=count.shown),
            tr("Sold: {n}", n=count.sold),
        )
    )


def really_sold(cards: Sequence[ProjectCard]) -> str:
    """The answer to the one question, from commitments and not from hopes."""
    sellers = [card for card in cards if card.sold]
    if not sellers:
        return tr("Nothing yet.")
    names = ", ".join(card.project.name for card in sellers[:3])
    amount = sums(total(part for card in sellers for part in card.money))
    return (
        tr("{amount}, with {names}.", amount=amount, names=names) if amount else tr("{names}.", names=names)
    )


def pile_title(pile: Pile, cards: Sequence[ProjectCard]) -> str:
    """The heading of a pile; the unsold one says what went into it."""
    hours = sum(card.hours for card in cards)
    return {
        Pile.SOLD: tr("Sold"),
        Pile.UNDER_WAY: tr("Under way"),
        Pile.UNSOLD: tr("The unsold pile: {n}, {hours} h of building", n=len(cards), hours=f"{hours:,.0f}"),
        Pile.PUT_ASIDE: tr("Put aside"),
        Pile.NOT_FOR_SALE: tr("Not for sale"),
    }[pile]
