"""The rail of pages on the left."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy, QVBoxLayout

from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.pages import Page
from lastmile_desktop.ui.theme import Theme

_FOOT = 100


class RailButton(QAbstractButton):
    """Icon, name, and a count when there is one."""

    def __init__(self, theme: Theme, page: Page) -> None:
        super().__init__()
        self._theme = theme
        self._page = page
        self._badge = ""
        self.setObjectName(f"rail_{page.id}")
        self.setText(tr(page.title))
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def set_badge(self, count: int) -> None:
        self._badge = str(count) if count else ""
        spoken = tr("{page}, {n} stoppers", page=self.text(), n=count) if count else self.text()
        self.setAccessibleName(spoken)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(132), self._theme.px(34))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px, colour = self._theme.px, self._theme.colour
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.isChecked():
            painter.setPen(QPen(colour("line"), 1))
            painter.setBrush(colour("panel"))
            painter.drawRoundedRect(box, 6, 6)
        elif self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour("line"))
            painter.drawRoundedRect(box, 6, 6)
        if self.hasFocus():
            painter.setPen(QPen(colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        tint = "text" if self.isChecked() else "secondary"
        side = px(16)
        self._theme.icon(self._page.icon, tint).paint(
            painter, QRect(px(11), (self.height() - side) // 2, side, side)
        )
        painter.setFont(self._theme.font())
        painter.setPen(colour(tint))
        text = QRectF(px(36), 0, self.width() - px(36) - (px(30) if self._badge else 6), self.height())
        shown = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, int(text.width()))
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, shown)
        painter.setFont(self._theme.font("label_plain"))
        painter.setPen(colour("secondary"))
        badge = QRectF(0, 0, self.width() - px(10), self.height())
        painter.drawText(badge, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._badge)


class Rail(QFrame):
    chosen = Signal(str)

    def __init__(self, theme: Theme, pages: tuple[Page, ...]) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("rail")
        self.setAccessibleName(tr("Pages"))
        self._buttons: dict[str, RailButton] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 11, 7, 11)
        layout.setSpacing(0)
        foot = False
        for page in pages:
            if page.order >= _FOOT and not foot:
                layout.addStretch(1)
                foot = True
            button = RailButton(theme, page)
            button.clicked.connect(lambda _checked=False, chosen=page.id: self.chosen.emit(chosen))
            self._buttons[page.id] = button
            layout.addWidget(button)
        if not foot:
            layout.addStretch(1)
        theme.changed.connect(self._resize)
        self._resize()

    def show_page(self, page: str) -> None:
        self._buttons[page].setChecked(True)

    def set_badge(self, page: str, count: int) -> None:
        self._buttons[page].set_badge(count)

    def _resize(self) -> None:
        self.setFixedWidth(round(148 * (1 + (self._theme.scale - 1) * 0.7)))
