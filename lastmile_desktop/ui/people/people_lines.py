"""Everybody in the log as lines of a list. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from lastmile_desktop.core.conversation import Conversation, Ladder, best_commitment
from lastmile_desktop.core.people import CompanySize, Person, PersonStatus
from lastmile_desktop.ui.conversations.entries import ladder_title
from lastmile_desktop.ui.language import counted, tr
from lastmile_desktop.ui.lines import TextLine
from lastmile_desktop.ui.phrases import short_day
from lastmile_desktop.ui.span_text import Span

MOST_SHOWN = 200


def people_lines(
    people: Iterable[Person], talks: Sequence[Conversation], today: date, words: str
) -> tuple[TextLine, ...]:
    """Whom one comes back to first, then by name; only those in whom all the words occur."""
    by_person: dict[int, list[Conversation]] = {}
    for talk in talks:
        by_person.setdefault(talk.person_id, []).append(talk)
    wanted = words.casefold().split()
    shown = [person for person in people if all(word in _words_of(person) for word in wanted)]
    shown.sort(key=lambda person: (person.next_on or date.max, person.name.casefold()))
    lines = tuple(_line(person, by_person.get(person.id, ()), today) for person in shown[:MOST_SHOWN])
    if len(shown) <= MOST_SHOWN:
        return lines
    rest = tr("and {n} more: a few letters of the name find them", n=f"{len(shown) - MOST_SHOWN:,}")
    return (*lines, TextLine("more", ((Span(rest, "secondary"),),), passive=True))


def _line(person: Person, talks: Sequence[Conversation], today: date) -> TextLine:
    head = [Span(person.name, bold=True), Span(f"  {person.company}" if person.company else "", "secondary")]
    below = [Span(status_title(person.status), "secondary")]
    if talks:
        below.append(Span(" · " + counted(len(talks), "{n} talk", "{n} talks"), "secondary"))
    best = best_commitment(talks)
    if best is not Ladder.NONE:
        below.append(Span(" · "))
        below.append(Span(ladder_title(best), "pass", bold=True))
    if person.next_on is not None:
        due = person.next_on <= today
        below.append(Span(" · "))
        below.append(Span(short_day(person.next_on), "soon" if due else "text", bold=due))
    if person.delete_by is not None and person.delete_by <= today:
        below.append(Span(" · "))
        below.append(Span(tr("to be deleted"), "stop", bold=True))
    return TextLine(f"person:{person.id}", (tuple(head), tuple(below)), person.id)


def _words_of(person: Person) -> str:
    parts = (person.name, person.company, person.segment, person.note, *person.tags)
    return " ".join((*parts, status_title(person.status))).casefold()


def status_title(status: PersonStatus) -> str:
    titles: Mapping[PersonStatus, str] = {
        PersonStatus.TO_CONTACT: tr("to contact"),
        PersonStatus.CONTACTED: tr("contacted"),
        PersonStatus.SCHEDULED: tr("talk is set"),
        PersonStatus.TALKED: tr("talked"),
        PersonStatus.COMMITTED: tr("committed"),
        PersonStatus.PAYING: tr("paying"),
        PersonStatus.NO: tr("said no"),
        PersonStatus.SILENT: tr("silent"),
        PersonStatus.LEAVE_ALONE: tr("wants no messages"),
    }
    return titles[status]


def size_title(size: CompanySize) -> str:
    return tr("not said") if size is CompanySize.UNKNOWN else tr("{n} people", n=size.value)
