"""The unfinished note is written while the worker is busy."""

from __future__ import annotations

import threading
from pathlib import Path

from lastmile_desktop.core.commands import KeepDraft, SetSetting
from lastmile_desktop.core.events import DraftKept, Event, SettingsChanged
from lastmile_desktop.home import Home
from lastmile_desktop.session import Session
from lastmile_desktop.store import settings
from lastmile_desktop.store.database import Database


def test_a_draft_does_not_wait_for_the_worker(tmp_path: Path) -> None:
    home = Home.of(tmp_path)
    session = Session(home, watch=False)
    busy, go_on, kept = threading.Event(), threading.Event(), threading.Event()

    def hear(event: Event) -> None:
        if isinstance(event, SettingsChanged):
            busy.set()
            go_on.wait(10)
        if event == DraftKept("Dana: the photos"):
            kept.set()

    session.subscribe(hear)
    session.start()
    assert busy.wait(10)
    session.submit(KeepDraft("Dana: the photos"))
    assert kept.wait(5)
    db = Database(home.database)
    assert settings.read(db)["draft"] == "Dana: the photos"
    db.close()
    go_on.set()
    session.close()


def test_of_many_drafts_the_last_is_written(tmp_path: Path) -> None:
    home = Home.of(tmp_path)
    session = Session(home, watch=False)
    session.start()
    for number in range(200):
        session.submit(KeepDraft(f"draft {number}"))
    session.submit(SetSetting("theme", "dark"))
    session.close()
    db = Database(home.database)
    assert (settings.read(db)["draft"], settings.read(db)["theme"]) == ("draft 199", "dark")
    db.close()
