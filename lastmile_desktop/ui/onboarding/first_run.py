"""What the window shows while no project is open: no account, no form, a place to drop a folder."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from lastmile_desktop.ui.controls import Button, IconLabel, on_click
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.span_text import paragraph
from lastmile_desktop.ui.theme import Theme


class FirstRun(QWidget):
    choose_wanted = Signal()
    sample_wanted = Signal()

    def __init__(self, theme: Theme, *, with_sample: bool) -> None:
        super().__init__()
        self.setObjectName("content")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        drop = QFrame()
        drop.setObjectName("drop")
        drop.setMaximumWidth(theme.px(560))
        choose = Button(theme, tr("Choose a folder…"), "primary", "folder-open", "choose_folder")
        sample = Button(theme, tr("Look at a sample project"), name="open_sample")
        sample.setVisible(with_sample)
        on_click(choose, self.choose_wanted.emit)
        on_click(sample, self.sample_wanted.emit)
        buttons = QWidget()
        flow = FlowLayout(buttons)
        flow.addWidget(choose)
        flow.addWidget(sample)
        inner = QVBoxLayout(drop)
        inner.setContentsMargins(28, 28, 28, 28)
        inner.setSpacing(10)
        inner.addWidget(IconLabel(theme, "folder-open", "accent", 28))
        inner.addWidget(paragraph(theme, tr("Drop your project’s folder here"), "headline"))
        inner.addWidget(
            paragraph(
                theme,
                tr(
                    "In a few seconds you see what stops you from having paying users, and where in your code it is."
                ),
                "body",
                "secondary",
            )
        )
        inner.addSpacing(6)
        inner.addWidget(buttons)
        inner.addSpacing(6)
        inner.addWidget(
            paragraph(
                theme,
                tr("No account. Nothing leaves this computer. Your files are only read."),
                "small",
                "secondary",
            )
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 20)
        layout.addStretch(2)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(drop, 20)
        row.addStretch(1)
        layout.addLayout(row)
        layout.addStretch(3)
