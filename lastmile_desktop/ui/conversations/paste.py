"""Telling a transcript from a note, by its looks. Pure."""

from __future__ import annotations

import re
from itertools import islice

_LEAST_LINES = 6
_LEAST_TURNS = 4
_READ = 200
_TURN = re.compile(r"\s{0,4}(?:[\[(]?\d{1,2}:\d{2}|WEBVTT\b|[^\s:][^:\n]{0,39}:\s+\S)")


def looks_like_transcript(text: str) -> bool:
    """Whether many of its lines begin with a time or a name."""
    lines = [line for line in islice(text.splitlines(), _READ) if line.strip()]
    turns = sum(bool(_TURN.match(line[:80])) or "-->" in line[:80] for line in lines)
    return len(lines) >= _LEAST_LINES and turns >= max(_LEAST_TURNS, len(lines) // 4)
