"""The whole log of a project as one value: what is taken out of the program, and what is put back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum

from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.notebook import (
    Assumption,
    Citation,
    Feature,
    MonthlyOutcomes,
    Notebook,
    Record,
    Term,
)
from lastmile_desktop.core.transcript import Transcript

LOG_FORMAT = "lastmile-log"
LOG_VERSION = 1

# Where the notebook keeps records; people are none.
_KINDS = tuple(kept.name for kept in fields(Notebook) if kept.name != "people")


class LogFormat(StrEnum):
    """`CSV` is a folder of tables, the others are one file."""

    JSON = "json"
    MARKDOWN = "markdown"
    CSV = "csv"


class LogFileError(LastMileError):
    """A file that should be a log, and is none or is broken."""


@dataclass(frozen=True, slots=True)
class KeptTalk:
    """`present` are the ids of the people who were there beside the person of the talk."""

    talk: Conversation
    present: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptTranscript:
    """`conversation` is the talk it belongs to, `original` the file as it came."""

    id: int
    conversation: int
    transcript: Transcript
    original: bytes


@dataclass(frozen=True, slots=True)
class Log:
    """`project` is its name. People, talks and records are in the order in which they came into the log."""

    project: str = ""
    notebook: Notebook = field(default_factory=Notebook)
    talks: tuple[KeptTalk, ...] = ()
    transcripts: tuple[KeptTranscript, ...] = ()


@dataclass(frozen=True, slots=True)
class LogImported:
    """What was new in a log that was read in; `known` counts what had been there before, `kept` how much of that
    had been changed since and stayed as it was."""

    people: int = 0
    talks: int = 0
    transcripts: int = 0
    records: int = 0
    known: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Numbers:
    """Which number stands for which in another log. What has none there is not linked to any more."""

    people: Mapping[int, int]
    talks: Mapping[int, int]
    transcripts: Mapping[int, int]
    records: Mapping[int, int]


def talk_with(kept: KeptTalk, numbers: Numbers) -> KeptTalk:
    """The talk as the other log numbers it."""
    talk = kept.talk
    quotes = tuple(
        replace(quote, linked_assumptions=_kept(quote.linked_assumptions, numbers.records))
        for quote in talk.quotes
    )
    return KeptTalk(
        replace(
            talk,
            id=numbers.talks.get(talk.id, 0),
            person_id=numbers.people.get(talk.person_id, 0),
            quotes=quotes,
            transcript=numbers.transcripts.get(talk.transcript, 0),
        ),
        _kept(kept.present, numbers.people),
    )


def transcript_with(kept: KeptTranscript, numbers: Numbers) -> KeptTranscript:
    return replace(
        kept, id=numbers.transcripts.get(kept.id, 0), conversation=numbers.talks.get(kept.conversation, 0)
    )


def record_with(record: Record, numbers: Numbers) -> Record:
    """The record as the other log numbers it; citations of talks that are not there are left out."""
    record = replace(record, id=numbers.records.get(record.id, 0))
    if isinstance(record, (Assumption, Term, Feature)):
        cited = (
            Citation(numbers.talks[citation.conversation], citation.quote)
            for citation in record.citations
            if citation.conversation in numbers.talks
        )
        return replace(record, citations=tuple(cited))
    if isinstance(record, MonthlyOutcomes):
        outcomes = (replace(item, links=_links(item.links, numbers)) for item in record.outcomes)
        return replace(record, outcomes=tuple(outcomes))
    return record


def _links(links: Iterable[str], numbers: Numbers) -> tuple[str, ...]:
    """Links of the scoreboard: `talk:5` and `journal:7` have a number, what else there is stays."""
    found: list[str] = []
    for link in links:
        kind, _, number = link.partition(":")
        known = {"talk": numbers.talks, "journal": numbers.records}.get(kind)
        if known is None or not number.isdecimal():
            found.append(link)
        elif int(number) in known:
            found.append(f"{kind}:{known[int(number)]}")
    return tuple(found)


def records_of(notebook: Notebook) -> tuple[Record, ...]:
    """All records, each kind in its order."""
    return tuple(record for name in _KINDS for record in getattr(notebook, name))


def notebook_with(notebook: Notebook, change: Callable[[Record], Record]) -> Notebook:
    """The notebook with every record changed; people stay."""
    kinds = {name: tuple(change(record) for record in getattr(notebook, name)) for name in _KINDS}
    return replace(notebook, **kinds)


def linked(log: Log) -> Log:
    """The log without links to what has been dropped from it since."""
    numbers = Numbers(
        people=_same(person.id for person in log.notebook.people),
        talks=_same(kept.talk.id for kept in log.talks),
        transcripts=_same(kept.id for kept in log.transcripts),
        records=_same(record.id for record in records_of(log.notebook)),
    )
    return replace(
        log,
        notebook=notebook_with(log.notebook, lambda record: record_with(record, numbers)),
        talks=tuple(talk_with(kept, numbers) for kept in log.talks),
    )


def _same(ids: Iterable[int]) -> dict[int, int]:
    return {identity: identity for identity in ids}


def _kept(ids: Iterable[int], numbers: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(numbers[identity] for identity in ids if identity in numbers)
