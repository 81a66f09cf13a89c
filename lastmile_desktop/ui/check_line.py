"""A box to tick whose words wrap where there is little room."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSizePolicy, QWidget

from lastmile_desktop.ui.span_text import paragraph
from lastmile_desktop.ui.theme import Theme


class CheckLine(QWidget):
    """As wide as `width` (at 100 %) where there is room, so that several stand in columns."""

    toggled = Signal(bool)

    def __init__(self, theme: Theme, text: str, name: str, width: int = 250) -> None:
        super().__init__()
        self._theme, self._wide = theme, width
        self.box = QCheckBox()
        self.box.setObjectName(name)
        self.box.setAccessibleName(text)
        self.box.toggled.connect(self.toggled)
        words = paragraph(theme, text)
        words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(6)
        row.addWidget(self.box, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(words, 1, Qt.AlignmentFlag.AlignVCenter)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(self._wide), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(96), super().minimumSizeHint().height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.box.click()
        event.accept()
