"""Whether another program has changed the log: the command line while the window is open."""

from __future__ import annotations

import secrets

from lastmile_desktop.store import settings
from lastmile_desktop.store.database import Database

_KEY = "log.revision"


class Revision:
    """The state of the log as one connection knows it. Asking costs next to nothing while nobody else writes."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._seen = self._data_version()
        self._mark = self._stored()

    def change(self) -> None:
        """Leave a mark for others: the log is another one now."""
        self._mark = secrets.token_hex(8)
        settings.write(self._db, _KEY, self._mark)

    def changed_by_others(self) -> bool:
        """Whether somebody else has left a mark since this was asked last. Drafts and scans leave none."""
        version = self._data_version()
        if version == self._seen:
            return False
        self._seen = version
        before, self._mark = self._mark, self._stored()
        return self._mark != before

    def _data_version(self) -> int:
        """Another one as soon as another connection has written anything."""
        return int(self._db.rows("PRAGMA data_version")[0][0])

    def _stored(self) -> str:
        return settings.read(self._db).get(_KEY, "")
