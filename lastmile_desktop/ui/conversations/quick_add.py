"""The card in which a conversation is written down, or one of the log is changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from lastmile_desktop.core.conversation import Channel, Conversation
from lastmile_desktop.core.people import Person
from lastmile_desktop.ui.controls import Button, card, label, on_click
from lastmile_desktop.ui.conversations.more_fields import MoreFields
from lastmile_desktop.ui.conversations.note_text import NoteText
from lastmile_desktop.ui.conversations.paste_offer import PasteOffer
from lastmile_desktop.ui.conversations.pills import Pills
from lastmile_desktop.ui.form_fields import qdate
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Draft:
    """An unfinished note: the fields by name, as they were typed. `talk` is the one that is being changed, 0 for a
    new one."""

    talk: int = 0
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Note:
    """What was written down; the segment belongs to the person."""

    talk: Conversation
    segment: str = ""


class QuickAdd(QWidget):
    """`submitted` carries a Note, `changed` fires on every keystroke, `pasted` carries a transcript to import."""

    submitted = Signal(object)
    changed = Signal()
    pasted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._today = date.min
        self._editing: Conversation | None = None
        self._people: tuple[Person, ...] = ()
        self.person = QLineEdit()
        self.person.setProperty("bare", True)
        self.person.setObjectName("conversation_person")
        self.person.setPlaceholderText(tr("Who did you talk to?"))
        self.person.setAccessibleName(tr("Who did you talk to?"))
        self.person.setAcceptDrops(False)
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.person.setCompleter(completer)
        self.text = NoteText(theme)
        self.pills = Pills(theme)
        self.kept = label("", "small", "conversation_kept")
        self._more_button = Button(theme, tr("More"), "quiet", name="conversation_more")
        self._log = Button(theme, tr("Log"), "primary", name="conversation_log")
        self._cancel = Button(theme, tr("Cancel"), "quiet", name="conversation_cancel")
        self._log.setToolTip(tr("Enter"))
        self.offer = PasteOffer(theme)
        self.more = MoreFields(theme)
        self.more.hide()
        self._lay_out()
        self._connect()
        self._typed()

    @property
    def is_editing(self) -> bool:
        return self._editing is not None

    def set_today(self, now: datetime) -> None:
        """The clock and the days that the menus offer."""
        self._now = now
        if now.date() != self._today:
            self._today = now.date()
            self.more.set_today(self._today)
            self.pills.set_today(self._today)
            self._set_day(self._today)

    def offer_people(self, people: Iterable[Person]) -> None:
        """Whom the person's name is completed from."""
        self._people = tuple(people)
        self._names.setStringList(sorted({person.name for person in self._people}))
        self._show_person()

    def draft(self) -> Draft:
        """What is in the card; no fields when nothing was written."""
        texts = self.more.texts()
        if texts.get("date") == self._today.isoformat():
            del texts["date"]
        for name in ("role", "asked", "given"):
            if texts.get(name) in ("unknown", "none"):
                del texts[name]
        own = {"person": self.person.text(), "said": self.text.toPlainText()}
        if self.pills.channel is not Channel.CALL:
            own["channel"] = str(self.pills.channel)
        written = {name: text for name, text in own.items() if text} | texts
        return Draft(self._editing.id if self._editing else 0, written)

    def restore(self, draft: Draft, talk: Conversation | None = None) -> None:
        """Put an unfinished note back, unless something is being written. `talk` is the one it changes."""
        if self.is_editing or not draft.fields or self.draft().fields:
            return
        if talk is not None:
            self._editing = talk
        fields = {"date": self._today.isoformat(), **draft.fields}
        self.person.setText(fields.get("person", ""))
        self.text.setPlainText(fields.get("said", ""))
        if fields.get("channel") in list(Channel):
            self.pills.show_channel(Channel(fields["channel"]))
        self.more.put(fields)
        self.more.setVisible(bool(set(draft.fields) - {"person", "said", "channel"}))
        self._filled()

    def start_new(self) -> None:
        self._editing = None
        self.person.clear()
        self.text.clear()
        self.offer.hide()
        self.more.clear()
        self.more.hide()
        self._set_day(self._today)
        self._filled()

    def edit(self, talk: Conversation) -> None:
        """Load a talk of the log to change it."""
        self._editing = talk
        self.person.setText(talk.person)
        self.text.setPlainText(talk.said)
        self.pills.show_channel(talk.channel)
        person = next((person for person in self._people if person.id == talk.person_id), None)
        self.more.load(talk, person.segment if person else "")
        self._set_day(talk.when.astimezone(self._now.tzinfo).date())
        self.more.show()
        self._filled()
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def begin_with(self, name: str) -> None:
        """A note about this person, unless one about somebody is begun already."""
        if not self.person.text() and not self.is_editing:
            self.person.setText(name)

    def focus(self) -> None:
        target = self.text if self.person.text() and not self.text.toPlainText() else self.person
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def note(self) -> Note | None:
        """What the fields say; None while who or what is missing. An imported talk has its transcript to say it."""
        person, said = self.person.text().strip(), self.text.toPlainText().strip()
        has_words = said or (self._editing is not None and self._editing.transcript)
        if not person or not has_words:
            return None
        base = self._editing or Conversation(person, said, self._now)
        talk = replace(base, person=person, said=said, channel=self.pills.channel, when=self._when(base))
        return Note(self.more.fill(talk), self.more.value("segment"))

    def _when(self, base: Conversation) -> datetime:
        day = self.more.chosen_day()
        if self._editing and base.when.astimezone(self._now.tzinfo).date() == day:
            return base.when
        return self._now if day == self._today else datetime.combine(day, time(12), self._now.tzinfo)

    def _lay_out(self) -> None:
        frame = card()
        self.pills.flow.addWidget(self._more_button)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.pills, 1)
        row.addWidget(self._cancel, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self._log, 0, Qt.AlignmentFlag.AlignBottom)
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(8, 6, 10, 10)
        inner.setSpacing(2)
        head = QHBoxLayout()
        head.addWidget(self.person, 1)
        head.addWidget(self.kept)
        inner.addLayout(head)
        inner.addWidget(self.text)
        inner.addWidget(self.offer)
        inner.addSpacing(4)
        inner.addLayout(row)
        inner.addWidget(self.more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 14, 18, 6)
        layout.addWidget(frame)
        self._cancel.hide()

    def _connect(self) -> None:
        on_click(self._more_button, self._toggle_more)
        on_click(self._log, self._submit)
        on_click(self._cancel, self.start_new)
        self.text.entered.connect(self._submit)
        self.text.transcript_pasted.connect(self.offer.propose)
        self.offer.accepted.connect(self._import_pasted)
        self.person.returnPressed.connect(self._person_entered)
        self.person.textChanged.connect(self._typed)
        self.text.textChanged.connect(self._typed)
        self.more.changed.connect(self._typed)
        self.pills.offer_keys(self)
        self.pills.channel_chosen.connect(self._typed)
        self.pills.day_chosen.connect(self._day_chosen)
        self.pills.follow_up_chosen.connect(self.more.follow_up.put)
        self.pills.other_follow_up_wanted.connect(lambda: self._open_at(self.more.follow_up))
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self._submit)

    def _set_day(self, day: date) -> None:
        self.more.date_field.setDate(qdate(day))

    def _day_chosen(self, day: date | None) -> None:
        if day is None:
            self._open_at(self.more.date_field)
        else:
            self._set_day(day)

    def _open_at(self, field: QWidget) -> None:
        self.more.show()
        self._relabel()
        field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _toggle_more(self) -> None:
        self.more.setVisible(not self.more.isVisibleTo(self))
        self._relabel()

    def _filled(self) -> None:
        self._relabel()
        self._typed()

    def _relabel(self) -> None:
        self._log.setText(tr("Save") if self.is_editing else tr("Log"))
        self._cancel.setVisible(self.is_editing)
        self._more_button.setText(tr("Less") if self.more.isVisibleTo(self) else tr("More"))

    def _person_entered(self) -> None:
        if self.note() is None:
            self.text.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self._submit()

    def _typed(self) -> None:
        self._log.setEnabled(self.note() is not None)
        self._show_person()
        self.pills.show_day(self.more.chosen_day())
        self.pills.show_follow_up(self.more.follow_up.value())
        self.changed.emit()

    def _show_person(self) -> None:
        name = self.person.text().strip().casefold()
        known = [person for person in self._people if person.name.casefold() == name]
        self.more.show_person(known[0] if len(known) == 1 else None)

    def _import_pasted(self, text: str) -> None:
        self.text.setPlainText(self.text.toPlainText().replace(text.strip(), "").strip())
        self.pasted.emit(text)

    def _submit(self) -> None:
        found = self.note()
        if found is None:
            self.focus()
            return
        self.submitted.emit(found)
