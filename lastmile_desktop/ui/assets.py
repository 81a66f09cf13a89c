"""Icons: Phosphor glyphs through QtAwesome, loaded on first use, and the application's own."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QIcon

from lastmile_desktop.resources import resources_dir

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

_PREFIX = "ph"


@cache
def _phosphor() -> Any:
    # Only this one font of the package is read; the package itself would load eleven.
    from qtawesome.iconic_font import IconicFont

    return IconicFont((_PREFIX, "phosphor-1.3.0.ttf", "phosphor-charmap-1.3.0.json"))


def glyph(name: str, colour: QColor, disabled: QColor | None = None) -> QIcon:
    """A Phosphor icon such as `arrow-left` in one colour."""
    icon: QIcon = _phosphor().icon(f"{_PREFIX}.{name}", color=colour, color_disabled=disabled or colour)
    return icon


@cache
def app_icon() -> QIcon:
    return QIcon(str(resources_dir() / "icons" / "lastmile.svg"))
