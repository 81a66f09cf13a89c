"""The form for what no tool can see: a dated statement with proof."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtWidgets import QDateEdit, QFormLayout, QFrame, QLineEdit, QVBoxLayout

from lastmile_desktop.core.check import AttestationSpec
from lastmile_desktop.ui.controls import Button, field_label, mark_property, on_click
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.span_text import Span, SpanText, paragraph
from lastmile_desktop.ui.theme import Theme


class AttestForm(QFrame):
    """`stated` carries the day, the proof and who says it."""

    stated = Signal(object, str, str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("card")
        mark_property(self, "attention", True)
        self._statement = SpanText(theme)
        self._minimum = SpanText(theme, "small")
        self.done_on = QDateEdit()
        self.done_on.setObjectName("attest_date")
        self.done_on.setCalendarPopup(True)
        self.done_on.setDisplayFormat("d MMM yyyy")
        self.done_on.setAccessibleName(tr("Done on"))
        self.proof = QLineEdit()
        self.proof.setObjectName("attest_proof")
        self.proof.setPlaceholderText(tr("A link, a file name or what you saw"))
        self.proof.setAccessibleName(tr("Proof"))
        self.by = QLineEdit()
        self.by.setObjectName("attest_by")
        self.by.setPlaceholderText(tr("Your name"))
        self.by.setAccessibleName(tr("Done by"))
        self.confirm = Button(theme, tr("I did this"), "primary", "check", "attest_confirm")
        on_click(self.confirm, self._confirm)
        self.proof.textChanged.connect(self._check)
        self.by.textChanged.connect(self._check)
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setHorizontalSpacing(12)
        form.addRow(field_label(tr("Done on")), self.done_on)
        form.addRow(field_label(tr("Proof")), self.proof)
        form.addRow(field_label(tr("Done by")), self.by)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(8)
        layout.addWidget(paragraph(theme, tr("When it is true, state it:"), "small", "secondary"))
        layout.addWidget(self._statement)
        layout.addWidget(self._minimum)
        layout.addLayout(form)
        layout.addWidget(self.confirm)
        self._check()

    def ask(self, spec: AttestationSpec, today: date) -> None:
        """Ask for this statement; what was typed for another one is gone."""
        self._statement.set_spans(Span(spec.statement, bold=True))
        life = tr("It stands for {n} days.", n=spec.life_days)
        least = spec.minimum_evidence.rstrip(".")
        self._minimum.set_spans(Span(tr("At least: {proof}.", proof=least) + " " + life, "secondary"))
        day = QDate(today.year, today.month, today.day)
        self.done_on.setMaximumDate(day)
        self.done_on.setDate(day)
        self.proof.clear()

    def _check(self) -> None:
        self.confirm.setEnabled(bool(self.proof.text().strip()) and bool(self.by.text().strip()))

    def _confirm(self) -> None:
        day = self.done_on.date()
        self.stated.emit(
            date(day.year(), day.month(), day.day()), self.proof.text().strip(), self.by.text().strip()
        )
