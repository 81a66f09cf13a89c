"""The Projects page: what was built, who has seen it, what was sold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel
from pytestqt.qtbot import QtBot

from lastmile_desktop.core import commands, events
from lastmile_desktop.core.notebook import StageChoice
from lastmile_desktop.ui.portfolio.card import CardView
from tests.ui import sample_projects
from tests.ui.conftest import Opener, Screen


def projects(screen: Screen) -> list[CardView]:
    """The cards on screen from top to bottom."""
    found = [card for card in screen.window.findChildren(CardView) if card.isVisible()]
    return sorted(found, key=lambda card: card.y())


def title(card: CardView) -> str:
    found = card.findChild(QLabel, "project_title")
    assert isinstance(found, QLabel)
    return found.text()


def shown(screen: Screen, name: str) -> str:
    found = screen.window.findChild(QLabel, name)
    assert isinstance(found, QLabel) and found.isVisible()
    return found.text()


def test_the_page_says_what_was_sold_and_shows_the_pile(open_screen: Opener) -> None:
    screen = open_screen()
    screen.window.go("portfolio")
    screen.settle()
    assert shown(screen, "portfolio_top") == "Built: 5 · In front of someone who could pay: 2 · Sold: 1"
    assert shown(screen, "portfolio_sold") == "What have you actually sold? $49, with acme-crm."
    assert shown(screen, "pile_unsold") == "The unsold pile: 2, 91 h of building"
    assert [title(card) for card in projects(screen)] == [
        "acme-crm",
        "recipe-box",
        "quote-in-the-driveway-for-roofers",
        "standup-bot",
        "mood-journal",
        "chess-clock",
    ]


def test_a_projects_fate_is_decided_in_place_and_taken_back(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    screen.window.go("portfolio")
    screen.settle()
    card = projects(screen)[1]
    choice = card.findChild(QComboBox, "project_decision")
    assert isinstance(choice, QComboBox)
    choice.setFocus()
    qtbot.keyClick(choice, Qt.Key.Key_Down)
    choice.activated.emit(choice.currentIndex())
    assert screen.session.last(commands.DecideStage) == commands.DecideStage(2, StageChoice.SELL_NOW)
    screen.settle()
    screen.press("notice_action")
    assert screen.session.last(commands.DecideStage) == commands.DecideStage(2, None)


def test_a_project_is_opened_from_its_card_but_not_when_its_folder_is_gone(open_screen: Opener) -> None:
    screen = open_screen()
    screen.window.go("portfolio")
    screen.settle()
    opens = {
        title(card): button.isVisible()
        for card in projects(screen)
        for button in card.findChildren(type(card._open), "project_open")
    }
    assert opens == {
        "acme-crm": False,
        "recipe-box": True,
        "quote-in-the-driveway-for-roofers": True,
        "standup-bot": True,
        "mood-journal": False,
        "chess-clock": True,
    }
    screen.press("project_open")
    assert screen.session.last(commands.OpenProject) == commands.OpenProject(Path("/projects/recipe-box"))
    assert screen.window.page is screen.today


def test_the_page_asks_on_until_git_was_asked_about_all(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    screen.window.go("portfolio")
    screen.settle()
    asked = len(screen.session.asked)
    screen.tell(events.PortfolioChanged(sample_projects.CARDS[:2], waiting=4))
    assert commands.AskPortfolio() in screen.session.asked[asked:]
    qtbot.waitUntil(lambda: len(projects(screen)) == len(sample_projects.CARDS))


def test_what_is_no_longer_registered_goes(open_screen: Opener) -> None:
    screen = open_screen()
    screen.window.go("portfolio")
    screen.settle()
    left = replace(sample_projects.CARDS[1], people=7)
    screen.tell(events.PortfolioChanged((left,)))
    (card,) = projects(screen)
    assert title(card) == "recipe-box"
    assert any(label.text() == "7 people" for label in card.findChildren(QLabel))
