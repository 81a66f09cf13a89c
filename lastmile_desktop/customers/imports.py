"""A log, or a list of people, on its way in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date
from pathlib import Path

from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.log import KeptTalk, Log, LogFileError, LogImported
from lastmile_desktop.core.notebook import Notebook
from lastmile_desktop.core.people import Person, PersonStatus, same_person
from lastmile_desktop.core.scan import Project
from lastmile_desktop.store import people, records, whole_log
from lastmile_desktop.store.database import Database

_MOST_BYTES = 512 * 1024 * 1024
_MOST_FILES = 20_000
_TABLES = frozenset((".csv", ".tsv"))


def read(path: Path) -> Log:
    """The log in this file or folder. Raises LogFileError when it holds none, or a broken one."""
    from lastmile_desktop.talks import log_csv, log_json, log_markdown

    try:
        if path.is_dir():
            return log_csv.read(_files(path, log_csv.FILES))
        data = _bytes(path)
    except OSError as problem:
        raise LogFileError(
            "This log could not be read", f"{path}: {problem.strerror or problem}.", "Choose it again."
        ) from problem
    if log_markdown.is_log(data):
        return log_markdown.read(data)
    if data.lstrip()[:1] == b"{":
        return log_json.read(data)
    raise log_json.not_a_log(f"{path.name} is neither JSON, nor Markdown, nor a folder of tables.")


def is_log(path: Path) -> bool:
    """Whether this is meant to be a log, and not a transcript; a folder is."""
    from lastmile_desktop.talks import log_json, log_markdown

    if path.is_dir():
        return True
    try:
        with path.open("rb") as file:
            begin = file.read(400)
    except OSError:
        return False
    return log_json.is_log(begin) or log_markdown.is_log(begin)


def merge(db: Database, project: Project, log: Log) -> LogImported:
    """Add what is new in `log`: all of it or nothing. Raises LogFileError when it contradicts itself."""
    from lastmile_desktop.talks.log_merge import FirstIds, merged

    with db.transaction() as connection:
        ours = whole_log.read(db, project, originals=False)
        free = FirstIds(
            *(
                whole_log.first_free(connection, table)
                for table in ("people", "conversations", "transcripts", "records")
            )
        )
        result = merged(ours, log, free)
        for person in result.completed:
            people.write(connection, project, person)
        whole_log.add(connection, project, result.new)
        for record in result.cited:
            records.write(connection, project, record)
    return result.counts


def people_in(name: str, data: bytes, today: date) -> Log:
    """The people of a list, as a log that holds nobody else. Raises LastMileError when it names nobody."""
    from lastmile_desktop.talks import tables

    found = tables.read_people(name, data)
    numbered = (replace(person, id=place, added_on=today) for place, person in enumerate(found, 1))
    return Log(notebook=Notebook(people=tuple(numbered)))


def talks_in(name: str, data: bytes) -> Log | None:
    """The talks of a table that has one in each row, as a log that holds nothing else; None when the file is no such
    table. Its hours are those of the clock on this machine."""
    from lastmile_desktop.talks import tables

    if Path(name).suffix.lower() not in _TABLES:
        return None
    people: list[Person] = []
    talks: list[KeptTalk] = []
    for number, talk in enumerate(tables.talks_in(data), 1):
        person = next((one for one in people if same_person(one, talk.person, talk.company)), None)
        if person is None:
            person = Person(
                talk.person,
                id=len(people) + 1,
                company=talk.company,
                role=talk.role,
                status=PersonStatus.TALKED,
                added_on=talk.when.date(),
            )
            people.append(person)
        when = talk.when.replace(tzinfo=None).astimezone(UTC)
        talks.append(KeptTalk(replace(talk, id=number, person_id=person.id, when=when, source=name)))
    return Log(notebook=Notebook(people=tuple(people)), talks=tuple(talks)) if talks else None


def told(counts: LogImported) -> str:
    """What was new, in a sentence or two."""
    new = [
        f"{number} {one if number == 1 else many}"
        for number, one, many in (
            (counts.people, "person", "people"),
            (counts.talks, "talk", "talks"),
            (counts.transcripts, "transcript", "transcripts"),
            (counts.records, "record", "records"),
        )
        if number
    ]
    told = f"New in the log: {', '.join(new)}." if new else "Nothing in it was new."
    if counts.known:
        told += f" {counts.known} {'was' if counts.known == 1 else 'were'} there before."
    if counts.kept:
        told += f" {counts.kept} of them had been changed since and stayed as before."
    return told


def _files(folder: Path, inner: str) -> dict[str, bytes]:
    """The tables of the folder and the transcripts below it; links lead out of it and are left out."""
    found: dict[str, bytes] = {}
    size = 0
    for file in (*sorted(folder.glob("*.csv")), *sorted((folder / inner).glob("*"))):
        if file.is_symlink() or not file.is_file():
            continue
        found[file.relative_to(folder).as_posix()] = data = _bytes(file)
        size += len(data)
        if size > _MOST_BYTES or len(found) > _MOST_FILES:
            raise _too_large()
    return found


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise _too_large()
    return data


def _too_large() -> LastMileError:
    return LogFileError(
        "This log is too large", "It has more than 512 MB.", "Nothing was imported. Choose a smaller one."
    )
