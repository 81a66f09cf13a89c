"""What was built lately beside what was said: link the one to the other, or say why it was built all the same."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from lastmile_desktop.core.commands import KeepRecord
from lastmile_desktop.core.features import FeatureUnit, Standing, standing
from lastmile_desktop.core.notebook import Citation, Feature, FeatureReason, FeatureState
from lastmile_desktop.ui.check_line import CheckLine
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import Button, clear, field_label, label, on_click
from lastmile_desktop.ui.journal.view import scrolling
from lastmile_desktop.ui.language import counted, tr
from lastmile_desktop.ui.phrases import long_day
from lastmile_desktop.ui.span_text import Span, SpanText, paragraph
from lastmile_desktop.ui.text_button import TextButton

_MOST_SAID = 40
_LONGEST_SAID = 160


@dataclass(frozen=True, slots=True)
class Said:
    """Something that may have led to it: the words, who said them, and the citation that stands for them."""

    text: str
    citation: Citation


class FeaturesView(QWidget):
    """The list, and the feature that is open beside it."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._narrow = False
        self._chosen = ""
        self._waiting = False
        self._lines: tuple[CheckLine, ...] = ()
        theme = context.theme
        self._summary = SpanText(theme)
        self._summary.setObjectName("features_summary")
        self._list = QWidget()
        self._list.setObjectName("sheet")
        QVBoxLayout(self._list)
        self._name = SpanText(theme, "title")
        self._said = QWidget()
        QVBoxLayout(self._said).setContentsMargins(0, 0, 0, 0)
        self._reason = QComboBox()
        self._why = QLineEdit()
        self._back = Button(theme, tr("All features"), "quiet", "arrow-left", "features_back")
        on_click(self._back, self.close_feature)
        self._list_side, self._link_side = self._made_list(), self._made_links()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._list_side, 9)
        layout.addWidget(self._link_side, 16)
        state = context.state
        for signal in (state.features_changed, state.notebook_changed, state.conversations_changed):
            signal.connect(self.refresh)
        self.refresh()

    @property
    def is_open(self) -> bool:
        return bool(self._chosen)

    def set_narrow(self, narrow: bool) -> None:
        self._narrow = narrow
        self._arrange()

    def close_feature(self) -> None:
        self._chosen = ""
        self.refresh()

    def refresh(self) -> None:
        self._waiting = False
        state = self._context.state
        standings = {
            unit.key: standing(unit, state.notebook.features, state.conversations) for unit in state.built
        }
        asked = sum(item is Standing.ASKED for item in standings.values())
        if state.built:
            text = tr("{n} of {all} things built in 30 days were asked for.", n=asked, all=len(state.built))
        else:
            text = tr("Nothing new in the last 30 days, as far as git tells.")
        self._summary.set_spans(Span(text, "secondary"))
        clear(self._list)
        rows = self._list.layout()
        assert isinstance(rows, QVBoxLayout)
        rows.setContentsMargins(8, 4, 8, 12)
        rows.setSpacing(2)
        for unit in state.built:
            rows.addWidget(self._button(unit, standings[unit.key]))
        rows.addStretch(1)
        self._show_unit()
        self._arrange()

    def _button(self, unit: FeatureUnit, found: Standing) -> TextButton:
        button = TextButton(self._context.theme, unit.name, "step", "journal_entry", (10, 8, 10, 8))
        button.setCheckable(True)
        button.setChecked(unit.key == self._chosen)
        day = long_day(unit.day, self._context.state.now().date())
        words, colour = self._standing(unit, found)
        button.words.set_spans(
            Span(unit.name, bold=True),
            Span(f"\u2028{day} · ", "secondary", role="small"),
            Span(words, colour, role="small"),
        )
        button.setAccessibleName(f"{unit.name}. {day}, {words}")
        on_click(button, lambda: self.choose(unit.key))
        return button

    def _standing(self, unit: FeatureUnit, found: Standing) -> tuple[str, str]:
        if unit.mends:
            return tr("closes a gap of the list"), "pass"
        feature = self._feature(unit)
        if found is Standing.ASKED:
            count = len(feature.citations) if feature else 0
            linked = counted(count, "linked to {n} quote", "linked to {n} quotes")
            return (linked if count else tr("asked for by name")), "pass"
        if found is Standing.MARKED and feature is not None:
            return _reason_title(feature.reason).lower(), "secondary"
        return tr("linked to nobody"), "soon"

    def choose(self, key: str) -> None:
        self._chosen = key
        self.refresh()

    def _unit(self) -> FeatureUnit | None:
        return next((unit for unit in self._context.state.built if unit.key == self._chosen), None)

    def _feature(self, unit: FeatureUnit) -> Feature | None:
        features = self._context.state.notebook.features
        return next((feature for feature in features if feature.unit == unit.key), None)

    def _show_unit(self) -> None:
        unit = self._unit()
        held = next((place for place, line in enumerate(self._lines) if line.box.hasFocus()), -1)
        self._lines = ()
        clear(self._said)
        if unit is None:
            self._chosen = ""
            return
        feature = self._feature(unit) or Feature(unit.name, unit=unit.key, state=FeatureState.SHIPPED)
        self._name.set_spans(Span(unit.name))
        self._reason.setCurrentIndex(max(0, self._reason.findData(feature.reason)))
        if not self._why.hasFocus():
            self._why.setText(feature.why)
        column = self._said.layout()
        assert isinstance(column, QVBoxLayout)
        column.setSpacing(2)
        said = self._offered()
        self._lines = tuple(self._said_line(item, linked=item.citation in feature.citations) for item in said)
        for line in self._lines:
            column.addWidget(line)
        if 0 <= held < len(self._lines):
            self._lines[held].box.setFocus()
        if not said:
            text = tr("Nothing was said yet. Log a talk, and mark what they said as a quote.")
            column.addWidget(paragraph(self._context.theme, text, "body", "secondary"))

    def _said_line(self, item: Said, *, linked: bool) -> CheckLine:
        line = CheckLine(self._context.theme, item.text, "feature_quote")
        line.box.setChecked(linked)

        def toggled(on: bool) -> None:
            self._link(item.citation, on)

        line.toggled.connect(toggled)
        return line

    def _offered(self) -> tuple[Said, ...]:
        """The newest quotes, and of talks without one what was noted."""
        found: list[Said] = []
        for talk in sorted(self._context.state.conversations, key=lambda item: item.when, reverse=True):
            for text in [quote.text for quote in talk.quotes] or ([talk.said] if talk.said else []):
                short = text if len(text) <= _LONGEST_SAID else f"{text[: _LONGEST_SAID - 1].rstrip()}…"
                quote = text if talk.quotes else ""
                found.append(Said(f"{talk.person}: “{short}”", Citation(talk.id, quote)))
        return tuple(found[:_MOST_SAID])

    def _link(self, citation: Citation, on: bool) -> None:
        unit = self._unit()
        if unit is None:
            return
        feature = self._feature(unit) or Feature(unit.name, unit=unit.key, state=FeatureState.SHIPPED)
        others = tuple(item for item in feature.citations if item != citation)
        self._keep(replace(feature, citations=(*others, citation) if on else others))

    def _mark(self) -> None:
        unit = self._unit()
        if unit is None:
            return
        feature = self._feature(unit) or Feature(unit.name, unit=unit.key, state=FeatureState.SHIPPED)
        reason = FeatureReason(self._reason.currentData())
        changed = replace(feature, reason=reason, why=self._why.text().strip())
        if changed != feature:
            self._keep(changed)

    def _keep(self, feature: Feature) -> None:
        """One at a time: a new feature must have its id before it is changed again."""
        if not self._waiting:
            self._waiting = feature.id == 0
            self._context.submit(KeepRecord(feature))

    def _made_list(self) -> QWidget:
        side = QFrame()
        side.setObjectName("content")
        head = QVBoxLayout()
        head.setContentsMargins(18, 14, 18, 6)
        head.addWidget(self._summary)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(scrolling(self._list, "features_list"), 1)
        return side

    def _made_links(self) -> QWidget:
        theme = self._context.theme
        for reason in FeatureReason:
            self._reason.addItem(_reason_title(reason), reason)
        self._reason.setObjectName("feature_reason")
        self._reason.setAccessibleName(tr("Why it was built all the same"))
        self._reason.setMinimumHeight(30)
        self._reason.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._reason.setMinimumContentsLength(10)
        self._reason.activated.connect(self._mark)
        self._why.setObjectName("feature_why")
        self._why.setAccessibleName(tr("In a few words"))
        self._why.setPlaceholderText(tr("in a few words"))
        self._why.setMinimumHeight(30)
        self._why.editingFinished.connect(self._mark)
        body = QWidget()
        body.setObjectName("sheet")
        body.setMaximumWidth(theme.px(680))
        column = QVBoxLayout(body)
        column.setContentsMargins(20, 12, 20, 24)
        column.setSpacing(8)
        heading = label(tr("Who asked for it?"), "label")
        for part in (self._back, self._name, heading, self._said):
            column.addWidget(part)
        column.addSpacing(8)
        column.addWidget(field_label(tr("Nobody? Then why:")))
        column.addWidget(self._reason)
        column.addWidget(self._why)
        column.addStretch(1)
        theme.changed.connect(lambda: body.setMaximumWidth(theme.px(680)))
        return scrolling(body, "side")

    def _arrange(self) -> None:
        self._list_side.setVisible(not (self._narrow and self.is_open))
        self._link_side.setVisible(self.is_open)
        self._back.setVisible(self._narrow)


def _reason_title(reason: FeatureReason) -> str:
    return {
        FeatureReason.NONE: tr("Not marked"),
        FeatureReason.EXPERIMENT: tr("An experiment"),
        FeatureReason.MAINTENANCE: tr("Maintenance"),
        FeatureReason.MY_CALL: tr("My call"),
    }[reason]
