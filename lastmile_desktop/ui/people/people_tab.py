"""Everybody in the log."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from lastmile_desktop.core.commands import KeepPerson
from lastmile_desktop.core.people import Person
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import IconButton, on_click
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.lines import LineList, LineModel
from lastmile_desktop.ui.people.details import PersonDetails
from lastmile_desktop.ui.people.log_menu import LogMenu
from lastmile_desktop.ui.people.people_lines import people_lines
from lastmile_desktop.ui.people.tab import Tab, TwoPanes
from lastmile_desktop.ui.span_text import Span, paragraph


class PeopleTab(Tab):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._wanted_name = ""
        self.search = QLineEdit()
        self.search.setObjectName("people_search")
        self.search.setPlaceholderText(tr("Find a person"))
        self.search.setAccessibleName(tr("Find a person"))
        self.search.setClearButtonEnabled(True)
        self._add = IconButton(
            context.theme, "plus", tr("Add somebody: type a name, then this"), "person_add"
        )
        self._model = LineModel(self)
        self.list = LineList(context.theme, self._model, "people_list", tr("People"))
        self._empty = paragraph(context.theme, "", "body", "secondary")
        self.details = PersonDetails(context)
        self._panes = TwoPanes(context.theme, self._left(), self.details)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._panes)
        self.search.textChanged.connect(self.refresh)
        self.search.returnPressed.connect(self._search_entered)
        on_click(self._add, self._add_person)
        self.list.chosen.connect(self._choose)
        self.list.entered.connect(self._open)
        self.details.left.connect(self._panes.show_first)
        context.state.notebook_changed.connect(self.refresh)
        context.state.conversations_changed.connect(self.refresh)
        self.refresh()

    def set_narrow(self, narrow: bool) -> None:
        self._panes.set_narrow(narrow)

    def escape(self) -> bool:
        if self.details.escape():
            return True
        if self._panes.covers:
            self._panes.show_first()
            self.list.setFocus()
            return True
        return False

    def take_focus(self) -> None:
        if not self._panes.covers:
            self.list.setFocus()

    def search_people(self) -> None:
        self._panes.show_first()
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def open_person(self, person_id: int) -> None:
        self.search.clear()
        self.list.select(f"person:{person_id}")
        self._open(person_id)

    def refresh(self) -> None:
        state = self._context.state
        words = self.search.text()
        found = people_lines(state.notebook.people, state.conversations, state.now().date(), words)
        self._model.apply(found)
        self.list.setVisible(bool(found))
        self._empty.setVisible(not found)
        nobody = tr("Nobody is in the log yet. Whoever you log a talk with appears here.")
        self._empty.set_spans(Span(tr("Nobody of that name.") if words else nobody, "secondary"))
        if self._wanted_name:
            new = [person for person in state.notebook.people if person.name == self._wanted_name]
            if new:
                self._wanted_name = ""
                self.open_person(new[-1].id)
                self.details.show_about()

    def keep(self) -> None:
        self.details.settle()

    def _left(self) -> QWidget:
        left = QWidget()
        left.setObjectName("content")
        left.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 8, 8, 8)
        bar.setSpacing(4)
        bar.addWidget(self.search, 1)
        bar.addWidget(self._add)
        bar.addWidget(LogMenu(self._context))
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        empty = QVBoxLayout()
        empty.setContentsMargins(16, 0, 16, 0)
        empty.addWidget(self._empty)
        column.addLayout(empty)
        column.addWidget(self.list, 1)
        column.addStretch(0)
        return left

    def _choose(self, person_id: int) -> None:
        people = self._context.state.notebook.people
        found = next((person for person in people if person.id == person_id), None)
        if found is not None and found.id != self.details.person_id:
            self.details.show_person(found)

    def _open(self, person_id: int) -> None:
        self._choose(person_id)
        self._panes.show_second()

    def _search_entered(self) -> None:
        """Enter opens the first who was found, and adds a name that nobody has."""
        first = self._model.entry(self._model.index(0))
        if first is not None:
            self.list.select(first.id)
            self._open(first.key)
        else:
            self._add_person()

    def _add_person(self) -> None:
        name = self.search.text().strip() or tr("New person")
        self._wanted_name = name
        today = self._context.state.now().date()
        self.search.clear()
        self._context.submit(KeepPerson(Person(name, added_on=today)))
