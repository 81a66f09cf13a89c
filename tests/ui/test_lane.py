"""The lane from form to file and back, its versions, and the vertical's words."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.lane import Payment
from lastmile_desktop.core.verdict import State, Verdict
from lastmile_desktop.project.lane import parse
from lastmile_desktop.session import load_catalogue
from lastmile_desktop.ui.people.lane_fit import CHECK, CHOICES, LaneFit
from lastmile_desktop.ui.people.lane_tab import LaneTab
from lastmile_desktop.ui.people.lane_text import LISTS, TEXTS, lane_text, texts_of
from lastmile_desktop.ui.span_text import SpanText
from tests.ui import sample, sample_month
from tests.ui.conftest import Opener, Screen
from tests.ui.test_guide import lines
from tests.ui.test_people import page

WRITTEN = """# ours since March
version = 3
for_who = "roofers"  # owners
says_no_to = ["insurance"]
pays_today = { tool = "QuickBooks", amount = 35, per = "month" }
"""
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30)


def lane(screen: Screen) -> LaneTab:
    tab = page(screen).show_tab("lane")
    assert isinstance(tab, LaneTab)
    screen.settle()
    return tab


def written(screen: Screen) -> Path:
    return screen.session.root / ".lastmile" / "lane.toml"


@given(st.fixed_dictionaries(dict.fromkeys(TEXTS, words)), st.lists(words, max_size=3))
def test_what_the_form_says_is_what_the_file_says(texts: dict[str, str], entries: list[str]) -> None:
    told = {
        **texts,
        **{name: "\n".join(entries) for name in LISTS},
        "price_amount": "49,5",
        "price_per": "month",
    }
    found = parse(lane_text(None, told))
    assert not found.problem_with_file
    assert {name: getattr(found, name) for name in TEXTS} == {
        name: text.strip() for name, text in texts.items()
    }
    kept = tuple(entry.strip() for entry in entries if entry.strip())
    assert all(getattr(found, name) == kept for name in LISTS)
    assert found.price == Payment("", 49.5, "month")
    assert parse(lane_text(None, texts_of(found))) == found


def test_what_else_stands_in_the_file_stays() -> None:
    told = {**texts_of(parse(WRITTEN)), "industry": "roofing", "company_size": "10 to 1"}
    after = lane_text(WRITTEN, told)
    assert after.startswith(WRITTEN)
    assert tomllib.loads(after)["company_size"] == [1, 10]


@pytest.mark.parametrize("text", ["", "a = [", "x" * 100_000])
def test_a_file_that_cannot_be_read_is_written_anew(text: str) -> None:
    assert tomllib.loads(lane_text(text, {"for_who": "roofers"})) == {"for_who": "roofers"}


def test_the_form_writes_the_file_and_older_versions_come_back(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    written(screen).parent.mkdir()
    written(screen).write_text(WRITTEN)
    tab = lane(screen)
    assert tab.lane.form.value("for_who") == "roofers"
    field = tab.lane.form.field("industry")
    field.setFocus()
    qtbot.keyClicks(field, "roofing")
    assert 'industry = "roofing"' in tab.lane.preview.toPlainText()
    assert written(screen).read_text() == WRITTEN
    screen.press("lane_apply")
    screen.settle()
    assert parse(written(screen).read_text()).industry == "roofing"
    assert [version.text == WRITTEN for version in screen.state.notebook.lanes] == [True, False]
    restore = [button for button in tab.findChildren(QPushButton, "lane_restore") if button.isEnabled()]
    assert len(restore) == 1
    restore[0].click()
    screen.settle()
    assert written(screen).read_text() == WRITTEN and tab.lane.form.value("industry") == ""


def judged(*rules: str) -> Verdict:
    """What the check of the lane says when these rules have found something."""
    place = sample.span("supabase/migrations/0001_init.sql", 3)
    found = tuple(
        sample.finding(CHECK, f"What {rule} found.", place, Severity.MEDIUM, engine=rule) for rule in rules
    )
    return Verdict(CHECK, ".", State.GAP if found else State.NEEDS_ATTESTATION, "", found)


def test_the_five_choices_stand_beside_what_the_code_does(open_screen: Opener) -> None:
    screen = open_screen(scan=sample.scan((*sample.VERDICTS, judged("solo-overbuilt", "words"))))
    written(screen).parent.mkdir()
    written(screen).write_text('for_who = "roofers"\nmust_integrate = ["QuickBooks"]\n')
    tab = lane(screen)
    (fitting,) = tab.findChildren(LaneFit)
    assert fitting.isVisibleTo(tab)
    assert [line.text() for line in fitting.findChildren(SpanText)] == [
        "Data model  What solo-overbuilt found.",
        "Integrations  Nothing in the code speaks against it.",
        "First steps  Say within how many minutes it must be of use.",
        "Pricing  Say what it costs.",
        "Words on the buttons  What words found.",
    ]


@pytest.mark.parametrize("text", [None, "for_who = ["])
def test_without_a_lane_nothing_is_said_of_the_code(open_screen: Opener, text: str | None) -> None:
    screen = open_screen(scan=sample.scan((*sample.VERDICTS, judged())))
    if text is not None:
        written(screen).parent.mkdir()
        written(screen).write_text(text)
    tab = lane(screen)
    (fitting,) = tab.findChildren(LaneFit)
    assert not fitting.isVisibleTo(tab)


def test_every_rule_of_the_check_belongs_to_a_choice() -> None:
    check = load_catalogue().checks[CHECK]
    chosen = {rule for choice in CHOICES for rule in choice.rules}
    assert chosen == {rule.id.rpartition("/")[2] for rule in check.rules} - {"first-value"}


def test_what_is_being_written_is_not_lost_when_the_file_changes(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    tab = lane(screen)
    tab.lane.form.put({"for_who": "roofers in Ohio"})
    tab.lane.form.changed.emit()
    written(screen).parent.mkdir()
    written(screen).write_text('industry = "roofing"\n')
    tab.shown()
    screen.settle()
    assert tab.lane.form.value("for_who") == "roofers in Ohio"
    screen.press("lane_back")
    assert (tab.lane.form.value("for_who"), tab.lane.form.value("industry")) == ("", "roofing")


def test_words_are_kept_with_what_our_buttons_say(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen(asked_before=sample_month.MONTH)
    tab = lane(screen)
    ours = lines(tab, "term_ours")[1]
    ours.setFocus()
    qtbot.keyClicks(ours, "Area")
    qtbot.keyClick(ours, Qt.Key.Key_Return)
    (new,) = lines(tab, "term_new")
    new.setFocus()
    qtbot.keyClicks(new, "flashing")
    qtbot.keyClick(new, Qt.Key.Key_Return)
    screen.settle()
    assert [(term.theirs, term.ours) for term in screen.state.notebook.terms] == [
        ("job site", "Project"),
        ("squares", "Area"),
        ("flashing", ""),
    ]
