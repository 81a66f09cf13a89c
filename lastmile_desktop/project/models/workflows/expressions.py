"""`${{ … }}` in GitHub workflows: which contexts can end up in the text that an expression gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_EXPRESSION = re.compile(r"\$\{\{((?:[^}']|'[^']{0,2000}'|\}(?!\})){0,4000})\}\}")
_TOKEN = re.compile(
    r"\s{0,200}(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d[\w.+-]{0,40})|(?P<name>[A-Za-z_][\w-]{0,120})"
    r"|(?P<op>&&|\|\||==|!=|<=|>=|[<>!()\[\],.*]))"
)
_MOST_TOKENS = 400
_PASSING = frozenset(("format", "join", "tojson", "fromjson"))
_DEEPEST = 40

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression in a text; `offset` is that of its `$`. `reaches` are the contexts whose value can be part of
    the result, `mentions` all that are read. Paths are in lower case, with `*` for an index."""

    offset: int
    text: str
    reaches: tuple[Path, ...]
    mentions: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class _Value:
    reaches: tuple[Path, ...] = ()


class _MalformedError(Exception):
    """An expression that GitHub would refuse."""


def expressions(text: str) -> Iterator[Expression]:
    """All `${{ … }}` of a text, in order."""
    if "${{" not in text:
        return
    for match in _EXPRESSION.finditer(text):
        reaches, mentions = read(match[1].strip())
        yield Expression(match.start(), match[1].strip(), reaches, mentions)


def condition(text: str) -> tuple[Path, ...]:
    """What an `if:` reads, with or without `${{ }}` around it."""
    return read(text.replace("${{", " ").replace("}}", " ").strip())[1]


@lru_cache(maxsize=4096)
def read(text: str) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """(reaches, mentions) of one expression; of a malformed one, every dotted name in it counts as both."""
    reader = _Reader(text)
    try:
        value = reader.either(0)
        if reader.more():
            raise _MalformedError
    except _MalformedError:
        found = tuple(
            tuple(match[0].lower().split("."))
            for match in re.finditer(r"[A-Za-z_][\w-]{0,80}(?:\.[\w*-]{1,80}){1,12}", text)
        )
        return found, found
    return value.reaches, tuple(reader.mentions)


class _Reader:
    """Recursive descent over the small grammar of GitHub's expressions."""

    def __init__(self, text: str) -> None:
        self._tokens = list(self._split(text))
        self._at = 0
        self.mentions: list[Path] = []

    @staticmethod
    def _split(text: str) -> Iterator[tuple[str, str]]:
        position = 0
        text = text.rstrip()
        for _ in range(_MOST_TOKENS):
            if position >= len(text):
                return
            match = _TOKEN.match(text, position)
            if match is None:
                break
            yield str(match.lastgroup), match[str(match.lastgroup)]
            position = match.end()
        yield "bad", ""

    def more(self) -> bool:
        return self._at < len(self._tokens)

    def _peek(self, *operators: str) -> bool:
        return self.more() and self._tokens[self._at][0] == "op" and self._tokens[self._at][1] in operators

    def _take(self, *operators: str) -> bool:
        if self._peek(*operators):
            self._at += 1
            return True
        return False

    def _expect(self, operator: str) -> None:
        if not self._take(operator):
            raise _MalformedError

    def either(self, depth: int) -> _Value:
        """`a || b` gives either; `a && b` gives b, or a value of a that counts as false and so holds nothing."""
        if depth > _DEEPEST:
            raise _MalformedError
        value = self._both(depth)
        while self._take("||"):
            value = _Value(value.reaches + self._both(depth).reaches)
        return value

    def _both(self, depth: int) -> _Value:
        value = self._compared(depth)
        while self._take("&&"):
            value = self._compared(depth)
        return value

    def _compared(self, depth: int) -> _Value:
        value = self._single(depth)
        while self._take("==", "!=", "<", "<=", ">", ">="):
            self._single(depth)
            value = _Value()
        return value

    def _single(self, depth: int) -> _Value:
        if self._take("!"):
            self._single(depth + 1) if depth < _DEEPEST else self._refuse()
            return _Value()
        if self._take("("):
            value = self.either(depth + 1)
            self._expect(")")
            return self._indexed(value, depth)
        if not self.more():
            raise _MalformedError
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind in ("text", "number") or (kind == "name" and text.lower() in ("true", "false", "null")):
            return _Value()
        if kind != "name":
            raise _MalformedError
        if self._take("("):
            return self._indexed(self._call(text.lower(), depth), depth)
        return self._context(text.lower(), depth)

    def _refuse(self) -> None:
        raise _MalformedError

    def _call(self, name: str, depth: int) -> _Value:
        reaches: tuple[Path, ...] = ()
        while not self._take(")"):
            reaches += self.either(depth + 1).reaches
            if not self._take(",") and not self._peek(")"):
                raise _MalformedError
        return _Value(reaches if name in _PASSING else ())

    def _context(self, name: str, depth: int) -> _Value:
        path = [name]
        while True:
            if self._take("."):
                path.append(self._member())
            elif self._take("["):
                path.append(self._index(depth))
            else:
                break
        self.mentions.append(tuple(path))
        return _Value((tuple(path),))

    def _indexed(self, value: _Value, depth: int) -> _Value:
        """`fromJSON(x).y[0]` is a part of x."""
        while True:
            if self._take("."):
                self._member()
            elif self._take("["):
                self._index(depth)
            else:
                return value

    def _member(self) -> str:
        if self._take("*"):
            return "*"
        if self.more() and self._tokens[self._at][0] in ("name", "number"):
            self._at += 1
            return self._tokens[self._at - 1][1].lower()
        raise _MalformedError

    def _index(self, depth: int) -> str:
        if self.more() and self._tokens[self._at][0] == "text":
            name = self._tokens[self._at][1][1:-1].lower()
            self._at += 1
            self._expect("]")
            return name
        if not self._take("*"):
            self.either(depth + 1)
        self._expect("]")
        return "*"
