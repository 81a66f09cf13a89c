"""The checklist and the detail, with real clicks and keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QComboBox, QLabel, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from lastmile_desktop.core import commands, events
from lastmile_desktop.core.suppression import ReasonKind
from lastmile_desktop.core.verdict import State
from lastmile_desktop.ui.checklist.view import ChecklistList
from lastmile_desktop.ui.detail.suppress import SuppressDialog
from lastmile_desktop.ui.detail.view import DetailView
from lastmile_desktop.ui.span_text import SpanText
from tests.ui import sample
from tests.ui.conftest import Opener, Screen

KEY = "secrets.privileged-key-in-client"


def the_list(screen: Screen) -> ChecklistList:
    found = screen.window.findChild(ChecklistList, "checklist")
    assert isinstance(found, ChecklistList)
    return found


def click_row(qtbot: QtBot, screen: Screen, row_id: str) -> None:
    view = the_list(screen)
    index = screen.today.model.index_of(row_id)
    view.scrollTo(index)
    where = view.visualRect(index).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(where.x(), where.y()))


def text_of(screen: Screen, name: str) -> str:
    found = screen.window.findChild(QLabel, name)
    assert isinstance(found, QLabel)
    return found.text().replace("\u00a0", " ")


def detail(screen: Screen) -> DetailView:
    found = screen.window.findChild(DetailView, "detail")
    assert isinstance(found, DetailView)
    return found


def test_the_verdict_and_the_strip(open_screen: Opener) -> None:
    screen = open_screen()
    assert text_of(screen, "verdict_line") == (
        "2 things stop you · 3 before you double to 80 users · 3 later · 2 need you · 2 not checked"
    )
    strip = text_of(screen, "build_talk").replace("\u2003", " | ")
    assert strip == (
        "9.5 h building this week | 0 conversations | last talk 12 days ago | sold: 1 pre-order, $49"
    )


def test_a_click_opens_the_detail_and_escape_brings_the_log_back(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    click_row(qtbot, screen, "access.object-ownership")
    assert detail(screen).isVisible()
    assert text_of(screen, "detail_title").startswith("Changing the id")
    assert text_of(screen, "excerpt_path") == "supabase/functions/get-invoice/index.ts:31"
    screen.press("excerpt_next")
    assert text_of(screen, "excerpt_path") == "supabase/functions/get-photos/index.ts:18"
    assert text_of(screen, "excerpt_count") == "2 of 3"
    qtbot.keyClick(screen.window, Qt.Key.Key_Escape)
    assert not detail(screen).isVisible()
    assert the_list(screen).hasFocus()


def test_the_whole_way_with_keys(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    view = the_list(screen)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_J)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert detail(screen).isVisible()
    first = screen.today.detail.row_id
    qtbot.keyClick(view, Qt.Key.Key_J)
    assert screen.today.detail.row_id != first
    qtbot.keyClick(view, Qt.Key.Key_K)
    assert screen.today.detail.row_id == first
    qtbot.keyClick(view, Qt.Key.Key_C)
    assert "supabase/functions/get-invoice/index.ts:31" in QGuiApplication.clipboard().text()
    qtbot.keyClick(view, Qt.Key.Key_E)
    assert screen.session.last(commands.OpenInEditor) == commands.OpenInEditor(
        "supabase/functions/get-invoice/index.ts", 31
    )
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert screen.today.walkthrough.is_open
    qtbot.keyClick(screen.window, Qt.Key.Key_Escape)
    assert not screen.today.walkthrough.is_open and detail(screen).isVisible()
    qtbot.keyClick(screen.window, Qt.Key.Key_F5)
    assert isinstance(screen.session.asked[-1], commands.ScanNow)


def test_bands_open_and_close_with_keys(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    view, model = the_list(screen), screen.today.model
    view.setFocus()
    view.setCurrentIndex(model.index_of("band:passed"))
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert model.index_of("access.rls-disabled").isValid()
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert not model.index_of("access.rls-disabled").isValid()


def test_the_slider_re_orders_at_once_and_tells_the_session_once(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    click_row(qtbot, screen, "ops.no-error-tracking")
    resets: list[None] = []
    screen.today.model.modelReset.connect(lambda: resets.append(None))
    screen.press("users")
    slider = screen.window.top_bar.users.popup.slider
    for _ in range(20):
        qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert screen.state.users == 400
    assert "before you double to 800 users" in text_of(screen, "verdict_line")
    current = screen.today.model.entry(the_list(screen).currentIndex())
    assert current is not None and current.id == "ops.no-error-tracking"
    assert not resets
    qtbot.waitUntil(lambda: screen.session.last(commands.Answer) is not None)
    answers = [item for item in screen.session.asked if isinstance(item, commands.Answer)]
    assert answers == [commands.Answer("profile.users", "400")]
    screen.window.top_bar.users.popup.close()


def test_a_save_adds_a_stopper_and_the_fix_removes_it(qtbot: QtBot, open_screen: Opener) -> None:
    before = sample.scan(tuple(item for item in sample.VERDICTS if item.check_id != KEY))
    screen = open_screen(scan=before)
    assert "1 thing stops you" in text_of(screen, "verdict_line")
    screen.tell(events.ScanUpdated(sample.scan()))
    assert screen.today.model.index_of(KEY).isValid()
    click_row(qtbot, screen, KEY)
    screen.press("fix")
    fixed = sample.passed(KEY, "No client file reaches a service key", "src/lib/supabase.ts", 7)
    screen.tell(
        events.ScanUpdated(sample.scan((*(item for item in sample.VERDICTS if item.check_id != KEY), fixed)))
    )
    assert "1 thing stops you" in text_of(screen, "verdict_line")
    assert "Passed. No client file reaches a service key" in [
        label.text() for label in screen.window.findChildren(SpanText)
    ]
    qtbot.keyClick(screen.window, Qt.Key.Key_Escape)
    assert text_of(screen, "detail_state").startswith("Passed")


def test_suppressing_asks_for_a_real_reason_and_an_end(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    click_row(qtbot, screen, "access.object-ownership")
    qtbot.keyClick(the_list(screen), Qt.Key.Key_S)
    dialog = screen.window.findChild(SuppressDialog)
    assert isinstance(dialog, SuppressDialog)
    confirm = dialog.findChild(QAbstractButton, "suppress_confirm")
    reason = dialog.findChild(QPlainTextEdit, "suppress_reason")
    assert confirm is not None and reason is not None
    qtbot.keyClicks(reason, "too short")
    assert not confirm.isEnabled()
    count = dialog.findChild(QLabel, "suppress_count")
    assert count is not None and count.text() == "9 of at least 20 characters"
    qtbot.keyClicks(reason, " but now it is long enough")
    assert confirm.isEnabled()
    qtbot.mouseClick(confirm, Qt.MouseButton.LeftButton)
    asked = screen.session.last(commands.SuppressFinding)
    assert isinstance(asked, commands.SuppressFinding)
    assert asked.fingerprint.endswith("get-invoice/index.ts:31")
    assert asked.kind is ReasonKind.ACCEPTED_RISK
    assert asked.expires == sample.NOW.date() + timedelta(days=30)


def test_a_false_positive_may_stand_until_the_code_changes(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    click_row(qtbot, screen, "payments.webhook-replay-order")
    screen.press("suppress")
    dialog = screen.window.findChild(SuppressDialog)
    assert isinstance(dialog, SuppressDialog)
    kind, open_end = (
        dialog.findChild(QComboBox, "suppress_kind"),
        dialog.findChild(QCheckBox, "suppress_open_end"),
    )
    reason = dialog.findChild(QPlainTextEdit, "suppress_reason")
    confirm = dialog.findChild(QAbstractButton, "suppress_confirm")
    assert kind and open_end and reason and confirm
    assert not open_end.isVisible()
    kind.setCurrentIndex(kind.findData(ReasonKind.FALSE_POSITIVE))
    open_end.setChecked(True)
    reason.setPlainText("The event id is stored by a trigger.")
    qtbot.mouseClick(confirm, Qt.MouseButton.LeftButton)
    asked = screen.session.last(commands.SuppressFinding)
    assert isinstance(asked, commands.SuppressFinding) and asked.expires is None


def test_a_suppressed_check_can_be_taken_up_again(qtbot: QtBot, open_screen: Opener) -> None:
    put_off = sample.finding(KEY, "x", sample.span("a.ts", 3), life=sample.Life.SUPPRESSED)
    put_off = replace(put_off, suppression="The key is a decoy for tests.")
    verdict = sample.Verdict(
        KEY, ".", State.SUPPRESSED, "You decided not to act on this for now.", (put_off,)
    )
    screen = open_screen(scan=sample.scan((verdict,)))
    screen.window.open_row(KEY)
    assert "The key is a decoy for tests." in [
        label.text() for label in detail(screen).findChildren(SpanText)
    ]
    screen.press("lift")
    assert screen.session.last(commands.LiftSuppression) == commands.LiftSuppression(KEY, put_off.fingerprint)


def test_stating_what_no_tool_can_see(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    click_row(qtbot, screen, "data.backup-unproven")
    form = detail(screen).attest
    assert not form.confirm.isEnabled()
    qtbot.keyClicks(form.proof, "restored 1.2 GB, order 4711 is there")
    qtbot.keyClicks(form.by, "Sam")
    screen.press("attest_confirm")
    assert screen.session.last(commands.Attest) == commands.Attest(
        "data.backup-unproven", date(2026, 11, 20), "restored 1.2 GB, order 4711 is there", "Sam"
    )


def test_an_engine_that_died_is_named_and_can_be_mended(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen(scan=sample.broken_scan())
    assert screen.window.findChild(QAbstractButton, "engines").text() == "6 of 7 engines"  # pyright: ignore[reportOptionalMemberAccess]
    screen.window.open_row("access.object-ownership")
    assert text_of(screen, "detail_state").startswith("Not checked")
    screen.press("mend")
    popup = next(
        child for child in screen.window.status_bar.findChildren(QWidget, "popup") if child.isVisible()
    )
    texts = " ".join(label.text() for label in popup.findChildren(SpanText))
    assert "Code patterns (semgrep)" in texts and "It was killed while it ran" in texts
    popup.close()


def test_rows_stream_in_and_the_scan_can_be_stopped(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen(with_project=False)
    screen.session.open()
    screen.tell(events.ScanStarted(True, 0), events.ScanProgress("Reading routes", 320, 1_204))
    screen.tell(events.ScanUpdated(sample.scan(sample.VERDICTS[:3], partial=True)))
    model = screen.today.model
    assert model.index_of(KEY).isValid() and model.index_of("skeleton:0").isValid()
    assert text_of(screen, "status_progress") == "Reading routes, 320 of 1,204"
    assert text_of(screen, "verdict_line").startswith("So far: ")
    screen.press("scan_cancel")
    assert screen.session.asked[-1] == commands.CancelScan()
    screen.tell(events.ScanUpdated(sample.scan()), events.ScanEnded())
    assert not model.index_of("skeleton:0").isValid()
    assert not screen.window.findChild(QAbstractButton, "scan_cancel").isVisible()  # pyright: ignore[reportOptionalMemberAccess]


def test_the_filter(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    the_list(screen).setFocus()
    qtbot.keyClick(the_list(screen), Qt.Key.Key_Slash)
    field = screen.today.findChild(QWidget, "filter")
    assert field is not None and field.hasFocus()
    qtbot.keyClicks(field, "webhook")
    model = screen.today.model
    assert model.index_of("payments.webhook-unverified").isValid()
    assert not model.index_of(KEY).isValid()
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert model.index_of(KEY).isValid() and not field.isVisible()


def test_narrow_the_detail_covers_the_list_and_escape_goes_back(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen(380, 760)
    assert not screen.window.findChild(QWidget, "rail").isVisible()  # pyright: ignore[reportOptionalMemberAccess]
    click_row(qtbot, screen, KEY)
    assert detail(screen).isVisible() and not the_list(screen).isVisible()
    qtbot.keyClick(screen.window, Qt.Key.Key_Escape)
    assert the_list(screen).isVisible() and not detail(screen).isVisible()
    screen.window.resize(1_240, 800)
    screen.settle()
    assert the_list(screen).isVisible() and screen.today.findChild(QWidget, "conversation_text").isVisible()  # pyright: ignore[reportOptionalMemberAccess]


def test_text_of_the_project_is_never_markup(qtbot: QtBot, open_screen: Opener) -> None:
    nasty = sample.gap(
        KEY,
        sample.finding(
            KEY, "<b>bold</b> <img src=x>", sample.span("src/<i>a</i>.ts", 1, "<script>x</script>", 1)
        ),
    )
    screen = open_screen(scan=sample.scan((nasty,)))
    screen.window.open_row(KEY)
    assert text_of(screen, "detail_message") == "<b>bold</b> <img src=x>"
    assert all(
        label.textFormat() is Qt.TextFormat.PlainText
        for label in screen.window.findChildren(QLabel)
        if label.text()
    )
    assert detail(screen).excerpt.code.toPlainText() == "<script>x</script>"
