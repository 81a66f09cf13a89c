"""Logs, changes and forgets conversations; keeps an unfinished note safe."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, cast

from PySide6.QtCore import QObject, QTimer

from lastmile_desktop.core.commands import ForgetConversation, LogConversation, SetSetting
from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.ranking import Band
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.conversations.entries import due, entries
from lastmile_desktop.ui.conversations.quick_add import Draft
from lastmile_desktop.ui.conversations.view import ConversationsView, TalkModel
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.navigator import Notice

_KEPT_AFTER_MS = 400
_LINKABLE = frozenset({Band.STOP, Band.BEFORE_YOU_DOUBLE, Band.SOON, Band.LATER, Band.NEEDS_YOU})


class ConversationsController(QObject):
    def __init__(self, context: Context, model: TalkModel, view: ConversationsView) -> None:
        super().__init__(view)
        self._context, self._model, self._view = context, model, view
        self._sent: Conversation | None = None
        self._restored_for = 0
        self._keeper = QTimer(self)
        self._keeper.setSingleShot(True)
        self._keeper.setInterval(_KEPT_AFTER_MS)
        self._keeper.timeout.connect(self.keep_draft)
        view.add.set_today(context.state.now())
        view.add.submitted.connect(self._log)
        view.add.changed.connect(self._keeper.start)
        view.list.edit_wanted.connect(view.add.edit)
        view.list.forget_wanted.connect(self._forget)
        view.follow_ups.done.connect(self._followed_up)
        state = context.state
        state.conversations_changed.connect(self.refresh)
        state.checklist_changed.connect(self._offer_checks)
        state.settings_changed.connect(self._restore_draft)
        state.project_changed.connect(self._restore_draft)
        self.refresh()
        self._offer_checks()
        self._restore_draft()

    def refresh(self) -> None:
        state = self._context.state
        now = state.now()
        self._view.add.set_today(now)
        self._model.apply(entries(state.conversations, now))
        self._view.show_empty(not state.conversations)
        self._view.follow_ups.show_due(due(state.conversations, now.date()))
        if self._sent is not None and any(_same(self._sent, talk) for talk in state.conversations):
            self._sent = None
            self._view.add.start_new()
            self._context.navigator.say(tr("Logged"))

    def keep_draft(self) -> None:
        """Hand the unfinished note to the session, which stores it."""
        self._keeper.stop()
        project = self._context.state.project
        if project is None or self._view.add.is_editing:
            return
        drafts = _drafts(self._context.state.settings.get("draft", ""))
        draft = self._view.add.draft()
        kept = {key: value for key, value in drafts.items() if key != str(project.id)}
        if draft.person or draft.said:
            kept[str(project.id)] = {"person": draft.person, "said": draft.said}
        if kept != drafts:
            self._context.submit(SetSetting("draft", json.dumps(kept) if kept else ""))

    def _log(self, talk: Conversation) -> None:
        self._keeper.stop()
        self._sent = talk
        self._view.add.set_today(self._context.state.now())
        self._context.submit(LogConversation(talk))

    def _forget(self, talk: Conversation) -> None:
        self._context.submit(ForgetConversation(talk.id))

        def undo() -> None:
            self._context.submit(LogConversation(replace(talk, id=0)))

        text = tr("The talk with {person} is no longer in the log.", person=talk.person)
        self._context.navigator.notice(
            Notice(tr("Deleted"), text, "news", tr("Undo"), undo, key="conversation-deleted")
        )

    def _followed_up(self, talk: Conversation) -> None:
        self._context.submit(LogConversation(replace(talk, follow_up=None)))

    def _offer_checks(self) -> None:
        rows = self._context.state.checklist.rows if self._context.state.checklist else ()
        titles = {row.check_id: row.title for row in rows if row.band in _LINKABLE}
        self._view.add.offer_checks(tuple(titles.items()))

    def _restore_draft(self) -> None:
        """Once for each project that is opened, when its settings are known."""
        project, settings = self._context.state.project, self._context.state.settings
        if project is None or not settings or self._restored_for == project.id:
            return
        self._restored_for = project.id
        draft = _drafts(settings.get("draft", "")).get(str(project.id), {})
        self._view.add.restore(Draft(draft.get("person", ""), draft.get("said", "")))


def _same(sent: Conversation, stored: Conversation) -> bool:
    return replace(stored, id=sent.id) == sent or (stored.id == sent.id != 0)


def _drafts(text: str) -> dict[str, dict[str, str]]:
    """Project id → the fields of its unfinished note; whatever else is stored is ignored."""
    try:
        raw: Any = json.loads(text) if text else {}
    except ValueError:
        return {}
    if not isinstance(raw, dict):
        return {}
    found: dict[str, dict[str, str]] = {}
    for key, value in cast(dict[str, Any], raw).items():
        if isinstance(value, dict):
            fields = cast(dict[str, Any], value)
            found[key] = {name: str(fields.get(name, "")) for name in ("person", "said")}
    return found
