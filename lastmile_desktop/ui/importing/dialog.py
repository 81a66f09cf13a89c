"""Asks what the file of an imported talk does not say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QDialog, QScrollArea, QVBoxLayout, QWidget

from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.events import WholeTalk
from lastmile_desktop.core.people import Person
from lastmile_desktop.core.transcript import Transcript
from lastmile_desktop.ui.controls import Button, label, on_click
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.form import YES, Form
from lastmile_desktop.ui.form_fields import pydate, qdate
from lastmile_desktop.ui.language import counted, tr
from lastmile_desktop.ui.span_text import paragraph
from lastmile_desktop.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Named:
    """The founder's answers: the talk as it should be, and who of its speakers is the founder."""

    talk: Conversation
    founder: str


class ImportDialog(QDialog):
    """`named` carries the answers, `unwanted` that the talk should not be in the log after all."""

    named = Signal(object)
    unwanted = Signal()

    def __init__(
        self, theme: Theme, whole: WholeTalk, people: tuple[Person, ...], now: datetime, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._talk, self._now = whole.conversation, now
        self._transcript = whole.transcript
        self.setObjectName("import_dialog")
        self.setWindowTitle(tr("A talk came in"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.form = Form(theme, "import")
        self._founder = self._ask_founder(whole.transcript) if whole.transcript else None
        self.person = self.form.line("person", tr("You talked with"))
        named = whole.transcript is not None and whole.conversation.person in whole.transcript.speakers
        self.person.setText(whole.conversation.person if named else "")
        names = QCompleter(QStringListModel(sorted({person.name for person in people}), self), self)
        names.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.person.setCompleter(names)
        self.form.line("company", tr("Company"))
        self._day = self.form.date("day", tr("Day"))
        self._day.setMaximumDate(qdate(now.date()))
        self._day.setDate(qdate(whole.conversation.when.astimezone(now.tzinfo).date()))
        self.form.tick("agreed", tr("Recording agreed"))
        self._keep = Button(theme, tr("Keep"), "primary", name="import_keep")
        self._lay_out(theme)
        self.person.textChanged.connect(self._allow)
        self._allow()
        width = max(320, min(theme.px(460), parent.width() - 24))
        self.resize(width, min(self.sizeHint().height() + 40, max(300, parent.height() - 60)))
        first = self._founder if self._founder is not None and not self.person.text() else self.person
        first.setFocus()

    def _ask_founder(self, transcript: Transcript) -> QComboBox | None:
        if not transcript.speakers:
            return None
        words = transcript.words_by_speaker
        total = max(1, sum(words.values()))
        shares = [
            (name, tr("{name} · {n} % of the words", name=name, n=round(100 * words.get(name, 0) / total)))
            for name in transcript.speakers
        ]
        box = self.form.choice("founder", tr("You are"), [("", tr("None of them")), *shares])
        box.setCurrentIndex(max(0, box.findData(transcript.founder)))
        box.activated.connect(self._propose_person)
        return box

    def _propose_person(self) -> None:
        """Of two speakers the other one is whom the talk was with."""
        if self._founder is None or self._transcript is None:
            return
        others = [name for name in self._transcript.speakers if name != self._founder.currentData()]
        known = (*self._transcript.speakers, "")
        if len(others) == 1 and self.person.text() in known:
            self.person.setText(others[0])

    def _lay_out(self, theme: Theme) -> None:
        body = QWidget()
        body.setObjectName("sheet")
        inner = QVBoxLayout(body)
        inner.setContentsMargins(18, 14, 18, 8)
        inner.setSpacing(10)
        inner.addWidget(label(tr("A talk came in"), "title"))
        inner.addWidget(paragraph(theme, self._told(), "body", "secondary"))
        inner.addWidget(self.form)
        inner.addStretch(1)
        area = QScrollArea()
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(body)
        away = Button(theme, tr("Take it out again"), "quiet", name="import_unwanted")
        on_click(self._keep, self._answer)
        on_click(away, self._discard)
        buttons = QWidget()
        flow = FlowLayout(buttons)
        flow.addWidget(self._keep)
        flow.addWidget(away)
        around = QVBoxLayout()
        around.setContentsMargins(18, 8, 18, 12)
        around.addWidget(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area, 1)
        layout.addLayout(around)
        self._keep.setDefault(True)

    def _told(self) -> str:
        found = self._transcript
        if found is None:
            return self._talk.source
        parts = [found.name or tr("Pasted"), str(found.format)]
        parts.append(counted(len(found.turns), "{n} turn", "{n} turns"))
        if found.minutes:
            parts.append(counted(found.minutes, "{n} minute", "{n} minutes"))
        if found.skipped:
            parts.append(counted(found.skipped, "{n} part unreadable", "{n} parts unreadable"))
        if found.truncated:
            parts.append(tr("the end was left out: it is too long"))
        if not found.speakers:
            parts.append(tr("the file names no speaker"))
        return " · ".join(parts)

    def _allow(self) -> None:
        self._keep.setEnabled(bool(self.person.text().strip()))

    def _answer(self) -> None:
        day = pydate(self._day.date())
        then = self._talk.when
        if then.astimezone(self._now.tzinfo).date() != day:
            then = _noon(day, self._now)
        talk = replace(
            self._talk,
            person=self.form.value("person"),
            person_id=0,
            company=self.form.value("company"),
            when=then,
            recording_agreed=self.form.value("agreed") == YES,
        )
        founder = str(self._founder.currentData()) if self._founder is not None else ""
        self.named.emit(Named(talk, founder))
        self.accept()

    def _discard(self) -> None:
        self.unwanted.emit()
        self.reject()


def _noon(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(12), now.tzinfo)
