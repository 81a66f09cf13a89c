"""A form whose fields have names: what is in it goes out and comes back as plain texts, so that a draft can be kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDateEdit,
    QFormLayout,
    QFrame,
    QLabel,
    QLineEdit,
    QWidget,
)

from lastmile_desktop.ui.controls import field_label, label
from lastmile_desktop.ui.form_fields import GrowingText, OptionalDay, Several, pydate, qdate
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.theme import Theme

YES = "yes"
_ROOM_BESIDE = 400
_FIELD_HEIGHT = 30


@dataclass(frozen=True, slots=True)
class _Field:
    widget: QWidget
    get: Callable[[], str]
    put: Callable[[str], None]


class Form(QFrame):
    """`changed` fires on every keystroke, `settled` with a field's name once the founder is done with it."""

    changed = Signal()
    settled = Signal(str)

    def __init__(self, theme: Theme, prefix: str) -> None:
        super().__init__()
        self._theme, self._prefix = theme, prefix
        self._fields: dict[str, _Field] = {}
        self._names: list[QLabel] = []
        self._quiet = False
        self.rows = QFormLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.rows.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.rows.setHorizontalSpacing(12)
        self.rows.setVerticalSpacing(6)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Names stand above their fields where there is little room beside them."""
        super().resizeEvent(event)
        policy = QFormLayout.RowWrapPolicy
        wanted = policy.WrapAllRows if self.width() < self._theme.px(_ROOM_BESIDE) else policy.WrapLongRows
        if self.rows.rowWrapPolicy() != wanted:
            above = wanted is policy.WrapAllRows
            self.rows.setRowWrapPolicy(wanted)
            self.rows.setVerticalSpacing(3 if above else 6)
            for name in self._names:
                name.setMinimumHeight(0 if above else _FIELD_HEIGHT)
                name.setContentsMargins(0, 8 if above else 0, 0, 0)

    def heading(self, text: str) -> QLabel:
        found = label(text, "label")
        found.setContentsMargins(0, 8, 0, 0)
        self.rows.addRow(found)
        return found

    def line(self, name: str, title: str, hint: str = "") -> QLineEdit:
        field = QLineEdit()
        field.setPlaceholderText(hint)
        field.textChanged.connect(self._change)
        field.editingFinished.connect(lambda: self._settle(name))
        self._add(name, title, field, field, _Field(field, field.text, field.setText))
        return field

    def text(self, name: str, title: str, hint: str = "") -> GrowingText:
        field = GrowingText(self._theme)
        field.setPlaceholderText(hint)
        field.textChanged.connect(self._change)
        field.left.connect(lambda: self._settle(name))
        self._add(name, title, field, field, _Field(field, field.toPlainText, field.setPlainText))
        return field

    def choice(self, name: str, title: str, options: Iterable[tuple[str, str]]) -> QComboBox:
        """`options` are (value, title), the first one is what an empty form says."""
        field = QComboBox()
        for value, shown in options:
            field.addItem(shown, value)
        field.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        field.setMinimumContentsLength(8)
        field.currentIndexChanged.connect(self._change)
        field.activated.connect(lambda: self._settle(name))

        def put(value: str) -> None:
            field.setCurrentIndex(max(0, field.findData(value)))

        self._add(name, title, field, field, _Field(field, lambda: str(field.currentData() or ""), put))
        return field

    def day(self, name: str, title: str, tick_text: str = "") -> OptionalDay:
        field = OptionalDay(title, tick_text)
        field.name(f"{self._prefix}_{name}")

        def put(value: str) -> None:
            field.put(date.fromisoformat(value) if value else None)

        def changed() -> None:
            self._change()
            self._settle(name)

        field.changed.connect(changed)
        self._add(name, title, field, None, _Field(field, lambda: str(field.value() or ""), put))
        return field

    def date(self, name: str, title: str) -> QDateEdit:
        """A day that is always there."""
        field = QDateEdit()
        field.setCalendarPopup(True)
        field.setDisplayFormat("d MMM yyyy")
        field.dateChanged.connect(self._change)

        def put(value: str) -> None:
            field.setDate(qdate(date.fromisoformat(value)) if value else field.maximumDate())

        get = _Field(field, lambda: pydate(field.date()).isoformat(), put)
        self._add(name, title, field, field, get)
        return field

    def tick(self, name: str, title: str) -> QCheckBox:
        field = QCheckBox(tr("Yes"))
        field.toggled.connect(self._change)
        field.clicked.connect(lambda: self._settle(name))

        def put(value: str) -> None:
            field.setChecked(value == YES)

        self._add(name, title, field, field, _Field(field, lambda: YES if field.isChecked() else "", put))
        return field

    def several(self, name: str, title: str, hint: str = "", *, free: bool = True) -> Several:
        field = Several(self._theme, title, free=free)
        field.name(f"{self._prefix}_{name}")
        field.field.setPlaceholderText(hint)

        def changed() -> None:
            self._change()
            self._settle(name)

        field.changed.connect(changed)

        def put(value: str) -> None:
            field.put(value.split("\n") if value else ())

        self._add(name, title, field, None, _Field(field, lambda: "\n".join(field.values()), put))
        return field

    def value(self, name: str) -> str:
        return self._fields[name].get().strip()

    def values_of(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.value(name).split("\n") if part.strip())

    def day_of(self, name: str) -> date | None:
        value = self.value(name)
        return date.fromisoformat(value) if value else None

    def texts(self) -> dict[str, str]:
        """What is in the fields that are not empty."""
        return {name: value for name, field in self._fields.items() if (value := field.get())}

    def put(self, texts: Mapping[str, str]) -> None:
        """Fill the whole form; what is not named becomes empty."""
        self._quietly({name: texts.get(name, "") for name in self._fields})

    def show_texts(self, texts: Mapping[str, str]) -> None:
        """As `put`, but the field that is being written in stays as it is."""
        focus = QApplication.focusWidget()
        free = {
            name: texts.get(name, "")
            for name, field in self._fields.items()
            if focus is None or not (focus is field.widget or field.widget.isAncestorOf(focus))
        }
        self._quietly(free)

    def show_row(self, name: str, shown: bool) -> None:
        self.rows.setRowVisible(self._fields[name].widget, shown)

    def field(self, name: str) -> QWidget:
        return self._fields[name].widget

    def _quietly(self, texts: Mapping[str, str]) -> None:
        self._quiet = True
        for name, text in texts.items():
            if self._fields[name].get() != text:
                self._fields[name].put(text)
        self._quiet = False

    def _add(self, name: str, title: str, widget: QWidget, named: QWidget | None, field: _Field) -> None:
        if named is not None:
            named.setObjectName(f"{self._prefix}_{name}")
            named.setAccessibleName(title)
            if not isinstance(named, GrowingText):
                named.setMinimumHeight(_FIELD_HEIGHT)
        self._fields[name] = field
        heading = field_label(title)
        heading.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        self._names.append(heading)
        self.rows.addRow(heading, widget)

    def _change(self) -> None:
        if not self._quiet:
            self.changed.emit()

    def _settle(self, name: str) -> None:
        if not self._quiet:
            self.settled.emit(name)
