"""How a view asks the frame for something without knowing the frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to know that blocks nothing. `action` is offered as a button when it has a name, and so is `refusal`,
    which says more than closing it. `dismissed` is told when it is closed by hand."""

    title: str
    text: str = ""
    kind: str = "problem"
    action_name: str = ""
    action: Callable[[], None] | None = None
    key: str = ""
    refusal_name: str = ""
    refusal: Callable[[], None] | None = None
    dismissed: Callable[[], None] | None = None


class Navigator(QObject):
    """Wishes to the frame: another page, a view over the page and away again, a notice, a passing word."""

    page_wanted = Signal(str)
    covered = Signal(QWidget)
    uncovered = Signal()
    noticed = Signal(object)
    said = Signal(str)
    engines_wanted = Signal()
    row_wanted = Signal(str)

    def go(self, page: str) -> None:
        self.page_wanted.emit(page)

    def open_row(self, row_id: str) -> None:
        """Show a check of the list in full."""
        self.row_wanted.emit(row_id)

    def cover(self, view: QWidget) -> None:
        """Show a view over the page until `uncover`."""
        self.covered.emit(view)

    def uncover(self) -> None:
        self.uncovered.emit()

    def notice(self, notice: Notice) -> None:
        self.noticed.emit(notice)

    def say(self, text: str) -> None:
        """A few words in the status bar that go by themselves."""
        self.said.emit(text)
