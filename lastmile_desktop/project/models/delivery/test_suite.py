"""What the tests of a project look at: counted per file, by words that only tests of such a thing use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.view import ProjectView

_FILE = re.compile(
    r"(?:\.(?:test|spec|cy|e2e)\.[cm]?[jt]sx?|(?:^|/)test_[^/]{1,80}\.py|(?:^|/)[^/]{1,80}_test\.(?:py|ts)"
    r"|(?:^|/)tests?\.py|(?:^|/)tests?/tests_[^/]{1,80}\.py|(?:^|/)(?:__tests__|e2e|cypress/e2e|tests)/[^/]{1,80}\.[cm]?[jt]sx?)$"
)
_CASE = re.compile(
    r"(?m)^\s{0,40}(?:(?:it|test|Deno\.test)(?:\.(?:each|only|skip|fails|concurrent"
    r"|todo)\b[^(]{0,200})?\s{0,2}\(|(?:async\s+)?def\s+test_?\w{0,100}\s{0,2}\()"
)
# Words rather than patterns: test files are many and long. Page objects and helpers assert by themselves.
_ASSERTIONS = (
    "expect(", "expecttypeof(", "assert", "raises(", ".should", "cy.contains(", "cy.get(", "waitfor", "check",
    "verify",
    "ensure", "isvisible", "islogged", "expected_", "expected=",
)  # fmt: skip
_SNAPSHOT = re.compile(r"toMatch(?:Inline)?Snapshot")
_HOLLOW = re.compile(
    r"expect\(\s{0,3}(true|1|false)\s{0,3}\)\.(?:toBe|toEqual)\(\s{0,3}\1\s{0,3}\)|\bassert\s+True\b"
    r"|assertTrue\(True\)"
)
_UNHAPPY = (
    "400", "401", "403", "404", "409", "422", "429", "500", "503", "tothrow", "rejects", "raises", "denied",
    "forbidden",
    "unauthor", "unauthent", "invalid", "empty", "duplicate", "missing", "expired", "not found", "error",
    "fail", "refus",
    "wrong", "conflict", "timeout", "concurrent", "twice", "already", "negative", "malformed", "bad request",
    "without",
)  # fmt: skip
_SKIPPED = re.compile(
    r"(?m)^\s{0,40}(?:(?:it|test|describe|context)\.(?:skip|only|todo|fixme)\s{0,2}\(\s{0,3}[\"'`]|x(?:it"
    r"|describe|test)\s{0,2}\(|f(?:it|describe)\s{0,2}\(|@pytest\.mark\.(?:skip\b|xfail\b(?![^\n]{0,300}strict\s{0,3}=\s{0,3}True))"
    r"|@unittest\.skip\b|@skip\b|pytestmark\s{0,3}=\s{0,3}pytest\.mark\.skip\b)"
)
_MOCKED = re.compile(
    r"\b(?:vi|jest)\.(?:mock|doMock)\(\s{0,3}[\"'`]([^\"'`]{1,120})[\"'`]"
    r"|@(?:mock\.)?patch\(\s{0,3}[\"']([\w.]{3,120})[\"']|mocker\.patch\(\s{0,3}[\"']([\w.]{3,120})"
)
_LOCAL_IMPORT = re.compile(
    r"(?m)^\s{0,4}import\s[^;\n]{0,200}?from\s+[\"']((?:\.|@/|~/)[^\"'\n]{1,120})[\"']"
)
TOPICS = {
    "sign-in and guards": (
        "401", "403", "unauthor", "unauthent", "forbidden", "logged out", "require_auth", "requireauth",
        "permission denied",
        "login_required", "isauthenticated", "is_authenticated", "sign in", "signin", "sign-in", "log in", "login",
        "without a token", "without token", "without session",
    ),
    "payment webhook": (
        "webhook", "stripe-signature", "constructevent", "construct_event", "checkout.session.completed",
        "payment_intent",
    ),
    "separation of customers": (
        "other user", "other org", "other tenant", "other team", "other customer", "another user", "another org",
        "another tenant", "another team", "another customer", "another account", "cross-tenant", "cross tenant",
        "tenant isolation", "second user", "second_user", "other_user", "otheruser", "user_b", "userb",
        "org_b", "not the owner",
        "not owner", "non-owner", "row level security", "rls",
    ),
    "roles": ("role", "is_admin", "isadmin", "permission", "admin only"),
    "deletion of data": ("delete account", "account deletion", "delete user", ".delete(", "cascade", "erasure"),
}  # fmt: skip
_SEQUENCE = (
    "cancel", "resubscrib", "refund", "renew", "upgrade", "downgrade", "reactivat", "expire", "reschedul",
    "reopen", "resume",
    "void", "dispute", "chargeback",
)  # fmt: skip
_LEGACY = (
    "legacy",
    "migrat",
    "old format",
    "old schema",
    "old row",
    "backfill",
    "alembic",
    "upgrade(",
    "previous version",
)


@dataclass(frozen=True, slots=True)
class TestFile:
    """What is counted in one file. `skipped` and `hollow` are lines; `topics` the critical flows it looks at."""

    path: str
    cases: int
    assertions: int
    snapshots: int
    hollow: int
    unhappy: int
    skipped: tuple[int, ...]
    mocked: int
    imported: int
    topics: frozenset[str]
    sequence: bool
    legacy: bool
    first: int

    __test__ = False


@lru_cache(maxsize=65_536)
def is_test_file(path: str) -> bool:
    return bool(_FILE.search(path)) and "node_modules/" not in path


def read_test(path: str, text: str) -> TestFile | None:
    """The counts of a file; None when it holds no test."""
    cases = list(_CASE.finditer(text))
    if not cases:
        return None
    mocked = {next(group for group in match.groups() if group) for match in _MOCKED.finditer(text)}
    local = [name for name in mocked if name.startswith((".", "@/", "~/"))]
    lowered = text.lower()
    return TestFile(
        path,
        len(cases),
        sum(lowered.count(word) for word in _ASSERTIONS),
        len(_SNAPSHOT.findall(text)),
        len(_HOLLOW.findall(text)),
        sum(lowered.count(word) for word in _UNHAPPY),
        tuple(line_at(text, match.end()) for match in _SKIPPED.finditer(text)),
        len(local),
        len(set(_LOCAL_IMPORT.findall(text))) if local else 0,
        frozenset(topic for topic, words in TOPICS.items() if any(word in lowered for word in words)),
        sum(word in lowered for word in _SEQUENCE) >= 2,
        any(word in lowered for word in _LEGACY),
        line_at(text, cases[0].start() + 1),
    )


def build(view: ProjectView) -> tuple[TestFile, ...]:
    """All test files, each read once until it changes."""
    return tuple(_files(view))


def _files(view: ProjectView) -> Iterator[TestFile]:
    for entry in view.tree.readable():
        if is_test_file(entry.path):
            found = view.per_file(
                "test-file", entry.path, lambda text, path=entry.path: read_test(path, text), None
            )
            if found is not None:
                yield found
