"""A scan as Markdown, to paste into an issue or hand to somebody."""

from __future__ import annotations

from lastmile_desktop.catalogue.load import Catalogue
from lastmile_desktop.core.checklist import Checklist, Row, verdict_line
from lastmile_desktop.core.ranking import Band
from lastmile_desktop.core.scan import Scan

BAND_TITLES = {
    Band.STOP: "Stop",
    Band.BEFORE_YOU_DOUBLE: "Before you double",
    Band.SOON: "Soon",
    Band.LATER: "Later",
    Band.NEEDS_YOU: "Needs you",
    Band.NOT_CHECKED: "Not checked",
    Band.SUPPRESSED: "Suppressed",
    Band.PASSED: "Passed",
    Band.NOT_APPLICABLE: "Not applicable",
}


def render(scan: Scan, found: Checklist, catalogue: Catalogue) -> str:
    line = " · ".join(text for _, text in verdict_line(found))
    parts = [f"# {_plain(scan.project)}", "", line, ""]
    for band in Band:
        rows = [row for row in found.rows if row.band is band]
        if rows:
            parts += [f"## {BAND_TITLES[band]} ({len(rows)})", ""]
            for row in rows:
                parts += _row(row, scan, catalogue)
            parts.append("")
    broken = [info for info in scan.engines if not info.health.ok]
    if broken:
        parts += ["## Engines that did not run", ""]
        parts += [f"- {info.name}: {info.health.reason}" for info in broken]
    return "\n".join(parts).rstrip() + "\n"


def _row(row: Row, scan: Scan, catalogue: Catalogue) -> list[str]:
    where = "" if row.target == "." else f" ({_plain(row.target)})"
    lines = [f"- **{row.title}**{where}"]
    verdict = scan.verdict(row.id)
    if verdict is None:
        return lines
    if row.band in (Band.STOP, Band.BEFORE_YOU_DOUBLE, Band.SOON, Band.LATER):
        lines.append(f"  {catalogue.checks[row.check_id].bites}")
        for finding in verdict.gaps:
            first = finding.evidence[0] if finding.evidence else None
            place = f"`{_plain(first.path)}:{first.line_start}` " if first and first.path else ""
            lines.append(f"  - {place}{_plain(finding.message)}")
    elif row.detail:
        lines.append(f"  {_plain(row.detail)}")
    return lines


def _plain(text: str) -> str:
    """Text from the project cannot become markup."""
    return "".join("\\" + char if char in "\\`*_[]<>|#" else char for char in text.replace("\n", " "))
