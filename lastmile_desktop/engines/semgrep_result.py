"""What semgrep says about a file, checked at the border and turned into findings of our rules.

Of a match only the rule, the place and our own message are taken from semgrep: its `lines` and `fingerprint`
are placeholders in the community engine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from lastmile_desktop.catalogue.bundle import Bundle, BundledRule
from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import RawFinding

_MESSAGE_CAP = 300
_SMALL_PART_LINES = 12
_SMALL_PART_SHARE = 0.1
_CUT_SHORT = re.compile(r"Fixpoint timeout while performing[^\n]*? at (?P<path>[^\n]+?):(?P<line>\d+):\d+")


class GarbageOutput(ValueError):  # noqa: N818
    """The output is not what this version of semgrep prints."""


@dataclass(frozen=True, slots=True)
class Match:
    """Lines and columns are 1-based."""

    semgrep_id: str
    line: int
    line_end: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What semgrep said of one file it was given, or of a piece of one."""

    matches: tuple[Match, ...] = ()
    unread: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one file: `unread` says why its silence means nothing, `note` that a small part of it
    was skipped. Findings of an unread file are real all the same."""

    findings: tuple[RawFinding, ...] = ()
    unread: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Problem:
    kind: str
    detail: str
    lines: int
    warning: bool


def findings_of(matches: Iterable[Match], path: str, bundle: Bundle) -> tuple[RawFinding, ...]:
    """One finding for each of our rules and line, the surest where several patterns of a rule match."""
    best: dict[tuple[int, str], tuple[BundledRule, Match]] = {}
    for match in sorted(matches, key=lambda match: (match.line, match.column, match.semgrep_id)):
        rule = bundle.rule_of(match.semgrep_id)
        if rule is None:
            continue
        kept = best.get((match.line, rule.rule))
        if kept is None or _weight(rule) > _weight(kept[0]):
            best[match.line, rule.rule] = (rule, match)
    return tuple(_finding(path, *best[key]) for key in sorted(best))


def _weight(rule: BundledRule) -> tuple[int, float]:
    severity = rule.severity.weight if rule.severity is not None else Severity.CRITICAL.weight
    return severity, rule.confidence if rule.confidence is not None else 1.0


def _finding(path: str, rule: BundledRule, match: Match) -> RawFinding:
    return RawFinding(
        rule=rule.rule,
        message=" ".join(match.message.split())[:_MESSAGE_CAP],
        evidence=(at(path, match.line, match.line_end, match.column),),
        severity=rule.severity,
        confidence=rule.confidence,
    )


def read_output(
    output: bytes, log: str, asked: Mapping[str, str], line_count: Callable[[str], int]
) -> dict[str, Reading]:
    """What was said of every file that was asked for, by the path that semgrep was given.

    `asked` maps that path to the path in the project. Raises GarbageOutput."""
    document = _document(output)
    matches = _matches(document)
    try:
        problems = _problems(cast(list[dict[str, Any]], document["errors"]), asked)
        scanned = set(cast(list[str], document["paths"]["scanned"]))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as problem:
        raise GarbageOutput(f"an unexpected shape ({problem!r})") from problem
    cut_short = {match["path"]: match["line"] for match in _CUT_SHORT.finditer(log)}
    readings: dict[str, Reading] = {}
    for given in asked:
        unread, note = _judge(problems.get(given, []), given, line_count)
        if given not in scanned and not unread:
            unread = "semgrep did not read it"
        if given in cut_short and not unread:
            unread = f"the function at line {cut_short[given]} is too long for semgrep to follow"
        readings[given] = Reading(tuple(matches.get(given, ())), unread, note)
    return readings


def read_matches(output: bytes) -> dict[str, list[Match]]:
    """All matches of an output, by the path that semgrep was given. Raises GarbageOutput."""
    return _matches(_document(output))


def _matches(document: dict[str, Any]) -> dict[str, list[Match]]:
    found: dict[str, list[Match]] = {}
    try:
        for result in cast(list[dict[str, Any]], document["results"]):
            found.setdefault(str(result["path"]), []).append(_match(result))
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise GarbageOutput(f"an unexpected shape ({problem!r})") from problem
    return found


def _document(output: bytes) -> dict[str, Any]:
    """The JSON document, which follows a line of progress dots for each file."""
    start = output.find(b"{")
    try:
        # Messages quote the source as it is, control characters and broken encodings included.
        text = output[start:].decode("utf-8", "replace") if start >= 0 else "null"
        document: Any = json.loads(text, strict=False)
    except ValueError as problem:
        raise GarbageOutput("not JSON") from problem
    if not isinstance(document, dict):
        raise GarbageOutput("no JSON document")
    return cast(dict[str, Any], document)


def _match(result: dict[str, Any]) -> Match:
    return Match(
        semgrep_id=str(result["check_id"]),
        line=int(result["start"]["line"]),
        line_end=int(result["end"]["line"]),
        column=int(result["start"]["col"]),
        message=str(result["extra"].get("message") or ""),
    )


def _problems(errors: list[dict[str, Any]], asked: Mapping[str, str]) -> dict[str, list[_Problem]]:
    """What went wrong, by file. A problem without a file is one of our rules or of semgrep itself."""
    found: dict[str, list[_Problem]] = {}
    for error in errors:
        kind: Any = error["error_type"]
        spans: list[dict[str, Any]] = []
        if isinstance(kind, list):
            parts = cast(list[Any], kind)
            kind, spans = str(parts[0]), cast(list[dict[str, Any]], parts[1] if len(parts) > 1 else [])
        path = str((error.get("location") or {}).get("path", ""))
        if path not in asked:
            raise GarbageOutput(f"{kind}: {str(error.get('message', ''))[:200]}")
        lines = 0
        if kind == "PartialParsing":
            lines = sum(int(span["end"]["line"]) - int(span["start"]["line"]) + 1 for span in spans)
        detail = f"line {error['location']['start']['line']}"
        found.setdefault(path, []).append(_Problem(kind, detail, lines, error.get("severity") == "warn"))
    return found


_REASONS = {
    "Timeout": "semgrep needed more than 10 seconds for it",
    "OutOfMemory": "semgrep ran out of memory on it",
    "StackOverflow": "it is nested too deeply for semgrep",
    "TooManyMatches": "semgrep found too many places to list",
}


def _judge(problems: list[_Problem], given: str, line_count: Callable[[str], int]) -> tuple[str, str]:
    """(reason it counts as unread, note about a small skipped part)."""
    skipped = 0
    first = ""
    for problem in problems:
        if problem.kind == "PartialParsing":
            skipped += problem.lines
            first = first or problem.detail
        elif problem.kind in _REASONS:
            return _REASONS[problem.kind], ""
        elif not problem.warning:
            return f"semgrep could not read it ({problem.kind}, {problem.detail})", ""
    if not skipped:
        return "", ""
    lines = f"{skipped} line{'s' if skipped > 1 else ''} from {first} on"
    if skipped <= _SMALL_PART_LINES and skipped <= max(1.0, line_count(given) * _SMALL_PART_SHARE):
        return "", f"semgrep could not read {lines}"
    return f"semgrep could not read {lines}", ""
