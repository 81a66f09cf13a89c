"""The founder's own questions, with those that lead pointed out while they are written."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit, QVBoxLayout, QWidget

from lastmile_desktop.core.commands import DropRecord, KeepRecord
from lastmile_desktop.core.notebook import GuideQuestion
from lastmile_desktop.talks.leading import lint
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import Button, IconButton, on_click
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.people.rows import NewLine, Row, Rows, WrittenLine, headed_row
from lastmile_desktop.ui.span_text import Span, SpanText


class Pointer(QWidget):
    """Why the words of a question lead, and a form of it that asks about the past."""

    def __init__(self, context: Context, field: WrittenLine) -> None:
        super().__init__()
        self._theme, self._field = context.theme, field
        self._better = ""
        self._words = SpanText(context.theme, "small")
        self._take = Button(context.theme, tr("Ask it this way"), "tag", "check", "question_better")
        on_click(self._take, self._use)
        buttons = QWidget()
        FlowLayout(buttons).addWidget(self._take)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._words)
        column.addWidget(buttons)
        field.textChanged.connect(self.look)
        self.look()

    def look(self) -> None:
        text = self._field.toPlainText()
        found = lint(text)
        self.setVisible(bool(found))
        self._field.setExtraSelections([self._underlined(text, item.span) for item in found])
        if found:
            first = found[0]
            self._better = first.better
            self._words.set_spans(Span(first.why + " ", "soon"), Span(first.better, "text", bold=True))

    def _use(self) -> None:
        self._field.setPlainText(self._better)
        self._field.settle()

    def _underlined(self, text: str, span: tuple[int, int]) -> QTextEdit.ExtraSelection:
        form = QTextCharFormat()
        form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        form.setUnderlineColor(QColor(self._theme.colour("soon")))
        form.setBackground(self._theme.colour("soon_wash"))
        cursor = QTextCursor(self._field.document())
        start, end = (len(text[:at].encode("utf-16-le")) // 2 for at in span)
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        made = QTextEdit.ExtraSelection()
        made.cursor, made.format = cursor, form  # pyright: ignore[reportAttributeAccessIssue]
        return made


class QuestionRow(Row[GuideQuestion]):
    def __init__(self, context: Context, question: GuideQuestion) -> None:
        super().__init__()
        self._context, self._question = context, question
        self._text = WrittenLine(context.theme, "question", tr("Your question"))
        self._pointer = Pointer(context, self._text)
        remove = IconButton(context.theme, "x", tr("Take this question out"), "question_remove", 14)
        on_click(remove, lambda: context.submit(DropRecord(self._question)))
        self._text.told.connect(self._keep)
        self.setLayout(headed_row(self._text, self._pointer, remove=remove))

    def show_record(self, record: GuideQuestion) -> None:
        self._question = record
        self._text.show_text(record.text)

    def _keep(self, text: str) -> None:
        told = replace(self._question, text=text)
        self._context.submit(KeepRecord(told) if text else DropRecord(self._question))


class Questions(QWidget):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._rows = Rows[GuideQuestion](lambda question: QuestionRow(context, question))
        self.new = NewLine(context.theme, "question_new", tr("A question of your own"))
        self._pointer = Pointer(context, self.new.field)
        self.new.written.connect(self._add)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for part in (self._rows, self.new, self._pointer):
            column.addWidget(part)
        context.state.notebook_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        questions = self._context.state.notebook.questions
        self._rows.apply(sorted(questions, key=lambda question: (question.place, question.id)))

    def _add(self, text: str) -> None:
        questions = self._context.state.notebook.questions
        place = max((question.place for question in questions), default=0) + 1
        self._context.submit(KeepRecord(GuideQuestion(text, place=place)))
