"""The checklist's widget: the list and its filter. It says what the user wants; the controller decides."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from lastmile_desktop.ui.checklist.delegate import ChecklistDelegate
from lastmile_desktop.ui.checklist.entries import BandEntry, MoreEntry, RowEntry
from lastmile_desktop.ui.checklist.model import ChecklistModel
from lastmile_desktop.ui.entry_list import EntryList
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.steady_model import Index
from lastmile_desktop.ui.theme import Theme


class ChecklistList(EntryList):
    """Keys: arrows and J/K move, Enter opens, Left and Right close and open a band."""

    chosen = Signal(QModelIndex)
    entered = Signal(QModelIndex)
    moved_to = Signal(QModelIndex)

    def __init__(self, theme: Theme, model: ChecklistModel) -> None:
        super().__init__(theme, "checklist", tr("Checklist"))
        self.setModel(model)
        self.setItemDelegate(ChecklistDelegate(theme, self))
        self.shows_focus = False

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The ring is for those who use keys: it shows once one was pressed."""
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.shows_focus = True
        super().focusInEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.shows_focus = False
        super().mousePressEvent(event)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self.moved_to.emit(self.currentIndex())

    def step(self, by: int) -> None:
        """Move the selection over lines that can be selected."""
        self.shows_focus = True
        model = self.model()
        row = self.currentIndex().row() + by if self.currentIndex().isValid() else (0 if by > 0 else -1)
        while 0 <= row < model.rowCount():
            index = model.index(row, 0)
            if index.flags() & Qt.ItemFlag.ItemIsSelectable:
                self.setCurrentIndex(index)
                self.scrollTo(index)
                return
            row += by

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.shows_focus = True
        entry = self._entry()
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space if isinstance(entry, RowEntry):
                self.entered.emit(self.currentIndex())
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space if entry is not None:
                self.chosen.emit(self.currentIndex())
            case Qt.Key.Key_Right if isinstance(entry, BandEntry) and not entry.open:
                self.chosen.emit(self.currentIndex())
            case Qt.Key.Key_Left if isinstance(entry, BandEntry) and entry.open:
                self.chosen.emit(self.currentIndex())
            case Qt.Key.Key_Down:
                self.step(1)
            case Qt.Key.Key_Up:
                self.step(-1)
            case _:
                super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and index.isValid():
            self.chosen.emit(index)

    def _entry(self) -> RowEntry | BandEntry | MoreEntry | None:
        model = self.model()
        entry = model.entry(self.currentIndex()) if isinstance(model, ChecklistModel) else None
        return entry if isinstance(entry, RowEntry | BandEntry | MoreEntry) else None


class ChecklistView(QWidget):
    """The list with a filter field that is there only while it is used."""

    filtered = Signal(str)

    def __init__(self, theme: Theme, model: ChecklistModel) -> None:
        super().__init__()
        self.setObjectName("content")
        self.list = ChecklistList(theme, model)
        self.filter = QLineEdit()
        self.filter.setObjectName("filter")
        self.filter.setPlaceholderText(tr("Filter by words, file or check"))
        self.filter.setAccessibleName(tr("Filter the checklist"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self.filtered)
        self._bar = QWidget()
        bar = QVBoxLayout(self._bar)
        bar.setContentsMargins(12, 8, 12, 8)
        bar.addWidget(self.filter)
        self._bar.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._bar)
        layout.addWidget(self.list, 1)

    @property
    def is_filtering(self) -> bool:
        return self._bar.isVisibleTo(self)

    def start_filter(self) -> None:
        self._bar.show()
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    def end_filter(self) -> None:
        self.filter.clear()
        self._bar.hide()
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
