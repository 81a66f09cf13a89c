"""The ten customers wanted first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from lastmile_desktop.core.commands import ImportPastedPeople, ImportPeople, KeepPerson
from lastmile_desktop.core.people import MOST_RANKED, Person
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import Button, IconButton, on_click
from lastmile_desktop.ui.dropped import local_files
from lastmile_desktop.ui.files import ask_to_read
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.people.ranking import moved, next_rank, ten_lines, without
from lastmile_desktop.ui.people.tab import Tab, TwoPanes, scrolled
from lastmile_desktop.ui.people.ten_details import TenDetails
from lastmile_desktop.ui.people.ten_list import TenList, TenModel

_LISTS = frozenset({".csv", ".vcf", ".tsv", ".txt"})


class RightTenTab(Tab):
    """`person_wanted` asks for the person's own page."""

    person_wanted = Signal(int)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setAcceptDrops(True)
        self._before: frozenset[int] | None = None
        self._model = TenModel(self)
        self.list = TenList(context.theme, self._model)
        self.name = QLineEdit()
        self.name.setObjectName("ten_name")
        self.name.setPlaceholderText(tr("Add a name"))
        self.name.setAccessibleName(tr("Add a name"))
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.name.setCompleter(completer)
        self._add = IconButton(context.theme, "plus", tr("Add to the ten"), "ten_add")
        self._paste = Button(context.theme, tr("Paste names"), "tag", "clipboard", "ten_paste")
        self._import = Button(context.theme, tr("Import a list…"), "tag", "file-arrow-down", "ten_import")
        self.details = TenDetails(context)
        self._panes = TwoPanes(context.theme, self._left(), scrolled(self.details))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._panes)
        self._connect()
        self.refresh()

    def set_narrow(self, narrow: bool) -> None:
        self._panes.set_narrow(narrow)

    def escape(self) -> bool:
        if not self._panes.covers:
            return False
        self._panes.show_first()
        self.list.setFocus()
        return True

    def take_focus(self) -> None:
        if not self._panes.covers:
            (self.list if self._model.rowCount() else self.name).setFocus(Qt.FocusReason.OtherFocusReason)

    def keep(self) -> None:
        self.details.settle()

    def refresh(self) -> None:
        state = self._context.state
        ten = state.notebook.right_ten
        self._names.setStringList(sorted(person.name for person in state.notebook.people if not person.rank))
        self._model.apply(ten_lines(ten, state.now().date()))
        full = next_rank(ten) is None
        self.name.setEnabled(not full)
        self._add.setEnabled(not full)
        self._show(self.list.key)
        self._rank_new()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(path.suffix.lower() in _LISTS for path in local_files(event.mimeData())):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        for path in local_files(event.mimeData()):
            self._import_people(path)
        event.acceptProposedAction()

    def _connect(self) -> None:
        self._context.state.notebook_changed.connect(self.refresh)
        self.list.chosen.connect(self._show)
        self.list.entered.connect(self._open)
        self.list.moved.connect(self._move)
        self.list.removed.connect(self._remove)
        self._model.dropped.connect(self._drop)
        self.name.returnPressed.connect(self._add_name)
        on_click(self._add, self._add_name)
        on_click(self._paste, self._paste_names)
        on_click(self._import, self._import_list)
        self.details.move_wanted.connect(lambda by=0: self._move(self.list.key, by))
        self.details.remove_wanted.connect(lambda: self._remove(self.list.key))
        self.details.person_wanted.connect(self.person_wanted)

    def _left(self) -> QWidget:
        left = QWidget()
        left.setObjectName("content")
        left.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 8, 8, 6)
        bar.setSpacing(4)
        bar.addWidget(self.name, 1)
        bar.addWidget(self._add)
        buttons = QWidget()
        flow = FlowLayout(buttons, 6)
        flow.addWidget(self._paste)
        flow.addWidget(self._import)
        around = QVBoxLayout()
        around.setContentsMargins(12, 0, 12, 8)
        around.addWidget(buttons)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addLayout(around)
        column.addWidget(self.list, 1)
        return left

    @property
    def _ten(self) -> tuple[Person, ...]:
        return self._context.state.notebook.right_ten

    def _show(self, person_id: int) -> None:
        self.details.show_person(next((person for person in self._ten if person.id == person_id), None))

    def _open(self, person_id: int) -> None:
        self._show(person_id)
        self._panes.show_second()

    def _move(self, person_id: int, by: int) -> None:
        ten = self._ten
        place = next((n for n, person in enumerate(ten) if person.id == person_id), -1)
        if place >= 0:
            self._keep(moved(ten, person_id, place + by))

    def _drop(self, person_id: int, row: int) -> None:
        """`row` counts the line that is dragged, which is still where it was."""
        ten = self._ten
        place = next((n for n, person in enumerate(ten) if person.id == person_id), -1)
        if place >= 0:
            self._keep(moved(ten, person_id, row - 1 if row > place else row))

    def _remove(self, person_id: int) -> None:
        if any(person.id == person_id for person in self._ten):
            self._keep(without(self._ten, person_id))
            self._panes.show_first()

    def _add_name(self) -> None:
        name, rank = self.name.text().strip(), next_rank(self._ten)
        if not name or rank is None:
            return
        today = self._context.state.now().date()
        people = self._context.state.notebook.people
        known = next((person for person in people if person.name.casefold() == name.casefold()), None)
        if known is None or known.rank is None:
            self._keep((replace(known or Person(name, added_on=today), rank=rank),))
        self.name.clear()

    def _paste_names(self) -> None:
        text = QGuiApplication.clipboard().text()
        if text.strip():
            self._before = self._known_ids()
            self._context.submit(ImportPastedPeople(text))

    def _import_list(self) -> None:
        kinds = tr("Lists of people") + " (*.csv *.tsv *.vcf *.txt)"
        ask_to_read(self, tr("Import a list of people"), kinds, self._import_people)

    def _import_people(self, path: Path) -> None:
        self._before = self._known_ids()
        self._context.submit(ImportPeople(path))

    def _known_ids(self) -> frozenset[int]:
        return frozenset(person.id for person in self._context.state.notebook.people)

    def _rank_new(self) -> None:
        """Whoever came with a list takes the places that are free."""
        if self._before is None or self._before == self._known_ids():
            return
        known, self._before = self._before, None
        free = range(len(self._ten) + 1, MOST_RANKED + 1)
        new = [person for person in self._context.state.notebook.people if person.id not in known]
        self._keep(replace(person, rank=rank) for person, rank in zip(new, free, strict=False))

    def _keep(self, people: Iterable[Person]) -> None:
        for person in people:
            self._context.submit(KeepPerson(person))
