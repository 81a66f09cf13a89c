"""Every setting, declared once: its key, what it may be, what it is at first, and what it is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lastmile_desktop.core.errors import LastMileError


@dataclass(frozen=True, slots=True)
class Setting:
    """`choices` is empty for free text. `help` is one sentence shown beside it; what the window remembers by itself
    is not `shown`."""

    key: str
    title: str
    default: str
    help: str
    choices: tuple[str, ...] = ()
    shown: bool = True


SETTINGS = (
    Setting(
        "theme", "Appearance", "system", "Light, dark, or as your system is.", ("system", "light", "dark")
    ),
    Setting(
        "font_scale", "Text size", "100", "In percent of the system's.", ("100", "125", "150", "175", "200")
    ),
    Setting(
        "editor",
        "Editor",
        "auto",
        "What “Open in editor” starts.",
        ("auto", "cursor", "code", "windsurf", "zed", "idea", "custom"),
    ),
    Setting("editor_command", "Editor command", "", "For another command; {file} and {line} are filled in."),
    Setting("on_top", "Stay on top", "no", "Keep the window above others.", ("no", "yes")),
    Setting("last_project", "Last project", "", "The folder that was open last.", shown=False),
    Setting("window_place", "Window", "", "Where the window was and how large.", shown=False),
    Setting("draft", "Draft", "", "A conversation that was not logged yet.", shown=False),
    Setting("journal_draft", "Draft", "", "A journal entry that was not kept yet.", shown=False),
    Setting("questions", "Questions", "", "Projects whose first questions were answered.", shown=False),
    Setting("notify", "Notifications", "yes", "Tell me when a new stopper appears.", ("yes", "no")),
)

_BY_KEY = {setting.key: setting for setting in SETTINGS}


def with_defaults(stored: Mapping[str, str]) -> Mapping[str, str]:
    """Every setting's value; stored values that are no longer known are left out."""
    return {setting.key: stored.get(setting.key, setting.default) for setting in SETTINGS}


def validated(key: str, value: str) -> str:
    """The value, or a LastMileError when there is no such setting or it cannot be that."""
    setting = _BY_KEY.get(key)
    if setting is None or (setting.choices and value not in setting.choices):
        raise LastMileError(
            "This setting was not changed", f"{key} cannot be {value!r}.", "Choose another value."
        )
    return value
