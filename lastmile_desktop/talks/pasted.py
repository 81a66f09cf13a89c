"""A person on a line, as founders write them down: `Dana Ross, Ross Roofing, owner, dana@ross.example`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lastmile_desktop.talks.transcripts.names import plausible

_LONGEST = 400
_BULLET = re.compile(r"^\s*(?:[-*•–—]\s+|\d{1,3}[.)]\s+|\[[ xX]?\]\s*)+")
_GAP = re.compile(r"[^\S\t]{2,}")
_MAIL = re.compile(r"<?(?:mailto:)?([\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5})>?")
_LINK = re.compile(r"https?://\S{3,200}|(?:www\.|linkedin\.com/)\S{2,200}")
_PHONE = re.compile(r"(?<![\w])\+?\(?\d[\d ()/.-]{5,18}\d(?!\w)")
_PARENTHESES = re.compile(r"\(([^()]{2,60})\)")
_SPLIT = re.compile(r"\s*[,;|\t]\s*|\s+[-–—]\s+|\s*:\s+")
_AT = re.compile(r"\s+(?:at|@|bei)\s+", re.I)
_EDGES = re.compile(r"^[\s,;|<>:–—-]+|[\s,;|<>:–—-]+$")


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    company: str = ""
    role: str = ""
    contacts: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()


def read_line(line: str) -> Line | None:
    """None for a line that names nobody. A line that is an address alone is named by it."""
    text = _BULLET.sub("", _GAP.sub(" ", line[:_LONGEST]).strip())
    contacts: list[str] = []
    for pattern in (_MAIL, _LINK, _PHONE):
        contacts += [
            (found[1] if found.re is _MAIL else found[0]).rstrip(".,;)") for found in pattern.finditer(text)
        ]
        text = pattern.sub(" , ", text)
    company = ""
    if found := _PARENTHESES.search(text):
        company, text = found[1].strip(), _PARENTHESES.sub(" ", text, count=1)
    parts = [part for raw in _SPLIT.split(text) if (part := _EDGES.sub("", raw))]
    if not parts:
        return Line(contacts[0], contacts=tuple(contacts)) if contacts else None
    name, at, employer = _around_at(parts.pop(0))
    if not plausible(name):
        return None
    role = ""
    if not at and parts and not company:
        role, at, employer = _around_at(parts[0])
        if at:
            parts.pop(0)
        else:
            role = ""
    company = company or employer or (parts.pop(0) if parts else "")
    role = role or (parts.pop(0) if parts else "")
    return Line(name, company, role, tuple(contacts), tuple(parts))


def _around_at(text: str) -> tuple[str, str, str]:
    """`owner`, `at`, `Ross Roofing` of "owner at Ross Roofing"."""
    found = _AT.search(text)
    if found is None or not text[: found.start()].strip():
        return text, "", ""
    return text[: found.start()].strip(), found[0].strip(), text[found.end() :].strip()
