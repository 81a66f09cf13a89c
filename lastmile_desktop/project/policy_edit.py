"""The policy book as its page shows and changes it: comments, order and keys that nobody knows stay as they are."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, MutableMapping
from datetime import date
from typing import Any, cast

import tomlkit
from tomlkit.exceptions import TOMLKitError

from lastmile_desktop.core.errors import ProjectError
from lastmile_desktop.core.policy_book import BY_NAME, KeyKind, PolicyChange, PolicyProblem, PolicyReading
from lastmile_desktop.project.policy import POLICY_FILE, load

_NEW_BOOK = "schema = 1\n"
_PLACE = re.compile(r"^[^:]+:(\d+):\s*")
_LONGEST = 100_000


def reading(text: str) -> PolicyReading:
    """What this text says and what is wrong with it; nothing is raised."""
    problems = tuple(sorted(map(_problem, load(text).problems), key=lambda problem: problem.line))
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return PolicyReading((), problems, readable=False)
    values = ((name, _shown(found)) for name in BY_NAME if (found := _value(table, name)) is not None)
    return PolicyReading(tuple(values), problems)


def changed(text: str | None, changes: Iterable[PolicyChange]) -> str:
    """The text with other values for some keys. Raises ProjectError when it is no TOML or a value will not do."""
    try:
        book = tomlkit.parse(text if text is not None else _NEW_BOOK)
    except (TOMLKitError, ValueError, RecursionError) as problem:
        raise ProjectError(
            "The policy book cannot be changed here",
            f"{POLICY_FILE} is not valid TOML ({problem}).",
            "Mend its text first.",
        ) from problem
    for change in changes:
        book = _change(book, change)
    return tomlkit.dumps(book)[:_LONGEST]


def _change(book: tomlkit.TOMLDocument, change: PolicyChange) -> tomlkit.TOMLDocument:
    key = BY_NAME[change.name]
    section = cast("MutableMapping[str, Any]", book.get(key.section, {})) if key.section else book
    if not change.value.strip():
        if key.key in section:
            del section[key.key]
        return book
    value = _parsed(change)
    if key.section and key.section not in book:
        table = tomlkit.table()
        table.add(key.key, value)
        book[key.section] = table
    elif not key.section and key.key not in book:
        return _put_on_top(book, key.key, value)
    else:
        section[key.key] = value
    return book


def _put_on_top(book: tomlkit.TOMLDocument, key: str, value: object) -> tomlkit.TOMLDocument:
    """A key of no section stands before the first one, and not between a section and the comment above it."""
    text = tomlkit.dumps(book)
    header = re.search(r"(?m)^[ \t]*\[", text)
    top = text[: header.start()] if header else text
    lines = top.splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    if not lines:
        book[key] = value
        return book
    if not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    kept = "".join(lines)
    return tomlkit.parse(f"{kept}{tomlkit.dumps({key: value})}{text[len(kept) :]}")


def _parsed(change: PolicyChange) -> object:
    text = change.value.strip()
    match BY_NAME[change.name].kind:
        case KeyKind.TEXTS:
            entries = [line.strip() for line in text.split("\n") if line.strip()]
            array = tomlkit.array()
            array.extend(entries)
            return array.multiline(len(entries) > 3)
        case KeyKind.NUMBER:
            if not (text.isascii() and text.isdigit()):
                raise _unfit(change, "a whole number")
            return int(text)
        case KeyKind.FLAG:
            return text == "yes"
        case KeyKind.DAY:
            try:
                return date.fromisoformat(text)
            except ValueError as problem:
                raise _unfit(change, "a day such as 2026-11-01") from problem
        case KeyKind.TEXT | KeyKind.CHOICE:
            return text
        case KeyKind.TABLE:
            raise _unfit(change, "written in the text of the book")


def _unfit(change: PolicyChange, wanted: str) -> ProjectError:
    return ProjectError(
        "This was not changed", f"{change.name} must be {wanted}, not “{change.value[:80]}”.", "Change it."
    )


def _value(table: Mapping[str, Any], name: str) -> object:
    section, _, key = name.rpartition(".")
    within = table.get(section) if section else table
    return cast("Mapping[str, Any]", within).get(key) if isinstance(within, Mapping) else None


def _shown(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str() | int() | float():
            return str(value)
        case date():
            return value.isoformat()
        case list():
            entries = cast("list[object]", value)
            if all(isinstance(entry, str) for entry in entries):
                return "\n".join(str(entry) for entry in entries)
            return "\n".join(_summary(entry) for entry in entries)
        case dict():
            entries = cast("dict[str, object]", value)
            return "\n".join(f"{name}: {_summary(entry)}" for name, entry in entries.items())
        case _:
            return str(value)


def _summary(value: object) -> str:
    """A table in one line."""
    if isinstance(value, dict):
        entries = cast("dict[str, object]", value)
        return ", ".join(f"{name} {_summary(entry)}" for name, entry in entries.items())
    if isinstance(value, list):
        return " ".join(_summary(entry) for entry in cast("list[object]", value))
    return _shown(value)


def _problem(entry: str) -> PolicyProblem:
    place = _PLACE.match(entry)
    return PolicyProblem(int(place[1]) if place else 1, entry[place.end() :] if place else entry)
