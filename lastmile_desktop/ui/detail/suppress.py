"""The dialog that takes a decision not to act: why, how long, for which places."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateEdit,
    QDialog,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.suppression import (
    DEFAULT_DAYS,
    LONGEST_DAYS,
    LONGEST_DAYS_CRITICAL,
    SHORTEST_REASON,
    ReasonKind,
)
from lastmile_desktop.ui.controls import Button, fit, label, on_click
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.span_text import paragraph
from lastmile_desktop.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Decision:
    kind: ReasonKind
    reason: str
    expires: date | None
    all_places: bool


@dataclass(frozen=True, slots=True)
class Question:
    """`places` counts the findings of the row; the worst severity limits how long it may be put off."""

    title: str
    places: int
    severity: Severity
    today: date

    @property
    def longest(self) -> int:
        return LONGEST_DAYS_CRITICAL if self.severity is Severity.CRITICAL else LONGEST_DAYS


class SuppressDialog(QDialog):
    decided = Signal(object)

    def __init__(self, theme: Theme, question: Question, parent: QWidget) -> None:
        super().__init__(parent)
        self._question = question
        self.setObjectName("suppress_dialog")
        self.setWindowTitle(tr("Suppress"))
        self._width = min(theme.px(440), max(320, parent.width() - 24))
        self._kind = QComboBox()
        self._kind.setObjectName("suppress_kind")
        self._kind.setAccessibleName(tr("Why"))
        for kind, text in reasons():
            self._kind.addItem(text, kind)
        self._reason = QPlainTextEdit()
        self._reason.setObjectName("suppress_reason")
        self._reason.setAccessibleName(tr("Reason in your words"))
        self._reason.setPlaceholderText(tr("What makes this acceptable for now?"))
        self._reason.setTabChangesFocus(True)
        self._reason.setFixedHeight(theme.px(84))
        self._count = label("", "small", "suppress_count")
        self._until = self._date_field()
        self._open_end = QCheckBox(tr("Until this code changes"))
        self._open_end.setObjectName("suppress_open_end")
        self._all = QCheckBox(tr("All {n} places, not only this one", n=question.places))
        self._all.setObjectName("suppress_all")
        self._confirm = Button(theme, tr("Suppress"), "primary", name="suppress_confirm")
        self._lay_out(theme)
        self._reason.textChanged.connect(self._check)
        self._kind.currentIndexChanged.connect(self._check)
        self._all.toggled.connect(self._check)
        self._open_end.toggled.connect(self._check)
        on_click(self._confirm, self._decide)
        self._check()
        self._reason.setFocus()

    def _date_field(self) -> QDateEdit:
        field = QDateEdit()
        field.setObjectName("suppress_until")
        field.setAccessibleName(tr("Until"))
        field.setCalendarPopup(True)
        field.setDisplayFormat("d MMM yyyy")
        field.setMinimumDate(_qdate(self._question.today + timedelta(days=1)))
        field.setMaximumDate(_qdate(self._question.today + timedelta(days=self._question.longest)))
        field.setDate(
            _qdate(self._question.today + timedelta(days=min(DEFAULT_DAYS, self._question.longest)))
        )
        return field

    def _lay_out(self, theme: Theme) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 18)
        layout.setSpacing(8)
        layout.addWidget(paragraph(theme, self._question.title, "title"))
        layout.addWidget(
            paragraph(
                theme,
                tr("It stays in the list under Suppressed and comes back at its end."),
                "body",
                "secondary",
            )
        )
        for name, field in ((tr("Why"), self._kind), (tr("Reason in your words"), self._reason)):
            layout.addWidget(label(name, "small"))
            layout.addWidget(field)
        layout.addWidget(self._count)
        layout.addWidget(label(tr("Until, at most {n} days", n=self._question.longest), "small"))
        layout.addWidget(self._until)
        layout.addWidget(self._open_end)
        layout.addWidget(self._all)
        self._all.setVisible(self._question.places > 1)
        cancel = Button(theme, tr("Cancel"), name="suppress_cancel")
        on_click(cancel, self.reject)
        buttons = QWidget()
        flow = FlowLayout(buttons)
        flow.addWidget(self._confirm)
        flow.addWidget(cancel)
        layout.addSpacing(8)
        layout.addWidget(buttons)

    def _check(self) -> None:
        written = len(self._reason.toPlainText().strip())
        short = written < SHORTEST_REASON
        self._count.setText(
            tr("{n} of at least {least} characters", n=written, least=SHORTEST_REASON)
            if short
            else tr("Clear enough")
        )
        may_stand = self._kind.currentData() == ReasonKind.FALSE_POSITIVE and not self._all.isChecked()
        self._open_end.setVisible(may_stand)
        self._until.setEnabled(not (may_stand and self._open_end.isChecked()))
        self._confirm.setEnabled(not short)
        fit(self, self._width)

    def _decide(self) -> None:
        day = self._until.date()
        until = date(day.year(), day.month(), day.day()) if self._until.isEnabled() else None
        kind = ReasonKind(self._kind.currentData())
        self.decided.emit(Decision(kind, self._reason.toPlainText().strip(), until, self._all.isChecked()))
        self.accept()


def reasons() -> tuple[tuple[ReasonKind, str], ...]:
    return (
        (ReasonKind.ACCEPTED_RISK, tr("I accept the risk for now")),
        (ReasonKind.FALSE_POSITIVE, tr("It is not true here")),
        (ReasonKind.COMPENSATING_CONTROL, tr("Something else protects it")),
        (ReasonKind.NOT_REACHABLE, tr("Nobody can reach it")),
        (ReasonKind.OUT_OF_SCOPE, tr("It is not part of the product")),
    )


def _qdate(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)
