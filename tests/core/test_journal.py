"""What the journal adds up to."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from lastmile_desktop.core.checklist import Chip, checklist
from lastmile_desktop.core.journal import is_whole, repeated, repeated_checks
from lastmile_desktop.core.notebook import Difference, JournalEntry
from lastmile_desktop.core.ranking import Exposure, Situation, band_of, check_score
from tests.core.samples import check, finding, gap, scan

TODAY = date(2026, 11, 20)
ENV, CACHE = Difference.ENVIRONMENT_VARIABLE, Difference.CACHE


def entry(days_ago: int, *differences: Difference, checks: tuple[str, ...] = ()) -> JournalEntry:
    day = TODAY - timedelta(days=days_ago)
    return JournalEntry("It broke", day, differences=differences, linked_checks=checks)


@pytest.mark.parametrize(
    ("journal", "again"),
    [
        ((), frozenset()),
        ((entry(3, ENV),), frozenset()),
        ((entry(3, ENV), entry(9, ENV)), {ENV}),
        ((entry(3, ENV), entry(60, ENV)), {ENV}),
        ((entry(3, ENV), entry(61, ENV)), frozenset()),
        ((entry(3, ENV), entry(-1, ENV)), frozenset()),
        ((entry(3, ENV, ENV),), frozenset()),
        ((entry(3, ENV, CACHE), entry(9, CACHE)), {CACHE}),
    ],
)
def test_the_same_difference_twice_in_sixty_days(
    journal: tuple[JournalEntry, ...], again: frozenset[Difference]
) -> None:
    assert repeated(journal, TODAY) == again


def test_only_checks_of_entries_that_repeat_are_meant() -> None:
    journal = (
        entry(3, ENV, checks=("delivery.env-parity",)),
        entry(9, ENV, checks=("ops.no-error-tracking",)),
        entry(4, CACHE, checks=("scale.cdn-cache",)),
        entry(90, ENV, checks=("data.integrity",)),
    )
    assert repeated_checks(journal, TODAY) == {"delivery.env-parity", "ops.no-error-tracking"}


def test_an_entry_is_whole_when_it_says_what_was_different() -> None:
    assert is_whole(entry(1, ENV)) and not is_whole(entry(1))
    assert not is_whole(JournalEntry(" ", TODAY, differences=(ENV,)))


def test_what_broke_twice_ranks_a_fifth_higher_in_the_same_band_and_says_so() -> None:
    plain = Situation(exposure=Exposure.PUBLIC)
    again = Situation(exposure=Exposure.PUBLIC, repeated=frozenset({"access.rls-disabled"}))
    verdict = gap(finding())
    assert check_score(verdict, check(), again) == pytest.approx(1.2 * check_score(verdict, check(), plain))
    assert band_of(verdict, check(), again) is band_of(verdict, check(), plain)
    (row,) = checklist(scan(verdict), {check().id: check()}, again).rows
    assert Chip.BROKE_TWICE in row.chips
