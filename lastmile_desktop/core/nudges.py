"""When to say one thing about customers, and when to be silent (catalogue §6.7). Facts, one small action, silence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from lastmile_desktop.core.balance import BuildTalk, Signal
from lastmile_desktop.core.conversation import Conversation, Ladder, best_commitment
from lastmile_desktop.core.features import FeatureUnit, Standing, standing
from lastmile_desktop.core.notebook import Feature, NudgeChoice, NudgeNote

ONCE_IN = timedelta(days=7)
SILENT_AFTER_DISMISSAL = timedelta(days=30)
IDLE_MINUTES = 20
_ASKABLE = 3
_MUCH_SHIPPED = 4
_LATELY = timedelta(days=9)


class NudgeKind(StrEnum):
    """What a nudge is about; the name under which its notes are kept."""

    ASK_FOR_MONEY = "ask-for-money"
    SHOW_WHAT_SHIPPED = "show-what-shipped"
    TALK_TO_SOMEBODY = "talk-to-somebody"
    FOLLOW_UP = "follow-up"


@dataclass(frozen=True, slots=True)
class Occasion:
    """Nobody is interrupted: only when the program was just opened, or after 20 quiet minutes."""

    today: date
    opened: bool = False
    idle_minutes: float = 0.0

    @property
    def is_quiet(self) -> bool:
        return self.opened or self.idle_minutes >= IDLE_MINUTES


@dataclass(frozen=True, slots=True)
class Told:
    """What the window knows that a nudge may be about. `due` counts the promises whose day has come."""

    window: BuildTalk | None
    talks: Sequence[Conversation] = ()
    units: Sequence[FeatureUnit] = ()
    features: Sequence[Feature] = ()
    due: int = 0


@dataclass(frozen=True, slots=True)
class Nudge:
    """`numbers` are the facts that its sentence states, in its order."""

    kind: NudgeKind
    numbers: tuple[float, ...] = ()


def nudge(told: Told, notes: Iterable[NudgeNote], occasion: Occasion) -> Nudge | None:
    """The one thing to say now, None for silence. A promise that is due comes before anything else."""
    kept = tuple(notes)
    if not occasion.is_quiet:
        return None
    if told.due and _may_remind(kept, occasion.today):
        return Nudge(NudgeKind.FOLLOW_UP, (told.due,))
    return _demand(told, occasion.today) if _may_nudge(kept, occasion.today) else None


def _may_remind(notes: Iterable[NudgeNote], today: date) -> bool:
    """Reminders of promises: at most once a day, never again once the founder said so."""
    own = [note for note in notes if note.nudge == NudgeKind.FOLLOW_UP]
    return not any(note.choice is NudgeChoice.NEVER or note.on >= today for note in own)


def _may_nudge(notes: Iterable[NudgeNote], today: date) -> bool:
    """One a week, none for 30 days after one was dismissed, none ever again once the founder said so."""
    for note in notes:
        if note.nudge == NudgeKind.FOLLOW_UP:
            continue
        since = today - note.on
        dismissed = note.choice is NudgeChoice.DISMISSED and since < SILENT_AFTER_DISMISSAL
        if note.choice is NudgeChoice.NEVER or dismissed or since < ONCE_IN:
            return False
    return True


def _demand(told: Told, today: date) -> Nudge | None:
    customers = [talk for talk in told.talks if talk.role.is_customer]
    people = {talk.person_id or talk.person for talk in customers}
    asked = any(talk.asked is Ladder.MONEY for talk in customers)
    if len(people) >= _ASKABLE and not asked and best_commitment(customers) is not Ladder.MONEY:
        return Nudge(NudgeKind.ASK_FOR_MONEY, (len(people),))
    lately = [unit for unit in told.units if today - unit.day <= _LATELY]
    wanted = sum(standing(unit, told.features, customers) is Standing.ASKED for unit in lately)
    if len(lately) >= _MUCH_SHIPPED and wanted * 2 < len(lately):
        return Nudge(NudgeKind.SHOW_WHAT_SHIPPED, (len(lately), _LATELY.days, wanted))
    window = told.window
    if window is not None and window.signal is Signal.SKEWED:
        return Nudge(NudgeKind.TALK_TO_SOMEBODY, (window.days, window.build_hours, window.conversations))
    return None
