"""What the journal adds up to: the same kind of difference twice is worth more than one bad day (catalogue §7.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from lastmile_desktop.core.notebook import Difference, JournalEntry

REPEAT_DAYS = timedelta(days=60)
_TWICE = 2


def is_whole(entry: JournalEntry) -> bool:
    """Whether it says what happened and what was different; until then it is kept all the same."""
    return bool(entry.symptom.strip()) and bool(entry.differences)


def repeated(journal: Iterable[JournalEntry], today: date) -> frozenset[Difference]:
    """What made the difference at least twice in the last 60 days."""
    counted = Counter(
        difference for entry in _recent(journal, today) for difference in set(entry.differences)
    )
    return frozenset(difference for difference, times in counted.items() if times >= _TWICE)


def repeated_checks(journal: Iterable[JournalEntry], today: date) -> frozenset[str]:
    """The checks linked to entries whose difference came back."""
    entries = tuple(journal)
    again = repeated(entries, today)
    return frozenset(
        check
        for entry in _recent(entries, today)
        if again & set(entry.differences)
        for check in entry.linked_checks
    )


def _recent(journal: Iterable[JournalEntry], today: date) -> tuple[JournalEntry, ...]:
    return tuple(entry for entry in journal if today - REPEAT_DAYS <= entry.happened_on <= today)
