"""Icons: Phosphor glyphs from QtAwesome, and the application's own.

QtAwesome is where the font comes from, but it is not imported: that costs a tenth of a second and eight megabytes
at every start, for eleven fonts of which one is wanted."""

from __future__ import annotations

import importlib.util
import json
from functools import cache, lru_cache
from pathlib import Path

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPixmap

from lastmile_desktop.resources import resources_dir

_SIZES = (14, 16, 18, 20, 24, 32, 40, 48, 64)
_DISABLED_SIZES = (16, 20, 32)


@cache
def _phosphor() -> tuple[str, dict[str, str]]:
    """The icon font's family and its characters by name."""
    spec = importlib.util.find_spec("qtawesome")
    fonts = Path(spec.origin).parent / "fonts" if spec and spec.origin else Path()
    file = next(fonts.glob("phosphor-[0-9]*.ttf"))
    chars: dict[str, str] = json.loads(
        next(fonts.glob("phosphor-charmap-*.json")).read_text(encoding="utf-8")
    )
    families = QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(file)))
    return families[0], {name: chr(int(code, 16)) for name, code in chars.items()}


def glyph(name: str, colour: QColor, disabled: QColor | None = None) -> QIcon:
    """A Phosphor icon such as `arrow-left` in one colour."""
    return _icon(name, colour.rgba(), (disabled or colour).rgba())


@lru_cache(maxsize=512)
def _icon(name: str, colour: int, disabled: int) -> QIcon:
    """Made of pixmaps and not of an icon engine: Qt clones engines, and a clone written in Python is freed while Qt
    still paints with it."""
    icon = QIcon()
    for mode, rgba, sizes in (
        (QIcon.Mode.Normal, colour, _SIZES),
        (QIcon.Mode.Disabled, disabled, _DISABLED_SIZES),
    ):
        for size in sizes:
            icon.addPixmap(_drawn(name, QColor.fromRgba(rgba), size), mode)
    return icon


def _drawn(name: str, colour: QColor, size: int) -> QPixmap:
    family, characters = _phosphor()
    drawn = QPixmap(size, size)
    drawn.fill(Qt.GlobalColor.transparent)
    font = QFont(family)
    font.setPixelSize(size)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(QRect(0, 0, size, size), Qt.AlignmentFlag.AlignCenter, characters[name])
    painter.end()
    return drawn


@cache
def app_icon() -> QIcon:
    return QIcon(str(resources_dir() / "icons" / "lastmile.svg"))
