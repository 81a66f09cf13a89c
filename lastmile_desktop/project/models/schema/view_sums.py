"""What views show: only counts and sums, which are no row of anybody, or columns that tell something."""

from __future__ import annotations

import re

_LARGEST = 20_000
_SUMS = re.compile(r"\b(?:count|sum|avg|min|max)\s*\(", re.IGNORECASE)
_LISTS = re.compile(
    r"\b(?:array_agg|json_agg|jsonb_agg|string_agg|json_build_object|jsonb_build_object|row_to_json|to_jsonb?)\s*\("
    r"|\bover\s*\(|\bdistinct\s+on\b|\bselect\s+(?:\w{1,60}\.)?\*",
    re.IGNORECASE,
)
_PARTS = re.compile(r"\bunion\b(?:\s+all\b)?", re.IGNORECASE)
_GROUPS = re.compile(
    r"\bgroup\s+by\b(.{1,2000}?)(?:\border\s+by\b|\bhaving\b|\blimit\b|;|$)", re.IGNORECASE | re.DOTALL
)
_OF_SOMEBODY = re.compile(
    r"\w*(?:id|uuid|e?mail|phone|name|title|user|customer|client|owner|address|slug|token|url)\b",
    re.IGNORECASE,
)

_SHOWN = re.compile(r"\bselect\b(.{1,6000}?)\bfrom\b", re.IGNORECASE | re.DOTALL)
_TELLING = re.compile(
    r"\*|e?mail|phone|token|secret|passw|address|street|revenue|amount|price|salary|cost|earning|balance|credit|wallet|message"
    r"|content|body|note|comment|birth|\bip\b|ip_|user_id|customer|client|stripe|payment|subscription|plan|status|permission",
    re.IGNORECASE,
)


def tells_little(query: str) -> bool:
    """Whether the columns of a query say nothing private of anybody: titles, names that are shown, clicks."""
    shown = _SHOWN.findall(query[:_LARGEST])
    return bool(shown) and not any(
        _TELLING.search(re.sub(r"count\s*\(\s*\*\s*\)", "", text)) for text in shown
    )


def only_sums(query: str) -> bool:
    """Whether every part of a query gives sums for no group or for groups that are nobody: days, states, kinds."""
    text = query[:_LARGEST]
    if not text or _LISTS.search(text):
        return False
    return all(_sums(part) for part in _PARTS.split(text))


def _sums(part: str) -> bool:
    if not _SUMS.search(part):
        return False
    groups = _GROUPS.search(part)
    return groups is None or not _OF_SOMEBODY.search(groups[1])
