"""Ctrl+K: every action and every check, found by a few letters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from lastmile_desktop.ui.actions import score
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.theme import Theme

_MOST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Choice:
    """`hint` stands at the end of the line: keys, or the band of a check."""

    title: str
    hint: str
    run: Callable[[], None]


class Palette(QDialog):
    def __init__(self, theme: Theme, choices: tuple[Choice, ...], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("popup")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._choices = choices
        self.field = QLineEdit()
        self.field.setObjectName("palette_field")
        self.field.setAccessibleName(tr("Find an action or a check"))
        self.field.setPlaceholderText(tr("Find an action or a check"))
        self.field.installEventFilter(self)
        self.list = QListWidget()
        self.list.setObjectName("palette_list")
        self.list.setAccessibleName(tr("Actions and checks"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.itemClicked.connect(self._take)
        self.field.textChanged.connect(self._search)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        width = max(300, min(theme.px(560), parent.width() - 24))
        self.setFixedSize(width, max(220, min(theme.px(400), parent.height() - 80)))
        origin = parent.mapToGlobal(QPoint((parent.width() - width) // 2, theme.px(56)))
        self.move(origin)
        self._search("")
        self.field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            match event.key():
                case Qt.Key.Key_Down:
                    self._step(1)
                    return True
                case Qt.Key.Key_Up:
                    self._step(-1)
                    return True
                case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                    self._take(self.list.currentItem())
                    return True
                case _:
                    pass
        return super().eventFilter(watched, event)

    def _search(self, text: str) -> None:
        found = [(score(text, choice.title), place) for place, choice in enumerate(self._choices)]
        best = sorted((item for item in found if item[0] > 0), key=lambda item: (-item[0], item[1]))
        self.list.clear()
        for _, place in best[:_MOST_SHOWN]:
            choice = self._choices[place]
            item = QListWidgetItem(f"{choice.title}   {choice.hint}" if choice.hint else choice.title)
            item.setData(Qt.ItemDataRole.UserRole, place)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _step(self, by: int) -> None:
        self.list.setCurrentRow(max(0, min(self.list.count() - 1, self.list.currentRow() + by)))

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        choice = self._choices[int(item.data(Qt.ItemDataRole.UserRole))]
        self.close()
        choice.run()
