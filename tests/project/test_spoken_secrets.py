"""Values known by the syntax around them: each is found, and none survives masking."""

from __future__ import annotations

import base64

import pytest

from lastmile_desktop.core.redact import redact
from lastmile_desktop.project.spoken_secrets import find_by_syntax

PASSWORD = "Vx7!qLm3" + "Tz9Kd2"
TOKEN = "q7Zk2Lx9Vb4N" + "m8Rt5Yp1Ws6D"
LOGIN = base64.b64encode(f"deploy:{PASSWORD}".encode()).decode()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (f"curl -u deploy:{PASSWORD} https://api.acme.io", PASSWORD),
        (f"curl -X POST \\\n  --user 'deploy:{PASSWORD}' https://api.acme.io", PASSWORD),
        (f'curl -u "{TOKEN}:" https://api.acme.io', TOKEN),
        (f'curl -H "Authorization: Token {TOKEN}" https://api.acme.io', TOKEN),
        (f'headers = {{"Authorization": "Basic {LOGIN}"}}', LOGIN),
        (f'curl -H "X-Api-Key: {TOKEN}" https://api.acme.io', TOKEN),
        (f'"Server=db.acme.io;User ID=app;Password={PASSWORD};"', PASSWORD),
        (f'{{"auths": {{"ghcr.io": {{"auth": "{LOGIN}"}}}}}}', LOGIN),
        (f"//npm.acme.io/:_authToken={TOKEN}", TOKEN),
        (f"supabase link --password {TOKEN}", TOKEN),
        (f"<apiToken>{TOKEN}</apiToken>", TOKEN),
        (f"- name: ACME_TOKEN\n  value: {TOKEN}", TOKEN),
    ],
)
def test_a_value_is_known_by_its_syntax_and_masked(text: str, value: str) -> None:
    assert value in {text[item.start : item.end] for item in find_by_syntax(text)}
    assert value not in redact(text)
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    "text",
    [
        'curl -u "deploy:$PASSWORD" https://api.acme.io',
        "curl -u user:password https://api.acme.io",
        'curl -H "Authorization: Bearer ${TOKEN}" https://api.acme.io',
        f'"Server=localhost;User ID=sa;Password={PASSWORD};"',
        "Authorization: Bearer <your-token-here>",
        "deploy --token $DEPLOY_TOKEN",
        "<Token>{children}</Token>",
    ],
)
def test_references_and_samples_are_none(text: str) -> None:
    assert find_by_syntax(text) == ()
