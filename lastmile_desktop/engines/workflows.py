"""zizmor on GitHub workflows, offline, with the persona that reports what an ordinary owner can act on."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from lastmile_desktop.core.check import EngineName, Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import RawFinding
from lastmile_desktop.core.health import OK, Condition, EngineInfo, EngineResult, Health
from lastmile_desktop.engines.engine import EngineRequest
from lastmile_desktop.engines.process import ChildMissing, ChildResult, find_tool, run_child
from lastmile_desktop.engines.tool_version import version_of
from lastmile_desktop.project.view import ProjectView


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an audit means to us. `least` is the lowest of zizmor's own severities that is passed on."""

    rule: str
    message: str
    least: str = "Low"
    severity: Severity | None = None
    confidence: float | None = None


_GATES = "delivery.no-ci-gates"
_LEVELS = ("Informational", "Low", "Medium", "High")

RULES: Mapping[str, Meaning] = {
    "hardcoded-container-credentials": Meaning(
        "secrets.committed/ci-inline",
        "This workflow holds a password for a container registry in plain text.",
    ),
    "template-injection": Meaning(
        f"{_GATES}/script-injection",
        "This script contains a value that others can choose, as code: hand it over as an environment variable.",
        "Medium",
        Severity.MEDIUM,
        0.65,
    ),
    "excessive-permissions": Meaning(
        f"{_GATES}/permissions-write-all",
        "Every job of this workflow gets this right to write: give it to the job that needs it.",
        "High",
        Severity.LOW,
        0.7,
    ),
    "github-env": Meaning(
        f"{_GATES}/env-file-injection",
        "This step writes to $GITHUB_ENV or $GITHUB_PATH in a workflow that strangers start: with the right text they "
        "run commands in the steps that follow.",
        confidence=0.7,
    ),
    "insecure-commands": Meaning(
        f"{_GATES}/unsafe-commands",
        "Old commands are switched on here that let anything which is printed set variables and run commands.",
    ),
    "artipacked": Meaning(
        f"{_GATES}/credentials-left",
        "The checkout leaves its token on the disk for every later step: set persist-credentials: false.",
    ),
    "cache-poisoning": Meaning(
        f"{_GATES}/cache-poisoning",
        "What is released here is built from a cache that other runs may have written.",
    ),
    "bot-conditions": Meaning(
        f"{_GATES}/weak-condition",
        "github.actor is whoever acted last, not who wrote the change: a stranger gets past this condition. Compare "
        "github.event.pull_request.user.login.",
        "Medium",
    ),
    "unsound-condition": Meaning(
        f"{_GATES}/weak-condition",
        "This condition is always true, because it is more text than its expression.",
    ),
    "unsound-contains": Meaning(
        f"{_GATES}/weak-condition",
        "contains() on a text is true for every part of it: somebody can choose a name that fits.",
    ),
    "unredacted-secrets": Meaning(
        f"{_GATES}/secrets-overexposed",
        "A part of a secret is read here, and GitHub does not hide parts in the log.",
    ),
    "archived-uses": Meaning(
        f"{_GATES}/action-vulnerable",
        "Nobody looks after this action any more: its repository is archived.",
        severity=Severity.LOW,
    ),
    "typosquat-uses": Meaning(
        f"{_GATES}/action-vulnerable",
        "The name of this action is one letter away from a well-known one: is it the right one?",
        confidence=0.6,
    ),
    "unpinned-images": Meaning(
        f"{_GATES}/action-unpinned",
        "This image has no fixed version: each run takes what is there on that day.",
        "High",
    ),
    "github-app": Meaning(
        f"{_GATES}/permissions-write-all",
        "This token may do more, or lives longer, than the steps that use it need.",
        "High",
        Severity.MEDIUM,
        0.7,
    ),
}
"""zizmor's audit → our rule and what it means. An audit that is not here is read, and reports nothing."""

_WORKFLOW = re.compile(r"(?:^|/)\.github/workflows/[^/]+\.ya?ml$")
_ACTION = re.compile(r"(?:^|/)\.github/actions/.+/action\.ya?ml$")
_OFFLINE = (
    "--offline", "--no-config", "--no-progress", "--no-exit-codes", "--format", "json", "--persona", "regular",
    "--strict-collection", "--no-ignores", "--color", "never",
)  # fmt: skip
_TIMEOUT_S = 60.0
_MEMORY_MB = 1024


@dataclass(frozen=True, slots=True)
class Audit:
    """One entry of zizmor's report; `line` is 1-based."""

    file: str
    ident: str
    line: int
    description: str
    severity: str = "High"


