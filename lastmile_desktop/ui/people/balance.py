"""Building and talking, side by side."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from lastmile_desktop.core.commands import KeepRecord
from lastmile_desktop.core.notebook import NudgeChoice, NudgeNote
from lastmile_desktop.core.nudges import Nudge, NudgeKind, Occasion, Told, nudge
from lastmile_desktop.core.people import PersonStatus
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import Button, card, on_click
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.people.balance_words import ASK, columns_of, fortnight, nudge_words
from lastmile_desktop.ui.people.plot import Column, WeekPlot
from lastmile_desktop.ui.people.tab import Tab, scrolled
from lastmile_desktop.ui.span_text import Span, SpanText, paragraph
from lastmile_desktop.ui.theme import Theme

_WIDEST = 860


class SharesBar(QWidget):
    """Two stretches as long as the hours; the words beside it say the same."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._built, self._talked = 0.0, 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_hours(self, built: float, talked: float) -> None:
        self._built, self._talked = built, talked
        self.setVisible(built + talked > 0)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(200), self._theme.px(12))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = self._theme.colour
        whole = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(colour("faint"), 1))
        painter.setBrush(colour("line"))
        painter.drawRect(whole)
        talked = QRectF(whole)
        talked.setLeft(whole.right() - whole.width() * self._talked / max(0.01, self._built + self._talked))
        painter.fillRect(talked, colour("needs_you"))


class BalanceTab(Tab):
    """`ten_wanted` asks for the right ten."""

    ten_wanted = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._nudge: Nudge | None = None
        self._columns: tuple[Column, ...] = ()
        theme = context.theme
        self._head = SpanText(theme, "title")
        self._head.setObjectName("balance_head")
        self._bar = SharesBar(theme)
        self._hours = SpanText(theme, "small")
        self.plot = WeekPlot(theme)
        self._week = SpanText(theme)
        self._week.setObjectName("balance_week")
        self._nudge_card = self._make_nudge_card()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolled(self._body()))
        self.plot.pointed.connect(self._show_week)
        state = context.state
        for signal in (state.balance_changed, state.conversations_changed, state.notebook_changed):
            signal.connect(self.refresh)
        self.refresh()

    def shown(self) -> None:
        """What is to be said is said when the tab is opened, and stays until it is answered."""
        state = self._context.state
        if self._nudge is not None or state.balance is None:
            return
        today = state.now().date()
        told = Told(state.balance.window, state.conversations, features=state.notebook.features)
        self._nudge = nudge(told, state.notebook.nudges, Occasion(today, opened=True))
        if self._nudge is not None:
            self._context.submit(KeepRecord(NudgeNote(NudgeChoice.SHOWN, today, nudge=self._nudge.kind)))
        self._show_nudge()

    def take_focus(self) -> None:
        self.plot.setFocus()

    def refresh(self) -> None:
        state = self._context.state
        today = state.now().date()
        balance = state.balance
        self._columns = columns_of(balance.weeks if balance else (), state.conversations, today)
        self.plot.show_weeks(self._columns)
        self.plot.setVisible(bool(self._columns))
        if balance is None:
            self._head.set_spans(
                Span(tr("The first scan tells how many hours went into building."), "secondary")
            )
            self._bar.show_hours(0, 0)
            self._hours.set_spans()
        else:
            window = balance.window
            self._head.set_spans(Span(fortnight(window)))
            self._bar.show_hours(window.build_hours, window.talk_hours)
            self._hours.set_spans(
                Span("■ ", "faint"),
                Span(tr("building") + "   ", "secondary"),
                Span("■ ", "needs_you"),
                Span(tr("talking, with what is prepared and written down") + "   ", "secondary"),
                Span(tr("○ time  ◇ their name  ◆ money given"), "pass"),
            )
        self._show_week(-1)
        self._show_nudge()

    def _body(self) -> QWidget:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(20, 16, 20, 24)
        column.setSpacing(10)
        theme = self._context.theme
        how = tr(
            "Building is counted from commits, talking from the log: the minutes of a talk and half an hour around it. "
            "Talks with friends and other builders do not count. Everything stays on this computer."
        )
        parts = (self._nudge_card, self._head, self._bar, self._hours, self.plot, self._week)
        for part in parts:
            column.addWidget(part)
        column.addWidget(paragraph(theme, how, "small", "secondary"))
        column.addStretch(1)
        body.setMaximumWidth(theme.px(_WIDEST))
        return body

    def _make_nudge_card(self) -> QFrame:
        theme = self._context.theme
        frame = card()
        self._nudge_text = SpanText(theme)
        self._nudge_text.setObjectName("nudge_text")
        self._act = Button(theme, "", "", name="nudge_act")
        self._later = Button(theme, tr("Not now"), "quiet", name="nudge_later")
        self._never = Button(theme, tr("Never for this project"), "quiet", name="nudge_never")
        on_click(self._act, self._do)
        on_click(self._later, lambda: self._answer(NudgeChoice.DISMISSED))
        on_click(self._never, lambda: self._answer(NudgeChoice.NEVER))
        buttons = QWidget()
        flow = FlowLayout(buttons)
        for button in (self._act, self._later, self._never):
            flow.addWidget(button)
        self._nudge_buttons = buttons
        column = QVBoxLayout(frame)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(8)
        column.addWidget(self._nudge_text)
        column.addWidget(buttons)
        return frame

    def _show_nudge(self) -> None:
        said = self._nudge
        self._nudge_card.setVisible(said is not None)
        if said is None:
            return
        ten = self._context.state.notebook.right_ten
        waiting = [one.name for one in ten if one.status is PersonStatus.TO_CONTACT]
        self._nudge_text.set_spans(Span(nudge_words(said, waiting[0] if waiting else "")))
        copies = said.kind is NudgeKind.ASK_FOR_MONEY
        self._act.setText(tr("Copy the line") if copies else tr("Open the right ten"))

    def _answer(self, choice: NudgeChoice) -> None:
        if self._nudge is not None:
            today = self._context.state.now().date()
            self._context.submit(KeepRecord(NudgeNote(choice, today, nudge=self._nudge.kind)))
            self._nudge = None
            self._show_nudge()

    def _do(self) -> None:
        if self._nudge is None:
            return
        if self._nudge.kind is NudgeKind.ASK_FOR_MONEY:
            QGuiApplication.clipboard().setText(tr(ASK))
            self._context.navigator.say(tr("Line copied"))
        else:
            self.ten_wanted.emit()

    def _show_week(self, place: int) -> None:
        if 0 <= place < len(self._columns):
            self._week.set_spans(Span(self._columns[place].spoken))
        else:
            hint = tr("Point at a week, or go through them with the arrow keys.")
            self._week.set_spans(Span(hint if self._columns else "", "secondary"))
