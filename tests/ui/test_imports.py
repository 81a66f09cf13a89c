"""Transcripts dropped or pasted: who is the founder, with whom was it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QComboBox, QWidget
from pytestqt.qtbot import QtBot

from lastmile_desktop.core import commands
from lastmile_desktop.ui.conversations.paste import looks_like_transcript
from lastmile_desktop.ui.conversations.view import ConversationsView
from lastmile_desktop.ui.importing.dialog import ImportDialog
from tests.ui.conftest import Opener, Screen
from tests.ui.test_conversations import card

VTT = """WEBVTT

00:00:01.000 --> 00:00:04.000
<v Sam Rivera>Tell me about the last time a photo was missing.</v>

00:00:05.000 --> 00:00:12.000
<v Lee Park>Tuesday. We lost the job, the owner wanted to see the flashing.</v>

00:00:13.000 --> 00:02:10.000
<v Lee Park>I drove back out, forty minutes each way.</v>
"""


def drop(widget: QWidget, *files: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    none, copy = Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    widget.dropEvent(QDropEvent(QPointF(10, 10), copy, mime, Qt.MouseButton.LeftButton, none))


def dialog(screen: Screen) -> ImportDialog:
    screen.settle()
    found = [item for item in screen.window.findChildren(ImportDialog) if item.isVisible()]
    assert len(found) == 1
    return found[0]


def test_a_dropped_transcript_asks_who_is_who_and_is_kept(
    qtbot: QtBot, open_screen: Opener, tmp_path: Path
) -> None:
    screen = open_screen()
    file = tmp_path / "call.vtt"
    file.write_text(VTT)
    log = screen.window.findChild(ConversationsView)
    assert log is not None
    drop(log, file)
    asked = dialog(screen)
    founder = asked.findChild(QComboBox, "import_founder")
    assert founder is not None
    founder.setCurrentIndex(founder.findData("Sam Rivera"))
    founder.activated.emit(founder.currentIndex())
    assert asked.person.text() == "Lee Park"
    qtbot.keyClick(asked.person, Qt.Key.Key_Return)
    screen.settle()
    newest = screen.session.talks()[0]
    assert (newest.person, newest.minutes, newest.source) == ("Lee Park", 3, "call.vtt")
    assert screen.session.last(commands.ChooseFounder) == commands.ChooseFounder(newest.id, "Sam Rivera")
    assert not [item for item in screen.window.findChildren(ImportDialog) if item.isVisible()]


def test_the_same_file_again_is_said_so(open_screen: Opener, tmp_path: Path) -> None:
    screen = open_screen()
    file = tmp_path / "call.vtt"
    file.write_text(VTT)
    drop(screen.window, file)
    dialog(screen).accept()
    drop(screen.window, file)
    screen.settle()
    assert [bar.notice.title for bar in screen.window.notices.bars()] == ["Imported before"]
    assert len(screen.session.talks()) == 4


def test_an_import_can_be_taken_out_again(open_screen: Opener, tmp_path: Path) -> None:
    screen = open_screen()
    file = tmp_path / "call.vtt"
    file.write_text(VTT)
    drop(screen.window, file)
    dialog(screen)
    screen.press("import_unwanted")
    screen.settle()
    assert len(screen.session.talks()) == 3


def test_what_holds_no_talk_is_refused_in_words(open_screen: Opener, tmp_path: Path) -> None:
    screen = open_screen()
    file = tmp_path / "empty.vtt"
    file.write_text("WEBVTT\n")
    drop(screen.window, file)
    screen.settle()
    assert len(screen.window.notices.bars()) == 1 and len(screen.session.talks()) == 3


def test_a_pasted_transcript_is_offered_as_an_import(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    turns = "\n".join(f"{'Sam' if n % 2 else 'Lee'}: line {n} of what was said" for n in range(12))
    screen.today.log_conversation()
    screen.settle()
    QGuiApplication.clipboard().setText(turns)
    card(screen).text.paste()
    screen.press("paste_import")
    assert screen.session.last(commands.ImportPastedTalk) == commands.ImportPastedTalk(turns)
    assert card(screen).text.toPlainText() == ""
    dialog(screen).reject()


def test_a_note_is_no_transcript() -> None:
    assert not looks_like_transcript("She said: no.\nThen we talked about the roof.\n" * 2)
    assert not looks_like_transcript("- one\n- two\n- three\n- four\n- five\n- six\n- seven")
    assert looks_like_transcript(VTT)
