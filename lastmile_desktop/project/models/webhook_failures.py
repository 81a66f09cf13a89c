"""Webhooks that print a failure and answer as if all went well: the provider never sends that event again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import (
    Attempt,
    Branch,
    Do,
    Exit,
    Function,
    Leave,
    Outline,
    Step,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.call_errors import only_logs

if TYPE_CHECKING:
    from lastmile_desktop.project.models.webhooks import Webhook
    from lastmile_desktop.project.view import ProjectView

_WORKS = re.compile(
    r"(?:^|\.)_?(?:handle|process|activate|fulfil|grant|credit|update|upsert|insert|create|apply|enroll|complete)\w*",
    re.IGNORECASE,
)
_ERROR = re.compile(r"^\w{0,40}(?:err|error|Error)$")
_WRITES = frozenset(("update", "insert", "upsert"))


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A failure of a function that is printed at `line` and then forgotten."""

    line: int
    function: str
    first: int
    last: int


def unsaid_failures(view: ProjectView) -> Iterator[tuple[Webhook, str, Unsaid]]:
    """(webhook, path, place) for each handler of a provider of payments that hides a failure."""
    hooks = [hook for hook in view.webhooks.webhooks if hook.company.money and hook.happenings]
    if not hooks:
        return
    kept = view.each_outline("webhook-unsaid", _read)
    told: set[tuple[str, int]] = set()
    for hook in hooks:
        for path in dict.fromkeys((hook.handler_path, *hook.visited)):
            for item in kept.get(path, ()):
                if (path, item.line) not in told and _belongs(hook, path, item):
                    told.add((path, item.line))
                    yield hook, path, item


def _belongs(hook: Webhook, path: str, item: Unsaid) -> bool:
    if "webhook" in item.function.lower():
        return True
    return path == hook.handler_path and (
        item.function == hook.handler_name or item.first <= hook.line <= item.last
    )


def _read(outline: Outline) -> tuple[Unsaid, ...]:
    if outline.shallow or outline.language == "python":
        return ()
    return tuple(
        Unsaid(line, function.name, function.span.line, function.span.line_end)
        for function in outline.functions
        for line in _lines(function)
    )


def _lines(function: Function) -> Iterator[int]:
    for index, step in enumerate(function.body):
        if isinstance(step, Attempt) and _hides(step) and not _tells(function.body[index + 1 :]):
            yield next(handler[0].span.line for handler in step.handlers if handler)
    written = {
        target
        for step in steps_within(function.body)
        if isinstance(step, Do) and any(link.name in _WRITES for call in step.calls for link in call.links)
        for target in step.targets
    }
    for step in steps_within(function.body):
        if isinstance(step, Branch) and step.then and only_logs(step.then):
            test = step.test.strip("() ")
            if test in written and _ERROR.match(test):
                yield step.span.line


def _hides(step: Attempt) -> bool:
    works = any(call.awaited and _WORKS.search(call.callee) for call in calls_within(step.body))
    return works and any(handler and only_logs(handler) for handler in step.handlers)


def _tells(after: tuple[Step, ...]) -> bool:
    """Whether what follows the try says by itself that something failed."""
    return any(isinstance(step, Leave) and step.how is Exit.THROW for step in steps_within(after))
