"""The frame: rail, top bar, page, status bar, and the way between pages. Nothing else."""

from __future__ import annotations

import base64
import binascii

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from lastmile_desktop.core.commands import (
    Answer,
    CancelScan,
    ImportTalk,
    OpenProject,
    Pause,
    Resume,
    ScanNow,
    SetSetting,
)
from lastmile_desktop.core.events import Failed
from lastmile_desktop.core.ranking import Band
from lastmile_desktop.ui import shortcuts
from lastmile_desktop.ui.actions import Action
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.dropped import local_files, talks_in
from lastmile_desktop.ui.importing.controller import Imports
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.navigator import Notice
from lastmile_desktop.ui.notices import Notices
from lastmile_desktop.ui.pages import Page, PageView
from lastmile_desktop.ui.rail import Rail
from lastmile_desktop.ui.shrinkable import Shrinkable
from lastmile_desktop.ui.status_bar import StatusBar
from lastmile_desktop.ui.top_bar import TopBar

MINIMUM_WIDTH, MINIMUM_HEIGHT = 360, 420
NARROW_BELOW = 900


class MainWindow(QMainWindow):
    def __init__(self, context: Context, pages: tuple[Page, ...]) -> None:
        super().__init__()
        self._context = context
        self._pages = {page.id: page for page in pages}
        self._built: dict[str, PageView] = {}
        self._narrow: bool | None = None
        self._keys: list[QShortcut] = []
        self._placed = False
        self.setObjectName("main_window")
        self.setWindowTitle(tr("Last Mile"))
        self.setMinimumSize(MINIMUM_WIDTH, MINIMUM_HEIGHT)
        self.resize(1240, 800)
        self.setAcceptDrops(True)
        self._rail = Rail(context.theme, pages)
        self.top_bar = TopBar(context.theme, context.state, pages)
        self.status_bar = StatusBar(context.theme, context.state)
        self.notices = Notices(context.theme)
        self._stack = QStackedWidget()
        self._over = QStackedWidget()
        self._imports = Imports(context, self)
        self._lay_out()
        self._connect()
        self.go(pages[0].id)

    @property
    def page(self) -> PageView:
        page = self._stack.currentWidget()
        assert isinstance(page, PageView)
        return page

    def built(self, page: str) -> PageView:
        """The page's view, made on its first visit."""
        if page not in self._built:
            view = self._pages[page].build(self._context)
            view.set_narrow(bool(self._narrow))
            self._built[page] = view
            self._stack.addWidget(view)
        return self._built[page]

    def go(self, page: str) -> None:
        self._stack.setCurrentWidget(self.built(page))
        self._rail.show_page(page)
        for key in self._keys:
            key.setParent(None)
            key.deleteLater()
        self._keys = shortcuts.bind(self, self.actions_offered())

    def actions_offered(self) -> tuple[Action, ...]:
        """What can be done from here: the frame's own actions and the page's."""
        pages = tuple(
            Action(
                f"go-{page.id}", tr("Go to {page}", page=tr(page.title)), (), lambda to=page.id: self.go(to)
            )
            for page in self._pages.values()
        )
        return (
            *self.page.actions_offered(),
            Action("log", tr("Log a conversation"), ("N",), self.log_conversation),
            Action("palette", tr("Find an action or a check"), ("Ctrl+K",), self.open_palette, listed=False),
            Action("scan", tr("Scan now"), ("F5",), self._scan),
            Action("everything", tr("Scan everything again from nothing"), (), self._scan_everything),
            Action("pause", tr("Pause or go on watching"), (), self._toggle_pause),
            Action("open", tr("Open a folder…"), ("Ctrl+O",), self._choose_folder),
            Action("engines", tr("See the engines"), (), self.status_bar.open_engines),
            Action("users", tr("Change the number of users"), ("U",), self.top_bar.users.open),
            Action("settings", tr("Settings"), ("Ctrl+,",), lambda: self.go("settings"), listed=False),
            Action("keys", tr("Show the keys"), ("?",), self._show_keys),
            Action("back", tr("Back or close"), ("Escape",), self._escape, listed=False),
            *pages,
        )

    def open_palette(self) -> None:
        from lastmile_desktop.ui.palette import Palette, choices

        found = choices(self.actions_offered(), self._context.state.checklist, self.open_row)
        Palette(self._context.theme, found, self).show()

    def open_row(self, row_id: str) -> None:
        from lastmile_desktop.ui.today.page import TodayPage

        self.go("today")
        if isinstance(self.page, TodayPage):
            self.page.open_row(row_id)

    def log_conversation(self) -> None:
        """From wherever one is."""
        from lastmile_desktop.ui.today.page import TodayPage

        person = self.page.talk_partner()
        self.go("today")
        if isinstance(self.page, TodayPage):
            self.page.log_conversation(person)

    def place(self, kept: str) -> None:
        """Where the window was last time; only the first call counts."""
        if self._placed or not kept:
            return
        self._placed = True
        try:
            self.restoreGeometry(QByteArray(base64.b64decode(kept, validate=True)))
        except (binascii.Error, ValueError):
            return

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def closeEvent(self, event: QCloseEvent) -> None:
        for view in self._built.values():
            view.keep()
        kept = base64.b64encode(self.saveGeometry().data()).decode()
        self._context.submit(SetSetting("window_place", kept))
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Transcripts go into the log, whatever else is taken for a folder to open."""
        if talks := talks_in(event.mimeData()):
            for path in talks:
                self._context.submit(ImportTalk(path))
        else:
            self._context.submit(OpenProject(local_files(event.mimeData())[0]))
        event.acceptProposedAction()

    def _lay_out(self) -> None:
        column = QWidget()
        inner = QVBoxLayout(column)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(self.top_bar)
        inner.addWidget(Shrinkable(self.notices))
        inner.addWidget(self._stack, 1)
        self._over.addWidget(column)
        frame = QWidget()
        frame.setObjectName("frame")
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self._over, 1)
        right.addWidget(self.status_bar)
        layout = QHBoxLayout(frame)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._rail)
        layout.addLayout(right, 1)
        self.setCentralWidget(frame)

    def _connect(self) -> None:
        state, navigator, submit = self._context.state, self._context.navigator, self._context.submit
        self._rail.chosen.connect(self.go)
        self.top_bar.page_wanted.connect(self.go)
        self.top_bar.pause_wanted.connect(self._pause)
        self.top_bar.scan_wanted.connect(self._scan)
        self.top_bar.palette_wanted.connect(self.open_palette)
        self.top_bar.open_wanted.connect(self._choose_folder)
        self.top_bar.users.moved.connect(state.set_users)
        self.top_bar.users.settled.connect(self._users_settled)
        self.status_bar.scan_wanted.connect(self._scan)
        self.status_bar.cancel_wanted.connect(lambda: submit(CancelScan()))
        navigator.page_wanted.connect(self.go)
        navigator.row_wanted.connect(self.open_row)
        navigator.covered.connect(self._cover)
        navigator.uncovered.connect(lambda: self._over.setCurrentIndex(0))
        navigator.noticed.connect(self.notices.show_notice)
        navigator.said.connect(self.status_bar.say)
        navigator.engines_wanted.connect(self.status_bar.open_engines)
        state.failed.connect(self._failed)
        state.told.connect(self._told)
        state.checklist_changed.connect(self._count)
        state.project_changed.connect(self._entitle)
        self._context.theme.changed.connect(self._arrange)

    def _arrange(self) -> None:
        """Narrow or wide; larger text needs more room side by side."""
        limit = NARROW_BELOW * (1 + (self._context.theme.scale - 1) * 0.6)
        narrow = self.width() < limit
        if narrow != self._narrow:
            self._narrow = narrow
            self._rail.setVisible(not narrow)
            self.top_bar.set_narrow(narrow)
            self.status_bar.set_narrow(narrow)
            for view in self._built.values():
                view.set_narrow(narrow)

    def _cover(self, view: QWidget) -> None:
        if self._over.indexOf(view) < 0:
            self._over.addWidget(view)
        self._over.setCurrentWidget(view)

    def _escape(self) -> None:
        if not self.page.escape():
            self.notices.dismiss_newest()

    def _scan(self) -> None:
        self._context.submit(ScanNow())

    def _scan_everything(self) -> None:
        self._context.submit(ScanNow(everything=True))

    def _pause(self, pause: bool) -> None:
        self._context.submit(Pause() if pause else Resume())

    def _users_settled(self, users: int) -> None:
        self._context.submit(Answer("profile.users", str(users)))

    def _toggle_pause(self) -> None:
        self.top_bar.toggle_pause()

    def _choose_folder(self) -> None:
        from lastmile_desktop.ui.today.page import TodayPage

        today = self.built("today")
        if isinstance(today, TodayPage):
            today.choose_folder()

    def _show_keys(self) -> None:
        shortcuts.ShortcutsDialog(self._context.theme, self.actions_offered(), self).show()

    def _failed(self, event: Failed) -> None:
        report = tr(" The report is {file}.", file=event.report) if event.report else ""
        self.notices.show_notice(Notice(event.title, f"{event.happened} {event.remedy}{report}"))

    def _told(self, text: str) -> None:
        self.notices.show_notice(Notice(tr("Done"), text, "news", key="told"))

    def _count(self) -> None:
        found = self._context.state.checklist
        self._rail.set_badge("today", found.count(Band.STOP) if found else 0)

    def _entitle(self) -> None:
        project = self._context.state.project
        self.setWindowTitle(f"{project.name} – {tr('Last Mile')}" if project else tr("Last Mile"))
