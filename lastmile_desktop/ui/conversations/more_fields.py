"""The fields of a conversation that not every note needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QCheckBox, QComboBox, QDateEdit, QFormLayout, QFrame, QLineEdit

from lastmile_desktop.core.conversation import Commitment, Conversation, Ladder
from lastmile_desktop.core.people import PersonRole
from lastmile_desktop.ui.controls import field_label
from lastmile_desktop.ui.conversations.entries import ladder_title, role_title
from lastmile_desktop.ui.language import tr


class MoreFields(QFrame):
    """What not every note needs."""

    def __init__(self) -> None:
        super().__init__()
        self.day = QDateEdit()
        self.company = QLineEdit()
        self.role = QComboBox()
        self.given = QComboBox()
        self.what = QLineEdit()
        self.amount = QLineEdit()
        self.follow_up = QCheckBox(tr("Follow up on"))
        self.follow_up_day = QDateEdit()
        self.about = QComboBox()
        form = QFormLayout(self)
        form.setContentsMargins(6, 8, 0, 4)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(6)
        for name, text, field in (
            ("conversation_date", tr("Day"), self.day),
            ("conversation_company", tr("Company"), self.company),
            ("conversation_role", tr("They"), self.role),
            ("conversation_given", tr("Gave"), self.given),
            ("conversation_what", tr("What exactly"), self.what),
            ("conversation_amount", tr("Amount"), self.amount),
            ("conversation_about", tr("About"), self.about),
        ):
            field.setObjectName(name)
            field.setMinimumHeight(30)
            field.setAccessibleName(text)
            form.addRow(field_label(text), field)
        self.follow_up.setObjectName("conversation_follow_up")
        self.follow_up_day.setObjectName("conversation_follow_up_day")
        self.follow_up_day.setAccessibleName(tr("Follow up on"))
        form.addRow(self.follow_up, self.follow_up_day)
        self._set_up()

    def _set_up(self) -> None:
        for field in (self.day, self.follow_up_day):
            field.setCalendarPopup(True)
            field.setDisplayFormat("d MMM yyyy")
        for role in PersonRole:
            self.role.addItem(capital(role_title(role)), role)
        for level in Ladder:
            self.given.addItem(capital(ladder_title(level)), level)
        self.what.setPlaceholderText(tr("pre-order, second meeting, introduction"))
        self.amount.setPlaceholderText(tr("49 USD"))
        for box in (self.role, self.given, self.about):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(8)
        self.follow_up_day.setEnabled(False)
        self.follow_up.toggled.connect(self.follow_up_day.setEnabled)
        self.given.currentIndexChanged.connect(self._show_money)
        self._show_money()

    def offer_checks(self, titles: tuple[tuple[str, str], ...]) -> None:
        chosen = self.about.currentData()
        self.about.clear()
        self.about.addItem(tr("Not linked to a gap"), "")
        for check_id, title in titles:
            self.about.addItem(title, check_id)
        self.about.setCurrentIndex(max(0, self.about.findData(chosen)))

    def chosen_day(self) -> date:
        return _date(self.day.date())

    def clear(self) -> None:
        for field in (self.company, self.what, self.amount):
            field.clear()
        for box in (self.role, self.given, self.about):
            box.setCurrentIndex(0)
        self.follow_up.setChecked(False)

    def load(self, talk: Conversation) -> None:
        self.company.setText(talk.company)
        self.role.setCurrentIndex(max(0, self.role.findData(talk.role)))
        self.given.setCurrentIndex(max(0, self.given.findData(talk.commitment.level)))
        self.what.setText(talk.commitment.what)
        amount = talk.commitment.amount
        self.amount.setText(f"{amount / 100:g} {talk.commitment.currency}".strip() if amount else "")
        linked = talk.linked_checks[0] if talk.linked_checks else ""
        self.about.setCurrentIndex(max(0, self.about.findData(linked)))
        self.follow_up.setChecked(talk.follow_up is not None)
        if talk.follow_up is not None:
            self.follow_up_day.setDate(qdate(talk.follow_up))

    def fill(self, talk: Conversation) -> Conversation:
        level = Ladder(self.given.currentData())
        amount, currency = parse_amount(self.amount.text()) if level is Ladder.MONEY else (0, "")
        commitment = Commitment(level, self.what.text().strip(), amount, currency)
        about = str(self.about.currentData() or "")
        others = tuple(check for check in talk.linked_checks[1:] if check != about)
        return replace(
            talk,
            company=self.company.text().strip(),
            role=PersonRole(self.role.currentData()),
            commitment=commitment if level is not Ladder.NONE else Commitment(),
            follow_up=_date(self.follow_up_day.date()) if self.follow_up.isChecked() else None,
            linked_checks=(about, *others) if about else others,
        )

    def _show_money(self) -> None:
        level = Ladder(self.given.currentData())
        form = self.layout()
        assert isinstance(form, QFormLayout)
        form.setRowVisible(self.what, level is not Ladder.NONE)
        form.setRowVisible(self.amount, level is Ladder.MONEY)


_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP"}


def parse_amount(text: str) -> tuple[int, str]:
    """ "49 USD", "$49", "49,50 €" → minor units and currency; (0, "") when it is no amount."""
    cleaned = text.strip().upper().replace(",", ".")
    currency = next((code for sign, code in _SIGNS.items() if sign in cleaned), "")
    for sign in _SIGNS:
        cleaned = cleaned.replace(sign, " ")
    number = 0
    for word in cleaned.split():
        if word.isalpha():
            currency = word[:3]
        else:
            try:
                number = round(float(word) * 100)
            except (ValueError, OverflowError):
                return 0, ""
    return (number, currency or "USD") if 0 < number < 10**11 else (0, "")


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def qdate(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)


def _date(day: QDate) -> date:
    return date(day.year(), day.month(), day.day())
