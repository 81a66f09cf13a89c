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
    Value,
    calls_within,
    steps_within,
)

if TYPE_CHECKING:
    from lastmile_desktop.project.models.webhooks.model import Webhook
    from lastmile_desktop.project.view import ProjectView

_SAYS_SO = re.compile(
    r"^(?:console\.\w+|print|pprint|traceback\.print_exc|(?:[\w.]{0,40}[._])?(?:log(?:ger|ging)?|Logger)(?:\.\w{1,20})?"
    r"|log[A-Z]\w{0,30}|log_\w{1,30})$"
)
# A copy of what came in, for looking it up later: the work itself does not hang on it.
_COPY = re.compile(r"(?i)webhook|event|log|audit|notification|email|activity")
_ABOUT_MONEY = re.compile(
    r"(?i)subscri|payment|invoice|checkout|billing|stripe|order|purchase|entitle|refund|charge"
)
_REFUSED = re.compile(r"[,=(:\s](?:4|5)\d\d\b|HTTP_[45]\d\d|abort\(|BadRequest|Error\(")
_WORKS = re.compile(
    r"(?:^|\.)_?(?:handle|process|activate|fulfil|grant|credit|update|upsert|insert|create|apply|enroll|complete)\w*",
    re.IGNORECASE,
)
_ERROR = re.compile(r"^\w{0,40}(?:err|error|Error)$")
_WRITES = frozenset(("update", "insert", "upsert", "create", "save"))


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
    if path != hook.handler_path and _ABOUT_MONEY.search(item.function):
        return True
    return path == hook.handler_path and (
        item.function == hook.handler_name or item.first <= hook.line <= item.last
    )


def _read(outline: Outline) -> tuple[Unsaid, ...]:
    if outline.shallow:
        return ()
    python = outline.language == "python"
    return tuple(
        Unsaid(line, function.name, function.span.line, function.span.line_end)
        for function in outline.functions
        for line in (_python_lines(function) if python else _lines(outline, function))
    )


def _python_lines(function: Function) -> Iterator[int]:
    """Handlers of any failure that print it and answer with success, or let the function do so."""
    for index, step in enumerate(function.body):
        if not isinstance(step, Attempt) or _tells(function.body[index + 1 :]):
            continue
        if not any(_WORKS.search(call.callee) for call in calls_within(step.body)):
            continue
        for handler in step.handlers[-1:]:
            last = handler[-1] if handler else None
            said = handler[:-1] if isinstance(last, Leave) else handler
            leaves_well = not isinstance(last, Leave) or (
                last.how is Exit.RETURN and last.value is not None and not _REFUSED.search(last.value.text)
            )
            if said and leaves_well and _only_says(said):
                yield handler[0].span.line


def _only_says(handler: tuple[Step, ...]) -> bool:
    """Whether a handler tells a log and does nothing else."""
    return all(
        isinstance(step, Do)
        and not step.targets
        and bool(step.calls)
        and _SAYS_SO.match(step.calls[-1].callee) is not None
        for step in handler
    )


def _dropped(outline: Outline, function: Function) -> Iterator[int]:
    """`upsert().catch((error) => console.log(error))`."""
    for call in calls_within(function.body):
        links = [link.name for link in call.links]
        if links[-1:] != ["catch"] or not _WRITES & set(links[:-1]) or _COPY.search(" ".join(links[:-2])):
            continue
        given = call.links[-1].args[0] if call.links[-1].args else None
        inner = outline.function(given.function) if given is not None and given.function else None
        if inner is not None and inner.body and _only_says(inner.body):
            yield call.links[-1].line


def _lines(outline: Outline, function: Function) -> Iterator[int]:
    yield from _dropped(outline, function)
    for index, step in enumerate(function.body):
        if isinstance(step, Attempt) and _hides(step) and not _tells(function.body[index + 1 :]):
            yield next(handler[0].span.line for handler in step.handlers if handler)
    written = {
        target
        for step in steps_within(function.body)
        if isinstance(step, Do)
        and any(link.name in _WRITES for call in step.calls for link in call.links)
        and not any(_COPY.search(arg.text) for arg in _asked(step))
        for target in step.targets
    }
    for step in steps_within(function.body):
        if isinstance(step, Branch) and step.then and _only_says(step.then):
            test = step.test.strip("() ")
            if test in written and _ERROR.match(test):
                yield step.span.line


def _hides(step: Attempt) -> bool:
    works = any(call.awaited and _WORKS.search(call.callee) for call in calls_within(step.body))
    return works and any(handler and _only_says(handler) for handler in step.handlers)


def _asked(step: Do) -> Iterator[Value]:
    """The tables that a statement writes to."""
    for call in step.calls:
        for link in call.links:
            if link.name in ("from", "into", "collection", "table"):
                yield from (link.args or ())[:1]


def _tells(after: tuple[Step, ...]) -> bool:
    """Whether what follows the try says by itself that something failed."""
    return any(isinstance(step, Leave) and step.how is Exit.THROW for step in steps_within(after))
