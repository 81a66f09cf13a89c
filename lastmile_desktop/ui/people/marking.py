"""What a marked passage is a sign of, and what it speaks of."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from lastmile_desktop.core.conversation import MayUse, Quote, QuoteSignal
from lastmile_desktop.core.notebook import Assumption, Feature
from lastmile_desktop.ui.controls import Button, label, on_click
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.form import Form
from lastmile_desktop.ui.form_fields import capital
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.people.reading import Passage
from lastmile_desktop.ui.span_text import Span, SpanText
from lastmile_desktop.ui.theme import Theme

_LONGEST_SHOWN = 300


class MarkPanel(QFrame):
    """`marked` carries a Passage and its Quote; `unmarked` a Passage whose quote is to go."""

    marked = Signal(object, object)
    unmarked = Signal(object)
    closed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("mark_panel")
        self._passage: Passage | None = None
        self._words = SpanText(theme)
        self._signals: dict[QuoteSignal, QPushButton] = {}
        chips = QWidget()
        flow = FlowLayout(chips, 6)
        for number, signal in enumerate(QuoteSignal, start=1):
            chip = Button(theme, capital(tr(signal.value)), "chip", name=f"signal_{signal.name.lower()}")
            chip.setCheckable(True)
            chip.setToolTip(str(number) if number < 10 else "")
            flow.addWidget(chip)
            self._signals[signal] = chip
        self._form = Form(theme, "mark")
        self._checks = self._form.several("checks", tr("Gaps"), tr("words of the gap"), free=False)
        self._features = self._form.several("features", tr("Features"))
        self._assumptions = self._form.several("assumptions", tr("Assumptions"), free=False)
        uses = [(use, capital(tr(use.value))) for use in MayUse]
        self._form.choice("may_use", tr("May be shown"), uses)
        save = Button(theme, tr("Save the quote"), "primary", name="mark_save")
        self._remove = Button(theme, tr("Not a quote"), "", name="mark_remove")
        cancel = Button(theme, tr("Cancel"), "quiet", name="mark_cancel")
        on_click(save, self._save)
        on_click(self._remove, self._unmark)
        on_click(cancel, self.closed.emit)
        buttons = QWidget()
        row = FlowLayout(buttons)
        for button in (save, self._remove, cancel):
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 10, 16, 12)
        layout.setSpacing(8)
        for part in (self._words, label(tr("A sign of"), "label"), chips, buttons, self._form):
            layout.addWidget(part)

        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self._save)

    def offer(
        self,
        checks: tuple[tuple[str, str], ...],
        features: tuple[Feature, ...],
        assumptions: tuple[Assumption, ...],
    ) -> None:
        self._checks.offer(checks)
        self._features.offer((feature.name, feature.name) for feature in features)
        self._assumptions.offer((str(item.id), item.text) for item in assumptions)

    def ask(self, passage: Passage, known: Quote | None) -> None:
        """`known` is the quote that these words are already."""
        self._passage = passage
        short = passage.text if len(passage.text) <= _LONGEST_SHOWN else passage.text[:_LONGEST_SHOWN] + "…"
        who = f"  {passage.speaker}" if passage.speaker else ""
        self._words.set_spans(Span(f"“{short}”"), Span(who, "secondary"))
        self._remove.setVisible(known is not None)
        quote = known or Quote(passage.text)
        for signal, chip in self._signals.items():
            chip.setChecked(signal in quote.signals)
        self._form.put(
            {
                "checks": "\n".join(quote.linked_checks),
                "features": "\n".join(quote.linked_features),
                "assumptions": "\n".join(str(item) for item in quote.linked_assumptions),
                "may_use": str(quote.may_use),
            }
        )
        next(iter(self._signals.values())).setFocus(Qt.FocusReason.OtherFocusReason)

    def _save(self) -> None:
        if self._passage is None:
            return
        quote = Quote(
            self._passage.text,
            self._passage.speaker,
            self._passage.at_s,
            signals=tuple(signal for signal, chip in self._signals.items() if chip.isChecked()),
            linked_checks=self._form.values_of("checks"),
            linked_features=self._form.values_of("features"),
            linked_assumptions=tuple(int(item) for item in self._form.values_of("assumptions")),
            may_use=MayUse(self._form.value("may_use")),
        )
        self.marked.emit(self._passage, quote)

    def _unmark(self) -> None:
        if self._passage is not None:
            self.unmarked.emit(self._passage)
