"""The ten, moved by dragging or with Alt and the arrows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView

from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.lines import LineList, LineModel
from lastmile_desktop.ui.steady_model import Index
from lastmile_desktop.ui.theme import Theme

_DRAGGED = "application/x-lastmile-rank"


class TenModel(LineModel):
    """Tells where a line was dropped and leaves moving it to whoever keeps the order."""

    dropped = Signal(int, int)

    def flags(self, index: Index) -> Qt.ItemFlag:
        known = super().flags(index)
        if not index.isValid():
            return known | Qt.ItemFlag.ItemIsDropEnabled
        return known | Qt.ItemFlag.ItemIsDragEnabled

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [_DRAGGED]

    def mimeData(self, indexes: Sequence[QModelIndex], /) -> QMimeData:
        data = QMimeData()
        line = self.entry(indexes[0]) if indexes else None
        data.setData(_DRAGGED, str(line.key if line else 0).encode())
        return data

    def dropMimeData(
        self,
        data: QMimeData,
        action: Qt.DropAction,
        row: int,
        column: int,
        parent: QModelIndex | QPersistentModelIndex,
        /,
    ) -> bool:
        if not data.hasFormat(_DRAGGED):
            return False
        place = row if row >= 0 else self.rowCount()
        self.dropped.emit(int(bytes(data.data(_DRAGGED).data()).decode()), place)
        # Not taken as moved: the view would take the line out by itself.
        return False


class TenList(LineList):
    """`moved` carries a person's id and how many places they go down."""

    moved = Signal(int, int)
    removed = Signal(int)

    def __init__(self, theme: Theme, model: TenModel) -> None:
        super().__init__(theme, model, "ten_list", tr("The right ten"))
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDropIndicatorShown(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        if self.key and alt and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.moved.emit(self.key, -1 if event.key() == Qt.Key.Key_Up else 1)
        elif self.key and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(self.key)
        else:
            super().keyPressEvent(event)
