"""Everyone can use it: names for screen readers, keys for everything, contrast, nothing cut off."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QRect, Qt, QTranslator
from PySide6.QtGui import QAccessible, QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QDateEdit,
    QLabel,
    QLineEdit,
    QWidget,
)

from lastmile_desktop.core import commands, events
from lastmile_desktop.ui.controls import ElidedLabel
from lastmile_desktop.ui.journal.page import FEATURES, SCOREBOARD, JournalPage
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.navigator import Notice
from lastmile_desktop.ui.policy.page import BOOK, RULES, PolicyPage
from lastmile_desktop.ui.theme import Tokens
from tests.ui import sample, sample_journal
from tests.ui.conftest import Opener, Screen
from tests.ui.test_features import UNITS, choose
from tests.ui.test_policy import BOOK_TEXT


def _walkthrough(screen: Screen) -> None:
    screen.window.open_row("secrets.privileged-key-in-client")
    screen.press("fix")


def _writing(screen: Screen) -> None:
    screen.today.log_conversation()
    screen.press("conversation_more")
    screen.press("follow_ups")


def _failing(screen: Screen) -> None:
    told = events.StopperAppeared("A master key is in what you send to the browser", "x")
    screen.tell(events.Failed("The list was not stored", "The disk is full.", "Make room."), told)
    text = tr("14 days: 31 h of building, 1 conversation. Three names would do for a start.")
    never = tr("Never for this project")
    screen.desk.navigator.notice(
        Notice("One thing", text, "news", tr("Open the list"), print, "n", never, print)
    )


def _journal(screen: Screen) -> None:
    _keep(screen, sample_journal.KEPT)
    screen.window.go("journal")
    screen.press("journal_new")
    incident = screen.window.page.findChild(QAbstractButton, "journal_incident")
    assert isinstance(incident, QAbstractButton)
    incident.click()


def _scoreboard(screen: Screen) -> None:
    _keep(screen, sample_journal.KEPT)
    screen.window.go("journal")
    page = screen.window.page
    assert isinstance(page, JournalPage)
    page.show_tab(SCOREBOARD)


def _features(screen: Screen) -> None:
    screen.tell(events.FeaturesBuilt(UNITS))
    screen.window.go("journal")
    page = screen.window.page
    assert isinstance(page, JournalPage)
    page.show_tab(FEATURES)
    choose(screen, "kanban")


def _policy(screen: Screen, tab: str = RULES) -> None:
    file = screen.session.root / ".lastmile" / "policy.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(BOOK_TEXT)
    screen.window.go("policy")
    screen.settle()
    page = screen.window.page
    assert isinstance(page, PolicyPage)
    page.show_tab(tab)
    if tab == RULES:
        owner = page.findChild(QLineEdit, "policy_owner")
        assert isinstance(owner, QLineEdit)
        owner.setText("Ida")


def _keep(screen: Screen, told: Sequence[commands.Command]) -> None:
    """What the founder had written before."""
    for command in told:
        screen.session.submit(command)
    screen.settle()


VIEWS: dict[str, Callable[[Screen], None]] = {
    "today": lambda screen: None,
    "detail": lambda screen: screen.window.open_row("access.object-ownership"),
    "needs you": lambda screen: screen.window.open_row("data.backup-unproven"),
    "unknown": lambda screen: screen.window.open_row("data.migration-locks"),
    "passed": lambda screen: screen.window.open_row("access.rls-disabled"),
    "walkthrough": _walkthrough,
    "writing": _writing,
    "notices": _failing,
    "settings": lambda screen: screen.window.go("settings"),
    "projects": lambda screen: screen.window.go("portfolio"),
    "journal": _journal,
    "scoreboard": _scoreboard,
    "features": _features,
    "policy": _policy,
    "policy as text": lambda screen: _policy(screen, BOOK),
}


def controls(window: QWidget) -> list[QWidget]:
    """Everything on screen that the keys or a click can use."""
    kinds = (QAbstractButton, QComboBox, QLineEdit, QDateEdit, QAbstractScrollArea)
    found = [item for item in window.findChildren(QWidget) if isinstance(item, kinds) and item.isVisible()]
    inner = (QComboBox, QDateEdit)
    return [
        item
        for item in found
        if item.focusPolicy() is not Qt.FocusPolicy.NoFocus
        and item.isEnabled()
        and not isinstance(item.parent(), inner)
        and not item.objectName().startswith("qt_")
    ]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("width", [380, 1240])
def test_every_control_has_a_name(open_screen: Opener, view: str, width: int) -> None:
    screen = open_screen(width, 760)
    VIEWS[view](screen)
    screen.settle()
    found = controls(screen.window)
    assert len(found) >= 4
    for control in found:
        interface = QAccessible.queryAccessibleInterface(control)
        name = interface.text(QAccessible.Text.Name) if interface else ""
        assert name.strip(), f"{control.objectName() or control} has no name"


@pytest.mark.parametrize("view", [name for name in VIEWS if name != "notices"])
def test_tab_reaches_every_control(open_screen: Opener, view: str) -> None:
    screen = open_screen()
    VIEWS[view](screen)
    screen.settle()
    wanted = {
        control for control in controls(screen.window) if control.focusPolicy() & Qt.FocusPolicy.TabFocus
    }
    reached: set[QWidget] = set()
    for _ in range(4 * len(wanted) + 20):
        QTest.keyClick(QApplication.focusWidget() or screen.window, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        if focus is not None:
            reached.add(focus)
    missing = {control.objectName() for control in wanted - reached if not _exclusive(control)}
    assert not missing


def _exclusive(control: QWidget) -> bool:
    """Of buttons that exclude each other Tab reaches the chosen one, arrows the others."""
    return isinstance(control, QAbstractButton) and control.autoExclusive() and not control.isChecked()


def test_where_the_keys_are_can_be_seen(open_screen: Opener) -> None:
    """Each control looks different with the focus on it."""
    screen = open_screen()
    screen.window.open_row("access.object-ownership")
    screen.settle()
    for control in controls(screen.window):
        if not control.focusPolicy() & Qt.FocusPolicy.TabFocus or control.objectName() == "detail":
            continue
        screen.window.setFocus()
        QApplication.processEvents()
        control.clearFocus()
        without = control.grab().toImage()
        control.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        assert control.grab().toImage() != without, control.objectName()


def _luminance(colour: str) -> float:
    rgb = QColor(colour)
    parts = [rgb.redF(), rgb.greenF(), rgb.blueF()]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(scheme: str) -> None:
    colours = getattr(Tokens.read(), scheme)
    for text in ("text", "secondary", "stop", "soon", "pass", "needs_you", "accent"):
        for ground in ("window", "panel", "raised"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for text in ("accent", "stop", "soon", "pass", "needs_you"):
        assert contrast(colours[text], colours[f"{text}_wash"]) >= 4.5, text
    for ground in ("window", "panel", "raised"):
        assert contrast(colours["faint"], colours[ground]) >= 3, ground
    button_text = colours["panel" if scheme == "light" else "window"]
    assert contrast(button_text, colours["accent"]) >= 4.5


class Lengthened(QTranslator):
    """Makes every text about a third longer, as German would."""

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        return re.sub(
            r"\b(?<!\{)(\w{4,})\b(?!\})", lambda match: match[1] + match[1][: len(match[1]) * 2 // 5], source
        )


@pytest.fixture
def long_words(qapp: QApplication) -> Iterator[None]:
    translator = Lengthened()
    QCoreApplication.installTranslator(translator)
    yield
    QCoreApplication.removeTranslator(translator)


def cut_off(window: QWidget) -> list[str]:
    """Buttons and labels on screen whose text does not fit, or that stick out of the window."""
    found: list[str] = []
    frame = QRect(QPoint(0, 0), window.size())
    for item in window.findChildren(QWidget):
        if not item.isVisible() or not isinstance(item, QLabel | QAbstractButton) or not item.text():
            continue
        if isinstance(item, ElidedLabel):
            continue
        place = QRect(item.mapTo(window, QPoint(0, 0)), item.size())
        if place.left() < 0 or place.right() > frame.right():
            found.append(f"outside: {item.objectName()} {item.text()}")
        elif item.minimumSizeHint().width() > item.width() + 1:
            found.append(f"too narrow: {item.objectName()} {item.text()}")
        elif item.hasHeightForWidth() and item.heightForWidth(item.width()) > item.height() + 1:
            found.append(f"too low: {item.objectName()} {item.text()}")
    return found


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("width", "scale"), [(360, "100"), (380, "200"), (1240, "100"), (1280, "200")])
def test_nothing_is_cut_off(open_screen: Opener, view: str, width: int, scale: str) -> None:
    screen = open_screen(width, 800, stored={"font_scale": scale})
    VIEWS[view](screen)
    screen.settle()
    assert screen.window.width() == width
    assert cut_off(screen.window) == []


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("width", [360, 1240])
def test_long_words_fit(long_words: None, open_screen: Opener, view: str, width: int) -> None:
    screen = open_screen(width, 800)
    VIEWS[view](screen)
    screen.settle()
    assert screen.window.width() == width
    assert cut_off(screen.window) == []


def test_every_mark_has_its_own_shape() -> None:
    from lastmile_desktop.core.ranking import Band
    from lastmile_desktop.ui.marks import MARK

    told_apart = (Band.STOP, Band.BEFORE_YOU_DOUBLE, Band.SOON, Band.NEEDS_YOU, Band.NOT_CHECKED, Band.PASSED)
    assert len({MARK[band] for band in told_apart}) == len(told_apart)
    assert set(MARK) == set(Band)


def test_colours_follow_the_theme(open_screen: Opener) -> None:
    screen = open_screen(stored={"theme": "dark"})
    assert screen.desk.theme.colour("panel") == QColor("#1D1D20")
    assert screen.window.palette().window().color() == QColor("#151517")
    assert sample.NOW.tzinfo is not None
