"""Cuts very long functions into their statements, so that input can be followed in each of them.

AI tools like to write one `registerRoutes` of thousands of lines. Following input through it as one piece takes
semgrep minutes, or it gives up; each route handler inside is a statement of its own and small. A cut-out statement
stands in a copy of its function, and its places are known in the file it came from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Function, Outline

_LONG_FUNCTION = 600
_SHORT_PIECE = 25
_MOST_PIECES = 2_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file as a file of its own. Line `head + 1` of `text` is line `first` of the file; lines up to
    `head` are the frame around it, and are read with the rest of the file."""

    text: str
    first: int
    head: int

    def line(self, number: int) -> int | None:
        """The line of the file that is line `number` of this piece; None for the frame."""
        return self.first + number - self.head - 1 if number > self.head else None

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


def split(text: str, outline: Outline | None) -> tuple[Piece, ...]:
    """The pieces of a file with very long functions, the rest of the file first; () for every other file."""
    if outline is None or outline.error or outline.language == "python" or text.count("\n") < _LONG_FUNCTION:
        return ()
    lines = text.split("\n")
    rest = list(lines)
    pieces: list[Piece] = []
    for function in outline.functions:
        if _is_long(function, lines):
            for start, end in _statements(function):
                pieces.append(_cut(function, lines, start, end))
                rest[start - 1 : end] = [""] * (end - start + 1)
    if not pieces or len(pieces) > _MOST_PIECES:
        return ()
    return (Piece("\n".join(rest), 1, 0), *pieces)


def _is_long(function: Function, lines: list[str]) -> bool:
    """Whether it is a long function at the margin of the file, so that what is around it can be left out."""
    if (
        function.span.line_end - function.span.line < _LONG_FUNCTION
        or len(function.body) < 2
        or function.parent
    ):
        return False
    first, last = lines[function.span.line - 1], lines[min(len(lines), function.span.line_end) - 1]
    return bool(first) and not first[0].isspace() and last.startswith("}")


def _statements(function: Function) -> Iterator[tuple[int, int]]:
    """Lines of its statements, (first, last): short ones joined, none sharing a line with another or the frame."""
    start = end = 0
    for step in function.body:
        first, last = step.span.line, step.span.line_end
        if first <= function.span.line or last >= function.span.line_end:
            continue
        if not start:
            start, end = first, last
        elif first <= end or end - start < _SHORT_PIECE:
            end = max(end, last)
        else:
            yield start, end
            start, end = first, last
    if start:
        yield start, end


def _cut(function: Function, lines: list[str], start: int, end: int) -> Piece:
    """The lines inside a function of the same head: parameters are what input may hang off."""
    first_step = min(step.span.line for step in function.body)
    head = lines[function.span.line - 1 : max(function.span.line, first_step - 1)]
    return Piece("\n".join([*head, *lines[start - 1 : end], "}"]), start, len(head))
