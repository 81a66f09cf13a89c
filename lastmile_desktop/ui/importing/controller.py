"""Follows transcripts into the log, one question at a time."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from lastmile_desktop.core.commands import ChooseFounder, ForgetConversation, LogConversation
from lastmile_desktop.core.events import TalkImported, WholeTalk
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.importing.dialog import ImportDialog, Named
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.navigator import Notice


class Imports(QObject):
    """`window` is what the questions stand in front of."""

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self._context, self._window = context, window
        self._waiting: list[WholeTalk] = []
        self._answered: set[int] = set()
        self._open: ImportDialog | None = None
        context.state.talk_imported.connect(self._arrived)

    def _arrived(self, event: TalkImported) -> None:
        talk = event.talk.conversation
        if event.again:
            text = tr("{file} is in the log already, with {person}.", file=talk.source, person=talk.person)
            self._context.navigator.notice(Notice(tr("Imported before"), text, "news", key="imported-before"))
            return
        # Choosing the founder is answered by the same event; its question has been asked.
        if talk.id in self._answered:
            return
        self._waiting.append(event.talk)
        self._ask_next()

    def _ask_next(self) -> None:
        if self._open is not None or not self._waiting:
            return
        whole = self._waiting.pop(0)
        self._answered.add(whole.conversation.id)
        state = self._context.state
        dialog = ImportDialog(self._context.theme, whole, state.notebook.people, state.now(), self._window)
        before = whole.transcript.founder if whole.transcript else ""

        def keep(named: Named) -> None:
            self._keep(named, before)

        dialog.named.connect(keep)
        dialog.unwanted.connect(lambda: self._context.submit(ForgetConversation(whole.conversation.id)))
        dialog.finished.connect(self._closed)
        self._open = dialog
        dialog.open()

    def _keep(self, named: Named, founder_before: str) -> None:
        if named.founder != founder_before:
            self._context.submit(ChooseFounder(named.talk.id, named.founder))
        self._context.submit(LogConversation(named.talk))
        self._context.navigator.say(tr("Talk kept"))

    def _closed(self) -> None:
        self._open = None
        self._ask_next()
