"""Asks once before somebody is forgotten, and says what goes."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from lastmile_desktop.core.people import Person
from lastmile_desktop.ui.controls import Button, fit, on_click
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.language import counted, tr
from lastmile_desktop.ui.span_text import paragraph
from lastmile_desktop.ui.theme import Theme


class ForgetDialog(QDialog):
    confirmed = Signal()

    def __init__(self, theme: Theme, person: Person, talks: int, transcripts: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("forget_dialog")
        title = tr("Forget {person}?", person=person.name)
        self.setWindowTitle(title)
        goes = [tr("everything noted about them")]
        if talks:
            goes.append(counted(talks, "{n} talk with its quotes", "{n} talks with their quotes"))
        if transcripts:
            goes.append(counted(transcripts, "{n} transcript", "{n} transcripts"))
        forget = Button(theme, tr("Forget for good"), name="forget_confirm")
        cancel = Button(theme, tr("Keep them"), "primary", name="forget_cancel")
        on_click(forget, self._confirm)
        on_click(cancel, self.reject)
        buttons = QWidget()
        flow = FlowLayout(buttons)
        flow.addWidget(cancel)
        flow.addWidget(forget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(paragraph(theme, tr("Forget this person?"), "title"))
        layout.addWidget(paragraph(theme, tr("{person}: this goes, for good:", person=person.name)))
        layout.addWidget(paragraph(theme, "\n".join(f"– {item}" for item in goes)))
        left = tr(
            "What others said about them in talks of their own stays. Files that you exported are not touched."
        )
        layout.addWidget(paragraph(theme, left, "small", "secondary"))
        layout.addWidget(buttons)
        fit(self, max(300, min(theme.px(420), parent.width() - 24)))
        cancel.setFocus()

    def _confirm(self) -> None:
        self.confirmed.emit()
        self.accept()
