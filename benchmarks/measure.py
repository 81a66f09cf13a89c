"""A measure and its bar."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Measure:
    """`value` and `bar` carry their unit in `unit`; `ok` is whether the bar is reached."""

    measure: str
    value: float
    unit: str
    bar: str
    ok: bool
    note: str = ""


def at_most(name: str, value: float, bar: float, unit: str, note: str = "") -> Measure:
    return Measure(name, round(value, 3), unit, f"≤ {bar:g} {unit}".strip(), value <= bar, note)


def at_least(name: str, value: float, bar: float, unit: str, note: str = "") -> Measure:
    return Measure(name, round(value, 3), unit, f"≥ {bar:g} {unit}".strip(), value >= bar, note)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0–1) of the values lie; the largest for 1."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def show(measures: Sequence[Measure], file: Path) -> bool:
    """Print the table, write it as JSON, and say whether every bar is reached."""
    table = Table("", "Measure", "Value", "Bar", "Note", box=None, pad_edge=False)
    for item in measures:
        mark = "[green]ok[/]" if item.ok else "[red]missed[/]"
        table.add_row(mark, item.measure, f"{item.value:g} {item.unit}".strip(), item.bar, item.note)
    Console(highlight=False).print(table)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([asdict(item) for item in measures], indent=2, ensure_ascii=False) + "\n")
    return all(item.ok for item in measures)
