"""One person: who they are, and all that was said with them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from lastmile_desktop.core.commands import ExportPerson, ForgetPerson, KeepPerson, ReadTalks
from lastmile_desktop.core.people import Person
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import Button, label, on_click
from lastmile_desktop.ui.files import ask_to_save
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.language import counted, tr
from lastmile_desktop.ui.people.forget import ForgetDialog
from lastmile_desktop.ui.people.person_form import PersonForm, texts_of
from lastmile_desktop.ui.people.reader import Reader
from lastmile_desktop.ui.people.tab import scrolled
from lastmile_desktop.ui.span_text import Span, SpanText
from lastmile_desktop.ui.tabs import TabRow


class PersonDetails(QWidget):
    """`left` fires when the person is gone."""

    left = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._person: Person | None = None
        self.setObjectName("content")
        self._head = SpanText(context.theme, "title")
        self._tabs = TabRow((("talks", tr("Talks")), ("about", tr("About"))))
        self.reader = Reader(context, tr("No talk with them is in the log yet."))
        self.form = PersonForm(context.theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.reader)
        self._stack.addWidget(scrolled(self._about()))
        self._nobody = label(tr("Choose somebody on the left."), "secondary")
        self._nobody.setWordWrap(True)
        self._nobody.setContentsMargins(16, 16, 16, 16)
        self._all = QWidget()
        inner = QVBoxLayout(self._all)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        head = QVBoxLayout()
        head.setContentsMargins(16, 12, 16, 0)
        head.addWidget(self._head)
        inner.addLayout(head)
        inner.addWidget(self._tabs)
        inner.addWidget(self._stack, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._nobody)
        layout.addWidget(self._all, 1)
        layout.addStretch(0)
        self._tabs.chosen.connect(self._turn)
        self.form.settled.connect(self._keep)
        context.state.notebook_changed.connect(self._refresh)
        context.state.conversations_changed.connect(self._show_head)
        self.show_person(None)

    @property
    def person_id(self) -> int:
        return self._person.id if self._person else 0

    @property
    def name(self) -> str:
        return self._person.name if self._person else ""

    def show_person(self, person: Person | None) -> None:
        changed = person is None or self._person is None or person.id != self._person.id
        if changed:
            self.settle()
        self._person = person
        self._all.setVisible(person is not None)
        self._nobody.setVisible(person is None)
        if person is None:
            self.reader.read(None)
            return
        if changed:
            self.form.put(texts_of(person))
            self.form.propose_days(self._context.state.now().date())
            self.reader.read(ReadTalks(person_id=person.id))
        else:
            self.form.show_texts(texts_of(person))
        self._show_head()

    def show_about(self) -> None:
        """The fields in front, for somebody new."""
        self._tabs.choose("about")

    def settle(self) -> None:
        """Keep what is in the fields."""
        if self._person is not None:
            told = self.form.fill(self._person)
            if told != self._person:
                self._person = told
                self._context.submit(KeepPerson(told))

    def escape(self) -> bool:
        return self.reader.escape()

    def _turn(self, tab: str) -> None:
        self._stack.setCurrentIndex(int(tab == "about"))

    def _about(self) -> QWidget:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 12, 16, 20)
        column.setSpacing(14)
        column.addWidget(self.form)
        buttons = QWidget()
        flow = FlowLayout(buttons)
        forget = Button(self._context.theme, tr("Forget this person…"), "", "trash", "person_forget")
        on_click(forget, self._ask_to_forget)
        export = Button(self._context.theme, tr("Export all about them…"), "", "export", "person_export")
        on_click(export, self._ask_where)
        flow.addWidget(export)
        flow.addWidget(forget)
        column.addWidget(buttons)
        column.addStretch(1)
        return body

    def _keep(self, _field: str) -> None:
        self.settle()

    def _refresh(self) -> None:
        if self._person is None:
            return
        people = self._context.state.notebook.people
        found = next((person for person in people if person.id == self.person_id), None)
        if found is None:
            self._person = None
            self.show_person(None)
            self.left.emit()
        else:
            self.show_person(found)

    def _show_head(self) -> None:
        if self._person is None:
            return
        talks = self._talks()
        count = counted(len(talks), "{n} talk", "{n} talks") if talks else tr("no talk yet")
        rest = " · ".join(part for part in (self._person.company, count) if part)
        self._head.set_spans(Span(self._person.name), Span(f"  {rest}", "secondary", role="body"))

    def _talks(self) -> list[int]:
        """The transcripts of their talks in the log, 0 for a talk without one."""
        talks = self._context.state.conversations
        return [talk.transcript for talk in talks if talk.person_id == self.person_id]

    def _ask_where(self) -> None:
        person = self._person
        if person is not None:
            kinds = "Markdown (*.md);;JSON (*.json)"
            ask_to_save(
                self,
                tr("Export all about {person}", person=person.name),
                f"{person.name}.md",
                kinds,
                lambda path: self._context.submit(ExportPerson(person.id, path)),
            )

    def _ask_to_forget(self) -> None:
        person = self._person
        if person is None:
            return
        talks = self._talks()
        dialog = ForgetDialog(
            self._context.theme, person, len(talks), sum(bool(item) for item in talks), self.window()
        )
        dialog.confirmed.connect(lambda: self._forget(person))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _forget(self, person: Person) -> None:
        self._person = None
        self.show_person(None)
        self.left.emit()
        self._context.submit(ForgetPerson(person.id))
