"""Shows the catalogue's own Markdown, as high as it is; fetches nothing and knows no HTML."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import (
    QDesktopServices,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser

from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.theme import Theme


class StepText(QTextBrowser):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._markdown = ""
        self.setObjectName("step_text")
        self.setAccessibleName(tr("Step"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.anchorClicked.connect(self._open)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        theme.changed.connect(self._render)

    def show_markdown(self, text: str) -> None:
        self._markdown = text
        self._render()

    def loadResource(self, kind: int, name: QUrl | str) -> None:
        """Nothing is loaded, from disk or from anywhere else."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(320), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(80), self.height())

    def _render(self) -> None:
        features = (
            QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML
        )
        self.document().setDefaultFont(self._theme.font())
        self.document().setMarkdown(self._markdown, features)
        self._style()
        self._fit()

    def _style(self) -> None:
        """Mono on a tint for code, air between paragraphs."""
        self.document().setIndentWidth(self._theme.px(20))
        block = self.document().begin()
        while block.isValid():
            following = block.next()
            fenced = _is_code(block)
            cursor = QTextCursor(block)
            cursor.mergeBlockFormat(self._block_format(fenced, fenced and _is_code(following)))
            pieces = block.begin()
            while not pieces.atEnd():
                piece = pieces.fragment()
                if fenced or piece.charFormat().fontFixedPitch():
                    cursor.setPosition(piece.position())
                    cursor.setPosition(piece.position() + piece.length(), QTextCursor.MoveMode.KeepAnchor)
                    cursor.mergeCharFormat(self._code_format(tinted=not fenced))
                pieces += 1
            block = following

    def _block_format(self, fenced: bool, goes_on: bool) -> QTextBlockFormat:
        form = QTextBlockFormat()
        form.setBottomMargin(0 if goes_on else self._theme.px(8))
        if fenced:
            form.setBackground(self._theme.colour("code"))
            form.setTextIndent(self._theme.px(8))
            form.setNonBreakableLines(False)
        else:
            form.setLineHeight(125, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        return form

    def _code_format(self, *, tinted: bool) -> QTextCharFormat:
        form = QTextCharFormat()
        form.setFont(self._theme.font("mono"))
        if tinted:
            form.setBackground(self._theme.colour("code"))
        return form

    def _fit(self) -> None:
        self.document().setTextWidth(max(1, self.viewport().width()))
        self.setFixedHeight(round(self.document().size().height()) + 2)

    def _open(self, url: QUrl) -> None:
        if url.scheme() == "https":
            QDesktopServices.openUrl(url)


def _is_code(block: QTextBlock) -> bool:
    form = block.blockFormat()
    return block.isValid() and (
        form.hasProperty(QTextFormat.Property.BlockCodeFence.value) or form.nonBreakableLines()
    )
