"""`lastmile people`: who is in the log, brought in, taken out, or forgotten for good."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from lastmile_desktop.cli import days
from lastmile_desktop.cli.log import add_place, opened, person_value, talk_value
from lastmile_desktop.cli.plain import line, write, write_json, write_table
from lastmile_desktop.cli.subcommands import SubCommands
from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.people import Person, PersonRole, PersonStatus, due_for_deletion, same_person

EXIT_USAGE = 2


def add_to(commands: SubCommands) -> None:
    command = commands.add_parser("people", help="the people in the log")
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="everybody, or some of them")
    listed.add_argument("--status", type=PersonStatus, choices=tuple(PersonStatus), metavar="STATUS")
    listed.add_argument("--right-ten", action="store_true", help="the ten you want first")
    listed.add_argument("--to-delete", action="store_true", help="those whose day of deletion has come")
    add = actions.add_parser("add", help="somebody you have not talked to yet")
    _add_fields(add)
    show = actions.add_parser("show", help="one person, with their talks")
    show.add_argument("person", metavar="NAME", help="name or number")
    bring = actions.add_parser("import", help="a table, contact cards, or a name a line")
    bring.add_argument("path", type=Path, metavar="FILE", help="- is standard input")
    out = actions.add_parser("export", help="everything about one person, to a file that only you may read")
    out.add_argument("person", metavar="NAME", help="name or number")
    out.add_argument("path", type=Path, metavar="FILE", help=".md, .json, or a folder of tables")
    forget = actions.add_parser("forget", help="erase one person with their talks and transcripts, for good")
    forget.add_argument("person", metavar="NAME", help="name or number")
    forget.add_argument("--yes", action="store_true", help="do not ask")
    for action, run in (
        *((listed, _list), (add, _add), (show, _show)),
        *((bring, _import), (out, _export), (forget, _forget)),
    ):
        add_place(action)
        action.set_defaults(run=run)


def _add_fields(add: argparse.ArgumentParser) -> None:
    add.add_argument("name", metavar="NAME")
    for option in ("company", "segment", "contact", "how-met", "why", "note", "consent"):
        add.add_argument(f"--{option}", default="", metavar="TEXT")
    add.add_argument(
        "--role",
        type=PersonRole,
        choices=tuple(PersonRole),
        default=PersonRole.UNKNOWN,
        metavar="ROLE",
        help=", ".join(PersonRole),
    )
    add.add_argument("--next", dest="next_on", type=days.coming, metavar="DAY", help="the next step")
    add.add_argument(
        "--delete-by", type=days.coming, metavar="DAY", help="when everything about them should go"
    )
    add.add_argument("--tag", action="append", default=[], metavar="TAG")


def _list(arguments: argparse.Namespace) -> int:
    with opened(arguments) as log:
        everybody, today = log.people(), log.now.astimezone().date()
    due = due_for_deletion(everybody, today)
    people = due if arguments.to_delete else everybody
    if arguments.right_ten:
        people = tuple(sorted((p for p in people if p.rank is not None), key=lambda p: p.rank or 0))
    if arguments.status is not None:
        people = tuple(person for person in people if person.status is arguments.status)
    if arguments.json:
        values = [person_value(person) for person in people]
        write_json({"people": values, "to_delete": [person.id for person in due]})
        return 0
    if people:
        write_table(("No.", "Person", "Company", "Role", "Status", "Next"), map(_row, people))
    else:
        write("Nobody.")
    if due and not arguments.to_delete:
        write(f"{len(due)} should be deleted by now; `lastmile people list --to-delete` names them.")
    return 0


def _row(person: Person) -> tuple[str, ...]:
    role = "" if person.role is PersonRole.UNKNOWN else str(person.role)
    return (
        *(str(person.id), line(person.name, 30), line(person.company, 30), role),
        *(str(person.status), str(person.next_on or "")),
    )


def _add(arguments: argparse.Namespace) -> int:
    with opened(arguments) as log:
        for known in log.people():
            if same_person(known, arguments.name, arguments.company):
                raise LastMileError(
                    "They are in the log already",
                    f"{line(known.name)} has the number {known.id}.",
                    "Change what is known about them in the window.",
                )
        person = Person(
            name=" ".join(arguments.name.split()),
            company=arguments.company,
            segment=arguments.segment,
            role=arguments.role,
            how_met=arguments.how_met,
            contact=arguments.contact,
            why=arguments.why,
            next_on=arguments.next_on,
            added_on=log.now.date(),
            tags=tuple(arguments.tag),
            note=arguments.note,
            consent=arguments.consent,
            delete_by=arguments.delete_by,
        )
        if not person.name:
            print("Say who it is.", file=sys.stderr)  # noqa: T201
            return EXIT_USAGE
        stored = log.keep(person)
    if arguments.json:
        write_json({"person": person_value(stored)})
    else:
        write(f"Added as {stored.id}: {line(stored.name)}.")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    with opened(arguments) as log:
        person = log.person(arguments.person)
        talks = log.with_person(person.id)
    if arguments.json:
        write_json({"person": person_value(person), "talks": [talk_value(talk) for talk in talks]})
        return 0
    write(*_told(person))
    if talks:
        write("")
        rows = (
            (str(talk.id), f"{talk.when.astimezone():%Y-%m-%d}", str(talk.channel), talk.said)
            for talk in talks
        )
        write_table(("No.", "Day", "How", "Said"), rows)
    return 0


def _told(person: Person) -> Iterator[str]:
    yield f"{person.id}  {line(', '.join(part for part in (person.name, person.company) if part), 200)}"
    told = {
        "Role": "" if person.role is PersonRole.UNKNOWN else str(person.role),
        "Segment": person.segment,
        "Status": str(person.status),
        "Contact": person.contact,
        "How met": person.how_met,
        "Why": person.why,
        "Next": str(person.next_on or ""),
        "Tags": ", ".join(person.tags),
        "Consent": person.consent,
        "Delete by": str(person.delete_by or ""),
        "Note": person.note,
    }
    for name, text in told.items():
        if text:
            yield f"{name + ':':<11}{line(text, 400)}"


def _import(arguments: argparse.Namespace) -> int:
    from lastmile_desktop.customers import imports, transcripts

    pasted = str(arguments.path) == "-"
    data = sys.stdin.buffer.read() if pasted else transcripts.bytes_of(arguments.path)
    with opened(arguments) as log:
        counts = log.merge(imports.people_in("" if pasted else arguments.path.name, data, log.now.date()))
    if arguments.json:
        write_json({"new": counts.people, "known": counts.known})
    else:
        write(imports.told(counts))
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from lastmile_desktop.customers import exports

    kind = exports.format_of(arguments.path)
    with opened(arguments) as log:
        whole = exports.one_person(log.db, log.project, log.person(arguments.person).id)
    exports.write(whole, arguments.path, kind)
    if arguments.json:
        write_json({"path": str(arguments.path), "format": str(kind), "talks": len(whole.talks)})
    else:
        write(f"{arguments.path}: {len(whole.talks)} talks. Only you may read it.")
    return 0


def _forget(arguments: argparse.Namespace) -> int:
    with opened(arguments) as log:
        person = log.person(arguments.person)
        talks = len([talk for talk in log.with_person(person.id) if talk.person_id == person.id])
        if not arguments.yes:
            if not sys.stdin.isatty():
                print("Nobody is here to ask: --yes says that you are sure.", file=sys.stderr)  # noqa: T201
                return EXIT_USAGE
            if (
                input(f"Erase {line(person.name)} and {talks} talks for good? [y/N] ").strip().casefold()
                != "y"
            ):
                write("Nothing was erased.")
                return 0
        gone = log.forget(person)
        copies = log.db.copies()
    if arguments.json:
        write_json({"forgotten": person.id, "talks": gone, "still_in": [str(copy) for copy in copies]})
        return 0
    write(f"Forgotten, with {gone} {'talk' if gone == 1 else 'talks'}.")
    if copies:
        write(f"Copies from before an update still hold them: {', '.join(map(str, copies))}.")
    return 0
