"""A parsed TypeScript or JavaScript file: its text by node, its grammar, and what was noted while reading
it."""

from __future__ import annotations

from dataclasses import dataclass, field
from sys import intern

from tree_sitter import Node

from lastmile_desktop.project.code.noted import Noted
from lastmile_desktop.project.code.outline import TEXT_CAP, Call, Span
from lastmile_desktop.project.code.ts_trees import Grammar

SHORT = 60
# Far above hand-written code, and low enough that reading and pickling stay inside Python's recursion limit.
DEPTH_CAP = 60
# A default-deny middleware lists every public path in one condition.
TEST_CAP = 4_000


@dataclass(slots=True)
class Draft:
    """A function found but not yet read: its body is read after the code around it, when all that wraps it is
    known. `wrapped` is innermost first while it is being collected."""

    name: str
    node: Node
    parent: str
    wrapped: list[Call] = field(default_factory=list[Call])
    decorators: tuple[Call, ...] = ()
    exported: list[str] = field(default_factory=list[str])


class Source(Noted):
    """Text and positions of nodes, and everything noted so far."""

    def __init__(self, text: str, data: bytes, language: Grammar, *, shallow: bool) -> None:
        super().__init__()
        self._text = text
        self._data = data
        self._ascii = len(text) == len(data)
        self.fields = language.fields
        self.shallow = shallow
        self.drafts: list[Draft] = []
        self._spans: dict[tuple[int, int], Span] = {}

    def raw(self, start: int, end: int) -> str:
        if self._ascii:
            return self._text[start:end]
        return self._data[start:end].decode("utf-8", "replace")

    def text(self, node: Node, cap: int = TEXT_CAP) -> str:
        """The node's own text, white space collapsed, at most `cap` characters."""
        start = node.start_byte
        end = node.end_byte
        if end - start > 4 * cap:
            end = start + 4 * cap
        text = self.raw(start, end)
        if "\n" in text or "  " in text or "\t" in text:
            text = " ".join(text.split())
        if len(text) > cap:
            return text[:cap]
        return intern(text) if len(text) < SHORT else text

    def test(self, node: Node) -> str:
        """The text of a condition, which is taken apart later: without comments, whose quotes and brackets would be
        read as code, and long enough for a list of paths."""
        start, end = node.start_byte, node.end_byte
        if end - start > 4 * TEST_CAP:
            return self.text(node, TEST_CAP)
        whole = self.raw(start, end)
        if "//" not in whole and "/*" not in whole:
            return self.text(node, TEST_CAP)
        kept: list[str] = []
        for comment in _comments(node):
            kept.append(self.raw(start, comment.start_byte))
            start = comment.end_byte
        kept.append(self.raw(start, end))
        return " ".join(" ".join(kept).split())[:TEST_CAP]

    def span(self, node: Node) -> Span:
        """The place of a node; a call, the value it makes and its statement share theirs."""
        key = (node.start_byte, node.end_point.row)
        span = self._spans.get(key)
        if span is None:
            span = self._spans[key] = Span(node.start_point.row + 1, self.column(node), key[1] + 1)
        return span

    def line_span(self, node: Node) -> Span:
        """The place of a plain name or literal: one for all that stand on the same line."""
        key = (-1 - node.start_point.row, node.end_point.row)
        span = self._spans.get(key)
        if span is None:
            span = self._spans[key] = self.span(node)
        return span

    def line(self, node: Node) -> int:
        return node.start_point.row + 1

    def column(self, node: Node) -> int:
        column = node.start_point.column
        if self._ascii or not column:
            return column + 1
        return len(self.raw(node.start_byte - column, node.start_byte)) + 1

    def string(self, node: Node) -> str:
        """The value of a `string` or of a `template_string` without substitutions."""
        text = self.raw(node.start_byte + 1, node.end_byte - 1)
        if "\\" in text:
            text = unescape(text)
        return intern(text) if len(text) < SHORT else text

    def unique(self, wanted: str, node: Node) -> str:
        """A name that no other function of the file has."""
        if wanted in self._names:
            wanted = f"{wanted}@{self.line(node)}:{self.column(node)}"
        self._names.add(wanted)
        return intern(wanted)


def _comments(node: Node) -> list[Node]:
    """The comments within a node, in the order they stand there."""
    found: list[Node] = []
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current.type == "comment":
            found.append(current)
        else:
            waiting += reversed(current.children)
    return found


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}


def unescape(text: str) -> str:
    """Undo the escapes of a JavaScript string that occur in practice; `\\u` sequences stay as written."""
    out: list[str] = []
    characters = iter(text)
    for character in characters:
        if character != "\\":
            out.append(character)
            continue
        escaped = next(characters, "")
        out.append("\\" + escaped if escaped in "ux" and escaped else _ESCAPES.get(escaped, escaped))
    return "".join(out)
