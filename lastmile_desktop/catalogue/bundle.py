"""Compiles every `rules/**/semgrep.yaml` into one file: semgrep reads one file far faster than many."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.errors import CatalogueError

_FORMAT = b"1"

LANGUAGES = {
    "typescript": (".ts", ".tsx", ".mts", ".cts"),
    "javascript": (".js", ".jsx", ".mjs", ".cjs"),
    "python": (".py",),
    "yaml": (".yaml", ".yml"),
    "json": (".json",),
}
"""The languages that our rules may be written for, by semgrep's name, with the files that hold them."""

_SHORT = {"ts": "typescript", "js": "javascript", "py": "python"}


@dataclass(frozen=True, slots=True)
class BundledRule:
    """What a semgrep rule stands for: `rule` is `<check>/<rule>`. `severity` and `confidence` are set where
    this pattern is weaker or stronger than the rule as a whole. Every text that the rule can match
    holds one of `needs`: plain text, or a regular expression between slashes. Empty when nothing is known."""

    semgrep_id: str
    rule: str
    severity: Severity | None = None
    confidence: float | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gate:
    """Tells quickly in which texts any rule of a language can match; `closed` is False when that is all of them.

    Plain texts and expressions that begin with one are found many times faster than one long alternative."""

    closed: bool
    texts: tuple[str, ...] = ()
    patterns: tuple[re.Pattern[str], ...] = ()

    def opens_for(self, text: str) -> bool:
        if not self.closed or any(part in text for part in self.texts):
            return True
        return any(pattern.search(text) for pattern in self.patterns)


@dataclass(frozen=True, slots=True)
class Bundle:
    """One rule file for semgrep. `digest` changes when any rule does."""

    path: Path
    digest: str
    rules: Mapping[str, BundledRule]
    suffixes: Mapping[str, str]
    gates: Mapping[str, Gate]

    def rule_of(self, semgrep_id: str) -> BundledRule | None:
        """By the id semgrep reports, which may carry the bundle's own path in front."""
        return self.rules.get(semgrep_id) or self.rules.get(semgrep_id.rpartition(".")[2])

    def language(self, path: str) -> str | None:
        """Semgrep's name for the language of a file that any rule reads, None for all other files."""
        dot = path.rfind(".")
        return self.suffixes.get(path[dot:].lower()) if dot >= 0 else None

    def may_match(self, path: str, text: str) -> bool:
        """Whether any rule can match in this file. Four of five files of a usual project hold nothing of the kind
        that our rules start from, and need not be parsed."""
        language = self.language(path)
        return language is not None and self.gates[language].opens_for(text)


def compile_bundle(root: Path, cache: Path) -> Bundle:
    """The bundle of all rules below `root`, written to `cache` unless the same one is there already.

    Raises CatalogueError when a rule file is not well formed, or when the cache cannot be written."""
    sources = _sources(root)
    digest = hashlib.sha256(_FORMAT)
    for source, data in sources:
        digest.update(source.relative_to(root).as_posix().encode() + b"\0" + data + b"\0")
    key = digest.hexdigest()[:20]
    path = cache / f"semgrep-rules-{key}.json"
    kept = _read(path)
    if kept is not None:
        return _bundle(path, key, kept)
    rules = [rule for source, data in sources for rule in _rules(source, data)]
    _refuse_repetition(rules, root)
    bundle = _bundle(path, key, rules)
    _write(path, json.dumps({"rules": rules}, sort_keys=True, separators=(",", ":"), default=str).encode())
    return bundle


def _sources(root: Path) -> list[tuple[Path, bytes]]:
    files = sorted(root.glob("*/*/semgrep.yaml"))
    try:
        return [(file, file.read_bytes()) for file in files]
    except OSError as problem:
        raise _mistake(root, str(problem)) from problem


