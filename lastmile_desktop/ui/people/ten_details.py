"""One of the ten: why they have the problem, the first message, the next step."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lastmile_desktop.core.commands import KeepPerson
from lastmile_desktop.core.people import Person, PersonStatus
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import Button, on_click
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.form import Form
from lastmile_desktop.ui.form_fields import capital
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.people.people_lines import status_title
from lastmile_desktop.ui.span_text import Span, SpanText, paragraph

_ANSWER_DAYS = 4


class TenDetails(QWidget):
    """`move_wanted` carries how many places down, `remove_wanted` that they are none of the ten any more,
    `person_wanted` asks for everything about them."""

    move_wanted = Signal(int)
    remove_wanted = Signal()
    person_wanted = Signal(int)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._person: Person | None = None
        theme = context.theme
        self._head = SpanText(theme, "title")
        self.form = Form(theme, "ten")
        self.form.text("why", tr("Why they have the problem"))
        self.form.line("contact", tr("Contact"), tr("phone, e-mail, address"))
        statuses = [(item, capital(status_title(item))) for item in PersonStatus]
        self.form.choice("status", tr("Status"), statuses)
        self._next = self.form.day("next_on", tr("Next date"), tr("on"))
        self.form.text("reach_out", tr("First message"))
        self._buttons = {
            "draft": Button(theme, tr("Draft a message"), "", "pencil-simple", "ten_draft"),
            "copy": Button(theme, tr("Copy the message"), "", "copy", "ten_copy"),
            "sent": Button(theme, tr("Sent today"), "", "check", "ten_sent"),
        }
        self._rest = {
            "up": Button(theme, tr("Up"), "quiet", "arrow-up", "ten_up"),
            "down": Button(theme, tr("Down"), "quiet", "arrow-down", "ten_down"),
            "person": Button(theme, tr("Everything about them"), "quiet", "user", "ten_person"),
            "remove": Button(theme, tr("Take off the list"), "quiet", "x", "ten_remove"),
        }
        self._lay_out()
        self.form.settled.connect(self._settled)
        on_click(self._buttons["draft"], self._draft)
        on_click(self._buttons["copy"], self._copy)
        on_click(self._buttons["sent"], self._sent)
        on_click(self._rest["up"], lambda: self.move_wanted.emit(-1))
        on_click(self._rest["down"], lambda: self.move_wanted.emit(1))
        on_click(self._rest["remove"], self.remove_wanted.emit)
        on_click(self._rest["person"], self._open)
        self.show_person(None)

    def show_person(self, person: Person | None) -> None:
        same = person is not None and self._person is not None and person.id == self._person.id
        if not same:
            self.settle()
        self._person = person
        self._all.setVisible(person is not None)
        self._rules.setVisible(person is None)
        if person is None:
            return
        texts = {
            name: str(getattr(person, name) or "") for name in ("why", "contact", "next_on", "reach_out")
        }
        texts["status"] = str(person.status)
        (self.form.show_texts if same else self.form.put)(texts)
        self._next.propose(self._context.state.now().date() + timedelta(days=_ANSWER_DAYS))
        self._head.set_spans(
            Span(person.name), Span(f"  {person.company}" if person.company else "", "secondary", role="body")
        )

    def settle(self) -> None:
        if self._person is not None:
            self._keep(self._told(self._person))

    def _told(self, person: Person) -> Person:
        return replace(
            person,
            why=self.form.value("why"),
            contact=self.form.value("contact"),
            reach_out=self.form.value("reach_out"),
            status=PersonStatus(self.form.value("status")),
            next_on=self.form.day_of("next_on"),
        )

    def _keep(self, told: Person) -> None:
        if told != self._person:
            self._person = told
            self._context.submit(KeepPerson(told))

    def _settled(self, _field: str) -> None:
        self.settle()

    def _draft(self) -> None:
        """A message to start from; what is written already stays."""
        if self._person is None or self.form.value("reach_out"):
            return
        lane = self._context.state.plans.lane
        problem = lane.problem if lane and lane.problem else tr("a problem in your line of work")
        text = tr(
            "Hi {name}, I am looking into this: {problem}. Could you tell me for twenty minutes how it went the "
            "last time it happened to you? I have nothing to sell in that call.",
            name=self._person.name.split()[0],
            problem=problem.strip().rstrip("."),
        )
        self.form.put({**self.form.texts(), "reach_out": text})
        self.settle()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.form.value("reach_out"))
        self._context.navigator.say(tr("Message copied"))

    def _sent(self) -> None:
        if self._person is None:
            return
        today = self._context.state.now().date()
        told = self._told(self._person)
        first = told.status is PersonStatus.TO_CONTACT
        self._keep(
            replace(
                told,
                contacted_on=today,
                status=PersonStatus.CONTACTED if first else told.status,
                next_on=told.next_on or today + timedelta(days=_ANSWER_DAYS),
            )
        )

    def _open(self) -> None:
        if self._person is not None:
            self.person_wanted.emit(self._person.id)

    def _lay_out(self) -> None:
        theme = self._context.theme
        told = tr(
            "Ten people you want as customers first. Good ones have the problem now, can pay or know who does, can be "
            "reached this week, and are in the same lane."
        )
        self._rules = paragraph(theme, told, "body", "secondary")
        self._all = QWidget()
        inner = QVBoxLayout(self._all)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(12)
        inner.addWidget(self._head)
        inner.addWidget(self.form)
        for buttons in (self._buttons, self._rest):
            holder = QWidget()
            flow = FlowLayout(holder)
            for button in buttons.values():
                flow.addWidget(button)
            inner.addWidget(holder)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 20)
        column.addWidget(self._rules)
        column.addWidget(self._all)
        column.addStretch(1)
