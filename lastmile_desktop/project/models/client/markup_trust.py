"""What markup and browser code entrust to others: foreign scripts, new tabs, tokens within reach."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Attempt, Outline
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.literals import spots

_SCRIPT = re.compile(r"<script\b([^>]{0,600})>", re.IGNORECASE)
_SOURCE = re.compile(r"\bsrc\s*=\s*[\"'](?:https?:)?//([\w.-]+)/([^\"']{0,300})[\"']", re.IGNORECASE)
_PINNABLE = re.compile(
    r"^(?:cdn\.jsdelivr\.net|unpkg\.com|cdnjs\.cloudflare\.com|code\.jquery\.com|stackpath\.bootstrapcdn\.com|maxcdn\.bootstrapcdn\.com|ajax\.googleapis\.com|cdn\.datatables\.net|esm\.sh|cdn\.skypack\.dev|rawgit\.com|polyfill\.io|cdn\.polyfill\.io)$"
)
_BLANK = re.compile(r"<a\b([^>]{0,800}?)>", re.IGNORECASE | re.DOTALL)
_NEW_TAB = re.compile(r"target\s*=\s*\{?[\"']_blank[\"']\}?", re.IGNORECASE)
_OPENER = re.compile(r"rel\s*=\s*\{?[\"'][^\"']*\bopener\b", re.IGNORECASE)
_NO_OPENER = re.compile(r"no(?:opener|referrer)", re.IGNORECASE)
_RUNS_HTML = re.compile(r"dangerouslySetInnerHTML|v-html|\{@html|\.innerHTML\s*=|\|\s*safe\b")
_TOKEN_KEY = re.compile(
    r"(?i)(?:^|[_.:-])(?:access|auth|refresh|id|bearer|session|user|api|admin|jwt)?[_-]?(?:token|jwt)$|^(?:access|auth|refresh|id|bearer|jwt|session|admin|user)_?tokens?$|jwt"
)
_NO_TOKEN = re.compile(
    r"(?i)csrf|push|fcm|device|expo|recaptcha|invite|share|design|tokenType|type$|count|expir|reset_?token|dummy|mapbox"
)


@dataclass(frozen=True, slots=True)
class MarkupTrust:
    """`scripts` are (line, host) of unpinned foreign scripts; `blank` the first link that gives the new tab a handle;
    `runs_html` when text is shown as HTML."""

    scripts: tuple[tuple[int, str], ...] = ()
    blank: int = 0
    runs_html: bool = False


def markup_trust(text: str) -> MarkupTrust:
    """Reads one page, template or component."""
    return MarkupTrust(tuple(_scripts(text)), _blank(text), _RUNS_HTML.search(text) is not None)


def _scripts(text: str) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for match in _SCRIPT.finditer(text):
        source = _SOURCE.search(match.group(1))
        if source is None or "integrity" in match.group(1).lower():
            continue
        host = source.group(1).lower()
        if _PINNABLE.match(host) and host not in seen and "tailwindcss" not in source.group(2):
            seen.add(host)
            yield line_at(text, match.start()), host


def _blank(text: str) -> int:
    """Browsers cut the tie by themselves since 2021, unless the link asks for it."""
    if "_blank" not in text:
        return 0
    for match in _BLANK.finditer(text):
        tag = match.group(1)
        if _NEW_TAB.search(tag) and _OPENER.search(tag) and not _NO_OPENER.search(tag):
            return line_at(text, match.start())
    return 0


def kept_tokens(outline: Outline, text: str) -> tuple[int, ...]:
    """Lines where a sign-in token is put into the browser's storage or a cookie that scripts set."""
    if "Storage" not in text and "document.cookie" not in text:
        return ()
    found: list[int] = []
    for spot in spots(outline):
        for call in () if isinstance(spot.step, Attempt) else spot.step.calls:
            if (
                not re.search(r"(?:^|\.)(?:local|session)Storage\.setItem$", call.callee)
                or len(call.args) < 2
            ):
                continue
            key = call.args[0].literal or call.args[0].text
            if _TOKEN_KEY.search(key.strip("'\"`")) and not _NO_TOKEN.search(key):
                found.append(call.span.line)
        for target in getattr(spot.step, "targets", ()):
            value = getattr(spot.step, "value", None)
            if target == "document.cookie" and value is not None:
                name = re.match(r"[`'\"]([\w-]+)=", value.text)
                if name and _TOKEN_KEY.search(name.group(1)) and not _NO_TOKEN.search(name.group(1)):
                    found.append(spot.step.span.line)
            stored = re.match(r"(?:window\.)?(?:local|session)Storage(?:\.|\[['\"])(\w+)", target)
            if (
                stored
                and value is not None
                and _TOKEN_KEY.search(stored.group(1))
                and not _NO_TOKEN.search(stored.group(1))
            ):
                found.append(spot.step.span.line)
    return tuple(found)
