"""The window never waits: nothing it does takes longer than 50 ms with a long list."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace

from PySide6.QtWidgets import QApplication

from lastmile_desktop.core import events
from tests.ui import sample
from tests.ui.conftest import Opener

LONGEST = 0.05


def _many() -> tuple[sample.Verdict, ...]:
    """Every check in 12 packages, thirty findings in each gap."""
    found: list[sample.Verdict] = []
    for package in range(12):
        for verdict in sample.VERDICTS:
            findings = tuple(
                replace(finding, fingerprint=f"{finding.fingerprint}{number}")
                for finding in verdict.findings[:1]
                for number in range(30)
            )
            found.append(replace(verdict, target=f"packages/p{package}", findings=findings))
    return tuple(found)


def _cpu(act: object) -> float:
    start = time.process_time()
    act()  # pyright: ignore[reportCallIssue]
    QApplication.processEvents()
    return time.process_time() - start


def test_a_scan_of_a_large_project_is_shown_at_once(open_screen: Opener) -> None:
    screen = open_screen(scan=sample.scan(_many()))
    scans = (sample.scan(_many()[1:]), sample.scan(_many()), sample.scan(_many()[2:]))
    assert min(_cpu(lambda told=told: screen.tell(events.ScanUpdated(told))) for told in scans) < LONGEST


def test_sliding_is_smooth(open_screen: Opener) -> None:
    screen = open_screen(scan=sample.scan(_many()))
    best = min(_cpu(lambda users=users: screen.state.set_users(users)) for users in (500, 40, 5_000, 90))
    assert best < LONGEST


def test_starting_reads_only_what_it_needs() -> None:
    code = (
        "import sys; import lastmile_desktop.ui.app; "
        "print(sorted(m for m in sys.modules if m.startswith(('PySide6.Qt', 'qtawesome', 'qtpy'))))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "['PySide6.QtCore', 'PySide6.QtGui', 'PySide6.QtWidgets']"
