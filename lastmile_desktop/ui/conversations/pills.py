"""The pills below a note: how the talk was held, on which day, and when to come back to it."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from lastmile_desktop.core.conversation import Channel
from lastmile_desktop.ui.controls import Button
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.form_fields import capital
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.phrases import days_ago, long_day, short_day
from lastmile_desktop.ui.theme import Theme

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


class Pills(QWidget):
    """`day_chosen` carries None when another day is wanted; `follow_up_chosen` carries a day, or None for none."""

    channel_chosen = Signal()
    day_chosen = Signal(object)
    follow_up_chosen = Signal(object)
    other_follow_up_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.channel = Channel.CALL
        self._today = date.min
        self._channel_button = Button(theme, "", "tag", "phone", "conversation_channel")
        self._day_button = Button(theme, "", "tag", "calendar-blank", "conversation_day")
        self._follow_button = Button(theme, "", "tag", "arrow-bend-up-right", "conversation_come_back")
        self._day_menu = QMenu(self._day_button)
        self._follow_menu = QMenu(self._follow_button)
        self._channel_button.setMenu(self._channel_menu())
        self._day_button.setMenu(self._day_menu)
        self._follow_button.setMenu(self._follow_menu)
        self.flow = FlowLayout(self, 6)
        for button in (self._channel_button, self._day_button, self._follow_button):
            self.flow.addWidget(button)
        self.show_channel(Channel.CALL)
        self.show_follow_up(None)

    def set_today(self, today: date) -> None:
        self._today = today
        self._day_menu.clear()
        for days in range(7):
            day = today - timedelta(days=days)
            action = QAction(self._day_text(day), self._day_menu)
            action.triggered.connect(lambda _checked=False, chosen=day: self.day_chosen.emit(chosen))
            self._day_menu.addAction(action)
        other = QAction(tr("Another day…"), self._day_menu)
        other.triggered.connect(lambda: self.day_chosen.emit(None))
        self._day_menu.addAction(other)

    def offer_keys(self, card: QWidget) -> None:
        """The days to come back on; their keys work anywhere in the card."""
        for days, text, keys in (
            (1, tr("Tomorrow"), "Ctrl+1"),
            (3, tr("In three days"), "Ctrl+3"),
            (7, tr("In a week"), "Ctrl+7"),
            (14, tr("In two weeks"), ""),
        ):
            action = QAction(text, card)
            if keys:
                action.setShortcut(QKeySequence(keys))
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                card.addAction(action)
            action.triggered.connect(lambda _checked=False, after=days: self._come_back(after))
            self._follow_menu.addAction(action)
        other = QAction(tr("Another day…"), self._follow_menu)
        other.triggered.connect(self.other_follow_up_wanted)
        none = QAction(tr("No follow-up"), self._follow_menu)
        none.triggered.connect(lambda: self.follow_up_chosen.emit(None))
        self._follow_menu.addAction(other)
        self._follow_menu.addAction(none)

    def show_channel(self, channel: Channel) -> None:
        self.channel = channel
        text = capital(tr(channel.value))
        self._channel_button.setText(text)
        self._channel_button.setAccessibleName(tr("Channel: {channel}", channel=text))
        self._channel_button.set_icon(_CHANNEL_ICONS[channel])

    def show_day(self, day: date) -> None:
        text = self._day_text(day)
        self._day_button.setText(text)
        self._day_button.setAccessibleName(tr("Day: {day}", day=text))

    def show_follow_up(self, day: date | None) -> None:
        text = tr("Follow up {day}", day=short_day(day)) if day else tr("Follow up")
        self._follow_button.setText(text)
        self._follow_button.setAccessibleName(text if day else tr("Follow up: no day set"))

    def _come_back(self, after: int) -> None:
        self.follow_up_chosen.emit(self._today + timedelta(days=after))

    def _channel_menu(self) -> QMenu:
        menu = QMenu(self)
        for channel in Channel:
            action = QAction(capital(tr(channel.value)), menu)
            action.triggered.connect(lambda _checked=False, chosen=channel: self._choose(chosen))
            menu.addAction(action)
        return menu

    def _choose(self, channel: Channel) -> None:
        self.show_channel(channel)
        self.channel_chosen.emit()

    def _day_text(self, day: date) -> str:
        days = (self._today - day).days
        return capital(days_ago(days)) if 0 <= days < 7 else long_day(day, self._today)
