"""The seven marks of the checklist: each band has its own shape, so that colour is never the only sign."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from lastmile_desktop.core.ranking import Band

BAND_COLOUR = {
    Band.STOP: "stop",
    Band.BEFORE_YOU_DOUBLE: "soon",
    Band.SOON: "secondary",
    Band.LATER: "secondary",
    Band.NEEDS_YOU: "needs_you",
    Band.NOT_CHECKED: "faint",
    Band.SUPPRESSED: "faint",
    Band.PASSED: "pass",
    Band.NOT_APPLICABLE: "faint",
}

MARK = {
    Band.STOP: "octagon-cross",
    Band.BEFORE_YOU_DOUBLE: "triangle-bar",
    Band.SOON: "circle-dot",
    Band.LATER: "circle-dot",
    Band.NEEDS_YOU: "hand",
    Band.NOT_CHECKED: "circle-question",
    Band.SUPPRESSED: "circle-dash",
    Band.PASSED: "circle-tick",
    Band.NOT_APPLICABLE: "circle-dash",
}


def paint(painter: QPainter, mark: str, box: QRectF, colour: QColor) -> None:
    """Draw a mark into a square box; all have the same line width, a twelfth of the box."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(colour, box.width() / 13)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.translate(box.topLeft())
    painter.scale(box.width() / 24, box.height() / 24)
    pen.setWidthF(24 / 13)
    painter.setPen(pen)
    _DRAW[mark](painter, colour)
    painter.restore()


def _octagon(painter: QPainter, _: QColor) -> None:
    centre, radius = 12.0, 10.2
    corners = [
        QPointF(
            centre + radius * math.cos(math.radians(22.5 + 45 * n)),
            centre + radius * math.sin(math.radians(22.5 + 45 * n)),
        )
        for n in range(8)
    ]
    painter.drawPolygon(QPolygonF(corners))
    painter.drawLine(QPointF(9, 9), QPointF(15, 15))
    painter.drawLine(QPointF(15, 9), QPointF(9, 15))


def _triangle(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath(QPointF(12, 3))
    path.lineTo(22, 20.5)
    path.lineTo(2, 20.5)
    path.closeSubpath()
    painter.drawPath(path)
    painter.drawLine(QPointF(12, 9.6), QPointF(12, 14))
    _dot(painter, colour, QPointF(12, 17.3), 1.1)


def _dot(painter: QPainter, colour: QColor, centre: QPointF, radius: float) -> None:
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(centre, radius, radius)
    painter.restore()


def _circle(painter: QPainter, _: QColor) -> None:
    painter.drawEllipse(QPointF(12, 12), 9.6, 9.6)


def _circle_dot(painter: QPainter, colour: QColor) -> None:
    _circle(painter, colour)
    _dot(painter, colour, QPointF(12, 12), 2.6)


def _circle_tick(painter: QPainter, colour: QColor) -> None:
    _circle(painter, colour)
    painter.drawPolyline(QPolygonF([QPointF(7.8, 12.4), QPointF(10.7, 15.2), QPointF(16.2, 9.4)]))


def _circle_dash(painter: QPainter, colour: QColor) -> None:
    _circle(painter, colour)
    painter.drawLine(QPointF(8, 12), QPointF(16, 12))


def _circle_question(painter: QPainter, colour: QColor) -> None:
    _circle(painter, colour)
    path = QPainterPath(QPointF(9.3, 9.9))
    path.arcTo(QRectF(9.3, 7.2, 5.4, 5.4), 180, -225)
    path.quadTo(QPointF(12, 12.7), QPointF(12, 13.8))
    painter.drawPath(path)
    _dot(painter, colour, QPointF(12, 16.8), 1.2)


def _hand(painter: QPainter, _: QColor) -> None:
    path = QPainterPath(QPointF(7.2, 13.4))
    path.lineTo(5.6, 11.2)
    path.cubicTo(4.6, 9.8, 2.6, 11.0, 3.4, 12.6)
    path.lineTo(6.4, 18.2)
    path.cubicTo(7.7, 20.6, 9.8, 21.8, 12.6, 21.8)
    path.cubicTo(16.8, 21.8, 19.8, 18.8, 19.8, 14.8)
    path.lineTo(19.8, 9.0)
    path.cubicTo(19.8, 7.2, 17.2, 7.2, 17.2, 9.0)
    path.moveTo(7.2, 13.4)
    path.lineTo(7.2, 6.4)
    path.cubicTo(7.2, 4.6, 10.0, 4.6, 10.0, 6.4)
    path.lineTo(10.0, 11.2)
    path.moveTo(10.0, 6.4)
    path.lineTo(10.0, 4.2)
    path.cubicTo(10.0, 2.2, 13.4, 2.2, 13.4, 4.2)
    path.lineTo(13.4, 11.2)
    path.moveTo(13.4, 5.6)
    path.cubicTo(13.4, 3.8, 17.2, 3.8, 17.2, 5.6)
    path.lineTo(17.2, 11.8)
    painter.drawPath(path)


_DRAW: dict[str, Callable[[QPainter, QColor], None]] = {
    "octagon-cross": _octagon,
    "triangle-bar": _triangle,
    "circle-dot": _circle_dot,
    "circle": _circle,
    "circle-tick": _circle_tick,
    "circle-dash": _circle_dash,
    "circle-question": _circle_question,
    "hand": _hand,
}
