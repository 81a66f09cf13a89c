"""Every semgrep rule of the catalogue fires on the lines marked `ruleid:` of its targets, and on no others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lastmile_desktop.catalogue.bundle import Bundle, compile_bundle
from lastmile_desktop.catalogue.load import load
from lastmile_desktop.engines.engine import Cancel
from lastmile_desktop.engines.semgrep_cli import NativeScanner, find_core
from lastmile_desktop.engines.semgrep_result import Match, read_matches
from lastmile_desktop.resources import rules_dir

TARGETS = sorted(file for file in rules_dir().glob("*/*/semgrep.*") if file.suffix != ".yaml")
MARK = re.compile(r"(?:#|//|\{/\*)\s*(ruleid|ok):\s*([\w-]+)")


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return compile_bundle(rules_dir(), tmp_path_factory.mktemp("cache"))


def matches_in(bundle: Bundle, file: Path, cache: Path) -> list[Match]:
    result = NativeScanner(find_core(), bundle, cache).ask({str(file): file.name}, 120, Cancel())
    return [match for matches in read_matches(result.stdout).values() for match in matches]


def marks_of(file: Path) -> Iterator[tuple[int, str, str]]:
    """The line that each mark is about: the first one below that is no mark itself."""
    lines = file.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(lines, 1):
        mark = MARK.search(line)
        if mark is not None:
            while MARK.search(lines[number]):
                number += 1
            yield number + 1, mark.group(1), mark.group(2)


@pytest.mark.parametrize("file", TARGETS, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_targets(bundle: Bundle, file: Path, tmp_path: Path) -> None:
    fired = {(match.line, match.semgrep_id) for match in matches_in(bundle, file, tmp_path)}
    marks = list(marks_of(file))
    expected = {(line, rule) for line, kind, rule in marks if kind == "ruleid"}
    quiet = {(line, rule) for line, kind, rule in marks if kind == "ok"}
    assert expected - fired == set(), "missed"
    assert quiet & fired == set(), "false alarms"
    named = {rule for _, _, rule in marks}
    assert {(line, rule) for line, rule in fired if rule in named} - expected == set(), "not marked"


def test_every_rule_has_a_target_and_a_rule_of_the_catalogue(bundle: Bundle) -> None:
    marked = {rule for file in TARGETS for _, rule in MARK.findall(file.read_text(encoding="utf-8"))}
    known = {rule.id for check in load(rules_dir()).checks.values() for rule in check.rules}
    assert set(bundle.rules) - marked == set()
    assert {rule.rule for rule in bundle.rules.values()} - known == set()


def test_what_a_rule_needs_is_in_everything_it_matches(bundle: Bundle, tmp_path: Path) -> None:
    """`needs` spares files from being parsed: it must never spare one that a rule would match."""
    for file in TARGETS:
        text = file.read_text(encoding="utf-8")
        for match in matches_in(bundle, file, tmp_path):
            around = block_around(text, match.line)
            assert bundle.may_match(file.name, around), f"{match.semgrep_id} at {file.name}:{match.line}"


def block_around(text: str, line: int) -> str:
    """The unindented block that holds this line, decorators included."""
    lines = text.split("\n")
    start, end = line, line
    while start > 1 and (not lines[start - 1] or lines[start - 1][0] in " })]"):
        start -= 1
    while start > 1 and lines[start - 2].startswith(("@", "def ", "async def ")):
        start -= 1
    while end < len(lines) and (not lines[end] or lines[end][0] in " })]"):
        end += 1
    return "\n".join(lines[start - 1 : end])
