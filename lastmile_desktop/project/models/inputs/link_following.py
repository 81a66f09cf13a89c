"""Code that follows other people's links to see where they lead, and says nothing secret on the way."""

from __future__ import annotations

import re

_FOLLOWS = re.compile(
    r"redirect[\"']?\s{0,4}:\s{0,4}[\"']manual[\"']|\bmaxRedirects?\b|\bmax_redirects\b|allow_redirects\s*=|"
    r"headers(?:\.location\b|\[[\"']location[\"']\]|\.get\([\"']location[\"']\))",
    re.IGNORECASE,
)
_SENDS = re.compile(
    r"\b(?:proxy-)?authorization[\"']?\s{0,4}[:\]]|\b(?:set|append)\(\s{0,4}[\"']authorization|"
    r"\bcookie[\"']?\s{0,4}[:\]]\s{0,4}[^\s:]|\bx?-?(?:api|auth|access)[-_]?(?:key|token)[\"']?\s{0,4}:|"
    r"\b(?:password|passwd|client_?secret|access_?token)[\"']?\s{0,4}:|\bauth\s{0,4}[:=]\s{0,4}[({\[]|"
    r"\bmethod[\"']?\s{0,4}[:=]\s{0,4}[\"'](?:post|put|patch)\b|\.(?:post|put|patch)\(",
    re.IGNORECASE,
)


def only_follows_links(text: str) -> bool:
    """Whether a file goes from one address to the next and sends nothing but the address."""
    return _FOLLOWS.search(text) is not None and _SENDS.search(text) is None
