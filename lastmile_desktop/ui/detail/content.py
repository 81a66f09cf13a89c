"""What the detail of a check says, worked out from the verdict. Pure: the view only lays it out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lastmile_desktop.core.check import Check, EngineName
from lastmile_desktop.core.checklist import Row
from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.evidence import Evidence
from lastmile_desktop.core.finding import Finding, Life
from lastmile_desktop.core.health import EngineInfo
from lastmile_desktop.core.verdict import NO_POSITIVE_EVIDENCE, State, Verdict
from lastmile_desktop.ui.language import counted, tr
from lastmile_desktop.ui.phrases import days_ago, engine_title, moment, seen_since, takes_about

_MOST_LISTED = 5
_OUTSIDE = frozenset({EngineName.PROBE, EngineName.AUDIT, EngineName.ATTESTATION, EngineName.DETECTOR})


@dataclass(frozen=True, slots=True)
class Place:
    """A finding or a proof with the founder's own lines."""

    message: str
    path: str = ""
    line_start: int = 0
    line_end: int = 0
    snippet: str = ""
    snippet_start: int = 0
    fingerprint: str = ""
    first_seen: str = ""


@dataclass(frozen=True, slots=True)
class FactLine:
    name: str
    text: str


class Mend(StrEnum):
    """What can be done about a check that could not look."""

    NONE = ""
    ENGINES = "engines"
    SCAN = "scan"


@dataclass(frozen=True, slots=True)
class Detail:
    row: Row
    check: Check
    title: str
    bites: str
    places: tuple[Place, ...]
    facts: tuple[FactLine, ...]
    can_fix: bool
    can_suppress: bool
    can_lift: bool
    can_attest: bool
    mend: Mend
    proven: bool


@dataclass(frozen=True, slots=True)
class Around:
    """What the detail needs beside the verdict."""

    engines: tuple[EngineInfo, ...]
    conversations: tuple[Conversation, ...]
    now: datetime
    minutes: int | None = None


def detail(row: Row, verdict: Verdict, check: Check, around: Around) -> Detail:
    gap = verdict.state is State.GAP
    return Detail(
        row=row,
        check=check,
        title=row.title,
        bites="" if verdict.state in (State.PASSED, State.NOT_APPLICABLE) else check.bites,
        places=_places(verdict),
        facts=tuple(line for line in _facts(verdict, check, around) if line.text),
        can_fix=verdict.state in (State.GAP, State.NEEDS_ATTESTATION, State.SUPPRESSED),
        can_suppress=gap,
        can_lift=verdict.state is State.SUPPRESSED,
        can_attest=check.attestation is not None and verdict.state in (State.NEEDS_ATTESTATION, State.PASSED),
        mend=_mend(verdict, check, around.engines),
        proven=verdict.state is State.PASSED,
    )


def _places(verdict: Verdict) -> tuple[Place, ...]:
    if verdict.state is State.PASSED:
        return tuple(_of_evidence(item) for item in verdict.passes if item.snippet)
    findings = verdict.gaps or tuple(item for item in verdict.findings if item.life is Life.SUPPRESSED)
    worst_first = sorted(findings, key=lambda item: -item.severity.weight * item.confidence)
    return tuple(_of_finding(item) for item in worst_first)


def _of_finding(finding: Finding) -> Place:
    where = finding.evidence[0] if finding.evidence else None
    place = _of_evidence(where) if where else Place("")
    return Place(
        finding.message,
        place.path,
        place.line_start,
        place.line_end,
        place.snippet,
        place.snippet_start,
        finding.fingerprint,
        finding.first_seen,
    )


def _of_evidence(item: Evidence) -> Place:
    return Place(
        item.note,
        item.path,
        item.line_start,
        item.line_end or item.line_start,
        item.snippet,
        item.snippet_start or item.line_start,
    )


