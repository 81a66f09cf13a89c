"""From the worker's thread to the main one."""

from __future__ import annotations

import threading

from pytestqt.qtbot import QtBot

from lastmile_desktop.core.events import Event, Failed, ScanEnded, ScanProgress, ScanStarted, ScanUpdated
from lastmile_desktop.ui.bridge import BATCHES_A_SECOND, Allowance, Bridge, coalesced
from tests.ui import sample
from tests.ui.fake_session import FakeSession


def test_at_most_ten_batches_in_any_second() -> None:
    now = [0.0]
    allowance = Allowance(lambda: now[0])
    sent: list[float] = []
    while now[0] < 5:
        if allowance.wait() == 0:
            allowance.spend()
            sent.append(now[0])
        now[0] += 0.003
    for start in sent:
        assert sum(start <= moment < start + 1 for moment in sent) <= BATCHES_A_SECOND
    assert len(sent) > 5 * (BATCHES_A_SECOND - 4)


def test_a_lone_save_does_not_wait() -> None:
    now = [0.0]
    allowance = Allowance(lambda: now[0])
    for _ in range(3):
        assert allowance.wait() == 0
        allowance.spend()
    assert allowance.wait() > 0
    now[0] += 1
    assert allowance.wait() == 0


def test_only_whole_states_replace_each_other() -> None:
    first, last = ScanProgress("a", 1, 9), ScanProgress("b", 2, 9)
    failed = (Failed("a", "", ""), Failed("b", "", ""))
    events: list[Event] = [ScanStarted(True, 0), first, failed[0], last, failed[1], ScanEnded()]
    assert coalesced(events) == [ScanStarted(True, 0), failed[0], last, failed[1], ScanEnded()]


def test_a_flood_from_another_thread_is_thinned_and_its_last_state_arrives(qtbot: QtBot) -> None:
    session = FakeSession()
    bridge = Bridge(session)
    batches: list[list[Event]] = []
    threads: set[int] = set()

    def hear(events: list[Event]) -> None:
        threads.add(threading.get_ident())
        batches.append(events)

    bridge.arrived.connect(hear)
    scans = [sample.scan(files=number) for number in range(2_000)]

    def flood() -> None:
        for scan in scans:
            session.publish(ScanUpdated(scan))

    worker = threading.Thread(target=flood)
    worker.start()
    worker.join()
    qtbot.waitUntil(lambda: bool(batches) and batches[-1][-1] == ScanUpdated(scans[-1]), timeout=3_000)
    assert len(batches) <= BATCHES_A_SECOND
    assert all(len(batch) == 1 for batch in batches)
    assert threads == {threading.get_ident()}
    bridge.close()


def test_nothing_arrives_after_the_end(qtbot: QtBot) -> None:
    session = FakeSession()
    bridge = Bridge(session)
    batches: list[list[Event]] = []
    bridge.arrived.connect(batches.append)
    session.publish(ScanEnded())
    bridge.close()
    session.publish(ScanEnded())
    qtbot.wait(50)
    assert batches == []
