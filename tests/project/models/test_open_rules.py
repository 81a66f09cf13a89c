"""Readers of rules that come from outside: what they find, and that nothing makes them fail."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lastmile_desktop.project.code.parse import outline
from lastmile_desktop.project.models.accounts import auth_review
from lastmile_desktop.project.models.crypto import review as crypto_review
from lastmile_desktop.project.models.crypto.meaning import is_secret
from lastmile_desktop.project.models.inputs import posted_bodies
from lastmile_desktop.project.models.routes import role_checks
from lastmile_desktop.project.models.routes.answers import stack_leaks
from lastmile_desktop.project.models.row_security.cloud_buckets import open_buckets
from lastmile_desktop.project.models.row_security.firebase_rules import Asks, read_database_rules, read_rules

_RULES = """
service cloud.firestore {
  match /databases/{database}/documents {
    function owns(id) { return request.auth != null && request.auth.uid == id; }
    match /users/{uid} { allow read, write: if owns(uid); }
    match /posts/{id} { allow read; allow write: if request.auth != null; }
    match /{document=**} { allow read: if false; }
  }
}
"""
_PIECES = st.sampled_from(
    [
        "match /a/{b} {",
        "allow read: if true;",
        "}",
        "function f() {",
        "return",
        "allow write;",
        '".read": true',
        "{",
        "//",
        "\x00",
    ]
)


def test_permissions_say_what_they_ask() -> None:
    found = [(item.collection, item.verbs, item.asks) for item in read_rules(_RULES)]
    assert found == [
        ("users", ("read", "write"), Asks.IDENTITY),
        ("posts", ("read",), Asks.NOTHING),
        ("posts", ("write",), Asks.SIGN_IN),
        ("", ("read",), Asks.REFUSED),
    ]


def test_a_test_mode_date_is_read() -> None:
    found = read_database_rules('{"rules": {".write": "now < 1735689600000"}}')
    assert [(item.asks, item.until and item.until.year) for item in found] == [(Asks.DATE, 2025)]


def test_names_of_secrets() -> None:
    assert is_secret("resetToken") and is_secret("otp_code") and is_secret("inviteCode")
    assert is_secret("maxTokens") is False and is_secret("jitter") is False
    assert is_secret("value") is None


@given(st.lists(_PIECES | st.text(max_size=12), max_size=30).map(" ".join))
@settings(max_examples=200, deadline=None)
def test_nothing_makes_the_readers_of_rules_fail(text: str) -> None:
    read_rules(text)
    read_database_rules(text)
    open_buckets(text)


@given(st.text(max_size=200), st.sampled_from(["a.ts", "a.py", "a.tsx"]))
@settings(max_examples=100, deadline=None)
def test_nothing_makes_the_readers_of_code_fail(text: str, path: str) -> None:
    whole = f"jwt role req.body Math.random createHash {text}"
    read = outline(path, whole)
    crypto_review.review(read)
    auth_review.review_text(read, whole)
    posted_bodies.review_text(read, whole)
    role_checks.review_text(read, whole)
    stack_leaks(read, whole + ".stack")
