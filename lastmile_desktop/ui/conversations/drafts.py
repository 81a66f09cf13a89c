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
        self._restored_for = 0
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
        project = self._context.state.project
        if project is None or self._drafts is None or self._restored_for != project.id:
            return
        draft = self._card.draft()
        kept = {key: value for key, value in self._drafts.items() if key != str(project.id)}
        if draft.fields:
            kept[str(project.id)] = draft
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
        if state.project is None or not state.settings or self._restored_for == state.project.id:
            return
        if self._drafts is None:
            self._drafts = read_drafts(state.settings.get("draft", ""))
        draft = self._drafts.get(str(state.project.id), Draft())
        talk = next((talk for talk in state.conversations if talk.id == draft.talk != 0), None)
        if draft.talk and talk is None and not state.conversations:
            return
        self._restored_for = state.project.id
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
