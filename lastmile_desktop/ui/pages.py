"""The pages of the window. Each is a folder beside this file with a `page.py`; nothing lists them."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from lastmile_desktop import ui
from lastmile_desktop.ui.actions import Action
from lastmile_desktop.ui.context import Context


class PageView(QWidget):
    """What the frame asks of a page; a page overrides what it has an answer to."""

    def set_narrow(self, narrow: bool) -> None:
        """The window became narrow (one column) or wide."""

    def escape(self) -> bool:
        """Close what is open on the page; False when there was nothing."""
        return False

    def actions_offered(self) -> tuple[Action, ...]:
        """What the keys and the palette can do on this page."""
        return ()

    def take_focus(self) -> None:
        """Put the keys where they are wanted first."""

    def talk_partner(self) -> str:
        """Whom a talk that is logged from here was probably with, "" for nobody."""
        return ""

    def keep(self) -> None:
        """The window closes: hand over what is not stored yet."""


@dataclass(frozen=True, slots=True)
class Page:
    """`order` sorts the rail; pages from 100 on stand at its foot."""

    id: str
    title: str
    icon: str
    order: int
    build: Callable[[Context], PageView]


def discover() -> tuple[Page, ...]:
    """Every page, in the order of the rail."""
    found: list[Page] = []
    for module in pkgutil.iter_modules(ui.__path__, f"{ui.__name__}."):
        name = f"{module.name}.page"
        if module.ispkg and importlib.util.find_spec(name) is not None:
            found.append(importlib.import_module(name).PAGE)
    return tuple(sorted(found, key=lambda page: page.order))
