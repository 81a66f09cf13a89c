"""The people a founder talks to (catalogue §6.1). A person belongs to one project."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

MOST_RANKED = 10


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


class CompanySize(StrEnum):
    """How many people work there, in bands."""

    UNKNOWN = "unknown"
    ONE = "1"
    FEW = "2-10"
    SOME = "11-50"
    MANY = "51-200"
    LARGE = "201+"


class PersonStatus(StrEnum):
    """How far it has come. `LEAVE_ALONE` asked not to be written to again."""

    TO_CONTACT = "to contact"
    CONTACTED = "contacted"
    SCHEDULED = "scheduled"
    TALKED = "talked"
    COMMITTED = "committed"
    PAYING = "paying"
    NO = "no"
    SILENT = "silent"
    LEAVE_ALONE = "leave alone"

    @property
    def is_closed(self) -> bool:
        """Whether nothing more is owed to them."""
        return self in (PersonStatus.NO, PersonStatus.LEAVE_ALONE)


@dataclass(frozen=True, slots=True)
class Person:
    """`id` is 0 until stored. `rank` is the place among the right ten (1-10), None when not one of them. `why` says
    in a sentence why they have the problem, `reach_out` is the first message as drafted, `contacted_on` the day it
    was sent. `seller`: could sell this for the founder. `consent` notes what they agreed to; after `delete_by`
    everything about them should go."""

    name: str
    id: int = 0
    company: str = ""
    size: CompanySize = CompanySize.UNKNOWN
    segment: str = ""
    role: PersonRole = PersonRole.UNKNOWN
    how_met: str = ""
    contact: str = ""
    in_lane: bool | None = None
    rank: int | None = None
    why: str = ""
    reach_out: str = ""
    status: PersonStatus = PersonStatus.TO_CONTACT
    next_on: date | None = None
    contacted_on: date | None = None
    added_on: date | None = None
    seller: bool = False
    tags: tuple[str, ...] = ()
    note: str = ""
    consent: str = ""
    delete_by: date | None = None


def same_person(person: Person, name: str, company: str = "") -> bool:
    """Whether a note about `name` of `company` means this person: a company that is not said fits any."""
    if person.name.casefold() != name.casefold():
        return False
    return not company or not person.company or person.company.casefold() == company.casefold()


def due_for_deletion(people: Iterable[Person], today: date) -> tuple[Person, ...]:
    """Those about whom everything should be gone by now. They are named; erasing them stays the founder's move."""
    return tuple(person for person in people if person.delete_by is not None and person.delete_by <= today)
