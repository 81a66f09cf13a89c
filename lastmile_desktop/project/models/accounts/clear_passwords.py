"""Sign-ups that store the form as it was typed, password included, beside the account the provider keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Call, Outline, Value, calls_within

_SIGNS_UP = re.compile(r"(?:^|\.)(?:createUserWithEmailAndPassword|signUp|sign_up|createUser|create_user)$")
_STORES = re.compile(r"^(?:setDoc|addDoc|updateDoc|set|add|insert|upsert|create|insertOne|insert_one)$")
_PASSWORD = re.compile(r"^(?P<form>[A-Za-z_$][\w$]*)(?:\.|\[['\"])password(?:['\"]\])?$", re.IGNORECASE)
_DEPTH = 3


@dataclass(frozen=True, slots=True)
class ClearPassword:
    line: int
    table: str
    function: str


def clear_passwords(outline: Outline) -> tuple[ClearPassword, ...]:
    """Where the variable whose password opens the account is stored whole, or its password by name."""
    if outline.shallow:
        return ()
    return tuple(
        found for function in outline.functions for found in _in(function.name, calls_within(function.body))
    )


def _in(function: str, calls: Iterator[Call]) -> Iterator[ClearPassword]:
    every = tuple(calls)
    typed = {text for call in every if _SIGNS_UP.search(call.callee) for text in _passwords(call)}
    forms = {match["form"] for text in typed if (match := _PASSWORD.match(text)) is not None}
    if not typed:
        return
    for call in every:
        if _SIGNS_UP.search(call.callee):
            continue
        for link in call.links:
            if link.args and _STORES.match(link.name or call.root) and _holds(link.args, typed, forms):
                yield ClearPassword(call.span.line, _table(call), function)
                break


def _passwords(call: Call) -> Iterator[str]:
    """The texts that are given as the password."""
    for link in call.links:
        for arg in link.args or ():
            text = arg.text.strip()
            if _PASSWORD.match(text) or text == "password":
                yield text
            entry = arg.entry("password")
            if entry is not None:
                yield entry.text.strip()


def _holds(args: tuple[Value, ...], typed: set[str], forms: set[str]) -> bool:
    return any(_keeps(arg, typed, forms, 0) for arg in args)


def _keeps(value: Value, typed: set[str], forms: set[str], depth: int) -> bool:
    if depth > _DEPTH:
        return False
    kept = False
    for key, inner in value.entries:
        text = inner.text.strip().removeprefix("...")
        if key == "..." and text in forms:
            kept = True
        elif key.lower() == "password":
            kept = text in typed
    return kept or any(_keeps(item, typed, forms, depth + 1) for item in value.items)


def _table(call: Call) -> str:
    named = call.args_of("from") or call.args_of("collection") or call.args_of("doc")
    if named and named[0].literal:
        return named[0].literal
    written = re.search(
        r"(?:doc|collection)\(\s*[\w.]{1,30}\s*,\s*['\"](\w{1,40})", " ".join(arg.text for arg in call.args)
    )
    return written[1] if written else "the database"
