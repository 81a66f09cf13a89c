"""Searching does not wait for a scan."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

from lastmile_desktop.core import commands, events
from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.search import TalkQuery
from tests.session.harness import Heard

NOW = datetime(2026, 11, 20, 14, tzinfo=UTC)


def no_engines(home: object) -> tuple[()]:
    return ()


def test_the_log_is_searched_and_read_while_the_worker_is_busy(tmp_path: Path) -> None:
    root = tmp_path / "acme"
    root.mkdir()
    with Heard(tmp_path / "home", no_engines, watch=False) as heard:
        heard.open(root)
        heard.session.submit(commands.LogConversation(Conversation("Dana", "Photos of roofs", NOW)))
        heard.wait(events.ConversationsChanged, lambda event: bool(event.conversations))
        busy, go_on = threading.Event(), threading.Event()

        def hold(event: events.Event) -> None:
            if isinstance(event, events.SettingsChanged):
                busy.set()
                go_on.wait(20)

        heard.session.subscribe(hold)
        heard.session.submit(commands.SetSetting("theme", "dark"))
        assert busy.wait(10)
        heard.session.submit(commands.FindTalks(TalkQuery("roof")))
        found = heard.wait(events.TalksFound)
        assert [hit.conversation.person for hit in found.hits] == ["Dana"]
        heard.session.submit(commands.ReadTalks(last=1))
        assert heard.wait(events.TalksRead).talks[0].conversation.said == "Photos of roofs"
        go_on.set()


def test_a_question_right_after_opening_another_project_is_about_that_one(tmp_path: Path) -> None:
    with Heard(tmp_path / "home", no_engines, watch=False) as heard:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
        heard.open(tmp_path / "one")
        heard.session.submit(commands.LogConversation(Conversation("Dana", "Roofs", NOW)))
        heard.session.submit(commands.OpenProject(tmp_path / "two"))
        heard.session.submit(commands.FindTalks(TalkQuery()))
        assert heard.wait(events.TalksFound).total == 0
