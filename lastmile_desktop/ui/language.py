"""The one door for words that the window shows, so that a translation can replace them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def tr(text: str, **values: object) -> str:
    """The text in the user's language, with `{name}` fields filled in after translation."""
    shown = QCoreApplication.translate("window", text)
    return shown.format(**values) if values else shown


def counted(number: int, one: str, many: str) -> str:
    """`one` or `many` by number, with `{n}` written with thousands separators."""
    return tr(one if number == 1 else many, n=f"{number:,}")
