"""Source text with its strings and comments blanked, so that names in it are names of code."""

from __future__ import annotations

import re

_SCRIPT = re.compile(
    r"//[^\n]{0,2000}|/\*[\s\S]{0,20000}?\*/|'(?:[^'\\\n]|\\.){0,2000}'|\"(?:[^\"\\\n]|\\.){0,2000}\""
)
_PYTHON = re.compile(
    r"\"{3}[\s\S]{0,20000}?\"{3}|'{3}[\s\S]{0,20000}?'{3}|\#[^\n]{0,2000}|'(?:[^'\\\n]|\\.){0,2000}'|\"(?:[^\"\\\n]|\\.){0,2000}\""
)


def blanked(path: str, text: str) -> tuple[str, ...]:
    """The lines of a file, comments gone and strings empty."""
    pattern = _PYTHON if path.endswith(".py") else _SCRIPT
    return tuple(pattern.sub(_blank, text).split("\n"))


def uncommented(path: str, text: str) -> str:
    """A file's text without its comments; strings stay."""
    pattern = _PYTHON if path.endswith(".py") else _SCRIPT
    return pattern.sub(lambda match: _blank(match) if match.group(0)[0] in "/#" else match.group(0), text)


def _blank(match: re.Match[str]) -> str:
    """Lines stay where they are."""
    whole = match.group(0)
    ends = whole[0] if whole[0] in "'\"" else ""
    return f"{ends}{chr(10) * whole.count(chr(10))}{ends}"
