"""The look: tokens → palette, fonts and style sheet; light or dark as the system says or the user chose."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from string import Template
from typing import Any, cast

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from lastmile_desktop.resources import resources_dir
from lastmile_desktop.ui import assets

SMALLEST_SCALE, LARGEST_SCALE = 1.0, 2.0
_TEXT_FAMILIES = ("Inter", "Noto Sans", "Cantarell", "Ubuntu", "Open Sans", "DejaVu Sans")
_MONO_FAMILIES = ("JetBrains Mono", "Noto Sans Mono", "Ubuntu Mono", "DejaVu Sans Mono")
_GENERIC = ("", "sans", "sans serif", "sans-serif", "helvetica", "monospace", "mono", "fixed")


class Mode(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Tokens:
    """The values of `resources/theme/tokens.json` that the window is built from."""

    light: dict[str, str]
    dark: dict[str, str]
    sizes: dict[str, float]

    @classmethod
    def read(cls) -> Tokens:
        text = (resources_dir() / "theme" / "tokens.json").read_text(encoding="utf-8")
        raw = cast(dict[str, Any], json.loads(text))
        roles = ("body", "small", "label", "title", "headline")
        return cls(raw["light"], raw["dark"], {role: float(raw["type"][role][0]) for role in roles})


class Theme(QObject):
    """Colours, fonts and icons for every view. `changed` fires when any of them did."""

    changed = Signal()

    def __init__(self, app: QApplication, mode: Mode = Mode.SYSTEM, scale: float = 1.0) -> None:
        super().__init__(app)
        self._app = app
        self._tokens = Tokens.read()
        self._sheet = Template((resources_dir() / "theme" / "window.qss").read_text(encoding="utf-8"))
        self._text_family = _family(QFontDatabase.SystemFont.GeneralFont, _TEXT_FAMILIES)
        self._mono_family = _family(QFontDatabase.SystemFont.FixedFont, _MONO_FAMILIES)
        self._mode = mode
        self._scale = scale
        self.version = 0
        app.styleHints().colorSchemeChanged.connect(self._system_changed)
        self._apply()

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def scale(self) -> float:
        return self._scale

    @property
    def is_dark(self) -> bool:
        if self._mode is Mode.SYSTEM:
            return self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return self._mode is Mode.DARK

    def set(self, mode: Mode | None = None, scale: float | None = None) -> None:
        new_mode = mode or self._mode
        new_scale = min(LARGEST_SCALE, max(SMALLEST_SCALE, scale or self._scale))
        before = (self.is_dark, self._scale)
        self._mode, self._scale = new_mode, new_scale
        if (self.is_dark, self._scale) != before:
            self._apply()

    def colour(self, token: str) -> QColor:
        colours = self._tokens.dark if self.is_dark else self._tokens.light
        return QColor(colours[token])

    def px(self, size: float) -> int:
        """A length at 100 %, grown with the font scale."""
        return round(size * self._scale)

    def font(self, role: str = "body", bold: bool = False) -> QFont:
        """The font of a role: body, small, label, label_plain, chip, title, headline,
        verdict_narrow, row, mono."""
        font = QFont(self._mono_family if role == "mono" else self._text_family)
        font.setPixelSize(self._pixels(role))
        if role == "row":
            font.setWeight(QFont.Weight.Medium)
            return font
        heavy = role in ("label", "chip", "title", "headline", "verdict_narrow") or bold
        font.setWeight(QFont.Weight.DemiBold if heavy else QFont.Weight.Normal)
        if role == "label":
            font.setCapitalization(QFont.Capitalization.AllUppercase)
            font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 106)
        return font

    def icon(self, name: str, tint: str = "secondary") -> QIcon:
        return assets.glyph(name, self.colour(tint), self.colour("faint"))

    def _pixels(self, role: str) -> int:
        known = {
            "mono": "small",
            "chip": "label",
            "label_plain": "label",
            "verdict_narrow": "title",
            "row": "body",
        }.get(role, role)
        return round(self._tokens.sizes[known] * self._scale + 0.01)

    def _system_changed(self) -> None:
        if self._mode is Mode.SYSTEM:
            self._apply()

    def _apply(self) -> None:
        self.version += 1
        self._app.setFont(self.font())
        self._app.setPalette(self._palette())
        self._app.setStyleSheet(self._style_sheet())
        self.changed.emit()

    def _palette(self) -> QPalette:
        roles = QPalette.ColorRole
        palette = QPalette()
        for role, token in (
            (roles.Window, "window"),
            (roles.WindowText, "text"),
            (roles.Base, "panel"),
            (roles.AlternateBase, "raised"),
            (roles.Text, "text"),
            (roles.Button, "panel"),
            (roles.ButtonText, "text"),
            (roles.PlaceholderText, "secondary"),
            (roles.ToolTipBase, "raised"),
            (roles.ToolTipText, "text"),
            (roles.Highlight, "accent"),
            (roles.HighlightedText, "panel"),
            (roles.Link, "accent"),
            (roles.LinkVisited, "accent"),
            (roles.Accent, "accent"),
        ):
            palette.setColor(role, self.colour(token))
        disabled = QPalette.ColorGroup.Disabled
        for role in (roles.WindowText, roles.Text, roles.ButtonText):
            palette.setColor(disabled, role, self.colour("faint"))
        return palette

    def _style_sheet(self) -> str:
        names = self._tokens.light
        values: dict[str, object] = {name: self.colour(name).name() for name in names}
        values |= {role: self._pixels(role) for role in ("small", "label", "title", "headline", "mono")}
        accent = self.colour("accent")
        values |= {
            "on_accent": self.colour("panel" if not self.is_dark else "window").name(),
            "accent_hover": (accent.lighter(108) if self.is_dark else accent.darker(112)).name(),
            "hover": "rgba(255, 255, 255, 0.06)" if self.is_dark else "rgba(0, 0, 0, 0.045)",
            "scroll": "rgba(255, 255, 255, 0.18)" if self.is_dark else "rgba(0, 0, 0, 0.16)",
            "mono_family": self._mono_family,
            "caret": self.px(12),
            "arrow": self.px(18),
            "project": self.px(15),
            "caret_down": (resources_dir() / "icons" / "caret-down.svg").as_posix(),
            "check": (
                resources_dir() / "icons" / f"check-{'dark' if self.is_dark else 'light'}.svg"
            ).as_posix(),
            "box": self.px(14),
        }
        return self._sheet.substitute(values)


def _family(which: QFontDatabase.SystemFont, preferred: tuple[str, ...]) -> str:
    """The system's own family; where no desktop names one, the best that is installed."""
    named = QFontDatabase.systemFont(which).family()
    if named.lower() not in _GENERIC:
        return named
    installed = set(QFontDatabase.families())
    found = next((family for family in preferred if family in installed), "")
    return found or QFontInfo(QFontDatabase.systemFont(which)).family()
