"""Terraform's language as blocks and attributes with lines: as much as a question about settings needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"(?P<space>[ \t\r]{1,2000})|(?P<line>\n)|(?P<comment>#[^\n]{0,4000}|//[^\n]{0,4000}|/\*(?:[^*]"
    r"|\*(?!/)){0,20000}\*/)"
    r"|(?P<heredoc><<-?\s{0,3}(?P<mark>[A-Za-z_]\w{0,40})[^\n]{0,20}\n)|(?P<text>\"(?:[^\"\\\n]"
    r"|\\.){0,4000}\")"
    r"|(?P<name>[A-Za-z_][\w-]{0,120})|(?P<other>[^\s])"
)
_DEEPEST = 30
_MOST_TOKENS = 60_000


@dataclass(frozen=True, slots=True)
class Attribute:
    """`value` is the text behind the `=`, as written, over all its lines."""

    name: str
    value: str
    line: int
    last_line: int

    @property
    def plain(self) -> str:
        """The value of a single quoted text; "" for anything else."""
        match = re.fullmatch(r'"((?:[^"\\]|\\.){0,4000})"', self.value.strip())
        return match[1] if match is not None else ""


@dataclass(frozen=True, slots=True)
class Block:
    kind: str
    labels: tuple[str, ...]
    line: int
    last_line: int
    attributes: tuple[Attribute, ...]
    blocks: tuple[Block, ...]

    def get(self, name: str) -> Attribute | None:
        return next((item for item in self.attributes if item.name == name), None)

    def value(self, name: str) -> str:
        found = self.get(name)
        return found.value.strip().strip('"') if found is not None else ""

    def inner(self, *kinds: str) -> Iterator[Block]:
        return (item for item in self.blocks if item.kind in kinds)

    def walk(self) -> Iterator[Block]:
        yield self
        for item in self.blocks:
            yield from item.walk()

    @property
    def resource(self) -> str:
        return self.labels[0] if self.kind in ("resource", "data") and self.labels else ""

    @property
    def label(self) -> str:
        return ".".join(self.labels)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


def parse(text: str) -> tuple[Block, ...]:
    """The blocks of a file; what is not understood is stepped over."""
    return _Reader(tuple(_tokens(text))).blocks(0)


def _tokens(text: str) -> Iterator[_Token]:
    position, line = 0, 1
    for _ in range(_MOST_TOKENS):
        match = _TOKEN.match(text, position)
        if match is None:
            return
        kind, found = str(match.lastgroup), match[0]
        if kind == "mark":
            kind = "heredoc"
        position = match.end()
        if kind == "heredoc":
            end = re.compile(
                rf"^[ \t]{{0,200}}{re.escape(match['mark'])}[ \t\r]{{0,20}}$", re.MULTILINE
            ).search(text, position)
            stop = end.end() if end is not None else len(text)
            found += text[position:stop]
            position = stop
            kind = "text"
        if kind not in ("space", "comment"):
            yield _Token(kind, found, line)
        line += found.count("\n")


class _Reader:
    def __init__(self, tokens: tuple[_Token, ...]) -> None:
        self._tokens = tokens
        self._at = 0
        self._attributes: list[Attribute] = []

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def blocks(self, depth: int) -> tuple[Block, ...]:
        """Everything up to the closing brace of this level."""
        found: list[Block] = []
        attributes: list[Attribute] = []
        while (token := self._peek()) is not None:
            if token.kind == "other" and token.text == "}" and depth:
                break
            self._at += 1
            if token.kind != "name":
                continue
            following = self._peek()
            if following is not None and following.text == "=":
                self._at += 1
                attributes.append(self._attribute(token))
                continue
            block = self._block(token, depth)
            if block is not None:
                found.append(block)
        self._attributes = attributes
        return tuple(found)

    def _block(self, start: _Token, depth: int) -> Block | None:
        labels: list[str] = []
        while (token := self._peek()) is not None:
            if token.kind in ("text", "name"):
                labels.append(token.text.strip('"'))
                self._at += 1
                continue
            if token.text != "{" or depth >= _DEEPEST:
                return None
            self._at += 1
            inner = self.blocks(depth + 1)
            attributes = tuple(self._attributes)
            end = self._peek()
            self._at += 1
            last = end.line if end is not None else start.line
            return Block(start.text, tuple(labels), start.line, last, attributes, inner)
        return None

    def _attribute(self, name: _Token) -> Attribute:
        """The value up to the end of its line, over open brackets."""
        parts: list[str] = []
        open_ = 0
        last = name.line
        while (token := self._peek()) is not None:
            if token.kind == "line" and open_ <= 0:
                break
            if token.kind == "other":
                open_ += token.text in "([{"
                if token.text in ")]}":
                    open_ -= 1
                    if open_ < 0:
                        break
            parts.append(token.text if token.kind != "name" else f" {token.text} ")
            last = token.line + token.text.rstrip("\n").count("\n")
            self._at += 1
        return Attribute(name.text, "".join(parts).strip(), name.line, last)
