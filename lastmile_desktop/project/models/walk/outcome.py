"""What a helper's result says about the caller, judged by the ways it comes back."""

from __future__ import annotations

import re
from dataclasses import replace

from lastmile_desktop.project.models.guards.verifiers import Authority
from lastmile_desktop.project.models.routes.model import GuardStrength
from lastmile_desktop.project.models.walk.flow import Completion, State, merge
from lastmile_desktop.project.models.walk.proofs import PROVEN
from lastmile_desktop.project.models.walk.taint import CLEAN, Label, Passed, Taint

_FAILURE_VALUE = re.compile(
    r"^(?:null|undefined|false|None|False|''|\"\"|\[\]|\{\}|)$|"
    r"\b(?:401|403|404|400|429|500|503)\b|unauthori[sz]ed|forbidden|redirect|error|fail|invalid|not found|denied|"
    r"(?:ok|success|valid|authorized|authenticated|isValid|allowed|isAdmin)['\"]?\s*[:=]\s*(?:false|False)|"
    r"(?:user|session|userId|user_id|payload|profile)['\"]?\s*[:=]\s*(?:null|None|undefined)|^\(?None\b|^\[?null\b",
    re.IGNORECASE,
)
_TEXT = re.compile(r"^(?:'[^']*'|\"[^\"]*\"|`[^`]*`)$")
_NO_MEMBERS = re.compile(r"^\{\s*\}")
_NOTHING_VALUE = re.compile(r"^(?:null|undefined|None|true|True|)$")


def outcome(completions: list[Completion], before: State, name: str) -> Taint:
    """Its values, and whether a good one means that the caller was verified (`IDENTITY`) or a given one that they
    were not (`FAILURE`)."""
    taint = CLEAN
    for completion in completions:
        taint |= completion.taint
    if taint.text:
        taint = replace(taint, text="")
    judged = _judged(taint, completions, before, name)
    if judged.labels & Label.IDENTITY and not before.guarded and all(map(_wraps, completions)):
        judged = replace(judged, labels=judged.labels | Label.WRAPPED)
    return replace(judged, passed=_passed(completions, before))


def _judged(taint: Taint, completions: list[Completion], before: State, name: str) -> Taint:
    leads = _leads(completions, before)
    if before.guarded:
        return replace(taint, labels=taint.labels | leads)
    good = [item for item in completions if item.state.guarded or item.taint.labels & PROVEN]
    spoken = [item for item in good if _TEXT.match(item.text)]
    if len(spoken) < len(good):
        # `return "Please sign in."` beside `return token`: a text is how it says no.
        good = [item for item in good if item not in spoken]
    bad = [item for item in completions if item not in good]
    if not good or not bad:
        return replace(taint, via=name) if taint.labels & (PROVEN | Label.CLAIMED) else taint
    worded = not any(_TEXT.match(item.text) for item in good)
    if all(_refuses(item, worded) for item in bad):
        labels = _verdict(good, bad) | leads
        if worded and any(_TEXT.match(item.text) for item in bad):
            labels |= Label.WORDED
        return Taint(labels, taint.origins, taint.rows, taint.client, via=name)
    if all(item.state.guarded for item in good):
        return replace(taint, labels=taint.labels & ~PROVEN, via=name)
    return replace(taint, via=name)


def _wraps(completion: Completion) -> bool:
    """`return { session, user }`: an object, also when there is no user in it."""
    text = completion.text.lstrip("( ")
    return text.startswith("{") and not _NO_MEMBERS.match(text)


def _refuses(completion: Completion, worded: bool) -> bool:
    plain = _FAILURE_VALUE.search(completion.text) or completion.taint.labels & Label.FAILURE
    return bool(plain or (worded and _TEXT.match(completion.text)))


def _passed(completions: list[Completion], before: State) -> Passed | None:
    """What every good answer has shown. A good one is something, or nothing where all others are refusals."""
    nothing = [item for item in completions if _NOTHING_VALUE.match(item.text)]
    refused = [item for item in completions if item not in nothing and _FAILURE_VALUE.search(item.text)]
    good = [item for item in completions if item not in nothing and item not in refused]
    good, bad = (good, [*nothing, *refused]) if good else (nothing, refused)
    if not good:
        return None
    handed = [item.taint.passed for item in good]
    if not bad:
        return handed[0] if all(item == handed[0] for item in handed) else None
    state = replace(good[0].state, left=False)
    for item in good[1:]:
        state = merge(state, replace(item.state, left=False))
    first = handed[0] if all(item == handed[0] for item in handed) else None
    authorised = state.authorised - before.authorised
    admin = state.admin if state.admin > before.admin else Authority.NONE
    if first is not None and first.label is Label.IDENTITY:
        authorised, admin = authorised | first.authorised, max(admin, first.admin)
    # Beside `return false`, a good answer is `true`, and nothing is one that says no.
    answers = good is nothing and not all(item.text in ("false", "False") for item in bad)
    label = Label.FAILURE if answers else Label.IDENTITY
    tied = frozenset[str]().union(*(item.state.authorised | item.state.likely for item in good))
    likely = tied - before.authorised - before.likely - authorised
    return Passed(label, authorised, admin, likely) if authorised or admin or likely else None


def _leads(completions: list[Completion], before: State) -> Label:
    """Whether one way to a good answer asks no more than that the caller keeps some account of their own."""
    held = any(
        item.state.leads and not item.state.admin and not _FAILURE_VALUE.search(item.text)
        for item in completions
    )
    return Label.LEADS if held and not before.leads else Label.NONE


def _verdict(good: list[Completion], bad: list[Completion]) -> Label:
    nothing = all(_NOTHING_VALUE.match(item.text) for item in good)
    something = not any(_NOTHING_VALUE.match(item.text) or item.text in ("false", "False") for item in bad)
    label = Label.FAILURE if nothing and something else Label.IDENTITY
    strengths = {guard.strength for item in good for guard in item.state.guards}
    return label | Label.SIGNATURE if GuardStrength.SIGNATURE in strengths else label
