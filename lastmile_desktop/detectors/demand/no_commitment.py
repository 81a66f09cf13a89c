"""demand.no-commitment: whether anybody has given up something for it. Compliments do not count."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta

from lastmile_desktop.core.balance import Stage
from lastmile_desktop.core.conversation import Conversation, Ladder
from lastmile_desktop.core.evidence import Evidence, EvidenceKind
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.view import ProjectView

_CHECK = "demand.no-commitment"
_FEWEST_TALKS = 3
_LATER = (Stage.FIRST_USERS, Stage.PAYING, Stage.GROWING)
_STUCK_TALKS = 8
_STUCK = timedelta(days=30)
_RECENT = timedelta(days=14)
_FEWEST_COMMITS = 3
_ENOUGH_TIME = 3
_SCALE_WORK = re.compile(
    r"(?i)\b(?:kubernetes|k8s|helm|terraform|micro-?services?|shard(?:ing|ed)?|read replicas?|multi-region|"
    r"load test(?:s|ing)?|autoscal\w{0,6}|rate limit(?:er|ing)? cluster|event sourcing|redis cluster)\b"
)


def detect(view: ProjectView) -> Detection:
    talks = tuple(talk for talk in view.talks if talk.role.is_customer)
    if view.build_talk.stage is Stage.HOBBY:
        return Detection(not_applicable=NotApplicable("You said this one is for fun."))
    if len(talks) < _FEWEST_TALKS and view.build_talk.stage not in _LATER:
        return Detection(
            not_applicable=NotApplicable(
                "Fewer than three conversations: it is too early to ask for anything."
            )
        )
    findings = tuple(_findings(view, talks))
    proof = _proof(talks)
    return Detection(
        findings=findings,
        passes=(PassEvidence(_evidence(proof)),) if proof and not findings else (),
        unknowns=()
        if proof or findings
        else (Unknown("Some people gave time; it is too early to say more."),),
        looked=(Looked("conversations with possible customers", len(talks), len(talks)),),
    )


def _findings(view: ProjectView, talks: Sequence[Conversation]) -> Iterator[RawFinding]:
    levels = {talk.commitment.level for talk in talks}
    if not levels & {Ladder.TIME, Ladder.REPUTATION, Ladder.MONEY}:
        message = (
            f"{len(talks)} people told you about it, and nobody has given up time, reputation or money for it."
            if talks
            else "The log holds no conversation, so nobody has given up anything for it that you could show."
        )
        yield _finding("ladder-empty", message)
    elif levels <= {Ladder.NONE, Ladder.TIME} and len(talks) > _STUCK_TALKS and _age(view, talks) > _STUCK:
        yield _finding(
            "stuck-at-time",
            f"{len(talks)} conversations in {_age(view, talks).days} days, and the most anybody gave is their time.",
        )
    if Ladder.MONEY not in levels and view.build_talk.stage is not Stage.GROWING:
        work = [
            commit.subject
            for commit in view.git.commits
            if view.now - commit.when < _RECENT and _SCALE_WORK.search(commit.subject)
        ]
        if len(work) >= _FEWEST_COMMITS:
            yield _finding(
                "no-money-before-scale-work",
                f"{len(work)} commits of the last two weeks prepare for many users, and nobody has paid yet "
                f"(“{work[0][:60]}”).",
            )


def _age(view: ProjectView, talks: Sequence[Conversation]) -> timedelta:
    return view.now - min(talk.when for talk in talks)


def _proof(talks: Sequence[Conversation]) -> str:
    """What somebody gave, when it is enough to go on. Names nobody: a scan is kept after a person was forgotten."""
    money = {talk.person for talk in talks if talk.commitment.level is Ladder.MONEY}
    if money:
        return f"{len(money)} {'person' if len(money) == 1 else 'people'} gave money"
    names = {talk.person for talk in talks if talk.commitment.level is Ladder.REPUTATION}
    time = {talk.person for talk in talks if talk.commitment.level is Ladder.TIME} | names
    if names and len(time) >= _ENOUGH_TIME:
        return f"{len(time)} people gave time, {len(names)} of them their name"
    return ""


def _finding(rule: str, message: str) -> RawFinding:
    return RawFinding(f"{_CHECK}/{rule}", message, (_evidence("the conversation log"),), symbol=rule)


def _evidence(note: str) -> Evidence:
    return Evidence(EvidenceKind.DERIVED, note=note)
