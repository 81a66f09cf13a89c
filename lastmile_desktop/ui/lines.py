"""A list of short paragraphs in several colours: people, found talks, the right ten."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPen, QTextLayout
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from lastmile_desktop.ui.entry_list import EntryList
from lastmile_desktop.ui.span_text import Span, laid_out
from lastmile_desktop.ui.steady_model import ENTRY, Index, SteadyModel
from lastmile_desktop.ui.theme import Theme

_MOST_CACHED = 1_000


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of a list. `key` is what it stands for; a passive one is a heading."""

    id: str
    paragraphs: tuple[tuple[Span, ...], ...]
    key: int = 0
    passive: bool = False

    @property
    def title(self) -> str:
        return "".join(span.text for span in self.paragraphs[0])

    @property
    def spoken(self) -> str:
        return ", ".join("".join(span.text for span in paragraph) for paragraph in self.paragraphs)


class LineModel(SteadyModel[TextLine]):
    """Lines by their ids."""


class LineDelegate(QStyledItemDelegate):
    """Paints the paragraphs one below the other, as high as they are."""

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view
        self._laid: dict[tuple[TextLine, int, int], tuple[int, tuple[tuple[QTextLayout, QPointF], ...]]] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        width = self._view.viewport().width()
        line = index.data(ENTRY)
        return QSize(width, self._layout(line, width)[0] if isinstance(line, TextLine) else 0)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        line = index.data(ENTRY)
        if not isinstance(line, TextLine):
            return
        colour, size = self._theme.colour, rect.size()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(rect.topLeft())
        whole = QRectF(0, 0, size.width(), size.height())
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(whole, colour("accent_wash"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(whole, colour("raised"))
        painter.fillRect(QRectF(0, size.height() - 1, size.width(), 1), colour("line"))
        for text, where in self._layout(line, size.width())[1]:
            text.draw(painter, where)
        if state & QStyle.StateFlag.State_HasFocus and self._view.hasFocus():
            painter.setPen(QPen(colour("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(2, 1.5, size.width() - 4, size.height() - 4), 4, 4)
        painter.restore()

    def _layout(self, line: TextLine, width: int) -> tuple[int, tuple[tuple[QTextLayout, QPointF], ...]]:
        key = (line, width, self._theme.version)
        found = self._laid.get(key)
        if found is None:
            if len(self._laid) >= _MOST_CACHED:
                self._laid.clear()
            found = self._laid[key] = self._laid_out(line, width)
        return found

    def _laid_out(self, line: TextLine, width: int) -> tuple[int, tuple[tuple[QTextLayout, QPointF], ...]]:
        px = self._theme.px
        edge, y = px(16), float(px(9))
        made: list[tuple[QTextLayout, QPointF]] = []
        for number, spans in enumerate(line.paragraphs):
            role = "body" if number == 0 else "small"
            layout, height = laid_out(self._theme, spans, role, width - 2 * edge)
            made.append((layout, QPointF(edge, y)))
            y += height + px(3)
        return round(y) + px(6), tuple(made)


class LineList(EntryList):
    """`chosen` carries the key of the line that is current now, `entered` that of one opened by Enter or a click."""

    chosen = Signal(int)
    entered = Signal(int)

    def __init__(self, theme: Theme, model: LineModel, name: str, text: str) -> None:
        super().__init__(theme, name, text)
        self._lines = model
        self.setModel(model)
        self.setItemDelegate(LineDelegate(theme, self))
        self.clicked.connect(self._open)

    @property
    def key(self) -> int:
        """What the current line stands for, 0 for none."""
        line = self._lines.entry(self.currentIndex())
        return line.key if line else 0

    def select(self, line_id: str) -> None:
        self.setCurrentIndex(self._lines.index_of(line_id))

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        line = self._lines.entry(current)
        if line is not None:
            self.chosen.emit(line.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        line = self._lines.entry(index)
        if line is not None and not line.passive:
            self.entered.emit(line.key)
