"""One rule file out of many, written once and found again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lastmile_desktop.catalogue.bundle import compile_bundle
from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.errors import CatalogueError

RULE = """rules:
- id: {id}
  languages: [{languages}]
  severity: ERROR
  message: m
  pattern: eval(...)
  metadata: {{rule: {rule}{more}}}
"""


def rule(
    root: Path, check: str, rule_id: str, languages: str = "ts, js", more: str = "", name: str = ""
) -> Path:
    folder = root / check.replace(".", "/", 1)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "semgrep.yaml"
    file.write_text(RULE.format(id=rule_id, languages=languages, rule=name or f"{check}/x", more=more))
    return file


def test_all_rules_go_into_one_file(tmp_path: Path) -> None:
    rule(tmp_path / "rules", "a.one", "one-x")
    rule(tmp_path / "rules", "b.two", "two-x", "python", ", severity: low, confidence: 0.6")
    bundle = compile_bundle(tmp_path / "rules", tmp_path / "cache")
    assert [entry["id"] for entry in json.loads(bundle.path.read_text())["rules"]] == ["one-x", "two-x"]
    assert bundle.rules["two-x"].severity is Severity.LOW and bundle.rules["two-x"].confidence == 0.6
    one = bundle.rule_of("tmp.some.path.one-x")
    assert one is not None and one.rule == "a.one/x"
    assert bundle.rule_of("other") is None
    assert [bundle.language(path) for path in ("a/b.TSX", "c.py", "d.yaml", "Makefile")] == [
        "typescript", "python", None, None,
    ]  # fmt: skip


def test_the_same_rules_are_not_written_again(tmp_path: Path) -> None:
    file = rule(tmp_path / "rules", "a.one", "one-x")
    first = compile_bundle(tmp_path / "rules", tmp_path / "cache")
    written = first.path.stat().st_mtime_ns
    assert compile_bundle(tmp_path / "rules", tmp_path / "cache") == first
    assert first.path.stat().st_mtime_ns == written
    file.write_text(file.read_text().replace("message: m", "message: other"))
    assert compile_bundle(tmp_path / "rules", tmp_path / "cache").digest != first.digest


@pytest.mark.parametrize("damage", [b"", b"{", b'{"rules": 3}', b'{"rules": [{"id": "x"}]}'])
def test_a_damaged_bundle_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    rule(tmp_path / "rules", "a.one", "one-x")
    first = compile_bundle(tmp_path / "rules", tmp_path / "cache")
    whole = first.path.read_bytes()
    first.path.write_bytes(damage)
    assert compile_bundle(tmp_path / "rules", tmp_path / "cache") == first
    assert first.path.read_bytes() == whole
    assert [entry.name for entry in first.path.parent.iterdir()] == [first.path.name]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"rule_id": "a.b"}, "is no id"),
        ({"rule_id": "x", "name": "nothing"}, "does not say which rule"),
        ({"rule_id": "x", "name": "b.two/x"}, "another check"),
        ({"rule_id": "x", "languages": "generic"}, "languages other than"),
        ({"rule_id": "x", "more": ", severity: loud"}, "loud"),
        ({"rule_id": "x", "more": ", needs: ['/(/']"}, "missing \\)"),
        ({"rule_id": "x", "more": ", needs: 3"}, "list of texts"),
    ],
)
def test_a_mistake_names_its_file(tmp_path: Path, options: dict[str, str], problem: str) -> None:
    rule(tmp_path / "rules", "a.one", **options)
    with pytest.raises(CatalogueError, match=problem) as raised:
        compile_bundle(tmp_path / "rules", tmp_path / "cache")
    assert "one/semgrep.yaml" in raised.value.happened.replace("\\", "/")


def test_files_in_which_no_rule_can_match_are_known(tmp_path: Path) -> None:
    rule(tmp_path / "rules", "a.one", "x", more=", needs: [eval, '/new\\s+Function/']")
    rule(tmp_path / "rules", "b.two", "y", "python")
    bundle = compile_bundle(tmp_path / "rules", tmp_path / "cache")
    assert bundle.may_match("a.ts", "x = eval(1)") and bundle.may_match("a.ts", "new  Function(x)")
    assert not bundle.may_match("a.ts", "x = new F()")
    assert bundle.may_match("a.py", "x = 1") and not bundle.may_match("a.md", "eval(1)")


@pytest.mark.parametrize("text", ["- 1", "rules: 3", "rules: [3]", "a: [", "\udcff"])
def test_files_that_are_no_rule_files_are_refused(tmp_path: Path, text: str) -> None:
    file = rule(tmp_path / "rules", "a.one", "x")
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(CatalogueError):
        compile_bundle(tmp_path / "rules", tmp_path / "cache")


def test_ids_are_unique(tmp_path: Path) -> None:
    rule(tmp_path / "rules", "a.one", "same")
    rule(tmp_path / "rules", "b.two", "same")
    with pytest.raises(CatalogueError, match="two rules have the id same"):
        compile_bundle(tmp_path / "rules", tmp_path / "cache")


def test_a_cache_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    rule(tmp_path / "rules", "a.one", "x")
    (tmp_path / "cache").write_text("a file stands in the way")
    with pytest.raises(CatalogueError, match="cannot be written"):
        compile_bundle(tmp_path / "rules", tmp_path / "cache")
