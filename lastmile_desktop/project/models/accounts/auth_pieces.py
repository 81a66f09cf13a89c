"""Keys of which only the beginning is asked for: who has seen its first letters has the key."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Do
from lastmile_desktop.project.models.accounts.auth_tokens import TokenFault
from lastmile_desktop.project.models.crypto.uses import Scope, Use

_PIECE = re.compile(
    r"^\w{0,30}(?:key|token|secret)\w{0,10}(?:\.(?:substring|slice|substr)\(\s*0\s*,\s*(\d{1,2})\s*\)|\[\s*:\s*(\d{1,2})\s*\])$",
    re.IGNORECASE,
)
_COLUMN = re.compile(r"^(?:\w{1,30}_?)?(?:prefix|hint|first_?\w{1,10})$", re.IGNORECASE)
_NAMED = re.compile(r"(\w{0,30}(?:prefix|hint))\s*(?:={2,3}|[:=])\s*([\w$.]{1,60})", re.IGNORECASE)
_COMPARES = re.compile(
    r"hash|compare|verify|digest|timing|bcrypt|argon|hmac|sha\d|crypt|equal", re.IGNORECASE
)
_LONGEST = 16


def key_pieces(all_scopes: tuple[Scope, ...]) -> Iterator[TokenFault]:
    """Lookups by the beginning of a key, in a file that compares no key as a whole."""
    if any(
        _COMPARES.search(link.name or use.call.root)
        for scope in all_scopes
        for use in scope.calls()
        for link in use.call.links
    ):
        return
    for scope in all_scopes:
        pieces = dict(_pieces(scope))
        for use in scope.calls() if pieces else ():
            column = _asked_by(use, pieces)
            if column:
                span = use.call.span
                yield TokenFault("piece", span.line, span.column, column)
                return


def _pieces(scope: Scope) -> Iterator[tuple[str, int]]:
    """Variables that hold the beginning of a key."""
    for step, _ in scope.steps:
        if isinstance(step, Do) and step.value is not None and len(step.targets) == 1:
            found = _PIECE.match(step.value.text.strip())
            if found is not None and int(found[1] or found[2]) <= _LONGEST:
                yield step.targets[0], step.span.line


def _asked_by(use: Use, pieces: dict[str, int]) -> str:
    """The column that is compared with the beginning, "" when none is."""
    for link in use.call.links:
        args = link.args or ()
        if (
            link.name == "eq"
            and len(args) == 2
            and args[1].text in pieces
            and _COLUMN.match(args[0].literal or "")
        ):
            return args[0].literal or ""
        for arg in (
            args
            if link.name in ("findFirst", "findUnique", "findOne", "filter", "filter_by", "where")
            else ()
        ):
            text = f"{arg.name}={arg.text}" if arg.name else arg.text
            for found in _NAMED.finditer(text[:400]):
                if found[2] in pieces:
                    return found[1]
    return ""
