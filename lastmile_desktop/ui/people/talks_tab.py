"""Finding what was said: words, filters, and the talks beside."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from lastmile_desktop.core.commands import FindTalks, ReadTalks
from lastmile_desktop.core.search import TalkQuery, TalksFound
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import Button, on_click
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.language import counted, tr
from lastmile_desktop.ui.lines import LineList, LineModel
from lastmile_desktop.ui.people.filters import Filters
from lastmile_desktop.ui.people.reader import Reader
from lastmile_desktop.ui.people.tab import Tab, TwoPanes
from lastmile_desktop.ui.people.talk_lines import talk_lines
from lastmile_desktop.ui.shrinkable import Shrinkable
from lastmile_desktop.ui.span_text import Span, paragraph

_LAST = 10


class TalksTab(Tab):
    """Asks with every key, but never twice at once: the newest question waits for the answer to the last one."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._asked: TalkQuery | None = None
        self._shown: TalksFound | None = None
        self._waits = False
        self.search = QLineEdit()
        self.search.setObjectName("talk_search")
        self.search.setPlaceholderText(tr('Find words or "whole phrases" in all talks'))
        self.search.setAccessibleName(tr("Find words in all talks"))
        self.search.setClearButtonEnabled(True)
        self._filter = Button(context.theme, tr("Filters"), "tag", "funnel", "talk_filters")
        self._filter.setCheckable(True)
        self._last = Button(context.theme, tr("Read the last {n}", n=_LAST), "tag", "book-open", "talks_last")
        self.filters = Filters(context.theme)
        self._filters_holder = Shrinkable(self.filters)
        self._filters_holder.hide()
        self._said = paragraph(context.theme, "", "small", "secondary")
        self._said.setObjectName("talks_found")
        self._model = LineModel(self)
        self.list = LineList(context.theme, self._model, "talk_list", tr("Talks found"))
        self.reader = Reader(context, tr("Choose a talk to read it."))
        self._panes = TwoPanes(context.theme, self._left(), self.reader)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._panes)
        self.search.textChanged.connect(self.find_talks)
        self.search.returnPressed.connect(self._enter)
        self.filters.changed.connect(self.find_talks)
        on_click(self._filter, self._toggle_filters)
        on_click(self._last, self._read_last)
        self.list.chosen.connect(self._read)
        self.list.entered.connect(self._open)
        state = context.state
        state.talks_found.connect(self._found)
        state.failed.connect(self._failed)
        state.conversations_changed.connect(self._changed)
        state.notebook_changed.connect(self._offer)
        self._offer()

    def set_narrow(self, narrow: bool) -> None:
        self._panes.set_narrow(narrow)

    def shown(self) -> None:
        self.find_talks()

    def take_focus(self) -> None:
        if not self._panes.covers:
            self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def escape(self) -> bool:
        if self.reader.escape():
            return True
        if self._panes.covers:
            self._panes.show_first()
            self.list.setFocus()
        elif self.search.text():
            self.search.clear()
            self.search.setFocus()
        else:
            return False
        return True

    def start_search(self) -> None:
        self._panes.show_first()
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def open_talk(self, talk_id: int) -> None:
        """Read one talk, whatever was looked for."""
        self.reader.read(ReadTalks(ids=(talk_id,)))
        self._panes.show_second()

    def find_talks(self) -> None:
        count = self.filters.count
        self._filter.setText(tr("Filters: {n}", n=count) if count else tr("Filters"))
        query = self.filters.query(self.search.text())
        if self._asked is not None:
            self._waits = query != self._asked
            return
        self._asked = query
        self._context.submit(FindTalks(query))

    def _left(self) -> QWidget:
        left = QWidget()
        left.setObjectName("content")
        left.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 8, 12, 6)
        bar.addWidget(self.search, 1)
        buttons = QWidget()
        flow = FlowLayout(buttons, 6)
        flow.addWidget(self._filter)
        flow.addWidget(self._last)
        around = QVBoxLayout()
        around.setContentsMargins(12, 0, 12, 8)
        around.addWidget(buttons)
        said = QVBoxLayout()
        said.setContentsMargins(16, 0, 16, 6)
        said.addWidget(self._said)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addLayout(around)
        column.addWidget(self._filters_holder)
        column.addLayout(said)
        column.addWidget(self.list, 1)
        return left

    def _found(self, found: TalksFound) -> None:
        if found.query != self._asked:
            return
        self._asked, self._shown = None, found
        self._model.apply(talk_lines(found, self._context.state.now()))
        if not self._context.state.conversations:
            text = tr("No talk is in the log yet.")
        elif found.total > len(found.hits):
            text = tr("{shown} of {n} talks", shown=len(found.hits), n=f"{found.total:,}")
        else:
            text = counted(found.total, "{n} talk", "{n} talks")
        self._said.set_spans(Span(text, "secondary"))
        if self._waits:
            self._waits = False
            self.find_talks()

    def _failed(self) -> None:
        """No answer will come; the next key asks again."""
        self._asked, self._waits = None, False

    def _changed(self) -> None:
        self._offer()
        if self.isVisible():
            self.find_talks()

    def _offer(self) -> None:
        state = self._context.state
        self.filters.offer(state.notebook.people, state.conversations, state.now().date())

    def _toggle_filters(self) -> None:
        self._filters_holder.setVisible(self._filter.isChecked())
        if not self._filter.isChecked() and self.filters.count:
            self.filters.clear()

    def _enter(self) -> None:
        """Enter opens the best hit."""
        first = self._model.entry(self._model.index(0))
        if first is not None:
            self.list.select(first.id)
            self._open(first.key)

    def _read(self, talk_id: int) -> None:
        self.reader.read(ReadTalks(ids=(talk_id,)), self._hit_words(talk_id))

    def _open(self, talk_id: int) -> None:
        self._read(talk_id)
        self._panes.show_second()

    def _read_last(self) -> None:
        self.list.clearSelection()
        self.reader.read(ReadTalks(last=_LAST))
        self._panes.show_second()

    def _hit_words(self, talk_id: int) -> str:
        """What to put on screen of a talk: the first words that were found in it."""
        hits = self._shown.hits if self._shown else ()
        excerpt = next((hit.excerpt for hit in hits if hit.conversation.id == talk_id), ())
        return next((piece.text for piece in excerpt if piece.hit), "")
