from __future__ import annotations

from lastmile_desktop.scan.collector import Collector, Patience

PATIENCE = Patience(quiet_s=0.05, burst_quiet_s=0.4, longest_s=15.0, lone=3)


def test_nothing_is_due_before_anything_happened() -> None:
    assert Collector(PATIENCE).due_in(100.0) is None


def test_a_lone_save_is_let_through_after_a_short_quiet() -> None:
    collector = Collector(PATIENCE)
    for moment in (10.0, 10.01, 10.02):
        collector.add("a.ts", moment)
    assert collector.due_in(10.04) is not None
    assert round(collector.due_in(10.04) or 0, 3) == 0.03
    assert collector.due_in(10.08) == 0.0
    assert collector.take().paths == {"a.ts"}
    assert collector.due_in(10.09) is None


def test_a_burst_is_held_until_it_is_quiet() -> None:
    collector = Collector(PATIENCE)
    for number in range(100):
        collector.add(f"{number}.ts", 10.0 + number / 100)
    assert (collector.due_in(11.1) or 0) > 0.2
    assert collector.due_in(11.4) == 0.0
    assert len(collector.take().paths) == 100


def test_an_endless_burst_is_scanned_at_the_latest_after_the_longest_wait() -> None:
    collector = Collector(PATIENCE)
    moment = 10.0
    while moment < 24.9:
        collector.add(f"{moment}.ts", moment)
        assert collector.due_in(moment) != 0.0
        moment += 0.2
    assert collector.due_in(25.0) == 0.0


def test_while_git_holds_its_lock_the_burst_goes_on() -> None:
    collector = Collector(PATIENCE)
    collector.add("a.ts", 10.0)
    assert (collector.due_in(12.0, busy=True) or 0) > 0
    assert collector.due_in(12.0, busy=False) == 0.0


def test_lost_events_make_the_batch_cover_everything() -> None:
    collector = Collector(PATIENCE)
    collector.lose(10.0)
    assert collector.take().lost
