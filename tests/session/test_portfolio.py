"""All registered projects, over a real session, store and git."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lastmile_desktop.core import commands, events
from lastmile_desktop.core.conversation import Commitment, Conversation, Ladder, MoneyStep
from lastmile_desktop.core.notebook import StageChoice
from lastmile_desktop.core.people import PersonRole
from lastmile_desktop.core.portfolio import ProjectCard, Sum
from lastmile_desktop.engines.compose import EngineHome
from lastmile_desktop.engines.engine import Engine
from tests.session.harness import Heard


def no_engines(_: EngineHome) -> Sequence[Engine]:
    return ()


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Heard]:
    with Heard(tmp_path / "home", no_engines, watch=False) as session:
        yield session


def made(root: Path, *moments: str) -> Path:
    """A repository with a commit at each moment."""
    root.mkdir(parents=True)
    (root / "app.ts").write_text("export const app = 1;\n")
    run(root, "2026-11-01T09:00:00+00:00", "init", "-q", "-b", "main")
    run(root, "2026-11-01T09:00:00+00:00", "add", ".")
    for moment in moments:
        run(root, moment, "commit", "-q", "--allow-empty", "-m", "work")
    return root


def run(root: Path, date: str, *argv: str) -> None:
    name = {"GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "ann@example.org"}
    name |= {"GIT_COMMITTER_NAME": "Ann", "GIT_COMMITTER_EMAIL": "ann@example.org"}
    dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date, "GIT_CONFIG_GLOBAL": os.devnull}
    subprocess.run(["git", *argv], cwd=root, check=True, env=os.environ | name | dates)


def asked(heard: Heard) -> tuple[ProjectCard, ...]:
    heard.session.submit(commands.AskPortfolio())
    return heard.wait(events.PortfolioChanged, lambda event: event.waiting == 0).cards


def talk(
    person: str = "Dana", role: PersonRole = PersonRole.BUYER, commitment: Commitment | None = None
) -> Conversation:
    given = commitment or Commitment()
    return Conversation(person, "Two days late.", datetime.now(UTC), role=role, commitment=given)


def test_each_project_has_its_hours_its_people_and_its_money(heard: Heard, tmp_path: Path) -> None:
    quiet = made(tmp_path / "quiet", "2026-11-02T09:00:00+00:00", "2026-11-02T10:00:00+00:00")
    sold = made(tmp_path / "sold", "2026-11-03T09:00:00+00:00")
    heard.open(quiet)
    heard.open(sold)
    paid = Commitment(Ladder.MONEY, "pre-order", 4_900, "USD", MoneyStep.PRE_ORDER)
    heard.session.submit(commands.LogConversation(talk(commitment=paid)))
    heard.session.submit(commands.LogConversation(talk("Sam", PersonRole.FRIEND)))
    first, second = asked(heard)
    assert (first.project.name, first.is_open, first.build.hours) == ("sold", True, 0.5)
    assert (first.best, first.money, first.sold) == (Ladder.MONEY, (Sum(4_900, "USD"),), True)
    assert (second.project.name, second.build.hours, second.best) == ("quiet", 1.5, Ladder.NONE)
    assert second.build.last_built == datetime(2026, 11, 2, 10, tzinfo=UTC)
    assert second.stoppers is not None


def test_a_project_without_its_folder_keeps_its_history(heard: Heard, tmp_path: Path) -> None:
    gone = made(tmp_path / "gone", "2026-11-02T09:00:00+00:00")
    heard.open(gone)
    asked(heard)
    shutil.rmtree(gone)
    (found,) = asked(heard)
    assert (found.here, found.build.hours, found.stoppers is not None) == (False, 0.5, True)


def test_a_renamed_folder_is_one_project(heard: Heard, tmp_path: Path) -> None:
    old = made(tmp_path / "old", "2026-11-02T09:00:00+00:00")
    heard.open(old)
    heard.session.submit(commands.LogConversation(talk()))
    asked(heard)
    new = old.rename(tmp_path / "new")
    heard.open(new)
    (found,) = asked(heard)
    assert (found.project.name, found.before, found.people) == ("new", (str(old),), 1)


def test_another_projects_fate_is_decided_from_here_and_taken_back(heard: Heard, tmp_path: Path) -> None:
    heard.open(made(tmp_path / "one", "2026-11-02T09:00:00+00:00"))
    heard.open(made(tmp_path / "two", "2026-11-02T09:00:00+00:00"))
    one = next(card for card in asked(heard) if card.project.name == "one")
    for choice in (StageChoice.PAUSED, StageChoice.SELL_NOW):
        heard.session.submit(commands.DecideStage(one.project.id, choice))
    decided = heard.wait(
        events.PortfolioChanged,
        lambda event: any(
            card.decision is not None and card.decision.choice is StageChoice.SELL_NOW for card in event.cards
        ),
    )
    assert [card.project.name for card in decided.cards if card.decision] == ["one"]
    heard.session.submit(commands.DecideStage(one.project.id, None))
    heard.wait(events.PortfolioChanged, lambda event: not any(card.decision for card in event.cards))


def test_git_is_asked_again_only_after_a_commit(
    heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lastmile_desktop.engines import git

    root = made(tmp_path / "one", "2026-11-02T09:00:00+00:00")
    heard.open(root)
    asked(heard)
    calls: list[Path] = []
    plain = git.commit_times
    monkeypatch.setattr(git, "commit_times", lambda root: calls.append(root) or plain(root))
    asked(heard)
    assert calls == []
    run(root, "2026-11-05T09:00:00+00:00", "commit", "-q", "--allow-empty", "-m", "more")
    assert asked(heard)[0].build.hours == 1.0
    assert calls == [root]
