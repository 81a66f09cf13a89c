"""Kingfisher over git's history: keys that were committed once and removed since are as public as ever.

The history is read once a commit; which of its keys still stand in the files is asked at every scan, because
those are reported where they stand.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lastmile_desktop.core.check import EngineName, Severity
from lastmile_desktop.core.evidence import Evidence, EvidenceKind
from lastmile_desktop.core.finding import RawFinding
from lastmile_desktop.core.health import OK, Condition, EngineInfo, EngineResult, Health
from lastmile_desktop.core.redact import head_of
from lastmile_desktop.engines import kingfisher
from lastmile_desktop.engines.engine import EngineRequest
from lastmile_desktop.engines.kingfisher import Commit, Hit
from lastmile_desktop.engines.process import ChildMissing
from lastmile_desktop.engines.secrets import look
from lastmile_desktop.project.ignore import PRUNED_FOLDERS
from lastmile_desktop.project.named_secrets import find_settings
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.secret_leaks import GUESS, LIKELY, is_saved_page, leaks_in, weight_of_value
from lastmile_desktop.project.secret_shapes import JWT_OTHER, find, patterns
from lastmile_desktop.project.secret_sightings import is_generic_password, is_searched
from lastmile_desktop.project.view import ProjectView

RULE = "secrets.committed/in-history"
# Keys of an instance that Clerk makes for one machine and forgets.
_THROWN_AWAY = ".clerk"
_TIMEOUT_S = 75.0
_FORMAT = "1"
_OWN = "lastmile."
_JWT_RULE = r"\beyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,1000}"
_SETTING_RULE = (
    r"(?:^|\n)([A-Z0-9_]{0,40}(?:SECRET|PASSWORD|PASSWD|TOKEN|API_KEY|ACCESS_KEY|PRIVATE_KEY|_PASS)[A-Z0-9_]{0,20}"
    r"=[\x22\x27]?[^\s\x22\x27#]{8,300}[\x22\x27]?)"
)
# Cut out of a longer signature or address these are no keys; kingfisher's snippet does not show what stands around.
_ALONE_ONLY = ("azure-client-secret", "infracost", "google-api-key")
_ALONE = r"(?:^|[^A-Za-z0-9_~.-])({0})(?:$|[^A-Za-z0-9_~.-])"
# Lock files are most of what a history holds, and only hashes. Unreachable objects (`--branch` leaves them out)
# are somebody else's, or never left this machine.
_OPTIONS = (
    "--no-extract-archives", "--no-base64", "--max-file-size", "5", "--git-repo-timeout", "60",
    "--exclude", "**/package-lock.json", "--exclude", "**/*.lock", "--exclude", "**/pnpm-lock.yaml",
    "--exclude", "**/node_modules/**", "--exclude", "**/*.svg", "--exclude", "**/*.map",
)  # fmt: skip
# What a provider begins its keys with tells them from other random text.
_PREFIXED = re.compile(r"[A-Za-z]{2,12}[_-]\w")
_REMEDY = "Scan again; if it stays like this, reinstall Last Mile."


@dataclass(frozen=True, slots=True)
class Past:
    """A key that some commit holds, without its value."""

    tag: str
    label: str
    head: str
    path: str
    commit: Commit
    places: int
    confidence: float
    severity: Severity | None


class SecretHistoryEngine:
    """The keys of every reachable commit. Runs again when the commit changes or a key in the files comes or
    goes; kingfisher itself only for a new commit."""

    name = EngineName.SECRETS
    whole_project = True

    def __init__(self, hmac_key: bytes, cache: Path, *, program: Path | None = None) -> None:
        self._key = hmac_key
        self._cache = cache / "kingfisher"
        self._program = program
        self._past: tuple[str, tuple[Past, ...], str] | None = None
        self._info: EngineInfo | None = None
        self._lock = threading.Lock()

    def reads(self, path: str) -> bool:
        """No file of the tree: only git's own store."""
        return False

    def stamp(self, view: ProjectView) -> str:
        tags = hashlib.blake2b("".join(sorted(self._standing(view))).encode(), digest_size=8).hexdigest()
        return f"{_FORMAT} {self.info().version} {view.git.head} {view.git.shallow} {tags}"

    def info(self) -> EngineInfo:
        with self._lock:
            if self._info is None or not self._info.health.ok:
                self._info = look(self._program)
            return self._info

    def run(self, request: EngineRequest) -> EngineResult:
        view = request.view
        if not view.git.available or not view.git.head:
            return EngineResult(self.info(), notes=("There is no git history to look through.",))
        health = self._read_history(request)
        if not health.ok or self._past is None:
            return EngineResult(EngineInfo(self.name, self.info().version, health))
        standing = self._standing(view)
        whole = tuple(_finding(past) for past in self._past[1] if past.tag not in standing)
        return EngineResult(
            EngineInfo(self.name, self.info().version, _reach(view, self._past[2])),
            whole=whole,
            notes=(f"Every commit up to {view.git.head[:10]} was searched.",),
        )

    def close(self) -> None:
        """Nothing is kept running."""

    def _standing(self, view: ProjectView) -> frozenset[str]:
        """The keys that are reported in files today."""
        tags: set[str] = set()
        for path in view.tree.files:
            leaks = leaks_in(view, path)
            if leaks:
                text = view.text(path) or ""
                tags |= {
                    kingfisher.tag(self._key, text[item.sighting.start : item.sighting.end]) for item in leaks
                }
        return frozenset(tags)

    def _read_history(self, request: EngineRequest) -> Health:
        head = request.view.git.head
        if self._past is not None and self._past[0] == head:
            return OK
        store = _git_store(request.root)
        if store is None:
            return Health(Condition.FAILED, "The folder in which git keeps the history was not found.")
        folder, within = store
        try:
            report = kingfisher.scan(
                self._program or kingfisher.program(),
                folder,
                cache=self._cache,
                timeout_s=_TIMEOUT_S,
                cancel=request.cancel,
                options=(*_OPTIONS, "--branch", head, "--rules-path", str(self._rules_file())),
            )
        except ChildMissing as problem:
            return Health(Condition.MISSING, f"{problem.happened} {problem.remedy}")
        except OSError as problem:
            return Health(
                Condition.FAILED, f"The rules for kingfisher could not be written: {problem.strerror}."
            )
        if report.problem:
            return Health(
                Condition.FAILED, f"Kingfisher {report.problem} while reading the history. {_REMEDY}"
            )
        self._past = (head, tuple(_pasts(report.hits, within, self._key)), report.partial)
        return OK

    def _rules_file(self) -> Path:
        text = json.dumps({"rules": _own_rules()}, indent=0)
        file = self._cache / f"shapes-{hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}.yml"
        if not file.is_file():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return file


