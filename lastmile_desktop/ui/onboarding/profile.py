"""The few things about a project that no file tells; every one may stay unanswered."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QWidget

from lastmile_desktop.core.balance import Stage
from lastmile_desktop.ui.controls import label
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.users_control import MOST_USERS

STAGE, USERS, URL = "profile.stage", "profile.users", "profile.url"


class ProfileForm(QWidget):
    """`answered` carries a key and its value, "" when the answer was taken back."""

    answered = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, str] = {}
        self.stage = QComboBox()
        self.stage.setObjectName("profile_stage")
        self.stage.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.stage.setMinimumContentsLength(10)
        for stage, title in stages():
            self.stage.addItem(title, "" if stage is Stage.UNKNOWN else stage.value)
        self.users = QLineEdit()
        self.users.setObjectName("profile_users")
        self.users.setValidator(QIntValidator(1, MOST_USERS, self))
        self.users.setPlaceholderText(tr("Leave empty if you do not know"))
        self.url = QLineEdit()
        self.url.setObjectName("profile_url")
        self.url.setPlaceholderText("https://")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(4)
        self.setMaximumWidth(560)
        for row, (question, field) in enumerate(
            (
                (tr("How far is it?"), self.stage),
                (tr("How many people use it today?"), self.users),
                (tr("Where can they open it?"), self.url),
            )
        ):
            field.setAccessibleName(question)
            grid.addWidget(label(question, "small"), 2 * row, 0)
            grid.addWidget(field, 2 * row + 1, 0)
        self.stage.activated.connect(self._stage_chosen)
        self.users.editingFinished.connect(lambda: self._answer(USERS, self.users.text().strip()))
        self.url.editingFinished.connect(lambda: self._answer(URL, self.url.text().strip()))

    def show_answers(self, answers: Mapping[str, str]) -> None:
        self._known = dict(answers)
        self.stage.setCurrentIndex(max(0, self.stage.findData(answers.get(STAGE, ""))))
        for field, key in ((self.users, USERS), (self.url, URL)):
            if not field.hasFocus():
                field.setText(answers.get(key, ""))

    def _stage_chosen(self) -> None:
        self._answer(STAGE, str(self.stage.currentData()))

    def _answer(self, key: str, value: str) -> None:
        if value != self._known.get(key, ""):
            self._known[key] = value
            self.answered.emit(key, value)


def stages() -> tuple[tuple[Stage, str], ...]:
    return (
        (Stage.UNKNOWN, tr("Not said")),
        (Stage.HOBBY, tr("For fun, not to be sold")),
        (Stage.IDEA, tr("An idea")),
        (Stage.DEMO, tr("A demo that works")),
        (Stage.FIRST_USERS, tr("The first people use it")),
        (Stage.PAYING, tr("Somebody pays for it")),
        (Stage.GROWING, tr("More pay every month")),
    )
