"""YAML with lines: any text gives documents or a problem, and nothing ends the process."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastmile_desktop.project.models.yaml_tree import Kind, parse

TEXT = """on: push
env: &shared
  A: one
jobs:
  test:
    env:
      <<: *shared
      B: |
        first
        second
"""


def test_values_know_their_lines() -> None:
    root = parse(TEXT).root
    assert root is not None
    assert root.value("on") == "push"
    env = root.get("jobs", "test", "env")
    assert env is not None and env.kind is Kind.MAP
    assert (env.value("A"), env.value("B")) == ("one", "first\nsecond\n")
    block = env.get("B")
    assert block is not None and (block.line, block.last_line, block.block) == (8, 10, True)


@pytest.mark.parametrize(
    "text", ["[" * 200_000, "- " * 50_000, "{" * 50_000, "a: &a [*a]", "&a " * 500, '"\\ud800"']
)
def test_deep_and_broken_texts_are_refused_or_read(text: str) -> None:
    assert parse(text).problem or parse(text).root is not None


def test_aliases_of_aliases_are_walked_once() -> None:
    text = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
    )
    root = parse(text).root
    assert root is not None
    assert len(list(root.walk())) < 100


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    parse(text)
