"""Notices above the page: what happened, what it means, the one thing to do. They block nothing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from lastmile_desktop.ui.controls import Button, IconButton, IconLabel, on_click
from lastmile_desktop.ui.flow import FlowLayout
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
        buttons = self._buttons(theme)
        if notice.refusal is None:
            row.addWidget(text, 1, Qt.AlignmentFlag.AlignVCenter)
            for button in buttons:
                row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        else:
            row.addWidget(_over(text, buttons), 1, Qt.AlignmentFlag.AlignVCenter)
        dismiss = IconButton(theme, "x", tr("Dismiss"), "notice_dismiss", 14)
        on_click(dismiss, self.refuse)
        row.addWidget(dismiss, 0, Qt.AlignmentFlag.AlignVCenter)

    def refuse(self) -> None:
        """Closed by hand."""
        if self.notice.dismissed is not None:
            self.notice.dismissed()
        self.dismiss()

    def _buttons(self, theme: Theme) -> list[Button]:
        made: list[Button] = []
        if self.notice.action is not None:
            act = Button(theme, self.notice.action_name, name="notice_action")
            on_click(act, self._act)
            made.append(act)
        if self.notice.refusal is not None:
            never = Button(theme, self.notice.refusal_name, "quiet", name="notice_refusal")
            on_click(never, self._never)
            made.append(never)
        return made

    def _never(self) -> None:
        if self.notice.refusal is not None:
            self.notice.refusal()
        self.dismiss()

    def dismiss(self) -> None:
        self.hide()
        self.deleteLater()

    def _act(self) -> None:
        if self.notice.action is not None:
            self.notice.action()
        self.dismiss()


def _over(text: SpanText, buttons: list[Button]) -> QWidget:
    """Several buttons stand below the text, so that it keeps its room."""
    holder, flow_holder = QWidget(), QWidget()
    flow = FlowLayout(flow_holder, 8)
    for button in buttons:
        flow.addWidget(button)
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(6)
    column.addWidget(text)
    column.addWidget(flow_holder)
    return holder


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
            bars[0].refuse()
        return bool(bars)

    def bars(self) -> list[NoticeBar]:
        items = [self._rows.itemAt(place) for place in range(self._rows.count())]
        found = [item.widget() for item in items if item is not None]
        return [bar for bar in found if isinstance(bar, NoticeBar) and not bar.isHidden()]

    def _tidy(self) -> None:
        self.setVisible(bool(self.bars()))
