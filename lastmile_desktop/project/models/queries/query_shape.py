"""The shape of a query: by which columns it picks and sorts rows, how many it takes, and what it brings back."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Shape:
    """`equal` are columns compared with a value, `ranges` with a bound, `patterns` with a text that may begin
    anywhere, `insensitive` without regard to case, `json` looked into. `limit` is the text of the most rows it
    takes. `opaque` when some condition is decided elsewhere. `columns` is what it asks for, as written."""

    equal: list[str] = field(default_factory=list[str])
    ranges: list[str] = field(default_factory=list[str])
    orders: list[str] = field(default_factory=list[str])
    patterns: list[str] = field(default_factory=list[str])
    insensitive: list[str] = field(default_factory=list[str])
    json: list[str] = field(default_factory=list[str])
    many: list[str] = field(default_factory=list[str])
    limit: str = ""
    paged: bool = False
    single: bool = False
    opaque: bool = False
    columns: str = ""
