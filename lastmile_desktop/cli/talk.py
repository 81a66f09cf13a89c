"""`lastmile talk`: what customers said, written down, found again, brought in and taken out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lastmile_desktop.cli import days, note
from lastmile_desktop.cli.log import add_place, opened, talk_value
from lastmile_desktop.cli.plain import block, line, write, write_json, write_table
from lastmile_desktop.cli.subcommands import SubCommands
from lastmile_desktop.core.conversation import Conversation, Ladder, QuoteSignal
from lastmile_desktop.core.search import TalkHit, TalkQuery

if TYPE_CHECKING:
    from lastmile_desktop.core.events import TalkImported
    from lastmile_desktop.core.transcript import Transcript

_LAST = 20


def add_to(commands: SubCommands) -> None:
    command = commands.add_parser("talk", help="the log of what customers said")
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="write a talk down: the text, standard input, or your editor")
    note.add_to(add)
    listed = actions.add_parser("list", help="the newest talks")
    listed.add_argument("--last", type=int, default=_LAST, metavar="N", help=f"how many (default {_LAST})")
    listed.add_argument("--person", metavar="NAME", help="all talks with this person (name or number)")
    search = actions.add_parser("search", help='look for words and "phrases" in everything')
    _add_filters(search)
    show = actions.add_parser("show", help="one talk, whole")
    show.add_argument("id", type=int, metavar="NUMBER")
    bring = actions.add_parser("import", help="transcripts, tables of talks, or a log that was exported")
    bring.add_argument("paths", nargs="+", type=Path, metavar="FILE", help="- is standard input")
    out = actions.add_parser("export", help="the whole log, to a file that only you may read")
    out.add_argument("path", type=Path, metavar="FILE")
    out.add_argument("--format", choices=("json", "markdown", "csv"), help="csv makes a folder of tables")
    for action, run in (
        *((add, note.run), (listed, _list), (search, _search)),
        *((show, _show), (bring, _import), (out, _export)),
    ):
        add_place(action)
        action.set_defaults(run=run)


def _add_filters(search: argparse.ArgumentParser) -> None:
    search.add_argument("text", nargs="*", metavar="WORDS")
    search.add_argument("--person", metavar="NAME", help="name or number")
    search.add_argument("--segment", default="")
    search.add_argument("--tag", default="")
    search.add_argument("--check", default="", metavar="ID")
    search.add_argument("--signal", type=QuoteSignal, choices=tuple(QuoteSignal), metavar="SIGNAL")
    search.add_argument(
        "--least", type=Ladder, choices=tuple(Ladder), default=Ladder.NONE, metavar="COMMITMENT"
    )
    search.add_argument("--since", type=days.past, metavar="DAY")
    search.add_argument("--until", type=days.past, metavar="DAY")
    search.add_argument("--last", type=int, default=_LAST, metavar="N", help=f"how many (default {_LAST})")


def _list(arguments: argparse.Namespace) -> int:
    with opened(arguments) as log:
        person = log.person(arguments.person) if arguments.person else None
        talks = log.with_person(person.id) if person else log.newest(max(1, arguments.last))
    if arguments.json:
        write_json({"talks": [talk_value(talk) for talk in talks]})
    elif talks:
        write_table(("No.", "Day", "Person", "Gave", "Said"), (_row(talk, talk.said) for talk in talks))
    else:
        write('No talks yet. `lastmile talk add --person NAME "what they said"` writes the first one down.')
    return 0


def _row(talk: Conversation, said: str) -> tuple[str, ...]:
    who = f"{talk.person}, {talk.company}" if talk.company else talk.person
    gave = "" if talk.commitment.level is Ladder.NONE else str(talk.commitment.level)
    return (str(talk.id), f"{talk.when.astimezone():%Y-%m-%d}", line(who, 32), gave, said)


def _search(arguments: argparse.Namespace) -> int:
    with opened(arguments) as log:
        person = log.person(arguments.person) if arguments.person else None
        found = log.find(
            TalkQuery(
                text=" ".join(
                    f'"{word}"' if " " in word and '"' not in word else word for word in arguments.text
                ),
                person_id=person.id if person else 0,
                segment=arguments.segment,
                tag=arguments.tag,
                signal=arguments.signal,
                check=arguments.check,
                least=arguments.least,
                since=arguments.since,
                until=arguments.until,
                limit=max(1, arguments.last),
            )
        )
    if arguments.json:
        hits = [
            {
                "talk": talk_value(hit.conversation),
                "excerpt": [{"text": piece.text, "hit": piece.hit} for piece in hit.excerpt],
            }
            for hit in found.hits
        ]
        write_json({"total": found.total, "hits": hits})
        return 0
    if found.hits:
        write_table(
            ("No.", "Day", "Person", "Gave", "Found"),
            (_row(hit.conversation, _found(hit)) for hit in found.hits),
        )
    if found.total > len(found.hits) or not found.hits:
        write(f"{len(found.hits)} of {found.total} shown." if found.hits else "Nothing found.")
    return 0


def _found(hit: TalkHit) -> str:
    return "".join(piece.text for piece in hit.excerpt).strip() or hit.conversation.said


def _show(arguments: argparse.Namespace) -> int:
    from lastmile_desktop.customers.transcripts import whole

    with opened(arguments) as log:
        found = whole(log.db, log.project, log.talk(arguments.id))
    talk, transcript = found.conversation, found.transcript
    if arguments.json:
        turns = [] if transcript is None else list(transcript.turns)
        write_json({"talk": talk_value(talk), "turns": turns})
        return 0
    write(*_told(talk))
    if transcript is not None:
        write("", f"Transcript: {transcript.name or 'pasted'}", *_turns(transcript))
    return 0


def _told(talk: Conversation) -> Iterator[str]:
    who = ", ".join(part for part in (talk.person, talk.company, *talk.others) if part)
    yield f"{talk.id}  {talk.when.astimezone():%Y-%m-%d %H:%M}  {talk.channel}  {line(who, 200)}"
    if talk.commitment.level is not Ladder.NONE:
        yield f"Gave {talk.commitment.level}: {line(talk.commitment.what, 200) or '–'}"
    if talk.follow_up:
        yield f"Follow up on {talk.follow_up}{f': {line(talk.promise, 200)}' if talk.promise else ''}"
    if talk.tags:
        yield f"Tags: {line(', '.join(talk.tags), 200)}"
    for text in (
        talk.said,
        talk.problem,
        talk.story,
        talk.workaround,
        talk.pays_today,
        talk.surprises,
        talk.objections,
    ):
        if text.strip():
            yield from ("", text)
    for quote in talk.quotes:
        signals = ", ".join(quote.signals)
        yield f"\n“{block(quote.text)}”{f'  [{signals}]' if signals else ''}"


def _turns(transcript: Transcript) -> Iterator[str]:
    for turn in transcript.turns:
        at = "" if turn.start_s is None else f"{int(turn.start_s) // 60}:{int(turn.start_s) % 60:02}  "
        yield f"{at}{line(turn.speaker, 60)}{': ' if turn.speaker else ''}{turn.text}"


def _import(arguments: argparse.Namespace) -> int:
    from lastmile_desktop.customers import imports, transcripts

    results: list[dict[str, object]] = []
    with opened(arguments) as log:
        for path in arguments.paths:
            name = "" if str(path) == "-" else path.name
            if name and imports.is_log(path):
                found, data = imports.read(path), b""
            else:
                data = transcripts.bytes_of(path) if name else sys.stdin.buffer.read()
                found = imports.talks_in(name, data)
            if found is not None:
                counts = log.merge(found)
                results.append({"path": str(path), "log": counts})
                told = imports.told(counts)
            else:
                came = transcripts.take_in(log.db, log.project, name, data, log.now)
                log.changed()
                results.append(
                    {"path": str(path), "talk": talk_value(came.talk.conversation), "again": came.again}
                )
                told = _came(came)
            if not arguments.json:
                write(f"{path}: {told}")
    if arguments.json:
        write_json({"imported": results})
    return 0


def _came(came: TalkImported) -> str:
    talk = came.talk.conversation
    if came.again:
        return f"was in the log before, as talk {talk.id}."
    turns = 0 if came.talk.transcript is None else len(came.talk.transcript.turns)
    return f"talk {talk.id} with {line(talk.person, 60)}, {turns} {'turn' if turns == 1 else 'turns'}."


def _export(arguments: argparse.Namespace) -> int:
    from lastmile_desktop.core.log import LogFormat
    from lastmile_desktop.customers import exports

    kind = LogFormat(arguments.format) if arguments.format else exports.format_of(arguments.path)
    with opened(arguments) as log:
        whole = exports.whole(log.db, log.project)
    exports.write(whole, arguments.path, kind)
    people, talks = len(whole.notebook.people), len(whole.talks)
    if arguments.json:
        write_json({"path": str(arguments.path), "format": str(kind), "people": people, "talks": talks})
    else:
        write(f"{arguments.path}: {people} people, {talks} talks. Only you may read it.")
    return 0
