"""The tag that a linter speaks of, and what its autocomplete value means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastmile_desktop.project.models.screens.lint_places import Tag, completes_validly, is_caption, tag_at


def test_a_tag_is_found_from_its_start_and_from_its_attributes() -> None:
    text = (
        "const a = (\n  <div\n    onClick={() => a > b}\n    role='button'\n  >\n    <b>x</b>\n  </div>\n);\n"
    )
    for line, column in ((2, 3), (3, 5), (4, 5)):
        tag = tag_at(text, line, column)
        assert tag.name == "div" and tag.has("role") and tag.has("onClick") and not tag.spread
    assert tag_at(text, 6, 5).name == "b"
    assert tag_at(text, 40, 1).name == ""


@pytest.mark.parametrize(
    "value", ["email", "section-a shipping street-address", "work tel", "off", "", "one-time-code"]
)
def test_values_that_browsers_know(value: str) -> None:
    assert completes_validly(Tag("input", f'<input autoComplete="{value}" />'))


@pytest.mark.parametrize("value", ["firstname", "home name", "name email", "shipping"])
def test_values_that_mean_nothing(value: str) -> None:
    assert not completes_validly(Tag("input", f'<input autoComplete="{value}" />'))


@given(st.text(max_size=200), st.integers(-2, 20), st.integers(-2, 60))
def test_any_text_gives_a_tag_or_none(text: str, line: int, column: int) -> None:
    assert isinstance(tag_at(text, line, column).name, str)


def test_a_label_above_words_alone_is_a_caption() -> None:
    assert is_caption("<div>\n<label>Chatbot</label>\n<p>{name}</p>\n</div>\n<input />", 2)
    assert not is_caption("<div>\n<label>Chatbot</label>\n<input />\n</div>", 2)
    assert not is_caption("<div>\n<label>Chatbot</label>\n<Select />\n</div>", 2)


@given(st.text(max_size=200), st.integers(-2, 20))
def test_any_text_is_a_caption_or_none(text: str, line: int) -> None:
    assert is_caption(text, line) in (True, False)
