"""Renders the key screens from sample data: `python -m tests.ui.screenshots docs/screenshots`.

The clock, the project and every word are fixed, so that a picture changes only when the window does."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lastmile_desktop.core import commands, events
from lastmile_desktop.core.policy_book import PolicyChange
from lastmile_desktop.core.scan import Scan
from lastmile_desktop.ui import app as window_app
from lastmile_desktop.ui.app import Desk, Start
from lastmile_desktop.ui.journal.page import FEATURES, JOURNAL, SCOREBOARD, JournalPage
from lastmile_desktop.ui.policy.page import BOOK, RULES, PolicyPage
from lastmile_desktop.ui.theme import Theme, Tokens
from lastmile_desktop.ui.today.page import TodayPage
from tests.ui import month_acts, sample, sample_journal, sample_month
from tests.ui.fake_session import FakeSession
from tests.ui.test_features import UNITS
from tests.ui.test_policy import BOOK_TEXT

WIDE, NARROW = (1240, 800), (380, 760)
KEY = "secrets.privileged-key-in-client"


@dataclass(frozen=True)
class Shot:
    """A screen: what is told and clicked before the picture is taken."""

    name: str
    size: tuple[int, int] = WIDE
    theme: str = "light"
    scale: str = "100"
    scan: Scan | None = field(default_factory=sample.scan)
    open: bool = True
    nudges: bool = False
    month: bool = False
    act: Callable[[Desk, FakeSession], None] = lambda desk, session: None


def _today(desk: Desk) -> TodayPage:
    page = desk.window.built("today")
    assert isinstance(page, TodayPage)
    return page


def _row(row_id: str) -> Callable[[Desk, FakeSession], None]:
    return lambda desk, session: desk.window.open_row(row_id)


def _streaming(desk: Desk, session: FakeSession) -> None:
    session.publish(
        events.ScanStarted(True, 0),
        events.ScanProgress("Reading routes", 320, 1_204),
        events.ScanUpdated(sample.scan(sample.VERDICTS[:3], partial=True)),
    )


def _walkthrough(desk: Desk, session: FakeSession) -> None:
    desk.window.open_row(KEY)
    _today(desk).detail.fix_wanted.emit(KEY)
    for _ in range(2):
        button = desk.window.findChild(window_app.QObject, "walkthrough_next")
        assert button is not None
        button.click()  # pyright: ignore[reportAttributeAccessIssue]


def _saved(desk: Desk, session: FakeSession) -> None:
    session.publish(events.StopperAppeared("A master key is in what you send to the browser", KEY))


def _without(check_id: str) -> Scan:
    return sample.scan(tuple(item for item in sample.VERDICTS if item.check_id != check_id))


def _fixed() -> Scan:
    proof = sample.passed(KEY, "No client file reaches a service key", "src/lib/supabase.ts", 7)
    return sample.scan((*_without(KEY).verdicts, proof))


def _conversations(desk: Desk, session: FakeSession) -> None:
    _today(desk).log_conversation()


def _settings(desk: Desk, session: FakeSession) -> None:
    desk.window.go("settings")


def _journal(tab: str, newest: bool = False) -> Callable[[Desk, FakeSession], None]:
    def act(desk: Desk, session: FakeSession) -> None:
        for command in sample_journal.KEPT:
            session.submit(command)
        desk.window.go("journal")
        desk.bridge.flush()
        page = desk.window.page
        assert isinstance(page, JournalPage)
        page.show_tab(tab)
        if newest:
            page.journal.open(2)

    return act


def _features(desk: Desk, session: FakeSession) -> None:
    session.publish(events.FeaturesBuilt(UNITS))
    _journal(FEATURES)(desk, session)
    page = desk.window.page
    assert isinstance(page, JournalPage)
    page.features.choose(UNITS[0].key)


def _policy(tab: str, preview: bool = False) -> Callable[[Desk, FakeSession], None]:
    def act(desk: Desk, session: FakeSession) -> None:
        file = session.root / ".lastmile" / "policy.toml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(BOOK_TEXT)
        desk.window.go("policy")
        desk.bridge.flush()
        page = desk.window.page
        assert isinstance(page, PolicyPage)
        page.show_tab(tab)
        if preview:
            session.submit(commands.PreviewPolicy((PolicyChange("secrets.rotation_days", "90"),)))

    return act


def _page(name: str) -> Callable[[Desk, FakeSession], None]:
    return lambda desk, session: desk.window.go(name)


def _engines(desk: Desk, session: FakeSession) -> None:
    desk.window.status_bar.open_engines()


def _calm() -> Scan:
    return sample.scan(
        tuple(item for item in sample.VERDICTS if item.state.value in ("passed", "not-applicable"))
    )


SHOTS = (
    Shot("first-run", scan=None, open=False),
    Shot("first-scan", scan=None, act=_streaming),
    Shot("first-scan-narrow", NARROW, scan=None, act=_streaming),
    Shot("today-wide-light"),
    Shot("today-wide-dark", theme="dark"),
    Shot("today-narrow-light", NARROW),
    Shot("today-narrow-dark", NARROW, theme="dark"),
    Shot("today-large-text", scale="200"),
    Shot("before-a-save", scan=_without(KEY)),
    Shot("a-save-adds-a-stopper", act=_saved),
    Shot("the-fix-removes-it", scan=_fixed(), act=_row(KEY)),
    Shot("detail-wide-light", act=_row(KEY)),
    Shot("detail-wide-dark", theme="dark", act=_row("access.object-ownership")),
    Shot("detail-narrow", NARROW, act=_row(KEY)),
    Shot("needs-you", act=_row("data.backup-unproven")),
    Shot("walkthrough-light", act=_walkthrough),
    Shot("walkthrough-dark", theme="dark", act=_walkthrough),
    Shot("engine-killed", scan=sample.broken_scan(), act=_engines),
    Shot("not-checked", scan=sample.broken_scan(), act=_row("access.object-ownership")),
    Shot("no-stoppers", scan=_calm()),
    Shot("conversations-narrow", NARROW, act=_conversations),
    Shot("settings", theme="dark", act=_settings),
    Shot("journal-wide-light", act=_journal(JOURNAL, newest=True)),
    Shot("journal-wide-dark", theme="dark", act=_journal(JOURNAL, newest=True)),
    Shot("journal-narrow-light", NARROW, act=_journal(JOURNAL)),
    Shot("journal-entry-narrow-dark", NARROW, theme="dark", act=_journal(JOURNAL, newest=True)),
    Shot("scoreboard-wide-light", act=_journal(SCOREBOARD)),
    Shot("scoreboard-wide-dark", theme="dark", act=_journal(SCOREBOARD)),
    Shot("scoreboard-narrow-light", NARROW, act=_journal(SCOREBOARD)),
    Shot("nudge-wide-light", nudges=True),
    Shot("nudge-narrow-dark", NARROW, theme="dark", nudges=True),
    Shot("features-wide-light", act=_features),
    Shot("features-narrow-dark", NARROW, theme="dark", act=_features),
    Shot("policy-wide-light", act=_policy(RULES)),
    Shot("policy-wide-dark", theme="dark", act=_policy(RULES)),
    Shot("policy-narrow-dark", NARROW, theme="dark", act=_policy(RULES)),
    Shot("policy-text-narrow-light", NARROW, act=_policy(BOOK)),
    Shot("policy-preview-light", act=_policy(RULES, preview=True)),
    Shot("projects-wide-light", act=_page("portfolio")),
    Shot("projects-wide-dark", theme="dark", act=_page("portfolio")),
    Shot("projects-narrow-light", NARROW, act=_page("portfolio")),
    Shot("projects-narrow-dark", NARROW, theme="dark", act=_page("portfolio")),
)

MONTH_SHOTS = (
    *(
        Shot(f"{name}-{width}-{theme}", size, theme, month=True, act=act)
        for name, act in month_acts.FOUR
        for width, size in (("wide", WIDE), ("narrow", NARROW))
        for theme in ("light", "dark")
    ),
    *(
        Shot(f"{name}-{width}", size, theme, month=True, act=act)
        for name, act in month_acts.TWO
        for width, size, theme in (("wide", WIDE, "light"), ("narrow", NARROW, "dark"))
    ),
)


def take(shot: Shot, folder: Path) -> Path:
    """Render one screen with its popups."""
    kept = sample_month.WHOLE_MONTH if shot.month else ()
    stored = {"theme": shot.theme, "font_scale": shot.scale}
    session = FakeSession(shot.scan, stored=stored, asked_before=kept)
    if shot.month:
        session.balance = sample_month.BALANCE
    data = Path("~/.local/share/lastmile")
    start = Start(sample=Path("/sample"), data=data, now=lambda: sample.NOW, nudges=shot.nudges)
    desk = Desk(window_app.application(), session, start)
    desk.window.resize(*shot.size)
    desk.show()
    if shot.open:
        session.open()
    desk.bridge.flush()
    shot.act(desk, session)
    desk.bridge.flush()
    # What was asked for on the way comes in a moment later, and is laid out after that.
    QTest.qWait(200)
    desk.bridge.flush()
    QTest.qWait(100)
    file = folder / f"{shot.name}.png"
    _picture(desk).save(str(file), quality=0)
    _close(desk)
    return file


def _picture(desk: Desk) -> QImage:
    image = desk.window.grab().toImage()
    painter = QPainter(image)
    corner = desk.window.mapToGlobal(QPoint(0, 0))
    for other in QApplication.topLevelWidgets():
        if other is not desk.window and other.isVisible():
            painter.drawPixmap(other.mapToGlobal(QPoint(0, 0)) - corner, other.grab())
            other.close()
    painter.end()
    return _thrifty(image, desk.theme)


def _thrifty(image: QImage, theme: Theme) -> QImage:
    """With the theme's colours and those it uses most, 256 in all: a third of the size for the same look."""
    whole = image.convertToFormat(QImage.Format.Format_RGB32)
    counted = Counter(memoryview(whole.constBits()).cast("B").cast("I"))
    own = {theme.colour(name).rgba(): 0 for name in Tokens.read().light}
    table = list(own | dict(counted.most_common(256)))[:256]
    dither = Qt.ImageConversionFlag.ThresholdDither | Qt.ImageConversionFlag.AvoidDither
    return whole.convertToFormat(QImage.Format.Format_Indexed8, table, dither)


def _close(desk: Desk) -> None:
    desk.window.close()
    desk.close()
    desk.window.deleteLater()
    desk.theme.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0] if arguments else "docs/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    wanted = arguments[1:]
    for shot in (*SHOTS, *MONTH_SHOTS):
        if wanted and not shot.name.startswith(tuple(wanted)):
            continue
        file = take(shot, folder)
        print(f"{file.stat().st_size // 1024:5} kB  {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
