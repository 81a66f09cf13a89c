"""A few lines of the founder's own code with the line at fault marked."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlockFormat,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from lastmile_desktop.ui.controls import IconButton, IconLabel, label, on_click
from lastmile_desktop.ui.detail.content import Place
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.span_text import Span, SpanText
from lastmile_desktop.ui.theme import Theme

_MARGIN, _LINE = 6, 19


class _Numbers(QWidget):
    """The line numbers beside the code; painting them is the code's own part."""

    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self._code = code

    def paintEvent(self, event: QPaintEvent) -> None:
        self._code.paint_numbers(QPainter(self))


class Code(QTextEdit):
    """Read-only plain text, selectable, as high as its lines; never wraps, scrolls sideways when it must."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._first = 1
        self._marked = range(0)
        self._colour = "removed"
        self.setObjectName("excerpt_code")
        self.setReadOnly(True)
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QTextEdit.LineWrapMode.NoWrap)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(_MARGIN)
        self._numbers = _Numbers(self)
        theme.changed.connect(self._restyle)

    def show_lines(self, text: str, first: int, marked: range, colour: str) -> None:
        self._first, self._marked, self._colour = max(1, first), marked, colour
        self.setPlainText(text.rstrip("\n").expandtabs(2))
        self.setAccessibleName(tr("Code from line {n}", n=self._first))
        self._restyle()

    def sizeHint(self) -> QSize:
        height = round(self.document().size().height()) + 2
        if self.document().idealWidth() > self.viewport().width() > 0:
            height += self.horizontalScrollBar().sizeHint().height()
        return QSize(self._theme.px(200), height)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(80), self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        area = self.contentsRect()
        self._numbers.setGeometry(QRect(area.topLeft(), QSize(self._gutter(), area.height())))
        self.setFixedHeight(self.sizeHint().height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.angleDelta().x() and not event.angleDelta().y():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        for number, box in self._boxes():
            if number in self._marked:
                painter.fillRect(
                    QRect(0, box.top(), self.viewport().width(), box.height()),
                    self._theme.colour(self._colour),
                )
        painter.end()
        super().paintEvent(event)

    def paint_numbers(self, painter: QPainter) -> None:
        painter.setFont(self._theme.font("mono"))
        width = self._gutter()
        edge = "stop" if self._colour == "removed" else "pass"
        for number, box in self._boxes():
            line = QRect(0, box.top(), width, box.height())
            if number in self._marked:
                painter.fillRect(line, self._theme.colour(self._colour))
                painter.fillRect(QRect(0, box.top(), 2, box.height()), self._theme.colour(edge))
            painter.setPen(self._theme.colour("secondary"))
            aligned = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(line.adjusted(0, 0, -self._theme.px(8), 0), aligned, str(number))

    def _boxes(self) -> list[tuple[int, QRect]]:
        """Each line's number and where it stands; all lines have the same height."""
        line = self._theme.px(_LINE)
        return [
            (self._first + number, QRect(0, _MARGIN + number * line, self.width(), line))
            for number in range(self.document().blockCount())
        ]

    def _gutter(self) -> int:
        last = self._first + self.document().blockCount()
        metrics = QFontMetrics(self._theme.font("mono"))
        return metrics.horizontalAdvance("0" * max(2, len(str(last)))) + self._theme.px(20)

    def _restyle(self) -> None:
        font = self._theme.font("mono")
        self.document().setDefaultFont(font)
        form = QTextBlockFormat()
        form.setLineHeight(self._theme.px(_LINE), QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.mergeBlockFormat(form)
        self.setViewportMargins(self._gutter(), 0, 0, 0)
        self.setFixedHeight(self.sizeHint().height())
        self._numbers.update()


class Excerpt(QFrame):
    """The file's name, the lines, and when there are several places the way to the next."""

    stepped = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("excerpt")
        head = QFrame()
        head.setObjectName("excerpt_head")
        self.path = SpanText(theme, "small")
        self.path.setObjectName("excerpt_path")
        self._count = label("", "small", "excerpt_count")
        self._previous = IconButton(theme, "caret-left", tr("Previous place"), "excerpt_previous", 14)
        self._next = IconButton(theme, "caret-right", tr("Next place"), "excerpt_next", 14)
        on_click(self._previous, lambda: self.stepped.emit(-1))
        on_click(self._next, lambda: self.stepped.emit(1))
        row = QHBoxLayout(head)
        row.setContentsMargins(12, 6, 4, 6)
        row.setSpacing(6)
        row.addWidget(IconLabel(theme, "file-text"), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.path, 1, Qt.AlignmentFlag.AlignVCenter)
        for part in (self._count, self._previous, self._next):
            row.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)
        self._head = head
        self.code = Code(theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addWidget(self.code)

    def show_place(self, place: Place, number: int, total: int, *, good: bool) -> None:
        line = f":{place.line_start}" if place.line_start else ""
        self.path.set_spans(Span(place.path, "secondary", role="mono"), Span(line, "secondary", role="mono"))
        several = total > 1
        self._count.setText(tr("{n} of {all}", n=number, all=total) if several else "")
        for part in (self._count, self._previous, self._next):
            part.setVisible(several)
        self._previous.setEnabled(number > 1)
        self._next.setEnabled(number < total)
        self._head.setVisible(bool(place.path) or several)
        self.code.setVisible(bool(place.snippet))
        if place.snippet:
            marked = range(place.line_start, max(place.line_start, place.line_end) + 1)
            self.code.show_lines(place.snippet, place.snippet_start, marked, "added" if good else "removed")
