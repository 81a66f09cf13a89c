"""By what talks are filtered: whom, what kind, tag, signal, what was given, when."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lastmile_desktop.core.conversation import Conversation, Ladder, QuoteSignal
from lastmile_desktop.core.people import Person
from lastmile_desktop.core.search import TalkQuery
from lastmile_desktop.ui.conversations.entries import ladder_title
from lastmile_desktop.ui.form import Form
from lastmile_desktop.ui.form_fields import capital
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.theme import Theme


class Filters(QWidget):
    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._form = Form(theme, "filter")
        any_of = (("", tr("Any")),)
        self._person = self._form.choice("person", tr("Person"), any_of)
        self._segment = self._form.choice("segment", tr("Kind of customer"), any_of)
        self._tag = self._form.choice("tag", tr("Tag"), any_of)
        signals = [(signal, capital(tr(signal.value))) for signal in QuoteSignal]
        self._form.choice("signal", tr("Signal"), (*any_of, *signals))
        steps = [(step, tr("{step} or more", step=capital(ladder_title(step)))) for step in list(Ladder)[1:]]
        self._form.choice("least", tr("They gave"), (*any_of, *steps))
        self._since = self._form.day("since", tr("From"), tr("on"))
        self._until = self._form.day("until", tr("Until"), tr("on"))
        self._form.changed.connect(self.changed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 10)
        layout.addWidget(self._form)

    def offer(self, people: tuple[Person, ...], talks: tuple[Conversation, ...], today: date) -> None:
        """What there is to filter by; what is chosen stays."""
        self._since.propose(today - timedelta(days=30))
        self._until.propose(today)
        by_name = sorted(people, key=lambda person: person.name.casefold())
        persons = [(str(person.id), person.name) for person in by_name]
        segments = sorted({person.segment for person in people if person.segment})
        tags = sorted({tag for talk in talks for tag in talk.tags})
        for box, offered in (
            (self._person, persons),
            (self._segment, [(segment, segment) for segment in segments]),
            (self._tag, [(tag, tag) for tag in tags]),
        ):
            wanted = [("", tr("Any")), *offered]
            if wanted == [(box.itemData(n), box.itemText(n)) for n in range(box.count())]:
                continue
            chosen = box.currentData()
            box.blockSignals(True)
            box.clear()
            for value, title in wanted:
                box.addItem(title, value)
            box.setCurrentIndex(max(0, box.findData(chosen)))
            box.blockSignals(False)

    def query(self, text: str) -> TalkQuery:
        value = self._form.value
        return TalkQuery(
            text=text,
            person_id=int(value("person") or 0),
            segment=value("segment"),
            tag=value("tag"),
            signal=QuoteSignal(value("signal")) if value("signal") else None,
            least=Ladder(value("least") or Ladder.NONE),
            since=self._form.day_of("since"),
            until=self._form.day_of("until"),
        )

    @property
    def count(self) -> int:
        """How many of them are set."""
        return len([text for text in self._form.texts().values() if text])

    def clear(self) -> None:
        self._form.put({})
        self.changed.emit()
