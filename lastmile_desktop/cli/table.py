"""The checklist on a terminal."""

from __future__ import annotations

import sys
from typing import IO

from rich.console import Console
from rich.text import Text

from lastmile_desktop.catalogue.load import Catalogue
from lastmile_desktop.core.checklist import Checklist, Row, verdict_line
from lastmile_desktop.core.ranking import Band
from lastmile_desktop.core.scan import Scan
from lastmile_desktop.reports.markdown import BAND_TITLES

_STYLE = {Band.STOP: "bold red", Band.BEFORE_YOU_DOUBLE: "bold yellow", Band.PASSED: "green"}
_MOST_PLACES = 5
_FOLDED = (Band.PASSED, Band.NOT_APPLICABLE)


def print_table(scan: Scan, found: Checklist, catalogue: Catalogue, file: IO[str] | None = None) -> None:
    console = Console(file=file or sys.stdout, highlight=False, markup=False, soft_wrap=True)
    line = Text()
    for number, (band, text) in enumerate(verdict_line(found)):
        line.append(" · " if number else "").append(text, _STYLE.get(band, ""))
    console.print(line)
    for band in Band:
        rows = [row for row in found.rows if row.band is band]
        if not rows:
            continue
        console.print(Text(f"\n{BAND_TITLES[band].upper()} {len(rows)}", "bold"))
        for row in rows:
            _print_row(console, row, scan)
    for info in scan.engines:
        if not info.health.ok:
            console.print(Text(f"\n{info.name} did not run: {info.health.reason}", "yellow"))
    if scan.unread:
        console.print(Text(f"\n{len(scan.unread)} files could not be read; --format json lists them.", "dim"))


def _print_row(console: Console, row: Row, scan: Scan) -> None:
    where = "" if row.target == "." else f"  [{row.target}]"
    console.print(Text("  ").append(row.title, _STYLE.get(row.band, "")).append(where, "dim"))
    verdict = scan.verdict(row.id)
    if verdict is None or row.band in _FOLDED:
        return
    for finding in verdict.gaps[:_MOST_PLACES]:
        first = finding.evidence[0] if finding.evidence else None
        place = (
            f"{first.path}:{first.line_start}"
            if first and first.line_start
            else (first.path if first else "")
        )
        console.print(Text("    ").append(place, "cyan").append(f"  {finding.message}", "dim"))
    if len(verdict.gaps) > _MOST_PLACES:
        console.print(Text(f"    and {len(verdict.gaps) - _MOST_PLACES} more", "dim"))
    if not verdict.gaps and row.detail:
        console.print(Text(f"    {row.detail}", "dim"))
