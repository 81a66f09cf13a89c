"""The log of one project for a command that comes and goes, while the window may be open beside it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.errors import LastMileError, ProjectError
from lastmile_desktop.core.log import Log, LogImported
from lastmile_desktop.core.people import Person
from lastmile_desktop.core.scan import Project
from lastmile_desktop.core.search import TalkQuery, TalksFound
from lastmile_desktop.store import conversations, people, projects
from lastmile_desktop.store.database import Database
from lastmile_desktop.store.revision import Revision

# The larger parts are imported where they are needed: most visits write one note down and leave.


class Visit:
    def __init__(self, db: Database, project: Project, now: datetime) -> None:
        self.db = db
        self.project = project
        self.now = now

    def add(self, talk: Conversation) -> Conversation:
        stored = conversations.save(self.db, self.project, talk)
        self.changed()
        return stored

    def keep(self, person: Person) -> Person:
        stored = people.save(self.db, self.project, person)
        self.changed()
        return stored

    def newest(self, last: int) -> tuple[Conversation, ...]:
        return conversations.newest(self.db, self.project, last)

    def with_person(self, person_id: int) -> tuple[Conversation, ...]:
        return conversations.with_person(self.db, self.project, person_id)

    def talk(self, identity: int) -> Conversation:
        """Raises LastMileError when there is none."""
        found = conversations.by_ids(self.db, self.project, (identity,))
        if not found:
            raise LastMileError(
                "There is no such talk",
                f"The log has no talk with the number {identity}.",
                "`lastmile talk list` shows the newest ones with their numbers.",
            )
        return found[0]

    def find(self, query: TalkQuery) -> TalksFound:
        from lastmile_desktop.store import talk_search

        return talk_search.find(self.db, self.project, query)

    def people(self) -> tuple[Person, ...]:
        return people.all_of(self.db, self.project)

    def person(self, name_or_number: str) -> Person:
        """Whom this means. Raises LastMileError when it is nobody, or more than one."""
        everybody = self.people()
        wanted = name_or_number.strip().casefold()
        number = int(wanted) if wanted.isascii() and wanted.isdigit() else 0
        found = [person for person in everybody if person.id == number] or [
            person for person in everybody if person.name.casefold() == wanted
        ]
        if len(found) == 1:
            return found[0]
        if found:
            numbers = ", ".join(f"{person.id} ({person.company or 'no company'})" for person in found)
            raise LastMileError(
                "Several people have this name", f"{name_or_number}: {numbers}.", "Say which number."
            )
        raise LastMileError(
            "There is no such person",
            f"The log does not know {name_or_number!r}.",
            "`lastmile people list` shows everybody with their numbers.",
        )

    def merge(self, log: Log) -> LogImported:
        from lastmile_desktop.customers import imports

        counts = imports.merge(self.db, self.project, log)
        self.changed()
        return counts

    def forget(self, person: Person) -> int:
        """How many talks went with them."""
        from lastmile_desktop.store import erase

        gone = erase.person(self.db, self.project, person.id)
        self.changed()
        return gone

    def changed(self) -> None:
        """Let an open window know."""
        Revision(self.db).change()


@contextmanager
def visit(database: Path, folder: Path, now: datetime) -> Generator[Visit]:
    """The log of the registered project that `folder` is in, or of `folder` itself, registered now. Raises ProjectError
    when there is no such folder, StoreError when the log cannot be opened."""
    if not folder.is_dir():
        raise ProjectError("This folder is not there", f"{folder} is no folder.", "Choose another one.")
    db = Database(database)
    try:
        yield Visit(db, _project(db, folder.resolve(), now), now)
    finally:
        db.close()


def _project(db: Database, folder: Path, now: datetime) -> Project:
    for root in (folder, *folder.parents):
        known = projects.known(db, root)
        if known is not None:
            return known
    return projects.register(db, folder, now.isoformat())
