"""A list model whose lines keep their identity: inserted, moved, removed and changed, never reset."""

from __future__ import annotations

from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
ENTRY = Qt.ItemDataRole.UserRole + 1
ENTRY_ID = Qt.ItemDataRole.UserRole + 2
_TOP = QModelIndex()


class Line(Protocol):
    """`spoken` is what a screen reader says; `passive` lines cannot be selected."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def spoken(self) -> str: ...
    @property
    def passive(self) -> bool: ...


L = TypeVar("L", bound=Line)


class SteadyModel(QAbstractListModel, Generic[L]):
    """Each line is found under the role `ENTRY`, its id under `ENTRY_ID`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: list[L] = []

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.entry(index)
        if line is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return line.title
            case Qt.ItemDataRole.AccessibleTextRole:
                return line.spoken
            case _ if role == ENTRY:
                return line
            case _ if role == ENTRY_ID:
                return line.id
            case _:
                return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        line = self.entry(index)
        if line is None:
            return Qt.ItemFlag.NoItemFlags
        seen = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
        return seen if line.passive else seen | Qt.ItemFlag.ItemIsSelectable

    def entry(self, index: Index) -> L | None:
        """The line at an index, None when the index points nowhere."""
        place = index.row()
        return self._lines[place] if index.isValid() and 0 <= place < len(self._lines) else None

    def index_of(self, entry_id: str) -> QModelIndex:
        """Where the line with this id is; an invalid index when it is not shown."""
        return next(
            (self.index(place) for place, line in enumerate(self._lines) if line.id == entry_id),
            QModelIndex(),
        )

    def apply(self, wanted: tuple[L, ...]) -> None:
        """Make the lines the wanted ones, with signals that tell what happened to each."""
        self._remove_missing({line.id for line in wanted})
        known = {line.id for line in self._lines}
        for place, line in enumerate(wanted):
            if line.id not in known:
                self._insert(place, line)
            elif self._lines[place].id != line.id:
                self._move(self._place(line.id, place), place)
            self._replace(place, line)

    def _remove_missing(self, wanted: set[str]) -> None:
        place = len(self._lines) - 1
        while place >= 0:
            last = place
            while place >= 0 and self._lines[place].id not in wanted:
                place -= 1
            if place < last:
                self.beginRemoveRows(_TOP, place + 1, last)
                del self._lines[place + 1 : last + 1]
                self.endRemoveRows()
            place -= 1

    def _insert(self, place: int, line: L) -> None:
        self.beginInsertRows(_TOP, place, place)
        self._lines.insert(place, line)
        self.endInsertRows()

    def _move(self, source: int, place: int) -> None:
        self.beginMoveRows(_TOP, source, source, _TOP, place)
        self._lines.insert(place, self._lines.pop(source))
        self.endMoveRows()

    def _replace(self, place: int, line: L) -> None:
        if self._lines[place] != line:
            self._lines[place] = line
            index = self.index(place)
            self.dataChanged.emit(index, index)

    def _place(self, entry_id: str, start: int) -> int:
        return next(n for n in range(start, len(self._lines)) if self._lines[n].id == entry_id)
