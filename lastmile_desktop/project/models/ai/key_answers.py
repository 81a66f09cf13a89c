"""Answers that hold a key of the server, or a piece of one: `prefix: API_KEY.substring(0, 10)` in a test endpoint."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Span

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_NAMED = r"\w*(?:SECRET|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|SERVICE_ROLE|PASSWORD|AUTH_TOKEN|BOT_TOKEN|ACCESS_TOKEN)\w*"
_PUBLIC = re.compile(r"PUBLIC|PUBLISHABLE|ANON_KEY|SITE_KEY|^VITE_")
_FROM_SETTINGS = re.compile(
    r"(?:const|let|var)\s+(\w+)\s*(?::[^=\n]{1,40})?=\s*(?:Deno\.env\.get\(\s*['\"]|process\.env\.|process\.env\[['\"]|Bun\.env\.)"
    rf"({_NAMED})\b"
)
_MEMBER = re.compile(
    r"^\s*['\"]?(\w+)['\"]?\s*:\s*(?:`?\$?\{?)\s*"
    r"(?:Deno\.env\.get\(\s*['\"](?P<env>\w+)['\"]\s*\)|process\.env\.(?P<node>\w+)|(?P<local>[A-Za-z_]\w*))"
    r"[?!]?(?P<cut>\.(?:substring|slice|substr)\()?(?P<rest>[^\n]{0,40})"
)
_ANSWERS = re.compile(
    r"new Response\(|Response\.json\(|\bres\.(?:json|send|status)\(|\bc\.json\(|NextResponse\.json\("
)
_NOT_ANSWER = re.compile(
    r"(?:console\.\w+|fetch|headers|logger\.\w+|Authorization|createClient|new (?!Date\b)[A-Z]\w+)\s*[:(=]"
)
_OPENS = re.compile(
    r"(?:const|let|var)\s+\w+[^=\n]{0,60}=\s*\{\s*$|"
    r"(?:new Response|Response\.json|res\.json|c\.json|NextResponse\.json)\("
)
_ABOVE = 25


@dataclass(frozen=True, slots=True)
class KeyShown:
    """`name` is the setting, `part` how much of it is told: "a piece" or "the whole"."""

    line: int
    name: str
    part: str


def key_shown(view: ProjectView, path: str, span: Span) -> KeyShown | None:
    """The first piece of a key in what the code of these lines answers."""
    shown = view.per_file("key-answers", path, _read, ())
    return next((item for item in shown if span.line <= item.line <= span.line_end), None)


def _read(text: str) -> tuple[KeyShown, ...]:
    if "env" not in text or not _ANSWERS.search(text):
        return ()
    lines = text[:200_000].splitlines()
    local = dict(_FROM_SETTINGS.findall(text[:200_000]))
    found = (_told(lines, index, local) for index in range(len(lines)))
    return tuple(item for item in found if item is not None)


def _told(lines: list[str], index: int, local: Mapping[str, str]) -> KeyShown | None:
    """A member of an object literal that is cut out of a key; whole keys are handed on to providers too often."""
    line = lines[index]
    if len(line) > 400 or ".s" not in line:
        return None
    match = _MEMBER.match(line)
    if match is None or not match["cut"]:
        return None
    name = match["env"] or match["node"] or local.get(match["local"] or "", "")
    if not re.fullmatch(_NAMED, name) or _PUBLIC.search(name):
        return None
    return KeyShown(index + 1, name, "a piece") if _in_answer(lines, index) else None


def _in_answer(lines: list[str], index: int) -> bool:
    """Whether the object around a line is an answer or a variable, not what is logged or sent elsewhere."""
    for above in range(index, max(-1, index - _ABOVE), -1):
        if _NOT_ANSWER.search(lines[above]) and above != index:
            return False
        if _OPENS.search(lines[above]):
            return True
    return False
