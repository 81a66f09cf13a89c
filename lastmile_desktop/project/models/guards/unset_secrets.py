"""Helpers that ask for a shared secret only while it is set: without the setting everybody gets in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Function, Outline, calls_within
from lastmile_desktop.project.models.routes.model import Route

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_SETTING = re.compile(
    r"\b(?P<local>\w{1,40})\s*(?::\s*[\w| ]{1,40})?=\s*(?:await\s+)?"
    r"(?:process\.env|Deno\.env|import\.meta\.env|os\.(?:environ|getenv)|env|settings)[.\[(\w'\"]{0,10}?"
    r"[.(\[]\s*['\"]?(?P<name>\w{0,30}(?:SECRET|TOKEN|KEY)\w{0,20})"
)
_ANSWERS_YES = r"\s*\)?\s*:?\s*\{?\s*return\s+(?:true|True)\b"
_REFUSES = re.compile(r"401|403|return\s+(?:false|False)|throw|raise|[uU]nauthori|[fF]orbidden")
_NAMED = re.compile(r"process\.env\.(\w{0,30}(?:SECRET|TOKEN)\w{0,20})")
_FAR = 240


@dataclass(frozen=True, slots=True)
class Unset:
    """`line` lets everybody in while the setting `name` is missing."""

    path: str
    line: int
    name: str


def unset_secret(view: ProjectView, route: Route) -> Unset | None:
    """The helper that a route asks, when it lets everybody in while its secret is missing."""
    if route.handler is None:
        return None
    called = {
        call.root for call in calls_within(route.handler.body) if not any(link.name for link in call.links)
    }
    here = view.per_source("unset-secrets", route.path, _helpers, {})
    for name in sorted(called & here.keys()):
        return Unset(route.path, *here[name])
    outline = view.outlines.get(route.path)
    for item in outline.imports if outline is not None else ():
        wanted = [(local, imported) for local, imported in item.names if local in called]
        target = view.modules.targets.get((route.path, item.module)) if wanted else None
        if target is None:
            continue
        there = view.per_source("unset-secrets", target, _helpers, {})
        for _, imported in wanted:
            if imported in there:
                return Unset(target, *there[imported])
    return None


def _helpers(outline: Outline, text: str) -> dict[str, tuple[int, str]]:
    """(line, setting) of each function that only refuses while its secret is set, by the name it is called."""
    lines = text.split("\n")
    found: dict[str, tuple[int, str]] = {}
    for function in outline.functions:
        place = _lets_in(function, lines)
        if place is not None:
            found.setdefault(function.name.rpartition(".")[2], place)
    return found


def _lets_in(function: Function, lines: list[str]) -> tuple[int, str] | None:
    first = function.span.line
    if function.span.line_end - first > 40:
        return None
    body = "\n".join(lines[first - 1 : function.span.line_end])
    given = {match["local"]: match["name"] for match in _SETTING.finditer(body)}
    given.update({f"process.env.{name}": name for name in _NAMED.findall(body)})
    for local, name in given.items():
        held = re.escape(local)
        yes = re.search(rf"if\s*\(?\s*(?:!\s*|not\s+){held}{_ANSWERS_YES}", body)
        only = re.search(rf"if\s*\(?\s*{held}\s*(?:&&|and)\s[^\n]{{0,160}}!==?", body)
        if only is not None and not _REFUSES.search(body[only.end() : only.end() + _FAR]):
            only = None
        match = yes or only
        if match is not None:
            return first + body.count("\n", 0, match.start()), name
    return None
