"""The things about a project that no file tells; every one may stay unanswered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QWidget

from lastmile_desktop.core.questions import Kind, Question
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.span_text import paragraph
from lastmile_desktop.ui.theme import Theme
from lastmile_desktop.ui.users_control import MOST_USERS


class ProfileForm(QWidget):
    """`answered` carries a key and its value, "" when the answer was taken back."""

    answered = Signal(str, str)

    def __init__(self, theme: Theme, questions: Iterable[Question]) -> None:
        super().__init__()
        self._known: dict[str, str] = {}
        self._fields: dict[str, QComboBox | QLineEdit] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(4)
        self.setMaximumWidth(580)
        for row, question in enumerate(questions):
            text = tr(question.text)
            field = self._choice(question) if question.kind is Kind.CHOICE else self._line(question)
            field.setObjectName(question.key.replace(".", "_"))
            field.setAccessibleName(text)
            self._fields[question.key] = field
            grid.addWidget(paragraph(theme, text, "small"), 2 * row, 0)
            grid.addWidget(field, 2 * row + 1, 0)

    def focus_first(self) -> None:
        next(iter(self._fields.values())).setFocus()

    def show_answers(self, answers: Mapping[str, str]) -> None:
        self._known = dict(answers)
        for key, field in self._fields.items():
            value = answers.get(key, "")
            if isinstance(field, QComboBox):
                field.setCurrentIndex(max(0, field.findData(value)))
            elif not field.hasFocus():
                field.setText(value)

    def _choice(self, question: Question) -> QComboBox:
        box = QComboBox()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(10)
        box.addItem(tr("Not said"), "")
        for value, title in question.choices:
            box.addItem(tr(title), value)
        box.activated.connect(lambda: self._answer(question.key, str(box.currentData())))
        return box

    def _line(self, question: Question) -> QLineEdit:
        field = QLineEdit()
        field.setPlaceholderText(tr(question.hint))
        if question.kind is Kind.NUMBER:
            field.setValidator(QIntValidator(1, MOST_USERS, self))
        field.editingFinished.connect(lambda: self._answer(question.key, field.text().strip()))
        return field

    def _answer(self, key: str, value: str) -> None:
        if value != self._known.get(key, ""):
            self._known[key] = value
            self.answered.emit(key, value)
