"""A paragraph of plain text in several colours and weights that wraps anywhere rather than being cut off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from lastmile_desktop.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Span:
    """Text in a colour token; `role` is a font role, "" for the paragraph's own."""

    text: str
    colour: str = "text"
    bold: bool = False
    role: str = ""


def laid_out(theme: Theme, spans: Sequence[Span], role: str, width: float) -> tuple[QTextLayout, float]:
    """The spans broken into lines of at most `width`, and their height."""
    base = theme.font(role)
    # A layout breaks lines at the separator of its own and not at a newline.
    layout = QTextLayout("".join(span.text for span in spans).replace("\n", "\u2028"), base)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    ranges: list[QTextLayout.FormatRange] = []
    start = 0
    for span in spans:
        piece = QTextLayout.FormatRange()
        piece.start, piece.length, piece.format = start, _utf16(span.text), _format(theme, span, role)  # pyright: ignore[reportAttributeAccessIssue]
        start += _utf16(span.text)
        ranges.append(piece)
    layout.setFormats(ranges)
    spacing = _spacing(base)
    height = 0.0
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(1.0, width))
        line.setPosition(QPointF(0, height))
        height += line.height() + spacing
    layout.endLayout()
    return layout, max(0.0, height - spacing)


def _format(theme: Theme, span: Span, role: str) -> QTextCharFormat:
    form = QTextCharFormat()
    form.setForeground(theme.colour(span.colour))
    if span.role or span.bold:
        form.setFont(theme.font(span.role or role, span.bold))
    return form


def _utf16(text: str) -> int:
    """Qt counts UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _spacing(font: QFont) -> float:
    return max(0.0, font.pixelSize() * 1.45 - QFontMetrics(font).height())


class SpanText(QLabel):
    """Read by screen readers as one static text."""

    def __init__(self, theme: Theme, role: str = "body", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._role = role
        self._spans: tuple[Span, ...] = ()
        self._cached: tuple[int, int, QTextLayout, float] | None = None
        self.setTextFormat(Qt.TextFormat.PlainText)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self._restyle)

    def set_spans(self, *spans: Span) -> None:
        if spans != self._spans:
            self._spans = spans
            self._cached = None
            self.setText("".join(span.text for span in spans))
            self.updateGeometry()
            self.update()

    def set_role(self, role: str) -> None:
        if role != self._role:
            self._role = role
            self._restyle()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return int(self._layout(width)[1] + 0.999)

    def sizeHint(self) -> QSize:
        layout, height = laid_out(self._theme, self._spans, self._role, 100_000)
        return QSize(int(layout.maximumWidth() + 1.999), int(height + 0.999))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(48), self.heightForWidth(max(self.width(), self._theme.px(48))))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._layout(self.width())[0].draw(painter, QPointF(0, 0))

    def _layout(self, width: int) -> tuple[QTextLayout, float]:
        version = self._theme.version
        if self._cached is None or self._cached[:2] != (width, version):
            self._cached = (width, version, *laid_out(self._theme, self._spans, self._role, width))
        return self._cached[2], self._cached[3]

    def _restyle(self) -> None:
        self._cached = None
        self.updateGeometry()
        self.update()


def paragraph(theme: Theme, text: str = "", role: str = "body", colour: str = "text") -> SpanText:
    """A paragraph in one colour."""
    found = SpanText(theme, role)
    found.set_spans(Span(text, colour))
    return found
