"""What would be written, line by line, before it is."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextDocument
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from lastmile_desktop.core.events import PolicyPreviewed
from lastmile_desktop.ui.controls import Button, label, on_click
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.span_text import Span, SpanText
from lastmile_desktop.ui.theme import Theme


class DiffColours(QSyntaxHighlighter):
    """Added and removed lines on the washes that mean the same everywhere; the signs say it too."""

    def __init__(self, theme: Theme, document: QTextDocument) -> None:
        super().__init__(document)
        self._theme = theme
        theme.changed.connect(self.rehighlight)

    def highlightBlock(self, text: str) -> None:
        tokens = {"+": ("pass", "pass_wash"), "-": ("stop", "stop_wash"), "@": ("secondary", "")}
        colour, wash = tokens.get(text[:1], ("", ""))
        if not colour:
            return
        form = QTextCharFormat()
        form.setForeground(self._theme.colour(colour))
        form.setBackground(self._theme.colour(wash) if wash else QColor(0, 0, 0, 0))
        self.setFormat(0, len(text), form)


class DiffView(QWidget):
    """`applied` is the founder's word for it, `left` goes back to the change."""

    applied = Signal()
    left = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._lines = QPlainTextEdit()
        self._lines.setObjectName("policy_diff")
        self._lines.setAccessibleName(tr("What would be written"))
        self._lines.setReadOnly(True)
        self._lines.setTabChangesFocus(True)
        self._colours = DiffColours(theme, self._lines.document())
        self._problems = SpanText(theme, "small")
        self._problems.setObjectName("policy_diff_problems")
        self._apply = Button(theme, tr("Write it"), "primary", "check", "policy_apply")
        back = Button(theme, tr("Back"), "", "arrow-left", "policy_back")
        on_click(self._apply, self.applied.emit)
        on_click(back, self.left.emit)
        tools = QWidget()
        flow = FlowLayout(tools, 8)
        flow.addWidget(self._apply)
        flow.addWidget(back)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 16)
        column.setSpacing(10)
        column.addWidget(label(tr("Before it is written"), "title"))
        column.addWidget(self._problems)
        column.addWidget(self._lines, 1)
        column.addWidget(tools)
        theme.changed.connect(self._dress)
        self._dress()

    def show_preview(self, preview: PolicyPreviewed) -> None:
        self._lines.setPlainText("\n".join(preview.diff) or tr("Nothing would change."))
        self._apply.setEnabled(bool(preview.diff))
        told = [tr("Line {n}: {problem}", n=item.line, problem=item.text) for item in preview.problems]
        self._problems.set_spans(Span("\u2028".join(told), "soon"))
        self._problems.setVisible(bool(told))
        (self._apply if preview.diff else self._lines).setFocus()

    def _dress(self) -> None:
        self._lines.setFont(self._theme.font("mono"))
