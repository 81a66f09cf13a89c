"""Handlers that take every event but the one of success for a failure: `if (success) {…} else { status: "FAILED" }`.

Providers send transfers, refunds, disputes and the steps of one payment to the same address; any of them then turns
what was paid into what failed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Branch, Call, Do, Leave, Outline, Step, steps_within

if TYPE_CHECKING:
    from lastmile_desktop.project.models.webhooks.model import Webhook
    from lastmile_desktop.project.view import ProjectView

_SUCCESS = re.compile(
    r"""(?i)\b\w*(?:event|type|topic|action)\w*(?:['"]\])?\s*={2,3}\s*["'][\w.:-]{0,60}(?:success|succeeded|paid|captured|completed)["']\s*\)?$"""
)
_STATE = r"""["']?\w{0,20}(?:status|state)["']?\s*[:=,]\s*["']"""
_FAILED = re.compile(rf"(?i){_STATE}\w{{0,20}}(?:fail|declin|reject|cancel)\w{{0,12}}[\"']")
_WRITES = re.compile(r"(?i)update|save|set|upsert")
# A test of the state the row has now takes the harm away.
_LOOKS = re.compile(r"(?i)(?:status|state)\s*(?:!==?|===?|<>|not in)|\bnot:\s*[\"']|\.neq\(|notIn")


def fails_by_default(view: ProjectView, webhook: Webhook) -> tuple[str, int] | None:
    """The place where a handler writes that a payment failed for any event it does not know."""
    for path in webhook.visited:
        outline = view.outlines.get(path)
        for call in _written(outline) if outline is not None else ():
            if any((item.path, item.line) == (path, call.span.line) for item in webhook.happenings):
                return path, call.span.line
    return None


def _written(outline: Outline) -> Iterator[Call]:
    for function in outline.functions:
        for step in steps_within(function.body):
            if isinstance(step, Branch) and step.orelse and _SUCCESS.search(step.test.strip()[:300]):
                yield from _failing(step.orelse)


def _failing(steps: tuple[Step, ...]) -> Iterator[Call]:
    """The writes of a failure in a plain `else`; one that asks which event it is knows what it does."""
    if any(isinstance(step, Branch) for step in steps):
        return
    for step in steps_within(steps):
        for call in step.calls if isinstance(step, Do | Leave) else ():
            texts = " ".join(arg.text for link in call.links for arg in link.args or ())
            if _WRITES.search(call.callee) and _FAILED.search(texts) and not _LOOKS.search(texts):
                yield call
