"""What a function does with whatever it is handed, when nobody is seen to hand it anything."""

from __future__ import annotations

from lastmile_desktop.project.code.expression import HOLE
from lastmile_desktop.project.code.outline import Function, Outline
from lastmile_desktop.project.models.inputs.visitor_text import Walk
from lastmile_desktop.project.models.walk.held import TEXT, Held
from lastmile_desktop.project.models.walk.parameters import names


def settled_in(outline: Outline, function: Function) -> frozenset[tuple[str, int]]:
    """The dangerous calls of a function, by kind and line, that its own tests and changes keep from harm, whatever it
    is given."""
    walk = Walk(outline)
    given = {local: Held(TEXT, HOLE) for param in function.params for local in names(param)}
    walk.read_given(function, given)
    risky = {(item.kind, item.line) for item in walk.found}
    return frozenset((item.kind, item.line) for item in walk.settled - walk.unsure) - risky
