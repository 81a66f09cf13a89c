"""Guided fixes: numbered steps with a done condition (catalogue §1.5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class StepKind(StrEnum):
    EXPLAIN = "explain"
    EDIT = "edit-with-diff"
    COMMAND = "run-command"
    PROMPT = "paste-prompt"
    EXTERNAL = "external-action"
    VERIFY = "verify"


@dataclass(frozen=True, slots=True)
class Step:
    """`body` is plain Markdown text. `undo` says how to take the step back, "" for explain and verify."""

    kind: StepKind
    title: str
    body: str
    undo: str = ""


@dataclass(frozen=True, slots=True)
class Walkthrough:
    """`tool` is the AI tool this variant is for, "" for the general one. `minutes` is an estimate.

    `prompt` is the template of *Copy prompt*, with `{places}` and `{constraints}` filled in from facts only."""

    check_id: str
    tool: str
    minutes: int
    leaves_behind: tuple[str, ...]
    steps: tuple[Step, ...]
    prompt: str
