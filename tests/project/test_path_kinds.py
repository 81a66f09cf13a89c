from __future__ import annotations

import pytest

from lastmile_desktop.project.path_kinds import is_left_behind


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