def _own_rules() -> list[dict[str, str]]:
    """Our shapes as kingfisher's rules; JSON is YAML as well."""
    shapes = {
        pattern.shape.id: pattern.regex.pattern for pattern in patterns() if not pattern.shape.is_public
    }
    shapes |= {"jwt": _JWT_RULE, "setting": _SETTING_RULE}
    shapes |= {name: _ALONE.format(shapes[name]) for name in _ALONE_ONLY if name in shapes}
    return [
        {
            "name": name,
            "id": f"{_OWN}{name}",
            "pattern": pattern if name == "setting" or name in _ALONE_ONLY else f"({pattern})",
            "confidence": "high",
        }
        for name, pattern in shapes.items()
    ]


def _git_store(root: Path) -> tuple[Path, str] | None:
    """The folder with git's objects, and the project's path inside the repository ("" at its top)."""
    for folder in (root, *root.parents):
        dot_git = folder / ".git"
        within = "" if folder == root else root.relative_to(folder).as_posix() + "/"
        if dot_git.is_dir():
            return dot_git, within
        if dot_git.is_file():
            line = dot_git.read_text("utf-8", "replace")[:4_096].partition("\n")[0]
            own = Path(os.path.normpath(folder / line.removeprefix("gitdir:").strip()))
            shared = own / "commondir"
            common = shared.read_text("utf-8", "replace").strip() if shared.is_file() else "."
            return Path(os.path.normpath(own / common)), within
    return None


def _reach(view: ProjectView, partial: str) -> Health:
    """Whether all of the history was there to be read."""
    if view.git.shallow:
        return Health(
            Condition.DEGRADED,
            "Only the newest commits are on this machine, so older ones could not be searched for keys. "
            "`git fetch --unshallow` brings the rest.",
        )
    if partial:
        return Health(
            Condition.DEGRADED,
            "Parts of the git history are missing on this machine, so they could not be searched for keys. "
            "A fresh clone brings them.",
        )
    return OK


