"""The offer to import what was pasted into a note and looks like a transcript."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from lastmile_desktop.ui.controls import Button, on_click
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.span_text import paragraph
from lastmile_desktop.ui.theme import Theme


class PasteOffer(QFrame):
    """`accepted` carries the text to import."""

    accepted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._text = ""
        take = Button(theme, tr("Import as a talk"), name="paste_import")
        leave = Button(theme, tr("Keep as a note"), "quiet", name="paste_keep")
        on_click(take, self._accept)
        on_click(leave, self.hide)
        buttons = QWidget()
        flow = FlowLayout(buttons)
        flow.addWidget(take)
        flow.addWidget(leave)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 6)
        layout.setSpacing(4)
        words = tr("This looks like a transcript. Imported, it keeps who said what.")
        layout.addWidget(paragraph(theme, words, "small", "secondary"))
        layout.addWidget(buttons)
        self.hide()

    def propose(self, text: str) -> None:
        self._text = text
        self.show()

    def _accept(self) -> None:
        self.hide()
        self.accepted.emit(self._text)
