"""What is read from screens, logs and notes never fails, whatever stands in them, and stays quick."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lastmile_desktop.project.code.parse import outline
from lastmile_desktop.project.models.ai import ai_use
from lastmile_desktop.project.models.ai.model_names import ModelName, model_name
from lastmile_desktop.project.models.client import browser_marks
from lastmile_desktop.project.models.operations import log_style, runbooks
from lastmile_desktop.project.models.screens import (
    data_screens,
    page_links,
    page_weight,
    template_leftovers,
    unfinished_marks,
)

READERS: tuple[Callable[[str], object], ...] = (
    ai_use.read_python,
    ai_use.read_script,
    browser_marks.in_code,
    browser_marks.in_cookies,
    browser_marks.in_styles,
    page_links.read,
    page_weight.blocking_fonts,
    page_weight.blocking_scripts,
    runbooks.Reader("RUNBOOK.md"),
    partial(template_leftovers.of_layout, "app/layout.tsx"),
    partial(template_leftovers.of_page, "index.html"),
    unfinished_marks.read,
)
PIECES = st.sampled_from(
    [
        "<button>",
        "className='",
        "{",
        "}",
        "=>",
        "useQuery(",
        "await fetch(",
        "setItems(",
        "\n",
        " ",
        "model: 'gpt-4o'",
        "é",
        "\0",
    ]
)


@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=60).map("".join)))
@settings(max_examples=60, deadline=None)
def test_any_text_is_read(text: str) -> None:
    for reader in READERS:
        reader(text)
    for path in ("src/a.tsx", "a.py"):
        made = outline(path, text)
        data_screens.read(made, text, frozenset(["useOrders"]))
        log_style.log_style(made)
        browser_marks.after_waiting(made)
        page_weight.waits_in_turn(made)


@pytest.mark.parametrize(
    "piece", [">" + " " * 50, '"Jane Doe" testimonial ', "....", "<img ", 'className="group-hover:flex ']
)
def test_long_texts_are_read_in_time(piece: str) -> None:
    text = piece * (60_000 // len(piece))
    before = time.perf_counter()
    for reader in READERS:
        reader(text)
    assert time.perf_counter() - before < 8


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("gpt-4o", ModelName.MOVING),
        ("gpt-4o-2024-11-20", ModelName.PINNED),
        ("claude-sonnet-4-5-20250929", ModelName.PINNED),
        ("claude-sonnet-4-5", ModelName.MOVING),
        ("mistral-large-latest", ModelName.MOVING),
        ("gemini-2.5-flash", ModelName.UNKNOWN),
        ("gemini-3-pro-preview", ModelName.PREVIEW),
        ("gpt-4-vision-preview", ModelName.GONE),
        ("gemini-1.5-pro", ModelName.GONE),
    ],
)
def test_what_a_model_name_promises(name: str, kind: ModelName) -> None:
    assert model_name(name) is kind
