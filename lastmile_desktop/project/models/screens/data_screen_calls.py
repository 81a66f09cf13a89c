"""Calls in components that read or change data."""

from __future__ import annotations

import re

from lastmile_desktop.project.code.outline import Call
from lastmile_desktop.project.models.screens import data_screen_words as words


def is_read(call: Call) -> bool:
    """Whether a component asks for data here."""
    if call.is_new:
        return False
    if call.root in words.HTTP:
        return not any(words.METHOD.search(value.text) for value in call.args_of("")) and not is_write(call)
    if call.awaited and words.OWN_READ.match(call.root) and len(call.links) == 1:
        return True
    names = {link.name for link in call.links if link.args is not None}
    if "from" in names and "select" in names:
        return not names & words.WRITES
    return bool(call.awaited and (names & {"get", "getDocs", "getDoc"}) and words.SERVICE.search(call.root))


def is_write(call: Call) -> bool:
    """Whether it changes something and waits for that."""
    if not call.awaited:
        return False
    names = {link.name for link in call.links if link.args is not None}
    if call.root == "fetch":
        return any(words.METHOD.search(value.text) for value in call.args_of(""))
    if "from" in names:
        return bool(names & {"insert", "update", "upsert", "delete"})
    if call.root in ("axios",) or words.SERVICE.search(call.root):
        return bool(names & {"post", "put", "patch", "delete"})
    return "invoke" in names and "functions" in {link.name for link in call.links}


def makes_twice(call: Call) -> bool:
    """Whether doing it twice leaves two of something: an order, a message, a charge."""
    names = {link.name for link in call.links if link.args is not None}
    if "from" in names:
        table = call.args_of("from")[:1]
        counted = any(words.COUNTERS.search(value.text) for value in table)
        return "insert" in names and not counted
    if call.root == "fetch":
        return any(
            re.search(r"method:\s{0,3}[\"'`]POST", value.text, re.IGNORECASE) for value in call.args_of("")
        )
    return bool(names & {"post", "invoke"})
