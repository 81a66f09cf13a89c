"""The card that asks three questions once, after the first scan; it can be put away unanswered."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from lastmile_desktop.core.questions import QUESTIONS
from lastmile_desktop.ui.controls import Button, IconButton, on_click, rule
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.onboarding.profile import ProfileForm
from lastmile_desktop.ui.span_text import paragraph
from lastmile_desktop.ui.theme import Theme


class Questions(QFrame):
    """`done` fires when the founder has had enough of it, answered or not."""

    done = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("questions")
        self.form = ProfileForm(theme, (question for question in QUESTIONS if question.first))
        self.form.hide()
        self._text = paragraph(theme, tr("Three questions put this list in a better order."))
        self._answer = Button(theme, tr("Answer"), name="questions_answer")
        self._finish = Button(theme, tr("Done"), "primary", name="questions_done")
        self._finish.hide()
        self._away = IconButton(theme, "x", tr("Not now"), "questions_away", 14)
        on_click(self._answer, self._open)
        on_click(self._finish, self.done.emit)
        on_click(self._away, self.done.emit)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._text, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._answer)
        row.addWidget(self._away)
        inner = QVBoxLayout()
        inner.setContentsMargins(20, 8, 12, 8)
        inner.setSpacing(8)
        inner.addLayout(row)
        inner.addWidget(self.form)
        inner.addWidget(self._finish)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(inner)
        layout.addWidget(rule())

    def _open(self) -> None:
        self._answer.hide()
        self.form.show()
        self._finish.show()
        self.form.focus_first()
