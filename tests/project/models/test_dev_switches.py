"""Switches for development that are on in code, and those that only look so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastmile_desktop.project.code.parse import outline
from lastmile_desktop.project.models.settings.dev_files import faults_of, weak_admin
from lastmile_desktop.project.models.settings.dev_switches import switches

ON = "debug-on"
KEY = "default-secret-key"
TRACE = "stack-traces"


@pytest.mark.parametrize(
    ("path", "text", "rules"),
    [
        ("app.py", "app.run(debug=True)\n", [ON]),
        ("app.py", "app.run(debug=os.getenv('DEBUG') == '1')\n", []),
        ("app.py", "app.config['DEBUG'] = True\n", [ON]),
        ("app.py", "if os.environ.get('ENV') == 'development':\n    app.run(debug=True)\n", []),
        ("main.py", "uvicorn.run('main:app', reload=True)\n", [ON]),
        ("shop/settings.py", "DEBUG = os.environ.get('DEBUG', 'True') == 'True'\n", [ON]),
        ("shop/settings.py", "DEBUG = env.bool('DEBUG', default=False)\n", []),
        ("shop/settings.py", "SECRET_KEY = os.environ.get('SECRET_KEY', 'django-insecure-x')\n", [KEY]),
        ("config.py", "class DevelopmentConfig:\n    DEBUG = True\n", []),
        ("server.ts", "app.use((e, q, res, n) => { res.status(500).send(e.stack) })\n", [TRACE]),
        ("server.ts", "app.use((e, q, res, n) => { console.error(e.stack); res.send('x') })\n", []),
        ("server.ts", "app.use(session({ secret: process.env.SESSION_SECRET || 'secret' }))\n", [KEY]),
        ("server.ts", "const JWT_SECRET = process.env.JWT_SECRET!\n", []),
    ],
)
def test_what_is_on(path: str, text: str, rules: list[str]) -> None:
    assert [item.rule for item in switches(outline(path, text))] == rules


NAMES = [
    "Procfile",
    ".replit",
    "next.config.mjs",
    "vite.config.ts",
    "tsconfig.json",
    "package.json",
    "public/robots.txt",
]


@given(st.sampled_from(NAMES), st.text(max_size=200))
def test_any_text_of_a_configuration_file(name: str, text: str) -> None:
    judge = faults_of(name)
    assert judge is not None
    judge(text)
    weak_admin(name, text)
