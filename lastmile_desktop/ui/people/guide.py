"""Before and after a talk: what to learn, what to ask, what turned out true."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lastmile_desktop.core.commands import KeepRecord, ReadPlans
from lastmile_desktop.core.notebook import GuideQuestion
from lastmile_desktop.talks.guide import Guide, guide
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import Button, clear, label, on_click
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.people.assumptions import Assumptions
from lastmile_desktop.ui.people.goals import Goals
from lastmile_desktop.ui.people.questions import Questions
from lastmile_desktop.ui.people.tab import Tab, scrolled
from lastmile_desktop.ui.span_text import paragraph
from lastmile_desktop.ui.text_button import TextButton

_WIDEST = 720


class GuideTab(Tab):
    """`talk_wanted` asks for a talk that is cited."""

    talk_wanted = Signal(int)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._guide: Guide | None = None
        self._shipped = QWidget()
        shipped = QVBoxLayout(self._shipped)
        shipped.setContentsMargins(0, 0, 0, 0)
        shipped.setSpacing(4)
        self._goals = Goals(context)
        self._questions = Questions(context)
        self._assumptions = Assumptions(context)
        self._assumptions.talk_wanted.connect(self.talk_wanted)
        self._copy = Button(context.theme, tr("Copy the whole guide"), "", "copy", "guide_copy")
        on_click(self._copy, self._copy_guide)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolled(self._body()))
        context.state.plans_changed.connect(self.refresh)
        self.refresh()

    def shown(self) -> None:
        self._context.submit(ReadPlans())

    def take_focus(self) -> None:
        self._copy.setFocus()

    def refresh(self) -> None:
        lane = self._context.state.plans.lane
        found = guide(lane.problem if lane else "")
        if found == self._guide:
            return
        self._guide = found
        clear(self._shipped)
        column = self._shipped.layout()
        assert isinstance(column, QVBoxLayout)
        theme = self._context.theme
        for section in found.sections:
            heading = label(section.title, "strong")
            heading.setContentsMargins(0, 8, 0, 0)
            column.addWidget(heading)
            column.addWidget(paragraph(theme, section.hint, "small", "secondary"))
            for question in section.questions:
                take = TextButton(
                    theme, tr("Take over: {question}", question=question), "step", "guide_take", (8, 4, 8, 4)
                )
                take.say(question, "text")
                take.setToolTip(tr("Take over into your own questions"))
                on_click(take, lambda text=question, place=section.id: self._take(text, place))
                column.addWidget(take)

    def _body(self) -> QWidget:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(20, 16, 20, 24)
        column.setSpacing(8)
        theme = self._context.theme
        for title, told, part in (
            (
                tr("Before the talk"),
                tr("At most three things to learn, so that the talk stays a talk."),
                self._goals,
            ),
            (
                tr("Your questions"),
                tr(
                    "Ask what happened, not what would. Words that put the answer into somebody’s mouth are underlined."
                ),
                self._questions,
            ),
            (
                tr("What you take for true"),
                tr("A no is an answer too. Link quotes to an assumption where you read a talk."),
                self._assumptions,
            ),
            (
                tr("The guide"),
                tr("Questions that have worked, in the order of a talk. A click takes one over."),
                self._shipped,
            ),
        ):
            heading = label(title, "title")
            heading.setWordWrap(True)
            column.addWidget(heading)
            column.addWidget(paragraph(theme, told, "small", "secondary"))
            column.addWidget(part)
            column.addSpacing(16)
        column.addWidget(self._copy)
        column.addStretch(1)
        body.setMaximumWidth(theme.px(_WIDEST))
        return body

    def _take(self, text: str, section: str) -> None:
        questions = self._context.state.notebook.questions
        if any(question.text == text for question in questions):
            return
        place = max((question.place for question in questions), default=0) + 1
        self._context.submit(KeepRecord(GuideQuestion(text, section=section, place=place)))
        self._context.navigator.say(tr("Taken over"))

    def _copy_guide(self) -> None:
        """Goals and questions as plain text, to have beside a call."""
        notebook = self._context.state.notebook
        parts: list[str] = []
        if notebook.goals:
            parts.append("\n".join([tr("To learn"), *(f"- {goal.text}" for goal in notebook.goals)]))
        if notebook.questions:
            parts.append(
                "\n".join([tr("Your questions"), *(f"- {item.text}" for item in notebook.questions)])
            )
        parts += [
            "\n".join([section.title, *(f"- {question}" for question in section.questions)])
            for section in (self._guide.sections if self._guide else ())
        ]
        QGuiApplication.clipboard().setText("\n\n".join(parts))
        self._context.navigator.say(tr("Guide copied"))
