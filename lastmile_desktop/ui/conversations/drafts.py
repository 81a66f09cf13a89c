"""Keeps the unfinished note safe while it is typed, and puts it back after a crash."""

from __future__ import annotations

import json
from typing import Any, cast

from PySide6.QtCore import QObject, QTimer

from lastmile_desktop.core.commands import KeepDraft
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.conversations.quick_add import Draft, QuickAdd
from lastmile_desktop.ui.language import tr

# Counted from the first key, not the last: whoever types without a pause is kept every so often too.
_KEPT_AFTER_MS = 300
_TOO_LATE_MS = 2_000


class DraftMinder(QObject):
    """One draft for each project."""

    def __init__(self, context: Context, card: QuickAdd) -> None:
        super().__init__(card)
        self._context, self._card = context, card
        self._drafts: dict[str, Draft] | None = None
        self._sent = ""
        self._project = 0
        self._waits = False
        self._timer = _once(self, _KEPT_AFTER_MS)
        self._timer.timeout.connect(self.keep)
        self._overdue = _once(self, _TOO_LATE_MS)
        self._overdue.timeout.connect(lambda: card.kept.setText(tr("Not kept yet")))
        card.changed.connect(self._typed)
        state = context.state
        state.draft_kept.connect(self._kept)
        for signal in (state.settings_changed, state.project_changed, state.conversations_changed):
            signal.connect(self.restore)
        self.restore()

    def keep(self) -> None:
        """Hand the unfinished note to the session, which stores it."""
        self._timer.stop()
        draft = self._card.draft()
        if self._drafts is None or not self._project or (self._waits and not draft.fields):
            return
        self._waits = False
        kept = {key: value for key, value in self._drafts.items() if key != str(self._project)}
        if draft.fields:
            kept[str(self._project)] = draft
        else:
            self._card.kept.clear()
        if kept == self._drafts:
            return
        self._drafts = kept
        self._sent = _written(kept)
        self._overdue.start()
        self._context.submit(KeepDraft(self._sent))

    def restore(self) -> None:
        """Once for each project that is opened, when its settings and its log are known."""
        state = self._context.state
        if state.project is None or not state.settings:
            return
        if self._drafts is None:
            self._drafts = read_drafts(state.settings.get("draft", ""))
        if self._project != state.project.id:
            if self._project:
                self.keep()
                self._card.start_new()
                self._timer.stop()
            self._project, self._waits = state.project.id, True
        draft = self._drafts.get(str(self._project), Draft())
        talk = next((talk for talk in state.conversations if talk.id == draft.talk != 0), None)
        if not self._waits or (draft.talk and talk is None and not state.conversations):
            return
        self._waits = False
        self._card.restore(draft, talk)

    def _typed(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _kept(self, text: str) -> None:
        if text == self._sent:
            self._overdue.stop()
            self._card.kept.setText(tr("Kept") if self._card.draft().fields else "")


def _once(parent: QObject, interval_ms: int) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(interval_ms)
    return timer


def _written(drafts: dict[str, Draft]) -> str:
    return (
        json.dumps({key: {"talk": draft.talk, **draft.fields} for key, draft in drafts.items()})
        if drafts
        else ""
    )


def read_drafts(text: str) -> dict[str, Draft]:
    """Project id → its unfinished note; whatever else is stored is ignored."""
    try:
        raw: Any = json.loads(text) if text else {}
    except ValueError:
        return {}
    if not isinstance(raw, dict):
        return {}
    found: dict[str, Draft] = {}
    for key, value in cast(dict[str, Any], raw).items():
        if isinstance(value, dict):
            fields = dict(cast(dict[str, Any], value))
            talk = fields.pop("talk", 0)
            texts = {name: text for name, text in fields.items() if isinstance(text, str)}
            found[key] = Draft(talk if isinstance(talk, int) else 0, texts)
    return found
