"""What customers said: the log beside the checklist (catalogue §6.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


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


class PersonRole(StrEnum):
    """`PEER` and `FRIEND` are not customers: talks with them do not count."""

    UNKNOWN = "unknown"
    BUYER = "buyer"
    USER = "user"
    BOTH = "both"
    INFLUENCER = "influencer"
    PEER = "peer"
    FRIEND = "friend"

    @property
    def is_customer(self) -> bool:
        return self not in (PersonRole.PEER, PersonRole.FRIEND)


class Ladder(StrEnum):
    """What somebody gave up for it. Compliments, likes and waiting lists are `NONE`."""

    NONE = "none"
    TIME = "time"
    REPUTATION = "reputation"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Commitment:
    """`amount` is in minor units (cents) of `currency`, 0 when no money is involved."""

    level: Ladder = Ladder.NONE
    what: str = ""
    amount: int = 0
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One talk. `id` is 0 until stored. `quotes` are verbatim; `linked_checks` are the checks they speak of."""

    person: str
    said: str
    when: datetime
    id: int = 0
    company: str = ""
    role: PersonRole = PersonRole.UNKNOWN
    in_lane: bool | None = None
    channel: Channel = Channel.CALL
    minutes: int | None = None
    quotes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    linked_checks: tuple[str, ...] = ()
    commitment: Commitment = Commitment()
    follow_up: date | None = None


_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


def sold(talks: Sequence[Conversation]) -> str:
    """What has actually been sold, from commitments and not from hopes; "" when nothing has."""
    money = [talk.commitment for talk in talks if talk.commitment.level is Ladder.MONEY]
    if not money:
        return ""
    total = sum(item.amount for item in money)
    amount = f", {_SYMBOLS.get(money[0].currency, '')}{total / 100:,.0f}" if total else ""
    return f"1 {money[0].what or 'commitment'}{amount}" if len(money) == 1 else f"{len(money)} times{amount}"
