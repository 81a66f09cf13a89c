"""Records one below the other, each in a row that stays while the record does, and an empty one to write the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from lastmile_desktop.ui.controls import IconButton, on_click
from lastmile_desktop.ui.form_fields import GrowingText
from lastmile_desktop.ui.theme import Theme


class Kept(Protocol):
    @property
    def id(self) -> int: ...


R = TypeVar("R", bound=Kept)


class Row(QWidget, Generic[R]):
    """One record; `show_record` is called whenever it may have changed."""

    def show_record(self, record: R) -> None:
        raise NotImplementedError


class Rows(QWidget, Generic[R]):
    def __init__(self, make: Callable[[R], Row[R]], spacing: int = 10) -> None:
        super().__init__()
        self._make = make
        self._rows: dict[int, Row[R]] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(spacing)

    def apply(self, records: Iterable[R]) -> None:
        wanted = {record.id: record for record in records}
        for gone in self._rows.keys() - wanted.keys():
            row = self._rows.pop(gone)
            row.hide()
            row.deleteLater()
        for record in wanted.values():
            if record.id not in self._rows:
                self._rows[record.id] = self._make(record)
                self._column.addWidget(self._rows[record.id])
            self._rows[record.id].show_record(record)
        self.setVisible(bool(wanted))


class WrittenLine(GrowingText):
    """A text that is told once it is left or Enter is pressed; `told` carries it."""

    told = Signal(str)

    def __init__(self, theme: Theme, name: str, text: str, hint: str = "") -> None:
        super().__init__(theme)
        self.setObjectName(name)
        self.setAccessibleName(text)
        self.setPlaceholderText(hint or text)
        self._known = ""
        self.left.connect(self.settle)

    def show_text(self, text: str) -> None:
        """What is stored; what is being written stays."""
        self._known = text
        if not self.hasFocus() and self.toPlainText() != text:
            self.setPlainText(text)

    def settle(self) -> None:
        text = " ".join(self.toPlainText().split())
        if text != self._known:
            self._known = text
            self.told.emit(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.settle()
        else:
            super().keyPressEvent(event)


class NewLine(QWidget):
    """The empty row below: `written` carries what was put in, and it is empty again."""

    written = Signal(str)

    def __init__(self, theme: Theme, name: str, text: str) -> None:
        super().__init__()
        self.field = WrittenLine(theme, name, text)
        add = IconButton(theme, "plus", text, f"{name}_add")
        on_click(add, self.field.settle)
        self.field.told.connect(self._told)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.field, 1)
        row.addWidget(add, 0, Qt.AlignmentFlag.AlignTop)

    def _told(self, text: str) -> None:
        self.field.setPlainText("")
        self.field.show_text("")
        if text:
            self.written.emit(text)


def headed_row(*parts: QWidget, remove: QWidget | None = None) -> QHBoxLayout:
    """Parts one below the other, and what takes the row away beside them."""
    column = QVBoxLayout()
    column.setSpacing(4)
    for part in parts:
        column.addWidget(part)
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    row.addLayout(column, 1)
    if remove is not None:
        row.addWidget(remove, 0, Qt.AlignmentFlag.AlignTop)
    return row
