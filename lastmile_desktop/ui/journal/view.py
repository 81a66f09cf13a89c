"""The journal: what was written, and the entry that is open. Side by side when wide, one at a time when narrow."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from lastmile_desktop.ui.controls import Button, on_click
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.journal.form import EntryForm
from lastmile_desktop.ui.journal.words import EntryLine
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.span_text import Span, SpanText, paragraph
from lastmile_desktop.ui.text_button import TextButton
from lastmile_desktop.ui.theme import Theme


class EntryButton(TextButton):
    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "", "step", "journal_entry", (10, 8, 10, 8))
        self.setCheckable(True)

    def show_line(self, line: EntryLine) -> None:
        self.setAccessibleName(f"{line.title}. {line.rest}")
        self.words.set_spans(
            Span(line.title, bold=True), Span(f"\u2028{line.rest}", "secondary", role="small")
        )


class JournalView(QWidget):
    """`opened` carries the id of an entry."""

    new_wanted = Signal()
    opened = Signal(int)
    closed = Signal()
    drop_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._narrow, self._open = False, False
        self._buttons: dict[int, EntryButton] = {}
        self.form = EntryForm(theme)
        self.form.setMaximumWidth(theme.px(680))
        self._above = SpanText(theme, "small")
        self._above.setObjectName("journal_above")
        self._list_side = self._list()
        self._form_side = self._entry()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._list_side, 9)
        layout.addWidget(self._form_side, 16)
        theme.changed.connect(lambda: self.form.setMaximumWidth(theme.px(680)))
        self._arrange()

    @property
    def is_open(self) -> bool:
        return self._open

    def set_narrow(self, narrow: bool) -> None:
        self._narrow = narrow
        self._arrange()

    def show_entry(self, opened: bool) -> None:
        self._open = opened
        self._arrange()

    def show_lines(self, lines: tuple[EntryLine, ...], chosen: int, above: str) -> None:
        wanted = {line.id for line in lines}
        for identity in set(self._buttons) - wanted:
            button = self._buttons.pop(identity)
            button.hide()
            button.deleteLater()
        for place, line in enumerate(lines):
            button = self._button(line.id)
            button.show_line(line)
            button.setChecked(line.id == chosen)
            if self._rows.indexOf(button) != place:
                self._rows.removeWidget(button)
                self._rows.insertWidget(place, button)
        self._above.set_spans(Span(above, "secondary"))
        self._above.setVisible(bool(above))
        self._empty.setVisible(not lines)

    def _button(self, identity: int) -> EntryButton:
        if identity not in self._buttons:
            button = self._buttons[identity] = EntryButton(self._theme)
            on_click(button, lambda: self.opened.emit(identity))
        return self._buttons[identity]

    def _list(self) -> QWidget:
        add = Button(self._theme, tr("New entry"), "primary", "plus", "journal_new")
        on_click(add, self.new_wanted.emit)
        self._empty = paragraph(
            self._theme,
            tr(
                "Something works here and breaks there. Each time you write down what was different, the next hunt "
                "is shorter."
            ),
            "body",
            "secondary",
        )
        rows = QWidget()
        rows.setObjectName("sheet")
        self._rows = QVBoxLayout(rows)
        self._rows.setContentsMargins(8, 4, 8, 12)
        self._rows.setSpacing(2)
        self._rows.addStretch(1)
        head = QVBoxLayout()
        head.setContentsMargins(18, 14, 18, 6)
        head.setSpacing(10)
        head.addWidget(add)
        head.addWidget(self._above)
        head.addWidget(self._empty)
        side = QFrame()
        side.setObjectName("content")
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(scrolling(rows, "journal_list"), 1)
        return side

    def _entry(self) -> QWidget:
        self._back = Button(self._theme, tr("All entries"), "quiet", "arrow-left", "journal_back")
        on_click(self._back, self.closed.emit)
        drop = Button(self._theme, tr("Delete"), "quiet", "trash", "journal_delete")
        on_click(drop, self.drop_wanted.emit)
        head = QWidget()
        flow = FlowLayout(head, 8)
        for part in (self._back, drop, paragraph(self._theme, tr("Kept as you type"), "small", "secondary")):
            flow.addWidget(part)
        body = QWidget()
        body.setObjectName("sheet")
        column = QVBoxLayout(body)
        column.setContentsMargins(20, 10, 20, 24)
        column.setSpacing(10)
        column.addWidget(head)
        column.addWidget(self.form)
        column.addStretch(1)
        return scrolling(body, "side")

    def _arrange(self) -> None:
        self._list_side.setVisible(not (self._narrow and self._open))
        self._form_side.setVisible(self._open)
        self._back.setVisible(self._narrow)


def scrolling(inner: QWidget, name: str) -> QScrollArea:
    """A part that scrolls up and down only."""
    area = QScrollArea()
    area.setObjectName(name)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inner)
    return area
