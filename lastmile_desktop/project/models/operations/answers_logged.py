"""Middleware that keeps what each answer holds and writes it to the log: the generated Express server does so."""

from __future__ import annotations

import re

from lastmile_desktop.project.lines import line_at

_WRAPS = re.compile(r"\bres\.(?:json|send)\s*=\s*(?:async\s+)?(?:function\b|\()")
_KEEPS = re.compile(
    r"\b(?P<kept>[A-Za-z_$][\w$]{0,60})\s*=\s*(?:bodyJson|body|data|json|payload|obj|chunk|response\w{0,10})\s*;"
)
_SHORTENS = re.compile(r"\.length\s*>\s*\d{1,4}|\.(?:slice|substring|substr)\(\s*0\s*,")
_NEAR = 400
_AFTER = 1_500


def logged_answer_line(text: str) -> int:
    """The line that adds a whole answer to a log line, 0 where none is or where it is cut short."""
    for wraps in _WRAPS.finditer(text):
        kept = _KEEPS.search(text, wraps.end(), wraps.end() + _NEAR)
        if kept is None:
            continue
        rest = text[kept.end() : kept.end() + _AFTER]
        name = re.escape(kept["kept"])
        written = re.search(
            rf"\$\{{[^}}\n]{{0,80}}\b{name}\b|(?:log\w{{0,12}}|info|debug)\([^\n]{{0,120}}\b{name}\b", rest
        )
        if written is not None and _SHORTENS.search(rest, written.end(), written.end() + _NEAR) is None:
            return line_at(text, kept.end() + written.start())
    return 0
