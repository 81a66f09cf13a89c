"""What is written down and asked about customers does not wait for a scan, and no bug ends it."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lastmile_desktop.core import commands, events
from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.search import TalkQuery
from lastmile_desktop.customers.desk import Desk
from lastmile_desktop.store import settings
from tests.session.harness import Heard

NOW = datetime(2026, 11, 20, 14, tzinfo=UTC)


def no_engines(home: object) -> tuple[()]:
    return ()


@contextmanager
def held(heard: Heard, at: type[events.Event], by: commands.Command) -> Generator[None]:
    """While the worker stands still at an event that the command leads to."""
    busy, go_on = threading.Event(), threading.Event()

    def hold(event: events.Event) -> None:
        if isinstance(event, at):
            busy.set()
            go_on.wait(20)

    end = heard.session.subscribe(hold)
    heard.session.submit(by)
    assert busy.wait(10)
    try:
        yield
    finally:
        end()
        go_on.set()


def breaking(*_: object) -> None:
    raise RuntimeError("a bug")


def test_the_log_is_searched_and_read_while_the_worker_is_busy(tmp_path: Path) -> None:
    root = tmp_path / "acme"
    root.mkdir()
    with Heard(tmp_path / "home", no_engines, watch=False) as heard:
        heard.open(root)
        heard.session.submit(commands.LogConversation(Conversation("Dana", "Photos of roofs", NOW)))
        heard.wait(events.ConversationsChanged, lambda event: bool(event.conversations))
        with held(heard, events.SettingsChanged, commands.SetSetting("theme", "dark")):
            heard.session.submit(commands.FindTalks(TalkQuery("roof")))
            found = heard.wait(events.TalksFound)
            assert [hit.conversation.person for hit in found.hits] == ["Dana"]
            heard.session.submit(commands.ReadTalks(last=1))
            assert heard.wait(events.TalksRead).talks[0].conversation.said == "Photos of roofs"


def test_a_talk_is_logged_while_the_first_scan_runs_and_the_next_scan_knows_it(tmp_path: Path) -> None:
    root = tmp_path / "acme"
    root.mkdir()
    with Heard(tmp_path / "home", no_engines, watch=False) as heard:
        with held(heard, events.ScanStarted, commands.OpenProject(root)):
            heard.session.submit(commands.LogConversation(Conversation("Dana", "Roofs", NOW)))
            told = heard.wait(events.ConversationsChanged, lambda event: bool(event.conversations))
            assert [talk.person for talk in told.conversations] == ["Dana"]
        heard.wait(events.ScanEnded)
        assert heard.wait(events.BuildTalkChanged, lambda event: event.window.ever == 1)


def test_what_is_asked_of_all_projects_knows_what_was_said_before(tmp_path: Path) -> None:
    root = tmp_path / "acme"
    root.mkdir()
    with Heard(tmp_path / "home", no_engines, watch=False) as heard:
        heard.open(root)
        heard.session.submit(commands.LogConversation(Conversation("Dana", "Roofs", NOW)))
        heard.session.submit(commands.AskPortfolio())
        assert heard.wait(events.PortfolioChanged).cards[0].talks == 1


def test_a_folder_that_is_not_there_leaves_the_open_project_open(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    with Heard(tmp_path / "home", no_engines, watch=False) as heard:
        heard.open(tmp_path / "one")
        heard.session.submit(commands.OpenProject(tmp_path / "gone"))
        heard.session.submit(commands.LogConversation(Conversation("Dana", "Roofs", NOW)))
        heard.wait(events.Failed)
        heard.wait(events.ConversationsChanged, lambda event: bool(event.conversations))


def test_nothing_is_written_down_while_nothing_is_open(tmp_path: Path) -> None:
    with Heard(tmp_path / "home", no_engines, watch=False) as heard:
        heard.session.submit(commands.LogConversation(Conversation("Dana", "Roofs", NOW)))
        assert heard.wait(events.Failed).title == "No project is open"


def test_a_bug_is_reported_and_does_not_end_the_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "acme"
    root.mkdir()
    with Heard(tmp_path / "home", no_engines, watch=False) as heard:
        heard.open(root)
        with monkeypatch.context() as broken:
            broken.setattr(Desk, "answer", breaking)
            broken.setattr(settings, "write", breaking)
            for command in (commands.FindTalks(TalkQuery()), commands.KeepDraft("half")):
                heard.session.submit(command)
                assert Path(heard.wait(events.Failed).report).is_file()
        heard.session.submit(commands.FindTalks(TalkQuery()))
        heard.wait(events.TalksFound)
        heard.session.submit(commands.KeepDraft("half"))
        assert heard.wait(events.DraftKept).text == "half"


def test_a_question_right_after_opening_another_project_is_about_that_one(tmp_path: Path) -> None:
    with Heard(tmp_path / "home", no_engines, watch=False) as heard:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
        heard.open(tmp_path / "one")
        heard.session.submit(commands.LogConversation(Conversation("Dana", "Roofs", NOW)))
        heard.session.submit(commands.OpenProject(tmp_path / "two"))
        heard.session.submit(commands.FindTalks(TalkQuery()))
        assert heard.wait(events.TalksFound).total == 0
