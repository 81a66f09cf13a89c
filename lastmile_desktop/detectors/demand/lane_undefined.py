"""demand.lane-undefined: whether it is written down who this is for, and what it says no to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from lastmile_desktop.core.balance import Stage
from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.core.lane import Lane
from lastmile_desktop.project.git_facts import GitFacts
from lastmile_desktop.project.lane import LANE_FILE, lane_of
from lastmile_desktop.project.models.usage.purpose import for_whom, template
from lastmile_desktop.project.view import ProjectView

_CHECK = "demand.lane-undefined"
_FEWEST_NOS = 2
_FEWEST_PROOFS = 3
_OLD = timedelta(days=120)
_OUTSIDE = 5
# Words that leave nobody out. A lane of these alone is none.
_ANYONE = re.compile(
    r"(?i)^(?:all|any|every|the|small|medium|sized?|large|local|modern|busy|other|general|various|and|or|of|"
    r"with|who|"
    r"everyone|everybody|anyone|anybody|people|persons?|users?|customers?|clients?|consumers?|individuals?|"
    r"humans?|"
    r"business(?:es)?|compan(?:y|ies)|teams?|organi[sz]ations?|enterprises?|startups?|founders?|professionals?|"
    r"smbs?|smes?|b2b|b2c|industr(?:y|ies)|markets?|saas|internet|world)$"
)


def detect(view: ProjectView) -> Detection:
    if view.build_talk.stage is Stage.HOBBY:
        return Detection(not_applicable=NotApplicable("You said this one is for fun."))
    lane = lane_of(view)
    if lane is None:
        return _missing(view)
    if lane.problem_with_file:
        return Detection(unknowns=(Unknown(lane.problem_with_file, LANE_FILE),))
    findings = tuple(_findings(view, lane))
    lacking = _lacking(lane)
    return Detection(
        findings=findings,
        passes=()
        if findings or lacking
        else (PassEvidence(at(LANE_FILE, lane.line("for_who"), note=_short(lane.for_who or lane.industry))),),
        unknowns=()
        if findings or not lacking
        else (Unknown(f"{LANE_FILE} does not say {lacking}.", LANE_FILE),),
        looked=(Looked("things the lane says no to", len(lane.says_no_to), len(lane.says_no_to)),),
    )


def _missing(view: ProjectView) -> Detection:
    """A text that says for whom it is answers half of the question, and is no gap."""
    said = for_whom(view)
    if said is None:
        made_to_be_copied = template(view)
        message = "No text of the project says who this is for, or what you say no to."
        place = made_to_be_copied.place if made_to_be_copied else derived("no lane is written down")
        # What nobody wrote down may well be decided: a note, until somebody who knows says more.
        note = RawFinding(f"{_CHECK}/missing", message, (place,), severity=Severity.INFO)
        return Detection(findings=(note,), unknowns=(Unknown("Nobody wrote down who this is for.", ""),))
    message = (
        f"{said.path} says who this is for (“{said.words}”)"
        f"; who buys it, what they use today and what you say no to "
        f"are not written down in {LANE_FILE}."
    )
    return Detection(
        findings=(RawFinding(f"{_CHECK}/missing", message, (said.place,), severity=Severity.INFO),),
        unknowns=(
            Unknown(f"{said.path} says who this is for, and no text says what you say no to.", said.path),
        ),
    )


def _findings(view: ProjectView, lane: Lane) -> Iterator[RawFinding]:
    if is_vague(lane):
        said = _short(lane.for_who or lane.industry) or "nothing"
        yield RawFinding(
            f"{_CHECK}/vague",
            f"The lane says “{said}”, which leaves nobody out.",
            (at(LANE_FILE, lane.line("for_who" if lane.for_who else "industry")),),
            symbol="for_who",
        )
    if len(lane.says_no_to) < _FEWEST_NOS:
        yield RawFinding(
            f"{_CHECK}/no-nos",
            f"The lane names {len(lane.says_no_to)} things you say no to; fewer than two keep nothing out.",
            (at(LANE_FILE, lane.line("says_no_to")),),
            symbol="says_no_to",
        )
    touched = _touched(view.git)
    if touched is None:
        return
    outside = [talk for talk in view.talks if talk.in_lane is False and talk.when > touched]
    if view.now - touched > _OLD and len(outside) >= _OUTSIDE:
        yield RawFinding(
            f"{_CHECK}/stale",
            f"The lane is {(view.now - touched).days} days old, and {len(outside)} conversations since were with "
            "people outside it.",
            (at(LANE_FILE, 1),),
            symbol="stale",
        )


def _touched(git: GitFacts) -> datetime | None:
    """When the lane was last committed, None when the newest commits do not tell."""
    sha = next((change.sha for change in git.changes if change.path == LANE_FILE), None)
    return next((commit.when for commit in git.commits if commit.sha == sha), None)


def is_vague(lane: Lane) -> bool:
    """Whether it would fit nearly anyone. A job or a situation is as good as an industry."""
    words = re.findall(r"[A-Za-zÀ-ÿ]+", f"{lane.for_who} {lane.industry}")
    return all(_ANYONE.match(word) or len(word) < 3 for word in words)


def _lacking(lane: Lane) -> str:
    """What is still missing for a lane that checks can hold the code against, "" when nothing is."""
    absent = [
        name
        for name, said in (
            ("how large the companies are", lane.company_size is not None or "first-time" in lane.for_who),
            ("who buys", lane.buyer),
            ("who uses it", lane.user),
            ("the problem", lane.problem),
            ("three conversations it rests on", len(lane.evidence) >= _FEWEST_PROOFS),
        )
        if not said
    ]
    return ", ".join(absent)


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"
