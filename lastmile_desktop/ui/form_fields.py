"""Fields that Qt does not have: a text that grows, a day that may be missing, several values in one field."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from PySide6.QtCore import QDate, QEvent, QObject, QSize, QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QCompleter,
    QDateEdit,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from lastmile_desktop.ui.controls import Button, on_click
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.theme import Theme

_MOST_LINES = 10
_WIDEST_CHIP = 230
_FIELD_HEIGHT = 30
_NARROWEST = 60
_CHIP_GAP = 6


class GrowingText(QPlainTextEdit):
    """Grows with its text up to `most_lines`; Tab leaves it."""

    left = Signal()

    def __init__(self, theme: Theme, most_lines: int = _MOST_LINES) -> None:
        super().__init__()
        self._theme, self._most = theme, most_lines
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(2)
        self.document().documentLayout().documentSizeChanged.connect(self._grow)
        theme.changed.connect(self._grow)
        self._grow()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._grow()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(120), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(_NARROWEST, self.height())

    def _grow(self) -> None:
        lines = max(1, round(self.document().size().height()))
        scrolls = lines > self._most
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if scrolls else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(policy)
        self.setFixedHeight(min(lines, self._most) * self.fontMetrics().lineSpacing() + 16)


class OptionalDay(QWidget):
    """A tick, and beside it the day it stands for."""

    changed = Signal()

    def __init__(self, text: str, tick_text: str = "") -> None:
        super().__init__()
        self.tick = QCheckBox(tick_text or tr("set"))
        self.tick.setAccessibleName(text)
        self.day = QDateEdit()
        self.day.setAccessibleName(text)
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat("d MMM yyyy")
        self.day.setMinimumHeight(30)
        self.day.hide()
        self.tick.toggled.connect(self._ticked)
        self.day.dateChanged.connect(self._day_changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.tick)
        row.addWidget(self.day, 1)
        row.addStretch(0)
        self.setFocusProxy(self.tick)

    def name(self, name: str) -> None:
        self.tick.setObjectName(name)
        self.day.setObjectName(f"{name}_day")

    def propose(self, day: date) -> None:
        """The day that is there once it is ticked."""
        if not self.tick.isChecked():
            self.day.setDate(qdate(day))

    def value(self) -> date | None:
        return pydate(self.day.date()) if self.tick.isChecked() else None

    def put(self, day: date | None) -> None:
        if day is not None:
            self.day.setDate(qdate(day))
        self.tick.setChecked(day is not None)

    def _day_changed(self) -> None:
        if self.tick.isChecked():
            self.changed.emit()

    def _ticked(self, on: bool) -> None:
        self.day.setVisible(on)
        self.changed.emit()


class Several(QWidget):
    """Values as chips, and a field that adds one: one of the options, found by any of its letters, or, when `free`,
    any words."""

    changed = Signal()

    def __init__(self, theme: Theme, text: str, *, free: bool) -> None:
        super().__init__()
        self._theme, self._text, self._free = theme, text, free
        self._options: dict[str, str] = {}
        self._values: list[str] = []
        self.field = QLineEdit()
        self.field.setAccessibleName(text)
        self.field.setMinimumHeight(_FIELD_HEIGHT)
        self._model = QStringListModel(self)
        completer = QCompleter(self._model, self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setMaxVisibleItems(12)
        # The field puts the chosen words in after this signal, so that they are taken out once it has.
        completer.activated.connect(lambda: QTimer.singleShot(0, self._entered))
        self.field.setCompleter(completer)
        self.field.installEventFilter(self)
        self.field.textEdited.connect(self._typed)
        self._chips = QWidget()
        self._flow = FlowLayout(self._chips, 6)
        self._chips.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_CHIP_GAP)
        column.addWidget(self._chips)
        column.addWidget(self.field)
        self.setFocusProxy(self.field)
        theme.changed.connect(self._fit)
        self._fit()

    def name(self, name: str) -> None:
        self._chips.setObjectName(f"{name}_chips")
        self.field.setObjectName(name)

    def offer(self, options: Iterable[tuple[str, str]]) -> None:
        """What can be chosen, as (value, title)."""
        offered = dict(options)
        if offered != self._options:
            self._options = offered
            self._model.setStringList(list(dict.fromkeys(offered.values())))
            self._show()

    def values(self) -> tuple[str, ...]:
        """The chips, and in a free field what is still being typed."""
        typed = self.field.text().strip() if self._free else ""
        return tuple(dict.fromkeys([*self._values, *([typed] if typed else [])]))

    def put(self, values: Iterable[str]) -> None:
        self.field.clear()
        self._values = list(dict.fromkeys(values))
        self._show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            entering = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers()
            if (entering or event.text() == ",") and self.field.text().strip():
                self._entered()
                return True
            if event.key() == Qt.Key.Key_Backspace and not self.field.text() and self._values:
                self._remove(self._values[-1])
                return True
        if event.type() is QEvent.Type.FocusOut and self._free and self.field.text().strip():
            self._entered()
        return super().eventFilter(watched, event)

    def _typed(self) -> None:
        if self._free:
            self.changed.emit()

    def _entered(self) -> None:
        value = self._meant(self.field.text().strip())
        if not value:
            return
        self.field.clear()
        if popup := self.field.completer().popup():
            popup.hide()
        if value not in self._values:
            self._values.append(value)
            self._show()
        self.changed.emit()

    def _meant(self, typed: str) -> str:
        """The value of the words in the field, "" when they stand for none."""
        if not typed:
            return ""
        found = next((value for value, title in self._options.items() if title == typed), "")
        if found or self._free:
            return found or typed
        inside = [value for value, title in self._options.items() if typed.casefold() in title.casefold()]
        return inside[0] if inside else ""

    def _remove(self, value: str) -> None:
        self._values.remove(value)
        self._show()
        self.changed.emit()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            chip = item.widget()
            if chip is not None:
                chip.hide()
                chip.deleteLater()
        for value in self._values:
            title = self._options.get(value, value)
            metrics = QFontMetrics(self._theme.font("label_plain"))
            short = metrics.elidedText(title, Qt.TextElideMode.ElideRight, _WIDEST_CHIP)
            chip = Button(self._theme, short, "tag", "x", "chip")
            chip.setToolTip(title)
            chip.setAccessibleName(tr("Take out {value}", value=title))
            on_click(chip, lambda value=value: self._remove(value))
            self._flow.addWidget(chip)
        self._chips.setVisible(bool(self._values))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """A form does not ask how high the chips are at its width."""
        height = max(_FIELD_HEIGHT, self.field.sizeHint().height())
        if self._values:
            chips = self._flow.heightForWidth(max(1, self.width()))
            self._chips.setFixedHeight(chips)
            height += chips + _CHIP_GAP
        self.setFixedHeight(height)


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def qdate(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)


def pydate(day: QDate) -> date:
    return date(day.year(), day.month(), day.day())
