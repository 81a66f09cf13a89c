"""How many rows a caller of a list may ask for."""

from __future__ import annotations

import re

from lastmile_desktop.project.code.outline import Branch, Do, Function, steps_within
from lastmile_desktop.project.models.queries.query_sites import QuerySite

_REQUEST = re.compile(
    r"\b(?:req|request|ctx|c|event)\.(?:query|body|args|url|nextUrl|queryStringParameters|req|GET)|searchParams|\.args\.get|query_params"
)
_READ_AS_NUMBER = re.compile(r"(?:Number\.)?(?:parseInt|Number|int)\(\s*(\w{1,60})\s*(?:,\s*10\s*)?\)$")
_CAPPED = re.compile(
    r"\bmin\s*\(|Math\.min|clamp|\.max\(|safeParse|\.parse\(|schema|validate|\?\s*\d+\s*:", re.IGNORECASE
)


def chosen_freely(site: QuerySite, function: Function | None) -> str:
    """What holds the number of rows, when the caller may choose it freely; "" when he may not."""
    size = site.shape.limit
    if function is None or _CAPPED.search(size):
        return ""
    name = re.sub(r"^(?:Number|parseInt|int)\(|\)$|,\s*10\)?$", "", size).strip()
    text = size if _REQUEST.search(size) else _assigned(function, name)
    read = _READ_AS_NUMBER.match(text)
    if read is not None and read[1] != name and not _compared(function, read[1]):
        text = _assigned(function, read[1])
    if _REQUEST.search(text) and not _CAPPED.search(text) and not _compared(function, name):
        return name
    for param in function.params:
        declared = (
            re.match(rf"{re.escape(name)}\s*:\s*(?:int|Optional\[int\])\s*=\s*(.+)$", param) if name else None
        )
        if declared is None or not any(
            re.search(r"\.(?:get|post|route)$", call.callee) for call in function.decorators
        ):
            continue
        if not re.search(r"\b(?:le|lt)\s*=", declared[1]) and not _compared(function, name):
            return name
    return ""


def _assigned(function: Function, name: str) -> str:
    for step in steps_within(function.body):
        if isinstance(step, Do) and step.value is not None and name in step.targets:
            return step.value.text
    return ""


def _compared(function: Function, name: str) -> bool:
    return any(
        (
            isinstance(step, Branch)
            and re.search(rf"\b{re.escape(name)}\b\s*[<>](?!=?\s*[01]\b)", step.test) is not None
        )
        or (
            isinstance(step, Do)
            and name in step.targets
            and step.value is not None
            and "min(" in step.value.text
        )
        for step in steps_within(function.body)
    )
