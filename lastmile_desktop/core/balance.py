"""Build-vs-talk: how many hours went into building and how many into customers (catalogue §6.6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    UNKNOWN = "unknown"
    HOBBY = "hobby"
    IDEA = "idea"
    DEMO = "demo"
    FIRST_USERS = "first-users"
    PAYING = "paying"
    GROWING = "growing"


@dataclass(frozen=True, slots=True)
class BuildTalk:
    """A window of `days` days. `known` is False when git could not tell the build hours.

    `conversations` counts talks in the window with people who are neither peers nor friends, `in_lane` those of
    them with people the founder says are who it is for, `ever` all such talks. `balance` is T / (T + B).
    """

    known: bool = False
    days: int = 14
    build_hours: float = 0.0
    talk_hours: float = 0.0
    conversations: int = 0
    live_conversations: int = 0
    in_lane: int = 0
    ever: int = 0
    days_since_last_talk: int | None = None
    stage: Stage = Stage.UNKNOWN
    best_commitment: str = ""

    @property
    def balance(self) -> float:
        total = self.talk_hours + self.build_hours
        return self.talk_hours / total if total else 0.0
