"""The policy book key by key: what each means, what it says, who acts on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QVBoxLayout, QWidget

from lastmile_desktop.core.policy_book import (
    POLICY_KEYS,
    SECTIONS,
    KeyKind,
    PolicyChange,
    PolicyKey,
    PolicyReading,
)
from lastmile_desktop.ui.controls import label
from lastmile_desktop.ui.form_fields import GrowingText
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.span_text import Span, SpanText, paragraph
from lastmile_desktop.ui.theme import Theme

Titles = Callable[[str], str]


class KeyRow(QFrame):
    """`changed` fires while it is typed; a table is shown and not changed here."""

    changed = Signal()

    def __init__(self, theme: Theme, key: PolicyKey, title_of: Titles) -> None:
        super().__init__()
        self.key = key
        self._theme = theme
        self._kept = ""
        self._head = SpanText(theme)
        self._field = self._made_field()
        self._said = SpanText(theme, "mono") if self._field is None else None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 8)
        column.setSpacing(4)
        column.addWidget(self._head)
        column.addWidget(paragraph(theme, tr(key.meaning), "small", "secondary"))
        if self._said is not None:
            column.addWidget(self._said)
        if self._field is not None:
            self._field.setObjectName(f"policy_{key.name}")
            self._field.setAccessibleName(key.name)
            self._field.setAccessibleDescription(tr(key.meaning))
            column.addWidget(self._field)
        column.addWidget(paragraph(theme, _readers(key, title_of), "small", "secondary"))
        self.show_value("")

    @property
    def change(self) -> PolicyChange | None:
        """What the founder made of it, None when it is as written."""
        value = self._value()
        return PolicyChange(self.key.name, value) if self._field is not None and value != self._kept else None

    def show_value(self, value: str) -> None:
        """What the book says. What is being typed stays when the book has not changed."""
        if value != self._kept or self.change is None:
            self._kept = value
            self._put(value)
        self._describe()

    def discard(self) -> None:
        self._put(self._kept)
        self._describe()

    def set_readable(self, readable: bool) -> None:
        if self._field is not None:
            self._field.setEnabled(readable)

    def _describe(self) -> None:
        changed = self.change is not None
        spans = [Span(self.key.name, bold=True)]
        if changed:
            spans.append(Span(f"  {tr('changed')}", "accent"))
        elif self._kept and self._field is not None:
            spans.append(Span(f"  {tr('written')}", "pass"))
        self._head.set_spans(*spans)
        if self._said is not None:
            hint = tr("Not written. For example:") + "\u2028" + self.key.example.replace("\n", "\u2028")
            text = self._kept.replace("\n", "\u2028")
            self._said.set_spans(Span(text) if text else Span(hint, "secondary"))

    def _made_field(self) -> QLineEdit | GrowingText | QComboBox | None:
        key = self.key
        match key.kind:
            case KeyKind.TABLE:
                return None
            case KeyKind.TEXTS:
                text = GrowingText(self._theme)
                text.setPlaceholderText(key.example or key.default)
                text.textChanged.connect(self._typed)
                return text
            case KeyKind.FLAG | KeyKind.CHOICE:
                box = QComboBox()
                box.setMinimumHeight(30)
                box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
                box.setMinimumContentsLength(12)
                unsaid = tr("not written: {value}", value=key.default) if key.default else tr("not written")
                box.addItem(unsaid, "")
                for choice in key.choices or ("yes", "no"):
                    box.addItem(choice, choice)
                box.currentIndexChanged.connect(self._typed)
                return box
            case _:
                line = QLineEdit()
                line.setMinimumHeight(30)
                shown = tr("not written: {value}", value=key.default) if key.default else key.example
                line.setPlaceholderText("2026-11-01" if key.kind is KeyKind.DAY else shown)
                line.textChanged.connect(self._typed)
                return line

    def _value(self) -> str:
        match self._field:
            case QLineEdit():
                return self._field.text().strip()
            case GrowingText():
                lines = (line.strip() for line in self._field.toPlainText().split("\n"))
                return "\n".join(line for line in lines if line)
            case QComboBox():
                return str(self._field.currentData() or "")
            case _:
                return self._kept

    def _put(self, value: str) -> None:
        match self._field:
            case QLineEdit():
                self._field.setText(value)
            case GrowingText():
                self._field.setPlainText(value)
            case QComboBox():
                if value and self._field.findData(value) < 0:
                    self._field.addItem(value, value)
                self._field.setCurrentIndex(max(0, self._field.findData(value)))
            case _:
                pass

    def _typed(self) -> None:
        self._describe()
        self.changed.emit()


def _readers(key: PolicyKey, title_of: Titles) -> str:
    if not key.read_by:
        if key.name == "suppressions.forbid":
            return tr("Held by Last Mile when you suppress something.")
        return tr("No check acts on it yet. It is kept, and mistakes in it are found.")
    return tr("Acted on by: {checks}.", checks="; ".join(title_of(check) for check in key.read_by))


class RulesView(QWidget):
    """All keys under their sections."""

    changed = Signal()

    def __init__(self, theme: Theme, title_of: Titles) -> None:
        super().__init__()
        self.rows = {key.name: KeyRow(theme, key, title_of) for key in POLICY_KEYS}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for section, title in SECTIONS:
            heading = label(tr(title), "title")
            heading.setWordWrap(True)
            heading.setContentsMargins(0, 14, 0, 2)
            column.addWidget(heading)
            for row in self.rows.values():
                if _section(row.key) == section:
                    column.addWidget(row)
                    row.changed.connect(self.changed)

    def show_reading(self, reading: PolicyReading) -> None:
        values: Mapping[str, str] = dict(reading.values)
        for name, row in self.rows.items():
            row.show_value(values.get(name, ""))
            row.set_readable(reading.readable)

    def changes(self) -> tuple[PolicyChange, ...]:
        return tuple(change for row in self.rows.values() if (change := row.change) is not None)

    def discard(self) -> None:
        for row in self.rows.values():
            row.discard()


def _section(key: PolicyKey) -> str:
    """Where a key is shown: whole sections such as `limits` are keys of their own, and processors see data."""
    if key.name == "processors":
        return "data"
    return key.section or (key.name if key.kind is KeyKind.TABLE else "")
