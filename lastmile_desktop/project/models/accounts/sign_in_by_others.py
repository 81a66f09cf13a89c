"""Home-made sign-in through other services (OAuth): whether answers can be forged or sent to a stranger."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.mentions import mentions

_WORDS = ("client_id", "redirect_uri", "redirectto", "redirect(", "redirect (")
_MENTIONS = re.compile(r"(?i)client_id|redirect_uri|redirectTo|async redirect\(|redirect\s*\(\s*\{")
_AUTHORISE = re.compile(
    r"https://[\w.-]{3,60}(?:/[\w.{}$-]{1,60}){0,6}/(?:authorize|auth|oauth|dialog/oauth|login/oauth/authorize|oauth2/v2\.0/authorize|oauth/v2/authorization)(?=[?'\"`])"
)
_STATE = re.compile(
    r"(?<![\w.])['\"]?state['\"]?\s*[:=,)\]}]|[?&]state=|code_challenge|generateState|\bstate\b['\"]?\s*,|useState\b.{0,3}\bstate\b"
)
_ASKS_CODE = re.compile(r"response_type['\"]?\s*[=:,]\s*['\"]?code|redirect_uri")
_ANYWHERE = re.compile(
    r"(?:async\s+)?redirect\s*(?::\s*(?:async\s*)?)?\(\s*\{\s*url\s*(?:,\s*baseUrl\s*)?\}[^)]{0,80}\)\s*(?::\s*[\w<>]+\s*)?(?:=>\s*)?\{?\s*(?:return\s+)?url\s*[;}\n,]"
)


@dataclass(frozen=True, slots=True)
class OpenSignIn:
    """`kind` is `state` (no proof that the visitor began it) or `anywhere` (it ends wherever a link says)."""

    kind: str
    line: int


def open_sign_in(text: str) -> tuple[OpenSignIn, ...]:
    """What one file of code leaves open."""
    if not mentions(text, _WORDS) or not _MENTIONS.search(text):
        return ()
    found: list[OpenSignIn] = []
    match = _AUTHORISE.search(text)
    if match and "client_id" in text and _ASKS_CODE.search(text) and not _STATE.search(text):
        found.append(OpenSignIn("state", line_at(text, match.start())))
    anywhere = _ANYWHERE.search(text)
    if anywhere and "callbacks" in text:
        found.append(OpenSignIn("anywhere", line_at(text, anywhere.start())))
    return tuple(found)
