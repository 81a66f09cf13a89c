"""Whether an engine ran, and what it read. Silence from an engine that did not run is never a pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lastmile_desktop.core.check import EngineName
from lastmile_desktop.core.finding import RawFinding


class Condition(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"
    MISSING = "missing"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Health:
    """`reason` says what happened and what to do, in the founder's words; empty when ok."""

    condition: Condition
    reason: str = ""

    @property
    def ok(self) -> bool:
        return self.condition in (Condition.OK, Condition.IDLE)


OK = Health(Condition.OK)


@dataclass(frozen=True, slots=True)
class EngineInfo:
    name: EngineName
    version: str
    health: Health


@dataclass(frozen=True, slots=True)
class EngineResult:
    """What an engine found in the files it was given.

    `findings` maps each file *read* to its findings (an empty tuple means read and clean).
    `unread` maps each file that could not be read to the reason; its rules become unknown there.
    `whole` holds findings that belong to no single file of the tree (git history).
    """

    info: EngineInfo
    findings: Mapping[str, tuple[RawFinding, ...]] = field(default_factory=dict[str, tuple[RawFinding, ...]])
    unread: Mapping[str, str] = field(default_factory=dict[str, str])
    whole: tuple[RawFinding, ...] = ()
    notes: tuple[str, ...] = ()
