"""What is dropped onto the window or pasted into it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData

TALK_SUFFIXES = frozenset({".vtt", ".srt", ".txt", ".md", ".docx", ".json", ".eml", ".mbox", ".csv", ".tsv"})


def local_files(mime: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


def talks_in(mime: QMimeData) -> list[Path]:
    """Files that may hold a talk; nothing is looked at but their names."""
    return [path for path in local_files(mime) if path.suffix.lower() in TALK_SUFFIXES]
