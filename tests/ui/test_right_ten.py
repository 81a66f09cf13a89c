"""The right ten: their order, their messages, lists pasted and dropped."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from lastmile_desktop.core.people import Person, PersonStatus
from lastmile_desktop.ui.people.people_tab import PeopleTab
from lastmile_desktop.ui.people.ranking import moved, ten_lines, without
from lastmile_desktop.ui.people.right_ten import RightTenTab
from lastmile_desktop.ui.people.ten_list import TenModel
from tests.ui import sample_month
from tests.ui.conftest import Opener, Screen
from tests.ui.test_imports import drop
from tests.ui.test_people import named, page

TEN = tuple(Person(f"P{n}", id=n, rank=n) for n in range(1, 11))


def ten(screen: Screen) -> RightTenTab:
    tab = page(screen).show_tab("ten")
    assert isinstance(tab, RightTenTab)
    screen.settle()
    return tab


def order(screen: Screen) -> list[str]:
    screen.settle()
    return [person.name for person in screen.state.notebook.right_ten]


@given(st.integers(1, 10), st.integers(-3, 14))
def test_after_a_move_the_ranks_run_from_one_to_ten(person_id: int, place: int) -> None:
    changed = {person.id: person for person in moved(TEN, person_id, place)}
    ranks = {person.id: changed.get(person.id, person).rank for person in TEN}
    assert sorted(rank for rank in ranks.values() if rank) == list(range(1, 11))
    assert ranks[person_id] == min(max(place, 0), 9) + 1


def test_whoever_leaves_makes_room() -> None:
    assert [(person.id, person.rank) for person in without(TEN[:3], 2)] == [(2, None), (3, 2)]


def test_the_model_keeps_qts_rules(qtmodeltester: ModelTester) -> None:
    model = TenModel()
    model.apply(ten_lines(TEN, sample_month.TODAY))
    qtmodeltester.check(model)


def test_keys_and_dragging_change_the_order(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen(asked_before=sample_month.MONTH)
    tab = ten(screen)
    assert order(screen) == ["Rosa Keller", "Tom Adeyemi", "Ines Fuchs", "Walt Brandt"]
    tab.list.setFocus()
    tab.list.select(f"ten:{named(screen, 'Ines Fuchs').id}")
    qtbot.keyClick(tab.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert order(screen) == ["Rosa Keller", "Ines Fuchs", "Tom Adeyemi", "Walt Brandt"]
    model = tab.list.model()
    data = model.mimeData([model.index(0, 0)])
    assert not model.dropMimeData(data, Qt.DropAction.MoveAction, 3, 0, model.index(-1, -1))
    assert order(screen) == ["Ines Fuchs", "Tom Adeyemi", "Rosa Keller", "Walt Brandt"]
    qtbot.keyClick(tab.list, Qt.Key.Key_Delete)
    assert order(screen) == ["Tom Adeyemi", "Rosa Keller", "Walt Brandt"]


def test_a_message_is_drafted_copied_and_marked_as_sent(open_screen: Opener) -> None:
    screen = open_screen(asked_before=sample_month.MONTH)
    tab = ten(screen)
    tab.list.select(f"ten:{named(screen, 'Walt Brandt').id}")
    screen.press("ten_draft")
    screen.press("ten_copy")
    assert QGuiApplication.clipboard().text().startswith("Hi Walt, I am looking into this:")
    screen.press("ten_sent")
    screen.settle()
    walt = named(screen, "Walt Brandt")
    assert (walt.status, walt.contacted_on) == (PersonStatus.CONTACTED, sample_month.TODAY)
    assert walt.next_on is not None and walt.reach_out.startswith("Hi Walt")
    screen.press("ten_person")
    shown = page(screen).tab
    assert isinstance(shown, PeopleTab) and shown.details.person_id == walt.id


def test_names_are_added_pasted_and_dropped_until_there_are_ten(
    qtbot: QtBot, open_screen: Opener, tmp_path: Path
) -> None:
    screen = open_screen(asked_before=sample_month.MONTH)
    tab = ten(screen)
    qtbot.keyClicks(tab.name, "Lee Park")
    qtbot.keyClick(tab.name, Qt.Key.Key_Return)
    assert order(screen)[-1] == "Lee Park"
    QGuiApplication.clipboard().setText("Ada Bern\nCem Oz\n")
    screen.press("ten_paste")
    screen.settle()
    assert order(screen)[5:] == ["Ada Bern", "Cem Oz"]
    cards = tmp_path / "list.csv"
    cards.write_text("name,company\n" + "".join(f"Person {n},Roofs {n}\n" for n in range(6)))
    drop(tab, cards)
    screen.settle()
    assert len(order(screen)) == 10 and not tab.name.isEnabled()
    assert len([p for p in screen.state.notebook.people if p.name.startswith("Person ")]) == 6


def test_looking_at_the_ten_changes_nothing(open_screen: Opener) -> None:
    screen = open_screen(asked_before=sample_month.MONTH)
    tab = ten(screen)
    before = screen.state.notebook.people
    for row in range(tab.list.model().rowCount()):
        tab.list.setCurrentIndex(tab.list.model().index(row, 0))
    screen.settle()
    assert screen.state.notebook.people == before
