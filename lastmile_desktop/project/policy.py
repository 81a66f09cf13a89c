"""The founder's own decisions in `.lastmile/policy.toml`, as far as checks read them."""

from __future__ import annotations

from dataclasses import dataclass

PROJECT_DIR = ".lastmile"


@dataclass(frozen=True, slots=True)
class Policy:
    """`public_routes` are path globs that may be reached without signing in; `guards` are function names that
    the founder marked as "this is a guard"; `forbid_suppressing` are check ids."""

    public_routes: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    rpo_hours: int | None = None
    restore_drill_days: int = 90
    forbid_suppressing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


DEFAULT = Policy()
