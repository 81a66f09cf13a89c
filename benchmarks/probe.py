"""Runs the real window and measures it from inside: `python -m benchmarks.probe MODE PROJECT DATA_DIR`.

Prints one JSON object. Modes: `start` (window and last list), `live` (saves, then idle), `late` (lateness during a
full scan), `burst` (a branch switch of 10,000 files), `opened` (a first scan), `typing` (keys in the log's field).
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QAbstractScrollArea, QWidget

from benchmarks.toggles import present
from lastmile_desktop.core import commands, events
from lastmile_desktop.home import Home
from lastmile_desktop.session import Session
from lastmile_desktop.ui.app import Desk, Start, application
from lastmile_desktop.ui.steady_model import ENTRY

ROUNDS = int(os.environ.get("ROUNDS", "12"))
SETTLE_S = 1.2
IDLE_S = float(os.environ.get("IDLE_S", "60"))
LONGEST_S = 120.0


class Probe(QObject):
    """The window, and the means to wait for it."""

    def __init__(self, project: Path, data: Path) -> None:
        super().__init__()
        self.app = application()
        self.session = Session(Home.of(data))
        self.heard: list[events.Event] = []
        self.session.subscribe(self.heard.append)
        self.desk = Desk(self.app, self.session, Start(project, None, data))
        view = self.desk.window.findChild(QAbstractItemView, "checklist")
        assert view is not None
        self.model = view.model()
        self.changed_at, self._row_id, self._row = 0.0, "", None
        for signal in (
            self.model.dataChanged,
            self.model.rowsInserted,
            self.model.rowsRemoved,
            self.model.rowsMoved,
        ):
            signal.connect(self._note)

    def watch(self, row_id: str) -> None:
        """From now on, note when this row is another one than it is now."""
        self.changed_at, self._row_id, self._row = 0.0, row_id, self._entry(row_id)

    def _note(self, *_: Any) -> None:
        if self._row_id and not self.changed_at and self._entry(self._row_id) != self._row:
            self.changed_at = time.perf_counter()

    def _entry(self, row_id: str) -> object:
        rows = (self.model.index(row, 0).data(ENTRY) for row in range(self.model.rowCount()))
        return next(
            (entry for entry in rows if getattr(entry, "row", None) and entry.row.check_id == row_id), None
        )

    def wait(self, holds: Callable[[], bool], longest_s: float = LONGEST_S) -> bool:
        """Run the event loop until `holds`; False when it took too long."""
        deadline = time.perf_counter() + longest_s
        loop = QEventLoop()
        while not holds():
            if time.perf_counter() > deadline:
                return False
            QTimer.singleShot(2, loop.quit)
            loop.exec()
        return True

    def rest(self, seconds: float) -> None:
        loop = QEventLoop()
        QTimer.singleShot(int(seconds * 1_000), loop.quit)
        loop.exec()

    def ended(self) -> int:
        return sum(isinstance(event, events.ScanEnded) for event in self.heard)

    def close(self) -> None:
        self.desk.window.close()
        self.desk.close()
        gc.disable()


def start(project: Path, data: Path) -> dict[str, Any]:
    """Seconds from the start of the process until the window is on screen and until the last list is in it."""
    # Told by whoever started this process: the system's own record of it is only as exact as the time of its boot,
    # which is kept in whole seconds.
    began = float(os.environ["STARTED_AT"])
    probe = Probe(project, data)
    shown: dict[str, float] = {}

    def look() -> bool:
        window = probe.desk.window.windowHandle()
        if "window" not in shown and window and window.isExposed():
            shown["window"] = time.time() - began
        if "list" not in shown and probe.model.rowCount() > 5:
            shown["list"] = time.time() - began
        return len(shown) == 2

    probe.desk.show()
    probe.wait(look, 20)
    probe.close()
    return shown


def late(project: Path, data: Path) -> dict[str, Any]:
    """How late a timer of the window's thread is while everything is looked at again."""
    probe = Probe(project, data)
    probe.desk.show()
    probe.wait(lambda: probe.ended() > 0)
    probe.rest(2)
    lateness = _Lateness()
    probe.session.submit(commands.ScanNow(everything=True))
    probe.wait(lambda: probe.ended() > 1)
    worst = lateness.stop()
    probe.close()
    return {"lateness_ms": worst}


def live(project: Path, data: Path) -> dict[str, Any]:
    probe = Probe(project, data)
    probe.desk.show()
    probe.wait(lambda: probe.ended() > 0)
    probe.rest(3)
    times, missed = _saves(probe, project)
    probe.rest(5)
    idle = _idle(probe)
    probe.close()
    return {"saves_ms": times, "missed": missed, **idle}


def opened(project: Path, data: Path) -> dict[str, Any]:
    """Open the project and wait for its first list, so that later starts have one."""
    probe = Probe(project, data)
    probe.desk.show()
    whole = probe.wait(lambda: probe.ended() > 0)
    probe.close()
    return {"whole": whole}


