"""A window that is killed while somebody types into it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lastmile_desktop.store import settings
from lastmile_desktop.store.database import Database

_KEYS = 120
_TYPIST = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from lastmile_desktop.home import Home
from lastmile_desktop.session import Session
from lastmile_desktop.ui import app as window_app
from lastmile_desktop.ui.app import Desk, Start

app = window_app.application()
desk = Desk(app, Session(Home.of(Path(sys.argv[1]))), Start(project=Path(sys.argv[2]), nudges=False))
desk.show()
typed = 0

{find_field}

def type_on():
    global typed
    if desk.state.project is None:
        return
    QTest.keyClicks(field(), "abcdefghi "[typed % 10])
    typed += 1
    print(typed, flush=True)

timer = QTimer()
timer.timeout.connect(type_on)
timer.start(25)
app.exec()
"""


@dataclass(frozen=True, slots=True)
class Typed:
    """When each key was typed, and when that ended; `settings` are what is stored afterwards."""

    at: tuple[float, ...]
    killed_at: float
    settings: Mapping[str, str]

    def lost_s(self, kept: int) -> float:
        """Seconds of typing that are lost when so many keys are kept."""
        return self.killed_at - self.at[kept] if kept < len(self.at) else 0.0


def typed_and_killed(folder: Path, find_field: str) -> Typed:
    """Type 120 keys in a real window over a real session, then end it as `kill -9` does. `find_field` is the code of
    a function `field()` that gives the widget to type into, told `desk` and how much is `typed`."""
    project = folder / "acme"
    project.mkdir()
    (project / "app.py").write_text("print('x')\n")
    typist = _TYPIST.replace("{find_field}", find_field)
    command = [sys.executable, "-c", typist, str(folder / "home"), str(project)]
    typed_at: list[float] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        while len(typed_at) < _KEYS:
            assert process.stdout.readline()
            typed_at.append(time.monotonic())
        process.kill()
        killed_at = time.monotonic()
    db = Database(next((folder / "home").rglob("*.sqlite3")))
    stored = settings.read(db)
    db.close()
    return Typed(tuple(typed_at), killed_at, stored)
