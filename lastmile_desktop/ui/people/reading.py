"""The reading view: talks as one text in which passages can be selected and marked as quotes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QTextBlock, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QTextEdit

from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.events import WholeTalk
from lastmile_desktop.talks.leading import Leading
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.people.leading_words import Places
from lastmile_desktop.ui.people.reading_lines import Kind, ReadLine
from lastmile_desktop.ui.theme import Theme

# Long talks come in pieces, so that the window never waits for them.
_PIECE = 120
_GAP = "  "


@dataclass(frozen=True, slots=True)
class Passage:
    """What is selected: words of one talk, by whom and when."""

    text: str
    talk: int
    speaker: str
    at_s: float | None


class ReadingView(QTextEdit):
    """`selected` carries the Passage, None when nothing that can be quoted is selected; `led` the Leading of the words
    the caret is in, None where nothing leads."""

    selected = Signal(object)
    mark_wanted = Signal()
    led = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._lines: tuple[ReadLine, ...] = ()
        self._talks: tuple[Conversation, ...] = ()
        self._leading: Places = {}
        self._put = 0
        self.setObjectName("reading")
        self.setAccessibleName(tr("What was said"))
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(16)
        self._more = QTimer(self)
        self._more.setSingleShot(True)
        self._more.setInterval(0)
        self._more.timeout.connect(self._add_piece)
        self.selectionChanged.connect(lambda: self.selected.emit(self.passage()))
        self.cursorPositionChanged.connect(lambda: self.led.emit(self._leading_here()))
        theme.changed.connect(self._start)

    def show_talks(self, lines: tuple[ReadLine, ...], talks: Iterable[WholeTalk]) -> None:
        """The same lines stay where they are; only their quotes are marked anew."""
        self._talks = tuple(whole.conversation for whole in talks)
        if lines == self._lines:
            self._highlight()
            return
        self._lines, self._leading = lines, {}
        self._start()

    def point_out(self, places: Places) -> None:
        """Underline what led in the founder's questions."""
        self._leading = places
        self._highlight()

    def passage(self) -> Passage | None:
        """The selected words, without the names of speakers; None when they are of no talk, or of two."""
        cursor = self.textCursor()
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        first, last = self.document().findBlock(start), self.document().findBlock(end)
        lines = self._lines[first.blockNumber() : last.blockNumber() + 1]
        if start == end or not lines or not lines[0].talk or len({line.talk for line in lines}) > 1:
            return None
        parts: list[str] = []
        block = first
        for line in lines:
            text = block.text()
            at = max(start - block.position(), units(text[: _text_start(line)]))
            parts.append(part_of(text, at, end - block.position()))
            block = block.next()
        words = "\n".join(part.strip() for part in parts if part.strip())
        return Passage(words, lines[0].talk, lines[0].speaker, lines[0].at_s) if words else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Q and not event.modifiers() and self.passage() is not None:
            self.mark_wanted.emit()
        else:
            super().keyPressEvent(event)

    def find_text(self, text: str) -> None:
        """Put the first place of these words on screen."""
        cursor = self.document().find(text)
        if not cursor.isNull():
            cursor.setPosition(cursor.selectionStart())
            self.setTextCursor(cursor)
            self.ensureCursorVisible()

    def _start(self) -> None:
        self.clear()
        self._put = 0
        self._add_piece()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _add_piece(self) -> None:
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        for line in self._lines[self._put : self._put + _PIECE]:
            if self._put:
                cursor.insertBlock(self._block_format(line))
            else:
                cursor.setBlockFormat(self._block_format(line))
            if line.lead:
                cursor.insertText(
                    line.lead + _GAP, self._format("accent" if line.founder else "secondary", bold=True)
                )
            cursor.insertText(line.text, self._text_format(line))
            self._put += 1
        cursor.endEditBlock()
        if self._put < len(self._lines):
            self._more.start()
        else:
            self._highlight()

    def _block_format(self, line: ReadLine) -> QTextBlockFormat:
        px, form = self._theme.px, QTextBlockFormat()
        head = line.kind is Kind.HEAD
        form.setTopMargin(px(18) if head and self._put else 0)
        form.setBottomMargin(px(2 if head else 8))
        form.setLineHeight(125, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        return form

    def _text_format(self, line: ReadLine) -> QTextCharFormat:
        match line.kind:
            case Kind.HEAD:
                return self._format("text", role="title")
            case Kind.FACTS:
                return self._format("secondary", role="small")
            case _:
                return self._format("secondary" if line.founder else "text")

    def _format(self, colour: str, *, bold: bool = False, role: str = "body") -> QTextCharFormat:
        form = QTextCharFormat()
        form.setFont(self._theme.font(role, bold))
        form.setForeground(self._theme.colour(colour))
        return form

    def _highlight(self) -> None:
        """Quotes have a tint and a line below: colour is not the only sign."""
        wanted: dict[int, list[tuple[str, bool]]] = {}
        for talk in self._talks:
            wanted[talk.id] = [
                (part, bool(quote.linked_checks))
                for quote in talk.quotes
                for part in quote.text.splitlines()
                if part.strip()
            ]
        found: list[QTextEdit.ExtraSelection] = []
        block = self.document().begin()
        for line in self._lines[: self._put]:
            for part, linked in wanted.get(line.talk, ()):
                at = block.text().find(part, _text_start(line))
                if at >= 0:
                    found.append(self._selection(block, at, len(part), linked))
            leading = self._leading.get((line.talk, line.turn), ()) if line.turn >= 0 else ()
            found += [self._led_selection(block, _text_start(line), item.span) for item in leading]
            block = block.next()
        self.setExtraSelections(found)

    def _leading_here(self) -> Leading | None:
        cursor = self.textCursor()
        number = cursor.blockNumber()
        if number >= len(self._lines) or not self._leading:
            return None
        line = self._lines[number]
        before = part_of(cursor.block().text(), 0, cursor.positionInBlock())
        at = len(before) - _text_start(line)
        found = self._leading.get((line.talk, line.turn), ())
        return next((item for item in found if item.span[0] <= at <= item.span[1]), None)

    def _led_selection(
        self, block: QTextBlock, text_start: int, span: tuple[int, int]
    ) -> QTextEdit.ExtraSelection:
        form = QTextCharFormat()
        form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        form.setUnderlineColor(QColor(self._theme.colour("soon")))
        return self._over(block, text_start + span[0], span[1] - span[0], form)

    def _selection(self, block: QTextBlock, at: int, length: int, linked: bool) -> QTextEdit.ExtraSelection:
        form = QTextCharFormat()
        form.setBackground(self._theme.colour("needs_you_wash" if linked else "soon_wash"))
        form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
        form.setUnderlineColor(QColor(self._theme.colour("needs_you" if linked else "soon")))
        return self._over(block, at, length, form)

    def _over(
        self, block: QTextBlock, at: int, length: int, form: QTextCharFormat
    ) -> QTextEdit.ExtraSelection:
        text, cursor = block.text(), QTextCursor(block)
        start = block.position() + units(text[:at])
        cursor.setPosition(start)
        cursor.setPosition(start + units(text[at : at + length]), QTextCursor.MoveMode.KeepAnchor)
        made = QTextEdit.ExtraSelection()
        made.cursor, made.format = cursor, form  # pyright: ignore[reportAttributeAccessIssue]
        return made


def _text_start(line: ReadLine) -> int:
    return len(line.lead) + len(_GAP) if line.lead else 0


def units(text: str) -> int:
    """How long Qt takes a text to be: it counts UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def part_of(text: str, start: int, end: int) -> str:
    """The part between two of Qt's places."""
    return text.encode("utf-16-le", "surrogatepass")[2 * start : 2 * max(start, end)].decode(
        "utf-16-le", "replace"
    )
