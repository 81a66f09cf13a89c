"""Draws the log: who, what they said behind a bar, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen, QTextLayout
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from lastmile_desktop.ui.conversations.entries import PeriodEntry, TalkEntry
from lastmile_desktop.ui.span_text import Span, laid_out
from lastmile_desktop.ui.steady_model import ENTRY, Index
from lastmile_desktop.ui.theme import Theme

_MOST_CACHED = 1_000


@dataclass(frozen=True, slots=True)
class _TagBox:
    text: str
    news: bool
    box: QRectF


@dataclass(frozen=True, slots=True)
class _Talk:
    """Texts with where they stand, the bars beside quotes, and the tags."""

    height: int
    texts: tuple[tuple[QTextLayout, QPointF], ...]
    bars: tuple[QRectF, ...]
    tags: tuple[_TagBox, ...]


class TalkDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view
        self._talks: dict[tuple[TalkEntry, int, int], _Talk] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        width = self._view.viewport().width()
        entry = index.data(ENTRY)
        height = self._talk(entry, width).height if isinstance(entry, TalkEntry) else self._theme.px(36)
        return QSize(width, height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(rect.topLeft())
        match index.data(ENTRY):
            case PeriodEntry(title):
                self._paint_period(painter, rect.size(), title)
            case TalkEntry() as entry:
                self._paint_talk(painter, rect.size(), entry, state)
            case _:
                pass
        painter.restore()

    def _paint_period(self, painter: QPainter, size: QSize, title: str) -> None:
        painter.setFont(self._theme.font("label"))
        painter.setPen(self._theme.colour("secondary"))
        box = QRectF(
            self._edge, self._theme.px(6), size.width() - 2 * self._edge, size.height() - self._theme.px(6)
        )
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, title)

    def _paint_talk(self, painter: QPainter, size: QSize, entry: TalkEntry, state: QStyle.StateFlag) -> None:
        colour = self._theme.colour
        if state & QStyle.StateFlag.State_Selected and self._view.hasFocus():
            painter.fillRect(QRectF(0, 0, size.width(), size.height()), colour("accent_wash"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(QRectF(0, 0, size.width(), size.height()), colour("raised"))
        painter.fillRect(QRectF(0, size.height() - 1, size.width(), 1), colour("line"))
        talk = self._talk(entry, size.width())
        for text, where in talk.texts:
            text.draw(painter, where)
        for bar in talk.bars:
            painter.fillRect(bar, colour("needs_you" if entry.talk.linked_checks else "line"))
        painter.setFont(self._theme.font("label_plain"))
        for tag in talk.tags:
            self._paint_tag(painter, tag)
        if state & QStyle.StateFlag.State_HasFocus and self._view.hasFocus():
            painter.setPen(QPen(colour("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(2, 1.5, size.width() - 4, size.height() - 4), 4, 4)

    def _paint_tag(self, painter: QPainter, tag: _TagBox) -> None:
        colour = self._theme.colour
        painter.setPen(Qt.PenStyle.NoPen if tag.news else QPen(colour("line"), 1))
        painter.setBrush(colour("needs_you_wash" if tag.news else "panel"))
        radius = 4 if tag.news else tag.box.height() / 2
        painter.drawRoundedRect(tag.box, radius, radius)
        painter.setPen(colour("needs_you" if tag.news else "secondary"))
        painter.drawText(tag.box, Qt.AlignmentFlag.AlignCenter, tag.text)

    @property
    def _edge(self) -> int:
        narrow = self._view.viewport().width() < self._theme.px(420)
        return self._theme.px(14) if narrow else self._theme.px(18)

    def _talk(self, entry: TalkEntry, width: int) -> _Talk:
        key = (entry, width, self._theme.version)
        found = self._talks.get(key)
        if found is None:
            if len(self._talks) >= _MOST_CACHED:
                self._talks.clear()
            found = self._talks[key] = self._laid_out(entry, width)
        return found

    def _laid_out(self, entry: TalkEntry, width: int) -> _Talk:
        px, edge = self._theme.px, self._edge
        room, y = width - 2 * edge, float(px(8))
        texts: list[tuple[QTextLayout, QPointF]] = []
        bars: list[QRectF] = []
        head = (
            Span(entry.talk.person, bold=True),
            Span(f"  {entry.rest}" if entry.rest else "", "secondary"),
        )
        layout, height = laid_out(self._theme, head, "body", room)
        texts.append((layout, QPointF(edge, y)))
        y += height + px(4)
        said = [
            text for text in (entry.talk.said, *(f"“{quote.text}”" for quote in entry.talk.quotes)) if text
        ]
        for text in said:
            layout, height = laid_out(self._theme, (Span(text),), "body", room - px(12))
            texts.append((layout, QPointF(edge + px(12), y)))
            bars.append(QRectF(edge, y, px(2), height))
            y += height + px(6)
        tags, y = self._tags(entry, edge, room, y)
        return _Talk(round(y) + px(8), tuple(texts), tuple(bars), tags)

    def _tags(self, entry: TalkEntry, edge: int, room: int, y: float) -> tuple[tuple[_TagBox, ...], float]:
        px = self._theme.px
        metrics = QFontMetrics(self._theme.font("label_plain"))
        boxes: list[_TagBox] = []
        x = float(edge)
        for tag in entry.tags:
            text = metrics.elidedText(tag.text, Qt.TextElideMode.ElideRight, room - px(16))
            width = metrics.horizontalAdvance(text) + px(16)
            if boxes and x + width > edge + room:
                x, y = float(edge), y + px(24)
            boxes.append(_TagBox(text, tag.news, QRectF(x, y + 0.5, width, px(18))))
            x += width + px(6)
        return tuple(boxes), y + px(20) if boxes else y
