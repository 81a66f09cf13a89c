"""The lane file's text from what the form says; what else stands in the file stays as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable

from lastmile_desktop.core.lane import Lane, Payment

TEXTS = ("for_who", "industry", "buyer", "problem", "instead_today", "promise")
LISTS = ("user", "in_their_words", "says_no_to", "must_integrate", "must_not_need", "evidence")
_ORDER = (
    "for_who", "industry", "company_size", "buyer", "user", "problem", "in_their_words", "instead_today", "pays_today",
    "promise", "says_no_to", "must_integrate", "must_not_need", "price", "first_value_minutes", "evidence",
)  # fmt: skip
_HEAD = "Who this is for, and what is said no to."
_LONGEST = 64_000


def texts_of(lane: Lane) -> dict[str, str]:
    """What the form shows of a lane."""
    texts = {name: str(getattr(lane, name)) for name in TEXTS}
    texts |= {name: "\n".join(getattr(lane, name)) for name in LISTS}
    least, most = lane.company_size or (0, 0)
    texts["company_size"] = f"{least}-{most}" if most else ""
    for name, payment in (("pays_today", lane.pays_today), ("price", lane.price)):
        texts[f"{name}_what"] = payment.what
        texts[f"{name}_amount"] = f"{payment.amount:g}" if payment.amount is not None else ""
        texts[f"{name}_per"] = payment.per
    texts["first_value_minutes"] = str(lane.first_value_minutes or "")
    return texts


def lane_text(before: str | None, texts: Mapping[str, str]) -> str:
    """The file with these values. A file that cannot be read is written anew."""
    document = _parsed(before)
    known, values = document.unwrap(), _values(texts)
    for key in _ORDER:
        if key in values:
            # What says the same stays as it was written.
            if known.get(key) != values[key]:
                document[key] = values[key]
        elif key in document:
            del document[key]
    return tomlkit.dumps(document)


def _parsed(before: str | None) -> tomlkit.TOMLDocument:
    if before and len(before) <= _LONGEST:
        try:
            return tomlkit.parse(before)
        except (TOMLKitError, RecursionError):
            pass
    fresh = tomlkit.document()
    fresh.add(tomlkit.comment(_HEAD))
    return fresh


def _values(texts: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {name: texts[name].strip() for name in TEXTS if texts.get(name, "").strip()}
    for name in LISTS:
        if entries := [line.strip() for line in texts.get(name, "").split("\n") if line.strip()]:
            values[name] = entries
    if size := _size(texts.get("company_size", "")):
        values["company_size"] = list(size)
    for name, what in (("pays_today", "tool"), ("price", "model")):
        table = _payment(_paid(name, texts), what)
        if table is not None:
            values[name] = table
    if (minutes := texts.get("first_value_minutes", "").strip()).isdecimal() and minutes.isascii():
        values["first_value_minutes"] = int(minutes)
    return values


def _size(text: str) -> tuple[int, int] | None:
    """ "1-10", "1 to 10", "5" → least and most."""
    numbers = [int(number) for number in re.findall(r"[0-9]{1,7}", text)[:2]]
    if not numbers or min(numbers) < 1:
        return None
    return min(numbers), max(numbers)


def _paid(name: str, texts: Mapping[str, str]) -> Payment:
    try:
        amount = float(texts.get(f"{name}_amount", "").strip().replace(",", "."))
    except ValueError:
        amount = None
    what, per = texts.get(f"{name}_what", ""), texts.get(f"{name}_per", "")
    return Payment(what.strip(), amount if amount is not None and 0 <= amount < 10**9 else None, per)


def _payment(payment: Payment, what: str) -> InlineTable | None:
    if not payment.what and payment.amount is None:
        return None
    table = tomlkit.inline_table()
    if payment.what:
        table[what] = payment.what
    if payment.amount is not None:
        table["amount"] = int(payment.amount) if payment.amount.is_integer() else payment.amount
        if payment.per:
            table["per"] = payment.per
    return table
