"""The script parts of single-file components: everything else is blanked, so that lines and columns stay."""

from __future__ import annotations

import re

_SCRIPT = re.compile(r"<script\b[^>]{0,500}>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_FRONT_MATTER = re.compile(r"\A\s{0,100}---[ \t]*\r?\n(.*?)\r?\n---", re.DOTALL)
_NOT_SPACE = re.compile(r"[^\s]")


def scripts_only(text: str, *, front_matter: bool) -> str:
    """The text with all but its scripts (and Astro's front matter) turned into spaces."""
    kept: list[tuple[int, int]] = []
    start = 0
    if front_matter and (match := _FRONT_MATTER.match(text)):
        kept.append(match.span(1))
        start = match.end()
    kept.extend(match.span(1) for match in _SCRIPT.finditer(text, start))
    parts: list[str] = []
    position = 0
    for begin, end in kept:
        parts.append(_NOT_SPACE.sub(" ", text[position:begin]))
        # Two scripts may end and begin on one line without a semicolon.
        parts.append(text[begin:end])
        position = end
    parts.append(_NOT_SPACE.sub(" ", text[position:]))
    return "".join(parts)
