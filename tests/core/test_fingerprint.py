from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lastmile_desktop.core.fingerprint import fingerprint, normalise, numbered

CODE = 'const a = await fetch( url, {\n    method: "POST",\n})'


def test_reformatting_keeps_the_identity() -> None:
    reformatted = 'const a = await fetch(url, { method: "POST" });'
    assert normalise(CODE) == normalise(reformatted)


def test_another_rule_path_or_symbol_is_another_finding() -> None:
    base = fingerprint("a.b/c", ".", "x.ts", "f", CODE)
    others = {
        fingerprint("a.b/d", ".", "x.ts", "f", CODE),
        fingerprint("a.b/c", "apps/web", "x.ts", "f", CODE),
        fingerprint("a.b/c", ".", "y.ts", "f", CODE),
        fingerprint("a.b/c", ".", "x.ts", "g", CODE),
        fingerprint("a.b/c", ".", "x.ts", "f", CODE.replace("POST", "GET")),
    }
    assert base not in others
    assert len(others) == 5


def test_equal_findings_in_one_file_are_numbered() -> None:
    assert numbered(["a", "b", "a", "a"]) == ["a", "b", "a#2", "a#3"]


@given(st.text(), st.text(alphabet=" \t\n", min_size=1))
def test_white_space_around_code_never_matters(text: str, space: str) -> None:
    assert normalise(space + text + space) == normalise(text)


@given(st.text(max_size=400))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
