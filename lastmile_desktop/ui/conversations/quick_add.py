"""The card in which a conversation is written down, or one of the log is changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from lastmile_desktop.core.conversation import Channel, Conversation
from lastmile_desktop.ui.controls import Button, card, on_click
from lastmile_desktop.ui.conversations.more_fields import MoreFields, capital, qdate
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.phrases import days_ago, long_day
from lastmile_desktop.ui.theme import Theme

_MOST_LINES = 10
_CHANNEL_ICONS = {
    Channel.IN_PERSON: "users",
    Channel.VIDEO: "video-camera",
    Channel.CALL: "phone",
    Channel.CHAT: "chat-circle",
    Channel.EMAIL: "envelope-simple",
    Channel.TICKET: "ticket",
    Channel.EVENT: "calendar-blank",
    Channel.DEMO: "presentation",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What is kept of an unfinished note."""

    person: str = ""
    said: str = ""


class NoteText(QPlainTextEdit):
    """Enter logs, Shift+Enter starts a line; grows with its text."""

    entered = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("bare", True)
        self.setObjectName("conversation_text")
        self.setPlaceholderText(tr("What did they say?"))
        self.setAccessibleName(tr("What did they say?"))
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(2)
        self.document().documentLayout().documentSizeChanged.connect(self._grow)
        theme.changed.connect(self._grow)
        self._grow()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(120), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(60), self.height())

    def _grow(self) -> None:
        lines = max(1, round(self.document().size().height()))
        scrolls = lines > _MOST_LINES
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if scrolls else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(policy)
        self.setFixedHeight(min(lines, _MOST_LINES) * self.fontMetrics().lineSpacing() + 16)


