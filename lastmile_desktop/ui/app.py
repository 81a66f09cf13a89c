"""Where the window is put together and run."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from lastmile_desktop.core.commands import OpenProject, SetSetting
from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.events import Failed, StopperAppeared
from lastmile_desktop.ui import assets, pages
from lastmile_desktop.ui.bridge import Bridge, SessionPort
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.garbage import Garbage
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.main_window import MainWindow
from lastmile_desktop.ui.navigator import Navigator, Notice
from lastmile_desktop.ui.nudger import Nudger
from lastmile_desktop.ui.state import WindowState
from lastmile_desktop.ui.theme import Mode, Theme

APP_ID = "lastmile"
# How long the worker may keep the interpreter while the window waits for it. Python's own 5 ms add up: painting one
# list asks for the interpreter a dozen times.
_TURN_S = 0.001
EXIT_FAILED = 3


def local_now() -> datetime:
    return datetime.now().astimezone()


@dataclass(frozen=True, slots=True)
class Start:
    """What the window starts with; tests and pictures bring their own clock, and want no nudge between."""

    project: Path | None = None
    sample: Path | None = None
    data: Path | None = None
    now: Callable[[], datetime] = local_now
    nudges: bool = True


class Desk(QObject):
    """The window and what keeps it going, for as long as the program runs."""

    def __init__(self, app: QApplication, session: SessionPort, start: Start) -> None:
        super().__init__()
        self._session, self._start = session, start
        self._garbage = Garbage(self)
        self._opened = start.project is not None
        self.bridge = Bridge(session)
        self.theme = Theme(app)
        self.state = WindowState(session.catalogue.checks, start.now)
        self.bridge.arrived.connect(self.state.apply)
        self.state.settings_changed.connect(self._settle)
        self.state.stopper.connect(self._tell)
        self.navigator = Navigator()
        context = Context(session, self.state, self.theme, self.navigator, start.sample, start.data)
        self.nudger = Nudger(context, app) if start.nudges else None
        session.start()
        self.window = MainWindow(context, pages.discover())
        self.state.project_changed.connect(self._remember_project)
        self._settle()

    def show(self) -> None:
        """Show the window, with what the session has already said; the project is opened once it is on screen, so
        that the first scan does not hold it up."""
        self.bridge.flush()
        self.window.show()
        self.window.page.take_focus()
        QTimer.singleShot(0, self._open)

    def _open(self) -> None:
        if self._start.project is not None:
            self._session.submit(OpenProject(self._start.project))

    def close(self) -> None:
        """The window is gone: the worker ends first, then nothing more arrives."""
        self._session.close()
        self.bridge.close()
        if self.nudger is not None:
            self.nudger.close()
        self._garbage.close()

    def _settle(self) -> None:
        """Settings as they are now, whoever changed them."""
        settings = self.state.settings
        if not settings:
            return
        self.theme.set(Mode(settings.get("theme", Mode.SYSTEM)), int(settings.get("font_scale", "100")) / 100)
        window = self.window if hasattr(self, "window") else None
        if window is None:
            return
        window.place(settings.get("window_place", ""))
        self._stay_on_top(window, settings.get("on_top") == "yes")
        if not self._opened:
            self._opened = True
            self._reopen(settings.get("last_project", ""))

    def _stay_on_top(self, window: MainWindow, on_top: bool) -> None:
        flag = Qt.WindowType.WindowStaysOnTopHint
        if bool(window.windowFlags() & flag) != on_top:
            shown = window.isVisible()
            window.setWindowFlag(flag, on_top)
            if shown:
                window.show()

    def _reopen(self, root: str) -> None:
        if root:
            self._session.submit(OpenProject(Path(root)))

    def _remember_project(self) -> None:
        project = self.state.project
        if project is not None and self.state.settings.get("last_project") != project.root:
            self._session.submit(SetSetting("last_project", project.root))

    def _tell(self, event: StopperAppeared) -> None:
        if self.state.settings.get("notify", "yes") != "yes":
            return
        QApplication.alert(self.window)

        def show() -> None:
            self.window.open_row(event.row_id)

        self.navigator.notice(Notice(tr("New stopper"), event.text, "news", tr("Show"), show, key="stopper"))


def application() -> QApplication:
    """The one QApplication, set up the same way for the window, tests and pictures."""
    sys.setswitchinterval(_TURN_S)
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        QApplication.setDesktopFileName(APP_ID)
        app = QApplication(sys.argv[:1])
    app.setApplicationName(APP_ID)
    app.setApplicationDisplayName("Last Mile")
    app.setStyle("Fusion")
    app.setEffectEnabled(Qt.UIEffect.UI_AnimateCombo, False)
    app.setEffectEnabled(Qt.UIEffect.UI_AnimateMenu, False)
    app.setWindowIcon(assets.app_icon())
    return app


def run(project: Path | None = None, data_dir: Path | None = None, sample: bool = False) -> int:
    """Open the window on a project, on the bundled sample, on the last one, or on the first run."""
    from lastmile_desktop.home import Home
    from lastmile_desktop.session import Session

    home = Home.of(data_dir)
    try:
        session = Session(home)
    except LastMileError as problem:
        print(f"{problem.title}\n{problem.happened}\n{problem.remedy}", file=sys.stderr)  # noqa: T201
        return EXIT_FAILED
    app = application()
    desk = Desk(app, session, Start(home.sample if sample else project, home.sample, home.data))
    _catch_bugs(desk)
    desk.show()
    code = app.exec()
    desk.close()
    # Qt takes its objects down now. A collection in the middle of that would destroy others and wait for itself.
    gc.disable()
    return code


def _catch_bugs(desk: Desk) -> None:
    """A bug in the window becomes a notice; the window goes on."""
    usual = sys.excepthook

    def caught(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
        usual(kind, problem, trace)
        if issubclass(kind, Exception):
            desk.state.failed.emit(
                Failed(
                    tr("Something in the window broke"),
                    tr("{kind}: what you just did may not have happened.", kind=kind.__name__),
                    tr("Try it again. Your list and your notes are safe."),
                )
            )

    sys.excepthook = caught
