"""The log's widget: the card to write in, what was said, and whom to come back to."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHBoxLayout, QListView, QMenu, QVBoxLayout, QWidget

from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.ui.controls import Button, clear, on_click, rule
from lastmile_desktop.ui.conversations.delegate import TalkDelegate
from lastmile_desktop.ui.conversations.entries import Entry, TalkEntry
from lastmile_desktop.ui.conversations.quick_add import QuickAdd
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.phrases import short_day
from lastmile_desktop.ui.shrinkable import Shrinkable
from lastmile_desktop.ui.span_text import Span, SpanText, paragraph
from lastmile_desktop.ui.steady_model import SteadyModel
from lastmile_desktop.ui.theme import Theme


class TalkModel(SteadyModel[Entry]):
    """Lines of the log; a talk's line has the id `talk:<id>`."""


class TalkList(QListView):
    """Enter changes a talk, Delete forgets it, the menu key or a right click offers both."""

    edit_wanted = Signal(object)
    forget_wanted = Signal(object)

    def __init__(self, theme: Theme, model: TalkModel) -> None:
        super().__init__()
        self._talks = model
        self.setObjectName("conversation_list")
        self.setAccessibleName(tr("Conversations"))
        self.setModel(model)
        self.setItemDelegate(TalkDelegate(theme, self))
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.verticalScrollBar().setSingleStep(24)
        self.customContextMenuRequested.connect(self._offer)
        self.doubleClicked.connect(self._edit)
        theme.changed.connect(self.scheduleDelayedItemsLayout)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        talk = self._talk(self.currentIndex())
        if talk and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.edit_wanted.emit(talk)
        elif talk and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.forget_wanted.emit(talk)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.scheduleDelayedItemsLayout()

    def _edit(self, index: QModelIndex) -> None:
        talk = self._talk(index)
        if talk is not None:
            self.edit_wanted.emit(talk)

    def _offer(self, where: QPoint) -> None:
        talk = self._talk(self.indexAt(where))
        if talk is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Edit")).triggered.connect(lambda: self.edit_wanted.emit(talk))
        menu.addAction(tr("Delete")).triggered.connect(lambda: self.forget_wanted.emit(talk))
        menu.popup(self.viewport().mapToGlobal(where))

    def _talk(self, index: QModelIndex) -> Conversation | None:
        entry = self._talks.entry(index)
        return entry.talk if isinstance(entry, TalkEntry) else None


class FollowUps(QFrame):
    """Whom the founder promised to come back to, opened by its heading."""

    done = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("top_rule")
        self._theme = theme
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

    def show_due(self, talks: tuple[Conversation, ...]) -> None:
        self.setVisible(bool(talks))
        self._heading.setText(tr("Follow-ups due: {n}", n=len(talks)).upper())
        clear(self._rows)
        rows = self._rows.layout()
        assert isinstance(rows, QVBoxLayout)
        for talk in talks:
            rows.addWidget(self._row(talk))

    def _row(self, talk: Conversation) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        text = SpanText(self._theme)
        due = short_day(talk.follow_up) if talk.follow_up else ""
        company = f" · {talk.company}" if talk.company else ""
        text.set_spans(Span(talk.person, bold=True), Span(f"{company} · {due}", "secondary"))
        button = Button(self._theme, tr("Done"), "tag", "check", "follow_up_done")
        button.setAccessibleName(tr("Followed up with {person}", person=talk.person))
        on_click(button, lambda: self.done.emit(talk))
        row.addWidget(text, 1)
        row.addWidget(button)
        return holder

    def _toggle(self) -> None:
        self._rows.setVisible(self._heading.isChecked())
        self._heading.set_icon("caret-down" if self._heading.isChecked() else "caret-right")


class ConversationsView(QWidget):
    def __init__(self, theme: Theme, model: TalkModel) -> None:
        super().__init__()
        self.setObjectName("content")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.add = QuickAdd(theme)
        self.list = TalkList(theme, model)
        self.follow_ups = FollowUps(theme)
        self._empty = paragraph(
            theme,
            tr(
                "Nothing logged yet. Write down the next talk here while you still have their words in your ear."
            ),
            "body",
            "secondary",
        )
        self._empty.setContentsMargins(18, 8, 18, 8)
        holder = QWidget()
        inner = QVBoxLayout(holder)
        inner.setContentsMargins(20, 8, 20, 8)
        inner.addWidget(self._empty)
        inner.addStretch(1)
        self._empty_holder = holder
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(Shrinkable(self.add))
        layout.addWidget(self.list, 1)
        layout.addWidget(self._empty_holder, 1)
        layout.addWidget(self.follow_ups)

    def show_empty(self, empty: bool) -> None:
        self._empty_holder.setVisible(empty)
        self.list.setVisible(not empty)
