"""What counts as something that was built, as commit messages and files tell."""

from __future__ import annotations

import pytest

from lastmile_desktop.project.models.usage.feature_units import _page_name, _what


@pytest.mark.parametrize(
    ("subject", "what"),
    [
        ("feat: crew map", "crew map"),
        ("feat(map)!: crews on a map", "crews on a map"),
        ("Add invoice page", "invoice page"),
        ("✨ Added dark mode.", "dark mode"),
        ("Implemented export to QuickBooks", "export to QuickBooks"),
        ("fix: empty list", ""),
        ("Add tests for jobs", ""),
        ("Add missing index", ""),
        ("Create WeeklySummaryCard.tsx", ""),
        ("Add files via upload", ""),
        ("build(deps): bump react", ""),
        ("refactor: add a helper", ""),
        ("address review", ""),
        ("Merge branch 'feature/x'", ""),
    ],
)
def test_a_commit_adds_something_or_not(subject: str, what: str) -> None:
    assert _what(subject) == what


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("src/pages/Jobs.tsx", "/Jobs"),
        ("app/(crew)/jobs/page.tsx", "/(crew)/jobs"),
        ("app/page.tsx", "/"),
        ("app/api/chat/route.ts", "/api/chat"),
        ("supabase/functions/send-quote/index.ts", "/send-quote"),
        ("src/routes/jobs/+page.svelte", "/jobs"),
        ("src/pages/_app.tsx", ""),
        ("src/pages/components/Row.tsx", ""),
        ("src/pages/Jobs.test.tsx", ""),
        ("src/components/Row.tsx", ""),
    ],
)
def test_a_new_page_or_endpoint(path: str, name: str) -> None:
    assert _page_name(path) == name
