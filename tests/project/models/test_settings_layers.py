"""A default for development that production replaces is no default of production."""

from __future__ import annotations

import pytest

from lastmile_desktop.project.models.settings.settings_layers import is_replaced_for_production
from tests.project.models.hooks import view_of

BASE = 'import os\nSECRET_KEY = os.getenv("SECRET_KEY", "django-insecure-x")\n'
STRICT = 'import os\nfrom .base import *\nSECRET_KEY = os.environ["SECRET_KEY"]\n'
CHECKED = (
    'import os\nfrom .base import *\nsecret_key = os.getenv("SECRET_KEY")\nif not secret_key:\n'
    '    raise ValueError("SECRET_KEY is not set")\nSECRET_KEY = str(secret_key)\n'
)


@pytest.mark.parametrize(
    ("files", "path", "replaced"),
    [
        ({"base.py": BASE, "production.py": STRICT}, "base.py", True),
        ({"base.py": BASE, "production.py": "from .base import *\nDEBUG = False\n"}, "base.py", False),
        (
            {"base.py": BASE, "staging.py": CHECKED, "production.py": "from .staging import *\n"},
            "base.py",
            True,
        ),
        ({"development.py": BASE, "production.py": STRICT}, "development.py", True),
        ({"base.py": BASE, "development.py": "from .base import *\n"}, "base.py", False),
        ({"settings.py": BASE}, "settings.py", False),
        (
            {
                "settings.py": BASE
                + 'if SECRET_KEY == "django-insecure-x" and not DEBUG:\n    raise ValueError()\n'
            },
            "settings.py",
            True,
        ),
        ({"settings.py": BASE + "if not SECRET_KEY:\n    raise ValueError()\n"}, "settings.py", False),
    ],
)
def test_which_default_never_reaches_production(files: dict[str, str], path: str, replaced: bool) -> None:
    view = view_of({f"shop/settings/{name}": text for name, text in files.items()})
    assert is_replaced_for_production(view, f"shop/settings/{path}", "SECRET_KEY") is replaced
