"""The text of a note: Enter logs it, and a transcript pasted into it is noticed."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QKeyEvent

from lastmile_desktop.ui.conversations.paste import looks_like_transcript
from lastmile_desktop.ui.dropped import local_files
from lastmile_desktop.ui.form_fields import GrowingText
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.theme import Theme


class NoteText(GrowingText):
    """Enter logs, Shift+Enter starts a line. `transcript_pasted` carries the pasted text, which is in the note too."""

    entered = Signal()
    transcript_pasted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setProperty("bare", True)
        self.setObjectName("conversation_text")
        self.setPlaceholderText(tr("What did they say?"))
        self.setAccessibleName(tr("What did they say?"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def canInsertFromMimeData(self, source: QMimeData, /) -> bool:
        """Files are for the log, not for the text."""
        return not local_files(source) and super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData, /) -> None:
        super().insertFromMimeData(source)
        if looks_like_transcript(source.text()):
            self.transcript_pasted.emit(source.text())
