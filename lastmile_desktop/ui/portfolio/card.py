"""The card of one project: what it is, how far it came, and what becomes of it."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from lastmile_desktop.core.notebook import StageChoice
from lastmile_desktop.core.portfolio import ProjectCard
from lastmile_desktop.ui.controls import Button, ElidedLabel, label, mark_property, on_click
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.phrases import tool_title
from lastmile_desktop.ui.portfolio.words import Figure, choice_title, decided_on, figures, stage_title
from lastmile_desktop.ui.span_text import Span, SpanText
from lastmile_desktop.ui.theme import Theme

_CELL = 118


class FigureView(QWidget):
    """As wide as its neighbours in every card, so that the figures of all projects stand below each other."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._name, self._value = SpanText(theme, "small"), SpanText(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(self._name)
        column.addWidget(self._value)
        theme.changed.connect(self._resize)
        self._resize()

    def show_figure(self, figure: Figure) -> None:
        self._name.set_spans(Span(figure.name, "secondary"))
        self._value.set_spans(Span(figure.value, figure.colour, bold=figure.colour != "text"))

    def _resize(self) -> None:
        self.setFixedWidth(self._theme.px(_CELL))


class CardView(QFrame):
    """`decided` carries the choice, None to take the last one back; `open_wanted` asks for the project itself."""

    decided = Signal(object)
    open_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("card")
        self._theme = theme
        self._name = ElidedLabel("strong", "project_title")
        self._tags = QWidget()
        self._tag_row = FlowLayout(self._tags, 6)
        self._open = Button(theme, tr("Open"), icon="folder-open", name="project_open")
        on_click(self._open, self.open_wanted.emit)
        self._figures = QWidget()
        self._figure_row = FlowLayout(self._figures, 10)
        self._cells: list[FigureView] = []
        self._choice = QComboBox()
        self._choice.setObjectName("project_decision")
        self._choice.setMinimumHeight(30)
        self._choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        # Shorter than its longest choice where there is no room for that.
        self._choice.setMinimumWidth(120)
        self._choice.addItem(tr("What becomes of it?"), None)
        for choice in StageChoice:
            self._choice.addItem(choice_title(choice), choice)
        self._choice.activated.connect(self._decide)
        self._since = SpanText(theme, "small")
        self._lay_out()

    def show_card(self, card: ProjectCard, now: datetime) -> None:
        self._name.show_text(card.project.name)
        self._name.setToolTip("\n".join((card.project.root, *card.before)))
        self._show_tags(card)
        self._open.setVisible(card.here and not card.is_open)
        self._open.setAccessibleName(tr("Open {project}", project=card.project.name))
        mark_property(self, "here", card.here)
        shown = figures(card, now)
        while len(self._cells) < len(shown):
            cell = FigureView(self._theme)
            self._cells.append(cell)
            self._figure_row.addWidget(cell)
        for cell, figure in zip(self._cells, shown, strict=True):
            cell.show_figure(figure)
        choice = card.decision.choice if card.decision else None
        self._choice.setCurrentIndex(max(0, self._choice.findData(choice)))
        self._choice.setAccessibleName(tr("What becomes of {project}", project=card.project.name))
        self._since.set_spans(Span(decided_on(card, now.date()), "secondary"))

    def _show_tags(self, card: ProjectCard) -> None:
        clear_flow(self._tag_row)
        tool = tool_title(card.build.tool) if card.build.tool else ""
        for text in (
            stage_title(card.stage),
            tool,
            tr("open now") if card.is_open else "",
            "" if card.here else tr("folder is gone"),
            tr("was moved") if card.before else "",
        ):
            if text:
                self._tag_row.addWidget(label(text, "tag", "project_tag"))
        self._tags.setVisible(self._tag_row.count() > 0)
        self._tags.updateGeometry()

    def _decide(self) -> None:
        chosen = self._choice.currentData()
        self.decided.emit(StageChoice(chosen) if chosen else None)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(10)
        names = QVBoxLayout()
        names.setSpacing(4)
        names.addWidget(self._name)
        names.addWidget(self._tags)
        head.addLayout(names, 1)
        head.addWidget(self._open, 0, Qt.AlignmentFlag.AlignTop)
        foot = QHBoxLayout()
        foot.setSpacing(10)
        foot.addWidget(self._choice)
        foot.addWidget(self._since, 1, Qt.AlignmentFlag.AlignVCenter)
        self._choice.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self._figures)
        column.addLayout(foot)


def clear_flow(flow: FlowLayout) -> None:
    while (item := flow.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
