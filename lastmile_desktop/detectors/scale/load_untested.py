"""scale.load-untested: whether the app was ever tried with many people at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import (
    Detection,
    Looked,
    NotApplicable,
    PassEvidence,
    RawFinding,
    Unknown,
)
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.view import ProjectView

_CHECK = "scale.load-untested"
_USED = frozenset({"first-users", "paying", "growing"})
_EARLY = frozenset({"idea", "demo", "hobby"})
_NAME = re.compile(
    r"(?i)(?:^|/)(?:k6|load|stress|perf|artillery|locust|benchmark|autocannon)[^/]*(?:/|\.(?:[cm]?[jt]s|py|ya?ml)$)"
)
_TOOL = re.compile(
    r"from\s{1,3}[\"']k6(?:/\w+)?[\"']|from\s{1,3}locust\s{1,3}import|^\s{0,8}phases:|"
    r"autocannon\(|require\([\"']autocannon[\"']\)",
    re.MULTILINE,
)
_CALL = re.compile(
    r"(?:http|client|self\.client)\.(?:get|post|put|del|patch|request)\(\s{0,5}[`\"'f]{1,2}(?P<target>[^`\"'\s]{1,200})|"
    r"url:\s{0,3}[\"']?(?P<path>/[^\s\"']{0,200})"
)
_THIRD_PARTY = re.compile(
    r"api\.(?:stripe|openai|anthropic|resend|sendgrid|twilio|github)\.(?:com|org)|generativelanguage\.googleapis|api\.mailgun"
)
_SUFFIXES = (".js", ".ts", ".mjs", ".cjs", ".py", ".yml", ".yaml")
_QUESTION = (
    "Try it once with twice the people you expect at your busiest hour, for ten minutes, against a copy with as many "
    "rows as production, signed in and through checkout in test mode. Say what broke first."
)


def detect(view: ProjectView) -> Detection:
    """Read the load scripts; whether one was run, only a person can say."""
    if not view.routes.routes and not view.facts.has("db.provider"):
        return Detection(
            not_applicable=NotApplicable("Nothing here could be overloaded: no server and no database.")
        )
    stage = view.facts.first("profile.stage")
    scripts = tuple(_scripts(view))
    if stage is not None and stage.value in _EARLY:
        reason = "You said nobody depends on this yet; a load test can wait for the first users."
        return Detection(not_applicable=NotApplicable(reason, stage.evidence))
    if stage is None and not view.facts.has("pay.provider") and not scripts:
        reason = "Whether anybody uses this yet is not known: say at which stage the project is."
        return Detection(unknowns=(Unknown(reason),))
    findings = tuple(finding for path, text in scripts for finding in _judge(path, text))
    passes = tuple(
        PassEvidence(at(path, 1, note="A script that sends many visitors.")) for path, _ in scripts
    )
    return Detection(
        findings,
        passes,
        looked=(Looked("load scripts", len(scripts), len(scripts)),),
        needs_attestation=_QUESTION,
    )


def _scripts(view: ProjectView) -> Iterator[tuple[str, str]]:
    for path in view.tree.files:
        if (
            path.endswith(_SUFFIXES)
            and _NAME.search(path)
            and view.per_file("load-script", path, _is_script, False)
        ):
            yield path, view.text(path) or ""


def _is_script(text: str) -> bool:
    return _TOOL.search(text) is not None


def _judge(path: str, text: str) -> Iterator[RawFinding]:
    other = _THIRD_PARTY.search(text)
    if other is not None:
        message = f"This load script also sends its visitors to {other[0]}, which is not yours to load."
        yield _finding("third-party-not-mocked", message, path, line_at(text, other.start()), 0.85)
    targets = list(_CALL.finditer(text))
    paths = [_path(match["target"] or match["path"] or "") for match in targets]
    if targets and all(item in ("", "/", "/health", "/healthz") for item in paths):
        message = (
            "This load script only opens the first page; sign-in, the database and checkout are never tried."
        )
        yield _finding("unlike-prod", message, path, line_at(text, targets[0].start()), 0.75)


def _path(target: str) -> str:
    """`${BASE}/orders` → `/orders`, `https://app.example/` → `/`."""
    bare = re.sub(r"^(?:https?://[^/]*|\$?\{[^}]*\})", "", target)
    return bare.partition("?")[0]


def _finding(rule: str, message: str, path: str, line: int, confidence: float) -> RawFinding:
    return RawFinding(f"{_CHECK}/{rule}", message, (at(path, line),), path, confidence=confidence)
