"""The form of a journal entry: what broke, what was different, what was done. Incidents add what customers felt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from lastmile_desktop.core.notebook import Difference, Incident, JournalEntry
from lastmile_desktop.ui.check_line import CheckLine
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.form import YES, Form
from lastmile_desktop.ui.form_fields import qdate
from lastmile_desktop.ui.journal.words import difference_title
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.span_text import Span, SpanText
from lastmile_desktop.ui.theme import Theme

_INCIDENT = ("impact", "detected", "told", "timeline")
_MOST_MINUTES = 60 * 24 * 60


class DifferenceBoxes(QWidget):
    """Everything that may have been different, to be ticked."""

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._lines: dict[Difference, CheckLine] = {}
        flow = FlowLayout(self, 4)
        for difference in Difference:
            line = CheckLine(theme, difference_title(difference), f"different_{difference.name.lower()}")
            line.toggled.connect(self.changed)
            flow.addWidget(line)
            self._lines[difference] = line

    def chosen(self) -> tuple[Difference, ...]:
        return tuple(difference for difference, line in self._lines.items() if line.box.isChecked())

    def choose(self, differences: tuple[Difference, ...]) -> None:
        for difference, line in self._lines.items():
            line.box.setChecked(difference in differences)


class EntryForm(Form):
    """`edited` fires with every keystroke and tick."""

    edited = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "journal")
        self._filling = False
        self.differences = DifferenceBoxes(theme)
        self._missing = SpanText(theme, "small")
        self._missing.setObjectName("journal_missing")
        self._missing.set_spans(Span(tr("Tick at least one; the entry is kept meanwhile."), "soon"))
        self.text("symptom", tr("What happened"), tr("the payment page stays white"))
        self._day = self.date("happened_on", tr("Day"))
        self.line("works_in", tr("Works in"), tr("my laptop, the preview"))
        self.line("fails_in", tr("Fails in"), tr("production, Safari"))
        self.heading(tr("What was different there?"))
        self.rows.addRow(self.differences)
        self.rows.addRow(self._missing)
        self._fill_rest()
        self.changed.connect(self._change)
        self.differences.changed.connect(self._change)
        self._show_parts()

    def offer_checks(self, titles: tuple[tuple[str, str], ...]) -> None:
        self._checks.offer(titles)

    def texts(self) -> dict[str, str]:
        """What is in the form, so that a draft can be kept."""
        chosen = "\n".join(self.differences.chosen())
        return {**super().texts(), **({"differences": chosen} if chosen else {})}

    def fill(self, texts: Mapping[str, str], today: date) -> None:
        """Put another entry into the form, a new one when there are no texts."""
        self._filling = True
        self._day.setMaximumDate(qdate(today))
        self.put({"happened_on": today.isoformat(), **texts})
        self.differences.choose(_differences(texts.get("differences", "")))
        self._filling = False
        self._show_parts()

    def entry(self, identity: int) -> JournalEntry:
        """What the form says, as the entry with this id."""
        return JournalEntry(
            symptom=self.value("symptom"),
            happened_on=self.day_of("happened_on") or date.min,
            id=identity,
            works_in=self.value("works_in"),
            fails_in=self.value("fails_in"),
            differences=self.differences.chosen(),
            evidence=self.value("evidence"),
            fix=self.value("fix"),
            guard=self.value("guard"),
            linked_checks=self.values_of("linked_checks"),
            minutes_lost=_minutes(self.value("minutes_lost")),
            incident=self._incident(),
        )

    def _incident(self) -> Incident | None:
        if self.value("incident") != YES:
            return None
        detected = self.value("detected")
        minutes = _minutes(detected) if detected else None
        return Incident(self.value("impact"), minutes, self.value("told"), self.value("timeline"))

    def _fill_rest(self) -> None:
        self.heading(tr("What you know and did"))
        self.text("evidence", tr("How you know"), tr("a log line, a screenshot, an address"))
        self.text("fix", tr("What mended it"))
        self.text("guard", tr("What guards it now"), tr("a test, an alert, a rule"))
        self._checks = self.several("linked_checks", tr("Gaps it shows"), tr("words of the gap"), free=False)
        self.line("minutes_lost", tr("Minutes lost"))
        self.tick("incident", tr("Customers were hit"))
        self.text("impact", tr("What they felt"))
        self.line("detected", tr("Minutes until you knew"))
        self.line("told", tr("Whom you told, and how"))
        self.text("timeline", tr("Hour by hour"))

    def _change(self) -> None:
        if not self._filling:
            self._show_parts()
            self.edited.emit()

    def _show_parts(self) -> None:
        for name in _INCIDENT:
            self.show_row(name, self.value("incident") == YES)
        self._missing.setVisible(not self.differences.chosen())


def texts_of(entry: JournalEntry) -> dict[str, str]:
    """An entry as the texts of the form."""
    incident = entry.incident
    detected = incident.detected_after_min if incident else None
    return {
        "symptom": entry.symptom,
        "happened_on": entry.happened_on.isoformat(),
        "works_in": entry.works_in,
        "fails_in": entry.fails_in,
        "differences": "\n".join(entry.differences),
        "evidence": entry.evidence,
        "fix": entry.fix,
        "guard": entry.guard,
        "linked_checks": "\n".join(entry.linked_checks),
        "minutes_lost": str(entry.minutes_lost) if entry.minutes_lost else "",
        "incident": YES if incident else "",
        "impact": incident.impact if incident else "",
        "detected": "" if detected is None else str(detected),
        "told": incident.told if incident else "",
        "timeline": incident.timeline if incident else "",
    }


def _differences(text: str) -> tuple[Difference, ...]:
    known = set(Difference)
    return tuple(Difference(part) for part in text.split("\n") if part in known)


def _minutes(text: str) -> int:
    """Whole minutes; what is no number counts as none said."""
    return min(int(text), _MOST_MINUTES) if text.isascii() and text.isdigit() else 0
