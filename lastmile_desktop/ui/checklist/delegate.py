"""Draws the lines of the list."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen, QTextLayout
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from lastmile_desktop.ui import marks
from lastmile_desktop.ui.checklist.entries import BandEntry, EmptyEntry, MoreEntry, RowEntry, SkeletonEntry
from lastmile_desktop.ui.checklist.row_layout import RowLayout, margin, row_layout, text_left
from lastmile_desktop.ui.span_text import Span, laid_out
from lastmile_desktop.ui.steady_model import ENTRY, Index
from lastmile_desktop.ui.theme import Theme

Laid = tuple[QTextLayout, float]
_MOST_CACHED = 2_000


class ChecklistDelegate(QStyledItemDelegate):
    """Layouts are kept by line, width and theme, so that scrolling and repainting only draw."""

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view
        self._rows: dict[tuple[RowEntry, int, int], RowLayout] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        width = self._view.viewport().width()
        match index.data(ENTRY):
            case RowEntry() as entry:
                height = self._row(entry, width).height
            case BandEntry() as entry:
                height = self._band_height(entry, width)
            case EmptyEntry() as entry:
                height = self._empty_height(entry, width)
            case MoreEntry():
                height = self._theme.px(36)
            case _:
                height = self._theme.px(56)
        return QSize(width, height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(rect.topLeft())
        size = rect.size()
        entry = index.data(ENTRY)
        self._background(painter, size, state, raised=isinstance(entry, BandEntry))
        match entry:
            case RowEntry():
                self._paint_row(painter, size, entry)
            case BandEntry():
                self._paint_band(painter, size, entry)
            case MoreEntry():
                self._paint_more(painter, size, entry)
            case EmptyEntry():
                self._paint_empty(painter, size, entry)
            case SkeletonEntry():
                self._paint_skeleton(painter, size, entry)
            case _:
                pass
        self._focus(painter, size, state)
        painter.restore()

    def _row(self, entry: RowEntry, width: int) -> RowLayout:
        key = (entry, width, self._theme.version)
        found = self._rows.get(key)
        if found is None:
            if len(self._rows) >= _MOST_CACHED:
                self._rows.clear()
            found = self._rows[key] = row_layout(self._theme, entry.row, width)
        return found

    def _background(self, painter: QPainter, size: QSize, state: QStyle.StateFlag, *, raised: bool) -> None:
        box = QRectF(0, 0, size.width(), size.height())
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, self._theme.colour("accent_wash"))
            painter.fillRect(QRectF(0, 0, self._theme.px(2), size.height()), self._theme.colour("accent"))
        elif raised or state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, self._theme.colour("raised"))
        painter.fillRect(QRectF(0, size.height() - 1, size.width(), 1), self._theme.colour("line"))

    def _focus(self, painter: QPainter, size: QSize, state: QStyle.StateFlag) -> None:
        if state & QStyle.StateFlag.State_HasFocus and getattr(self._view, "shows_focus", True):
            painter.setPen(QPen(self._theme.colour("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(2, 1.5, size.width() - 4, size.height() - 4), 4, 4)

    def _paint_row(self, painter: QPainter, size: QSize, entry: RowEntry) -> None:
        layout = self._row(entry, size.width())
        band = entry.row.band
        marks.paint(painter, marks.MARK[band], layout.mark, self._theme.colour(marks.BAND_COLOUR[band]))
        layout.title.draw(painter, layout.title_at)
        if layout.place is not None:
            layout.place.draw(painter, layout.place_at)
        painter.setFont(self._theme.font("chip"))
        for chip in layout.chips:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour(chip.wash))
            painter.drawRoundedRect(chip.box, 4, 4)
            painter.setPen(self._theme.colour(chip.colour))
            painter.drawText(chip.box, Qt.AlignmentFlag.AlignCenter, chip.text)

    def _band_spans(self, entry: BandEntry) -> tuple[Span, ...]:
        return (Span(entry.title, "secondary"), Span(f"  {entry.count}", "secondary", role="small"))

    def _band_room(self, width: int) -> int:
        return width - 2 * margin(self._theme, width) - self._theme.px(20)

    def _band_height(self, entry: BandEntry, width: int) -> int:
        _, height = laid_out(self._theme, self._band_spans(entry), "label", self._band_room(width))
        return max(self._theme.px(32), round(height) + self._theme.px(14))

    def _paint_band(self, painter: QPainter, size: QSize, entry: BandEntry) -> None:
        left = margin(self._theme, size.width())
        layout, height = laid_out(
            self._theme, self._band_spans(entry), "label", self._band_room(size.width())
        )
        layout.draw(painter, QPointF(left, (size.height() - height) / 2 - 0.5))
        self._paint_caret(painter, size, entry.open)

    def _paint_caret(self, painter: QPainter, size: QSize, opened: bool) -> None:
        side = self._theme.px(12)
        box = QRect(
            size.width() - margin(self._theme, size.width()) - side, (size.height() - side) // 2, side, side
        )
        self._theme.icon("caret-down" if opened else "caret-right", "faint").paint(painter, box)

    def _paint_more(self, painter: QPainter, size: QSize, entry: MoreEntry) -> None:
        painter.setFont(self._theme.font("small"))
        painter.setPen(self._theme.colour("secondary"))
        left = text_left(self._theme, size.width())
        width = QFontMetrics(painter.font()).horizontalAdvance(entry.title)
        painter.drawText(
            QRectF(left, 0, size.width() - left, size.height()), Qt.AlignmentFlag.AlignVCenter, entry.title
        )
        side = self._theme.px(12)
        box = QRect(left + width + self._theme.px(6), (size.height() - side) // 2, side, side)
        self._theme.icon("caret-down", "faint").paint(painter, box)

    def _empty_parts(self, entry: EmptyEntry, width: int) -> tuple[Laid, Laid]:
        room = width - text_left(self._theme, width) - margin(self._theme, width)
        title = laid_out(self._theme, (Span(entry.title),), "body", room)
        text = laid_out(self._theme, (Span(entry.text, "secondary"),), "small", room)
        return title, text

    def _empty_height(self, entry: EmptyEntry, width: int) -> int:
        (_, title), (_, text) = self._empty_parts(entry, width)
        return max(self._theme.px(56), round(title + text) + self._theme.px(21))

    def _paint_empty(self, painter: QPainter, size: QSize, entry: EmptyEntry) -> None:
        (title, title_height), (text, _) = self._empty_parts(entry, size.width())
        edge, left, top = (
            margin(self._theme, size.width()),
            text_left(self._theme, size.width()),
            self._theme.px(9),
        )
        mark, colour = ("circle-tick", "pass") if entry.good else ("circle-dash", "faint")
        side = self._theme.px(18)
        marks.paint(
            painter, mark, QRectF(edge, top + self._theme.px(1), side, side), self._theme.colour(colour)
        )
        title.draw(painter, QPointF(left, top))
        text.draw(painter, QPointF(left, top + title_height + self._theme.px(2)))

    def _paint_skeleton(self, painter: QPainter, size: QSize, entry: SkeletonEntry) -> None:
        edge, left = margin(self._theme, size.width()), text_left(self._theme, size.width())
        px = self._theme.px
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("line"))
        painter.drawEllipse(QRectF(edge, px(11), px(16), px(16)))
        room = size.width() - left - edge
        painter.drawRoundedRect(
            QRectF(left, px(13), room * (0.62, 0.48, 0.7)[entry.number % 3], px(10)), 4, 4
        )
        painter.setBrush(self._theme.colour("raised"))
        painter.drawRoundedRect(
            QRectF(left, px(33), room * (0.34, 0.42, 0.28)[entry.number % 3], px(8)), 4, 4
        )
