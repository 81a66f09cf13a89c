"""Icons: Phosphor glyphs from QtAwesome, and the application's own.

QtAwesome is where the font comes from, but it is not imported: that costs a tenth of a second and eight megabytes
at every start, for eleven fonts of which one is wanted."""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from lastmile_desktop.resources import resources_dir


class Glyph(QIconEngine):
    """One character of the icon font in one colour."""

    def __init__(self, character: str, family: str, colour: QColor, disabled: QColor) -> None:
        super().__init__()
        self._character, self._family = character, family
        self._colour, self._disabled = colour, disabled

    def clone(self) -> QIconEngine:
        return Glyph(self._character, self._family, self._colour, self._disabled)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        painter.save()
        font = QFont(self._family)
        font.setPixelSize(max(1, rect.height()))
        painter.setFont(font)
        painter.setPen(self._disabled if mode is QIcon.Mode.Disabled else self._colour)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._character)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        found = QPixmap(size)
        found.fill(Qt.GlobalColor.transparent)
        painter = QPainter(found)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return found


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
    family, characters = _phosphor()
    return QIcon(Glyph(characters[name], family, colour, disabled or colour))


@cache
def app_icon() -> QIcon:
    return QIcon(str(resources_dir() / "icons" / "lastmile.svg"))
