"""A window on a session that answers from sample data, off screen unless a display is named."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from lastmile_desktop.core.scan import Scan
from lastmile_desktop.ui import app as window_app
from lastmile_desktop.ui.app import Desk, Start
from lastmile_desktop.ui.today.page import TodayPage
from tests.ui import sample
from tests.ui.fake_session import FakeSession

_OF_THE_PLATFORM = ("This plugin does not support", "Unable to determine", "xkbcommon", "portal")


class Screen:
    """The window under test with what its session was asked."""

    def __init__(self, desk: Desk, session: FakeSession) -> None:
        self.desk, self.session = desk, session
        self.window, self.state = desk.window, desk.state

    @property
    def today(self) -> TodayPage:
        page = self.window.built("today")
        assert isinstance(page, TodayPage)
        return page

    def press(self, name: str) -> None:
        """Click the button of this name that is on screen."""
        named = self.window.findChildren(QAbstractButton, name)
        button = next((item for item in named if item.isVisible()), None)
        assert button is not None, f"no button {name} on screen"
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def tell(self, *events: object) -> None:
        """Events from the session, delivered now."""
        self.session.publish(*events)  # pyright: ignore[reportArgumentType]
        self.settle()

    def settle(self) -> None:
        self.desk.bridge.flush()
        for _ in range(3):
            QApplication.processEvents()


Opener = Callable[..., Screen]


@pytest.fixture
def warnings_of_qt() -> Iterator[list[str]]:
    """Every warning Qt gives; the test fails when there is one."""
    found: list[str] = []

    def hear(kind: QtMsgType, context: object, message: str | None) -> None:
        text = message or ""
        if kind is not QtMsgType.QtDebugMsg and not any(part in text for part in _OF_THE_PLATFORM):
            found.append(text)

    before = qInstallMessageHandler(hear)
    yield found
    qInstallMessageHandler(before)
    assert not found


@pytest.fixture
def open_screen(qapp: QApplication, warnings_of_qt: list[str]) -> Iterator[Opener]:
    """Opens a window; afterwards nothing of it may be left running."""
    made: list[Screen] = []
    threads = set(threading.enumerate())

    def opened(
        width: int = 1240,
        height: int = 800,
        scan: Scan | None = None,
        *,
        with_project: bool = True,
        nudges: bool = False,
        **session: object,
    ) -> Screen:
        fake = FakeSession(scan or (sample.scan() if with_project else None), **session)  # pyright: ignore[reportArgumentType]
        start = Start(sample=Path("/sample"), data=Path("/data"), now=lambda: sample.NOW, nudges=nudges)
        desk = Desk(window_app.application(), fake, start)
        desk.window.resize(width, height)
        desk.show()
        screen = Screen(desk, fake)
        made.append(screen)
        if with_project:
            fake.open()
        desk.window.activateWindow()
        screen.settle()
        return screen

    yield opened
    for screen in made:
        _end(screen)
    assert set(threading.enumerate()) == threads


def _end(screen: Screen) -> None:
    window, theme = screen.window, screen.desk.theme
    window.close()
    screen.desk.close()
    timers = [*window.findChildren(QTimer), *screen.desk.bridge.findChildren(QTimer)]
    window.deleteLater()
    theme.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    assert not [timer for timer in timers if _alive(timer)]


def _alive(timer: QTimer) -> bool:
    try:
        return timer.isActive()
    except RuntimeError:
        return False
