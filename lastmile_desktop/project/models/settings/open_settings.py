"""Settings that let any host or any redirect through."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lastmile_desktop.project.lines import line_at

_EVERY_HOST = re.compile(r"hostname['\"]?\s*:\s*['\"]\*{1,2}['\"]")
_EVERY_REDIRECT = re.compile(
    r"additional_redirect_urls\s*=\s*\[[^\]]{0,2000}?[\"'](?:\*{1,2}|https?://\*{1,2}/?\*{0,2})[\"']"
)
_IMAGE_CONFIG = re.compile(r"(?:^|/)next\.config\.[cm]?[jt]s$")
_AUTH_CONFIG = "supabase/config.toml"


@dataclass(frozen=True, slots=True)
class OpenSetting:
    """`kind` is the rule of abuse.injection."""

    kind: str
    line: int
    message: str


def is_setting(path: str) -> bool:
    """Whether a file holds settings of the kind."""
    return path.endswith(_AUTH_CONFIG) or _IMAGE_CONFIG.search(path) is not None


def open_setting(path: str, text: str) -> OpenSetting | None:
    """The setting of this file that lets everything through."""
    if path.endswith(_AUTH_CONFIG):
        match = _EVERY_REDIRECT.search(text)
        message = (
            "Sign-in links may lead to any address, so a link from your app can hand a session to a stranger."
        )
        return OpenSetting("open-redirect", line_at(text, match.start()), message) if match else None
    match = _EVERY_HOST.search(text)
    if match is None or re.search(r"unoptimized\s*:\s*true", text):
        return None
    message = "The image optimiser fetches from any host, so strangers can make your server fetch for them."
    return OpenSetting("ssrf", line_at(text, match.start()), message)
