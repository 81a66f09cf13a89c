"""How a month went, row by row, each with the way to what it rests on."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QFileDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from lastmile_desktop.core.commands import ExportScoreboard
from lastmile_desktop.core.notebook import MonthlyOutcomes, Outcome
from lastmile_desktop.core.scoreboard import markdown
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import Button, IconLabel, clear, on_click
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.phrases import month_title
from lastmile_desktop.ui.span_text import Span, SpanText, paragraph
from lastmile_desktop.ui.text_button import TextButton

_MARKS = {True: ("check-circle", "pass"), False: ("circle", "soon"), None: ("question", "secondary")}


class ScoreboardView(QWidget):
    """`link_wanted` carries a link of an outcome."""

    link_wanted = Signal(str)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("content")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._context = context
        self._month = QComboBox()
        self._month.setObjectName("scoreboard_month")
        self._month.setAccessibleName(tr("Month"))
        self._month.setMinimumHeight(30)
        self._month.activated.connect(self._show_month)
        self._copy = Button(context.theme, tr("Copy"), icon="copy", name="scoreboard_copy")
        self._save = Button(context.theme, tr("Save…"), icon="download-simple", name="scoreboard_save")
        self._copy.setAccessibleName(tr("Copy as Markdown"))
        self._save.setAccessibleName(tr("Save as a page"))
        on_click(self._copy, self._copy_page)
        on_click(self._save, self._choose_file)
        tools = QWidget()
        flow = FlowLayout(tools, 8)
        for part in (self._month, self._copy, self._save):
            flow.addWidget(part)
        self._tools = tools
        self._empty = paragraph(
            context.theme, tr("After the first scan the month is answered here."), "body", "secondary"
        )
        self._rows = QWidget()
        QVBoxLayout(self._rows).setContentsMargins(0, 0, 0, 0)
        body = QWidget()
        body.setObjectName("sheet")
        body.setMaximumWidth(context.theme.px(780))
        column = QVBoxLayout(body)
        column.setContentsMargins(18, 14, 18, 24)
        column.setSpacing(12)
        for part in (tools, self._empty, self._rows):
            column.addWidget(part)
        column.addStretch(1)
        area = QScrollArea()
        area.setObjectName("scoreboard_area")
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        context.theme.changed.connect(lambda: body.setMaximumWidth(context.theme.px(780)))
        self._shown: MonthlyOutcomes | None = None
        context.state.notebook_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        months = sorted(self._context.state.notebook.outcomes, key=lambda item: item.month, reverse=True)
        chosen = self._month.currentData()
        self._month.clear()
        for item in months:
            self._month.addItem(month_title(item.month), item.month)
        self._month.setCurrentIndex(max(0, self._month.findData(chosen)))
        self._tools.setVisible(bool(months))
        self._empty.setVisible(not months)
        self._show_month()

    def _show_month(self) -> None:
        wanted = self._month.currentData()
        found = next((item for item in self._context.state.notebook.outcomes if item.month == wanted), None)
        if found == self._shown:
            return
        self._shown = found
        clear(self._rows)
        rows = self._rows.layout()
        assert isinstance(rows, QVBoxLayout)
        rows.setSpacing(8)
        for outcome in found.outcomes if found else ():
            rows.addWidget(self._row(outcome))

    def _row(self, outcome: Outcome) -> QFrame:
        theme = self._context.theme
        icon, tint = _MARKS[outcome.good]
        spoken = {True: tr("yes"), False: tr("no"), None: tr("not known")}[outcome.good]
        row = QFrame()
        row.setObjectName("card")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(IconLabel(theme, icon, tint, 18), 0, Qt.AlignmentFlag.AlignTop)
        question = SpanText(theme)
        question.set_spans(Span(tr(outcome.question), bold=True), Span(f"  {spoken}", tint))
        head.addWidget(question, 1)
        column = QVBoxLayout(row)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(paragraph(theme, outcome.answer))
        if outcome.evidence:
            column.addWidget(paragraph(theme, outcome.evidence, "small", "secondary"))
        if outcome.links:
            column.addWidget(self._links(outcome))
        return row

    def _links(self, outcome: Outcome) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(2)
        for link in outcome.links:
            title = self._title(link)
            button = TextButton(self._context.theme, title, "link", "outcome_link", (2, 2, 2, 2))
            button.say(title, "accent")
            button.setAccessibleName(tr("Show {what}", what=title))
            on_click(button, lambda link=link: self.link_wanted.emit(link))
            column.addWidget(button)
        return holder

    def _title(self, link: str) -> str:
        """What a link leads to, in the words that stand there."""
        kind, _, key = link.partition(":")
        state = self._context.state
        if kind == "check":
            row = state.row(key)
            return row.title if row else key
        if kind == "journal":
            entry = next((item for item in state.notebook.journal if str(item.id) == key), None)
            return entry.symptom if entry else tr("an entry that was deleted")
        talk = next((item for item in state.conversations if str(item.id) == key), None)
        return tr("the talk with {person}", person=talk.person) if talk else tr("a talk that was deleted")

    def _copy_page(self) -> None:
        project = self._context.state.project
        if self._shown is not None and project is not None:
            QGuiApplication.clipboard().setText(markdown(project.name, self._shown))
            self._context.navigator.say(tr("Copied"))

    def _choose_file(self) -> None:
        shown = self._shown
        if shown is None:
            return
        dialog = QFileDialog(self.window(), tr("Save as a page"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("md")
        dialog.selectFile(f"outcomes-{shown.month}.md")

        def chosen(path: str) -> None:
            self._context.submit(ExportScoreboard(shown.month, Path(path)))

        dialog.fileSelected.connect(chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
