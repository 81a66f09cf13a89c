"""The text of the policy book, with what is wrong in it and on which line."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.span_text import paragraph
from lastmile_desktop.ui.theme import Theme

_LONGEST = 100_000


class BookView(QWidget):
    """`changed` fires while it is typed."""

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._kept = ""
        self.text = QPlainTextEdit()
        self.text.setObjectName("policy_text")
        self.text.setAccessibleName(tr("The text of the policy book"))
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setPlaceholderText("schema = 1\n\n[access]\npublic_routes = []")
        self.text.textChanged.connect(self.changed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        column.addWidget(
            paragraph(
                theme,
                tr("All of it, as it stands in .lastmile/policy.toml. Comments and keys of your own stay."),
                "small",
                "secondary",
            )
        )
        column.addWidget(self.text, 1)
        theme.changed.connect(self._dress)
        self._dress()

    @property
    def written(self) -> str | None:
        """Another text than the book's, None when it is as written."""
        text = self.text.toPlainText()[:_LONGEST]
        return text if text.rstrip() != self._kept.rstrip() else None

    def show_text(self, text: str) -> None:
        if text != self._kept:
            untouched = self.written is None
            self._kept = text
            if untouched:
                self.text.setPlainText(text)

    def discard(self) -> None:
        self.text.setPlainText(self._kept)

    def go_to(self, line: int) -> None:
        block = self.text.document().findBlockByNumber(max(0, line - 1))
        cursor = QTextCursor(block)
        cursor.select(QTextCursor.SelectionType.LineUnderCursor)
        self.text.setTextCursor(cursor)
        self.text.setFocus()

    def _dress(self) -> None:
        self.text.setFont(self._theme.font("mono"))
