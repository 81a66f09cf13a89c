"""Kingfisher over the files of the tree: keys of the many providers whose shape we do not know ourselves.

Known shapes are matched in process by the check itself, at once and without a child. Kingfisher takes 0.3 s to
start whatever it reads, so it is given only the lines that hold something random-looking that no known shape has
explained, and it is not started when a file's such lines are those of an earlier scan. What it says is therefore
a function of those lines alone, the same in a full scan and after a save.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lastmile_desktop.core.check import EngineName
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import RawFinding
from lastmile_desktop.core.health import OK, Condition, EngineInfo, EngineResult, Health
from lastmile_desktop.core.redact import entropy, head_of
from lastmile_desktop.engines import kingfisher
from lastmile_desktop.engines.engine import EngineRequest
from lastmile_desktop.engines.kingfisher import Hit
from lastmile_desktop.engines.process import ChildMissing
from lastmile_desktop.project.secret_sightings import Sighting, is_searched, sightings_of
from lastmile_desktop.project.view import ProjectView

RULE = "secrets.committed/in-tree"
SYMBOL = "kingfisher"
_TIMEOUT_S = 60.0
_FORMAT = "1"
_MOST_LINES = 400
_WIDEST = 2_000
_MOST_KEPT = 20_000
_REMEDY = "Scan again; if it stays like this, reinstall Last Mile."

_RUN = re.compile(r"[A-Za-z0-9_\-+/=.~]{16,400}")
_JOINT = re.compile(r"[/.=]|(?<=[a-z])-(?=[a-z])")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line (or the window of a very long one) that may hold a key: its text starts at `column`."""

    line: int
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class _Found:
    """What kingfisher said of one candidate of a file, without the value."""

    candidate: int
    column: int
    rule: str
    label: str
    head: str
    tag: str


class SecretsEngine:
    """Kingfisher's rules, file by file. `hmac_key` is this installation's own: values are compared by it only."""

    name = EngineName.SECRETS
    whole_project = False

    def __init__(self, hmac_key: bytes, cache: Path, *, program: Path | None = None) -> None:
        self._key = hmac_key
        self._cache = cache / "kingfisher"
        self._program = program
        self._known: dict[str, tuple[_Found, ...]] = {}
        self._info: EngineInfo | None = None
        self._lock = threading.Lock()

    def reads(self, path: str) -> bool:
        return is_searched(path)

    def stamp(self, view: ProjectView) -> str:
        return f"{_FORMAT} {self.info().version}"

    def info(self) -> EngineInfo:
        with self._lock:
            if self._info is None or not self._info.health.ok:
                self._info = look(self._program)
            return self._info

    def run(self, request: EngineRequest) -> EngineResult:
        asked = {path: candidates(request.view, path) for path in request.files}
        digests = {path: _digest(lines) for path, lines in asked.items() if lines}
        new = {digest: asked[path] for path, digest in digests.items() if digest not in self._known}
        health = self._ask(new, request) if new else OK
        if not health.ok:
            return EngineResult(EngineInfo(self.name, self.info().version, health))
        findings = {
            path: tuple(_finding(path, asked[path], found) for found in self._known[digests[path]])
            if path in digests
            else ()
            for path in request.files
        }
        if len(self._known) > _MOST_KEPT:
            self._known = {digest: self._known[digest] for digest in digests.values()}
        return EngineResult(self.info(), findings)

    def close(self) -> None:
        """Nothing is kept running."""

    def _ask(self, new: Mapping[str, tuple[Candidate, ...]], request: EngineRequest) -> Health:
        order = sorted(new)
        try:
            with tempfile.TemporaryDirectory(prefix="lastmile-") as folder:
                for number, digest in enumerate(order):
                    lines = "\n".join(candidate.text for candidate in new[digest])
                    (Path(folder) / f"{number}.txt").write_text(lines, "utf-8", "surrogatepass")
                report = kingfisher.scan(
                    self._program or kingfisher.program(),
                    Path(folder),
                    cache=self._cache,
                    timeout_s=_TIMEOUT_S,
                    cancel=request.cancel,
                )
        except ChildMissing as problem:
            return Health(Condition.MISSING, f"{problem.happened} {problem.remedy}")
        except OSError as problem:
            return Health(Condition.FAILED, f"Kingfisher could not be given the files: {problem.strerror}.")
        if report.problem:
            return Health(Condition.FAILED, f"Kingfisher {report.problem}. {_REMEDY}")
        self._keep(order, report.hits)
        return OK

    def _keep(self, order: list[str], hits: Iterable[Hit]) -> None:
        found: dict[str, list[_Found]] = {digest: [] for digest in order}
        for hit in hits:
            if kingfisher.is_telling(hit):
                found[order[int(Path(hit.path).stem)]].append(
                    _Found(
                        candidate=hit.line - 1,
                        column=hit.column,
                        rule=hit.rule,
                        label=kingfisher.label_of(hit),
                        head=head_of(hit.value),
                        tag=kingfisher.tag(self._key, hit.value),
                    )
                )
        self._known |= {
            digest: tuple(sorted(set(items), key=lambda item: (item.candidate, item.column, item.rule)))
            for digest, items in found.items()
        }


