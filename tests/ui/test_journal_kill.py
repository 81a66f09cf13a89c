"""Kill -9 while a journal entry is typed: a real window, a real session, at most a second lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lastmile_desktop.ui.journal.keeper import FORM, draft_in
from tests.ui.killed import typed_and_killed

SYMPTOM = """
desk.window.go("journal")

def field():
    page = desk.window.page
    if typed == 0:
        page.journal.start_new()
    return page.findChild(window_app.QObject, "journal_symptom")
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_a_kill_while_an_entry_is_typed_loses_a_second_at_most(tmp_path: Path) -> None:
    typed = typed_and_killed(tmp_path, SYMPTOM)
    draft = draft_in(typed.settings[FORM])
    assert draft is not None
    assert typed.lost_s(len(draft.texts["symptom"])) <= 1.0
