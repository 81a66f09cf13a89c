"""The log's widget: the card to write in, what was said, and whom to come back to."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.ui.conversations.delegate import TalkDelegate
from lastmile_desktop.ui.conversations.entries import Entry, TalkEntry
from lastmile_desktop.ui.conversations.follow_ups import FollowUps
from lastmile_desktop.ui.conversations.quick_add import QuickAdd
from lastmile_desktop.ui.dropped import talks_in
from lastmile_desktop.ui.entry_list import EntryList
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.shrinkable import Shrinkable
from lastmile_desktop.ui.span_text import paragraph
from lastmile_desktop.ui.steady_model import SteadyModel
from lastmile_desktop.ui.theme import Theme


class TalkModel(SteadyModel[Entry]):
    """Lines of the log; a talk's line has the id `talk:<id>`."""


class TalkList(EntryList):
    """Enter changes a talk, Delete forgets it, the menu key or a right click offers both."""

    edit_wanted = Signal(object)
    forget_wanted = Signal(object)

    def __init__(self, theme: Theme, model: TalkModel) -> None:
        super().__init__(theme, "conversation_list", tr("Conversations"))
        self._talks = model
        self.setModel(model)
        self.setItemDelegate(TalkDelegate(theme, self))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._offer)
        self.doubleClicked.connect(self._edit)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        talk = self._talk(self.currentIndex())
        if talk and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.edit_wanted.emit(talk)
        elif talk and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.forget_wanted.emit(talk)
        else:
            super().keyPressEvent(event)

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


class ConversationsView(QWidget):
    """`files_dropped` carries the paths of transcripts."""

    files_dropped = Signal(list)

    def __init__(self, theme: Theme, model: TalkModel) -> None:
        super().__init__()
        self.setObjectName("content")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        self.add = QuickAdd(theme)
        self.list = TalkList(theme, model)
        self.follow_ups = FollowUps(theme)
        self._empty = paragraph(
            theme,
            tr(
                "Nothing logged yet. Write down the next talk here while you still have their words in your ear, "
                "or drop a transcript."
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

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if talks_in(event.mimeData()):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        self.files_dropped.emit(talks_in(event.mimeData()))
        event.acceptProposedAction()

    def show_empty(self, empty: bool) -> None:
        self._empty_holder.setVisible(empty)
        self.list.setVisible(not empty)
