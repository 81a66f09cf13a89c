"""Scripts for trying the app out are told by their names, unless something starts them."""

from __future__ import annotations

import pytest

from lastmile_desktop.project.models.usage.trial_scripts import is_named_trial, is_trial
from tests.project.models.graphs import project


@pytest.mark.parametrize(
    ("path", "trial"),
    [
        ("diary/management/commands/fake.py", True),
        ("scripts/debug/debug_address.py", True),
        ("scripts/run_beta_server.py", True),
        ("populate.py", True),
        ("scripts/create_admin.py", False),
        ("scripts/debug_production_login.py", False),
        ("scripts/invite_beta_users.py", False),
        ("diary/management/commands/send_reminders.py", False),
        ("app/debug.py", False),
        ("src/api/demo.ts", False),
    ],
)
def test_the_path_tells_of_it(path: str, trial: bool) -> None:
    assert is_named_trial(path) is trial


def test_what_a_container_starts_is_the_app() -> None:
    files = {"scripts/run_beta_server.py": "print(1)\n", "scripts/populate.py": "print(2)\n"}
    view = project(files | {"Dockerfile": 'FROM python:3.13\nCMD ["python", "scripts/run_beta_server.py"]\n'})
    assert not is_trial(view, "scripts/run_beta_server.py")
    assert is_trial(view, "scripts/populate.py")
