"""What the command line writes down while the window is open."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from lastmile_desktop.core import commands, events
from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.customers.visit import visit
from lastmile_desktop.home import Home
from tests.session.harness import Heard

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_note_of_the_command_line_appears_in_an_open_window(tmp_path: Path) -> None:
    root, home = tmp_path / "acme", tmp_path / "home"
    root.mkdir()
    with Heard(home, engines=lambda _: (), watch=False) as window:
        window.open(root)
        with visit(Home.of(home).database, root, NOW) as log:
            log.add(Conversation("Dana Ortiz", "I lose the job.", NOW))
        told = window.wait(events.ConversationsChanged, lambda event: bool(event.conversations))
        assert [talk.said for talk in told.conversations] == ["I lose the job."]


def test_a_paused_window_hears_of_it_too_and_does_not_scan(tmp_path: Path) -> None:
    root, home = tmp_path / "acme", tmp_path / "home"
    root.mkdir()
    with Heard(home, engines=lambda _: (), watch=False) as window:
        window.open(root)
        window.session.submit(commands.Pause())
        window.wait(events.WatchChanged, lambda event: event.state is events.WatchState.PAUSED)
        with visit(Home.of(home).database, root, NOW) as log:
            log.add(Conversation("Dana Ortiz", "I lose the job.", NOW))
        window.wait(events.ConversationsChanged, lambda event: bool(event.conversations))
        assert not [event for event in window.quiet(0.5) if isinstance(event, events.ScanStarted)]


def test_drafts_and_own_notes_are_not_told_twice(tmp_path: Path) -> None:
    root, home = tmp_path / "acme", tmp_path / "home"
    root.mkdir()
    with Heard(home, engines=lambda _: (), watch=False) as window:
        window.open(root)
        window.session.submit(commands.LogConversation(Conversation("Dana Ortiz", "First.", NOW)))
        window.wait(events.ConversationsChanged, lambda event: bool(event.conversations))
        window.session.submit(commands.KeepDraft("unfinished"))
        window.wait(events.DraftKept)
        heard = window.quiet(2.5)
        assert not [event for event in heard if isinstance(event, events.ConversationsChanged)]


def test_a_command_in_a_folder_of_the_project_means_the_project(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (tmp_path / "acme" / "src").mkdir(parents=True)
    with visit(Home.of(home).database, tmp_path / "acme", NOW) as log:
        first = log.project
    with visit(Home.of(home).database, tmp_path / "acme" / "src", NOW) as log:
        assert log.project == first
