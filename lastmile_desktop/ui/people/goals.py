"""What the founder wants to know from the next talks, three things at most."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QVBoxLayout, QWidget

from lastmile_desktop.core.commands import DropRecord, KeepRecord
from lastmile_desktop.core.notebook import MOST_GOALS, LearningGoal
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import IconButton, on_click
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.people.rows import NewLine, Row, Rows, WrittenLine, headed_row


class GoalRow(Row[LearningGoal]):
    def __init__(self, context: Context, goal: LearningGoal) -> None:
        super().__init__()
        self._context, self._goal = context, goal
        self._text = WrittenLine(context.theme, "goal", tr("What you want to learn"))
        self._learned = WrittenLine(context.theme, "goal_learned", tr("What you learned"))
        remove = IconButton(context.theme, "x", tr("Take this goal out"), "goal_remove", 14)
        on_click(remove, lambda: context.submit(DropRecord(self._goal)))
        self._text.told.connect(lambda text="": self._keep(replace(self._goal, text=text)))
        self._learned.told.connect(lambda text="": self._keep(replace(self._goal, learned=text)))
        self.setLayout(headed_row(self._text, self._learned, remove=remove))

    def show_record(self, record: LearningGoal) -> None:
        self._goal = record
        self._text.show_text(record.text)
        self._learned.show_text(record.learned)

    def _keep(self, goal: LearningGoal) -> None:
        self._context.submit(KeepRecord(goal) if goal.text else DropRecord(self._goal))


class Goals(QWidget):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._rows = Rows[LearningGoal](lambda goal: GoalRow(context, goal))
        self._new = NewLine(context.theme, "goal_new", tr("One thing you want to learn from the next talks"))
        self._new.written.connect(lambda text="": context.submit(KeepRecord(LearningGoal(text))))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self._rows)
        column.addWidget(self._new)
        context.state.notebook_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        goals = self._context.state.notebook.goals
        self._rows.apply(goals)
        self._new.setVisible(len(goals) < MOST_GOALS)