def _pasts(hits: Iterable[Hit], within: str, key: bytes) -> Iterable[Past]:
    """One a key: the oldest commit that holds it, and in how many places it stood."""
    groups: dict[str, list[tuple[Hit, str, float, Severity | None]]] = {}
    for hit in hits:
        judged = _judge(hit, within)
        if judged is not None:
            value, label, confidence, severity = judged
            groups.setdefault(kingfisher.tag(key, value), []).append(
                (_without_value(hit, within, value), label, confidence, severity)
            )
    for tag, group in sorted(groups.items()):
        hit, label, confidence, severity = min(
            group,
            key=lambda item: (item[0].commit.date if item[0].commit else "", item[0].path, item[0].line),
        )
        if hit.commit is not None:
            places = len({item[0].path for item in group})
            yield Past(tag, label, hit.value, hit.path, hit.commit, places, confidence, severity)


def _without_value(hit: Hit, within: str, value: str) -> Hit:
    """The hit with the value cut to what may be shown, and the path as seen from the project."""
    return Hit(hit.rule, hit.name, hit.path[len(within) :], hit.line, hit.column, head_of(value), hit.commit)


_OF_OWN_MACHINE = re.compile(r"(?i)sonar")


def _judge(hit: Hit, within: str) -> tuple[str, str, float, Severity | None] | None:
    """The value, what it is, and how sure and bad it is; None when it is no secret or not the project's."""
    path = hit.path[len(within) :]
    if hit.commit is None or not hit.path.startswith(within) or not is_searched(path):
        return None
    if any(part in PRUNED_FOLDERS or part == _THROWN_AWAY for part in path.split("/")[:-1]):
        return None
    kind = path_kind(path)
    if is_saved_page(path, kind):
        return None
    if hit.rule == f"{_OWN}setting":
        return _judge_setting(hit, kind)
    if hit.rule.startswith(_OWN):
        return _judge_shape(hit, kind)
    if kind in (PathKind.TEST, PathKind.SEED, PathKind.DOC, PathKind.EXAMPLE) or not kingfisher.is_telling(
        hit
    ):
        return None
    known = find(f'"{hit.value}"')
    if known and (known[0].shape.is_public or known[0].invented):
        return None
    if _OF_OWN_MACHINE.search(hit.rule + hit.name):
        # The token of a server that each one runs: here it is hardly ever one that others can reach.
        return hit.value, kingfisher.label_of(hit), GUESS, Severity.MEDIUM
    sure = LIKELY if _PREFIXED.match(hit.value) else GUESS
    return hit.value, kingfisher.label_of(hit), sure, None


def _judge_shape(hit: Hit, kind: PathKind) -> tuple[str, str, float, Severity | None] | None:
    padding = "A1b2" * 20 if hit.rule == f"{_OWN}private-key" else ""
    found = find(f'"{hit.value}"{padding}')
    if (
        not found
        or found[0].invented
        or found[0].shape.is_public
        or found[0].shape.id in ("google-api-key", JWT_OTHER.id)
    ):
        return None
    weight = weight_of_value(hit.value, found[0].shape, kind)
    return None if weight is None else (hit.value, found[0].shape.label, min(weight[0], 0.85), weight[1])


def _judge_setting(hit: Hit, kind: PathKind) -> tuple[str, str, float, Severity | None] | None:
    """A line `NAME=value` of a settings file whose value is known as a secret by its name."""
    if kind is not PathKind.ENV:
        return None
    text = hit.value.strip()
    for item in find_settings(text):
        value = text[item.start : item.end]
        shaped = find(f'"{value}"')
        if shaped or (item.password and is_generic_password(value)):
            return None
        # What it opened, and whether it still does, cannot be told from a name.
        return value, f"{item.name} setting", LIKELY, Severity.HIGH
    return None


def _finding(past: Past) -> RawFinding:
    more = f" and {past.places - 1} more" if past.places > 1 else ""
    what = kingfisher.with_article(past.label)
    note = f"first in commit {past.commit.sha[:10]} of {past.commit.date}; begins with {past.head}…"
    return RawFinding(
        rule=RULE,
        message=(
            f"{what[:1].upper()}{what[1:]} is still in your git history, in {past.path}{more}: "
            f"anyone with a copy of the repository can read it."
        ),
        evidence=(Evidence(EvidenceKind.GIT, past.path, note=note),),
        symbol=f"history:{past.label}:{past.tag}",
        severity=past.severity,
        confidence=past.confidence,
    )
