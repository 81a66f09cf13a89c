"""Whom the founder promised to come back to, opened by its heading."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from lastmile_desktop.ui.controls import Button, clear, on_click, rule
from lastmile_desktop.ui.conversations.entries import Due
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.phrases import short_day
from lastmile_desktop.ui.span_text import Span, SpanText
from lastmile_desktop.ui.theme import Theme


class FollowUps(QFrame):
    """`done` and `snoozed` carry the Due; `calendar_wanted` asks for all dates as a file for a calendar."""

    done = Signal(object)
    snoozed = Signal(object)
    calendar_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("top_rule")
        self._theme = theme
        self._shown: tuple[Due, ...] | None = None
        self._heading = Button(theme, "", "band", "caret-right", "follow_ups")
        self._heading.setCheckable(True)
        on_click(self._heading, self._toggle)
        self._rows = QWidget()
        QVBoxLayout(self._rows).setContentsMargins(18, 0, 12, 8)
        self._rows.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(rule())
        layout.addWidget(self._heading)
        layout.addWidget(self._rows)
        self.hide()

    def show_due(self, items: tuple[Due, ...]) -> None:
        if items == self._shown:
            return
        self._shown = items
        self.setVisible(bool(items))
        self._heading.setText(tr("Follow-ups due: {n}", n=len(items)).upper())
        clear(self._rows)
        rows = self._rows.layout()
        assert isinstance(rows, QVBoxLayout)
        for item in items:
            rows.addWidget(self._row(item))
        calendar = Button(
            self._theme, tr("All dates for a calendar…"), "tag", "calendar-plus", "follow_ups_calendar"
        )
        on_click(calendar, self.calendar_wanted.emit)
        rows.addWidget(calendar)

    def _row(self, item: Due) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 6)
        column.setSpacing(4)
        text = SpanText(self._theme)
        promise = f"\n{item.talk.promise}" if item.talk and item.talk.promise else ""
        company = f" · {item.company}" if item.company else ""
        text.set_spans(
            Span(item.name, bold=True),
            Span(f"{company} · {short_day(item.on)}", "secondary"),
            Span(promise),
        )
        done = Button(self._theme, tr("Done"), "tag", "check", "follow_up_done")
        done.setAccessibleName(tr("Followed up with {person}", person=item.name))
        on_click(done, lambda: self.done.emit(item))
        later = Button(self._theme, tr("In a week"), "tag", "clock", "follow_up_later")
        later.setAccessibleName(tr("Come back to {person} in a week", person=item.name))
        on_click(later, lambda: self.snoozed.emit(item))
        buttons = QWidget()
        flow = FlowLayout(buttons, 6)
        flow.addWidget(done)
        flow.addWidget(later)
        column.addWidget(text)
        column.addWidget(buttons)
        return holder

    def _toggle(self) -> None:
        self._rows.setVisible(self._heading.isChecked())
        self._heading.set_icon("caret-down" if self._heading.isChecked() else "caret-right")
