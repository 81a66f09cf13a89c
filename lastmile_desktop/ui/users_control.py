"""How many people use the product today: moving the slider re-orders the list at once."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QComboBox, QFrame, QSlider, QVBoxLayout, QWidget

from lastmile_desktop.ui.controls import Button, fit, label, on_click
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.span_text import Span, SpanText
from lastmile_desktop.ui.theme import Theme

MOST_USERS = 1_000_000
_PRESETS = (1, 10, 40, 100, 250, 500, 1_000, 5_000, 10_000, 50_000, 100_000)
_STEPS_A_DECADE = 20
_TELL_AFTER_MS = 350


class UsersPopup(QFrame):
    """A slider for the feel, a field for the exact number."""

    moved = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("popup")
        self._setting = False
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("users_slider")
        self.slider.setAccessibleName(tr("Users today"))
        self.slider.setRange(0, _STEPS_A_DECADE * 5)
        self.field = QComboBox()
        self.field.setObjectName("users_field")
        self.field.setAccessibleName(tr("Users today, exactly"))
        self.field.setEditable(True)
        self.field.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.field.setValidator(QIntValidator(1, MOST_USERS, self))
        self.field.addItems([str(number) for number in _PRESETS])
        self._next = SpanText(theme, "small")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(10)
        layout.addWidget(label(tr("Users today"), "strong"))
        layout.addWidget(self.slider)
        layout.addWidget(self.field)
        layout.addWidget(self._next)
        self.slider.valueChanged.connect(self._slid)
        self.field.currentTextChanged.connect(self._typed)

    def show_users(self, users: int) -> None:
        self._setting = True
        self.slider.setValue(place_of(users))
        if self.field.currentText() != str(users):
            self.field.setCurrentText(str(users))
        self._next.set_spans(
            Span(tr("The list asks what bites before {n} users.", n=f"{2 * users:,}"), "secondary")
        )
        self._setting = False

    def _slid(self, place: int) -> None:
        if not self._setting:
            self.moved.emit(users_at(place))

    def _typed(self, text: str) -> None:
        if not self._setting and text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_USERS:
            self.moved.emit(int(text))


class UsersControl(QWidget):
    """`moved` fires while sliding, `settled` a moment after the last move."""

    moved = Signal(int)
    settled = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._users = 0
        self.button = Button(theme, "", icon="caret-down", name="users")
        self.button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        on_click(self.button, self.open)
        self.popup = UsersPopup(theme, self)
        self.popup.moved.connect(self._move)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_TELL_AFTER_MS)
        self._settle.timeout.connect(lambda: self.settled.emit(self._users))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.button)

    def show_users(self, users: int) -> None:
        if users != self._users:
            self._users = users
            self.button.setText(f"{users:,}")
            self.button.setAccessibleName(tr("Users today: {n}", n=f"{users:,}"))
            self.popup.show_users(users)

    def open(self) -> None:
        self.popup.show_users(self._users)
        fit(self.popup, max(240, min(self._theme.px(270), self.window().width() - 16)))
        corner = self.button.mapToGlobal(QPoint(self.button.width(), self.button.height() + 4))
        left = max(self.window().mapToGlobal(QPoint(0, 0)).x() + 4, corner.x() - self.popup.width())
        self.popup.move(left, corner.y())
        self.popup.show()
        self.popup.slider.setFocus(Qt.FocusReason.PopupFocusReason)

    def _move(self, users: int) -> None:
        self.show_users(users)
        self.moved.emit(users)
        self._settle.start()


def users_at(place: int) -> int:
    """The slider is logarithmic; numbers are rounded to two figures."""
    exact = 10 ** (place / _STEPS_A_DECADE)
    unit = 10 ** max(0, math.floor(math.log10(exact)) - 1)
    return max(1, round(exact / unit) * unit)


def place_of(users: int) -> int:
    return round(math.log10(max(1, users)) * _STEPS_A_DECADE)
