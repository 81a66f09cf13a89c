"""The unfinished note, written while it is typed. It has a thread of its own: the worker may be in the middle of a
scan, and what is typed must not wait for that."""

from __future__ import annotations

import threading
from collections.abc import Callable

from lastmile_desktop.core.events import DraftKept, Event
from lastmile_desktop.store import settings
from lastmile_desktop.store.database import Database


class DraftKeeper:
    """`keep` may be called from any thread and returns at once; only the newest draft of a form is written. The thread
    starts with the first draft."""

    def __init__(
        self,
        open_database: Callable[[], Database],
        publish: Callable[[Event], None],
        failed: Callable[[Exception, str], None],
    ) -> None:
        self._open_database = open_database
        self._publish = publish
        self._failed = failed
        self._turn = threading.Condition()
        self._waiting: dict[str, str] = {}
        self._closing = False
        self._thread: threading.Thread | None = None

    def keep(self, text: str, form: str = "draft") -> None:
        with self._turn:
            self._waiting[form] = text
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="lastmile-drafts", daemon=True)
                self._thread.start()
            self._turn.notify()

    def close(self) -> None:
        """Write what is still waiting, then end."""
        with self._turn:
            self._closing = True
            self._turn.notify()
        if self._thread is not None:
            self._thread.join(10)

    def _run(self) -> None:
        db: Database | None = None
        while (draft := self._next()) is not None:
            form, text = draft
            try:
                db = db or self._open_database()
                settings.write(db, form, text)
                self._publish(DraftKept(text, form))
            except Exception as problem:  # noqa: BLE001 - told to the user and written to a crash report
                self._failed(problem, "keeping a draft")
        if db is not None:
            db.close()

    def _next(self) -> tuple[str, str] | None:
        """The newest draft, waited for; None when there will be none."""
        with self._turn:
            self._turn.wait_for(lambda: self._waiting or self._closing)
            return self._waiting.popitem() if self._waiting else None
