"""Child processes: started poor, watched, and ended whole. The only module that imports subprocess.

A child gets its own session, low priority, a small environment without the user's secrets, a memory ceiling
where the system offers one (Linux), a time limit and a cap on what it may print. Whatever happens, nothing of
it is left running.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lastmile_desktop.core.cancel import Cancel
from lastmile_desktop.core.errors import LastMileError

HAS_MEMORY_CEILING = sys.platform == "linux"
"""macOS cannot limit another process and Windows needs a job object: there children run without a ceiling."""

STDOUT_CAP = 256 * 1024 * 1024
STDERR_CAP = 64 * 1024
_NICENESS = 10
_POLL_S = 0.05
_GRACE_S = 2.0
_CHUNK = 1 << 16

_KEPT_ENVIRONMENT = (
    "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TMP", "TEMP",
    "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA",
)  # fmt: skip


class ChildMissing(LastMileError):  # noqa: N818
    """The program is not there or may not be started."""

    def __init__(self, program: str, problem: str) -> None:
        super().__init__(
            "A scanning tool is missing",
            f"{program} could not be started: {problem}.",
            "Reinstall Last Mile; the tools come with it.",
        )
        self.program = program


@dataclass(frozen=True, slots=True)
class ChildResult:
    """How a child ended and what it printed. `killed` is true when any signal ended it: ours (then one of
    `timed_out`, `cancelled`, `overflowed` says why) or the system's (a crash, no memory)."""

    returncode: int
    stdout: bytes
    stderr: str
    timed_out: bool = False
    killed: bool = False
    cancelled: bool = False
    overflowed: bool = False
    ok_codes: frozenset[int] = frozenset({0})

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with an expected exit code."""
        return not (self.timed_out or self.killed) and self.returncode in self.ok_codes

    @property
    def why(self) -> str:
        """What went wrong, to put after the tool's name in a sentence; empty when nothing did."""
        if self.cancelled:
            return "was stopped"
        if self.timed_out:
            return "took too long and was stopped"
        if self.overflowed:
            return "printed far too much and was stopped"
        if self.killed:
            return "crashed or ran out of memory"
        return "" if self.ok else f"ended with exit code {self.returncode}"


def find_tool(name: str) -> Path | None:
    """A tool's program: the one installed beside this interpreter, else the one on PATH."""
    for folder in (sysconfig.get_path("scripts"), None):
        found = shutil.which(name, path=folder)
        if found:
            return Path(found)
    return None


def run_child(
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    stdin: bytes | None = None,
    timeout_s: float,
    memory_mb: int | None = None,
    env: Mapping[str, str] | None = None,
    cancel: Cancel | None = None,
    ok_codes: frozenset[int] = frozenset({0}),
    stdout_cap: int = STDOUT_CAP,
) -> ChildResult:
    """Run a program to its end and give back everything it printed. Raises ChildMissing only."""
    process = _start(
        argv, cwd, env, memory_mb, stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL
    )
    out = _Drain(process.stdout, stdout_cap, keep_tail=False)
    err = _Drain(process.stderr, STDERR_CAP, keep_tail=True)
    if stdin is not None and process.stdin is not None:
        threading.Thread(target=_feed, args=(process.stdin, stdin), daemon=True).start()
    ending = _watch(process, (out, err), timeout_s, cancel)
    return ChildResult(
        returncode=process.returncode,
        stdout=out.taken(),
        stderr=err.taken().decode("utf-8", "replace"),
        timed_out=ending == "timeout",
        killed=bool(ending) or process.returncode < 0,
        cancelled=ending == "cancel",
        overflowed=ending == "overflow",
        ok_codes=ok_codes,
    )


class Child:
    """A long-lived child that is spoken to over its standard input and output.

    It ends with `end()`, and also by itself when this process dies: its standard input then closes.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], on_error: Callable[[bytes], None] | None = None
    ) -> None:
        self._process = process
        self._errors = _Drain(process.stderr, STDERR_CAP, keep_tail=True, also=on_error)
        if process.stdin is None or process.stdout is None:
            raise ValueError("a long-lived child needs pipes")
        self.stdin: IO[bytes] = process.stdin
        self.stdout: IO[bytes] = process.stdout

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def returncode(self) -> int | None:
        return self._process.poll()

    @property
    def errors(self) -> str:
        """The end of what it printed on standard error."""
        return self._errors.taken().decode("utf-8", "replace")

    def end(self, grace_s: float = 0.0) -> None:
        """Close its input, give it `grace_s` to leave by itself, then end all that is left of it."""
        # A broken pipe here means that the child is gone already, which is what is wanted.
        with contextlib.suppress(OSError):
            self.stdin.close()
        if grace_s > 0:
            _wait(self._process, grace_s)
        _end_group(self._process)
        # The reader of stdout may still be inside a read: closing is left to it, or to the end of the object.


def start_child(
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    memory_mb: int | None = None,
    env: Mapping[str, str] | None = None,
    program: Path | None = None,
    on_error: Callable[[bytes], None] | None = None,
) -> Child:
    """Start a program that stays. Raises ChildMissing only.

    `program` is the file to run where `argv[0]` is another name for it. `on_error` gets what the child prints
    on standard error as it comes, on another thread."""
    return Child(_start(argv, cwd, env, memory_mb, stdin=subprocess.PIPE, program=program), on_error)


def child_environment(given: Mapping[str, str] | None = None) -> dict[str, str]:
    """The few variables a tool needs, and those given; nothing else of the user's environment."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return kept | dict(given or {})