class WorkflowsEngine:
    """See the module. Starts zizmor anew for each run."""

    name = EngineName.WORKFLOWS
    whole_project = False

    def reads(self, path: str) -> bool:
        return bool(_WORKFLOW.search(path) or _ACTION.search(path))

    def stamp(self, view: ProjectView) -> str:
        return self._version[0]

    def info(self) -> EngineInfo:
        version, health = self._version
        return EngineInfo(self.name, version, health)

    def run(self, request: EngineRequest) -> EngineResult:
        info = self.info()
        read: dict[str, tuple[RawFinding, ...]] = {}
        unread: dict[str, str] = {}
        if info.health.ok and request.files:
            health = self._together(request, read, unread)
            info = EngineInfo(info.name, info.version, health)
        return EngineResult(info, read, unread)

    def close(self) -> None:
        """Nothing is kept running."""

    @cached_property
    def _program(self) -> Path | None:
        return find_tool("zizmor")

    @cached_property
    def _version(self) -> tuple[str, Health]:
        return version_of("zizmor", self._program, "zizmor")

    def _together(
        self, request: EngineRequest, read: dict[str, tuple[RawFinding, ...]], unread: dict[str, str]
    ) -> Health:
        """All files at once; when one of them is broken, each by itself, so that only that one is lost."""
        result = self._call(request, request.files)
        if isinstance(result, Health):
            return result
        audits = parse_report(result.stdout) if result.ok else None
        if audits is not None:
            read.update((path, _findings(path, audits)) for path in request.files)
            return OK
        if result.killed or result.timed_out:
            return Health(Condition.FAILED, f"zizmor {result.why}.")
        for path in request.files:
            alone = self._call(request, (path,))
            if isinstance(alone, Health):
                return alone
            audits = parse_report(alone.stdout) if alone.ok else None
            if audits is None:
                unread[path] = "it is not a valid workflow"
            else:
                read[path] = _findings(path, audits)
        return OK

    def _call(self, request: EngineRequest, files: Sequence[str]) -> ChildResult | Health:
        try:
            return run_child(
                [self._program or "zizmor", *_OFFLINE, *(f"./{path}" for path in files)],
                cwd=request.root,
                timeout_s=_TIMEOUT_S,
                memory_mb=_MEMORY_MB,
                cancel=request.cancel,
            )
        except ChildMissing as problem:
            return Health(Condition.MISSING, f"{problem.happened} {problem.remedy}")


def parse_report(output: bytes) -> tuple[Audit, ...] | None:
    """zizmor's JSON report; None when it is not one."""
    try:
        data: Any = json.loads(output)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, list):
        return None
    rows = (cast(dict[str, Any], row) for row in cast(list[Any], data) if isinstance(row, dict))
    return tuple(audit for row in rows if (audit := _audit(row)) is not None)


def _audit(row: Mapping[str, Any]) -> Audit | None:
    """The primary place of one finding; None for entries without a place in a file."""
    locations = [cast(dict[str, Any], item) for item in cast(list[Any], row.get("locations") or [])]
    primary = [item for item in locations if _at(item, "symbolic", "kind") == "Primary"] or locations
    for item in primary:
        file = _at(item, "symbolic", "key", "Local", "verbatim_path")
        start = _at(item, "concrete", "location", "start_point", "row")
        if isinstance(file, str) and isinstance(start, int):
            return Audit(
                file.removeprefix("./"),
                str(row.get("ident", "")),
                start + 1,
                str(row.get("desc", "")),
                str(_at(row, "determinations", "severity")),
            )
    return None


def _at(value: object, *keys: str) -> object:
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = cast(dict[str, object], value).get(key)
    return value


def _findings(path: str, audits: Sequence[Audit]) -> tuple[RawFinding, ...]:
    """One finding for each rule and line, since zizmor reports every part of a line."""
    found: dict[tuple[str, int], RawFinding] = {}
    for audit in audits:
        meaning = RULES.get(audit.ident)
        if audit.file != path or meaning is None or _below(audit.severity, meaning.least):
            continue
        found.setdefault(
            (meaning.rule, audit.line),
            RawFinding(
                meaning.rule,
                meaning.message,
                (at(path, audit.line),),
                audit.ident,
                meaning.severity,
                meaning.confidence,
            ),
        )
    return tuple(found.values())


def _below(severity: str, least: str) -> bool:
    return severity in _LEVELS and _LEVELS.index(severity) < _LEVELS.index(least)
