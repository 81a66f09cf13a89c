"""A warm `semgrep lsp` for saves: the rules stay loaded, so that one file costs milliseconds.

The session only answers for files that it surely read whole. It prints what it did on standard error;
anything but "one file scanned, no errors" there, or no word at all, means "ask the native scanner instead".
"""

from __future__ import annotations

import json
import os
import queue
import re
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from lastmile_desktop.catalogue.bundle import Bundle
from lastmile_desktop.core.cancel import Cancel
from lastmile_desktop.engines.process import Child, start_child
from lastmile_desktop.engines.semgrep_cli import FILE_TIMEOUT_S, environment
from lastmile_desktop.engines.semgrep_result import Match

_START_TIMEOUT_S = 20.0
_LOG_TIMEOUT_S = 1.0
_MESSAGE_CAP = 64 * 1024 * 1024
_MEMORY_MB = 1500
_RESIDENT_LIMIT_MB = 170
_READ_WHOLE = re.compile(r"Semgrep errors: *\nSemgrep skipped 0 rules\nScanned 1 files\nFound (\d+) matches")
_SCAN_ENDED = re.compile(r"Found \d+ matches|No targets to scan")
_TROUBLE = re.compile(r"\[(WARNING|ERROR)\]")


class SessionDied(Exception):  # noqa: N818
    """The session is gone or does not answer; the next scan needs a new one."""


@dataclass(frozen=True, slots=True)
class _Log:
    scanned: bool
    matches: int


class WarmSession:
    """One language server on one project. Not thread-safe: its owner calls it from one thread at a time."""

    def __init__(self, program: Path, bundle: Bundle, root: Path, cache: Path) -> None:
        """Start it and send the greeting, without waiting for the answer. Raises ChildMissing, SessionDied."""
        self._root = root
        self._bundle = bundle
        self._messages: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._log = _LogWatch()
        self._ready = False
        self._child: Child = start_child(
            ["osemgrep", "lsp", "--experimental"],
            program=program,
            cwd=root,
            memory_mb=_MEMORY_MB,
            env=environment(cache),
            on_error=self._log.feed,
        )
        threading.Thread(
            target=self._read, args=(self._child.stdout,), daemon=True, name="semgrep-lsp"
        ).start()
        try:
            self._greet()
        except SessionDied:
            self.end()
            raise

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        return self._child.alive

    @property
    def has_grown(self) -> bool:
        """Whether it holds more memory than an idle app may; a new one starts in a tenth of a second."""
        return resident_mb(self._child.pid) > _RESIDENT_LIMIT_MB

    def scan(self, path: str, cancel: Cancel) -> list[Match] | None:
        """The matches in a saved file, None when the native scanner must be asked. Raises SessionDied."""
        if not self._ready:
            self._await(
                lambda message: message.get("method") == "semgrep/rulesRefreshed", _START_TIMEOUT_S, cancel
            )
            self._ready = True
        uri = (self._root / path).as_uri()
        self._log.mark()
        self._notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        answer = self._await(lambda message: _diagnosed_uri(message) == uri, FILE_TIMEOUT_S, cancel)
        log = self._log.ended(_LOG_TIMEOUT_S)
        try:
            matches = [_match(item) for item in answer["params"]["diagnostics"]]
        except (KeyError, TypeError, ValueError) as problem:
            raise SessionDied(f"answered with something unexpected ({problem!r})") from problem
        if not log.scanned or log.matches != len(matches):
            return None
        return matches

    def end(self) -> None:
        self._child.end()

    def _greet(self) -> None:
        options = {
            "scan": {
                "configuration": [str(self._bundle.path)],
                "onlyGitDirty": False,
                "ci": False,
                "jobs": 1,
                "timeout": FILE_TIMEOUT_S,
                "timeoutThreshold": 3,
                "maxTargetBytes": 2_100_000,
            },
            "metrics": {"enabled": False},
        }
        uri = self._root.as_uri()
        self._send(
            {
                "id": 1,
                "method": "initialize",
                "params": {
                    "processId": os.getpid(),
                    "rootUri": uri,
                    "workspaceFolders": [{"uri": uri, "name": "project"}],
                    "capabilities": {},
                    "initializationOptions": options,
                },
            }
        )
        self._notify("initialized", {})

    def _notify(self, method: str, params: Mapping[str, Any]) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        try:
            self._child.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            self._child.stdin.flush()
        except (OSError, ValueError) as problem:
            raise SessionDied("stopped listening") from problem

    def _await(
        self, wanted: Callable[[Mapping[str, Any]], bool], seconds: float, cancel: Cancel
    ) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while not cancel:
            try:
                message = self._messages.get(timeout=0.05)
            except queue.Empty:
                if time.monotonic() > deadline:
                    raise SessionDied("did not answer in time") from None
                continue
            if message is None:
                raise SessionDied("stopped by itself")
            if wanted(message):
                return message
        raise SessionDied("was stopped")

    def _read(self, pipe: IO[bytes]) -> None:
        """Everything the session says, until it ends or stops making sense; both are a None in the queue."""
        with pipe:
            while (message := _next_message(pipe)) is not None:
                self._messages.put(message)
        self._messages.put(None)


class _LogWatch:
    """What the session printed since the last scan began."""

    def __init__(self) -> None:
        self._text = ""
        self._changed = threading.Condition()

    def feed(self, chunk: bytes) -> None:
        with self._changed:
            self._text = (self._text + chunk.decode("utf-8", "replace"))[-200_000:]
            self._changed.notify_all()

    def mark(self) -> None:
        with self._changed:
            self._text = ""

    def ended(self, seconds: float) -> _Log:
        """Wait for the end of this scan's log and say whether the file was read whole."""
        with self._changed:
            self._changed.wait_for(lambda: _SCAN_ENDED.search(self._text) is not None, seconds)
            text = self._text
        whole = _READ_WHOLE.search(text)
        if whole is None or _TROUBLE.search(text):
            return _Log(False, 0)
        return _Log(True, int(whole.group(1)))


def resident_mb(pid: int) -> float:
    """Resident memory of a process; 0 where the system does not say it cheaply."""
    if sys.platform != "linux":
        return 0.0
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / (1024 * 1024)


def _next_message(pipe: IO[bytes]) -> dict[str, Any] | None:
    """The next message, None at the end of the stream or when it is not the language server protocol."""
    size = -1
    try:
        while (line := pipe.readline(1024)) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length":
                size = int(value)
        if not line or not 0 <= size <= _MESSAGE_CAP:
            return None
        message: Any = json.loads(pipe.read(size))
    except (OSError, ValueError):
        return None
    return cast(dict[str, Any], message) if isinstance(message, dict) else None


def _diagnosed_uri(message: Mapping[str, Any]) -> str:
    params: Any = message.get("params")
    if message.get("method") != "textDocument/publishDiagnostics" or not isinstance(params, dict):
        return ""
    return str(cast(dict[str, Any], params).get("uri", ""))


def _match(item: Mapping[str, Any]) -> Match:
    start, end = item["range"]["start"], item["range"]["end"]
    return Match(
        semgrep_id=str(item["code"]),
        line=int(start["line"]) + 1,
        line_end=int(end["line"]) + 1,
        column=int(start["character"]) + 1,
        message=str(item["message"]),
    )
