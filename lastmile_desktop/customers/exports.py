"""The log on its way out: only where the founder says, in files that nobody else on the machine may read."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.log import Log, LogFormat, linked
from lastmile_desktop.core.notebook import Notebook
from lastmile_desktop.core.scan import Project
from lastmile_desktop.store import whole_log
from lastmile_desktop.store.database import Database

_SUFFIXES = {".json": LogFormat.JSON, ".md": LogFormat.MARKDOWN, ".markdown": LogFormat.MARKDOWN}


def format_of(path: Path) -> LogFormat:
    """What the name of the file asks for; a name without an ending is a folder of tables."""
    return _SUFFIXES.get(path.suffix.lower(), LogFormat.CSV if not path.suffix else LogFormat.MARKDOWN)


def whole(db: Database, project: Project) -> Log:
    return linked(whole_log.read(db, project))


def one_person(db: Database, project: Project, person_id: int) -> Log:
    """All that the log holds of one person: themselves, their talks and transcripts. Talks with somebody else at
    which they were stay out, because they are about that other person. Raises LastMileError when nobody has this id.
    """
    log = whole(db, project)
    people = tuple(person for person in log.notebook.people if person.id == person_id)
    if not people:
        raise nobody(person_id)
    talks = tuple(replace(kept, present=()) for kept in log.talks if kept.talk.person_id == person_id)
    ids = {kept.talk.id for kept in talks}
    transcripts = tuple(kept for kept in log.transcripts if kept.conversation in ids)
    return linked(Log(log.project, Notebook(people=people), talks, transcripts))


def nobody(person_id: int) -> LastMileError:
    return LastMileError(
        "There is no such person",
        f"Nobody in the log has the number {person_id}.",
        "Look through the people.",
    )


def write(log: Log, path: Path, kind: LogFormat) -> None:
    """Write the file, or the folder of tables, whole or not at all. Raises LastMileError when the disk will not have
    it, or when there is something in that folder."""
    # Imported when there is something to write: the window must not wait for every format.
    from lastmile_desktop.talks import log_csv, log_json, log_markdown

    try:
        match kind:
            case LogFormat.JSON:
                _write_file(path, log_json.write(log))
            case LogFormat.MARKDOWN:
                _write_file(path, log_markdown.write(log))
            case LogFormat.CSV:
                _write_folder(path, log_csv.write(log))
    except OSError as problem:
        raise LastMileError(
            "The log was not written", f"{path}: {problem.strerror or problem}.", "Choose another place."
        ) from problem


def write_calendar(db: Database, project: Project, path: Path, now: datetime) -> int:
    """Write every follow-up and the rhythm of weeks and months; gives back how many follow-ups there are. Raises
    LastMileError when the disk will not have it."""
    from lastmile_desktop.talks import calendar

    log = whole(db, project)
    promised = calendar.follow_ups(log.notebook.people, (kept.talk for kept in log.talks))
    try:
        _write_file(path, calendar.write((*promised, *calendar.rhythm(now.date())), project.name, now))
    except OSError as problem:
        raise LastMileError(
            "The calendar was not written", f"{path}: {problem.strerror or problem}.", "Choose another place."
        ) from problem
    return len(promised)


def _write_file(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".log-")
    with _moved(Path(name), path), os.fdopen(handle, "wb") as out:
        out.write(data)


def _write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    if path.is_dir() and any(path.iterdir()):
        raise LastMileError(
            "The log was not written",
            f"There is something in {path} already.",
            "Choose a folder that is empty or new.",
        )

    made = Path(tempfile.mkdtemp(dir=path.parent, prefix=".log-"))
    with _moved(made, path):
        for file, data in files.items():
            place = made / file
            place.parent.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as out:
                out.write(data)
        if path.is_dir():
            path.rmdir()


@contextmanager
def _moved(made: Path, path: Path) -> Generator[None]:
    """What is filled beside its place is moved there at the end, or taken away again when that fails."""
    try:
        yield
        made.replace(path)
    except BaseException:
        shutil.rmtree(made) if made.is_dir() else made.unlink(missing_ok=True)
        raise
