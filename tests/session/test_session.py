from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lastmile_desktop.core import commands, events
from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.events import WatchState
from lastmile_desktop.core.finding import Life
from lastmile_desktop.core.suppression import ReasonKind
from lastmile_desktop.core.verdict import State
from lastmile_desktop.engines.compose import EngineHome
from lastmile_desktop.engines.engine import Engine
from lastmile_desktop.resources import resources_dir
from tests.session.harness import Heard

ADMIN = """import { createClient } from "@supabase/supabase-js";
export const admin = createClient(import.meta.env.VITE_SUPABASE_URL, import.meta.env.VITE_SUPABASE_SERVICE_ROLE_KEY);
"""
KEY_ROW = "secrets.privileged-key-in-client"


def no_engines(_: EngineHome) -> Sequence[Engine]:
    return ()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    copy = tmp_path / "acme-crm"
    shutil.copytree(resources_dir() / "sample", copy)
    return copy


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Heard]:
    with Heard(tmp_path / "home", no_engines) as session:
        yield session


def state_of(event: events.ScanUpdated, row_id: str) -> State:
    verdict = event.scan.verdict(row_id)
    assert verdict is not None
    return verdict.state


def after_a_save(event: events.ScanUpdated) -> bool:
    return event.scan.caused_by_ms is not None


def is_gap(event: events.ScanUpdated) -> bool:
    return state_of(event, KEY_ROW) is State.GAP


def test_a_save_that_mends_a_gap_changes_its_row(heard: Heard, root: Path) -> None:
    first = heard.open(root)
    gap = first.verdict(KEY_ROW)
    assert gap is not None
    assert gap.state is State.GAP
    (root / "src/lib/admin.ts").write_text("export const admin = null;\n")
    heard.wait(events.ScanUpdated, lambda event: after_a_save(event) and not is_gap(event))
    (root / "src/lib/admin.ts").write_text((resources_dir() / "sample/src/lib/admin.ts").read_text())
    again = heard.wait(events.ScanUpdated, lambda event: after_a_save(event) and is_gap(event))
    verdict = again.scan.verdict(KEY_ROW)
    assert verdict is not None
    assert [item.life for item in verdict.findings] == [Life.REGRESSED]
    assert heard.wait(events.StopperAppeared).row_id == KEY_ROW


def test_what_changed_while_it_was_closed_is_caught_at_start(tmp_path: Path, root: Path) -> None:
    with Heard(tmp_path / "home", no_engines) as first:
        first.open(root)
    (root / "src/lib/admin.ts").unlink()
    (root / "src/pages/Jobs.tsx").write_text("export default function Jobs() { return null; }\n")
    with Heard(tmp_path / "home", no_engines) as second:
        second.session.submit(commands.OpenProject(root))
        opened = second.wait(events.ProjectOpened)
        assert opened.last_scan is not None
        assert (opened.last_scan.verdict(KEY_ROW) or pytest.fail("no row")).state is State.GAP
        scan = second.wait(events.ScanUpdated, lambda event: not event.scan.partial)
        assert state_of(scan, KEY_ROW) is not State.GAP


def test_a_branch_switch_of_many_files_is_one_scan(heard: Heard, root: Path) -> None:
    git = ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "commit.gpgsign=false"]
    environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull}

    def run(*argv: str) -> None:
        subprocess.run([*git, *argv], cwd=root, check=True, env=environment, capture_output=True)

    run("init", "-q", "-b", "main")
    run("add", "-f", ".")
    run("commit", "-q", "-m", "one")
    run("switch", "-q", "-c", "many")
    for number in range(600):
        (root / f"src/part{number}.ts").write_text(f"export const part = {number};\n")
    run("add", ".")
    run("commit", "-q", "-m", "many")
    run("switch", "-q", "main")
    files = heard.open(root).files
    heard.quiet(1.0)
    run("switch", "-q", "many")
    told = heard.quiet(6.0)
    assert sum(isinstance(event, events.ScanStarted) for event in told) == 1
    assert {event.scan.files - files for event in told if isinstance(event, events.ScanUpdated)} == {600}


def test_pause_stops_background_work_and_scan_now_still_works(heard: Heard, root: Path) -> None:
    heard.open(root)
    heard.session.submit(commands.Pause())
    heard.wait(events.WatchChanged, lambda event: event.state is WatchState.PAUSED)
    (root / "src/lib/admin.ts").write_text("export const admin = null;\n")
    assert not [event for event in heard.quiet(1.0) if isinstance(event, events.ScanUpdated)]
    heard.session.submit(commands.ScanNow())
    assert state_of(heard.wait(events.ScanUpdated), KEY_ROW) is not State.GAP
    heard.session.submit(commands.Resume())
    heard.wait(events.WatchChanged, lambda event: event.state is WatchState.WATCHING)


def test_a_logged_conversation_is_kept_and_shown(tmp_path: Path, root: Path) -> None:
    talk = Conversation(
        person="Dana Ortiz", said="I lose the photos.", when=datetime(2026, 11, 19, tzinfo=UTC)
    )
    with Heard(tmp_path / "home", no_engines) as first:
        first.open(root)
        first.session.submit(commands.LogConversation(talk))
        shown = first.wait(events.ConversationsChanged, lambda event: bool(event.conversations)).conversations
        assert [item.person for item in shown] == ["Dana Ortiz"]
    with Heard(tmp_path / "home", no_engines) as second:
        second.session.submit(commands.OpenProject(root))
        kept = second.wait(events.ConversationsChanged).conversations
        assert kept == shown


def test_a_suppression_lies_in_the_project_and_can_be_lifted(heard: Heard, root: Path) -> None:
    heard.open(root)
    until = datetime.now(UTC).date() + timedelta(days=7)
    heard.session.submit(
        commands.SuppressFinding(
            KEY_ROW, "", ReasonKind.ACCEPTED_RISK, "Only the founder has this build.", until
        )
    )
    heard.wait(events.ScanUpdated, lambda event: state_of(event, KEY_ROW) is State.SUPPRESSED)
    assert "Only the founder" in (root / ".lastmile/suppressions.toml").read_text()
    heard.session.submit(commands.LiftSuppression(KEY_ROW, ""))
    heard.wait(events.ScanUpdated, lambda event: state_of(event, KEY_ROW) is State.GAP)


def test_a_reason_that_is_too_short_is_refused_in_words(heard: Heard, root: Path) -> None:
    heard.open(root)
    heard.session.submit(
        commands.SuppressFinding(KEY_ROW, "", ReasonKind.ACCEPTED_RISK, "later", datetime.now(UTC).date())
    )
    assert "20 characters" in heard.wait(events.Failed).happened
    assert not (root / ".lastmile").exists()


def test_a_folder_that_is_not_there_is_a_known_error(heard: Heard, tmp_path: Path) -> None:
    heard.session.submit(commands.OpenProject(tmp_path / "nowhere"))
    assert heard.wait(events.Failed).title == "This folder is not there"


def test_the_users_slider_is_remembered(tmp_path: Path, root: Path) -> None:
    with Heard(tmp_path / "home", no_engines) as first:
        first.open(root)
        first.session.submit(commands.Answer("profile.users", "150"))
        assert first.wait(events.ProjectOpened).users == 150
    with Heard(tmp_path / "home", no_engines) as second:
        second.session.submit(commands.OpenProject(root))
        assert second.wait(events.ProjectOpened).users == 150
