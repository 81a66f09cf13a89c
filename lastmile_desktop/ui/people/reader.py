"""Reading with a pen: the talks, and below them what is asked about a marked passage."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from lastmile_desktop.core.commands import KeepRecord, LogConversation, ReadTalks
from lastmile_desktop.core.conversation import Conversation, Quote
from lastmile_desktop.core.events import TalksRead, WholeTalk
from lastmile_desktop.core.notebook import Feature
from lastmile_desktop.talks.leading import Leading
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import Button, on_click
from lastmile_desktop.ui.language import counted, tr
from lastmile_desktop.ui.people.leading_words import LeadingWords, Places
from lastmile_desktop.ui.people.marking import MarkPanel
from lastmile_desktop.ui.people.reading import Passage, ReadingView
from lastmile_desktop.ui.people.reading_lines import read_lines
from lastmile_desktop.ui.shrinkable import Shrinkable
from lastmile_desktop.ui.span_text import Span, SpanText, paragraph


class Reader(QWidget):
    """Shows the answer to what it asked last, and asks again when the log changes."""

    def __init__(self, context: Context, empty: str) -> None:
        super().__init__()
        self.setObjectName("content")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._context = context
        self._asked: ReadTalks | None = None
        self._talks: tuple[WholeTalk, ...] = ()
        self._wanted_words = ""
        self._count = 0
        self.view = ReadingView(context.theme)
        self._mark = Button(context.theme, tr("Mark as a quote"), "", "quotes", "mark_quote")
        self._mark.setToolTip("Q")
        self._mark.setEnabled(False)
        self._pointer = SpanText(context.theme, "small")
        self._pointer.setObjectName("leading_words")
        self._leading = LeadingWords(self)
        self._leading.found.connect(self._point_out)
        self._panel = MarkPanel(context.theme)
        self._panel_holder = Shrinkable(self._panel)
        self._panel_holder.hide()
        self._empty = paragraph(context.theme, empty, "body", "secondary")
        self._lay_out()
        self.view.selected.connect(self._selected)
        self.view.mark_wanted.connect(self._ask)
        self.view.led.connect(self._explain)
        on_click(self._mark, self._ask)
        self._panel.marked.connect(self._keep)
        self._panel.unmarked.connect(self._take_out)
        self._panel.closed.connect(self.escape)
        state = context.state
        state.talks_read.connect(self._read)
        state.conversations_changed.connect(self._ask_again)
        self._show()

    def read(self, asked: ReadTalks | None, words: str = "") -> None:
        """Show these talks, at the first place of `words`; None shows none."""
        self._wanted_words = words
        if asked != self._asked:
            self.escape()
        self._asked = asked
        if asked is None:
            self._talks = ()
            self._show()
        else:
            self._context.submit(asked)

    def escape(self) -> bool:
        """Close the question about a passage."""
        was_open = self._panel_holder.isVisibleTo(self)
        self._panel_holder.hide()
        self._bar.setVisible(bool(self._talks))
        if was_open:
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        return was_open

    def _lay_out(self) -> None:
        bar = QFrame()
        bar.setObjectName("reading_bar")
        around = QVBoxLayout(bar)
        around.setContentsMargins(16, 6, 12, 6)
        around.setSpacing(4)
        around.addWidget(self._pointer)
        around.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignRight)
        self._pointer.hide()
        self._bar = bar
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._said_empty())
        layout.addWidget(self.view, 1)
        layout.addWidget(self._panel_holder)
        layout.addWidget(bar)
        layout.addStretch(0)

    def _said_empty(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(16, 16, 16, 16)
        column.addWidget(self._empty)
        self._empty_holder = holder
        return holder

    def _read(self, event: TalksRead) -> None:
        if event.asked == self._asked:
            self._talks = event.talks
            self._show()
            self._leading.look(event.talks)

    def _ask_again(self) -> None:
        if self._asked is not None:
            self._context.submit(self._asked)

    @property
    def _of_person(self) -> bool:
        return self._asked is not None and bool(self._asked.person_id)

    def _show(self) -> None:
        self.view.show_talks(
            read_lines(self._talks, self._context.state.now(), of_person=self._of_person), self._talks
        )
        self.view.setVisible(bool(self._talks))
        self._bar.setVisible(bool(self._talks))
        self._empty_holder.setVisible(not self._talks)
        if self._wanted_words and self._talks:
            self.view.find_text(self._wanted_words)
            self._wanted_words = ""

    def _point_out(self, places: Places) -> None:
        self.view.point_out(places)
        self._count = len(places)
        self._explain(None)

    def _explain(self, leading: Leading | None) -> None:
        """What is wrong with the words the caret is in, or how many such there are."""
        if leading is not None:
            self._pointer.set_spans(Span(leading.why + " ", "soon"), Span(leading.better, bold=True))
        elif self._count:
            found = counted(self._count, "{n} question of yours leads", "{n} questions of yours lead")
            self._pointer.set_spans(
                Span(tr("{found}: underlined, a click says why.", found=found), "secondary")
            )
        else:
            self._pointer.set_spans()
        self._pointer.setVisible(bool(self._pointer.text()))

    def _selected(self, passage: Passage | None) -> None:
        self._mark.setEnabled(passage is not None)

    def _ask(self) -> None:
        passage = self.view.passage()
        talk = self._talk(passage.talk) if passage else None
        if passage is None or talk is None:
            return
        state = self._context.state
        rows = state.checklist.rows if state.checklist else ()
        titles = tuple({row.check_id: row.title for row in rows}.items())
        self._panel.offer(titles, state.notebook.features, state.notebook.assumptions)
        known = next((quote for quote in talk.quotes if quote.text == passage.text), None)
        self._bar.hide()
        self._panel_holder.show()
        self._panel.ask(passage, known)

    def _keep(self, passage: Passage, quote: Quote) -> None:
        talk = self._talk(passage.talk)
        if talk is None:
            return
        others = tuple(kept for kept in talk.quotes if kept.text != quote.text)
        known = {feature.name for feature in self._context.state.notebook.features}
        for name in quote.linked_features:
            if name not in known:
                self._context.submit(KeepRecord(Feature(name)))
        self._context.submit(LogConversation(replace(talk, quotes=(*others, quote))))
        links = len(quote.linked_checks)
        text = counted(links, "Quote kept, linked to a gap", "Quote kept, linked to {n} gaps")
        self._context.navigator.say(text if links else tr("Quote kept"))
        self.escape()

    def _take_out(self, passage: Passage) -> None:
        talk = self._talk(passage.talk)
        if talk is not None:
            left = tuple(kept for kept in talk.quotes if kept.text != passage.text)
            self._context.submit(LogConversation(replace(talk, quotes=left)))
        self.escape()

    def _talk(self, identity: int) -> Conversation | None:
        return next((item.conversation for item in self._talks if item.conversation.id == identity), None)
