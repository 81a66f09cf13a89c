"""What one file does to know who is calling, and what of that can be skipped."""

from __future__ import annotations

from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.models.accounts.auth_pieces import key_pieces
from lastmile_desktop.project.models.accounts.auth_shortcuts import Shortcut, shortcuts
from lastmile_desktop.project.models.accounts.auth_tokens import TokenFault, named_defaults, token_faults
from lastmile_desktop.project.models.crypto.uses import scopes
from lastmile_desktop.project.models.guards.auth_layers import session_reads

_WORTH = (
    *(
        "jwt",
        "JWT",
        "jose",
        "atob(",
        "getSession",
        "SECRET",
        "secret",
        "assword",
        "passwd",
        "x-user",
        "x-admin",
    ),
    *(
        "x-role",
        "X-User",
        "X-Admin",
        "X-Role",
        "x-auth",
        "X-Auth",
        "isAdmin",
        "is_admin",
        "cookies",
        "_AUTH",
        "AUTH_",
    ),
    *("NODE_ENV", "searchParams", "pin", "Pin", "session", ".email", "key_prefix", "keyPrefix"),
)


@dataclass(frozen=True, slots=True)
class FileAuth:
    tokens: tuple[TokenFault, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    sessions: tuple[tuple[int, int], ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.tokens or self.shortcuts or self.sessions)


def review_text(outline: Outline, text: str) -> FileAuth:
    """All of one file, which is read only when its text names anything of the kind."""
    if not any(word in text for word in _WORTH):
        return FileAuth()
    tokens: list[TokenFault] = []
    ways: list[Shortcut] = []
    sessions: list[tuple[int, int]] = []
    every = scopes(outline)
    tokens.extend(key_pieces(every) if "refix" in text or "hint" in text else ())
    for scope in every:
        tokens.extend(token_faults(outline, scope))
        tokens.extend(named_defaults(scope))
        ways.extend(shortcuts(outline, scope))
        sessions.extend((call.span.line, call.span.column) for call in session_reads(outline, scope))
    first = {(item.what, item.line): item for item in reversed(tokens)}
    return FileAuth(tuple(sorted(first.values(), key=lambda item: item.line)), tuple(ways), tuple(sessions))
