"""A button whose words may take several lines."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout

from lastmile_desktop.ui.controls import Button
from lastmile_desktop.ui.span_text import Span, SpanText
from lastmile_desktop.ui.theme import Theme


class TextButton(Button):
    """`margins` are left, top, right and bottom around the words."""

    def __init__(
        self, theme: Theme, text: str, kind: str, name: str, margins: tuple[int, int, int, int]
    ) -> None:
        super().__init__(theme, "", kind, name=name)
        self.words = SpanText(theme)
        self.words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(text)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*margins)
        layout.addWidget(self.words)

    def say(self, text: str, colour: str) -> None:
        self.words.set_spans(Span(text, colour))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return layout.totalHeightForWidth(width) if layout else super().heightForWidth(width)

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return layout.totalSizeHint() if layout else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        layout = self.layout()
        return layout.totalMinimumSize() if layout else super().minimumSizeHint()