def look(program: Path | None) -> EngineInfo:
    """Whether kingfisher is there and starts."""
    try:
        version = kingfisher.version(program or kingfisher.program())
    except ChildMissing as problem:
        return EngineInfo(
            EngineName.SECRETS, "", Health(Condition.MISSING, f"{problem.happened} {problem.remedy}")
        )
    health = OK if version else Health(Condition.FAILED, f"Kingfisher does not start. {_REMEDY}")
    return EngineInfo(EngineName.SECRETS, version, health)


def candidates(view: ProjectView, path: str) -> tuple[Candidate, ...]:
    """The lines of a file that may hold a key of an unknown shape."""
    text = view.text(path)
    if text is None:
        return ()
    sighted = sightings_of(view, path)
    return view.per_file("secret-candidates", path, lambda text: _candidates(text, sighted), ())


def _candidates(text: str, sighted: tuple[Sighting, ...]) -> tuple[Candidate, ...]:
    explained = {(item.line, item.column) for item in sighted if item.place is None}
    found: list[Candidate] = []
    for number, line in enumerate(text.split("\n"), start=1):
        start = _first_unexplained(line, number, explained) if len(line) >= 16 else None
        if start is not None:
            offset = max(0, start - 200) if len(line) > _WIDEST else 0
            found.append(Candidate(number, offset, line[offset : offset + _WIDEST]))
            if len(found) >= _MOST_LINES:
                break
    return tuple(found)


def _first_unexplained(line: str, number: int, explained: set[tuple[int, int]]) -> int | None:
    """Where the first random-looking run of the line begins that no known shape accounts for."""
    for count, run in enumerate(_RUN.finditer(line)):
        if count >= 200:
            return None
        known = any((number, column) in explained for column in range(run.start() + 1, run.end() + 1))
        if not known and _is_random(run[0]):
            return run.start()
    return None


def _is_random(run: str) -> bool:
    digits = sum(char.isdigit() for char in run)
    if digits < 2 or digits == len(run) or ("/" in run and run == run.lower()):
        return False
    parts = _JOINT.split(run)
    return any(
        len(part) >= 15 and sum(char.isdigit() for char in part) >= 2 and entropy(part) >= 3.2
        for part in parts
    )


def _digest(lines: tuple[Candidate, ...]) -> str:
    joined = "\n".join(candidate.text for candidate in lines)
    return hashlib.blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _finding(path: str, lines: tuple[Candidate, ...], found: _Found) -> RawFinding:
    candidate = lines[min(found.candidate, len(lines) - 1)]
    return RawFinding(
        rule=RULE,
        message=f"{path} holds {kingfisher.with_article(found.label)}.",
        evidence=(
            at(
                path,
                candidate.line,
                column=candidate.column + found.column,
                note=f"begins with {found.head}…",
            ),
        ),
        symbol=f"{SYMBOL}:{found.label}:{found.tag}",
        confidence=0.75,
    )
