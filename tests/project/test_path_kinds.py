from __future__ import annotations

import pytest

from lastmile_desktop.project.path_kinds import is_left_behind, is_tools_own


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("supabase/functions/stripe-webhook/index_bak.ts", True),
        ("server/main.old.py", True),
        ("src/Checkout copy.tsx", True),
        ("scripts/db_backup.py", False),
        ("src/lib/ad-copy.ts", False),
        ("pages/api/orders_old.ts", False),
        ("server/threshold.ts", False),
    ],
)
def test_a_former_state_of_a_file_is_told_by_its_name_unless_it_is_served(path: str, left: bool) -> None:
    assert is_left_behind(path) is left


@pytest.mark.parametrize(
    ("path", "own"),
    [
        (".claude/helpers/learning-service.mjs", True),
        ("apps/web/.cursor/hooks/check.py", True),
        (".clerk/.tmp/keyless.json", True),
        (".github/skills/review/run.py", True),
        (".github/workflows/deploy.yml", False),
        ("src/agents/claude/route.ts", False),
        ("CLAUDE.md", False),
    ],
)
def test_what_a_coding_tool_keeps_for_itself_is_no_part_of_the_app(path: str, own: bool) -> None:
    assert is_tools_own(path) is own