def _start(
    argv: Sequence[str | Path],
    cwd: Path,
    env: Mapping[str, str] | None,
    memory_mb: int | None,
    stdin: int,
    program: Path | None = None,
) -> subprocess.Popen[bytes]:
    command = [str(part) for part in argv]
    flags = 0
    if sys.platform == "win32":
        flags = (
            subprocess.CREATE_NEW_PROCESS_GROUP
            | subprocess.BELOW_NORMAL_PRIORITY_CLASS
            | subprocess.CREATE_NO_WINDOW
        )
    try:
        process = subprocess.Popen(
            command,
            executable=program,
            cwd=cwd,
            env=child_environment(env),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=sys.platform != "win32",
            creationflags=flags,
        )
    except (OSError, ValueError) as problem:
        raise ChildMissing((program or Path(command[0])).name, str(problem)) from problem
    _restrain(process.pid, memory_mb)
    return process


def _restrain(pid: int, memory_mb: int | None) -> None:
    """Low priority and the memory ceiling, set from outside: `preexec_fn` is unsafe beside other threads."""
    if sys.platform == "win32":
        return
    try:
        os.setpriority(os.PRIO_PGRP, pid, _NICENESS)
        if memory_mb is not None and sys.platform == "linux":
            import resource

            # DATA, not AS: runtimes reserve far more address space than they ever write to.
            ceiling = memory_mb * 1024 * 1024
            resource.prlimit(pid, resource.RLIMIT_DATA, (ceiling, ceiling))
    except (ProcessLookupError, PermissionError):
        # It ended before it could be restrained.
        return


def _watch(
    process: subprocess.Popen[bytes], drains: tuple[_Drain, _Drain], timeout_s: float, cancel: Cancel | None
) -> str:
    """Wait for the end; returns why it had to be forced (`timeout`, `cancel`, `overflow`), or ""."""
    deadline = time.monotonic() + timeout_s
    exited_at = 0.0
    ending = ""
    while not all(drain.ended.wait(_POLL_S) for drain in drains):
        now = time.monotonic()
        if process.poll() is not None:
            # A grandchild holds the pipes open: it gets a moment, then goes with the group.
            exited_at = exited_at or now
            if now - exited_at > _POLL_S * 4:
                break
        elif any(drain.overflowed for drain in drains):
            ending = "overflow"
        elif cancel:
            ending = "cancel"
        elif now > deadline:
            ending = "timeout"
        if ending:
            break
    if not ending and not _wait(process, max(0.0, deadline - time.monotonic())):
        ending = "timeout"
    _end_group(process)
    for drain in drains:
        drain.ended.wait(_GRACE_S)
    return "overflow" if not ending and any(drain.overflowed for drain in drains) else ending


def _wait(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the child and everything it started, and reap it."""
    if sys.platform == "win32":
        if process.poll() is None:
            subprocess.run(
                ["taskkill", "/T", "/F", "/PID", str(process.pid)],
                capture_output=True,
                timeout=10,
                check=False,
            )
            process.kill()
    else:
        # Nothing of the group may be left; macOS reports a zombie as a lack of permission.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    _wait(process, _GRACE_S)


def _feed(pipe: IO[bytes], data: bytes) -> None:
    try:
        with pipe:
            pipe.write(data)
    except OSError:
        # The child stopped reading: its exit code and output say how it went.
        return


class _Drain:
    """Reads a pipe to its end on a thread. Past the cap it reads on but keeps nothing, or only the tail."""

    def __init__(
        self, pipe: IO[bytes] | None, cap: int, keep_tail: bool, also: Callable[[bytes], None] | None = None
    ) -> None:
        self.ended = threading.Event()
        self.overflowed = False
        self._chunks: list[bytes] = []
        self._size = 0
        self._cap = cap
        self._keep_tail = keep_tail
        self._also = also
        if pipe is None:
            self.ended.set()
        else:
            threading.Thread(target=self._run, args=(pipe,), daemon=True, name="child-output").start()

    def taken(self) -> bytes:
        return b"".join(list(self._chunks))[-self._cap :]

    def _run(self, pipe: IO[bytes]) -> None:
        try:
            with pipe:
                while chunk := os.read(pipe.fileno(), _CHUNK):
                    self._take(chunk)
                    if self._also is not None:
                        self._also(chunk)
        except (OSError, ValueError):
            # The pipe was closed under the reader: the same as its end.
            pass
        finally:
            self.ended.set()

    def _take(self, chunk: bytes) -> None:
        if self._keep_tail:
            self._chunks.append(chunk)
            self._size += len(chunk)
            while len(self._chunks) > 1 and self._size - len(self._chunks[0]) >= self._cap:
                self._size -= len(self._chunks.pop(0))
        elif self._size + len(chunk) <= self._cap:
            self._chunks.append(chunk)
            self._size += len(chunk)
        else:
            self.overflowed = True


def launch(argv: Sequence[str | Path], *, cwd: Path) -> None:
    """Start a program of the user's, such as the editor, and let it live its own life. Raises ChildMissing only."""
    try:
        subprocess.Popen(
            [str(part) for part in argv],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as problem:
        raise ChildMissing(str(argv[0]), str(problem)) from problem
