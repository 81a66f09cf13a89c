"""Patterns that take a visitor's text, or that a visitor's text can keep busy for minutes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.lines import line_at

_FROM_CALLER = (
    r"(?:req(?:uest)?|ctx|c\.req|event)\s*\.\s*(?:body|query|params|args|form|GET|POST|values|url)\b"
)
_MADE = re.compile(
    rf"(?:new\s+RegExp\(|\bre\.(?:compile|search|match|fullmatch|findall|sub)\(|\$regex['\"]?\s*:\s*)\s*(?:`[^`]{{0,40}}\$\{{\s*)?(?P<what>{_FROM_CALLER}[\w.\[\]'\"(]{{0,60}}|[A-Za-z_]\w{{0,40}})\s*(?:[,)}}`\n]|as\b)"
)
_MAKERS = (
    "RegExp(",
    "$regex",
    "re.compile(",
    "re.search(",
    "re.match(",
    "re.fullmatch(",
    "re.findall(",
    "re.sub(",
)
_ESCAPED = re.compile(r"(?i)escape|\[\.\*\+\?\^|sanitiz|quote")
_NESTED = re.compile(r"\((?:\?:)?(?:[^()\\|]|\\.){0,40}[+*](?:[^()\\|]|\\.){0,2}\)[+*]")
_LITERAL = re.compile(
    r"(?:=|\(|,|return)\s*/(?![/*])(?P<js>(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\]){3,300})/[a-z]*\s*(?:[;,)]|\.(?:test|exec))|r['\"](?P<py>[^'\"\n]{3,300})['\"]"
)


def patterns_of_callers(text: str) -> Iterator[int]:
    """Lines that make a pattern out of what a caller sent, unescaped."""
    if not any(word in text for word in _MAKERS):
        return
    for match in _MADE.finditer(text):
        what = match.group("what")
        before = text[max(0, match.start() - 1500) : match.end()]
        if re.match(_FROM_CALLER, what):
            yield line_at(text, match.start("what"))
            continue
        made = re.search(
            rf"(?:(?:const|let|var)\s+(?:\{{[^}}\n]{{0,80}}\b{re.escape(what)}\b[^}}\n]{{0,80}}\}}|{re.escape(what)})\s*(?::\s*\w+\s*)?=\s*(?P<source>[^\n;]{{0,160}})|(?m:^\s*{re.escape(what)}\s*=\s*)(?P<py>[^\n]{{0,160}}))",
            before,
        )
        source = (made.group("source") or made.group("py") or "") if made else ""
        if re.search(_FROM_CALLER, source) and not _ESCAPED.search(source):
            yield line_at(text, match.start("what"))


def endless_patterns(text: str) -> Iterator[int]:
    """Lines with a pattern whose repetitions are nested, as in `(a+)+$`."""
    for match in _LITERAL.finditer(text):
        pattern = match.group("js") or match.group("py") or ""
        nested = _NESTED.search(pattern)
        if nested and len(pattern) > nested.end() - nested.start():
            yield line_at(text, match.start())
