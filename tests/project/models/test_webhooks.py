"""Right handlers are right, and one wrong expression in them is seen."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from lastmile_desktop.detectors.payments.webhook_unverified import detect
from tests.project.models import handlers
from tests.project.models.hooks import view_of

DATA = Path(__file__).resolve().parents[2] / "data" / "webhooks"
RIGHT = [
    ("NEXT_APP", "stripe"),
    ("NEXT_PAGES", "stripe"),
    ("EXPRESS", "paystack"),
    ("HONO", "clerk"),
    ("DENO", "stripe"),
    ("FASTAPI", "stripe"),
    ("FLASK", "razorpay"),
    ("DJANGO", "stripe"),
]


def cases(file: str, key: str) -> list[dict[str, Any]]:
    return tomllib.loads((DATA / file).read_text(encoding="utf-8"))[key]


def handler(name: str) -> tuple[str, str]:
    return getattr(handlers, f"{name}_PATH"), getattr(handlers, name)


def rules_of(files: dict[str, str]) -> list[str]:
    return sorted({finding.rule.partition("/")[2] for finding in detect(view_of(files)).findings})


@pytest.mark.parametrize(("name", "provider"), RIGHT)
def test_a_right_handler_is_found_and_passes(name: str, provider: str) -> None:
    path, text = handler(name)
    view = view_of({path: text})
    assert [item.provider for item in view.webhooks.webhooks] == [provider]
    detection = detect(view)
    assert detection.findings == ()
    assert [item.evidence.path for item in detection.passes] == [path]
    assert detection.unknowns == ()


@pytest.mark.parametrize(
    "case", cases("mutations.toml", "mutation"), ids=lambda case: f"{case['handler']}: {case['name']}"
)
def test_one_changed_expression(case: dict[str, str]) -> None:
    path, text = handler(case["handler"])
    assert case["old"] in text, "the mutation does not apply"
    changed = text.replace(case["old"], case["new"], 1)
    assert rules_of({path: changed}) == ([case["rule"]] if case["rule"] else [])


@pytest.mark.parametrize("case", cases("variants.toml", "variant"), ids=lambda case: case["name"])
def test_other_ways_to_write_it(case: dict[str, Any]) -> None:
    view = view_of(case["files"])
    assert len(view.webhooks.webhooks) == case.get("webhooks", 1)
    assert rules_of(case["files"]) == case["rules"]


def test_a_change_elsewhere_is_seen_through_the_cache() -> None:
    """A helper in another file is part of what was read."""
    files = next(
        case for case in cases("variants.toml", "variant") if case["name"] == "helper in another file"
    )["files"]
    view = view_of(files)
    assert detect(view).findings == ()
    broken = {path: text.replace("return false", "return true") for path, text in files.items()}
    again = view_of(broken, memo=view.memo)
    assert [finding.rule.partition("/")[2] for finding in detect(again).findings] == ["no-verify"]
    assert detect(view_of(files, memo=view.memo)).findings == ()
