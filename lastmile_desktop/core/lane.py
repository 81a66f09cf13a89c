"""The lane: who it is for, and what is said no to (catalogue §6.2)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Payment:
    """What is paid for something: a tool or a way of pricing, an amount, and how often. None when not said."""

    what: str = ""
    amount: float | None = None
    per: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """Whom the founder builds for, and whom not. Texts are "" and lists empty when the file does not say.
    `company_size` is (least, most) people; `pays_today` what they pay for their way around the problem, `price` what
    they would pay here. `lines` gives the line of each key; `problem_with_file` says file and
    line of what made it unreadable."""

    for_who: str = ""
    industry: str = ""
    company_size: tuple[int, int] | None = None
    buyer: str = ""
    user: tuple[str, ...] = ()
    problem: str = ""
    in_their_words: tuple[str, ...] = ()
    instead_today: str = ""
    pays_today: Payment = Payment()
    promise: str = ""
    price: Payment = Payment()
    first_value_minutes: int | None = None
    says_no_to: tuple[str, ...] = ()
    must_integrate: tuple[str, ...] = ()
    must_not_need: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    lines: tuple[tuple[str, int], ...] = ()
    problem_with_file: str = ""

    def line(self, key: str) -> int:
        """Where the key stands; 1 when it does not."""
        return dict(self.lines).get(key, 1)
