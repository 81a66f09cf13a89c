"""The text of *Copy prompt*: a walkthrough's template filled with places and facts, never with project text."""

from __future__ import annotations

from lastmile_desktop.core.verdict import Verdict
from lastmile_desktop.core.walkthrough import Walkthrough

LONGEST_PROMPT = 1_200
_MOST_PLACES = 8


def render(walkthrough: Walkthrough, verdict: Verdict, owned: tuple[str, ...] = ()) -> str:
    """At most 1,200 characters. `owned` are globs of files the AI tool generates and must not be asked to edit."""
    constraints = "Change nothing else. Show me the diff before applying it."
    if owned:
        constraints += " Do not edit: " + ", ".join(owned[:6]) + "."
    places = _places(verdict)
    while True:
        text = walkthrough.prompt.replace("{constraints}", constraints).replace("{places}", "\n".join(places))
        if len(text) <= LONGEST_PROMPT or not places:
            return text[:LONGEST_PROMPT]
        places = places[:-1]


def _places(verdict: Verdict) -> list[str]:
    seen: dict[str, None] = {}
    for finding in verdict.gaps:
        for evidence in finding.evidence[:1]:
            if evidence.path:
                place = f"- {_one_line(evidence.path)}" + (
                    f":{evidence.line_start}" if evidence.line_start else ""
                )
                seen[place] = None
    return list(seen)[:_MOST_PLACES]


def _one_line(path: str) -> str:
    """A file name is text from the project: control characters cannot break out of its line."""
    return "".join(char if char.isprintable() and char != "`" else "?" for char in path)[:200]
