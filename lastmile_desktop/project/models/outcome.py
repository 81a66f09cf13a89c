"""What a helper's result says about the caller, judged by the ways it comes back."""

from __future__ import annotations

import re
from dataclasses import replace

from lastmile_desktop.project.models.flow import Completion, State
from lastmile_desktop.project.models.proofs import PROVEN
from lastmile_desktop.project.models.routes import GuardStrength
from lastmile_desktop.project.models.taint import CLEAN, Label, Taint

_FAILURE_VALUE = re.compile(
    r"^(?:null|undefined|false|None|False|''|\"\"|\[\]|\{\}|)$|"
    r"\b(?:401|403|404|400|429|500|503)\b|unauthori[sz]ed|forbidden|redirect|error|fail|invalid|not found|denied|"
    r"(?:ok|success|valid|authorized|authenticated|isValid|allowed|isAdmin)['\"]?\s*[:=]\s*(?:false|False)|"
    r"(?:user|session|userId|user_id|payload|profile)['\"]?\s*[:=]\s*(?:null|None|undefined)|^\(?None\b|^\[?null\b",
    re.IGNORECASE,
)
_NOTHING_VALUE = re.compile(r"^(?:null|undefined|None|true|True|)$")


def outcome(completions: list[Completion], before: State, name: str) -> Taint:
    """Its values, and whether a good one means that the caller was verified (`IDENTITY`) or a given one that they
    were not (`FAILURE`)."""
    taint = CLEAN
    for completion in completions:
        taint |= completion.taint
    if taint.text:
        taint = replace(taint, text="")
    leads = _leads(completions, before)
    if before.guarded:
        return replace(taint, labels=taint.labels | leads)
    good = [item for item in completions if item.state.guarded or item.taint.labels & PROVEN]
    bad = [item for item in completions if item not in good]
    if not good or not bad:
        return replace(taint, via=name) if taint.labels & (PROVEN | Label.CLAIMED) else taint
    if all(_FAILURE_VALUE.search(item.text) or item.taint.labels & Label.FAILURE for item in bad):
        return Taint(_verdict(good, bad) | leads, taint.origins, taint.rows, taint.client, via=name)
    if all(item.state.guarded for item in good):
        return replace(taint, labels=taint.labels & ~PROVEN, via=name)
    return replace(taint, via=name)


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
