"""Forms and buttons that order, pay or book, and whether they can be pressed twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Function, Outline, calls_within
from lastmile_desktop.project.path_kinds import PathKind, path_kind

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_ORDERS = re.compile(
    r"\border|payment|purchase|booking|reservation|donation|withdraw|transfer|refund|payout|top-?up|/pay\b|/charge|/book\b|/buy\b",
    re.IGNORECASE,
)
# Opening the provider's own payment page twice charges nobody twice.
_HOSTED = re.compile(
    r"checkout|session|portal|intent|verify|confirm|status|cancel|webhook|history|method|setting|search|list|reorder|border",
    re.IGNORECASE,
)
_PENDING = re.compile(
    r"disabled|isSubmitting|isPending|isLoading|\bloading\b|submitting|processing|\bpending\b|useFormStatus|useTransition|"
    r"useActionState|useMutation|inFlight|isProcessing|isSaving|\bsaving\b|\bbusy\b|idempotency",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"onSubmit|onClick|<form|<button|<Button|onPress|@click|@submit|on:click|on:submit")
_TABLE = re.compile(
    r"^(?:\w+_)?(?:orders?|payments?|purchases?|bookings?|reservations?|donations?|transactions?|withdrawals?|transfers?)$"
)


@dataclass(frozen=True, slots=True)
class Form:
    """A handler of a form or button; `target` is the address or table, `held` whether it stops a second press."""

    path: str
    line: int
    function: str
    target: str
    table: str
    held: bool


def money_forms(view: ProjectView) -> tuple[Form, ...]:
    """Every form or button of the interface that orders, pays or books."""
    forms: list[Form] = []
    found = view.each_outline("payments.forms", _sends)
    for path in sorted(found):
        if not found[path] or not view.client_graph.is_client(path):
            continue
        held = view.per_file("payments.held", path, _is_held, None)
        if held is None:
            continue
        forms += [
            Form(path, line, function, target, table, held) for line, function, target, table in found[path]
        ]
    return tuple(forms)


def _is_held(text: str) -> bool | None:
    """Whether a component shows that it is busy; None when it has nothing to press."""
    return _PENDING.search(text) is not None if _MARKUP.search(text) else None


def _sends(outline: Outline) -> tuple[tuple[int, str, str, str], ...]:
    """(line, function, target, table) of the first request of each function that orders something."""
    if outline.shallow or outline.language == "python" or path_kind(outline.path) is not PathKind.CODE:
        return ()
    return tuple(item for function in outline.functions for item in _first(function))


def _first(function: Function) -> Iterator[tuple[int, str, str, str]]:
    for call in calls_within(function.body):
        target, table = _target(call)
        if target:
            yield call.span.line, function.name, target, table
            return


def _target(call: Call) -> tuple[str, str]:
    tables = call.args_of("from")
    if tables and call.link("insert") and _TABLE.match(tables[0].literal or ""):
        return tables[0].literal or "", tables[0].literal or ""
    if not call.args:
        return "", ""
    address = call.args[0].literal or call.args[0].text
    if not _ORDERS.search(address) or _HOSTED.search(address) or "/" not in address:
        return "", ""
    if call.root in ("fetch", "apiRequest", "authFetch", "apiFetch"):
        texts = " ".join(arg.text for arg in call.args)
        return (address.strip("`'\""), "") if re.search(r"['\"]POST['\"]", texts) else ("", "")
    posts = (bool(call.links) and call.links[-1].name == "post") or any(
        link.name == "post" for link in call.links[:1]
    )
    return (address.strip("`'\""), "") if posts else ("", "")
