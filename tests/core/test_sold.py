"""What was actually sold."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lastmile_desktop.core.conversation import (
    Commitment,
    Conversation,
    Ladder,
    MoneyStep,
    letters_of_intent,
    sold,
)


def talk(
    money: MoneyStep | None, amount: int = 0, currency: str = "USD", what: str = "", kept: bool | None = None
) -> Conversation:
    given = Commitment(Ladder.MONEY, what, amount, currency, money, fulfilled=kept)
    return Conversation("Dana", "words", datetime(2026, 11, 1, tzinfo=UTC), commitment=given)


@pytest.mark.parametrize(
    ("talks", "said"),
    [
        ([], ""),
        ([talk(None, 4_900, what="pre-order")], "1 pre-order, $49"),
        ([talk(MoneyStep.PRE_ORDER, 4_900, what="one seat")], "1 pre-order, $49"),
        ([talk(MoneyStep.LETTER, 49_000)], ""),
        ([talk(MoneyStep.PAID, 4_900, kept=False)], ""),
        ([talk(MoneyStep.RENEWED, 4_950), talk(MoneyStep.PAID, 4_900)], "1 renewal, 1 paid, $98.50"),
        (
            [
                talk(MoneyStep.PAID, 4_900),
                talk(MoneyStep.PAID, 4_900),
                talk(MoneyStep.PRE_ORDER, 3_000, "CHF"),
            ],
            "2 paid, 1 pre-order, $98 + 30 CHF",
        ),
        ([talk(None), talk(None)], "2 commitments"),
    ],
)
def test_what_was_sold(talks: list[Conversation], said: str) -> None:
    assert sold(talks) == said


def test_a_letter_of_intent_is_counted_beside_it() -> None:
    assert (
        letters_of_intent([talk(MoneyStep.LETTER), talk(MoneyStep.LETTER, kept=False), talk(MoneyStep.PAID)])
        == 1
    )
