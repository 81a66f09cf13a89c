"""What customers said: the log beside the checklist (catalogue §6.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from lastmile_desktop.core.people import PersonRole


class Channel(StrEnum):
    IN_PERSON = "in person"
    VIDEO = "video"
    CALL = "call"
    CHAT = "chat"
    EMAIL = "email"
    TICKET = "ticket"
    EVENT = "event"
    DEMO = "demo"

    @property
    def is_live(self) -> bool:
        """Whether both were there at the same time; a thread or an e-mail counts less (catalogue §6.6)."""
        return self not in (Channel.CHAT, Channel.EMAIL, Channel.TICKET)


class Ladder(StrEnum):
    """What somebody gave up for it. Compliments, likes and waiting lists are `NONE`."""

    NONE = "none"
    TIME = "time"
    REPUTATION = "reputation"
    MONEY = "money"

    @property
    def step(self) -> int:
        """0 (nothing) to 3 (money)."""
        return list(Ladder).index(self)


class MoneyStep(StrEnum):
    """How firm money is, the firmest last."""

    LETTER = "letter of intent"
    PRE_ORDER = "pre-order"
    PAID = "paid"
    RENEWED = "renewed"


class QuoteSignal(StrEnum):
    """What a passage is a sign of."""

    PAIN = "pain"
    GOAL = "goal"
    OBSTACLE = "obstacle"
    WORKAROUND = "workaround"
    MONEY = "money"
    FEATURE = "feature request"
    OBJECTION = "objection"
    SURPRISE = "surprise"
    WORD = "their word"
    PERSON = "person to meet"
    FOLLOW_UP = "follow-up"
    PRAISE = "compliment"


class MayUse(StrEnum):
    """Whether a quote may be shown to others."""

    NO = "no"
    UNNAMED = "without the name"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Quote:
    """Words exactly as said. `speaker` is "" for the person of the talk; `at_s` is where in the recording, in
    seconds, None when nothing tells. It may be linked to checks, features (by name) and assumptions (by id)."""

    text: str
    speaker: str = ""
    at_s: float | None = None
    signals: tuple[QuoteSignal, ...] = ()
    linked_checks: tuple[str, ...] = ()
    linked_features: tuple[str, ...] = ()
    linked_assumptions: tuple[int, ...] = ()
    may_use: MayUse = MayUse.NO


@dataclass(frozen=True, slots=True)
class Commitment:
    """`amount` is in minor units (cents) of `currency`, 0 when no money is involved. `money` says how firm the money
    is, None below `Ladder.MONEY`. `evidence` is a file, an address or a receipt number. `fulfilled` is None until
    it is known."""

    level: Ladder = Ladder.NONE
    what: str = ""
    amount: int = 0
    currency: str = ""
    money: MoneyStep | None = None
    evidence: str = ""
    expires: date | None = None
    fulfilled: bool | None = None

    @property
    def sells(self) -> bool:
        """Whether money is meant for sure: a letter of intent alone is not a sale."""
        return self.level is Ladder.MONEY and self.money is not MoneyStep.LETTER


@dataclass(frozen=True, slots=True)
class Conversation:
    """One talk. `id` and `person_id` are 0 until stored; `company`, `role` and `in_lane` are those of the person,
    who alone keeps them. `others` were there too. `said` holds the notes; the texts below it are the same talk
    sorted by question and may all be empty. `asked` is what the founder asked for, `commitment` what was given.
    `transcript` is the id of the stored transcript, 0 without one; `source` names the file it came from."""

    person: str
    said: str
    when: datetime
    id: int = 0
    person_id: int = 0
    company: str = ""
    role: PersonRole = PersonRole.UNKNOWN
    in_lane: bool | None = None
    others: tuple[str, ...] = ()
    channel: Channel = Channel.CALL
    minutes: int | None = None
    problem: str = ""
    story: str = ""
    workaround: str = ""
    pays_today: str = ""
    tools: tuple[str, ...] = ()
    deciders: str = ""
    surprises: str = ""
    objections: str = ""
    words: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()
    tags: tuple[str, ...] = ()
    linked_checks: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    asked: Ladder = Ladder.NONE
    commitment: Commitment = Commitment()
    promise: str = ""
    follow_up: date | None = None
    changed_product: bool = False
    recording_agreed: bool = False
    transcript: int = 0
    source: str = ""

    @property
    def checks(self) -> frozenset[str]:
        """The checks that this talk or one of its quotes speaks of."""
        return frozenset(self.linked_checks).union(*(quote.linked_checks for quote in self.quotes))

    @property
    def signals(self) -> frozenset[QuoteSignal]:
        return frozenset(signal for quote in self.quotes for signal in quote.signals)


_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
_SOLD_AS = {
    MoneyStep.RENEWED: ("renewal", "renewals"),
    MoneyStep.PAID: ("paid", "paid"),
    MoneyStep.PRE_ORDER: ("pre-order", "pre-orders"),
    None: ("commitment", "commitments"),
}


def sold(talks: Sequence[Conversation]) -> str:
    """What has actually been sold, the firmest first, from commitments and not from hopes: "2 paid, 1 pre-order,
    $147"; "" when nothing has. A letter of intent is none of it, nor is what they did not keep to."""
    kept = [given for talk in talks if (given := talk.commitment).sells and given.fulfilled is not False]
    if not kept:
        return ""
    amounts: dict[str, int] = {}
    for given in kept:
        if given.amount:
            amounts[given.currency] = amounts.get(given.currency, 0) + given.amount
    total = " + ".join(_amount(amount, currency) for currency, amount in amounts.items())
    if len(kept) == 1 and kept[0].money is None and kept[0].what:
        parts = [f"1 {kept[0].what}"]
    else:
        counts = [(sum(given.money is step for given in kept), words) for step, words in _SOLD_AS.items()]
        parts = [f"{number} {words[number > 1]}" for number, words in counts if number]
    return ", ".join([*parts, *([total] if total else [])])


def asked_checks(talks: Sequence[Conversation]) -> frozenset[str]:
    """The checks that a customer asked for."""
    return frozenset(check for talk in talks for check in talk.checks)


def letters_of_intent(talks: Sequence[Conversation]) -> int:
    """How many said in writing that they would pay, and have not yet."""
    given = [talk.commitment for talk in talks]
    return sum(item.money is MoneyStep.LETTER and item.fulfilled is not False for item in given)


def _amount(amount: int, currency: str) -> str:
    number = f"{amount / 100:,.2f}".removesuffix(".00")
    symbol = _SYMBOLS.get(currency)
    return f"{symbol}{number}" if symbol else f"{number} {currency}".strip()


def best_commitment(talks: Sequence[Conversation]) -> Ladder:
    """The highest step that anybody has reached."""
    return max((talk.commitment.level for talk in talks), key=lambda level: level.step, default=Ladder.NONE)
