"""What is counted in test files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastmile_desktop.project.models.delivery.test_suite import is_test_file, read_test
from lastmile_desktop.project.models.settings.environments import databases


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("src/a.test.ts", True),
        ("tests/test_orders.py", True),
        ("app/tests.py", True),
        ("src/pages/ContestTest.tsx", False),
        ("src/latest.ts", False),
        ("tests/data.json", False),
    ],
)
def test_which_files_hold_tests(path: str, expected: bool) -> None:
    assert is_test_file(path) is expected


def test_counts() -> None:
    text = 'it("a", () => { expect(true).toBe(true) })\nit.skip("b", () => { expect(x).rejects.toThrow() })\n'
    found = read_test("a.test.ts", text)
    assert found is not None
    assert (found.cases, found.assertions, found.hollow, found.skipped) == (2, 2, 1, (2,))


def test_same_database_same_mark() -> None:
    one = databases("DATABASE_URL=postgresql://ann:x@db.abcdefghijklmnopqrst.supabase.co:5432/postgres\n")
    two = databases("NEXT_PUBLIC_SUPABASE_URL=https://abcdefghijklmnopqrst.supabase.co\n")
    assert one[0][2] == two[0][2]
    assert databases("DATABASE_URL=postgresql://ann:x@localhost/shop\n")[0][3]


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    read_test("a.test.ts", text)
    databases(text)