def _facts(verdict: Verdict, check: Check, around: Around) -> Iterable[FactLine]:
    if verdict.state is State.PASSED:
        yield FactLine(tr("What proves it"), _listed(_proof(item) for item in verdict.passes))
    if verdict.state is State.NOT_APPLICABLE:
        proofs = [_proof(item) for item in verdict.passes]
        yield FactLine(tr("Why not"), _listed([verdict.reason, *proofs]))
    if verdict.state is State.UNKNOWN:
        yield FactLine(tr("Why not checked"), _why_unknown(verdict))
    elif verdict.unknowns:
        yield FactLine(tr("Not looked at"), _unread(verdict))
    if verdict.state is State.NEEDS_ATTESTATION:
        yield FactLine(tr("Why you"), verdict.reason)
    if verdict.state is State.SUPPRESSED:
        reasons = dict.fromkeys(item.suppression for item in verdict.findings if item.suppression)
        yield FactLine(tr("Your reason"), _listed(reasons))
    if verdict.state is not State.PASSED:
        yield FactLine(tr("Counts as fixed"), check.passes)
    yield FactLine(tr("Looked at"), _looked(verdict, check, around.engines))
    yield FactLine(tr("First seen"), _first_seen(verdict, around.now))
    yield FactLine(tr("A customer said"), _listed(_quotes(check, around)))
    if verdict.state in (State.GAP, State.NEEDS_ATTESTATION, State.SUPPRESSED):
        yield FactLine(tr("Takes about"), takes_about(check.effort, around.minutes))


def _listed(items: Iterable[str]) -> str:
    texts = [text for text in dict.fromkeys(items) if text]
    if len(texts) > _MOST_LISTED:
        rest = counted(len(texts) - _MOST_LISTED, "and {n} more", "and {n} more")
        texts = [*texts[:_MOST_LISTED], rest]
    return "\n".join(texts)


def _proof(item: Evidence) -> str:
    place = f"{item.path}:{item.line_start}" if item.path and item.line_start else item.path
    return f"{item.note} ({place})" if item.note and place else item.note or place


def _why_unknown(verdict: Verdict) -> str:
    if verdict.reason == NO_POSITIVE_EVIDENCE:
        return tr("Nothing was found, and nothing proves that it is right either.")
    return _unread(verdict) or verdict.reason


def _unread(verdict: Verdict) -> str:
    return _listed(f"{item.path}: {item.reason}" if item.path else item.reason for item in verdict.unknowns)


def _looked(verdict: Verdict, check: Check, engines: tuple[EngineInfo, ...]) -> str:
    parts = [
        tr("{seen} of {total} {things}", seen=f"{item.seen:,}", total=f"{item.total:,}", things=item.noun)
        for item in verdict.looked
    ]
    asked = [engine for engine in engines if engine.name in check.engines - _OUTSIDE]
    broken = [engine for engine in asked if not engine.health.ok]
    if broken:
        parts += [tr("{engine} did not run", engine=engine_title(engine.name)) for engine in broken]
    elif asked:
        parts.append(counted(len(asked), "{n} outside engine ok", "{n} outside engines ok"))
    return " · ".join(parts)


def _first_seen(verdict: Verdict, now: datetime) -> str:
    seen = [when for item in verdict.gaps if (when := moment(item.first_seen))]
    return seen_since(min(seen), now) if seen else ""


def _quotes(check: Check, around: Around) -> Iterable[str]:
    for talk in around.conversations:
        if check.id in talk.checks:
            named = [quote.text for quote in talk.quotes if check.id in quote.linked_checks]
            others = [quote.text for quote in talk.quotes]
            words = " ".join(next(filter(None, (*named, talk.said, *others)), "").split())
            short = words if len(words) <= 140 else words[:139].rstrip() + "…"
            when = days_ago((around.now.date() - talk.when.astimezone(around.now.tzinfo).date()).days)
            yield f"“{short}” {talk.person}, {when}"


def _mend(verdict: Verdict, check: Check, engines: tuple[EngineInfo, ...]) -> Mend:
    if verdict.state is not State.UNKNOWN:
        return Mend.NONE
    if any(engine.name in check.engines and not engine.health.ok for engine in engines):
        return Mend.ENGINES
    return Mend.SCAN
