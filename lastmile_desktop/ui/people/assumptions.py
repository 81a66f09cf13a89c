"""What the founder takes for true: open, validated or invalidated, with what speaks for it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QVBoxLayout, QWidget

from lastmile_desktop.core.commands import DropRecord, KeepRecord
from lastmile_desktop.core.notebook import Assumption, Citation, Standing
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import IconButton, clear, on_click
from lastmile_desktop.ui.form_fields import capital
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.people.rows import NewLine, Row, Rows, WrittenLine, headed_row
from lastmile_desktop.ui.phrases import days_ago
from lastmile_desktop.ui.text_button import TextButton

_LONGEST = 120


class AssumptionRow(Row[Assumption]):
    """`talk_wanted` carries the talk of a citation."""

    talk_wanted = Signal(int)

    def __init__(self, context: Context, assumption: Assumption) -> None:
        super().__init__()
        self._context, self._assumption = context, assumption
        self._text = WrittenLine(context.theme, "assumption", tr("What you assume"))
        self._standing = QComboBox()
        self._standing.setObjectName("assumption_standing")
        self._standing.setAccessibleName(tr("Where it stands"))
        self._standing.setMinimumHeight(30)
        self._standing.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        for standing in Standing:
            self._standing.addItem(capital(tr(standing.value)), standing)
        self._cited = QWidget()
        cited = QVBoxLayout(self._cited)
        cited.setContentsMargins(8, 0, 0, 0)
        cited.setSpacing(2)
        self._shown: tuple[tuple[int, str], ...] | None = None
        remove = IconButton(context.theme, "x", tr("Take this assumption out"), "assumption_remove", 14)
        on_click(remove, lambda: context.submit(DropRecord(self._assumption)))
        self._text.told.connect(self._keep_text)
        self._standing.activated.connect(self._decide)
        self.setLayout(headed_row(self._text, self._standing, self._cited, remove=remove))

    def show_record(self, record: Assumption) -> None:
        self._assumption = record
        self._text.show_text(record.text)
        self._standing.setCurrentIndex(self._standing.findData(record.standing))
        self._show_citations()

    def _show_citations(self) -> None:
        found = citations_of(self._assumption, self._context)
        if found == self._shown:
            return
        self._shown = found
        clear(self._cited)
        column = self._cited.layout()
        assert isinstance(column, QVBoxLayout)
        for talk, text in found:
            link = TextButton(self._context.theme, text, "link", "citation", (1, 1, 1, 1))
            link.say(text, "accent")
            on_click(link, lambda talk=talk: self.talk_wanted.emit(talk))
            column.addWidget(link)
        self._cited.setVisible(bool(found))

    def _keep_text(self, text: str) -> None:
        told = replace(self._assumption, text=text)
        self._context.submit(KeepRecord(told) if text else DropRecord(self._assumption))

    def _decide(self) -> None:
        standing = Standing(self._standing.currentData())
        today = self._context.state.now().date()
        decided = None if standing is Standing.OPEN else today
        self._context.submit(KeepRecord(replace(self._assumption, standing=standing, decided_on=decided)))


def citations_of(assumption: Assumption, context: Context) -> tuple[tuple[int, str], ...]:
    """(talk, words to show) of what is cited and of every quote that is linked to it."""
    talks = {talk.id: talk for talk in context.state.conversations}
    linked = [
        Citation(talk.id, quote.text)
        for talk in talks.values()
        for quote in talk.quotes
        if assumption.id in quote.linked_assumptions
    ]
    found: list[tuple[int, str]] = []
    now = context.state.now()
    for citation in dict.fromkeys((*assumption.citations, *linked)):
        talk = talks.get(citation.conversation)
        if talk is None:
            continue
        words = citation.quote or " ".join(talk.said.split())
        short = words if len(words) <= _LONGEST else words[: _LONGEST - 1].rstrip() + "…"
        ago = days_ago((now.date() - talk.when.astimezone(now.tzinfo).date()).days)
        found.append((talk.id, f"“{short}” {talk.person}, {ago}"))
    return tuple(found)


class Assumptions(QWidget):
    talk_wanted = Signal(int)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._rows = Rows[Assumption](self._made, spacing=14)
        self._new = NewLine(context.theme, "assumption_new", tr("Something you take for true"))
        self._new.written.connect(lambda text="": context.submit(KeepRecord(Assumption(text))))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self._rows)
        column.addWidget(self._new)
        context.state.notebook_changed.connect(self.refresh)
        context.state.conversations_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        self._rows.apply(self._context.state.notebook.assumptions)

    def _made(self, assumption: Assumption) -> AssumptionRow:
        row = AssumptionRow(self._context, assumption)
        row.talk_wanted.connect(self.talk_wanted)
        return row
