"""Redaction: no value of a known shape survives, masking twice changes nothing, ordinary code stays readable."""

from __future__ import annotations

import string
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lastmile_desktop.core.redact import MARK, head_of, redact, redact_personal

ALNUM = string.ascii_letters + string.digits
PREFIXES = [
    ("sk_", "live_"), ("rk_", "live_"), ("sk_", "test_"), ("whs", "ec_"), ("sb_sec", "ret_"), ("sk-an", "t-api03-"),
    ("sk-pro", "j-"), ("gh", "p_"), ("github_", "pat_"), ("AK", "IA"), ("AI", "za"), ("xo", "xb-"), ("re", "_"),
    ("S", "G."), ("hf", "_"), ("gs", "k_"), ("npm", "_"), ("gl", "pat-"), ("lin_", "api_"), ("ntn", "_"),
]  # fmt: skip
prefixed = st.builds(
    lambda parts, tail: "".join(parts) + tail + "7Qx",
    st.sampled_from(PREFIXES),
    st.text(ALNUM, min_size=24, max_size=90),
)
token = st.text(ALNUM + "-_", min_size=12, max_size=60)
jwt = st.builds(lambda a, b, c: "ey" + f"J{a}.eyJ{b}.{c}", token, token, token)
address = st.builds(
    lambda scheme, password: (f"{scheme}://app:{password}@db.acme.io:5432/app", password),
    st.sampled_from(["postgres", "postgresql", "mysql", "mongodb+srv", "redis"]),
    st.text(ALNUM + "!$%*", min_size=8, max_size=40),
)
around = st.sampled_from(
    ["const key = '{}';", "KEY={}", '  "apiKey": "{}",', "Authorization: Bearer {}", "{}", "({})"]
)


@given(prefixed | jwt, around)
@settings(max_examples=400, deadline=None)
def test_no_generated_key_survives(value: str, shape: str) -> None:
    assert value not in redact(shape.format(value))


@given(address)
@settings(max_examples=200, deadline=None)
def test_no_password_in_an_address_survives(pair: tuple[str, str]) -> None:
    assert f":{pair[1]}@" not in redact(f'url = "{pair[0]}"')


@given(
    st.sampled_from(["JWT_SECRET", "dbPassword", "API_KEY", "auth_token", "STRIPE_SECRET"]),
    st.text(ALNUM, min_size=12, max_size=40).filter(lambda text: any(char.isdigit() for char in text)),
)
@example("JWT_SECRET", "A00000000000")
@settings(max_examples=200, deadline=None)
def test_no_value_of_a_secret_name_survives(name: str, value: str) -> None:
    for shape in ('{} = "{}"', "{}={}", '"{}": "{}"', "process.env.{} || '{}'"):
        assert value not in redact(shape.format(name, value))


@given(st.text(max_size=400) | st.lists(prefixed | jwt | st.text(max_size=30), max_size=8).map(" ".join))
@settings(max_examples=300, deadline=None)
def test_masking_twice_changes_nothing(text: str) -> None:
    once = redact_personal(text)
    assert redact_personal(once) == once


def test_a_private_key_is_masked_whole() -> None:
    body = "\n".join("MIIEowIBAAKCAQEA1x9Kf7Lm2Qp8Rt5Vw1Yz4Bc6Ef0HjNkQ7sD2gLp9XcVbNmZ" for _ in range(5))
    text = "-----BEGIN RSA " + f"PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\nnext = 1"
    masked = redact(text)
    assert "MIIE" not in masked
    assert masked.endswith("next = 1")
    assert redact(masked) == masked


def test_what_remains_is_the_beginning_and_the_kind() -> None:
    assert redact("sk_" + "live_" + "51HxYzq8Rt5Vw1Yz4Bc6") == f"sk_l{MARK}[stripe secret key]"
    assert head_of("hunter2") == "h"


@pytest.mark.parametrize(
    "line",
    [
        'import { Card } from "@/components/ui/card";',
        'const password = formData.get("password");',
        "const token = await getToken();",
        'className="sk-loading-spinner text-muted-foreground"',
        "re_render_everything_when_props_change();",
        'id: "3f2504e0-4f89-41d3-9a0c-0305e82c3301",',
        "STRIPE_SECRET_KEY=",
        "password: z.string().min(8),",
        'localStorage.getItem("access_token")',
        "if (!process.env.STRIPE_SECRET_KEY) throw new Error('missing');",
    ],
)
def test_ordinary_code_stays_as_it_is(line: str) -> None:
    assert redact(line) == line


def test_people_are_masked() -> None:
    masked = redact_personal('contact: "ann.smith@example.org", phone: "+49 170 1234567"')
    assert "ann.smith" not in masked
    assert "1234567" not in masked


@pytest.mark.parametrize(
    "unit", ["a", "A1b2", "://a:", "a.b@", "+1 ", 'password="', "eyJaaaaaaaaaa.", " ", "key=", "-"]
)
def test_hostile_lines_take_linear_time(unit: str) -> None:
    small, large = unit * (40_000 // len(unit)), unit * (400_000 // len(unit))
    started = time.perf_counter()
    redact_personal(small)
    middle = time.perf_counter()
    redact_personal(large)
    ended = time.perf_counter()
    assert ended - middle < 40 * (middle - started) + 0.5
