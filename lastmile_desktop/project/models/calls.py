"""Outbound calls: over the network, to provider SDKs, to the database (catalogue §4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView


class CallKind(StrEnum):
    HTTP = "http"
    SDK = "sdk"
    LLM = "llm"
    DATABASE = "database"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class CallSite:
    """`timeout` says how a limit is set (`signal`, `option`, `client`, `wrapper`, `default:<seconds>`), "" when
    there is none. `server` is False for code that only runs in a browser."""

    kind: CallKind
    library: str
    call: Call
    path: str
    function: str
    timeout: str = ""
    server: bool = True
    in_try: bool = False
    in_loop: bool = False


@dataclass(frozen=True, slots=True)
class CallSites:
    sites: tuple[CallSite, ...] = ()
    unparsed: tuple[tuple[str, str], ...] = ()


def build(view: ProjectView) -> CallSites:
    return CallSites()
