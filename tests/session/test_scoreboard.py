"""The month's scoreboard is kept after every scan, and leaves as one page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lastmile_desktop.core import commands, events
from lastmile_desktop.core.conversation import Commitment, Conversation, Ladder, MoneyStep
from lastmile_desktop.core.notebook import Difference, Incident, JournalEntry
from lastmile_desktop.engines.compose import EngineHome
from lastmile_desktop.engines.engine import Engine
from tests.session.harness import Heard


def no_engines(_: EngineHome) -> Sequence[Engine]:
    return ()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "acme"
    made.mkdir()
    (made / "app.ts").write_text("export const app = 1;\n")
    return made


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Heard]:
    with Heard(tmp_path / "home", no_engines, watch=False) as session:
        yield session


def answers(event: events.NotebookChanged) -> dict[str, str]:
    return {row.question: row.answer for month in event.notebook.outcomes for row in month.outcomes}


def test_it_moves_with_what_happens_and_stays_one_a_month(heard: Heard, root: Path, tmp_path: Path) -> None:
    heard.open(root)
    heard.wait(events.NotebookChanged, lambda event: answers(event).get("Did anyone pay?") == "Nobody yet.")
    now = datetime.now(UTC)
    paid = Commitment(Ladder.MONEY, "a month", 4_900, "USD", MoneyStep.PAID)
    heard.session.submit(commands.LogConversation(Conversation("Dana", "Take it.", now, commitment=paid)))
    heard.wait(
        events.NotebookChanged, lambda event: answers(event).get("Did anyone pay?") == "1 person: 49 USD."
    )
    entry = JournalEntry("Checkout failed", now.date(), incident=Incident("three customers"), minutes_lost=9)
    heard.session.submit(commands.KeepRecord(replace(entry, differences=(Difference.CACHE,))))
    told = heard.wait(
        events.NotebookChanged,
        lambda event: answers(event).get("Did we avoid incidents?") == "1 incident, 9 minutes lost.",
    )
    (month,) = told.notebook.outcomes
    page = tmp_path / "page.md"
    heard.session.submit(commands.ExportScoreboard(month.month, page))
    heard.wait(events.Told)
    assert "| **Did anyone pay?** (yes) | 1 person: 49 USD. |" in page.read_text()


def test_what_cannot_be_written_is_said(heard: Heard, root: Path, tmp_path: Path) -> None:
    heard.open(root)
    heard.session.submit(commands.ExportScoreboard("1999-01", tmp_path / "page.md"))
    assert heard.wait(events.Failed).title == "Nothing was written"
    month = f"{datetime.now(UTC):%Y-%m}"
    heard.session.submit(commands.ExportScoreboard(month, tmp_path / "no" / "page.md"))
    assert "No such file" in heard.wait(events.Failed).happened


def test_two_forms_keep_their_drafts_apart(heard: Heard, tmp_path: Path) -> None:
    heard.session.submit(commands.KeepDraft("a talk"))
    heard.session.submit(commands.KeepDraft("an entry", "journal_draft"))
    heard.session.close()
    with Heard(tmp_path / "home", no_engines, watch=False) as again:
        values = again.wait(events.SettingsChanged).values
    assert (values["draft"], values["journal_draft"]) == ("a talk", "an entry")
