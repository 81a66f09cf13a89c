"""Kill -9 while a journal entry is typed: a real window, a real session, at most a second lost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lastmile_desktop.store import settings
from lastmile_desktop.store.database import Database
from lastmile_desktop.ui.journal.keeper import FORM, draft_in

TYPIST = """
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
desk.window.go("journal")
page = desk.window.page
typed = 0

def type_on():
    global typed
    if desk.state.project is None:
        return
    if typed == 0:
        page.journal.start_new()
    field = page.findChild(window_app.QObject, "journal_symptom")
    QTest.keyClicks(field, "abcdefghi "[typed % 10])
    typed += 1
    print(typed, flush=True)

timer = QTimer()
timer.timeout.connect(type_on)
timer.start(25)
app.exec()
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_a_kill_while_an_entry_is_typed_loses_a_second_at_most(tmp_path: Path) -> None:
    project = tmp_path / "acme"
    project.mkdir()
    (project / "app.py").write_text("print('x')\n")
    command = [sys.executable, "-c", TYPIST, str(tmp_path / "home"), str(project)]
    typed_at: list[float] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as typist:
        assert typist.stdout is not None
        while len(typed_at) < 120:
            assert typist.stdout.readline()
            typed_at.append(time.monotonic())
        typist.kill()
        killed_at = time.monotonic()
    db = Database(next((tmp_path / "home").rglob("*.sqlite3")))
    draft = draft_in(settings.read(db)[FORM])
    db.close()
    assert draft is not None
    kept = len(draft.texts["symptom"])
    lost_s = killed_at - typed_at[kept] if kept < len(typed_at) else 0.0
    print(f"kept {kept} of {len(typed_at)} keys, lost {lost_s:.2f} s of typing")
    assert lost_s <= 1.0
