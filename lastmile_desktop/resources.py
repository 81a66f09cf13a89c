"""Where the shipped data lives: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@cache
def rules_dir() -> Path:
    """The catalogue: `<area>/<check>/check.toml`."""
    return _find("rules")


@cache
def resources_dir() -> Path:
    """Icons, theme tokens and the replaceable data files."""
    return _find("resources")


def _find(name: str) -> Path:
    shipped = _PACKAGE / "_data" / name
    return shipped if shipped.is_dir() else _PACKAGE.parent / name
