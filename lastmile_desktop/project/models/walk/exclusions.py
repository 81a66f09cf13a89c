"""Arms of a test that do nothing but say no: `if (user.id === me.id) throw new Error("You cannot remove yourself")`.

What such an arm knows about whose row it is says nothing about the rows that the other one goes on with.
"""

from __future__ import annotations

import re

from lastmile_desktop.project.code.outline import Branch, Do, Exit, Leave, Step, calls_within

_SAYS_NO = re.compile(
    r"\b4\d\d\b|error|cannot|can't|can’t|not allowed|yourself|your own|BAD_REQUEST|CONFLICT|FORBIDDEN",
    re.IGNORECASE,
)
_STOPS = re.compile(r"(?:^|\.)(?:abort|error|redirect|notFound|forbidden|unauthorized)$")
_FEW = 3
_GOES_ELSEWHERE = re.compile(r"(?:^|\.)(?:redirect|abort|flash|messages\.error)\(", re.IGNORECASE)


def refused(step: Branch) -> tuple[bool, bool]:
    """Whether the one arm, or the other, only refuses."""
    found = _refuses(step.then), _refuses(step.orelse)
    return (False, False) if all(found) else found


def _refuses(steps: tuple[Step, ...]) -> bool:
    last = steps[-1] if steps else None
    if len(steps) > _FEW or not isinstance(last, Leave | Do):
        return False
    if isinstance(last, Do):
        return any(_STOPS.search(call.callee) for call in last.calls)
    if last.how is Exit.THROW:
        return True
    said = last.value.text if last.value is not None else ""
    told = [f"{call.callee}({', '.join(arg.text for arg in call.args)})" for call in calls_within(steps)]
    return any(_SAYS_NO.search(text) or _GOES_ELSEWHERE.search(text) for text in (said, *told))
