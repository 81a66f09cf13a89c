"""People from vCards, versions 2.1 to 4: folded lines, groups, parameters, escapes."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_LONGEST_LINE = 20_000
_FOLD = re.compile(r"\n[ \t]")
_SOFT_BREAK = re.compile(r"=\n")
_LINE = re.compile(
    r"(?:[\w-]{1,40}\.)?(?P<name>[A-Za-z][\w-]{0,40})(?P<parameters>(?:;[^:\n]{0,400})?):(?P<value>.*)", re.S
)
_ESCAPE = re.compile(r"\\([\\,;:nN])")
_SEPARATOR = re.compile(r"(?<!\\)[;]")
_COMMA = re.compile(r"(?<!\\),")


@dataclass(slots=True)
class Card:
    name: str = ""
    company: str = ""
    role: str = ""
    contacts: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])
    tags: list[str] = field(default_factory=list[str])


def is_vcard(text: str) -> bool:
    return text.lstrip()[:11].upper() == "BEGIN:VCARD"


def cards_in(text: str) -> Iterator[Card]:
    card: Card | None = None
    unfolded = _FOLD.sub("", _SOFT_BREAK.sub("", text) if "QUOTED-PRINTABLE" in text.upper() else text)
    for line in unfolded.split("\n"):
        found = _LINE.fullmatch(line[:_LONGEST_LINE].strip())
        if found is None:
            continue
        name, value = found["name"].upper(), found["value"]
        if name == "BEGIN":
            card = Card()
        elif name == "END":
            if card is not None:
                yield card
            card = None
        elif card is not None:
            _take(card, name, _decoded(value, found["parameters"].upper()))


def _take(card: Card, name: str, value: str) -> None:
    match name:
        case "FN":
            card.name = _plain(value)
        case "N" if not card.name:
            family, given, middle, *_ = [*(_plain(part) for part in _SEPARATOR.split(value)), "", "", ""]
            card.name = " ".join(part for part in (given, middle, family) if part)
        case "ORG":
            card.company = _plain(_SEPARATOR.split(value)[0])
        case "TITLE" | "ROLE" if not card.role:
            card.role = _plain(value)
        case "EMAIL" | "TEL" | "URL" | "IMPP" if len(card.contacts) < 8:
            card.contacts.append(_plain(value).removeprefix("tel:").removeprefix("mailto:"))
        case "NOTE":
            card.notes.append(_plain(value))
        case "CATEGORIES":
            card.tags += [tag for part in _COMMA.split(value) if (tag := _plain(part))]
        case _:
            pass


def _decoded(value: str, parameters: str) -> str:
    if "QUOTED-PRINTABLE" not in parameters:
        return value
    return quopri.decodestring(value.encode("utf-8")).decode("utf-8", "replace")


def _plain(value: str) -> str:
    return " ".join(_ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).split())
