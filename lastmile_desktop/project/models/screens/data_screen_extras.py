"""Data that a screen can do without: extras that stay away until they are there, and states that begin filled."""

from __future__ import annotations

import re

_EXTRA = re.compile(
    r"^(?:related|similar|suggest|recommend|trending|popular|also|other|previous|next|more)[A-Z_]?\w{0,40}$|"
    r"(?:Related|Similar|Suggested|Recommended)\w{0,30}$|^(?:count|total)s?$"
)


def is_optional(state: str, code: str) -> bool:
    """Something extra that stays away until it is there: `if (!banner) return null`, `{banner && …}`."""
    if _EXTRA.search(state):
        return True
    return any(_stays_away(re.escape(name), code) for name in (state, *_made_of(state, code)))


def taken_from(state: str, code: str) -> tuple[str, ...]:
    """Names for what an answer holds: `const orders = response?.data || []`."""
    name = re.escape(state)
    return tuple(re.findall(rf"\bconst (\w{{1,40}})\s{{0,3}}=\s{{0,3}}\(?{name}\b(?!\s{{0,3}}=>)", code))[:6]


def begins_filled(state: str, code: str) -> bool:
    """Whether the state begins with what is there already: a list of the code, what the parent handed down."""
    found = re.search(
        rf"\[\s{{0,3}}{re.escape(state)}\s{{0,3}},[^\]\n]{{0,80}}\]\s{{0,3}}=\s{{0,3}}(?:React\.)"
        rf"?useState(?:<[^()]{{0,200}}>)?"
        rf"\(\s{{0,20}}(?P<first>[A-Za-z_$][\w$.]{{0,60}})\s{{0,20}}\)",
        code,
    )
    return found is not None and found["first"] not in ("null", "undefined", "false", "true")


def _made_of(state: str, code: str) -> list[str]:
    """Names that are only a choice of it: `const active = challenges?.filter(…)`."""
    return re.findall(
        rf"\bconst (\w{{1,40}})\s{{0,3}}=\s{{0,3}}\(?{re.escape(state)}\b\s{{0,3}}(?:\?\?[^.\n]{{0,20}})"
        rf"?\??\.(?:filter|find|slice|at)\b",
        code,
    )


def _stays_away(name: str, code: str) -> bool:
    return (
        re.search(
            rf"if \([^;{{\n]{{0,80}}\b{name}\b[^;{{\n]{{0,80}}\)\s{{0,3}}\{{?\s{{0,20}}return null|"
            rf"\{{\s{{0,3}}{name}(?:\??\.\w{{1,30}}){{0,3}}\s{{0,3}}&&",
            code,
        )
        is not None
    )