def _rules(source: Path, data: bytes) -> Iterator[dict[str, Any]]:
    try:
        document: Any = yaml.safe_load(data.decode("utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError) as problem:
        raise _mistake(source, str(problem)) from problem
    if not isinstance(document, dict) or not isinstance(cast(dict[str, Any], document).get("rules"), list):
        raise _mistake(source, "it has no list of rules")
    check = f"{source.parent.parent.name}.{source.parent.name}"
    for entry in cast(list[Any], document["rules"]):
        if not isinstance(entry, dict):
            raise _mistake(source, "a rule is not a table")
        rule = cast(dict[str, Any], entry)
        named = _bundled(rule, source)
        if named.rule.partition("/")[0] != check:
            raise _mistake(source, f"{named.semgrep_id} belongs to {named.rule}, which is another check")
        _languages(rule, source)
        yield rule


def _bundled(rule: Mapping[str, Any], source: Path) -> BundledRule:
    semgrep_id, metadata = rule.get("id"), rule.get("metadata")
    if not isinstance(semgrep_id, str) or "." in semgrep_id:
        raise _mistake(source, f"{semgrep_id!r} is no id of a rule (no dots)")
    name: Any = cast(dict[str, Any], metadata).get("rule") if isinstance(metadata, dict) else None
    if not isinstance(name, str) or "/" not in name:
        raise _mistake(source, f"{semgrep_id} does not say which rule it is for (metadata: rule)")
    details = cast(dict[str, Any], metadata)
    try:
        severity = Severity(details["severity"]) if "severity" in details else None
        confidence = float(details["confidence"]) if "confidence" in details else None
        needs = _needs(details.get("needs", []))
        _gate({needs})
    except (ValueError, TypeError, re.error) as problem:
        raise _mistake(source, f"{semgrep_id}: {problem}") from problem
    return BundledRule(semgrep_id, name, severity, confidence, needs)


def _needs(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("needs must be a list of texts")
    return tuple(str(need) for need in cast(list[Any], value))


def _languages(rule: Mapping[str, Any], source: Path) -> list[str]:
    names: Any = rule.get("languages")
    found = (
        [_SHORT.get(str(name), str(name)) for name in cast(list[Any], names)]
        if isinstance(names, list)
        else []
    )
    if not found or any(name not in LANGUAGES for name in found):
        raise _mistake(source, f"{rule.get('id')} has languages other than {', '.join(LANGUAGES)}")
    return found


def _refuse_repetition(rules: list[dict[str, Any]], root: Path) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule["id"] in seen:
            raise _mistake(root, f"two rules have the id {rule['id']}")
        seen.add(rule["id"])


def _bundle(path: Path, digest: str, rules: list[dict[str, Any]]) -> Bundle:
    named = {rule["id"]: _bundled(rule, path) for rule in rules}
    by_language: dict[str, set[tuple[str, ...]]] = {}
    for rule in rules:
        for language in _languages(rule, path):
            by_language.setdefault(language, set()).add(named[rule["id"]].needs)
    suffixes = {suffix: name for name in sorted(by_language) for suffix in LANGUAGES[name]}
    return Bundle(path, digest, named, suffixes, {name: _gate(needs) for name, needs in by_language.items()})


def _gate(needs: set[tuple[str, ...]]) -> Gate:
    if () in needs:
        return Gate(closed=False)
    each = sorted({need for group in needs for need in group})
    patterns = [need for need in each if len(need) > 2 and need.startswith("/") and need.endswith("/")]
    return Gate(
        closed=True,
        texts=tuple(need for need in each if need not in patterns),
        patterns=tuple(re.compile(pattern[1:-1]) for pattern in patterns),
    )


def _read(path: Path) -> list[dict[str, Any]] | None:
    """The rules of a bundle written before; None when there is none, or it is damaged."""
    try:
        document: Any = json.loads(path.read_bytes())
        rules = cast(list[dict[str, Any]], document["rules"])
        _bundle(path, "", rules)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, CatalogueError):
        return None
    return rules


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".semgrep-rules-")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as problem:
        raise CatalogueError(
            "The scanning rules could not be prepared",
            f"{path.parent} cannot be written: {problem.strerror or problem}.",
            "Free some disk space or check the permissions of that folder.",
        ) from problem


def _mistake(source: Path, problem: str) -> CatalogueError:
    return CatalogueError(
        "The catalogue has a mistake",
        f"{source}: {problem}.",
        "Reinstall Last Mile, or mend the file if you edited it.",
    )
