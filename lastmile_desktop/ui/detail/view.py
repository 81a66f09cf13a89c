"""Lays out the detail of one check; says what the user wants."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from lastmile_desktop.core.check import Reference
from lastmile_desktop.core.ranking import Band
from lastmile_desktop.ui import marks
from lastmile_desktop.ui.controls import Button, IconButton, clear, label, on_click
from lastmile_desktop.ui.detail.attest import AttestForm
from lastmile_desktop.ui.detail.content import Detail, FactLine, Mend
from lastmile_desktop.ui.detail.excerpt import Excerpt
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.phrases import state_title
from lastmile_desktop.ui.span_text import Span, SpanText, paragraph
from lastmile_desktop.ui.text_button import TextButton
from lastmile_desktop.ui.theme import Theme


class BandMark(QWidget):
    """The mark of a band; the words beside it say the same."""

    def __init__(self, theme: Theme, side: int = 18) -> None:
        super().__init__()
        self._theme, self._side, self._band = theme, side, Band.STOP
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._resize)
        self._resize()

    def show_band(self, band: Band) -> None:
        self._band = band
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = self._theme.colour(marks.BAND_COLOUR[self._band])
        marks.paint(QPainter(self), marks.MARK[self._band], QRectF(self.rect()), colour)

    def _resize(self) -> None:
        self.setFixedSize(self._theme.px(self._side), self._theme.px(self._side))


class DetailView(QScrollArea):
    """`stepped` asks for another place; the rest are the buttons."""

    closed = Signal()
    fix_wanted = Signal()
    copy_wanted = Signal()
    editor_wanted = Signal()
    suppress_wanted = Signal()
    lift_wanted = Signal()
    mend_wanted = Signal(str)
    reference_wanted = Signal(str)
    stepped = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("detail")
        self.setAccessibleName(tr("Detail"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._theme = theme
        self._mark = BandMark(theme)
        self._state = SpanText(theme)
        self._state.setObjectName("detail_state")
        self._close = IconButton(theme, "x", tr("Close (Esc)"), "detail_close", 16)
        on_click(self._close, self.closed.emit)
        self._title = SpanText(theme, "title")
        self._title.setObjectName("detail_title")
        self._bites = SpanText(theme)
        self._bites.setObjectName("detail_bites")
        self._message = SpanText(theme)
        self._message.setObjectName("detail_message")
        self.excerpt = Excerpt(theme)
        self.excerpt.stepped.connect(self.stepped)
        self._buttons = self._action_buttons()
        self.attest = AttestForm(theme)
        self._facts = QWidget()
        QGridLayout(self._facts).setContentsMargins(0, 0, 0, 0)
        self._facts_shown: tuple[tuple[FactLine, ...], tuple[Reference, ...], bool] | None = None
        self._lay_out()

    def _action_buttons(self) -> QWidget:
        theme = self._theme
        self._fix = Button(theme, tr("Fix it with me"), "primary", name="fix")
        self._copy = Button(theme, tr("Copy prompt"), "", "copy", "copy_prompt")
        self._editor = Button(theme, tr("Open in editor"), "", "arrow-square-out", "open_in_editor")
        self._suppress = Button(theme, tr("Suppress…"), "quiet", name="suppress")
        self._lift = Button(theme, tr("Act on it again"), "", "arrow-counter-clockwise", "lift")
        self._mend = Button(theme, "", "primary", name="mend")
        self._fix.setToolTip(tr("Enter"))
        self._copy.setToolTip("C")
        self._editor.setToolTip("E")
        self._suppress.setToolTip("S")
        self._mend_kind = Mend.NONE
        on_click(self._fix, self.fix_wanted.emit)
        on_click(self._copy, self.copy_wanted.emit)
        on_click(self._editor, self.editor_wanted.emit)
        on_click(self._suppress, self.suppress_wanted.emit)
        on_click(self._lift, self.lift_wanted.emit)
        on_click(self._mend, lambda: self.mend_wanted.emit(str(self._mend_kind)))
        holder = QWidget()
        flow = FlowLayout(holder)
        for button in (self._mend, self._fix, self._copy, self._editor, self._lift, self._suppress):
            flow.addWidget(button)
        return holder

    def _lay_out(self) -> None:
        body = QWidget()
        body.setObjectName("sheet")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self._state, 1, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self._close, 0, Qt.AlignmentFlag.AlignVCenter)
        layout = QVBoxLayout(body)
        layout.setSpacing(8)
        self._body = layout
        layout.addLayout(head)
        for part in (self._title, self._bites, self._message, self.excerpt, self._buttons):
            layout.addWidget(part)
        layout.addSpacing(4)
        layout.addWidget(self.attest)
        layout.addWidget(self._facts)
        layout.addStretch(1)
        self.setWidget(body)

    def show_detail(self, detail: Detail, place: int, horizon: int, *, narrow: bool) -> None:
        """Show a check at one of its places."""
        self._body.setContentsMargins(*((14, 8, 14, 14) if narrow else (20, 12, 20, 20)))
        band = detail.row.band
        self._mark.show_band(band)
        colour = marks.BAND_COLOUR[band] if band is not Band.NOT_CHECKED else "secondary"
        colour = "secondary" if colour == "faint" else colour
        target = "" if detail.row.target in ("", ".") else f"  {detail.row.target}"
        self._state.set_spans(
            Span(state_title(band, horizon), colour, bold=True),
            Span(f"  {detail.check.area.title}{target}", "secondary"),
        )
        self._title.set_spans(Span(detail.title))
        self._bites.set_spans(Span(detail.bites, "secondary"))
        self._bites.setVisible(bool(detail.bites))
        self._show_place(detail, place)
        self._show_actions(detail, place)
        self.attest.setVisible(detail.can_attest)
        self._show_facts(detail.facts, detail.check.refs, narrow=narrow)

    def _show_place(self, detail: Detail, number: int) -> None:
        place = detail.places[number] if number < len(detail.places) else None
        self._message.setVisible(place is not None and bool(place.message))
        shown = place is not None and bool(place.path or place.snippet or len(detail.places) > 1)
        self.excerpt.setVisible(shown)
        if place is not None:
            self._message.set_spans(Span(place.message))
            self.excerpt.show_place(place, number + 1, len(detail.places), good=detail.proven)

    def _show_actions(self, detail: Detail, number: int) -> None:
        place = detail.places[number] if number < len(detail.places) else None
        self._fix.setVisible(detail.can_fix)
        self._copy.setVisible(detail.can_fix)
        self._editor.setVisible(place is not None and bool(place.path))
        self._suppress.setVisible(detail.can_suppress)
        self._lift.setVisible(detail.can_lift)
        self._mend_kind = detail.mend
        self._mend.setVisible(detail.mend is not Mend.NONE)
        self._mend.setText(tr("See what stopped it") if detail.mend is Mend.ENGINES else tr("Scan again"))
        self._buttons.setVisible(
            any(part.isVisibleTo(self._buttons) for part in self._buttons.findChildren(Button))
        )

    def _show_facts(self, facts: tuple[FactLine, ...], refs: tuple[Reference, ...], *, narrow: bool) -> None:
        if self._facts_shown == (facts, refs, narrow):
            return
        self._facts_shown = (facts, refs, narrow)
        clear(self._facts)
        grid = self._facts.layout()
        assert isinstance(grid, QGridLayout)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(2 if narrow else 8)
        grid.setColumnStretch(0 if narrow else 1, 1)
        grid.setColumnStretch(1 if narrow else 0, 0)
        row = 0
        for fact in facts:
            text = paragraph(self._theme, fact.text)
            text.setAccessibleDescription(fact.name)
            row = self._fact_row(grid, row, fact.name, text, narrow=narrow)
        if refs:
            self._fact_row(grid, row, tr("References"), self._references(refs), narrow=narrow)

    def _fact_row(self, grid: QGridLayout, row: int, name: str, value: QWidget, *, narrow: bool) -> int:
        heading = label(name, "small" if narrow else "secondary")
        if narrow:
            heading.setContentsMargins(0, 8, 0, 0)
            grid.addWidget(heading, row, 0)
            grid.addWidget(value, row + 1, 0)
            return row + 2
        grid.addWidget(heading, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(value, row, 1)
        return row + 1

    def _references(self, refs: tuple[Reference, ...]) -> QWidget:
        holder = QWidget()
        layout = QVBoxLayout(holder)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for ref in refs:
            if ref.url.startswith("https://"):
                link = TextButton(self._theme, ref.title, "link", "reference", (1, 1, 1, 1))
                link.say(ref.title, "accent")
                link.setToolTip(ref.url)
                on_click(link, lambda url=ref.url: self.reference_wanted.emit(url))
                layout.addWidget(link)
            else:
                layout.addWidget(paragraph(self._theme, ref.title))
        return holder
