"""What the tests of a project look at: counted per file, by words that only tests of such a thing use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.view import ProjectView

_FILE = re.compile(
    r"(?:\.(?:test|spec|cy|e2e)\.[cm]?[jt]sx?|(?:^|/)test_[^/]{1,80}\.py|(?:^|/)[^/]{1,80}_test\.(?:py|ts)"
    r"|(?:^|/)tests?\.py|(?:^|/)(?:__tests__|e2e|cypress/e2e|tests)/[^/]{1,80}\.[cm]?[jt]sx?)$"
)
_CASE = re.compile(
    r"(?m)^\s{0,40}(?:(?:it|test|Deno\.test)(?:\.(?:each|only|skip|fails|concurrent"
    r"|todo)\b[^(]{0,200})?\s{0,2}\(|(?:async\s+)?def\s+test_?\w{0,100}\s{0,2}\()"
)
_ASSERTION = re.compile(
    r"\bexpect(?:TypeOf)?\s{0,2}\(|\bassert(?:\s|\.|\(|[A-Z]\w{2,30}\()|self\.assert\w{2,30}\("
    r"|pytest\.raises|\.should\("
    r"|\.should\.|toMatchSnapshot|assert_that|\bassertEquals\(|cy\.(?:contains|get)\(|\bwaitFor(?:URL"
    r"|Selector|\b)"
    # Page objects and helpers assert by themselves.
    r"|\b\w{0,40}(?:[cC]heck|[vV]erify|[eE]xpect|[aA]ssert|[eE]nsure|[sS]hould|isVisible|isLogged"
    r"|LoggedIn)\w{0,40}\("
)
_SNAPSHOT = re.compile(r"toMatch(?:Inline)?Snapshot")
_HOLLOW = re.compile(
    r"expect\(\s{0,3}(true|1|false)\s{0,3}\)\.(?:toBe|toEqual)\(\s{0,3}\1\s{0,3}\)|\bassert\s+True\b"
    r"|assertTrue\(True\)"
)
_UNHAPPY = re.compile(
    r"(?i)\b(?:4\d\d|500|503)\b|toThrow|rejects\.|pytest\.raises|assertRaises|\b(?:denied|forbidden"
    r"|unauthori[sz]ed|unauthenticated|invalid|empty|duplicate|missing|expired|not[_ ]found|error|fails?"
    r"|failure|refus|reject|without|wrong|conflict|timeout|concurrent|twice|already|too (?:long|large"
    r"|many)|negative|malformed|bad[_ ]request)"
)
_SKIPPED = re.compile(
    r"(?m)^\s{0,40}(?:(?:it|test|describe|context)\.(?:skip|only|todo|fixme)\s{0,2}\(\s{0,3}[\"'`]|x(?:it"
    r"|describe|test)\s{0,2}\(|f(?:it|describe)\s{0,2}\(|@pytest\.mark\.(?:skip\b|xfail\b)"
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
    "sign-in and guards": re.compile(
        r"(?i)\b40[13]\b|unauthori[sz]ed|unauthenticated|forbidden|logged.?out|require_?auth"
        r"|permission.?denied|login_required|is_?authenticated|\b(?:sign|log)[-_ ]?in\b"
        r"|without (?:a )?(?:token|session|login)"
    ),
    "payment webhook": re.compile(
        r"(?i)webhook|stripe-signature|constructEvent|construct_event|checkout\.session\.completed"
        r"|payment_intent"
    ),
    "separation of customers": re.compile(
        r"(?i)other (?:user|org|tenant|team|customer|account)|another (?:user|org|tenant|team|customer"
        r"|account)|cross.?tenant|tenant.?isolation|user_?b\b|second_?user|other_?user|org_?b\b"
        r"|not (?:the )?owner|rls\b"
    ),
    "roles": re.compile(
        r"(?i)\brole|is_?admin|\badmin\b.{0,80}\b(?:only|deny|denied|403|forbidden)"
        r"|member\b.{0,60}(?:cannot|403|denied)|permission"
    ),
    "deletion of data": re.compile(
        r"(?i)delete.{0,30}(?:account|user|customer|data)|account.{0,20}delet|\.delete\(|DELETE /|cascade"
        r"|erasure"
    ),
}
_SEQUENCE = re.compile(
    r"(?i)\b(?:cancel|resubscrib|refund|renew|upgrade|downgrade|reactivat|expire|reschedul|retry|reopen"
    r"|restore|pause|resume|void|dispute|charge.?back)\w{0,8}"
)
_LEGACY = re.compile(
    r"(?i)legacy|migrat(?:e|ion)|old.?(?:format|schema|version|row|shape)|backfill|alembic|upgrade\("
    r"|previous version"
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


def is_test_file(path: str) -> bool:
    return bool(_FILE.search(path)) and "node_modules/" not in path


def read_test(path: str, text: str) -> TestFile | None:
    """The counts of a file; None when it holds no test."""
    cases = list(_CASE.finditer(text))
    if not cases:
        return None
    mocked = {next(group for group in match.groups() if group) for match in _MOCKED.finditer(text)}
    local = [name for name in mocked if name.startswith((".", "@/", "~/"))]
    verbs = {match[0].lower()[:6] for match in _SEQUENCE.finditer(text)}
    return TestFile(
        path,
        len(cases),
        len(_ASSERTION.findall(text)),
        len(_SNAPSHOT.findall(text)),
        len(_HOLLOW.findall(text)),
        len(_UNHAPPY.findall(text)),
        tuple(text.count("\n", 0, match.end()) + 1 for match in _SKIPPED.finditer(text)),
        len(local),
        len(set(_LOCAL_IMPORT.findall(text))),
        frozenset(topic for topic, pattern in TOPICS.items() if pattern.search(text)),
        len(verbs) >= 2,
        bool(_LEGACY.search(text)),
        text.count("\n", 0, cases[0].start() + 1) + 1,
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
