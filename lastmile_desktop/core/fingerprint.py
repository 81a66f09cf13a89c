"""The identity of a finding: the same gap keeps it when lines shift or code is reformatted (catalogue §1.6)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

_LONG_TEXT = re.compile(r"(['\"`])[^'\"`\n]{25,2000}\1")
_SPACE = re.compile(r"\s+")
_TRAILING_COMMA = re.compile(r",\s*([)\]}])")


def normalise(snippet: str) -> str:
    """White space removed around punctuation and folded, trailing commas dropped, long string literals masked."""
    text = _LONG_TEXT.sub(r"\1…\1", snippet[:4_000])
    text = _SPACE.sub(" ", text).strip()
    text = re.sub(r" ?([(){}\[\],;:<>=.]) ?", r"\1", text)
    return _TRAILING_COMMA.sub(r"\1", text).rstrip(",;")


def fingerprint(rule: str, target: str, path: str, symbol: str, snippet: str) -> str:
    """Sixteen hexadecimal digits. Line numbers are not part of it."""
    parts = "\x00".join((rule, target, path, symbol, normalise(snippet)))
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def numbered(prints: Iterable[str]) -> list[str]:
    """The same fingerprints, the second of a kind marked `#2`, the third `#3`, in the order given."""
    seen: dict[str, int] = {}
    result: list[str] = []
    for value in prints:
        seen[value] = seen.get(value, 0) + 1
        result.append(value if seen[value] == 1 else f"{value}#{seen[value]}")
    return result
