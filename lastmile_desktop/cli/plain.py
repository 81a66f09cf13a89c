"""What people said, as it may stand on a terminal: data, never a command to it. And the same as JSON."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence

import msgspec

# Everything that moves a cursor, colours, rings or turns the writing direction around; line breaks are kept.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_LIVE_IN_JSON = re.compile(r"[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_WIDEST = 72
_UNCUT = 400


def block(text: str) -> str:
    """Lines as they were said."""
    return _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))


def line(text: str, most: int = _WIDEST) -> str:
    """All of it in one line, cut after `most` characters."""
    words = " ".join(block(text).split())
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def write_json(value: Mapping[str, object]) -> None:
    body = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    sys.stdout.write(_LIVE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", body) + "\n")


def write_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Aligned columns; on a terminal the last one is cut where the line ends."""
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[line(cell) for cell in row] for row in rows]
    table = Table(box=None, pad_edge=False)
    for place, head in enumerate(heads):
        last = place == len(heads) - 1
        widest = max(cell_len(text) for text in (head, *(row[place] for row in cells)))
        table.add_column(head, no_wrap=True, overflow="ellipsis", min_width=0 if last else widest)
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    width = None if sys.stdout.isatty() else _UNCUT
    Console(highlight=False, markup=False, emoji=False, width=width).print(table)


def write(*paragraphs: str) -> None:
    for paragraph in paragraphs:
        sys.stdout.write(block(paragraph) + "\n")
