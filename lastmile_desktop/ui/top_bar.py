"""The bar at the top: which project, how many users, pause, scan now, everything else."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu

from lastmile_desktop.core.events import WatchState
from lastmile_desktop.ui.controls import Button, ElidedLabel, IconButton, label, on_click
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.pages import Page
from lastmile_desktop.ui.phrases import tool_title
from lastmile_desktop.ui.state import WindowState
from lastmile_desktop.ui.theme import Theme
from lastmile_desktop.ui.users_control import UsersControl

_LONGEST_BRANCH = 24


class TopBar(QFrame):
    pause_wanted = Signal(bool)
    scan_wanted = Signal()
    palette_wanted = Signal()
    open_wanted = Signal()
    page_wanted = Signal(str)

    def __init__(self, theme: Theme, state: WindowState, pages: tuple[Page, ...]) -> None:
        super().__init__()
        self._theme, self._state = theme, state
        self.setObjectName("top_bar")
        self._menu_button = IconButton(theme, "list", tr("Menu"), "menu")
        self._menu_button.setMenu(self._menu(pages))
        self._menu_button.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        self._project = ElidedLabel("project", "project_name")
        self._tool = label("", "tag", "project_tool")
        self._branch = label("", "tag", "project_branch")
        self._folder = IconButton(theme, "folder-open", tr("Open another folder (Ctrl+O)"), "open_folder", 16)
        self._users_label = label(tr("Users today"), "secondary")
        self.users = UsersControl(theme)
        self._pause = IconButton(theme, "pause", tr("Pause"), "pause")
        self._scan = IconButton(theme, "arrows-clockwise", tr("Scan now (F5)"), "scan_now")
        self._palette = Button(theme, "Ctrl K", "quiet", "magnifying-glass", "palette_button")
        self._palette.setAccessibleName(tr("Find an action or a check"))
        on_click(self._folder, self.open_wanted.emit)
        on_click(
            self._pause, lambda: self.pause_wanted.emit(self._state.watch.state is not WatchState.PAUSED)
        )
        on_click(self._scan, self.scan_wanted.emit)
        on_click(self._palette, self.palette_wanted.emit)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 0, 14, 0)
        row.setSpacing(8)
        for part in (self._menu_button, self._project, self._tool, self._branch, self._folder):
            row.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        for part in (self._users_label, self.users, self._pause, self._scan, self._palette):
            row.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)
        state.project_changed.connect(self.refresh)
        state.checklist_changed.connect(self.refresh)
        state.health_changed.connect(self.refresh)
        theme.changed.connect(self._restyle)
        self._narrow = False
        self._restyle()
        self.refresh()

    def set_narrow(self, narrow: bool) -> None:
        self._narrow = narrow
        row = self.layout()
        if row is not None:
            row.setContentsMargins(6 if narrow else 20, 0, 8 if narrow else 14, 0)
        self.refresh()

    def toggle_pause(self) -> None:
        self.pause_wanted.emit(self._state.watch.state is not WatchState.PAUSED)

    def refresh(self) -> None:
        state, narrow = self._state, self._narrow
        is_open = state.project is not None
        self._menu_button.setVisible(narrow)
        self._project.show_text(state.project.name if state.project else tr("Last Mile"))
        tool = tool_title(state.tool) if state.tool else ""
        self._tool.setText(tool)
        self._tool.setVisible(is_open and bool(tool) and not (narrow and self._theme.scale > 1.2))
        branch = state.scan.branch if state.scan else ""
        self._branch.setText(
            branch if len(branch) <= _LONGEST_BRANCH else branch[: _LONGEST_BRANCH - 1] + "…"
        )
        self._branch.setToolTip(branch)
        self._branch.setVisible(is_open and bool(branch) and not narrow)
        self._folder.setVisible(is_open and not narrow)
        for part in (self.users, self._pause):
            part.setVisible(is_open)
        self._users_label.setVisible(is_open and not narrow)
        self._scan.setVisible(is_open and not narrow)
        self._palette.setVisible(not narrow)
        self.users.show_users(state.users)
        if state.watch.state is WatchState.PAUSED:
            self._pause.say(tr("Go on watching"), "play")
        else:
            self._pause.say(tr("Pause all background work"), "pause")

    def _restyle(self) -> None:
        self.setFixedHeight(self._theme.px(48))

    def _menu(self, pages: tuple[Page, ...]) -> QMenu:
        menu = QMenu(self)
        for page in pages:
            action = QAction(tr(page.title), menu)
            action.triggered.connect(lambda _checked=False, chosen=page.id: self.page_wanted.emit(chosen))
            menu.addAction(action)
        menu.addSeparator()
        for title, signal in (
            (tr("Scan now"), self.scan_wanted),
            (tr("Open a folder…"), self.open_wanted),
            (tr("Find an action or a check"), self.palette_wanted),
        ):
            action = QAction(title, menu)
            action.triggered.connect(signal)
            menu.addAction(action)
        return menu
