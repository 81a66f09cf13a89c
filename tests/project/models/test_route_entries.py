"""The entry points of small projects in each framework, and which of them ask who is calling."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from lastmile_desktop.project.models.routes.model import Route
from tests.project.models.hooks import view_of

DATA = Path(__file__).resolve().parents[2] / "data" / "routes"
CASES: list[dict[str, Any]] = tomllib.loads((DATA / "entries.toml").read_text(encoding="utf-8"))["case"]


def told(route: Route) -> str:
    """One route as the data file writes it."""
    if route.is_guarded:
        word = "guarded"
    elif route.is_webhook:
        word = "webhook"
    else:
        word = "public" if route.public_by_design else "open"
    return f"{'/'.join(route.methods) or 'ANY'} {route.route}: {word}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_entries(case: dict[str, Any]) -> None:
    routes = view_of(case["files"]).routes.routes
    assert sorted(told(route) for route in routes) == sorted(case["routes"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_guarded_entry_has_no_effect_before_its_guard(case: dict[str, Any]) -> None:
    routes = view_of(case["files"]).routes.routes
    assert all(effect.guarded for route in routes if route.is_guarded for effect in route.effects)
