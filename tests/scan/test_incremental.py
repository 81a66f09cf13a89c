"""The law of the incremental scan: after any edits, the state is the one a full scan reaches from nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.edits import Editor
from benchmarks.project import make
from benchmarks.scans import settled
from lastmile_desktop.catalogue.load import load
from lastmile_desktop.engines.compose import EngineHome, compose
from lastmile_desktop.resources import rules_dir
from lastmile_desktop.scan.balance import talkless
from lastmile_desktop.scan.run import Scanner
from lastmile_desktop.scan.workspace import Context

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CONTEXT = Context(NOW, {"profile.stage": "first-users"}, talkless(NOW, {"profile.stage": "first-users"}))


@pytest.mark.parametrize("seed", [1, 2])
def test_forty_edits_leave_the_state_of_a_full_scan(tmp_path: Path, seed: int) -> None:
    root = tmp_path / "project"
    make(root, files=60, seed=seed)
    catalogue = load(rules_dir())
    home = EngineHome(tmp_path / "home", rules_dir(), b"k" * 32)
    live = Scanner(root, catalogue.checks, compose(home, warm=True))
    editor = Editor(root, seed)
    try:
        live.scan(CONTEXT)
        edits: list[str] = []
        for number in range(40):
            edits.append(editor.edit())
            outcome = live.scan(CONTEXT)
            if number % 10 == 9:
                fresh = Scanner(root, catalogue.checks, compose(home, warm=False))
                whole = fresh.scan(CONTEXT)
                fresh.close()
                assert settled(outcome) == settled(whole), edits
    finally:
        live.close()
