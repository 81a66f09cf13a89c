"""Semgrep with our own rules: a warm session for saves, the native scanner for everything else.

Both give the same findings. The session rests after a few idle minutes and is replaced when it dies or grows;
the native scanner stands in for it meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lastmile_desktop.catalogue.bundle import Bundle, compile_bundle
from lastmile_desktop.core.check import EngineName
from lastmile_desktop.core.errors import CatalogueError
from lastmile_desktop.core.finding import RawFinding
from lastmile_desktop.core.health import OK, Condition, EngineInfo, EngineResult, Health
from lastmile_desktop.engines.engine import EngineRequest
from lastmile_desktop.engines.process import ChildMissing, run_child
from lastmile_desktop.engines.semgrep_cli import NativeScanner, find_core
from lastmile_desktop.engines.semgrep_lsp import SessionDied, WarmSession
from lastmile_desktop.engines.semgrep_native import PieceMemory, ScanOutcome, pieces_of, read_files
from lastmile_desktop.engines.semgrep_result import FileOutcome, findings_of
from lastmile_desktop.project.path_kinds import is_tools_own
from lastmile_desktop.project.view import ProjectView

_WARM_FILES = 6
_IDLE_S = 300.0
_BACKOFF_S = (0.0, 5.0, 30.0, 120.0, 600.0)
_REMEDY = "Scan again; if it stays like this, run `lastmile doctor` or reinstall Last Mile."


@dataclass
class _Warm:
    """The session and its history. `deaths` in a row decide how long to wait before the next one."""

    session: WarmSession | None = None
    root: Path | None = None
    deaths: int = 0
    not_before: float = 0.0


class SemgrepEngine:
    """Our semgrep rules over the files that are in a language any rule reads.

    `keep_warm` is for the window and `watch`: a session is kept between runs. `program` stands in for
    semgrep's own binary in tests."""

    name = EngineName.SEMGREP
    whole_project = False

    def __init__(
        self,
        rules: Path,
        cache: Path,
        *,
        keep_warm: bool = False,
        program: Path | None = None,
        idle_s: float = _IDLE_S,
    ) -> None:
        self._rules = rules
        self._cache = cache
        self._keep_warm = keep_warm
        self._program = program
        self._idle_s = idle_s
        self._bundle: Bundle | None = None
        self._version = ""
        self._warm = _Warm()
        self._pieces = PieceMemory()
        self._lock = threading.RLock()
        self._rest: threading.Timer | None = None

    def reads(self, path: str) -> bool:
        if is_tools_own(path):
            return False
        try:
            return self.bundle().language(path) is not None
        except CatalogueError:
            # Then `run` says what is wrong, for the files that every rule of ours could be about.
            return path.endswith((".ts", ".tsx", ".js", ".jsx", ".py"))

    def stamp(self, view: ProjectView) -> str:
        try:
            return f"{self._read_version()}:{self.bundle().digest}"
        except (CatalogueError, ChildMissing):
            return ""

    def info(self) -> EngineInfo:
        try:
            self.bundle()
            return EngineInfo(self.name, self._read_version(), OK)
        except (CatalogueError, ChildMissing) as problem:
            return self._broken(problem)

    def run(self, request: EngineRequest) -> EngineResult:
        with self._lock:
            try:
                bundle = self.bundle()
                files = [path for path in request.files if bundle.language(path) is not None]
                packed = {path for path in files if _is_minified(request.view, path)}
                outcome = self._scan(request, bundle, [path for path in files if path not in packed])
                result = self._result(outcome, packed)
                if self._keep_warm:
                    self._prepare(request.root.resolve(), bundle)
            except (CatalogueError, ChildMissing) as problem:
                info = self._broken(problem)
                return EngineResult(info, unread=dict.fromkeys(request.files, info.health.reason))
            return result

    def close(self) -> None:
        with self._lock:
            if self._rest is not None:
                self._rest.cancel()
                self._rest = None
            self._end_session()

    @property
    def session_pid(self) -> int | None:
        """The process of the warm session, None while there is none."""
        session = self._warm.session
        return session.pid if session is not None else None

    def bundle(self) -> Bundle:
        """All our rules as one file; compiled on first use. Raises CatalogueError."""
        with self._lock:
            if self._bundle is None or not self._bundle.path.is_file():
                self._bundle = compile_bundle(self._rules, self._cache)
            return self._bundle

    def _scan(self, request: EngineRequest, bundle: Bundle, files: list[str]) -> ScanOutcome:
        scanner = NativeScanner(self._core(), bundle, self._cache)
        answered = {path: FileOutcome() for path in files if not _may_match(request.view, bundle, path)}
        files = [path for path in files if path not in answered]
        if self._keep_warm and not request.full and len(files) <= _WARM_FILES:
            answered |= self._ask_session(request, bundle, files)
        rest = [path for path in files if path not in answered]
        if not rest:
            return ScanOutcome(answered)
        outcome = read_files(scanner, request, rest, self._pieces)
        return ScanOutcome(answered | dict(outcome.files), outcome.failure)

    def _ask_session(
        self, request: EngineRequest, bundle: Bundle, files: list[str]
    ) -> dict[str, FileOutcome]:
        """What the warm session surely knows; the files missing here are for the native scanner."""
        answered: dict[str, FileOutcome] = {}
        for path in files:
            text = request.view.text(path)
            if text is None or "nosem" in text or pieces_of(request, path) or request.cancel:
                continue
            session = self._session(request.root.resolve(), bundle)
            if session is None:
                break
            try:
                matches = session.scan(path, request.cancel)
            except SessionDied:
                self._bury()
                break
            if matches is not None:
                answered[path] = FileOutcome(findings_of(matches, path, bundle))
                self._warm.deaths = 0
        return answered

    def _prepare(self, root: Path, bundle: Bundle) -> None:
        """Have a session ready for the next save, and let it rest when none comes."""
        if self._warm.session is not None and self._warm.session.has_grown:
            self._end_session()
        self._session(root, bundle)
        if self._rest is not None:
            self._rest.cancel()
        self._rest = threading.Timer(self._idle_s, self._end_session)
        self._rest.daemon = True
        self._rest.start()

    def _session(self, root: Path, bundle: Bundle) -> WarmSession | None:
        warm = self._warm
        if warm.session is not None and (not warm.session.alive or warm.root != root):
            if warm.session.alive:
                self._end_session()
            else:
                self._bury()
        if warm.session is None and time.monotonic() >= warm.not_before:
            try:
                warm.session, warm.root = WarmSession(self._core(), bundle, root, self._cache), root
            except SessionDied:
                self._bury()
        return warm.session

    def _bury(self) -> None:
        """The session died: end what is left of it and wait a little longer each time before the next."""
        self._end_session()
        wait = _BACKOFF_S[min(self._warm.deaths, len(_BACKOFF_S) - 1)]
        self._warm.deaths += 1
        self._warm.not_before = time.monotonic() + wait

    def _end_session(self) -> None:
        with self._lock:
            if self._warm.session is not None:
                self._warm.session.end()
                self._warm.session = None

    def _core(self) -> Path:
        """Looked for once: each look at the disk gives the interpreter away to a thread that keeps it."""
        if self._program is None:
            self._program = find_core()
        return self._program

    def _read_version(self) -> str:
        """The version of the native program, asked once. Raises ChildMissing."""
        with self._lock:
            if not self._version:
                answer = run_child([self._core(), "-version"], cwd=self._rules, timeout_s=20)
                words = answer.stdout.decode("utf-8", "replace").split()
                if not answer.ok or len(words) < 3:
                    raise ChildMissing("semgrep", answer.why or "it does not say its version")
                self._version = words[2]
            return self._version

    def _result(self, outcome: ScanOutcome, packed: Iterable[str]) -> EngineResult:
        findings: dict[str, tuple[RawFinding, ...]] = dict.fromkeys(packed, ())
        unread: dict[str, str] = {}
        notes: list[str] = []
        for path, file in sorted(outcome.files.items()):
            if file.unread:
                unread[path] = file.unread
            if file.findings or not file.unread:
                findings[path] = file.findings
            if file.note:
                notes.append(f"{path}: {file.note}")
        health = OK
        if outcome.failure:
            condition = Condition.DEGRADED if findings else Condition.FAILED
            health = Health(condition, f"{outcome.failure[:1].upper()}{outcome.failure[1:]}. {_REMEDY}")
        return EngineResult(
            EngineInfo(self.name, self._known_version(), health), findings, unread, notes=tuple(notes)
        )

    def _known_version(self) -> str:
        try:
            return self._read_version()
        except ChildMissing:
            return ""

    def _broken(self, problem: CatalogueError | ChildMissing) -> EngineInfo:
        condition = Condition.MISSING if isinstance(problem, ChildMissing) else Condition.FAILED
        return EngineInfo(self.name, "", Health(condition, f"{problem.happened} {problem.remedy}"))


def _may_match(view: ProjectView, bundle: Bundle, path: str) -> bool:
    """Whether the file must be asked about; one that cannot be read as text is left to semgrep to judge."""
    text = view.text(path)
    return text is None or bundle.may_match(path, text)


def _is_minified(view: ProjectView, path: str) -> bool:
    """Packed bundles are no source code: nobody edits them, and what they were made from is read."""
    entry = view.tree.files.get(path)
    return entry is not None and entry.minified
