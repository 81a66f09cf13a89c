"""Opens, keeps and deletes entries of the journal."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject

from lastmile_desktop.core.commands import KeepRecord
from lastmile_desktop.core.notebook import JournalEntry
from lastmile_desktop.core.ranking import Band
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.journal.form import texts_of
from lastmile_desktop.ui.journal.keeper import FORM, EntryKeeper, draft_in
from lastmile_desktop.ui.journal.view import JournalView
from lastmile_desktop.ui.journal.words import above, lines
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.navigator import Notice

_LINKABLE = frozenset({Band.STOP, Band.BEFORE_YOU_DOUBLE, Band.SOON, Band.LATER, Band.NEEDS_YOU})


class JournalController(QObject):
    def __init__(self, context: Context, view: JournalView) -> None:
        super().__init__(view)
        self._context, self._view = context, view
        self._keeper = EntryKeeper(context, self)
        self._restored_for = 0
        self._project = 0
        view.new_wanted.connect(self.start_new)
        view.opened.connect(self.open)
        view.closed.connect(self.close)
        view.drop_wanted.connect(self._drop)
        view.form.edited.connect(self._changed)
        self._keeper.named.connect(self.refresh)
        state = context.state
        state.notebook_changed.connect(self.refresh)
        state.checklist_changed.connect(self._offer_checks)
        state.project_changed.connect(self._turn)
        state.settings_changed.connect(self._restore)
        self._offer_checks()
        self._turn()

    def refresh(self) -> None:
        state = self._context.state
        today = state.now().date()
        journal = state.notebook.journal
        self._view.show_lines(lines(journal, today), self._shown, above(journal, today))
        self._restore()

    def start_new(self) -> None:
        self._keeper.begin(0)
        self._view.form.fill({}, self._context.state.now().date())
        self._view.show_entry(True)
        self._view.form.field("symptom").setFocus()
        self.refresh()

    def open(self, identity: int) -> None:
        entry = self._stored(identity)
        if entry is None:
            return
        self._keeper.begin(identity)
        self._view.form.fill(texts_of(entry), self._context.state.now().date())
        self._view.show_entry(True)
        self.refresh()

    def close(self) -> None:
        self._keeper.finish()
        self._view.show_entry(False)
        self.refresh()

    def keep(self) -> None:
        self._keeper.finish()

    @property
    def _shown(self) -> int:
        return self._keeper.entry_id if self._view.is_open else 0

    def _stored(self, identity: int) -> JournalEntry | None:
        return next((item for item in self._context.state.notebook.journal if item.id == identity), None)

    def _changed(self) -> None:
        form = self._view.form
        self._keeper.changed(form.entry(self._keeper.entry_id), form.texts())

    def _drop(self) -> None:
        entry = self._stored(self._keeper.entry_id)
        self._view.show_entry(False)
        if entry is None:
            self._keeper.begin(0)
            return
        self._keeper.drop(entry)

        def undo() -> None:
            self._context.submit(KeepRecord(replace(entry, id=0)))

        text = tr("The entry is no longer in the journal.")
        self._context.navigator.notice(
            Notice(tr("Deleted"), text, "news", tr("Undo"), undo, key="entry-deleted")
        )

    def _offer_checks(self) -> None:
        rows = self._context.state.checklist.rows if self._context.state.checklist else ()
        self._view.form.offer_checks(
            tuple((row.check_id, row.title) for row in rows if row.band in _LINKABLE)
        )

    def _turn(self) -> None:
        """Another project has another journal."""
        project = self._context.state.project
        if project is not None and project.id != self._project:
            self._project = project.id
            self._keeper.begin(0)
            self._view.show_entry(False)
        self.refresh()

    def _restore(self) -> None:
        """Once for each project that is opened: what was in the form when the program ended too early."""
        project, settings = self._context.state.project, self._context.state.settings
        if project is None or not settings or self._restored_for == project.id:
            return
        self._restored_for = project.id
        draft = draft_in(settings.get(FORM, ""))
        if draft is None or draft.project != project.id:
            return
        form = self._view.form
        self._keeper.begin(draft.entry)
        form.fill(draft.texts, self._context.state.now().date())
        entry = form.entry(draft.entry)
        known = next(
            (item for item in self._context.state.notebook.journal if replace(item, id=draft.entry) == entry),
            None,
        )
        self._keeper.entry_id = known.id if known else draft.entry
        self._view.show_entry(True)
        self._keeper.changed(form.entry(self._keeper.entry_id), form.texts())
