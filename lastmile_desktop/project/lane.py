"""Whom the founder builds for, and whom not: `.lastmile/lane.toml` (catalogue §6.2)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from lastmile_desktop.core.lane import Lane, Payment
from lastmile_desktop.project.policy import PROJECT_DIR

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

LANE_FILE = f"{PROJECT_DIR}/lane.toml"
_LINE = re.compile(r"at line (\d+)")
_LONGEST = 2_000
_MOST_PAID = 10**9
_MOST_MINUTES = 10**6


def lane_of(view: ProjectView) -> Lane | None:
    """The lane of this project, None when no file says it."""
    return view.per_file("lane", LANE_FILE, parse, None)


def parse(text: str) -> Lane:
    """What this text says; a value of the wrong kind counts as not said."""
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        line = _LINE.search(str(problem))
        where = f"{LANE_FILE}:{line[1] if line else 1}"
        return Lane(problem_with_file=f"{where}: this is not valid TOML ({problem}).")
    return Lane(
        for_who=_text(table, "for_who"),
        industry=_text(table, "industry"),
        company_size=_size(table.get("company_size")),
        buyer=_text(table, "buyer"),
        user=_texts(table, "user"),
        problem=_text(table, "problem"),
        in_their_words=_texts(table, "in_their_words"),
        instead_today=_text(table, "instead_today"),
        pays_today=_payment(table.get("pays_today"), "tool"),
        promise=_text(table, "promise"),
        price=_payment(table.get("price"), "model"),
        first_value_minutes=_minutes(table.get("first_value_minutes")),
        says_no_to=_texts(table, "says_no_to"),
        must_integrate=_texts(table, "must_integrate"),
        must_not_need=_texts(table, "must_not_need"),
        evidence=_texts(table, "evidence"),
        lines=_lines(text),
    )


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    return value.strip()[:_LONGEST] if isinstance(value, str) else ""


def _texts(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key)
    entries = cast(list[object], value) if isinstance(value, list) else [value]
    return tuple(entry.strip()[:_LONGEST] for entry in entries if isinstance(entry, str) and entry.strip())


def _size(value: object) -> tuple[int, int] | None:
    match value:
        case [int() as least, int() as most] if 0 < least <= most:
            return least, most
        case int() as only if only > 0:
            return only, only
        case _:
            return None


def _payment(value: object, what: str) -> Payment:
    if not isinstance(value, dict):
        return Payment()
    table = cast(Mapping[str, Any], value)
    amount = table.get("amount")
    is_amount = isinstance(amount, int | float) and not isinstance(amount, bool) and 0 <= amount < _MOST_PAID
    return Payment(_text(table, what), float(cast(float, amount)) if is_amount else None, _text(table, "per"))


def _minutes(value: object) -> int | None:
    return (
        value
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < _MOST_MINUTES
        else None
    )


def _lines(text: str) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        match = re.match(r"\s{0,8}([a-z_]{1,40})\s{0,8}=", line)
        if match is not None:
            found.setdefault(match[1], number)
    return tuple(found.items())
