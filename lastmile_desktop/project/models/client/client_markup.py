"""Client code named in markup: scripts of HTML pages, and components that Astro runs in the browser."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MAX_TEXT = 400_000
_SCRIPT_SRC = re.compile(r"<script\b[^>]{0,300}?\bsrc\s*=\s*[\"']([^\"'>]{1,300})[\"']", re.IGNORECASE)
_INLINE_MODULE = re.compile(r"<script\b[^>]{0,300}>(.*?)</script", re.IGNORECASE | re.DOTALL)
_IMPORT = re.compile(r"\bimport\s*\(?\s*(?:[\w*{}\s,$]{1,300}?\bfrom\s*)?[\"']([^\"'\n]{1,300})[\"']")
_ISLAND = re.compile(r"<([A-Z][\w.]{0,80})\b[^>]{0,2000}?\sclient:(?:load|idle|visible|media|only)")
_FRONT_MATTER = re.compile(r"\A\s{0,100}---.*?\n---", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Markup:
    """`scripts` are addresses of scripts, `imports` modules imported by inline scripts, `islands` the names of
    components that run in the browser."""

    scripts: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    islands: tuple[str, ...] = ()


def read_markup(text: str) -> Markup:
    """What an HTML page or an Astro file names."""
    text = text[:_MAX_TEXT]
    body = _FRONT_MATTER.sub("", text, count=1)
    inline = [match[1] for match in _INLINE_MODULE.finditer(body) if match[1].strip()]
    return Markup(
        tuple(dict.fromkeys(match[1] for match in _SCRIPT_SRC.finditer(body))),
        tuple(dict.fromkeys(match[1] for script in inline for match in _IMPORT.finditer(script))),
        tuple(dict.fromkeys(match[1].partition(".")[0] for match in _ISLAND.finditer(body))),
    )
