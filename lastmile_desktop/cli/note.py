"""`lastmile talk add`: from "the call has just ended" to "it is in the log" in one line."""

from __future__ import annotations

import argparse
import re
import sys
from datetime import UTC, datetime

from lastmile_desktop.cli import days
from lastmile_desktop.cli.log import opened, talk_value
from lastmile_desktop.cli.plain import line, write, write_json
from lastmile_desktop.core.conversation import (
    Channel,
    Commitment,
    Conversation,
    Ladder,
    Quote,
    QuoteSignal,
)

EXIT_USAGE = 2
_CUT = "# ------------------------ >8 ------------------------"
_TEMPLATE = f"""Person: {{person}}

{{said}}

{_CUT}
# First who it was, then what they said, as long as it is. This line and all below it is left out.
# Save and close to log it; leave it empty to log nothing.
"""
_SIGNALS = re.compile(r"\[([a-z ,-]{3,200})\]\s*(.*)", re.DOTALL)
_AMOUNT = re.compile(r"(\d{1,12})(?:[.,](\d{1,2}))?\s*([A-Za-z]{3})")
_LONGEST_INPUT = 5 * 1024 * 1024


def add_to(add: argparse.ArgumentParser) -> None:
    add.add_argument("said", nargs="*", metavar="TEXT", help="what they said")
    add.add_argument("--person", default="", metavar="NAME")
    add.add_argument("--said", dest="said_option", default="", metavar="TEXT", help="the same as TEXT")
    add.add_argument("--company", default="")
    add.add_argument(
        "--channel",
        type=Channel,
        choices=tuple(Channel),
        default=Channel.CALL,
        metavar="CHANNEL",
        help=", ".join(Channel),
    )
    add.add_argument("--date", type=days.moment, metavar="DAY", help="when it was (default: now)")
    add.add_argument("--minutes", type=int, metavar="N")
    add.add_argument(
        "--commitment",
        type=Ladder,
        choices=tuple(Ladder),
        default=Ladder.NONE,
        metavar="STEP",
        help=f"what they gave: {', '.join(Ladder)}",
    )
    add.add_argument("--gave", default="", metavar="TEXT", help="what exactly they gave")
    add.add_argument("--amount", type=_amount, default=(0, ""), metavar="SUM", help='as "49 USD"')
    add.add_argument("--follow-up", type=days.coming, metavar="DAY", help="2026-11-24, tomorrow, fri, 3d")
    add.add_argument("--promise", default="", metavar="TEXT", help="what you promised for then")
    add.add_argument(
        "--quote",
        action="append",
        type=_quote,
        default=[],
        metavar="TEXT",
        help='their words; "[pain] I lose the job" says what they are a sign of',
    )
    add.add_argument("--tag", action="append", default=[], metavar="TAG")


def run(arguments: argparse.Namespace) -> int:
    person, said = _words(arguments)
    if not said.strip() and not arguments.quote:
        print("Nothing was said, so nothing is logged.", file=sys.stderr)  # noqa: T201
        return EXIT_USAGE
    if not person.strip():
        print("Say who it was: --person NAME.", file=sys.stderr)  # noqa: T201
        return EXIT_USAGE
    amount, currency = arguments.amount
    talk = Conversation(
        person=" ".join(person.split()),
        said=said.strip(),
        when=arguments.date or datetime.now(UTC),
        company=arguments.company.strip(),
        channel=arguments.channel,
        minutes=arguments.minutes,
        quotes=tuple(arguments.quote),
        tags=tuple(arguments.tag),
        commitment=Commitment(arguments.commitment, arguments.gave, amount, currency),
        promise=arguments.promise,
        follow_up=arguments.follow_up,
    )
    with opened(arguments) as log:
        stored = log.add(talk)
    if arguments.json:
        write_json({"talk": talk_value(stored)})
    else:
        who = line(f"{stored.person}, {stored.company}" if stored.company else stored.person)
        then = f" Follow up on {stored.follow_up}." if stored.follow_up else ""
        write(f"Logged as {stored.id}: {who}.{then}")
    return 0


def _words(arguments: argparse.Namespace) -> tuple[str, str]:
    """Who, and what they said: from the options, standard input or the editor, whichever comes first."""
    said = " ".join(arguments.said) or arguments.said_option
    person = arguments.person
    if not said and not sys.stdin.isatty():
        said = sys.stdin.read(_LONGEST_INPUT)
    elif not said and not arguments.quote:
        from lastmile_desktop import editor

        return _read_back(editor.compose(_TEMPLATE.format(person=person, said="")), person)
    if not person and sys.stdin.isatty():
        person = input("Who was it? ")
    return person, said


def _read_back(text: str, person: str) -> tuple[str, str]:
    text = text.partition(_CUT)[0]
    first, _, rest = text.lstrip().partition("\n")
    if first.casefold().startswith("person:"):
        return first.partition(":")[2].strip() or person, rest
    return person, text


def _quote(text: str) -> Quote:
    found = _SIGNALS.fullmatch(text)
    names = [name.strip() for name in found[1].split(",")] if found else []
    known = {str(signal): signal for signal in QuoteSignal}
    if found is None or not all(name in known for name in names):
        return Quote(text)
    return Quote(found[2], signals=tuple(known[name] for name in names))


def _amount(text: str) -> tuple[int, str]:
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no sum; write it as 49 USD or 49.90 EUR")
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0")), found[3].upper()
