"""What is new in a log, seen from another one: the same people, talks and records are found again, the rest is numbered
so that it fits in. Into an empty log everything goes as it is."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.log import (
    Log,
    LogFileError,
    LogImported,
    Numbers,
    linked,
    notebook_with,
    record_with,
    records_of,
    talk_with,
    transcript_with,
)
from lastmile_desktop.core.notebook import (
    Assumption,
    Feature,
    GuideQuestion,
    JournalEntry,
    LaneVersion,
    LearningGoal,
    MonthlyOutcomes,
    Notebook,
    NudgeNote,
    Record,
    StageDecision,
    Term,
)
from lastmile_desktop.core.people import Person, PersonRole, same_person

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FirstIds:
    """The first number of each kind that is free."""

    people: int = 1
    talks: int = 1
    transcripts: int = 1
    records: int = 1


@dataclass(frozen=True, slots=True)
class Merged:
    """`new` is to be added as it is numbered; `completed` are people of the log who are known better now, `cited` its
    records that more talks speak for."""

    new: Log
    completed: tuple[Person, ...]
    cited: tuple[Record, ...]
    counts: LogImported


@dataclass(frozen=True, slots=True)
class _Match:
    """`numbers` has every number of the other log; `ours` what was found again, `changed` how much of it had been
    changed since."""

    numbers: dict[int, int]
    new: frozenset[int]
    changed: int


def merged(ours: Log, theirs: Log, free: FirstIds) -> Merged:
    """What `theirs` adds to `ours`, whose originals are not needed. Raises LogFileError when `theirs` contradicts
    itself."""
    _check(theirs)
    theirs = linked(theirs)
    people = _people(ours, theirs, free.people)
    talks = _talks(ours, theirs, people.numbers, free.talks)
    numbers = Numbers(people.numbers, talks.numbers, {}, {})
    records = _records(ours.notebook, theirs.notebook, numbers, free.records)
    transcripts = _transcripts(theirs, talks.new, free.transcripts)
    numbers = Numbers(people.numbers, talks.numbers, transcripts, records.numbers)
    new = Log(
        notebook=_new_notebook(ours, theirs, numbers, people.new, records.new),
        talks=tuple(talk_with(kept, numbers) for kept in theirs.talks if kept.talk.id in talks.new),
        transcripts=tuple(
            transcript_with(kept, numbers) for kept in theirs.transcripts if kept.id in transcripts
        ),
    )
    matches = (people, talks, records)
    counts = LogImported(
        people=len(people.new),
        talks=len(talks.new),
        transcripts=len(new.transcripts),
        records=len(records.new),
        known=sum(len(match.numbers) - len(match.new) for match in matches),
        kept=talks.changed + records.changed,
    )
    cited = _cited(ours.notebook, theirs.notebook, numbers, records.new)
    return Merged(new, _completed(ours, theirs, people), cited, counts)


def _people(ours: Log, theirs: Log, first: int) -> _Match:
    known, others = ours.notebook.people, theirs.notebook.people
    match = _match(
        known,
        others,
        (
            lambda person: replace(person, id=0, rank=None),
            lambda person: (person.name.casefold(), person.company.casefold()),
        ),
        first,
    )
    taken = {match.numbers[person.id] for person in others if person.id not in match.new}
    by_name: dict[str, list[Person]] = defaultdict(list)
    for person in known:
        if person.id not in taken:
            by_name[person.name.casefold()].append(person)
    found: dict[int, int] = {}
    for person in others:
        fitting = by_name.get(person.name.casefold(), [])
        if (
            person.id in match.new
            and len(fitting) == 1
            and same_person(fitting[0], person.name, person.company)
        ):
            found[person.id] = fitting.pop().id
    return _renumbered(match, others, found, first)


def _renumbered(match: _Match, others: Sequence[Person], found: dict[int, int], first: int) -> _Match:
    if not found:
        return match
    new = [person.id for person in others if person.id in match.new and person.id not in found]
    fresh = {identity: first + place for place, identity in enumerate(new)}
    return _Match({**match.numbers, **found, **fresh}, frozenset(new), match.changed)


def _talks(ours: Log, theirs: Log, people: dict[int, int], first: int) -> _Match:
    files = {kept.conversation: kept.transcript.sha256 for kept in ours.transcripts}
    their_files = {kept.conversation: kept.transcript.sha256 for kept in theirs.transcripts}
    theirs_here = [
        replace(kept.talk, person_id=people.get(kept.talk.person_id, 0), transcript=0)
        for kept in theirs.talks
    ]
    shas = {talk.id: their_files.get(talk.id, "") for talk in theirs_here}
    known = [kept.talk for kept in ours.talks]
    known_shas = {talk.id: files.get(talk.id, "") for talk in known}

    def keys(sha: dict[int, str]) -> tuple[Callable[[Conversation], Hashable], ...]:
        return (
            lambda talk: (_bare(talk), sha[talk.id]),
            lambda talk: sha[talk.id] or None,
            lambda talk: _identity(talk, sha[talk.id]),
        )

    return _match(known, theirs_here, keys(known_shas), first, keys(shas))


def _identity(talk: Conversation, sha: str) -> Hashable:
    """Two notes of the same person and moment are the same talk, however their texts were changed. A moment that was
    typed, to the minute, proves nothing alone."""
    typed = talk.when.second == 0 and talk.when.microsecond == 0
    return (talk.person_id, talk.when, talk.source, sha, talk.said if typed else "")


def _bare(talk: Conversation) -> Conversation:
    """Without what another log numbers otherwise or the person keeps."""
    quotes = tuple(replace(quote, linked_assumptions=()) for quote in talk.quotes)
    return replace(
        talk, id=0, transcript=0, person="", company="", role=PersonRole.UNKNOWN, in_lane=None, quotes=quotes
    )


def _records(ours: Notebook, theirs: Notebook, numbers: Numbers, first: int) -> _Match:
    numbered = replace(numbers, records={record.id: record.id for record in records_of(theirs)})
    here = [record_with(record, numbered) for record in records_of(theirs)]
    # In the order in which they were written, so that they stay in it.
    here.sort(key=lambda record: record.id)
    return _match(records_of(ours), here, (_uncited, _record_key), first)


def _uncited(record: Record) -> Hashable:
    """The record alone: it is the same one when more talks speak for it."""
    bare = replace(record, id=0)
    if isinstance(bare, (Assumption, Term, Feature)):
        bare = replace(bare, citations=())
    return (type(bare), bare)


def _record_key(record: Record) -> Hashable:
    """What makes it the same record although something in it was changed."""
    match record:
        case LearningGoal(text=text) | Assumption(text=text) | LaneVersion(text=text):
            key: Hashable = text
        case GuideQuestion(text=text, section=section):
            key = (section, text)
        case Term(theirs=theirs, vertical=vertical):
            key = (theirs.casefold(), vertical.casefold())
        case Feature(name=name, unit=unit):
            key = unit or name.casefold()
        case JournalEntry(symptom=symptom, happened_on=day):
            key = (symptom, day)
        case StageDecision(choice=choice, decided_on=day):
            key = (choice, day)
        case MonthlyOutcomes(month=month):
            key = month
        case NudgeNote(nudge=nudge, on=day, choice=choice):
            key = (nudge, day, choice)
    return (type(record), key)


def _transcripts(theirs: Log, new_talks: frozenset[int], first: int) -> dict[int, int]:
    """Those of new talks: a talk that was known has its own."""
    new = (kept.id for kept in theirs.transcripts if kept.conversation in new_talks)
    return {identity: first + place for place, identity in enumerate(new)}


def _new_notebook(
    ours: Log, theirs: Log, numbers: Numbers, people: frozenset[int], records: frozenset[int]
) -> Notebook:
    taken = {person.rank for person in ours.notebook.people if person.rank is not None}
    added = tuple(
        replace(person, id=numbers.people[person.id], rank=None if person.rank in taken else person.rank)
        for person in theirs.notebook.people
        if person.id in people
    )
    kinds = {
        item.name: tuple(record for record in getattr(theirs.notebook, item.name) if record.id in records)
        for item in fields(Notebook)
        if item.name != "people"
    }
    kept = replace(theirs.notebook, **{**kinds, "people": added})
    return notebook_with(kept, lambda record: record_with(record, numbers))


def _completed(ours: Log, theirs: Log, people: _Match) -> tuple[Person, ...]:
    """People of the log of whom the other one says what ours leaves open; what ours says stays."""
    by_id = {person.id: person for person in ours.notebook.people}
    better: list[Person] = []
    for person in theirs.notebook.people:
        if person.id in people.new:
            continue
        known = by_id[people.numbers[person.id]]
        blank = Person("")
        told = {
            item.name: getattr(person, item.name)
            for item in fields(Person)
            if item.name not in ("id", "name", "rank", "status", "seller")
            and getattr(known, item.name) == getattr(blank, item.name)
        }
        complete = replace(known, **told)
        if complete != known:
            better.append(complete)
    return tuple(better)


def _cited(ours: Notebook, theirs: Notebook, numbers: Numbers, new: frozenset[int]) -> tuple[Record, ...]:
    """Records of the log with the citations that only the other one had."""
    by_id = {record.id: record for record in records_of(ours)}
    more: list[Record] = []
    for record in records_of(theirs):
        known = None if record.id in new else by_id[numbers.records[record.id]]
        said = record_with(record, numbers)
        if isinstance(known, (Assumption, Term, Feature)) and isinstance(said, (Assumption, Term, Feature)):
            missing = tuple(citation for citation in said.citations if citation not in known.citations)
            if missing:
                more.append(replace(known, citations=(*known.citations, *missing)))
    return tuple(more)


def _match(
    ours: Iterable[T],
    theirs: Sequence[T],
    keys: Sequence[Callable[[T], Hashable]],
    first: int,
    their_keys: Sequence[Callable[[T], Hashable]] = (),
) -> _Match:
    """Find each of theirs among ours by the first key that both share, every one of ours at most once. What is not
    found is numbered from `first`. Only a first key says that nothing was changed since."""
    free = {_id(value): value for value in ours}
    numbers: dict[int, int] = {}
    changed = 0
    for place, key in enumerate(keys):
        waiting: dict[Hashable, deque[int]] = defaultdict(deque)
        for identity, value in free.items():
            waiting[key(value)].append(identity)
        their_key = their_keys[place] if their_keys else key
        for value in theirs:
            wanted = None if _id(value) in numbers else their_key(value)
            if wanted is not None and waiting.get(wanted):
                numbers[_id(value)] = identity = waiting[wanted].popleft()
                del free[identity]
                changed += place > 0
    new = [_id(value) for value in theirs if _id(value) not in numbers]
    numbers |= {identity: first + place for place, identity in enumerate(new)}
    return _Match(numbers, frozenset(new), changed)


def _id(value: object) -> int:
    return getattr(value, "id", 0)


def _check(log: Log) -> None:
    """Raises LogFileError when two have the same number, or a talk or a transcript belongs to nobody."""
    people = _unique("person", (person.id for person in log.notebook.people))
    talks = _unique("talk", (kept.talk.id for kept in log.talks))
    _unique("transcript", (kept.id for kept in log.transcripts))
    _unique("record", (record.id for record in records_of(log.notebook)))
    for kept in log.talks:
        if kept.talk.person_id not in people:
            raise _contradiction(
                f"Talk {kept.talk.id} is with person {kept.talk.person_id}, who is not in it"
            )
        if kept.talk.when.tzinfo is None:
            raise _contradiction(f"The time of talk {kept.talk.id} does not say in which time zone")
    belongs = {kept.id: kept.conversation for kept in log.transcripts}
    for kept in log.transcripts:
        if kept.conversation not in talks:
            raise _contradiction(f"Transcript {kept.id} is of talk {kept.conversation}, which is not in it")
    for kept in log.talks:
        if kept.talk.transcript and belongs.get(kept.talk.transcript) != kept.talk.id:
            raise _contradiction(
                f"Talk {kept.talk.id} has transcript {kept.talk.transcript}, which is not its own"
            )


def _unique(what: str, ids: Iterable[int]) -> set[int]:
    seen: set[int] = set()
    for identity in ids:
        if identity < 1 or identity in seen:
            raise _contradiction(f"The {what} with the number {identity} is in it twice, or has no number")
        seen.add(identity)
    return seen


def _contradiction(happened: str) -> LogFileError:
    return LogFileError(
        "This log could not be read",
        f"{happened}.",
        "Nothing was imported. Export the log again, or mend that place.",
    )
