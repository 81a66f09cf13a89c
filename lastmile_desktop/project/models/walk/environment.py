"""Tests of the environment, answered for the deployed app."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from lastmile_desktop.project.code.outline import Attempt, Branch, Call, Loop, Step, calls_within
from lastmile_desktop.project.models.walk import conditions
from lastmile_desktop.project.models.walk.proofs import comparison

_PRODUCTION = re.compile(
    r"NODE_ENV|VERCEL_ENV|APP_ENV|(?:FASTAPI|FLASK|DJANGO)_ENV|ENVIRONMENT|\benv\b|\.ENV\b|import\.meta\.env\.(?:DEV|PROD)|\bis_?(?:dev|prod|local)\w*|DEBUG\b",
    re.I,
)
_LIVE = ("production", "prod")
_NOT_LIVE = ("development", "dev", "test", "testing", "local", "staging", "preview")


@lru_cache(maxsize=4096)
def in_production(atom: str) -> bool | None:
    """Whether a test holds in production; None when it is not about the environment."""
    if not _PRODUCTION.search(atom):
        return None
    parts = comparison(atom)
    value = parts.right.strip("'\"`").lower().rpartition(".")[2]
    if not parts.operator:
        if re.search(r"PROD\b|is_?prod\w*$", atom, re.IGNORECASE):
            return True
        return (
            False if re.search(r"\.DEV\b|is_?dev\w*$|is_?local\w*$|\bDEBUG$", atom, re.IGNORECASE) else None
        )
    if value not in _LIVE and value not in _NOT_LIVE:
        return None
    equal = parts.operator in ("===", "==")
    return equal if value in _LIVE else not equal


def dormant_calls(steps: tuple[Step, ...]) -> Iterator[Call]:
    """The calls that never run in production: those behind a test of the environment."""
    alive = {id(call) for call in live_calls(steps)}
    return (call for call in calls_within(steps) if id(call) not in alive)


def live_calls(steps: tuple[Step, ...]) -> Iterator[Call]:
    """The calls that may run in production, in source order."""
    for step in steps:
        match step:
            case Branch():
                yield from step.calls
                test = conditions.simplify(conditions.parse(step.test), in_production)
                yield from live_calls(step.then if test is not False else ())
                yield from live_calls(step.orelse if test is not True else ())
            case Attempt():
                yield from live_calls(step.body)
                for handler in step.handlers:
                    yield from live_calls(handler)
                yield from live_calls(step.final)
            case Loop():
                yield from step.calls
                yield from live_calls(step.body)
            case _:
                yield from step.calls
