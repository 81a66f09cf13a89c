"""What `lastmile talk` and `lastmile people` share: which log is meant, and how its values are written."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.people import Person
from lastmile_desktop.customers.visit import Visit, visit
from lastmile_desktop.home import Home


def add_place(action: argparse.ArgumentParser) -> None:
    """The options that every action has."""
    action.add_argument("--project", type=Path, default=Path(), metavar="PATH", help="default: where you are")
    action.add_argument("--json", action="store_true", help="for programs")
    action.add_argument("--data-dir", type=Path, help="keep Last Mile's own data here")


def opened(arguments: argparse.Namespace) -> AbstractContextManager[Visit]:
    """The log that the options mean."""
    return visit(Home.of(arguments.data_dir).database, arguments.project, datetime.now(UTC))


def talk_value(talk: Conversation) -> dict[str, object]:
    return msgspec.to_builtins(talk)


def person_value(person: Person) -> dict[str, object]:
    return msgspec.to_builtins(person)
