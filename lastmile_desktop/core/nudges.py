"""When to say one thing about customers, and when to be silent (catalogue §6.7). Facts, one small action, silence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from lastmile_desktop.core.balance import BuildTalk, Signal
from lastmile_desktop.core.conversation import Conversation, Ladder, best_commitment
from lastmile_desktop.core.notebook import Notebook, NudgeChoice, NudgeNote
from lastmile_desktop.core.people import Person, PersonStatus

ONCE_IN = timedelta(days=7)
SILENT_AFTER_DISMISSAL = timedelta(days=30)
IDLE_MINUTES = 20
FOLLOW_UP = "follow-up"
"""The name under which reminders of promises are noted; they are no nudges and have a rhythm of their own."""
_ASKABLE = 3


class Nudge(StrEnum):
    CALL_FIRST_OF_TEN = "call-first-of-ten"
    LIST_THREE = "list-three"
    ASK_FOR_MONEY = "ask-for-money"


@dataclass(frozen=True, slots=True)
class NudgeFacts:
    """What a nudge states: `hours` of building in the window, `name` of somebody on the list who was not written to
    yet, `talks` with customers so far."""

    nudge: Nudge
    hours: float = 0.0
    name: str = ""
    talks: int = 0


@dataclass(frozen=True, slots=True)
class Occasion:
    """Nobody is interrupted: only when the program was just opened, or after 20 quiet minutes."""

    opened: bool = False
    idle_minutes: float = 0.0

    @property
    def is_quiet(self) -> bool:
        return self.opened or self.idle_minutes >= IDLE_MINUTES


def nudge_for(
    window: BuildTalk | None, notebook: Notebook, talks: Sequence[Conversation], today: date
) -> NudgeFacts | None:
    """The one nudge of this week, None for silence. One that was shown stays for its week; another waits its turn."""
    found = _facts(window, notebook, talks)
    return found if found is not None and _may(found.nudge, notebook.nudges, today) else None


def is_told(facts: NudgeFacts, notebook: Notebook, today: date) -> bool:
    """Whether it was shown this week already."""
    return any(
        note.nudge == facts.nudge and note.choice is NudgeChoice.SHOWN and today - note.on < ONCE_IN
        for note in notebook.nudges
    )


def interrupts(facts: NudgeFacts, notebook: Notebook, today: date, occasion: Occasion) -> bool:
    """Whether it may come up by itself now."""
    return occasion.is_quiet and not is_told(facts, notebook, today)


def may_remind(notebook: Notebook, today: date, occasion: Occasion) -> bool:
    """Reminders of promises: at most once a day, never again once the founder said so."""
    own = [note for note in notebook.nudges if note.nudge == FOLLOW_UP]
    silenced = any(note.choice is NudgeChoice.NEVER or note.on >= today for note in own)
    return occasion.is_quiet and not silenced


def _may(nudge: Nudge, notes: Iterable[NudgeNote], today: date) -> bool:
    """One a week, none for 30 days after one was dismissed, none ever again once the founder said so."""
    for note in notes:
        if note.nudge == FOLLOW_UP:
            continue
        since = today - note.on
        if note.choice is NudgeChoice.NEVER:
            return False
        if note.choice is NudgeChoice.DISMISSED and since < SILENT_AFTER_DISMISSAL:
            return False
        if note.nudge != nudge and since < ONCE_IN:
            return False
    return True


def _facts(window: BuildTalk | None, notebook: Notebook, talks: Sequence[Conversation]) -> NudgeFacts | None:
    customers = [talk for talk in talks if talk.role.is_customer]
    if window is not None and window.signal is Signal.SKEWED:
        waiting = next((person for person in notebook.right_ten if _is_waiting(person)), None)
        if waiting is not None:
            return NudgeFacts(Nudge.CALL_FIRST_OF_TEN, window.build_hours, waiting.name)
        if not notebook.right_ten:
            return NudgeFacts(Nudge.LIST_THREE, window.build_hours)
    people = {talk.person_id or talk.person for talk in customers}
    asked = any(talk.asked is Ladder.MONEY for talk in customers)
    if len(people) >= _ASKABLE and not asked and best_commitment(customers) is not Ladder.MONEY:
        return NudgeFacts(Nudge.ASK_FOR_MONEY, talks=len(customers))
    return None


def _is_waiting(person: Person) -> bool:
    return person.status is PersonStatus.TO_CONTACT and person.contacted_on is None
