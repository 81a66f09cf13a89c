"""The small parts every view is made of: buttons, labels, cards, all named for screen readers."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from lastmile_desktop.ui.theme import Theme


class Button(QPushButton):
    """A push button with an optional Phosphor icon. `kind`: "", primary, quiet, tag, status, link, step or band."""

    def __init__(self, theme: Theme, text: str, kind: str = "", icon: str = "", name: str = "") -> None:
        super().__init__(text)
        self._theme = theme
        self._icon = icon
        self._tint = ""
        self._kind = kind
        self.setProperty("kind", kind)
        self.setObjectName(name)
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        wide = QSizePolicy.Policy.Expanding if kind == "band" else QSizePolicy.Policy.Maximum
        self.setSizePolicy(wide, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._dress)
        self._dress()

    def set_icon(self, icon: str, tint: str = "") -> None:
        if (icon, tint) != (self._icon, self._tint):
            self._icon, self._tint = icon, tint
            self._dress()

    def _dress(self) -> None:
        if self._icon:
            primary = "window" if self._theme.is_dark else "panel"
            tint = self._tint or (primary if self._kind == "primary" else "secondary")
            side = self._theme.px(12 if self._kind in ("tag", "status") else 16)
            self.setIcon(self._theme.icon(self._icon, tint))
            self.setIconSize(QSize(side, side))


class IconButton(QToolButton):
    """A button that shows only an icon; `text` is its tool tip and its name for screen readers."""

    def __init__(self, theme: Theme, icon: str, text: str, name: str = "", side: int = 18) -> None:
        super().__init__()
        self._theme = theme
        self._icon = icon
        self._side = side
        self.setObjectName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.say(text)
        theme.changed.connect(self._dress)
        self._dress()

    def say(self, text: str, icon: str = "") -> None:
        """What the button does now."""
        self.setAccessibleName(text)
        self.setToolTip(text)
        if icon and icon != self._icon:
            self._icon = icon
            self._dress()

    def _dress(self) -> None:
        side = self._theme.px(self._side)
        self.setIcon(self._theme.icon(self._icon))
        self.setIconSize(QSize(side, side))


class IconLabel(QLabel):
    """A decorative icon; it says nothing that the text beside it does not."""

    def __init__(self, theme: Theme, icon: str, tint: str = "secondary", side: int = 16) -> None:
        super().__init__()
        self._theme, self._icon, self._tint, self._side = theme, icon, tint, side
        theme.changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        side = self._theme.px(self._side)
        self.setFixedSize(side, side)
        self.setPixmap(
            self._theme.icon(self._icon, self._tint).pixmap(QSize(side, side), self.devicePixelRatio())
        )


class ElidedLabel(QLabel):
    """A line of plain text that gives way: it ends in … rather than pushing its neighbours out."""

    def __init__(self, role: str, name: str) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str) -> None:
        self.setText(text)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:
        whole = super().minimumSizeHint()
        return QSize(min(whole.width(), 3 * whole.height()), whole.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


def label(text: str = "", role: str = "", name: str = "") -> QLabel:
    """A line of plain text in a role of the style sheet: title, strong, secondary, small, label, tag, key."""
    found = QLabel(text)
    found.setTextFormat(Qt.TextFormat.PlainText)
    found.setProperty("role", role)
    found.setObjectName(name)
    return found


def field_label(text: str) -> QLabel:
    """The name before a form's field, as high as the field so that both stand on one line."""
    found = label(text, "secondary")
    found.setMinimumHeight(30)
    return found


def card(name: str = "card") -> QFrame:
    found = QFrame()
    found.setObjectName(name)
    return found


def rule() -> QFrame:
    """A hairline."""
    found = QFrame()
    found.setObjectName("rule")
    found.setFixedHeight(1)
    return found


def mark_property(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at, and let it look again."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def fit(widget: QWidget, width: int) -> None:
    """Give a popup or dialog this width and the height its wrapped text then needs."""
    layout = widget.layout()
    widget.setFixedWidth(width)
    if layout is not None:
        layout.activate()
        widget.setFixedHeight(max(layout.totalHeightForWidth(width), layout.totalMinimumSize().height()))


def clear(layout_of: QWidget) -> None:
    """Remove everything a widget's layout holds."""
    layout = layout_of.layout()
    while layout is not None and layout.count():
        item = layout.takeAt(0)
        inner = item.widget() if item else None
        if inner is not None:
            inner.hide()
            inner.deleteLater()


def on_click(button: QPushButton | QToolButton, act: Callable[[], object]) -> None:
    button.clicked.connect(lambda _checked=False: act())
