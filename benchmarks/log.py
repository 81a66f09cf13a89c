"""What a large log costs: `make bench ONLY=log`. 10,000 talks, 2 million words, 3,000 people."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.invented_log import PEOPLE, TALKS, invented, two_hours
from benchmarks.measure import Measure, at_most, median, percentile
from benchmarks.project import make
from benchmarks.window import probe
from lastmile_desktop.core import commands, events
from lastmile_desktop.core.conversation import Conversation, Ladder, QuoteSignal
from lastmile_desktop.core.scan import Project
from lastmile_desktop.core.search import TalkQuery
from lastmile_desktop.customers import imports
from lastmile_desktop.customers.desk import Desk
from lastmile_desktop.home import Home
from lastmile_desktop.store import projects, talk_search
from lastmile_desktop.store.database import Database

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROUNDS = 15
STARTS = 5
_FILES = 60

QUERIES: dict[str, tuple[TalkQuery, ...]] = {
    "a common word": (TalkQuery("the"), TalkQuery("and"), TalkQuery("people")),
    "a word of the trade": (TalkQuery("invoice"), TalkQuery("roof"), TalkQuery("quickbooks")),
    "a rare word": (TalkQuery("bacefo"), TalkQuery("zubrata"), TalkQuery("nothinglikeit")),
    "the beginning of a word": (TalkQuery("t"), TalkQuery("th"), TalkQuery("inv"), TalkQuery("ba")),
    "several words": (TalkQuery("the invoice late"), TalkQuery("the and to of"), TalkQuery("job photo los")),
    "a phrase": (TalkQuery('"the and"'), TalkQuery('"invoice the"'), TalkQuery('"late lost paper"')),
    "filters": (
        TalkQuery("the", tag="pilot"),
        TalkQuery("the", segment="roofing"),
        TalkQuery("the", signal=QuoteSignal.PAIN),
        TalkQuery("the", least=Ladder.MONEY),
        TalkQuery("the", since=date(2025, 6, 1), until=date(2026, 1, 1)),
        TalkQuery("the", person_id=1),
    ),
    "filters without a text": (
        TalkQuery(),
        TalkQuery(tag="pilot"),
        TalkQuery(segment="roofing", least=Ladder.TIME),
    ),
}


def log(work: Path) -> list[Measure]:
    root = work / "log-project"
    make(root, files=_FILES)
    empty, full = work / "log-empty", work / "log-full"
    probe("opened", root, empty)
    shutil.copytree(empty, full)
    db = Database(Home.of(full).database)
    project = projects.register(db, root.resolve(), NOW.isoformat())
    before = _size(db)
    whole = invented()
    brought_in = _ms(lambda: imports.merge(db, project, whole)) / 1_000
    measures = [
        at_most("that whole log imported", brought_in, 60, "s"),
        _sized(_size(db) - before),
        *_search(db, project),
        *_write(db, project, work),
    ]
    db.close()
    return [*measures, *_start(root, empty, full), *_type(root, empty, full)]


def _search(db: Database, project: Project) -> list[Measure]:
    measures: list[Measure] = []
    everything: list[float] = []
    for kind, queries in QUERIES.items():
        before = time.thread_time()
        took = [_ms(lambda query=query: talk_search.find(db, project, query)) for query in queries * ROUNDS]
        work = (time.thread_time() - before) * 1_000 / len(took)
        everything += took
        note = f"p50 {median(took):.1f}, of a core {work:.1f}"
        measures.append(
            at_most(f"search in {TALKS:,} talks: {kind}, p95", percentile(took, 0.95), 50, "ms", note)
        )
    note = f"p50 {median(everything):.1f}"
    return [*measures, at_most("search: all of these, p95", percentile(everything, 0.95), 50, "ms", note)]


def _write(db: Database, project: Project, work: Path) -> list[Measure]:
    """From the command to what the window is told, on the worker's side."""
    heard: list[events.Event] = []
    desk = Desk(db, project, heard.append, lambda: NOW)
    talks = [
        commands.LogConversation(
            Conversation(f"Person {number}", "I lose the job if I'm not first. " * 10, NOW)
        )
        for number in range(ROUNDS)
    ]
    logged = [_ms(lambda talk=talk: desk.record(talk)) for talk in talks]
    assert sum(isinstance(event, events.ConversationsChanged) for event in heard) == ROUNDS
    file = work / "two-hours.vtt"
    file.write_bytes(two_hours())
    imported = _ms(lambda: desk.record(commands.ImportTalk(file)))
    (came,) = (event for event in heard if isinstance(event, events.TalkImported))
    words = len(came.talk.transcript.text.split()) if came.talk.transcript else 0
    return [
        at_most(
            "a talk logged → told to the window, p95",
            percentile(logged, 0.95),
            250,
            "ms",
            f"p50 {median(logged):.0f}",
        ),
        at_most("a transcript of two hours imported", imported / 1_000, 1, "s", f"{words:,} words"),
    ]


def _sized(grown: int) -> Measure:
    return at_most("database of that log", grown / 1e6, 120, "MB", f"{PEOPLE:,} people, 2 million words")


def _start(root: Path, empty: Path, full: Path) -> list[Measure]:
    """The list of the last scan, with and without the log."""
    runs: dict[Path, list[dict[str, float]]] = {empty: [], full: []}
    for _ in range(STARTS):
        for data, found in runs.items():
            found.append(probe("start", root, data))
    shown = {
        data: {key: median(run.get(key, 99) for run in found) for key in ("window", "list")}
        for data, found in runs.items()
    }
    return [
        at_most(
            f"start with that log, {what}, of the start without",
            shown[full][key] / shown[empty][key],
            1.25,
            "×",
            f"{shown[empty][key]:.2f} → {shown[full][key]:.2f} s",
        )
        for key, what in (("window", "window"), ("list", "list"))
    ]


def _type(root: Path, empty: Path, full: Path) -> list[Measure]:
    without, with_log = probe("typing", root, empty), probe("typing", root, full)
    keys = with_log["keys_ms"]
    note = f"p50 {median(keys):.1f}, worst {max(keys):.1f}; without a log {percentile(without['keys_ms'], 0.95):.1f}"
    more = with_log["resident_mb"] - without["resident_mb"]
    return [
        at_most("a key in the log field → painted, p95", percentile(keys, 0.95), 33, "ms", note),
        at_most(
            "memory of the window, that log's part", more, 80, "MB", f"{with_log['resident_mb']:.0f} in all"
        ),
    ]


def _size(db: Database) -> int:
    db.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    return db.path.stat().st_size


def _ms(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1_000
