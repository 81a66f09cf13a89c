"""Opens a walkthrough over the page, keeps the place, and tells when the gap is proven closed."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from lastmile_desktop.core.verdict import State
from lastmile_desktop.core.walkthrough import Walkthrough
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.phrases import tool_title
from lastmile_desktop.ui.walkthrough.view import WalkthroughView


class WalkthroughController(QObject):
    copy_wanted = Signal(str)

    def __init__(self, context: Context, view: WalkthroughView) -> None:
        super().__init__(view)
        self._context, self._view = context, view
        self._steps: Walkthrough | None = None
        self._places: dict[str, int] = {}
        self.row_id = ""
        view.left.connect(self.leave)
        view.went.connect(self._go)
        view.copy_wanted.connect(lambda: self.copy_wanted.emit(self.row_id))
        context.state.checklist_changed.connect(self._refresh)

    @property
    def is_open(self) -> bool:
        return self._steps is not None

    def open(self, row_id: str, steps: Walkthrough) -> None:
        """Go on where the founder left this walkthrough."""
        row = self._context.state.row(row_id)
        if row is None:
            return
        self.row_id, self._steps = row_id, steps
        self._view.show_walkthrough(row.title, steps, tool_title(steps.tool or self._context.state.tool))
        self._refresh()
        self._context.navigator.cover(self._view)

    def leave(self) -> None:
        self._steps = None
        self._context.navigator.uncover()

    def _go(self, number: int) -> None:
        self._places[self.row_id] = number
        self._refresh()

    def _refresh(self) -> None:
        if self._steps is None:
            return
        last = len(self._steps.steps) - 1
        place = max(0, min(last, self._places.get(self.row_id, 0)))
        self._view.show_step(place, proven=self._proof())

    def _proof(self) -> str:
        verdict = self._context.state.verdict(self.row_id)
        if verdict is None or verdict.state is not State.PASSED:
            return ""
        why = next((item.note for item in verdict.passes if item.note), "")
        return tr("Passed. {why}", why=why).strip()