class QuickAdd(QWidget):
    """`submitted` carries a Conversation, `changed` fires on every keystroke of a new note."""

    submitted = Signal(object)
    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._today = date.min
        self._editing: Conversation | None = None
        self.person = QLineEdit()
        self.person.setProperty("bare", True)
        self.person.setObjectName("conversation_person")
        self.person.setPlaceholderText(tr("Who did you talk to?"))
        self.person.setAccessibleName(tr("Who did you talk to?"))
        self.text = NoteText(theme)
        self._channel = Channel.CALL
        self._channel_button = Button(theme, "", "tag", "phone", "conversation_channel")
        self._channel_button.setMenu(self._channel_menu())
        self._day_button = Button(theme, "", "tag", "calendar-blank", "conversation_day")
        self._day_menu = QMenu(self._day_button)
        self._day_button.setMenu(self._day_menu)
        self._more_button = Button(theme, tr("More"), "quiet", name="conversation_more")
        self._log = Button(theme, tr("Log"), "primary", name="conversation_log")
        self._cancel = Button(theme, tr("Cancel"), "quiet", name="conversation_cancel")
        self._log.setToolTip(tr("Enter"))
        self._more = MoreFields()
        self._more.hide()
        self._lay_out()
        on_click(self._more_button, self._toggle_more)
        on_click(self._log, self._submit)
        on_click(self._cancel, self.start_new)
        self.text.entered.connect(self._submit)
        self.person.returnPressed.connect(self._person_entered)
        self.person.textChanged.connect(self._typed)
        self.text.textChanged.connect(self._typed)
        self._show_channel()
        self._typed()

    @property
    def is_editing(self) -> bool:
        return self._editing is not None

    def set_today(self, now: datetime) -> None:
        """The clock and the days that the date menu offers."""
        self._now = now
        if now.date() != self._today:
            self._today = now.date()
            self._more.day.setMaximumDate(qdate(self._today))
            self._more.follow_up_day.setMinimumDate(qdate(self._today - timedelta(days=365)))
            self._more.follow_up_day.setDate(qdate(self._today + timedelta(days=7)))
            self._set_day(self._today)
            self._day_menu.clear()
            for days in range(7):
                day = self._today - timedelta(days=days)
                action = QAction(_day_text(day, self._today), self._day_menu)
                action.triggered.connect(lambda _checked=False, chosen=day: self._set_day(chosen))
                self._day_menu.addAction(action)
            other = QAction(tr("Another day…"), self._day_menu)
            other.triggered.connect(self._other_day)
            self._day_menu.addAction(other)

    def offer_checks(self, titles: tuple[tuple[str, str], ...]) -> None:
        """The gaps a talk can be linked to, as (check id, title)."""
        self._more.offer_checks(titles)

    def draft(self) -> Draft:
        return Draft(self.person.text(), self.text.toPlainText())

    def restore(self, draft: Draft) -> None:
        """Put an unfinished note back, unless something is being written."""
        if not self.is_editing and not self.person.text() and not self.text.toPlainText():
            self.person.setText(draft.person)
            self.text.setPlainText(draft.said)

    def start_new(self) -> None:
        self._editing = None
        self.person.clear()
        self.text.clear()
        self._set_day(self._today)
        self._more.clear()
        self._more.hide()
        self._relabel()

    def edit(self, talk: Conversation) -> None:
        """Load a talk of the log to change it."""
        self._editing = talk
        self.person.setText(talk.person)
        self.text.setPlainText(talk.said)
        self._channel = talk.channel
        self._show_channel()
        self._set_day(talk.when.astimezone(self._now.tzinfo).date())
        self._more.load(talk)
        self._more.show()
        self._relabel()
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus(self) -> None:
        target = self.text if self.person.text() and not self.text.toPlainText() else self.person
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def conversation(self) -> Conversation | None:
        """What the fields say; None while who or what is missing."""
        person, said = self.person.text().strip(), self.text.toPlainText().strip()
        if not person or not said:
            return None
        base = self._editing or Conversation(person, said, self._now)
        return self._more.fill(
            replace(base, person=person, said=said, channel=self._channel, when=self._when(base))
        )

    def _when(self, base: Conversation) -> datetime:
        day = self._more.chosen_day()
        if self._editing and base.when.astimezone(self._now.tzinfo).date() == day:
            return base.when
        return self._now if day == self._today else datetime.combine(day, time(12), self._now.tzinfo)

    def _lay_out(self) -> None:
        frame = card()
        pills = QWidget()
        flow = FlowLayout(pills, 6)
        for part in (self._channel_button, self._day_button, self._more_button):
            flow.addWidget(part)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(pills, 1)
        row.addWidget(self._cancel, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self._log, 0, Qt.AlignmentFlag.AlignBottom)
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(8, 6, 10, 10)
        inner.setSpacing(2)
        inner.addWidget(self.person)
        inner.addWidget(self.text)
        inner.addWidget(self._more)
        inner.addSpacing(4)
        inner.addLayout(row)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 14, 18, 6)
        layout.addWidget(frame)
        self._cancel.hide()

    def _channel_menu(self) -> QMenu:
        menu = QMenu(self)
        for channel in Channel:
            action = QAction(capital(tr(channel.value)), menu)
            action.triggered.connect(lambda _checked=False, chosen=channel: self._set_channel(chosen))
            menu.addAction(action)
        return menu

    def _set_channel(self, channel: Channel) -> None:
        self._channel = channel
        self._show_channel()

    def _show_channel(self) -> None:
        text = capital(tr(self._channel.value))
        self._channel_button.setText(text)
        self._channel_button.setAccessibleName(tr("Channel: {channel}", channel=text))
        self._channel_button.set_icon(_CHANNEL_ICONS[self._channel])

    def _set_day(self, day: date) -> None:
        self._more.day.setDate(qdate(day))
        text = _day_text(day, self._today)
        self._day_button.setText(text)
        self._day_button.setAccessibleName(tr("Day: {day}", day=text))

    def _other_day(self) -> None:
        self._more.show()
        self._relabel()
        self._more.day.setFocus(Qt.FocusReason.OtherFocusReason)

    def _toggle_more(self) -> None:
        self._more.setVisible(not self._more.isVisibleTo(self))
        self._relabel()

    def _relabel(self) -> None:
        self._log.setText(tr("Save") if self.is_editing else tr("Log"))
        self._cancel.setVisible(self.is_editing)
        self._more_button.setText(tr("Less") if self._more.isVisibleTo(self) else tr("More"))

    def _person_entered(self) -> None:
        if self.conversation() is None:
            self.text.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self._submit()

    def _typed(self) -> None:
        ready = bool(self.person.text().strip()) and bool(self.text.toPlainText().strip())
        self._log.setEnabled(ready)
        if not self.is_editing:
            self.changed.emit()

    def _submit(self) -> None:
        found = self.conversation()
        if found is None:
            self.focus()
            return
        self.submitted.emit(found)


def _day_text(day: date, today: date) -> str:
    days = (today - day).days
    return capital(days_ago(days)) if 0 <= days < 7 else long_day(day, today)
