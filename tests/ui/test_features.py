"""What was built beside what was said: links and reasons are kept at once."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from lastmile_desktop.core import commands, events
from lastmile_desktop.core.features import FeatureUnit
from lastmile_desktop.core.notebook import Citation, FeatureReason, FeatureState
from lastmile_desktop.ui.journal.features import FeaturesView
from lastmile_desktop.ui.journal.page import FEATURES, JournalPage
from lastmile_desktop.ui.text_button import TextButton
from tests.ui import sample
from tests.ui.conftest import Opener, Screen

TODAY = sample.NOW.date()
UNITS = (
    FeatureUnit("page:src/pages/Board.tsx", "kanban board", TODAY, ("src/pages/Board.tsx",)),
    FeatureUnit("day:2026-11-16", "photo upload and 3 more", TODAY - timedelta(days=4)),
    FeatureUnit("day:2026-11-10", "row policies", date(2026, 11, 10), (), "access.rls-disabled"),
)


def opened(open_screen: Opener, **more: object) -> Screen:
    screen = open_screen(**more)
    screen.tell(events.FeaturesBuilt(UNITS))
    screen.window.go("journal")
    page = screen.window.page
    assert isinstance(page, JournalPage)
    page.show_tab(FEATURES)
    screen.settle()
    return screen


def view(screen: Screen) -> FeaturesView:
    found = screen.window.page.findChild(FeaturesView)
    assert isinstance(found, FeaturesView)
    return found


def lines(screen: Screen) -> list[str]:
    buttons = [item for item in view(screen).findChildren(TextButton, "journal_entry") if not item.isHidden()]
    return [item.accessibleName() for item in sorted(buttons, key=lambda item: item.y())]


def choose(screen: Screen, name: str) -> None:
    buttons = view(screen).findChildren(TextButton, "journal_entry")
    next(item for item in buttons if item.accessibleName().startswith(name)).click()
    screen.settle()


def boxes(screen: Screen) -> list[QCheckBox]:
    return [item for item in view(screen).findChildren(QCheckBox, "feature_quote") if item.isVisible()]


def test_each_piece_says_who_asked_for_it(open_screen: Opener) -> None:
    screen = opened(open_screen)
    assert lines(screen) == [
        "kanban board. 20 November, linked to nobody",
        "photo upload and 3 more. 16 November, linked to nobody",
        "row policies. 10 November, closes a gap of the list",
    ]
    summary = view(screen).findChild(QLabel, "features_summary")
    assert isinstance(summary, QLabel)
    assert summary.text() == "1 of 3 things built in 30 days were asked for."


def test_a_quote_is_linked_and_taken_away_again(qtbot: QtBot, open_screen: Opener) -> None:
    screen = opened(open_screen)
    choose(screen, "photo upload")
    assert boxes(screen)[0].accessibleName().startswith("Dana Ortiz: “I pay a lady two hundred")
    boxes(screen)[0].click()
    qtbot.waitUntil(lambda: len(screen.state.notebook.features) == 1)
    (feature,) = screen.state.notebook.features
    quote = sample.CONVERSATIONS[0].quotes[0].text
    assert (feature.unit, feature.state) == ("day:2026-11-16", FeatureState.SHIPPED)
    assert feature.citations == (Citation(3, quote),)
    qtbot.waitUntil(lambda: any("linked to 1 quote" in line for line in lines(screen)))
    boxes(screen)[0].click()
    qtbot.waitUntil(lambda: screen.state.notebook.features[0].citations == ())


def test_what_nobody_asked_for_gets_a_reason(qtbot: QtBot, open_screen: Opener) -> None:
    screen = opened(open_screen)
    choose(screen, "kanban")
    reason = view(screen).findChild(QComboBox, "feature_reason")
    why = view(screen).findChild(QLineEdit, "feature_why")
    assert isinstance(reason, QComboBox) and isinstance(why, QLineEdit)
    reason.setCurrentIndex(reason.findData(FeatureReason.MY_CALL))
    reason.activated.emit(reason.currentIndex())
    qtbot.waitUntil(lambda: any("my call" in line for line in lines(screen)))
    why.setText("I would use it myself")
    why.editingFinished.emit()
    qtbot.waitUntil(
        lambda: [item.why for item in screen.state.notebook.features] == ["I would use it myself"]
    )
    assert len(screen.state.notebook.features) == 1


def test_narrow_goes_from_the_list_to_the_links_and_back(open_screen: Opener) -> None:
    screen = opened(open_screen, width=380)
    choose(screen, "kanban")
    assert boxes(screen)
    screen.press("features_back")
    assert not boxes(screen)


def test_another_project_has_built_something_else(open_screen: Opener) -> None:
    screen = opened(open_screen)
    screen.tell(events.FeaturesBuilt(()))
    assert lines(screen) == []
    assert screen.session.last(commands.KeepRecord) is None
