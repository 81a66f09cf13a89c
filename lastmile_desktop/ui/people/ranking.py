"""The order of the right ten: pure moves, told as the people whose rank they change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from lastmile_desktop.core.people import MOST_RANKED, Person
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.lines import TextLine
from lastmile_desktop.ui.people.people_lines import status_title
from lastmile_desktop.ui.phrases import short_day
from lastmile_desktop.ui.span_text import Span


def moved(ten: Sequence[Person], person_id: int, place: int) -> tuple[Person, ...]:
    """The people whose rank changes when this one goes to `place` (0 is the first)."""
    one = next(person for person in ten if person.id == person_id)
    others = [person for person in ten if person.id != person_id]
    place = max(0, min(place, len(others)))
    return _ranked([*others[:place], one, *others[place:]])


def without(ten: Sequence[Person], person_id: int) -> tuple[Person, ...]:
    """The people that change when this one is no longer one of the ten."""
    gone = next(person for person in ten if person.id == person_id)
    return (replace(gone, rank=None), *_ranked([person for person in ten if person.id != person_id]))


def next_rank(ten: Sequence[Person]) -> int | None:
    """The rank of whoever comes next, None when there are ten."""
    return len(ten) + 1 if len(ten) < MOST_RANKED else None


def _ranked(people: Sequence[Person]) -> tuple[Person, ...]:
    return tuple(
        replace(person, rank=rank) for rank, person in enumerate(people, start=1) if person.rank != rank
    )


def ten_lines(ten: Sequence[Person], today: date) -> tuple[TextLine, ...]:
    return tuple(_line(number, person, today) for number, person in enumerate(ten, start=1))


def _line(number: int, person: Person, today: date) -> TextLine:
    head = (
        Span(f"{number}  ", "secondary"),
        Span(person.name, bold=True),
        Span(f"  {person.company}" if person.company else "", "secondary"),
    )
    below = [Span(status_title(person.status), "secondary")]
    if person.next_on is not None:
        due = person.next_on <= today
        below += [Span(" · "), Span(short_day(person.next_on), "soon" if due else "text", bold=due)]
    elif not person.status.is_closed:
        below.append(Span(" · " + tr("no next date"), "secondary"))
    if person.in_lane is False:
        below.append(Span(" · " + tr("not your lane"), "secondary"))
    why = (Span(person.why or tr("Why do they have the problem?"), "text" if person.why else "secondary"),)
    return TextLine(f"ten:{person.id}", (head, why, tuple(below)), person.id)
