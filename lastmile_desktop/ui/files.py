"""Asking for a file to write or to read; nothing is opened here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


def ask_to_save(parent: QWidget, title: str, name: str, kinds: str, then: Callable[[Path], None]) -> None:
    """`name` is proposed; its suffix is added where none is given."""
    dialog = QFileDialog(parent.window(), title, name, kinds)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(Path(name).suffix.lstrip("."))
    _run(dialog, then)


def ask_for_folder(parent: QWidget, title: str, then: Callable[[Path], None]) -> None:
    dialog = QFileDialog(parent.window(), title)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    _run(dialog, then)


def ask_to_read(parent: QWidget, title: str, kinds: str, then: Callable[[Path], None]) -> None:
    dialog = QFileDialog(parent.window(), title, "", kinds)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    _run(dialog, then)


def _run(dialog: QFileDialog, then: Callable[[Path], None]) -> None:
    def chosen(path: str) -> None:
        then(Path(path))

    dialog.fileSelected.connect(chosen)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
