"""What a client asks of the session. Every command is a value; the answer comes as an event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.suppression import ReasonKind


@dataclass(frozen=True, slots=True)
class OpenProject:
    root: Path


@dataclass(frozen=True, slots=True)
class ScanNow:
    """Look at the folder again; works while paused. `everything` forgets what is known of unchanged files too."""

    everything: bool = False


@dataclass(frozen=True, slots=True)
class CancelScan:
    pass


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop all background work until Resume."""


@dataclass(frozen=True, slots=True)
class Resume:
    pass


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a question of the project profile, such as `profile.stage` = `paying`; "" forgets it."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class SetSetting:
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class LogConversation:
    """Stores a new conversation (id 0) or replaces the one with its id."""

    conversation: Conversation


@dataclass(frozen=True, slots=True)
class ForgetConversation:
    id: int


@dataclass(frozen=True, slots=True)
class SuppressFinding:
    """Suppress one finding of a row, or all of them when `fingerprint` is empty."""

    row_id: str
    fingerprint: str
    kind: ReasonKind
    reason: str
    expires: date | None


@dataclass(frozen=True, slots=True)
class LiftSuppression:
    row_id: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Attest:
    row_id: str
    done_on: date
    proof: str
    by: str


@dataclass(frozen=True, slots=True)
class OpenInEditor:
    """Open `path` (relative to the project) at `line` in the founder's editor."""

    path: str
    line: int


Command = (
    OpenProject
    | ScanNow
    | CancelScan
    | Pause
    | Resume
    | Answer
    | SetSetting
    | LogConversation
    | ForgetConversation
    | SuppressFinding
    | LiftSuppression
    | Attest
    | OpenInEditor
)
