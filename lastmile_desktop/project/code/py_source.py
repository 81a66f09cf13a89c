"""A parsed Python file: its text by node, and what was noted while reading it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from sys import intern

from lastmile_desktop.project.code.noted import Noted
from lastmile_desktop.project.code.outline import TEXT_CAP, Call, Span

SHORT = 60
DEPTH_CAP = 40

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
# Nodes of the syntax tree that have a place in the file.
Placed = ast.expr | ast.stmt | ast.arg | ast.keyword | ast.pattern | ast.excepthandler


@dataclass(slots=True)
class Draft:
    """A function found but not yet read: its body is read after the code around it."""

    name: str
    node: FunctionNode
    parent: str
    decorators: tuple[Call, ...] = ()
    wrapped: list[Call] = field(default_factory=list[Call])


class Source(Noted):
    """Text and positions of nodes, and everything noted so far."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._data = text.encode("utf-8", "replace")
        self._text = text if len(text) == len(self._data) else None
        self._starts = [0]
        # Bytes are split at line ends only, as Python's parser does; text would be split at form feeds too.
        for line in self._data.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self.drafts: list[Draft] = []
        self._spans: dict[tuple[int, int, int], Span] = {}

    def offset(self, line: int, column: int) -> int:
        return self._starts[min(line, len(self._starts)) - 1] + column

    def slice(self, start: int, end: int, cap: int = TEXT_CAP) -> str:
        """Source text between two offsets, white space collapsed, at most `cap` characters."""
        end = min(end, start + 4 * cap)
        if self._text is not None:
            text = self._text[start:end]
        else:
            text = self._data[start:end].decode("utf-8", "replace")
        if "\n" in text or "  " in text or "\t" in text:
            text = " ".join(text.split())
        if len(text) > cap:
            return text[:cap]
        return intern(text) if len(text) < SHORT else text

    def text(self, node: Placed, cap: int = TEXT_CAP) -> str:
        return self.slice(self.start(node), self.end(node), cap)

    def between(self, first: Placed, last: Placed) -> str:
        return self.slice(self.start(first), self.end(last))

    def start(self, node: Placed) -> int:
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: Placed) -> int:
        if node.end_lineno is None or node.end_col_offset is None:
            return self.start(node)
        return self.offset(node.end_lineno, node.end_col_offset)

    def span(self, node: Placed) -> Span:
        """The place of a node; a call, the value it makes and its statement share theirs."""
        key = (node.lineno, node.col_offset, node.end_lineno or node.lineno)
        span = self._spans.get(key)
        if span is None:
            span = self._spans[key] = Span(key[0], self.column(node), key[2])
        return span

    def line_span(self, node: Placed) -> Span:
        """The place of a plain name or literal: one for all that stand on the same line."""
        key = (node.lineno, -1, node.end_lineno or node.lineno)
        span = self._spans.get(key)
        if span is None:
            span = self._spans[key] = self.span(node)
        return span

    def column(self, node: Placed) -> int:
        if self._text is not None or not node.col_offset:
            return node.col_offset + 1
        start = self.offset(node.lineno, 0)
        return len(self._data[start : start + node.col_offset].decode("utf-8", "replace")) + 1

    def unique(self, wanted: str, node: Placed) -> str:
        """A name that no other function of the file has."""
        if wanted in self._names:
            wanted = f"{wanted}@{node.lineno}:{self.column(node)}"
        self._names.add(wanted)
        return intern(wanted)
