"""The vertical's words: what they say, what everybody says, what our buttons say."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from lastmile_desktop.core.commands import DropRecord, KeepRecord
from lastmile_desktop.core.notebook import Term
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import Button, IconButton, label, on_click
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.people.rows import NewLine, Row, Rows, WrittenLine

_MOST_HEARD = 12
_ROOM_BESIDE = 400


class TermRow(Row[Term]):
    def __init__(self, context: Context, term: Term) -> None:
        super().__init__()
        self._context, self._term = context, term
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(6)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addLayout(self._columns, 1)
        self._fields: dict[str, WrittenLine] = {}
        for name, title in (
            ("theirs", tr("They say")),
            ("generic", tr("Others say")),
            ("ours", tr("Our buttons say")),
        ):
            field = WrittenLine(context.theme, f"term_{name}", title)
            field.told.connect(lambda text="", name=name: self._keep(name, text))
            self._fields[name] = field
            self._columns.addWidget(field, 1, Qt.AlignmentFlag.AlignTop)
        remove = IconButton(context.theme, "x", tr("Take this word out"), "term_remove", 14)
        on_click(remove, lambda: context.submit(DropRecord(self._term)))
        row.addWidget(remove, 0, Qt.AlignmentFlag.AlignTop)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """One below the other where three columns have no room."""
        super().resizeEvent(event)
        beside = self.width() >= self._context.theme.px(_ROOM_BESIDE)
        way = QBoxLayout.Direction
        self._columns.setDirection(way.LeftToRight if beside else way.TopToBottom)

    def show_record(self, record: Term) -> None:
        self._term = record
        for name, field in self._fields.items():
            field.show_text(str(getattr(record, name)))

    def _keep(self, name: str, text: str) -> None:
        if name == "theirs" and not text:
            self._context.submit(DropRecord(self._term))
        else:
            values: dict[str, str] = {name: text}
            self._context.submit(KeepRecord(replace(self._term, **values)))  # pyright: ignore[reportArgumentType]


class WordsPart(QWidget):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._offered: tuple[str, ...] | None = None
        self._heads = QWidget()
        heads = QHBoxLayout(self._heads)
        heads.setContentsMargins(8, 0, 30, 0)
        heads.setSpacing(6)
        for title in (tr("They say"), tr("Others say"), tr("Our buttons say")):
            head = label(title, "small")
            head.setWordWrap(True)
            heads.addWidget(head, 1)
        self._rows = Rows[Term](lambda term: TermRow(context, term), spacing=6)
        self._new = NewLine(context.theme, "term_new", tr("A word they use"))
        self._new.written.connect(self._add)
        self._heard = QWidget()
        FlowLayout(self._heard, 6)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for part in (self._heads, self._rows, self._new, self._heard):
            column.addWidget(part)
        context.state.notebook_changed.connect(self.refresh)
        context.state.conversations_changed.connect(self.refresh)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_heads()

    def refresh(self) -> None:
        terms = self._context.state.notebook.terms
        self._rows.apply(terms)
        self._show_heads()
        known = {term.theirs.casefold() for term in terms}
        talks = self._context.state.conversations
        heard = dict.fromkeys(word for talk in talks for word in talk.words if word.casefold() not in known)
        self._offer(tuple(heard)[:_MOST_HEARD])

    def _show_heads(self) -> None:
        """Fields that stand one below the other say themselves what they are for."""
        beside = self.width() >= self._context.theme.px(_ROOM_BESIDE)
        self._heads.setVisible(beside and bool(self._context.state.notebook.terms))

    def _offer(self, words: tuple[str, ...]) -> None:
        """Words that were noted in talks, one click away."""
        if words == self._offered:
            return
        self._offered = words
        flow = self._heard.layout()
        assert isinstance(flow, FlowLayout)
        while (item := flow.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        for word in words:
            button = Button(self._context.theme, word, "tag", "plus", "term_heard")
            button.setAccessibleName(tr("Add the word {word}", word=word))
            on_click(button, lambda word=word: self._add(word))
            flow.addWidget(button)
        self._heard.setVisible(bool(words))

    def _add(self, text: str) -> None:
        lane = self._context.state.plans.lane
        self._context.submit(KeepRecord(Term(text, vertical=lane.industry if lane else "")))
