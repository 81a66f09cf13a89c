"""Notices above the page: what happened, what it means, the one thing to do. They block nothing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from lastmile_desktop.ui.controls import Button, IconButton, IconLabel, on_click
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.navigator import Notice
from lastmile_desktop.ui.span_text import Span, SpanText
from lastmile_desktop.ui.theme import Theme

MOST_SHOWN = 3


class NoticeBar(QFrame):
    def __init__(self, theme: Theme, notice: Notice) -> None:
        super().__init__()
        self.notice = notice
        self.setObjectName("notice")
        self.setProperty("kind", notice.kind)
        problem = notice.kind == "problem"
        text = SpanText(theme)
        text.setObjectName("notice_text")
        text.set_spans(Span(notice.title, bold=True), Span(f"  {notice.text}" if notice.text else ""))
        self.setAccessibleName(f"{notice.title}. {notice.text}")
        icon = IconLabel(theme, "warning" if problem else "info", "soon" if problem else "accent")
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 8, 12, 8)
        row.setSpacing(10)
        row.addWidget(icon, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(text, 1, Qt.AlignmentFlag.AlignVCenter)
        if notice.action is not None:
            act = Button(theme, notice.action_name, name="notice_action")
            on_click(act, self._act)
            row.addWidget(act, 0, Qt.AlignmentFlag.AlignVCenter)
        dismiss = IconButton(theme, "x", tr("Dismiss"), "notice_dismiss", 14)
        on_click(dismiss, self.dismiss)
        row.addWidget(dismiss, 0, Qt.AlignmentFlag.AlignVCenter)

    def dismiss(self) -> None:
        self.hide()
        self.deleteLater()

    def _act(self) -> None:
        if self.notice.action is not None:
            self.notice.action()
        self.dismiss()


class Notices(QWidget):
    """The newest first; the same notice is shown once."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("notices")
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self.hide()

    def show_notice(self, notice: Notice) -> None:
        for bar in self.bars():
            same = bar.notice == notice or (notice.key and bar.notice.key == notice.key)
            if same:
                bar.dismiss()
        for bar in self.bars()[MOST_SHOWN - 1 :]:
            bar.dismiss()
        bar = NoticeBar(self._theme, notice)
        bar.destroyed.connect(self._tidy)
        self._rows.insertWidget(0, bar)
        bar.show()
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(bar, QAccessible.Event.Alert))

    def dismiss_newest(self) -> bool:
        bars = self.bars()
        if bars:
            bars[0].dismiss()
        return bool(bars)

    def bars(self) -> list[NoticeBar]:
        items = [self._rows.itemAt(place) for place in range(self._rows.count())]
        found = [item.widget() for item in items if item is not None]
        return [bar for bar in found if isinstance(bar, NoticeBar) and not bar.isHidden()]

    def _tidy(self) -> None:
        self.setVisible(bool(self.bars()))
