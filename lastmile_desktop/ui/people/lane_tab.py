"""Whom it is for, and the words they use."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from lastmile_desktop.core.commands import ReadPlans
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import label
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.people.lane import LanePart
from lastmile_desktop.ui.people.tab import Tab, scrolled
from lastmile_desktop.ui.people.words import WordsPart
from lastmile_desktop.ui.span_text import paragraph

_WIDEST = 760


class LaneTab(Tab):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.lane = LanePart(context)
        self.words = WordsPart(context)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(20, 16, 20, 24)
        column.setSpacing(8)
        for title, told, part in (
            (
                tr("Your lane"),
                tr(
                    "A product for a roofer alone and one for a firm of a thousand are two products. Say whom yours is "
                    "for, and what you say no to."
                ),
                self.lane,
            ),
            (
                tr("Their words"),
                tr(
                    "What they call things belongs on your buttons. The checks compare these with your screens."
                ),
                self.words,
            ),
        ):
            heading = label(title, "title")
            heading.setWordWrap(True)
            column.addWidget(heading)
            column.addWidget(paragraph(context.theme, told, "small", "secondary"))
            column.addWidget(part)
            column.addSpacing(18)
        column.addStretch(1)
        body.setMaximumWidth(context.theme.px(_WIDEST))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolled(body))

    def shown(self) -> None:
        self._context.submit(ReadPlans())

    def take_focus(self) -> None:
        self.lane.form.field("for_who").setFocus()
