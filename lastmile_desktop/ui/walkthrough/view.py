"""A walkthrough to read: its steps, the current one in full, and the prompt to copy."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from lastmile_desktop.core.walkthrough import StepKind, Walkthrough
from lastmile_desktop.ui import marks
from lastmile_desktop.ui.controls import Button, IconButton, IconLabel, card, clear, mark_property, on_click
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.language import counted, tr
from lastmile_desktop.ui.span_text import Span, SpanText, paragraph
from lastmile_desktop.ui.text_button import TextButton
from lastmile_desktop.ui.theme import Theme
from lastmile_desktop.ui.walkthrough.text import StepText


class StepButton(TextButton):
    """One step in the list; its mark tells whether it is the current one, or everything is proven."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__(theme, title, "step", "step", (theme.px(36), 8, 8, 8))
        self._look = theme
        self._mark = "circle"
        self._title = title
        self.show_as(current=False, proven=False)

    def show_as(self, *, current: bool, proven: bool) -> None:
        self._mark = "circle-tick" if proven else "circle-dot" if current else "circle"
        colour = "pass" if proven else "text" if current else "secondary"
        self.say(self._title, colour)
        mark_property(self, "current", current)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.property("current"):
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._look.colour("accent_wash"))
            painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
            painter.end()
        super().paintEvent(event)
        side = self._look.px(16)
        colour = {"circle-tick": "pass", "circle-dot": "text"}.get(self._mark, "secondary")
        box = QRectF(12, 8 + (self._look.px(20) - side) / 2, side, side)
        marks.paint(QPainter(self), self._mark, box, self._look.colour(colour))


class WalkthroughView(QFrame):
    """`went` carries the number of the step to show."""

    left = Signal()
    went = Signal(int)
    copy_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("walkthrough")
        self._theme = theme
        self._steps: list[StepButton] = []
        self._shown: Walkthrough | None = None
        self._title = SpanText(theme)
        back = IconButton(theme, "arrow-left", tr("Back to the checklist (Esc)"), "walkthrough_back")
        on_click(back, self.left.emit)
        bar = QFrame()
        bar.setObjectName("overlay_bar")
        bar.setMinimumHeight(theme.px(48))
        head = QHBoxLayout(bar)
        head.setContentsMargins(12, 6, 20, 6)
        head.setSpacing(8)
        head.addWidget(back)
        head.addWidget(self._title, 1, Qt.AlignmentFlag.AlignVCenter)
        self._side = self._step_list()
        self._body = self._step_body()
        columns = QHBoxLayout()
        columns.setSpacing(0)
        columns.addWidget(self._side)
        columns.addWidget(self._body, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addLayout(columns, 1)

    def set_narrow(self, narrow: bool) -> None:
        """One column: only the current step, with the way back and on."""
        self._side.setVisible(not narrow)

    def show_walkthrough(self, title: str, steps: Walkthrough, tool: str) -> None:
        self._title.set_spans(Span(title, bold=True))
        self._copy.setText(tr("Copy prompt for {tool}", tool=tool) if tool else tr("Copy prompt"))
        if steps == self._shown:
            return
        self._shown = steps
        clear(self._list)
        self._steps = []
        layout = self._list.layout()
        assert isinstance(layout, QVBoxLayout)
        for number, step in enumerate(steps.steps):
            button = StepButton(self._theme, step.title)
            on_click(button, lambda place=number: self.went.emit(place))
            self._steps.append(button)
            layout.addWidget(button)
        about = tr("about {time} in all", time=counted(steps.minutes, "{n} minute", "{n} minutes"))
        layout.addSpacing(12)
        layout.addWidget(self._noted("clock", about))
        if steps.leaves_behind:
            touched = tr("touches {files}", files=", ".join(steps.leaves_behind))
            layout.addWidget(self._noted("files", touched))
        layout.addStretch(1)

    def show_step(self, number: int, *, proven: str) -> None:
        """`proven` says what proves that the gap is closed, "" while it is open."""
        if self._shown is None:
            return
        step, total = self._shown.steps[number], len(self._shown.steps)
        for place, button in enumerate(self._steps):
            button.show_as(current=place == number, proven=bool(proven))
        self._number.set_spans(Span(tr("Step {n} of {all}", n=number + 1, all=total), "secondary"))
        self._heading.set_spans(Span(step.title))
        self._text.show_markdown(step.body)
        self._undo.set_spans(Span(tr("To undo: {how}", how=step.undo) if step.undo else "", "secondary"))
        self._undo.setVisible(bool(step.undo))
        self._previous.setVisible(number > 0)
        self._next.setVisible(number + 1 < total)
        self._copy.setVisible(step.kind in (StepKind.PROMPT, StepKind.EDIT))
        verify = step.kind is StepKind.VERIFY
        self._card.setVisible(verify or bool(proven))
        listening = tr("Listening: this turns to passed by itself when the save that fixes it lands.")
        self._listening.set_spans(Span(proven or listening))
        mark_property(self._card, "good", bool(proven))

    def _step_list(self) -> QScrollArea:
        self._list = QWidget()
        self._list.setObjectName("sheet")
        layout = QVBoxLayout(self._list)
        layout.setContentsMargins(8, 14, 8, 8)
        layout.setSpacing(4)
        area = QScrollArea()
        area.setObjectName("steps")
        area.setAccessibleName(tr("Steps"))
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidgetResizable(True)
        area.setFixedWidth(self._theme.px(236))
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._list)
        return area

    def _step_body(self) -> QScrollArea:
        self._number = SpanText(self._theme)
        self._heading = SpanText(self._theme, "title")
        self._text = StepText(self._theme)
        self._undo = SpanText(self._theme, "small")
        self._next = Button(self._theme, tr("Next step"), "primary", name="walkthrough_next")
        self._previous = Button(self._theme, tr("Step back"), name="walkthrough_previous")
        self._copy = Button(self._theme, tr("Copy prompt"), "", "copy", "walkthrough_copy")
        on_click(self._next, lambda: self.went.emit(self._current() + 1))
        on_click(self._previous, lambda: self.went.emit(self._current() - 1))
        on_click(self._copy, self.copy_wanted.emit)
        self._listening = SpanText(self._theme)
        self._card = card()
        inner = QHBoxLayout(self._card)
        inner.setContentsMargins(14, 10, 14, 10)
        inner.setSpacing(10)
        inner.addWidget(IconLabel(self._theme, "broadcast"), 0, Qt.AlignmentFlag.AlignTop)
        inner.addWidget(self._listening, 1)
        buttons = QWidget()
        flow = FlowLayout(buttons)
        for button in (self._next, self._copy, self._previous):
            flow.addWidget(button)
        body = QWidget()
        body.setObjectName("sheet")
        body.setMaximumWidth(self._theme.px(860))
        layout = QVBoxLayout(body)
        layout.setContentsMargins(22, 18, 22, 18)
        layout.setSpacing(8)
        for part in (self._number, self._heading, self._text, self._undo, self._card):
            layout.addWidget(part)
        layout.addSpacing(8)
        layout.addWidget(buttons)
        layout.addStretch(1)
        area = QScrollArea()
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(body)
        return area

    def _current(self) -> int:
        return next((n for n, button in enumerate(self._steps) if button.property("current")), 0)

    def _noted(self, icon: str, text: str) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(12, 4, 8, 4)
        row.setSpacing(8)
        row.addWidget(IconLabel(self._theme, icon), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(paragraph(self._theme, text, "body", "secondary"), 1)
        return holder
