"""Which line of a text something is on, counted from 1."""

from __future__ import annotations

import re


def line_at(text: str, offset: int) -> int:
    """The line of the character at `offset`."""
    return text.count("\n", 0, offset) + 1


def line_of(text: str, pattern: re.Pattern[str]) -> int:
    """The line on which the pattern is first found, 0 when it is nowhere."""
    found = pattern.search(text)
    return line_at(text, found.start()) if found else 0
