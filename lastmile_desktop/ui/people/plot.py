"""Hours of building and of talking, week by week on one axis, with what was committed marked above."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from lastmile_desktop.core.conversation import Ladder
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.phrases import short_day
from lastmile_desktop.ui.theme import Theme

_STEPS = (1, 2, 5, 10, 20, 50, 100)
_MOST_LINES = 5


@dataclass(frozen=True, slots=True)
class Column:
    """One week: hours, None where git does not tell, and the steps that somebody took in it; `firm` when money was
    more than meant. `spoken` says it all in words."""

    monday: date
    built: float | None
    talked: float
    given: tuple[Ladder, ...]
    firm: bool
    spoken: str


def axis_step(most: float) -> int:
    """Hours between two lines, so that there are a handful of them."""
    return next((step for step in _STEPS if most / step <= _MOST_LINES), 200)


class WeekPlot(QWidget):
    """Left and Right go from week to week; `pointed` carries the place of the week that is looked at, -1 for none."""

    pointed = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._columns: tuple[Column, ...] = ()
        self._at = -1
        self.setObjectName("week_plot")
        self.setAccessibleName(tr("Hours of building and talking by week"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def show_weeks(self, columns: tuple[Column, ...]) -> None:
        self._columns = columns
        self._at = min(self._at, len(columns) - 1)
        self.setAccessibleDescription("\n".join(column.spoken for column in columns))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(320), self._theme.px(230))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self._theme.px(230))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Left:
                self._point(max(0, (self._at if self._at >= 0 else len(self._columns)) - 1))
            case Qt.Key.Key_Right:
                self._point(min(len(self._columns) - 1, self._at + 1))
            case _:
                super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        box = self._plot_box()
        place = int((event.position().x() - box.left()) / max(1.0, box.width()) * len(self._columns))
        self._point(place if 0 <= place < len(self._columns) else -1)

    def leaveEvent(self, event: QEvent) -> None:
        self._point(-1)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._columns:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = self._plot_box()
        step = axis_step(self._most())
        top = max(step, math.ceil(self._most() / step) * step)
        self._paint_axis(painter, box, step, top)
        for place, column in enumerate(self._columns):
            self._paint_week(painter, box, top, place, column)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.colour("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

    def _point(self, place: int) -> None:
        if place != self._at:
            self._at = place
            self.pointed.emit(place)
            self.update()

    def _most(self) -> float:
        return max([1.0, *(max(column.built or 0.0, column.talked) for column in self._columns)])

    def _plot_box(self) -> QRectF:
        px = self._theme.px
        return QRectF(px(34), px(26), self.width() - px(42), self.height() - px(50))

    def _paint_axis(self, painter: QPainter, box: QRectF, step: int, top: float) -> None:
        colour = self._theme.colour
        painter.setFont(self._theme.font("label_plain"))
        for number in range(round(top / step) + 1):
            y = box.bottom() - box.height() * number * step / top
            painter.setPen(QPen(colour("line"), 1))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(colour("secondary"))
            words = QRectF(0, y - box.left() / 2, box.left() - 6, box.left())
            text = tr("{n} h", n=number * step) if number * step == top else str(number * step)
            painter.drawText(words, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_week(self, painter: QPainter, box: QRectF, top: float, place: int, column: Column) -> None:
        colour, wide = self._theme.colour, box.width() / len(self._columns)
        left = box.left() + place * wide
        if place == self._at:
            painter.fillRect(QRectF(left, box.top(), wide, box.height()), colour("accent_wash"))
        bar, gap = wide * 0.32, wide * 0.04
        middle = left + wide / 2
        painter.setPen(QPen(colour("faint"), 1))
        painter.setBrush(colour("line"))
        if column.built:
            painter.drawRect(self._bar(box, top, middle - gap - bar, bar, column.built))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("needs_you"))
        if column.talked:
            painter.drawRect(self._bar(box, top, middle + gap, bar, column.talked))
        if column.given:
            at = QPointF(middle, box.top() - self._theme.px(12))
            self._paint_given(painter, at, max(column.given, key=_step), column.firm)
        if self._is_dated(place, wide):
            painter.setFont(self._theme.font("label_plain"))
            painter.setPen(colour("secondary"))
            words = QRectF(middle - wide * 2, box.bottom() + 4, wide * 4, self._theme.px(18))
            painter.drawText(
                words, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, _day(column.monday)
            )

    def _bar(self, box: QRectF, top: float, x: float, width: float, hours: float) -> QRectF:
        height = max(1.5, box.height() * hours / top)
        return QRectF(x, box.bottom() - height, width, height)

    def _is_dated(self, place: int, wide: float) -> bool:
        """As many dates as fit, the newest week always."""
        each = max(1, math.ceil(self._theme.px(56) / max(1.0, wide)))
        return (len(self._columns) - 1 - place) % each == 0

    def _paint_given(self, painter: QPainter, at: QPointF, level: Ladder, firm: bool) -> None:
        """A ring for time, a diamond for their name or a letter of intent, a filled diamond for money."""
        size = self._theme.px(5)
        painter.setPen(QPen(self._theme.colour("pass"), 1.6))
        painter.setBrush(self._theme.colour("pass") if firm else Qt.BrushStyle.NoBrush)
        if level is Ladder.TIME:
            painter.drawEllipse(at, size * 0.8, size * 0.8)
            return
        x, y = at.x(), at.y()
        corners = [QPointF(x, y - size), QPointF(x + size, y), QPointF(x, y + size), QPointF(x - size, y)]
        painter.drawPolygon(QPolygonF(corners))


def week_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _step(level: Ladder) -> int:
    return level.step


def _day(monday: date) -> str:
    """ "16 Nov"."""
    return short_day(monday).partition("\u00a0")[2]
