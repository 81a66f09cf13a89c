"""demand.no-conversations: hours of building against hours with the people it is for.

States what the log and git say, then leaves it at that: no blame, no comparison with anyone.
"""

from __future__ import annotations

from lastmile_desktop.core.balance import BuildTalk, Signal, Stage
from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, EvidenceKind
from lastmile_desktop.core.finding import (
    Detection,
    Looked,
    NotApplicable,
    PassEvidence,
    RawFinding,
    Unknown,
)
from lastmile_desktop.project.policy import PROJECT_DIR
from lastmile_desktop.project.view import ProjectView

_CHECK = "demand.no-conversations"
_ENOUGH_BUILDING_HOURS = 10
_LANE_FILE = f"{PROJECT_DIR}/lane.toml"
_ENOUGH_TALKS = {Stage.FIRST_USERS: 3, Stage.PAYING: 2, Stage.GROWING: 2}
_ENOUGH_TALKS_EARLY = 5


def detect(view: ProjectView) -> Detection:
    talk = view.build_talk
    stage = view.facts.first("profile.stage")
    if talk.stage is Stage.HOBBY:
        reason = "You said this one is for fun. Nothing to report, enjoy building."
        return Detection(not_applicable=NotApplicable(reason, stage.evidence if stage else None))
    if not talk.known:
        reason = view.git.reason or "git cannot be read here."
        return Detection(unknowns=(Unknown(f"How long you have been building cannot be told: {reason}"),))
    if talk.build_hours < _ENOUGH_BUILDING_HOURS:
        if view.git.shallow:
            reason = "Only a part of the git history is here, so your hours of building cannot be told."
            return Detection(unknowns=(Unknown(reason),))
        hours = _hours(talk.build_hours)
        reason = f"{hours} of building in the last {talk.days} days: nothing to report. Enjoy building."
        return Detection(not_applicable=NotApplicable(reason, _evidence(talk)))
    findings = _findings(view, talk)
    return Detection(
        findings=findings,
        passes=() if findings else (PassEvidence(_evidence(talk)),),
        looked=(Looked("conversations with possible customers", talk.ever, talk.ever),),
    )


def _findings(view: ProjectView, talk: BuildTalk) -> tuple[RawFinding, ...]:
    built = f"In the last {talk.days} days you built for {_hours(talk.build_hours)}"
    if talk.ever == 0:
        message = f"{built}, and no conversation with a possible customer is in the log yet."
        return (_finding("none-ever", message, talk),)
    if talk.conversations == 0:
        ago = f"{talk.days_since_last_talk} days ago" if talk.days_since_last_talk else "before that"
        message = f"{built}; the last conversation with a possible customer was {ago}."
        return (_finding("gone-quiet", message, talk),)
    wanted = _ENOUGH_TALKS.get(talk.stage, _ENOUGH_TALKS_EARLY)
    off_lane = _LANE_FILE in view.tree and talk.in_lane * 2 < talk.conversations
    if talk.conversations >= wanted and not off_lane:
        return ()
    spoke = f"{built} and spoke with {_people(talk.conversations)} who could be customers"
    if talk.signal in (Signal.SKEWED, Signal.WATCH):
        severity = None if talk.signal is Signal.SKEWED else Severity.MEDIUM
        share = f"{talk.balance:.0%} of the time went to them"
        return (_finding("selling-last", f"{spoke}: {share}.", talk, severity),)
    if off_lane:
        message = f"{spoke}, but fewer than half of them are who you say it is for."
        return (_finding("selling-last", message, talk, Severity.LOW),)
    return ()


def _finding(rule: str, message: str, talk: BuildTalk, severity: Severity | None = None) -> RawFinding:
    return RawFinding(f"{_CHECK}/{rule}", message, (_evidence(talk),), symbol=rule, severity=severity)


def _evidence(talk: BuildTalk) -> Evidence:
    note = f"{talk.days} days: {_hours(talk.build_hours)} building, {_talks(talk.conversations)}"
    return Evidence(EvidenceKind.GIT, note=note)


def _hours(hours: float) -> str:
    return "1 hour" if round(hours) == 1 else f"{hours:.0f} hours"


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _talks(count: int) -> str:
    return "1 conversation" if count == 1 else f"{count} conversations"
