"""Ctrl+K: every action and every check, found by a few letters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from lastmile_desktop.core.checklist import Checklist
from lastmile_desktop.ui.actions import Action, score
from lastmile_desktop.ui.controls import label
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.phrases import spoken
from lastmile_desktop.ui.shortcuts import shown_keys
from lastmile_desktop.ui.steady_model import Index
from lastmile_desktop.ui.theme import Theme

_MOST_SHOWN = 40
_HINT = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class Choice:
    """`hint` stands at the end of the line: keys, or the band of a check. `words` are searched too."""

    title: str
    hint: str
    run: Callable[[], None]
    words: str = ""

    def score(self, query: str) -> int:
        """The title weighs more than the other words, which have to hold the query as it is."""
        found = score(query, self.title)
        return found or int(bool(query) and query.lower() in self.words.lower())


def choices(
    actions: tuple[Action, ...], found: Checklist | None, open_row: Callable[[str], None]
) -> tuple[Choice, ...]:
    """Every action that is listed, and every check with its band."""
    acts = [Choice(action.title, shown_keys(action), action.run) for action in actions if action.listed]
    rows = [
        Choice(
            row.title, spoken(row.band), lambda row_id=row.id: open_row(row_id), f"{row.check_id} {row.place}"
        )
        for row in (found.rows if found else ())
    ]
    return tuple(acts + rows)


class ChoiceDelegate(QStyledItemDelegate):
    """The title on the left, its keys or band on the right."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, self._theme.px(32))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("accent_wash"))
            painter.drawRoundedRect(rect, 6, 6)
        inner = rect.adjusted(10, 0, -10, 0)
        painter.setFont(self._theme.font("small"))
        painter.setPen(self._theme.colour("secondary"))
        hint = str(index.data(_HINT) or "")
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, hint)
        room = inner.width() - painter.fontMetrics().horizontalAdvance(hint) - 16
        painter.setFont(self._theme.font())
        painter.setPen(self._theme.colour("text"))
        title = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideRight, room)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, title)
        painter.restore()


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
        self.list.setItemDelegate(ChoiceDelegate(theme, self.list))
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
        self._nothing = label(tr("Nothing of that name."), "secondary", "palette_nothing")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._nothing.setContentsMargins(10, 6, 10, 6)
        layout.addWidget(self._nothing, 1)
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
        found = [(choice.score(text.strip()), place) for place, choice in enumerate(self._choices)]
        best = sorted((item for item in found if item[0] > 0), key=lambda item: (-item[0], item[1]))
        self.list.clear()
        for _, place in best[:_MOST_SHOWN]:
            choice = self._choices[place]
            item = QListWidgetItem(choice.title)
            item.setData(_HINT, choice.hint)
            item.setData(Qt.ItemDataRole.UserRole, place)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self._nothing.setVisible(not best)
        self.list.setVisible(bool(best))

    def _step(self, by: int) -> None:
        self.list.setCurrentRow(max(0, min(self.list.count() - 1, self.list.currentRow() + by)))

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        choice = self._choices[int(item.data(Qt.ItemDataRole.UserRole))]
        self.close()
        choice.run()
