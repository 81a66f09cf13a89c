"""The variables that a value is made of, read from the text of a function."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MOST_NAMES = 24
_FORMATTED = re.compile(r"\b[fF](?:\"([^\"\n]*)\"|'([^'\n]*)')")
_TEMPLATE = re.compile(r"`[^`]{1,3000}`")
_SLOT = re.compile(r"\$\{([^{}]{1,200})\}")
_FILLED = re.compile(r"\{([^{}]*)\}")
_STRINGS = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"")
_NAMES = re.compile(r"[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)*(?!\s*\()")
_CALLED = re.compile(r"[\w$]+(?:\??\.[\w$]+)*\s*\(")
_WORDS = frozenset(
    (
        "const",
        "let",
        "var",
        "return",
        "await",
        "async",
        "new",
        "function",
        "if",
        "else",
        "for",
        "of",
        "in",
        "and",
        "or",
        "not",
        "is",
        "None",
        "null",
        "undefined",
        "true",
        "false",
        "True",
        "False",
        "this",
        "self",
        "from",
        "import",
        "export",
        "default",
        "def",
        "lambda",
        "typeof",
        "instanceof",
        "as",
        "throw",
        "req",
        "request",
        "res",
        "res.send",
        "body",
        "query",
        "params",
        "headers",
        "path",
        "fs",
        "url",
        "os",
        "db",
    )
)


def origins_of(use: str, before: str) -> dict[str, bool]:
    """Every variable that may hold the value of `use`, with those it was made from in the code `before` it, and whether
    it was made from others that are here too."""
    found = dict.fromkeys(_names_in(_slots(use)), False)
    for _ in range(3):
        for name in tuple(found):
            if len(found) > _MOST_NAMES:
                return found
            simple = re.escape(name.partition(".")[0])
            made = re.search(
                rf"(?<![\w$.]){simple}\s*(?::[^=\n]{{1,40}})?=(?!=)\s*(`[^`]{{1,1500}}`|[^\n]{{1,200}})",
                before,
            )
            parts = [part for part in _names_in(_slots(made.group(1))) if part != name] if made else []
            if parts:
                found[name] = True
                found.update({part: found.get(part, False) for part in parts})
    return found


def _slots(code: str) -> str:
    """The code with only what is put into its template literals, not their text."""
    return _TEMPLATE.sub(lambda match: " ".join(_SLOT.findall(match[0])), code)


def _names_in(code: str) -> Iterable[str]:
    filled = _FORMATTED.sub(lambda match: " ".join(_FILLED.findall(match.group(0))), code)
    bare = _CALLED.sub("(", _STRINGS.sub("''", filled))
    for match in _NAMES.finditer(bare):
        whole = match.group(0).replace("?.", ".")
        last = whole.rpartition(".")[2]
        if whole not in _WORDS:
            yield whole
        if last != whole and last not in _WORDS and len(last) > 1:
            yield last
