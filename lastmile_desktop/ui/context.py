"""What every page is built from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lastmile_desktop.core.commands import Command
from lastmile_desktop.ui.bridge import SessionPort
from lastmile_desktop.ui.navigator import Navigator
from lastmile_desktop.ui.state import WindowState
from lastmile_desktop.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Context:
    """`sample` is the bundled project that the first run offers, None when there is none; `data` is where the
    product keeps its own files."""

    session: SessionPort
    state: WindowState
    theme: Theme
    navigator: Navigator
    sample: Path | None = None
    data: Path | None = None

    @property
    def submit(self) -> Callable[[Command], None]:
        return self.session.submit
