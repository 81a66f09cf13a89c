"""The checklist as it is shown: rows in bands, counts and the verdict line. Pure, so that moving the users slider
re-orders the list at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lastmile_desktop.core.check import Check, Severity
from lastmile_desktop.core.finding import Finding, Life
from lastmile_desktop.core.ranking import Band, Exposure, Ranked, Situation, rank
from lastmile_desktop.core.scan import Scan
from lastmile_desktop.core.verdict import NO_POSITIVE_EVIDENCE, State, Verdict


class Chip(StrEnum):
    """Shown on a row only when it is news."""

    NEW = "New"
    CAME_BACK = "Came back"
    CUSTOMER_ASKED = "A customer asked"
    BROKE_TWICE = "Broke twice"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list. `place` is `path:line` of the worst finding, "" where a sentence (`detail`) says more;
    `more` counts the further places."""

    id: str
    check_id: str
    target: str
    band: Band
    state: State
    severity: Severity
    title: str
    place: str
    more: int
    detail: str
    chips: tuple[Chip, ...]
    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Checklist:
    rows: tuple[Row, ...]
    situation: Situation

    def count(self, *bands: Band) -> int:
        return sum(row.band in bands for row in self.rows)


def situation_of(
    scan: Scan, users: int, asked: frozenset[str] = frozenset(), repeated: frozenset[str] = frozenset()
) -> Situation:
    """What the ranking depends on, from the scan's facts, the founder's number of users, the log and the journal."""
    if scan.facts.has("profile.url") or scan.facts.has("host.url"):
        exposure = Exposure.PUBLIC
    elif scan.facts.has("host"):
        exposure = Exposure.CONFIGURED
    else:
        exposure = Exposure.LOCAL
    return Situation(users, exposure, scan.facts.has("pay.mode", "live"), asked, repeated)


def checklist(scan: Scan, checks: Mapping[str, Check], situation: Situation) -> Checklist:
    """The scan's verdicts as rows, in order."""
    return Checklist(
        tuple(
            _row(item, checks[item.verdict.check_id], situation, scan)
            for item in rank(scan.verdicts, checks, situation)
        ),
        situation,
    )


def _row(item: Ranked, check: Check, situation: Situation, scan: Scan) -> Row:
    verdict = item.verdict
    place, more = _place(verdict)
    return Row(
        id=verdict.row_id,
        check_id=check.id,
        target=verdict.target,
        band=item.band,
        state=verdict.state,
        severity=_severity(verdict, check),
        title=check.title_passed if verdict.state is State.PASSED else check.title_gap,
        place=place,
        more=more,
        detail=_detail(verdict),
        chips=_chips(verdict, situation, scan),
        rank=item.rank,
        score=item.score,
    )


def _severity(verdict: Verdict, check: Check) -> Severity:
    return max(
        (item.severity for item in verdict.gaps), key=lambda severity: severity.weight, default=check.severity
    )


def _place(verdict: Verdict) -> tuple[str, int]:
    if verdict.state is State.GAP:
        worst = sorted(verdict.gaps, key=lambda item: -item.severity.weight * item.confidence)
        places = [(item.evidence[0].path, item.evidence[0].line_start) for item in worst if item.evidence]
    elif verdict.state is State.PASSED:
        places = [(item.path, item.line_start) for item in verdict.passes if item.path]
    else:
        places = []
    if not places or not places[0][0]:
        return "", 0
    path, line = places[0]
    return (f"{path}:{line}" if line else path), len(set(places)) - 1


def _detail(verdict: Verdict) -> str:
    if verdict.state is State.GAP:
        return verdict.gaps[0].message
    if verdict.state is State.PASSED:
        return next((item.note for item in verdict.passes if item.note), "")
    if verdict.reason == NO_POSITIVE_EVIDENCE:
        return "Nothing was found, and nothing proves that it is right either."
    return verdict.reason


def _chips(verdict: Verdict, situation: Situation, scan: Scan) -> tuple[Chip, ...]:
    if verdict.state is not State.GAP:
        return ()
    chips: list[Chip] = []
    if any(item.life is Life.REGRESSED for item in verdict.gaps):
        chips.append(Chip.CAME_BACK)
    elif any(_is_news(item, scan) for item in verdict.gaps):
        chips.append(Chip.NEW)
    if verdict.check_id in situation.asked:
        chips.append(Chip.CUSTOMER_ASKED)
    if verdict.check_id in situation.repeated:
        chips.append(Chip.BROKE_TWICE)
    return tuple(chips)


def _is_news(finding: Finding, scan: Scan) -> bool:
    """Seen first within the last day, and not already there when the project was first scanned."""
    if not finding.first_seen or finding.first_seen[:19] <= scan.first_scan[:19]:
        return False
    age = datetime.fromisoformat(scan.started) - datetime.fromisoformat(finding.first_seen)
    return age <= timedelta(days=1)


def verdict_line(found: Checklist) -> tuple[tuple[Band, str], ...]:
    """The parts of "2 things stop you · 3 before you double to 80 users · 2 need you · 1 not checked"."""
    stop = found.count(Band.STOP)
    double = found.count(Band.BEFORE_YOU_DOUBLE)
    parts: list[tuple[Band, str]] = []
    parts.append(
        (
            Band.STOP,
            "1 thing stops you" if stop == 1 else f"{stop} things stop you" if stop else "Nothing stops you",
        )
    )
    if double:
        parts.append(
            (Band.BEFORE_YOU_DOUBLE, f"{double} before you double to {found.situation.horizon:,} users")
        )
    if soon := found.count(Band.SOON, Band.LATER):
        parts.append((Band.SOON, f"{soon} later"))
    if needs := found.count(Band.NEEDS_YOU):
        parts.append((Band.NEEDS_YOU, "1 needs you" if needs == 1 else f"{needs} need you"))
    if unknown := found.count(Band.NOT_CHECKED):
        parts.append((Band.NOT_CHECKED, f"{unknown} not checked"))
    return tuple(parts)
