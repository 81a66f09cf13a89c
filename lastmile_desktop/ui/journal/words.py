"""The journal in the founder's words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from lastmile_desktop.core.journal import is_whole, repeated, repeated_checks
from lastmile_desktop.core.notebook import Difference, JournalEntry
from lastmile_desktop.ui.language import counted, tr
from lastmile_desktop.ui.phrases import long_day

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class EntryLine:
    """A line of the list: what happened, and below it when and why."""

    id: int
    title: str
    rest: str


def difference_title(difference: Difference) -> str:
    return tr(str(difference)[:1].upper() + str(difference)[1:])


def lines(journal: Iterable[JournalEntry], today: date) -> tuple[EntryLine, ...]:
    """The newest day first."""
    ordered = sorted(journal, key=lambda entry: (entry.happened_on, entry.id), reverse=True)
    return tuple(EntryLine(entry.id, _title(entry), _rest(entry, today)) for entry in ordered)


def _title(entry: JournalEntry) -> str:
    first = entry.symptom.strip().partition("\n")[0]
    return first or tr("Not named yet")


def _rest(entry: JournalEntry, today: date) -> str:
    parts = [long_day(entry.happened_on, today)]
    if entry.incident is not None:
        parts.append(tr("incident"))
    if entry.minutes_lost:
        parts.append(tr("{n} min", n=f"{entry.minutes_lost:,}"))
    parts += [tr(str(difference)) for difference in entry.differences[:2]]
    if len(entry.differences) > 2:
        parts.append(tr("{n} more", n=len(entry.differences) - 2))
    if not is_whole(entry):
        parts.append(tr("what was different?"))
    return " · ".join(parts)


def above(journal: Sequence[JournalEntry], today: date) -> str:
    """What the list adds up to, in at most two sentences."""
    again = sorted(difference_title(item) for item in repeated(journal, today))
    if again:
        checks = len(repeated_checks(journal, today))
        raised = (
            counted(checks, "{n} linked gap ranks higher.", "{n} linked gaps rank higher.") if checks else ""
        )
        text = tr("{what}: at least twice in 60 days.", what=", ".join(again))
        return f"{text} {raised}".strip()
    if not any(today - _WEEK <= entry.happened_on <= today for entry in journal):
        return tr(
            "Nothing this week. If something worked here and broke there, write down what was different. If not, "
            "write down one rule that lives only in your head: the policy book keeps it."
        )
    return ""
