"""Building and talking, side by side."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.people.balance_words import columns_of, fortnight
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
    """The fortnight in a sentence, and the weeks as a plot."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._columns: tuple[Column, ...] = ()
        theme = context.theme
        self._head = SpanText(theme, "title")
        self._head.setObjectName("balance_head")
        self._bar = SharesBar(theme)
        self._hours = SpanText(theme, "small")
        self.plot = WeekPlot(theme)
        self._week = SpanText(theme)
        self._week.setObjectName("balance_week")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolled(self._body()))
        self.plot.pointed.connect(self._show_week)
        state = context.state
        for signal in (state.balance_changed, state.conversations_changed, state.notebook_changed):
            signal.connect(self.refresh)
        self.refresh()

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
                Span(tr("○ time  ◇ their name or a letter of intent  ◆ money"), "pass"),
            )
        self._show_week(-1)

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
        parts = (self._head, self._bar, self._hours, self.plot, self._week)
        for part in parts:
            column.addWidget(part)
        column.addWidget(paragraph(theme, how, "small", "secondary"))
        column.addStretch(1)
        body.setMaximumWidth(theme.px(_WIDEST))
        return body

    def _show_week(self, place: int) -> None:
        if 0 <= place < len(self._columns):
            self._week.set_spans(Span(self._columns[place].spoken))
        else:
            hint = tr("Point at a week, or go through them with the arrow keys.")
            self._week.set_spans(Span(hint if self._columns else "", "secondary"))
