"""A row of tabs over a page's views; arrows move between them, Tab goes into the view."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from lastmile_desktop.ui.flow import FlowLayout


class TabRow(QFrame):
    """`chosen` carries the id of a tab; `titles` are (id, title), the first one is chosen. With a `menu_name` the
    tabs become a menu where there is no room for them."""

    chosen = Signal(str)

    def __init__(self, titles: tuple[tuple[str, str], ...], menu_name: str = "") -> None:
        super().__init__()
        self.setObjectName("tabs_row")
        self._tabs: dict[str, QPushButton] = {}
        self._with_menu = bool(menu_name)
        group = QButtonGroup(self)
        self._row = QWidget()
        layout = FlowLayout(self._row, 6)
        around = QVBoxLayout(self)
        around.setContentsMargins(11, 6, 11, 8)
        around.addWidget(self._row)
        self._menu = QComboBox()
        self._menu.setObjectName("tabs_menu")
        self._menu.setAccessibleName(menu_name)
        self._menu.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._menu.activated.connect(lambda: self.choose(str(self._menu.currentData())))
        around.addWidget(self._menu)
        for name, title in titles:
            tab = QPushButton(title)
            tab.setObjectName("tab")
            tab.setCheckable(True)
            tab.setAutoExclusive(True)
            tab.setMinimumWidth(88)
            tab.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            tab.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
            tab.clicked.connect(lambda _checked=False, name=name: self.choose(name))
            group.addButton(tab)
            layout.addWidget(tab)
            self._tabs[name] = tab
            self._menu.addItem(title, name)
        self._tabs[titles[0][0]].setChecked(True)
        self.set_narrow(False)

    def choose(self, name: str) -> None:
        self._tabs[name].setChecked(True)
        self._menu.setCurrentIndex(self._menu.findData(name))
        self.chosen.emit(name)

    def set_narrow(self, narrow: bool) -> None:
        as_menu = narrow and self._with_menu
        self._row.setVisible(not as_menu)
        self._menu.setVisible(as_menu)
