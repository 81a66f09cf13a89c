"""All projects side by side."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from lastmile_desktop.core.balance import Stage
from lastmile_desktop.core.conversation import Ladder
from lastmile_desktop.core.notebook import StageChoice, StageDecision
from lastmile_desktop.core.portfolio import (
    BuildRecord,
    ProjectCard,
    Sum,
    Tally,
    closest_to_sold,
    settled,
    tally,
    total,
)
from lastmile_desktop.core.scan import Project

TODAY = date(2026, 11, 20)


def card(identity: int, name: str = "", hours: float = 10.0, **more: object) -> ProjectCard:
    build = BuildRecord("head", hours, None, datetime(2026, 11, 1, tzinfo=UTC), f"root-{identity} .")
    return replace(
        ProjectCard(Project(identity, f"/projects/{name or identity}", name or str(identity)), build=build),
        **more,  # pyright: ignore[reportArgumentType]
    )


def test_what_was_sold_comes_first_then_who_is_talked_to_then_what_was_built() -> None:
    cards = (
        card(1, "shelved", hours=90),
        card(2, "talked", recent_talks=3, best=Ladder.TIME),
        card(3, "sold", best=Ladder.MONEY),
        card(4, "asked", recent_talks=5, best=Ladder.TIME),
        card(5, "game", hours=300, stage=Stage.HOBBY),
    )
    assert [item.project.name for item in closest_to_sold(cards)] == [
        "sold",
        "asked",
        "talked",
        "shelved",
        "game",
    ]


def test_the_top_line_counts_only_what_is_meant_to_be_sold() -> None:
    client = StageDecision(StageChoice.CLIENT, TODAY)
    cards = (card(1, sold=True, payers=2), card(2, payers=1), card(3), card(4, decision=client, sold=True))
    assert tally(cards) == Tally(built=3, shown=2, sold=1)


def test_a_moved_folder_is_the_same_project_with_all_its_history() -> None:
    there = card(1, "crm", people=1, money=(Sum(4_900, "USD"),))
    gone = replace(
        card(2, "old-crm", people=2, best=Ladder.MONEY, sold=True, money=(Sum(100, "USD"), Sum(50, "EUR"))),
        here=False,
        build=there.build,
    )
    (found,) = settled((there, gone))
    assert (found.project, found.before) == (there.project, ("/projects/old-crm",))
    assert (found.people, found.best, found.money) == (3, Ladder.MONEY, (Sum(5_000, "USD"), Sum(50, "EUR")))


def test_two_copies_that_are_both_there_stay_two_and_a_lost_folder_stays() -> None:
    one = card(1)
    copy = replace(card(2), build=one.build)
    lost = replace(card(3), here=False)
    nowhere = replace(card(4), here=False, build=replace(one.build, first_commit=""))
    assert settled((one, copy, lost, nowhere)) == (one, copy, lost, nowhere)


def test_a_decision_is_as_good_as_its_date() -> None:
    fresh = card(1, decision=StageDecision(StageChoice.PAUSED, date(2026, 9, 1)))
    old = card(1, decision=StageDecision(StageChoice.PAUSED, date(2026, 8, 1)))
    assert fresh.decided(TODAY) and not old.decided(TODAY) and not card(1).decided(TODAY)


def test_money_is_added_up_by_currency() -> None:
    assert total((Sum(1, "EUR"), Sum(5, "USD"), Sum(2, "EUR"), Sum(0, "GBP"))) == (
        Sum(5, "USD"),
        Sum(3, "EUR"),
    )
