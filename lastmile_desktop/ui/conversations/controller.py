"""Logs, changes and forgets conversations, and comes back to people."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import QObject

from lastmile_desktop.core.commands import (
    BringBackConversation,
    ExportCalendar,
    ForgetConversation,
    ImportPastedTalk,
    ImportTalk,
    KeepPerson,
    LogConversation,
)
from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.people import Person, same_person
from lastmile_desktop.core.ranking import Band
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.conversations.drafts import DraftMinder
from lastmile_desktop.ui.conversations.entries import Due, due, entries
from lastmile_desktop.ui.conversations.quick_add import Note
from lastmile_desktop.ui.conversations.view import ConversationsView, TalkModel
from lastmile_desktop.ui.files import ask_to_save
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.navigator import Notice

_LINKABLE = frozenset({Band.STOP, Band.BEFORE_YOU_DOUBLE, Band.SOON, Band.LATER, Band.NEEDS_YOU})
_SNOOZE = timedelta(days=7)


class ConversationsController(QObject):
    def __init__(self, context: Context, model: TalkModel, view: ConversationsView) -> None:
        super().__init__(view)
        self._context, self._model, self._view = context, model, view
        self._sent: Conversation | None = None
        view.add.set_today(context.state.now())
        self._drafts = DraftMinder(context, view.add)
        view.add.submitted.connect(self._log)
        view.add.pasted.connect(self._import_pasted)
        view.files_dropped.connect(self._import)
        view.list.edit_wanted.connect(view.add.edit)
        view.list.forget_wanted.connect(self._forget)
        view.follow_ups.done.connect(self._followed_up)
        view.follow_ups.snoozed.connect(self._snooze)
        view.follow_ups.calendar_wanted.connect(self._ask_for_calendar)
        state = context.state
        state.conversations_changed.connect(self.refresh)
        state.notebook_changed.connect(self.refresh_people)
        state.checklist_changed.connect(self._offer_checks)
        state.failed.connect(self._failed)
        self.refresh()
        self.refresh_people()
        self._offer_checks()

    def refresh(self) -> None:
        state = self._context.state
        now = state.now()
        self._view.add.set_today(now)
        self._model.apply(entries(state.conversations, now))
        self._view.show_empty(not state.conversations)
        self._show_due()
        if self._sent is not None and any(_same(self._sent, talk) for talk in state.conversations):
            self._sent = None
            self._view.add.start_new()
            self._drafts.keep()
            self._context.navigator.say(tr("Logged"))

    def refresh_people(self) -> None:
        state = self._context.state
        tags = dict.fromkeys(tag for talk in state.conversations for tag in talk.tags)
        self._view.add.offer_people(state.notebook.people)
        self._view.add.more.offer_notebook(state.notebook, tuple(tags))
        self._show_due()

    def keep_draft(self) -> None:
        self._drafts.keep()

    def _failed(self) -> None:
        """The note is still in the card and can be sent again."""
        if self._sent is not None:
            self._sent = None
            self._view.add.kept.clear()

    def _import(self, paths: list[Path]) -> None:
        for path in paths:
            self._context.submit(ImportTalk(path))

    def _import_pasted(self, text: str) -> None:
        self._context.submit(ImportPastedTalk(text))

    def _show_due(self) -> None:
        state = self._context.state
        today = state.now().date()
        self._view.follow_ups.show_due(due(state.conversations, state.notebook.people, today))

    def _log(self, note: Note) -> None:
        """Until the answer comes the same note is not sent again."""
        if self._sent == note.talk:
            return
        self._sent = note.talk
        self._view.add.kept.setText(tr("Logging…"))
        self._view.add.set_today(self._context.state.now())
        if note.segment:
            self._keep_segment(note)
        self._context.submit(LogConversation(note.talk))

    def _keep_segment(self, note: Note) -> None:
        """Before the talk, which then finds its person by the name."""
        talk, today = note.talk, self._context.state.now().date()
        known = [p for p in self._context.state.notebook.people if same_person(p, talk.person, talk.company)]
        if len(known) > 1:
            known = [person for person in known if person.id == talk.person_id]
        fresh = Person(talk.person, company=talk.company, role=talk.role, added_on=today)
        person = known[0] if known else fresh
        if person.segment != note.segment:
            self._context.submit(KeepPerson(replace(person, segment=note.segment)))

    def _forget(self, talk: Conversation) -> None:
        self._context.submit(ForgetConversation(talk.id))

        def undo() -> None:
            self._context.submit(BringBackConversation(talk.id))

        text = tr("The talk with {person} is no longer in the log.", person=talk.person)
        self._context.navigator.notice(
            Notice(tr("Deleted"), text, "news", tr("Undo"), undo, key="conversation-deleted")
        )

    def _followed_up(self, item: Due) -> None:
        if item.talk is not None:
            self._context.submit(LogConversation(replace(item.talk, follow_up=None)))
        elif item.person is not None:
            self._context.submit(KeepPerson(replace(item.person, next_on=None)))

    def _snooze(self, item: Due) -> None:
        later = self._context.state.now().date() + _SNOOZE
        if item.talk is not None:
            self._context.submit(LogConversation(replace(item.talk, follow_up=later)))
        elif item.person is not None:
            self._context.submit(KeepPerson(replace(item.person, next_on=later)))

    def _ask_for_calendar(self) -> None:
        title, name = tr("Save the dates for a calendar"), "follow-ups.ics"
        ask_to_save(self._view, title, name, f"{tr('Calendar')} (*.ics)", self._export_calendar)

    def _export_calendar(self, path: Path) -> None:
        self._context.submit(ExportCalendar(path))

    def _offer_checks(self) -> None:
        rows = self._context.state.checklist.rows if self._context.state.checklist else ()
        titles = {row.check_id: row.title for row in rows if row.band in _LINKABLE}
        self._view.add.more.offer_checks(tuple(titles.items()))


def _same(sent: Conversation, stored: Conversation) -> bool:
    """Whether this is what was sent: the store adds ids and what it knows of the person."""
    return (sent.id in (0, stored.id)) and (sent.person, sent.said, sent.when) == (
        stored.person,
        stored.said,
        stored.when,
    )