def typing(project: Path, data: Path) -> dict[str, Any]:
    """Milliseconds from a key pressed in the log's field until it is painted."""
    probe = Probe(project, data)
    probe.desk.show()
    probe.wait(lambda: probe.ended() > 0)
    probe.rest(2)
    field = probe.desk.window.findChild(QAbstractScrollArea, "conversation_text")
    assert field is not None
    field.setFocus()
    paints = _Paints(field.viewport())
    keys: list[float] = []
    for letter in "I lose the job if I am not first, and it is all in my phone. ":
        paints.seen = 0.0
        pressed = time.perf_counter()
        QTest.keyClicks(field, letter)
        if probe.wait(lambda: paints.seen > 0, 5):
            keys.append(round((paints.seen - pressed) * 1_000, 2))
        probe.rest(0.04)
    resident = psutil.Process().memory_info().rss / 1e6
    probe.close()
    return {"keys_ms": keys, "resident_mb": resident}


class _Paints(QObject):
    """When a widget was painted last."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self.seen = 0.0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint:
            QTimer.singleShot(0, self._note)
        return False

    def _note(self) -> None:
        self.seen = time.perf_counter()


class _Lateness:
    """How late a 10 ms timer of the main thread is at worst, in ms."""

    def __init__(self) -> None:
        self._worst = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(self._timer.timerType().PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(10)

    def _tick(self) -> None:
        now = time.perf_counter()
        self._worst = max(self._worst, (now - self._last) * 1_000 - 10)
        self._last = now

    def stop(self) -> float:
        self._timer.stop()
        return round(self._worst, 1)


def _saves(probe: Probe, project: Path) -> tuple[dict[str, list[float]], list[str]]:
    """Milliseconds from a save to its changed row, by check; a row that did not change is missed."""
    times: dict[str, list[float]] = {}
    missed: list[str] = []
    for _ in range(ROUNDS):
        for toggle in present(project):
            file = project / toggle.file
            original = file.read_text()
            for text in (original + toggle.text, original):
                probe.watch(toggle.check)
                saved = _save_in_thread(file, text)
                if not probe.wait(partial(_is_after, probe, saved), 10):
                    missed.append(f"{toggle.check}: {file.name}")
                    continue
                times.setdefault(toggle.check, []).append(round((probe.changed_at - saved[0]) * 1_000, 1))
                probe.rest(SETTLE_S)
    return times, missed


def _is_after(probe: Probe, saved: list[float]) -> bool:
    return probe.changed_at > saved[0] > 0


def _save_in_thread(file: Path, text: str) -> list[float]:
    """Write as an editor does, beside the event loop; the list holds the moment before the write."""
    saved = [0.0]

    def save() -> None:
        time.sleep(0.02)
        saved[0] = time.perf_counter()
        file.write_text(text)

    threading.Thread(target=save).start()
    return saved


def _idle(probe: Probe) -> dict[str, Any]:
    """Share of a core over a minute in which nothing happens, and resident memory, children included."""

    def used() -> float:
        return sum(
            sum(process.cpu_times()[:2])
            for process in (psutil.Process(), *psutil.Process().children(recursive=True))
        )

    before = used()
    probe.rest(IDLE_S)
    share = (used() - before) / IDLE_S * 100
    family = (psutil.Process(), *psutil.Process().children(recursive=True))
    resident = {process.name(): round(process.memory_info().rss / 1e6) for process in family}
    return {
        "idle_percent": round(share, 3),
        "resident_mb": sum(resident.values()),
        "processes": str(resident),
    }


def burst(project: Path, data: Path) -> dict[str, Any]:
    """Switch to a branch with 10,000 more files and say how often it was scanned and told."""
    import subprocess

    probe = Probe(project, data)
    probe.desk.show()
    probe.wait(lambda: probe.ended() > 0)
    probe.rest(3)
    before = len(probe.heard)
    scans_before = probe.ended()
    subprocess.run(["git", "switch", "-q", "burst"], cwd=project, check=True)
    probe.wait(lambda: probe.ended() > scans_before)
    probe.rest(8)
    heard = probe.heard[before:]
    scans = [event for event in heard if isinstance(event, events.ScanStarted)]
    told = [event for event in heard if isinstance(event, events.StopperAppeared)]
    final = next(event.scan for event in reversed(probe.heard) if isinstance(event, events.ScanUpdated))
    probe.close()
    return {
        "scans": len(scans),
        "notifications": len(told),
        "files": final.files,
        "verdicts": {verdict.row_id: str(verdict.state) for verdict in final.verdicts},
        "findings": sorted(item.fingerprint for verdict in final.verdicts for item in verdict.findings),
    }


MODES = {"start": start, "live": live, "late": late, "burst": burst, "opened": opened, "typing": typing}

if __name__ == "__main__":
    answer = MODES[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
    print(json.dumps(answer))
