"""Whether the page a customer comes back to and the webhook both create the same row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Outline, calls_within
from lastmile_desktop.project.models.webhooks.effects import Deed, classify
from lastmile_desktop.project.models.webhooks.entries import is_skipped

if TYPE_CHECKING:
    from lastmile_desktop.project.models.webhooks.model import Webhook
    from lastmile_desktop.project.view import ProjectView

_ASKS_PROVIDER = re.compile(
    r"(?:checkout\.sessions\.retrieve|checkout\.Session\.retrieve|Session\.retrieve|paymentIntents\.retrieve|"
    r"PaymentIntent\.retrieve|orders\.capture|payments\.fetch|transaction\.verify)$"
)
_RETURN_PAGE = re.compile(r"success|confirm|complete|return|thank|verify|finali[sz]e", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Race:
    """The insert outside the webhook, and the table."""

    path: str
    line: int
    table: str


@dataclass(frozen=True, slots=True)
class _Insert:
    table: str
    line: int


def races(view: ProjectView, webhook: Webhook) -> tuple[Race, ...]:
    """Inserts into the webhook's tables by code that a returning customer runs."""
    mine = {
        item.effect.table
        for item in webhook.happenings
        if item.effect.deed is Deed.INSERT and item.effect.table and not _unique(view, item.effect.table)
    }
    if not mine:
        return ()
    found: list[Race] = []
    for path, outline in view.outlines.items():
        if path in webhook.visited or is_skipped(path):
            continue
        inserts = view.per_file(
            "return-inserts", path, lambda text, outline=outline: _read(outline, text), ()
        )
        found += [Race(path, item.line, item.table) for item in inserts if item.table in mine]
    return tuple(found)


def _read(outline: Outline, text: str) -> tuple[_Insert, ...]:
    """Inserts of functions that ask the provider how a payment went."""
    if "retrieve" not in text and "capture" not in text and "verify" not in text:
        return ()
    return tuple(_inserts(outline))


def _inserts(outline: Outline) -> Iterator[_Insert]:
    for function in outline.functions:
        calls = list(calls_within(function.body))
        if not any(_ASKS_PROVIDER.search(call.callee) for call in calls):
            continue
        if not _RETURN_PAGE.search(f"{outline.path} {function.name}"):
            continue
        yield from _inserted(calls, outline.language)


def _inserted(calls: list[Call], language: str) -> Iterator[_Insert]:
    for call in calls:
        effect = classify(call, language)
        if effect is not None and effect.deed is Deed.INSERT and effect.table:
            yield _Insert(effect.table, call.span.line)


def _unique(view: ProjectView, name: str) -> bool:
    """Whether some column other than the row's own id is unique: the second insert is refused then."""
    table = view.schema.table(name)
    return table is not None and any(index.unique for index in table.indexes)
