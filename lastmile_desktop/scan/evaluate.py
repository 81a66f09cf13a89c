"""Asks every check what it says of a project view and what the engines found: raw findings become findings with
identity, and each check gets its grounds for a verdict. Pure but for reading excerpts of the tree."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from lastmile_desktop.core.check import Applies, Check, EngineName, TargetKind
from lastmile_desktop.core.evidence import Evidence, derived
from lastmile_desktop.core.finding import (
    Detection,
    Finding,
    Looked,
    NotApplicable,
    PassEvidence,
    RawFinding,
    Unknown,
)
from lastmile_desktop.core.fingerprint import fingerprint, numbered
from lastmile_desktop.core.health import EngineInfo
from lastmile_desktop.detectors.discover import detector_for
from lastmile_desktop.project.view import ProjectView
from lastmile_desktop.scan.excerpts import Excerpts
from lastmile_desktop.scan.left_out import without_trials, without_unused
from lastmile_desktop.scan.not_read import with_unread
from lastmile_desktop.scan.operators import of_makers

log = logging.getLogger(__name__)

OUTSIDE_ENGINES = frozenset(
    {
        EngineName.SEMGREP,
        EngineName.SECRETS,
        EngineName.MIGRATIONS,
        EngineName.MARKUP,
        EngineName.WORKFLOWS,
    }
)
_NOT_APPLICABLE_UNREAD = 3


@dataclass(frozen=True, slots=True)
class EngineReport:
    """What one outside engine says of the whole project at this moment, merged from all its runs."""

    info: EngineInfo
    findings: tuple[RawFinding, ...] = ()
    read: int = 0
    unread: Mapping[str, str] = field(default_factory=dict[str, str])
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """One check in one target: everything a verdict rests on but the history."""

    check: Check
    target: str
    findings: tuple[Finding, ...]
    passes: tuple[Evidence, ...]
    unknowns: tuple[Unknown, ...]
    looked: tuple[Looked, ...]
    not_applicable: NotApplicable | None
    needs_attestation: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What the outside engines say to one check: its findings, what they could not look at, and how many files each
    one that worked has read."""

    found: tuple[RawFinding, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    clean: tuple[tuple[EngineName, int], ...] = ()


def heard(checks: Iterable[Check], reports: Mapping[EngineName, EngineReport]) -> dict[str, Heard]:
    """What the engines say, by check."""
    found: dict[tuple[EngineName, str], list[RawFinding]] = {}
    for name, report in reports.items():
        for finding in report.findings:
            found.setdefault((name, finding.check_id), []).append(finding)
    unknowns = {name: _engine_unknowns(name, reports.get(name)) for name in OUTSIDE_ENGINES}
    said: dict[str, Heard] = {}
    for check in checks:
        needed = sorted(check.engines & OUTSIDE_ENGINES)
        said[check.id] = Heard(
            tuple(finding for name in needed for finding in found.get((name, check.id), ())),
            tuple(unknown for name in needed for unknown in unknowns[name]),
            tuple(
                (name, reports[name].read)
                for name in needed
                if name in reports and reports[name].info.health.ok
            ),
        )
    return said


def judge(check: Check, view: ProjectView, said: Heard, excerpts: Excerpts) -> tuple[Judged, ...]:
    """What this check says, one item a target. Never raises: a detector that fails makes its check unknown."""
    detection = _detect(check, view, said)
    if detection.not_applicable is not None:
        return (_blank(check, detection.not_applicable),)
    findings = _identified(check, view, detection.findings, excerpts)
    targets = _targets(check, view, detection, findings)
    return tuple(_for_target(check, target, view, detection, findings, excerpts) for target in targets)


def _detect(check: Check, view: ProjectView, said: Heard) -> Detection:
    excluded = _excluded(check.applies, view)
    if excluded is not None:
        return Detection(not_applicable=excluded)
    try:
        detector = detector_for(check.id)
        detection = detector.detect(view) if detector.detect else _from_coverage(said)
        detection = with_unread(check, view, detection)
        if detection.not_applicable is not None and not said.found:
            return detection
        refined = detector.refine(view, said.found) if detector.refine else said.found
        whole = replace(
            detection,
            findings=(*detection.findings, *refined),
            unknowns=(*said.unknowns, *detection.unknowns),
            not_applicable=None if refined else detection.not_applicable,
        )
        in_use = without_unused(check, view, without_trials(check, view, whole))
        return of_makers(check, view, in_use)
    except Exception as problem:  # noqa: BLE001 - a check that breaks is unknown, with the stack in the log
        log.error("check %s failed: %s", check.id, "".join(traceback.format_exception(problem)))
        return Detection(unknowns=(Unknown(f"This check broke on your project ({type(problem).__name__})."),))


def _excluded(applies: Applies, view: ProjectView) -> NotApplicable | None:
    for key in applies.none_of:
        fact = view.facts.first(key)
        if fact is not None:
            return NotApplicable(f"This does not arise here: {fact.key} is {fact.value}.", fact.evidence)
    if applies.any_of and not any(view.facts.has(key) for key in applies.any_of):
        return NotApplicable("Nothing in this project that the question is about.")
    return None


def _engine_unknowns(name: EngineName, report: EngineReport | None) -> tuple[Unknown, ...]:
    if report is None:
        return (Unknown(f"{name} has not run yet."),)
    if not report.info.health.ok:
        return (Unknown(report.info.health.reason or f"{name} did not work."),)
    return tuple(Unknown(f"{path}: {reason}", path) for path, reason in sorted(report.unread.items()))


def _from_coverage(said: Heard) -> Detection:
    """A check without a detector passes on coverage: files its engines read and found clean."""
    read = sum(count for _, count in said.clean)
    if not read:
        return Detection(not_applicable=NotApplicable("There is no file here that this check reads."))
    note = f"{read} files read by {', '.join(str(name) for name, _ in said.clean)}, nothing found"
    return Detection(passes=(PassEvidence(derived(note)),), looked=(Looked("files", read, read),))


def _blank(check: Check, why: NotApplicable) -> Judged:
    return Judged(check, ".", (), (), (), (), why, "")


def _identified(
    check: Check, view: ProjectView, raw: Iterable[RawFinding], excerpts: Excerpts
) -> tuple[Finding, ...]:
    ordered = sorted(set(raw), key=_place)
    known = {rule.id: rule for rule in check.rules}
    parts: list[Finding] = []
    for item in ordered:
        rule = known.get(item.rule)
        if rule is None:
            log.error(
                "a finding of %s names the rule %s, which the catalogue does not have", check.id, item.rule
            )
            continue
        target = item.target or _target_of(check, view, item.path)
        first = item.evidence[0] if item.evidence else derived("")
        parts.append(
            Finding(
                rule=item.rule,
                fingerprint=fingerprint(item.rule, target, first.path, item.symbol, excerpts.fault(first)),
                target=target,
                message=excerpts.redacted(item.message),
                severity=item.severity or rule.severity,
                confidence=item.confidence if item.confidence is not None else rule.confidence,
                evidence=tuple(excerpts.filled(evidence) for evidence in item.evidence),
            )
        )
    prints = numbered(part.fingerprint for part in parts)
    return tuple(replace(part, fingerprint=value) for part, value in zip(parts, prints, strict=True))


def _place(item: RawFinding) -> tuple[str, int, int, str, str, str]:
    first = item.evidence[0] if item.evidence else derived("")
    return (first.path, first.line_start, first.column, item.rule, item.symbol, item.message)


def _target_of(check: Check, view: ProjectView, path: str) -> str:
    if check.targets is TargetKind.PROJECT or not path:
        return "."
    return view.package_of(path).path


def _targets(
    check: Check, view: ProjectView, detection: Detection, findings: tuple[Finding, ...]
) -> tuple[str, ...]:
    named = {finding.target for finding in findings}
    named |= {item.target or _target_of(check, view, item.evidence.path) for item in detection.passes}
    named |= {item.target for item in detection.unknowns if item.target}
    return tuple(sorted(named)) or (".",)


def _for_target(
    check: Check,
    target: str,
    view: ProjectView,
    detection: Detection,
    findings: tuple[Finding, ...],
    excerpts: Excerpts,
) -> Judged:
    def here(path: str, named: str | None) -> bool:
        return (named or _target_of(check, view, path)) == target

    passes = [item.evidence for item in detection.passes if here(item.evidence.path, item.target)]
    unknowns = [
        item
        for item in detection.unknowns
        if (item.target is None and not item.path) or here(item.path, item.target)
    ]
    return Judged(
        check=check,
        target=target,
        findings=tuple(finding for finding in findings if finding.target == target),
        passes=tuple(excerpts.filled(item) for item in dict.fromkeys(passes)),
        unknowns=tuple(dict.fromkeys(unknowns)),
        looked=detection.looked,
        not_applicable=None,
        needs_attestation=detection.needs_attestation,
    )
