"""What a row shows that a webhook handler looks up by something the caller sent: what is kept here is not what was
sent, and a row that is found by a secret proves who is calling."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Call
from lastmile_desktop.project.models.webhooks import sources as src
from lastmile_desktop.project.models.webhooks.state import NEVER, VERIFIED, Known, Ways

_SECRET_COLUMN = re.compile(
    r"(?i)\w{0,40}(?:secret|token|api_?key|hook_?key|signing_?key|key_?hash)\w{0,20}[\"'`]?\s{0,3}(?:=|:|,|\}|\)|$)"
)
_NO_CONDITION = frozenset(
    {"select", "returning", "values", "order", "order_by", "orderBy", "limit", "include"}
)
_WHERE = re.compile(r"(?i)\bwhere\b")
_THROWS = re.compile(
    r"(?:objects\.a?get|get_object_or_404|aget_object_or_404|OrThrow|scalar_one|\.one|(?:get|first|one)_or_404)$"
)
_OF_THE_CALL = frozenset({src.REQUEST, src.SIGNATURE})
_PROVEN: Ways = frozenset({frozenset({VERIFIED})})


def finds_or_throws(callee: str) -> bool:
    """Whether a lookup only comes back with a row."""
    return _THROWS.search(callee) is not None


def asks_by_secret(call: Call) -> bool:
    """Whether the condition of a query names a secret: `.eq("webhook_token", token)`, `filter(token=token)`."""
    return any(_SECRET_COLUMN.search(text) for text in _conditions(call))


def _conditions(call: Call) -> Iterator[str]:
    for link in call.links:
        if link.name in _NO_CONDITION:
            continue
        for arg in link.args or ():
            where = arg.entry("where")
            text = (where.text if where is not None else arg.text)[:2000]
            found = _WHERE.search(text) if where is None else None
            text = text[found.end() :] if found else text
            yield f"{arg.name}={text}" if arg.name else text


def kept_row(tags: frozenset[str]) -> Known:
    """A row that was found by something of the call: its columns are this project's own."""
    return Known(_own(tags))


def proven_row(tags: frozenset[str], attempt: int) -> Known:
    """A row that is only there when the caller knows its secret."""
    attempts = frozenset({attempt})
    row = Known(_own(tags), when_true=_PROVEN, attempts=attempts)
    error = Known(when_false=_PROVEN, attempts=attempts)
    fields = (("data", row), ("error", error), ("rows", row), ("count", row), ("status", Known()))
    return Known(row.tags, _PROVEN, fields=fields, attempts=attempts)


def certain_row(tags: frozenset[str]) -> Known:
    """A row of a lookup that throws without one."""
    return Known(_own(tags), when_false=NEVER)


def _own(tags: frozenset[str]) -> frozenset[str]:
    kept = frozenset(tag for tag in tags if tag not in _OF_THE_CALL and not tag.startswith("header:"))
    return kept | {src.KEPT}
