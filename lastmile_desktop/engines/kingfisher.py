"""Kingfisher, the secret scanner: how it is found, started and understood.

Its output carries the raw values and commands that contain them. They stay inside this module's `Hit`, which
leaves them out when printed, and leave the engines only as a keyed digest and the first four characters.
"""

from __future__ import annotations

import hashlib
import hmac
import importlib.util
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from lastmile_desktop.core.cancel import Cancel
from lastmile_desktop.engines.process import ChildMissing, ChildResult, find_tool, run_child
from lastmile_desktop.project.secret_values import is_placeholder, looks_random

# 0: nothing found, 200: something found. With validation off there are no others.
OK_CODES = frozenset({0, 200, 205})
_MEMORY_MB = 2_048
_LONGEST_VALUE = 16_000

_URL_PASSWORD = re.compile(r"^[a-z0-9+]{2,24}://[^:/@\s]{0,200}:([^@/\s]{1,400})@")
_KEY_OF_STRING = re.compile(
    r"(?i)(?:AccountKey|SharedAccessKey|SharedSecretValue|Secret|sig)\s?=\s?([A-Za-z0-9%+/_-]{20,200}={0,3})$"
)
_QUIET = ("--no-validate", "--no-update-check", "--format", "json", "--quiet", "--no-dedup", "--no-ignore")


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit in which git first held a hit."""

    sha: str
    date: str


@dataclass(frozen=True, slots=True)
class Hit:
    """Something kingfisher found. `value` never leaves the engine; it is left out of every printed form."""

    rule: str
    name: str
    path: str
    line: int
    column: int
    value: str = field(repr=False)
    commit: Commit | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """`problem` says why there are no hits to go by, `partial` why they may not be all; "" when there is none."""

    hits: tuple[Hit, ...]
    problem: str = ""
    partial: str = ""


def program() -> Path:
    """The scanner's own binary: its Python wrapper costs another 50 ms a start. Raises ChildMissing."""
    spec = importlib.util.find_spec("kingfisher")
    for folder in spec.submodule_search_locations or () if spec else ():
        binary = Path(folder) / "bin" / ("kingfisher.exe" if sys.platform == "win32" else "kingfisher")
        if binary.is_file():
            return binary
    found = find_tool("kingfisher")
    if found is None:
        raise ChildMissing("kingfisher", "it is not installed")
    return found


def tag(key: bytes, value: str) -> str:
    """The keyed digest by which the same value is known again in another place. Of a database address it is the
    password that counts: the same one is often written with several hosts; of a connection string it is the key."""
    password = _URL_PASSWORD.search(value) or _KEY_OF_STRING.search(value)
    if password is not None:
        value = password[1]
    return hmac.new(key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:16]


def scan(
    binary: Path,
    target: Path,
    *,
    cache: Path,
    timeout_s: float,
    options: Sequence[str] = (),
    cancel: Cancel | None = None,
) -> Report:
    """Run kingfisher once over a folder or repository. Raises ChildMissing only."""
    cache.mkdir(parents=True, exist_ok=True)
    result = run_child(
        [binary, "scan", target, *_QUIET, "--rule-cache-dir", cache, *options],
        cwd=target if target.is_dir() else target.parent,
        timeout_s=timeout_s,
        memory_mb=_MEMORY_MB,
        cancel=cancel,
        ok_codes=OK_CODES,
    )
    return read_report(result)


def version(binary: Path) -> str:
    """Its version, "" when it does not start. Raises ChildMissing."""
    result = run_child([binary, "--version"], cwd=binary.parent, timeout_s=10.0)
    found = re.search(rb"\d+(?:\.\d+)+", result.stdout)
    return found[0].decode("ascii") if result.ok and found else ""


_OWN_RULES = (
    "jwt",
    "jwt-base64",
    "gcp-api-key",
    "generic-credential-uri",
    "curl-auth-header",
    "curl-auth-user",
    "private-key",
    "gcp-service-account",
)
_PUBLIC_RULE = re.compile(
    r"-(?:ids?|names?|ur[li]|domain|host|username|address)(?:-|$|\.)|public|publishable|-pub-|posthog-project"
    r"|client-sdk|mobile-sdk|browser-api|contentful-delivery|algolia-application|project-url|location"
)


def is_telling(hit: Hit) -> bool:
    """Whether a hit of a built-in rule adds something: not what our own shapes judge better, not a public name
    or id, and not a placeholder."""
    rule = hit.rule.rpartition("betterleaks.")[2]
    if rule in _OWN_RULES or _PUBLIC_RULE.search(rule):
        return False
    return looks_random(hit.value) and not is_placeholder(hit.value) and len(hit.value) >= 16


def label_of(hit: Hit) -> str:
    """The rule's name in plain words: `linear-api-key` reads as "linear api key"."""
    return re.sub(r"[^A-Za-z0-9]+", " ", hit.name).strip()[:60]


def with_article(label: str) -> str:
    """`a Stripe live secret key`, `an OpenAI API key`."""
    return f"{'an' if label[:1].lower() in 'aeio' or label[:2] == 'np' else 'a'} {label}"


def read_report(result: ChildResult) -> Report:
    """What a run says. Output that is not kingfisher's becomes a problem without a word of its content."""
    if not result.ok:
        return Report((), result.why)
    try:
        report = json.loads(result.stdout)
        hits = tuple(_hits(cast(Mapping[str, Any], report)))
        partial = _partial(report["audit"]["summary"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # The cause is not chained: its text could quote the output, and with it a value.
        return Report((), "said something that could not be understood")
    return Report(hits, partial=partial)


def _partial(summary: Mapping[str, Any]) -> str:
    unfinished = any(summary[key] for key in ("scan_failed", "scan_partial", "fetch_failed"))
    return "could not read all of it" if unfinished else ""


def _hits(report: Mapping[str, Any]) -> Iterator[Hit]:
    for item in report["findings"]:
        rule, found = item["rule"], item["finding"]
        git = found.get("git_metadata") or {}
        yield Hit(
            rule=str(rule["id"])[:120],
            name=str(rule["name"])[:120],
            path=str((git.get("file") or {}).get("path") or found["path"]),
            line=int(found["line"]),
            column=int(found["column_start"]),
            value=str(found["snippet"])[:_LONGEST_VALUE],
            commit=_commit(git.get("commit")),
        )


def _commit(entry: Any) -> Commit | None:
    if not isinstance(entry, dict):
        return None
    commit = cast(dict[str, Any], entry)
    return Commit(str(commit["id"])[:64], str(commit.get("date", ""))[:10])
