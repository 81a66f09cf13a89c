"""The list changes in place: rows keep their identity and the selection stays where it is."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QItemSelectionModel, QPersistentModelIndex, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from lastmile_desktop.core.checklist import checklist, situation_of
from lastmile_desktop.core.ranking import Band
from lastmile_desktop.ui.checklist.entries import (
    BandEntry,
    EmptyEntry,
    Entry,
    MoreEntry,
    RowEntry,
    Shape,
    entries,
)
from lastmile_desktop.ui.checklist.model import ChecklistModel
from lastmile_desktop.ui.steady_model import ENTRY, ENTRY_ID
from tests.ui import sample


def lines(users: int = 40, shape: Shape | None = None) -> tuple[Entry, ...]:
    scan = sample.scan()
    found = checklist(scan, sample.CHECKS, situation_of(scan, users))
    return entries(found, sample.CHECKS, shape or Shape())


def ids(model: ChecklistModel) -> list[str]:
    return [model.data(model.index(place), ENTRY_ID) for place in range(model.rowCount())]


def test_the_model_keeps_qts_rules(qtmodeltester: ModelTester) -> None:
    model = ChecklistModel()
    model.apply(lines())
    qtmodeltester.check(model)
    model.apply(lines(20_000))
    model.apply(lines(1, Shape(closed=frozenset())))
    qtmodeltester.check(model)


def test_re_ordering_moves_rows_and_keeps_the_selection(qtbot: QtBot) -> None:
    model = ChecklistModel()
    selection = QItemSelectionModel(model)
    model.apply(lines(1))
    chosen = model.index_of("ops.no-error-tracking")
    selection.setCurrentIndex(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
    resets: list[None] = []
    moves: list[object] = []
    model.modelReset.connect(lambda: resets.append(None))
    model.rowsMoved.connect(lambda *where: moves.append(where))
    model.apply(lines(20_000))
    assert moves and not resets
    assert model.data(selection.currentIndex(), ENTRY_ID) == "ops.no-error-tracking"
    entry = model.data(selection.currentIndex(), ENTRY)
    assert isinstance(entry, RowEntry) and entry.row.band is Band.BEFORE_YOU_DOUBLE


def test_an_unchanged_list_says_nothing(qtbot: QtBot) -> None:
    model = ChecklistModel()
    model.apply(lines())
    told: list[str] = []
    for name in ("rowsInserted", "rowsRemoved", "rowsMoved", "dataChanged", "modelReset", "layoutChanged"):
        getattr(model, name).connect(lambda *_, what=name: told.append(what))
    model.apply(lines())
    assert told == []


entry_lists = st.lists(
    st.integers(0, 14).flatmap(
        lambda number: st.integers(0, 2).map(
            lambda version: EmptyEntry(f"e{number}", str(version), "", good=True)
        )
    ),
    unique_by=lambda entry: entry.id,
    max_size=15,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(entry_lists, min_size=1, max_size=6))
def test_any_list_becomes_any_other(steps: list[list[EmptyEntry]]) -> None:
    model = ChecklistModel()
    kept: dict[str, QPersistentModelIndex] = {}
    for wanted in steps:
        model.apply(tuple(wanted))
        assert [model.data(model.index(place), ENTRY) for place in range(model.rowCount())] == wanted
        for entry_id, index in kept.items():
            assert not index.isValid() or model.data(index, ENTRY_ID) == entry_id
        kept = {entry.id: QPersistentModelIndex(model.index(place)) for place, entry in enumerate(wanted)}


def test_what_a_screen_reader_says() -> None:
    model = ChecklistModel()
    model.apply(lines())
    index = model.index_of("secrets.privileged-key-in-client")
    spoken = model.data(index, Qt.ItemDataRole.AccessibleTextRole)
    assert (
        spoken == "stopper: A master key is in what you send to the browser, new, src/lib/supabase.ts line 7"
    )
    assert (
        model.data(model.index_of("band:passed"), Qt.ItemDataRole.AccessibleTextRole)
        == "Passed, 6, collapsed"
    )


def test_passed_and_not_applicable_are_closed_at_first() -> None:
    found = lines()
    closed = {entry.band for entry in found if isinstance(entry, BandEntry) and not entry.open}
    assert closed == {Band.PASSED, Band.NOT_APPLICABLE}
    shown = {entry.row.band for entry in found if isinstance(entry, RowEntry)}
    assert not shown & closed


def test_seven_are_shown_before_you_double_and_the_rest_is_one_click_away() -> None:
    scan = sample.scan(
        tuple(
            sample.gap(
                check, sample.finding(check, "x", sample.span("a.ts", 1), severity=sample.Severity.HIGH)
            )
            for check in list(sample.CHECKS)[:11]
        )
    )
    found = checklist(scan, sample.CHECKS, situation_of(scan, 100_000))
    short = entries(found, sample.CHECKS, Shape())
    more = next(entry for entry in short if isinstance(entry, MoreEntry))
    assert (more.shown, more.hidden) == (7, found.count(Band.BEFORE_YOU_DOUBLE) - 7)
    assert more.title == f"7 shown, {more.hidden} more"
    whole = entries(found, sample.CHECKS, Shape(expanded=frozenset({Band.BEFORE_YOU_DOUBLE})))
    assert sum(isinstance(entry, RowEntry) for entry in whole) == found.count(
        Band.BEFORE_YOU_DOUBLE
    ) + found.count(Band.SOON, Band.LATER, Band.STOP)


def test_the_filter_looks_into_closed_bands_and_says_when_nothing_matches() -> None:
    assert [
        entry.id for entry in lines(shape=Shape(filter="package-lock")) if isinstance(entry, RowEntry)
    ] == ["deps.lockfile-stale"]
    assert [entry.id for entry in lines(shape=Shape(filter="zebra"))] == ["empty:filter"]


def test_no_stoppers_is_said_only_as_far_as_engines_ran() -> None:
    scan = sample.scan(tuple(item for item in sample.VERDICTS if item.state.value == "passed"))
    found = checklist(scan, sample.CHECKS, situation_of(scan, 40))
    calm = entries(found, sample.CHECKS, Shape(freshness="Last checked 0.2 s ago by 7 engines"))[0]
    assert isinstance(calm, EmptyEntry) and calm.good and calm.title == "No stoppers"
    wary = entries(found, sample.CHECKS, Shape(all_engines_ran=False))[0]
    assert isinstance(wary, EmptyEntry) and not wary.good
    streaming = entries(found, sample.CHECKS, Shape(streaming=True))
    assert not any(isinstance(entry, EmptyEntry) for entry in streaming)
