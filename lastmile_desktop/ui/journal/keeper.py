"""Keeps an entry while it is typed: at most a second of typing can be lost, whatever the worker is doing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from PySide6.QtCore import QObject, QTimer, Signal

from lastmile_desktop.core.commands import DropRecord, KeepDraft, KeepRecord
from lastmile_desktop.core.notebook import JournalEntry
from lastmile_desktop.ui.context import Context

FORM = "journal_draft"
_KEPT_AFTER_MS = 400
_SENT_AFTER_MS = 1_500


@dataclass(frozen=True, slots=True)
class Draft:
    """What was in the form of the entry with this id (0 for a new one) when it was last kept."""

    project: int
    entry: int
    texts: Mapping[str, str]


class EntryKeeper(QObject):
    """`entry_id` is 0 until the session has stored a new entry; `named` tells that it has an id."""

    named = Signal()

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self.entry_id = 0
        self._sent: JournalEntry | None = None
        self._known: frozenset[int] = frozenset()
        self._entry: JournalEntry | None = None
        self._texts: Mapping[str, str] = {}
        self._drafts = self._timer(_KEPT_AFTER_MS, self._keep_draft)
        self._records = self._timer(_SENT_AFTER_MS, self._send)
        context.state.notebook_changed.connect(self._hear)

    def begin(self, entry_id: int) -> None:
        """Another entry is in the form now."""
        self.finish()
        self.entry_id, self._sent, self._entry, self._texts = entry_id, None, None, {}

    def changed(self, entry: JournalEntry, texts: Mapping[str, str]) -> None:
        """What the form says now. It is written down soon, and not only when the typing ends."""
        self._entry, self._texts = entry, texts
        for timer in (self._drafts, self._records):
            if not timer.isActive():
                timer.start()

    def finish(self) -> None:
        """Hand over what is not stored yet."""
        if self._drafts.isActive():
            self._keep_draft()
        if self._records.isActive():
            self._send()

    def drop(self, entry: JournalEntry) -> None:
        for timer in (self._drafts, self._records):
            timer.stop()
        self._entry = self._sent = None
        self._context.submit(DropRecord(entry))
        self._context.submit(KeepDraft("", FORM))

    def _keep_draft(self) -> None:
        self._drafts.stop()
        project = self._context.state.project
        if project is not None and self._entry is not None:
            draft = {"project": project.id, "entry": self.entry_id, "texts": dict(self._texts)}
            self._context.submit(KeepDraft(json.dumps(draft), FORM))

    def _send(self) -> None:
        """A new entry is sent once and then waited for, so that it does not become two."""
        self._records.stop()
        if self._entry is None or (self.entry_id == 0 and self._sent is not None):
            return
        self._sent = replace(self._entry, id=self.entry_id)
        self._known = frozenset(entry.id for entry in self._context.state.notebook.journal)
        self._context.submit(KeepRecord(self._sent))

    def _hear(self) -> None:
        if self._sent is None:
            return
        stored = next((item for item in self._context.state.notebook.journal if self._is_sent(item)), None)
        if stored is None:
            return
        sent, self._sent = self._sent, None
        if self.entry_id == 0:
            self.entry_id = stored.id
            self.named.emit()
        if self._entry is not None and replace(self._entry, id=0) != replace(sent, id=0):
            self._records.start()
        elif not self._drafts.isActive():
            self._context.submit(KeepDraft("", FORM))

    def _is_sent(self, stored: JournalEntry) -> bool:
        if self._sent is None:
            return False
        if self._sent.id:
            return stored == self._sent
        return stored.id not in self._known and replace(stored, id=0) == self._sent

    def _timer(self, milliseconds: int, act: Any) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(act)
        return timer


def draft_in(text: str) -> Draft | None:
    """The draft that was kept; None when there is none or it cannot be read."""
    try:
        raw: Any = json.loads(text) if text else None
    except ValueError:
        return None
    if not isinstance(raw, dict):
        return None
    kept = cast(dict[str, Any], raw)
    project, entry, texts = kept.get("project"), kept.get("entry"), kept.get("texts")
    if not isinstance(project, int) or not isinstance(entry, int) or not isinstance(texts, dict):
        return None
    return Draft(project, entry, {str(key): str(value) for key, value in cast(dict[Any, Any], texts).items()})
