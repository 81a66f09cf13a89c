"""Shapes of keys: every vector is known again, and what a browser may have is told from what it may not."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastmile_desktop.core.redact import redact
from lastmile_desktop.project.named_secrets import find_assigned, find_fallbacks, find_settings
from lastmile_desktop.project.path_kinds import PathKind, is_example_env, path_kind
from lastmile_desktop.project.secret_shapes import Exposure, ShapePattern, classify, find, patterns
from lastmile_desktop.project.secret_sightings import sightings

BODY = "\nMIIEowIBAAKCAQEA1x9Kf7Lm2Qp8Rt5Vw1Yz4Bc6Ef0HjNkQ7sD2gLp9XcVbNmZaSdFgHj\n"


def encoded(claims: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims, separators=(",", ":")).encode()).rstrip(b"=").decode()


def token(claims: dict[str, Any]) -> str:
    return f"{encoded({'alg': 'HS256', 'typ': 'JWT'})}.{encoded(claims)}.kP9x2LqZ7vR4mN8sT1wY6uB3cD5eF0gH"


@pytest.mark.parametrize("pattern", patterns(), ids=lambda pattern: pattern.shape.id)
def test_each_vector_is_found_classified_and_redacted(pattern: ShapePattern) -> None:
    body = BODY if pattern.shape.id == "private-key" else ""
    text = f'const a = 1;\nconst key = "{pattern.vector}{body}";'
    found = find(text)
    assert [item.shape.id for item in found] == [pattern.shape.id]
    assert found[0].line == 2
    assert text[found[0].start : found[0].end] in pattern.vector
    shape = classify(pattern.vector)
    assert shape is not None
    assert shape.id == pattern.shape.id
    if pattern.shape.id != "private-key":
        masked = redact(text)
        assert pattern.vector not in masked
        if pattern.shape.exposure is Exposure.PRIVILEGED and "address" not in pattern.shape.label:
            assert text[found[0].end - 12 : found[0].end] not in masked


def test_tokens_are_judged_by_their_payload() -> None:
    roles = {
        role: classify(token({"iss": "supabase", "ref": "abc", "role": role}))
        for role in ("anon", "service_role")
    }
    assert roles["anon"] is not None
    assert roles["anon"].is_public
    assert roles["service_role"] is not None
    assert roles["service_role"].exposure is Exposure.PRIVILEGED
    demo = classify(token({"iss": "supabase-demo", "role": "service_role"}))
    assert demo is not None
    assert demo.is_public
    other = classify(token({"sub": "u1", "exp": 4_000_000_000}))
    assert other is not None
    assert other.exposure is Exposure.DEPENDS


@pytest.mark.parametrize(
    "text",
    [
        "STRIPE_SECRET_KEY=sk_" + "live_your_key_here_000000",
        "OPENAI_API_KEY=sk-" + "proj-xxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "DATABASE_URL=postgresql://postgres:postgres@localhost:5432/app",
        "DATABASE_URL=postgresql://user:password@db.acme.io/app",
        "DATABASE_URL=postgresql://app:${DB_PASSWORD}@db.acme.io/app",
        "DATABASE_URL=postgresql://app:URL_ENCODED_SECRET@db.acme.io/app",
        "re_render_all_the_things_now",
        "AKIAIOSFODNN7" + "EXAMPLE",
        "-----BEGIN " + "PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----",
        "postgresql://([^:]+):([^@]+)@([^/]+)/(.+)",
    ],
)
def test_placeholders_are_no_keys(text: str) -> None:
    assert find(text) == ()


def test_a_google_key_is_judged_by_its_neighbourhood() -> None:
    key = "AI" + "zaSyD3x9Kf7Lm2Qp8Rt5Vw1Yz4Bc6Ef0HjNkQ"
    gemini = sightings("a.ts", f'const geminiKey = "{key}";')[0]
    firebase = sightings("a.ts", f'const config = {{ apiKey: "{key}", authDomain: "x.firebaseapp.com" }};')[0]
    assert gemini.shape.exposure is Exposure.PRIVILEGED
    assert firebase.shape.exposure is Exposure.DEPENDS


def test_the_key_of_every_local_supabase_opens_nothing() -> None:
    local, own = "N7UND0UgjKTVK-" + "Uodkm0Hg_xSvEMPvz", "COo38eU2e1SP8MMWLo9IRR_" + "qFwfRgJi"
    assert not find(f"SUPABASE_SECRET_KEY=sb_secret_{local}")
    assert find(f"SUPABASE_SECRET_KEY=sb_secret_{own}")


def test_named_values() -> None:
    value = "Zx9kLmP2qR8tV5wY" + "1nB4cD7fG0hJ"
    assert [item.name for item in find_settings(f"JWT_SECRET={value}\nPUBLIC_ID={value}\n")] == ["JWT_SECRET"]
    assert [item.name for item in find_assigned(f'const expoToken = "{value}";')] == ["expoToken"]
    assert find_assigned('const tokenKey = "auth_token_v2"; const passwordHint = "8 chars";') == ()
    fallback = find_fallbacks('const s = process.env.SESSION_SECRET ?? "changeme";')
    assert [(item.name, item.random) for item in fallback] == [("SESSION_SECRET", False)]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("src/a.test.ts", PathKind.TEST),
        ("tests/unit/x.py", PathKind.TEST),
        (".env.example", PathKind.EXAMPLE),
        (".env-example", PathKind.EXAMPLE),
        (".env", PathKind.ENV),
        ("apps/web/.env.production", PathKind.ENV),
        (".cursor/mcp.json", PathKind.AGENT),
        (".github/workflows/ci.yml", PathKind.CI),
        ("supabase/migrations/1_a.sql", PathKind.SQL),
        ("db/backup.sql", PathKind.DUMP),
        ("prisma/seed.ts", PathKind.SEED),
        ("docs/setup.md", PathKind.DOC),
        ("src/environment.ts", PathKind.CODE),
        ("src/latest.ts", PathKind.CODE),
    ],
)
def test_paths_tell_what_a_file_is_for(path: str, kind: PathKind) -> None:
    assert path_kind(path) is kind


def test_examples_of_settings() -> None:
    assert is_example_env("apps/api/.env.local.example")
    assert not is_example_env("docs/env-example.md")


@given(st.binary(max_size=2_000))
def test_arbitrary_bytes_never_raise(data: bytes) -> None:
    sightings(".env", data.decode("utf-8", "replace"))
    sightings("a.ts", data.decode("latin-1"))
