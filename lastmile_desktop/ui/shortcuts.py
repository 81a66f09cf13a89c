"""The keys of the window: binding them, and the list that `?` shows."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from lastmile_desktop.ui.actions import Action
from lastmile_desktop.ui.controls import Button, label, on_click
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.span_text import paragraph
from lastmile_desktop.ui.theme import Theme


def bind(window: QWidget, actions: tuple[Action, ...]) -> list[QShortcut]:
    """Shortcuts that run the actions while the window is in front; typing in a field goes to the field."""
    made: list[QShortcut] = []
    for action in actions:
        for keys in action.keys:
            shortcut = QShortcut(QKeySequence(keys), window)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(action.run)
            made.append(shortcut)
    return made


def shown_keys(action: Action) -> str:
    return ", ".join(
        QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText) for keys in action.keys
    )


class ShortcutsDialog(QDialog):
    def __init__(self, theme: Theme, actions: tuple[Action, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("shortcuts_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Keys"))
        body = QWidget()
        body.setObjectName("sheet")
        grid = QGridLayout(body)
        grid.setContentsMargins(20, 16, 20, 16)
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for row, action in enumerate(action for action in actions if action.keys):
            keys = label(shown_keys(action), "key")
            grid.addWidget(keys, row, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            grid.addWidget(paragraph(theme, action.title), row, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(body)
        close = Button(theme, tr("Close"), name="shortcuts_close")
        on_click(close, self.accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 12)
        layout.addWidget(area, 1)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignHCenter)
        self.resize(
            max(320, min(theme.px(420), parent.width() - 24)),
            max(260, min(theme.px(560), parent.height() - 40)),
        )
