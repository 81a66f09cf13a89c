"""What the lane decides, beside what the code does: the five choices, as the check of the lane sees them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QVBoxLayout, QWidget

from lastmile_desktop.core.lane import Lane
from lastmile_desktop.core.notebook import Notebook
from lastmile_desktop.core.verdict import State, Verdict
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import label
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.span_text import Span, SpanText

CHECK = "demand.lane-build-mismatch"


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that is built differently for another lane: `rules` of the check judge it, `decided` tells whether
    the founder has said enough for that, `open_until` what is missing."""

    title: str
    rules: frozenset[str]
    decided: Callable[[Lane, Notebook], bool]
    open_until: str


CHOICES = (
    Choice(
        "Data model",
        frozenset(("solo-overbuilt", "enterprise-underbuilt")),
        lambda lane, _: lane.company_size is not None,
        "Say how many people work there.",
    ),
    Choice(
        "Integrations",
        frozenset(("integrations",)),
        lambda lane, _: bool(lane.must_integrate),
        "Say what it must work with.",
    ),
    Choice(
        "First steps",
        frozenset(("onboarding",)),
        lambda lane, _: lane.first_value_minutes is not None,
        "Say within how many minutes it must be of use.",
    ),
    Choice(
        "Pricing",
        frozenset(("pricing",)),
        lambda lane, _: lane.price.amount is not None,
        "Say what it costs.",
    ),
    Choice(
        "Words on the buttons",
        frozenset(("words",)),
        lambda _, notebook: any(term.theirs and term.generic for term in notebook.terms),
        "Write down, below, what they call things and what others call them.",
    ),
)


def fit(choice: Choice, verdict: Verdict, lane: Lane, notebook: Notebook) -> Span:
    """What the last scan says of a choice."""
    found = [item.message for item in verdict.gaps if item.rule.rpartition("/")[2] in choice.rules]
    if found:
        return Span(" ".join(found), "soon")
    if not choice.decided(lane, notebook):
        return Span(tr(choice.open_until), "secondary")
    return Span(tr("Nothing in the code speaks against it."), "secondary")


class LaneFit(QWidget):
    """Hidden until there are a lane and a scan that has judged it."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._lines = [SpanText(context.theme) for _ in CHOICES]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 8)
        column.setSpacing(4)
        column.addWidget(label(tr("What it decides, and what the code does"), "strong"))
        for choice, line in zip(CHOICES, self._lines, strict=True):
            line.setObjectName(f"lane_fit_{min(choice.rules)}")
            column.addWidget(line)
        state = context.state
        for changed in (state.plans_changed, state.checklist_changed, state.notebook_changed):
            changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        state = self._context.state
        lane, verdict = state.plans.lane, self._judged()
        shown = lane is not None and not lane.problem_with_file and verdict is not None
        self.setVisible(shown)
        if lane is None or verdict is None or not shown:
            return
        for choice, line in zip(CHOICES, self._lines, strict=True):
            line.set_spans(
                Span(tr(choice.title), bold=True), Span("  "), fit(choice, verdict, lane, state.notebook)
            )

    def _judged(self) -> Verdict | None:
        scan = self._context.state.scan
        verdict = scan.verdict(CHECK) if scan is not None else None
        unjudged = verdict is None or verdict.state in (State.UNKNOWN, State.NOT_APPLICABLE)
        return None if unjudged else verdict
