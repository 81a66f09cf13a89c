"""Pools that are opened for one piece of work and closed after it."""

from __future__ import annotations

from lastmile_desktop.project.code.outline import Do, Outline, calls_within, steps_within

_ENDS = frozenset({"end", "close", "dispose", "destroy", "$disconnect", "disconnect"})


def is_closed_again(outline: Outline | None, line: int) -> bool:
    """Whether the function that opens a pool on this line closes it as well: it serves one question, once."""
    for function in outline.functions if outline is not None else ():
        names = {
            name
            for step in steps_within(function.body)
            if isinstance(step, Do) and any(call.span.line == line for call in step.calls)
            for name in step.targets
        }
        if any(
            call.root in names and call.links and call.links[-1].name in _ENDS
            for call in calls_within(function.body)
        ):
            return True
    return False
