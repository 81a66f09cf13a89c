"""Who asked for what was built."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from lastmile_desktop.core.conversation import Conversation, Quote
from lastmile_desktop.core.features import FeatureUnit, Standing, asked_for, share_open, standing
from lastmile_desktop.core.notebook import Citation, Feature, FeatureReason

UNIT = FeatureUnit("page:src/pages/Board.tsx", "board", date(2026, 11, 3))
TALK = Conversation(
    "Dana",
    "I want a board.",
    datetime(2026, 11, 1, tzinfo=UTC),
    quotes=(Quote("a board", linked_features=("Board",)),),
)


@pytest.mark.parametrize(
    ("features", "talks", "found"),
    [
        ((), (), Standing.OPEN),
        ((Feature("board", unit=UNIT.key),), (), Standing.OPEN),
        ((Feature("board", unit=UNIT.key),), (TALK,), Standing.ASKED),
        ((Feature("board", unit=UNIT.key, citations=(Citation(3),)),), (), Standing.ASKED),
        ((Feature("board", unit=UNIT.key, reason=FeatureReason.MY_CALL),), (), Standing.MARKED),
        ((Feature("board", unit="page:other"),), (TALK,), Standing.OPEN),
    ],
)
def test_a_piece_of_work_is_asked_for_marked_or_open(
    features: tuple[Feature, ...], talks: tuple[Conversation, ...], found: Standing
) -> None:
    assert standing(UNIT, features, talks) is found


def test_what_mends_a_gap_needs_no_customer() -> None:
    mended = FeatureUnit("day:2026-11-03", "row policies", date(2026, 11, 3), (), "access.rls-disabled")
    assert standing(mended, (), ()) is Standing.ASKED


def test_features_are_asked_for_by_name_in_talks_and_quotes() -> None:
    assert list(asked_for([TALK])) == ["board"]
    assert share_open([Standing.OPEN, Standing.ASKED, Standing.MARKED, Standing.OPEN]) == 0.5
    assert share_open([]) == 0.0
