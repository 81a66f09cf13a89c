"""Values known by the format of their file: each is found, and none survives masking."""

from __future__ import annotations

import base64

import pytest

from lastmile_desktop.core.redact import mask_at, redact
from lastmile_desktop.project.file_secrets import find_by_file
from lastmile_desktop.project.named_secrets import find_assigned, find_settings
from lastmile_desktop.project.secret_shapes import find
from lastmile_desktop.project.secret_values import looks_random

PASSWORD = "Vx7!qLm3" + "Tz9Kd2"
TOKEN = "q7Zk2Lx9Vb4N" + "m8Rt5Yp1Ws6D"
HEX = "4f9c1e7a2b8d3f60" + "95a1c7e3d2b4f681"
HASH = "$6$" + "rT5kQ9wZ$" + "b2mLq8Vx4Nz7Kd1Yp6Ws3Hf5Jg9Rt0Cu"
ENCODED = base64.b64encode(PASSWORD.encode()).decode()


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        (".netrc", f"machine api.acme.io login deploy password {PASSWORD}", PASSWORD),
        (".pgpass", f"db.acme.io:5432:app:app:{PASSWORD}", PASSWORD),
        ("etc/shadow", f"root:{HASH}:18000:0:99999:7:::", HASH),
        ("supabase/migrations/1.sql", f"select crypt('{PASSWORD}', gen_salt('bf'));", PASSWORD),
        ("init.sql", f"CREATE USER app WITH PASSWORD '{PASSWORD}';", PASSWORD),
        ("wp-config.php", f"<?php define('AUTH_KEY', '{TOKEN} |#{PASSWORD}');", f"{TOKEN} |#{PASSWORD}"),
        ("sync.js", f"conn.login('ops@acme.io', '{PASSWORD}', done)", PASSWORD),
        ("k8s.yaml", f"apiVersion: v1\nkind: Secret\ndata:\n  password: {ENCODED}\n", ENCODED),
        ("k8s.yaml", f"apiVersion: v1\nkind: Secret\nstringData:\n  password: {PASSWORD}\n", PASSWORD),
    ],
)
def test_a_value_is_known_by_its_file_and_masked(path: str, text: str, value: str) -> None:
    assert [text[item.start : item.end] for item in find_by_file(path, text)] == [value]
    assert value not in redact(text)
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("1.sql", "select crypt(p_password, gen_salt('bf')), crypt('changeme', gen_salt('bf'));"),
        ("k8s.yaml", "kind: Secret\nstringData:\n  password: ENC[AES256_GCM,data:q7Zk2Lx9,type:str]\n"),
        ("k8s.yaml", "kind: ConfigMap\ndata:\n  password: " + ENCODED + "\n"),
        (".netrc", "machine api.acme.io login deploy password ${NETRC_PASSWORD}"),
    ],
)
def test_references_and_samples_are_none(path: str, text: str) -> None:
    assert find_by_file(path, text) == ()


@pytest.mark.parametrize(
    "text",
    [
        f'ACME_TOKEN ?= "{TOKEN}"',
        f'ACME_TOKEN ::= "{TOKEN}"',
        f'$acmeToken .= "{TOKEN}";',
        f'var acmeToken string = "{TOKEN}"',
        f'System.setProperty("ACME_TOKEN", "{TOKEN}")',
        f'"config": "{{\\"acme_token\\": \\"{TOKEN}\\"}}"',
        f'hubspotKey = "{TOKEN}"',
    ],
)
def test_every_way_of_assigning(text: str) -> None:
    assert [text[item.start : item.end] for item in find_assigned(text)] == [TOKEN]


def test_a_setting_inside_a_string_and_of_a_command() -> None:
    for text in (f'{{"app.ini": "ACME_TOKEN={TOKEN}\\nMODE=on"}}', f"docker run -e ACME_TOKEN={TOKEN}"):
        assert [text[item.start : item.end] for item in find_settings(text)] == [TOKEN]


def test_keys_of_lists_and_of_the_browser_are_no_secrets() -> None:
    for name in ("storageKey", "publicKey", "INDEXNOW_KEY", "primary_key", "DOMAIN_KEY"):
        assert find_assigned(f'const {name} = "{TOKEN}";') == ()


def test_hexadecimal_digits_are_random_with_fewer_bits() -> None:
    assert looks_random(HEX)
    assert not looks_random("1111111122222222" + "3333333344444444a")


def test_a_key_that_somebody_typed_is_told_from_a_generated_one() -> None:
    typed, generated = "glpat-" + "aBcDeFgHiJkLmNoPqRsT", "glpat-" + "x9KfT7Lm2Qp8Rt5Vw1Yz"
    assert [item.invented for item in find(f'a = "{typed}"')] == [True]
    assert [item.invented for item in find(f'a = "{generated}"')] == [False]


def test_a_value_of_unknown_syntax_is_masked_where_it_stands() -> None:
    assert mask_at(f"what {TOKEN} ever", 6) == f"what {TOKEN[:4]}…[secret value] ever"
    assert mask_at("short", 40) == "short"
