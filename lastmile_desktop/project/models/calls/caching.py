"""What a project says about keeping answers: headers, pages made anew each time, pictures, rules of the host."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from lastmile_desktop.project.lines import line_at

_SHARED = re.compile(r"\bs-maxage=[1-9]|\bpublic\b(?![^\"'`]{0,60}max-age=0)", re.IGNORECASE)
_HEADER = re.compile(
    r"[\"'`](?:CDN-|Vercel-CDN-|Surrogate-)?Cache-Control[\"'`]\s{0,3}[,:=\]]\s{0,3}(?:=\s{0,3})?[\"'`](?P<value>[^\"'`]{1,160})[\"'`]",
    re.IGNORECASE,
)
_DYNAMIC = re.compile(
    r"^export\s{1,3}const\s{1,3}(?:dynamic\s{0,3}=\s{0,3}[\"']force-dynamic[\"']|revalidate\s{0,3}=\s{0,3}0\b)",
    re.MULTILINE,
)
_NO_STORE = re.compile(r"cache\s{0,3}:\s{0,3}[\"']no-store[\"']|unstable_noStore\(|\bnoStore\(")
_KEPT = re.compile(
    r"^export\s{1,3}const\s{1,3}revalidate\s{0,3}=\s{0,3}[1-9]|next\s{0,3}:\s{0,3}\{\s{0,3}(?:revalidate|tags)|"
    r"[\"']use cache[\"']|unstable_cache\(",
    re.MULTILINE,
)
_UNOPTIMIZED = re.compile(r"unoptimized\s{0,3}:\s{0,3}true")
_SOURCE = re.compile(r"(?:source|for|src)\s{0,3}[:=]\s{0,3}[\"'`](?P<source>/[^\"'`]{0,120})[\"'`]")


@dataclass(frozen=True, slots=True)
class CacheHeader:
    """A Cache-Control header as it is written; `shared` when caches on the way to visitors may keep the answer."""

    line: int
    value: str
    shared: bool


@dataclass(frozen=True, slots=True)
class HostRule:
    """A rule of the host: answers of `source` are kept as `value` says."""

    line: int
    source: str
    value: str

    @property
    def catches_private(self) -> bool:
        """Whether it keeps answers of entries, or of every page, for everybody."""
        shared = _SHARED.search(self.value) is not None or "immutable" in self.value
        everything = re.fullmatch(r"/(?:\(\.\*\)|\*|:path\*|\(\.\+\))?", self.source) is not None
        return shared and (everything or re.match(r"/(?:api|auth)\b", self.source) is not None)


def headers(text: str) -> tuple[CacheHeader, ...]:
    """The Cache-Control headers that code sets."""
    if "ache-" not in text and "ACHE" not in text:
        return ()
    return tuple(
        CacheHeader(line_at(text, match.start()), match["value"], _SHARED.search(match["value"]) is not None)
        for match in list(_HEADER.finditer(text))[:50]
    )


def dynamic_line(text: str) -> int:
    """The line that makes a page anew for every visitor."""
    found = _DYNAMIC.search(text) or _NO_STORE.search(text)
    return line_at(text, found.start()) if found else 0


def kept_line(text: str) -> int:
    """The line that keeps a page or an answer for a while."""
    found = _KEPT.search(text)
    return line_at(text, found.start()) if found else 0


def unoptimized_line(text: str) -> int:
    found = _UNOPTIMIZED.search(text)
    return line_at(text, found.start()) if found else 0


def host_rules(path: str, text: str) -> tuple[HostRule, ...]:
    """Cache rules of vercel.json, netlify.toml, `_headers` and next.config."""
    name = path.rpartition("/")[2]
    if name == "vercel.json":
        return tuple(_vercel(text))
    if name == "_headers":
        return tuple(_headers_file(text))
    found: list[HostRule] = []
    for match in list(_HEADER.finditer(text))[:50]:
        before = list(_SOURCE.finditer(text[: match.start()]))
        if before:
            found.append(HostRule(line_at(text, match.start()), before[-1]["source"], match["value"]))
    return tuple(found)


def _vercel(text: str) -> Iterator[HostRule]:
    try:
        data: object = json.loads(text)
    except (ValueError, RecursionError):
        return
    rules: object = cast(dict[str, Any], data).get("headers") if isinstance(data, dict) else None
    for rule in cast(list[object], rules) if isinstance(rules, list) else []:
        table = cast(dict[str, Any], rule) if isinstance(rule, dict) else {}
        source, given = table.get("source"), table.get("headers")
        for header in cast(list[object], given) if isinstance(given, list) else []:
            entry = cast(dict[str, Any], header) if isinstance(header, dict) else {}
            value = entry.get("value")
            if str(entry.get("key", "")).lower().endswith("cache-control") and isinstance(value, str):
                at = max(0, text.find(value, max(0, text.find(f'"{source}"'))))
                yield HostRule(line_at(text, at), str(source), value)


def _headers_file(text: str) -> Iterator[HostRule]:
    source = ""
    for number, line in enumerate(text.split("\n"), 1):
        if line[:1] == "/":
            source = line.strip()
        found = re.match(r"\s{1,8}Cache-Control:\s{0,4}(.{1,160})", line, re.IGNORECASE)
        if found and source:
            yield HostRule(number, source, found[1])
