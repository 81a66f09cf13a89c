"""What the window knows."""

from __future__ import annotations

from dataclasses import replace

from lastmile_desktop.core import events
from lastmile_desktop.ui.state import WindowState
from tests.ui import sample


def opened(users: int = 40, **answers: str) -> events.ProjectOpened:
    return events.ProjectOpened(sample.PROJECT, None, users, answers)


def state() -> WindowState:
    made = WindowState(sample.CHECKS, lambda: sample.NOW)
    made.apply(
        [opened(), events.ConversationsChanged(sample.CONVERSATIONS), events.ScanUpdated(sample.scan())]
    )
    return made


def test_one_batch_ranks_the_list_once() -> None:
    made = state()
    ranked: list[None] = []
    made.checklist_changed.connect(lambda: ranked.append(None))
    made.apply([events.ScanStarted(False, 1), events.ScanUpdated(sample.scan()), events.ScanEnded()])
    assert len(ranked) == 1


def test_new_answers_of_the_open_project_keep_its_list_and_its_log() -> None:
    made = state()
    made.apply([opened(40, **{"profile.stage": "paying"})])
    assert made.scan is not None and made.conversations and made.answers == {"profile.stage": "paying"}


def test_an_older_number_of_users_does_not_move_the_list_back() -> None:
    made = state()
    made.set_users(500)
    made.apply([opened(40)])
    assert made.users == 500
    made.apply([opened(500)])
    made.apply([opened(90)])
    assert made.users == 90


def test_another_project_starts_empty() -> None:
    made = state()
    made.apply([replace(opened(), project=replace(sample.PROJECT, id=2, name="other"))])
    assert made.scan is None and made.checklist is None and made.conversations == ()


def test_a_scan_is_the_first_one_until_it_is_whole() -> None:
    made = WindowState(sample.CHECKS, lambda: sample.NOW)
    made.apply([opened(), events.ScanStarted(True, 0)])
    assert made.is_first_scan and made.scanned_at is None
    made.apply([events.ScanUpdated(sample.scan(partial=True))])
    assert made.is_first_scan and made.scanned_at is None
    made.apply([events.ScanUpdated(sample.scan()), events.ScanEnded()])
    assert not made.is_first_scan and made.scanned_at is not None
