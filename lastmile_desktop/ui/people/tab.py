"""What the page asks of its tabs, and the two panes most of them have."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QVBoxLayout, QWidget

from lastmile_desktop.ui.controls import Button, on_click
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.theme import Theme


class Tab(QWidget):
    """A tab overrides what it has an answer to."""

    def set_narrow(self, narrow: bool) -> None:
        """The window became narrow (one column) or wide."""

    def escape(self) -> bool:
        """Close what is open; False when there was nothing."""
        return False

    def take_focus(self) -> None:
        """Put the keys where they are wanted first."""

    def shown(self) -> None:
        """The tab came to the front."""

    def keep(self) -> None:
        """The window closes: hand over what is not stored yet."""


class TwoPanes(QWidget):
    """Side by side when wide; when narrow the second covers the first until `show_first`."""

    went_back = Signal()

    def __init__(self, theme: Theme, first: QWidget, second: QWidget) -> None:
        super().__init__()
        self._first, self._narrow, self._second_wanted = first, False, False
        self._back = Button(theme, tr("Back"), "quiet", "arrow-left", "pane_back")
        on_click(self._back, self.show_first)
        self._second = QFrame()
        self._second.setObjectName("side")
        column = QVBoxLayout(self._second)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._back)
        column.addWidget(second, 1)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setHandleWidth(1)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(first)
        self._splitter.addWidget(self._second)
        self._splitter.setSizes([380, 720])
        self._splitter.setStretchFactor(0, 35)
        self._splitter.setStretchFactor(1, 65)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._splitter)
        self._arrange()

    @property
    def covers(self) -> bool:
        return self._narrow and self._second_wanted

    def set_narrow(self, narrow: bool) -> None:
        self._narrow = narrow
        self._arrange()

    def show_second(self) -> None:
        self._second_wanted = True
        self._arrange()
        if self.covers:
            self._back.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_first(self) -> None:
        self._second_wanted = False
        self._arrange()
        self.went_back.emit()

    def _arrange(self) -> None:
        self._back.setVisible(self.covers)
        self._first.setVisible(not self.covers)
        self._second.setVisible(not self._narrow or self._second_wanted)


def scrolled(inner: QWidget, name: str = "sheet") -> QScrollArea:
    """A column that scrolls up and down only."""
    inner.setObjectName(name)
    area = QScrollArea()
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inner)
    return area
