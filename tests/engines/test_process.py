"""Children that hang, crash, babble, are missing, eat memory or are cancelled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lastmile_desktop.core.cancel import Cancel
from lastmile_desktop.engines.process import (
    HAS_MEMORY_CEILING,
    ChildMissing,
    ChildResult,
    find_tool,
    run_child,
    start_child,
)

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX process groups")


def python(code: str, tmp_path: Path, timeout_s: float = 20, **options: object) -> ChildResult:
    return run_child([sys.executable, "-I", "-c", code], cwd=tmp_path, timeout_s=timeout_s, **options)  # type: ignore[arg-type]


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_gives_back_what_it_printed(tmp_path: Path) -> None:
    result = python(
        "import sys; print(sys.stdin.read().upper()); print('why', file=sys.stderr)", tmp_path, stdin=b"hi"
    )
    assert (result.ok, result.stdout, result.stderr, result.why) == (True, b"HI\n", "why\n", "")


def test_standard_input_is_empty_unless_given(tmp_path: Path) -> None:
    assert python("import sys; print(repr(sys.stdin.read()))", tmp_path).stdout == b"''\n"


def test_an_unexpected_exit_code_is_not_ok(tmp_path: Path) -> None:
    assert python("raise SystemExit(3)", tmp_path).why == "ended with exit code 3"
    assert python("raise SystemExit(3)", tmp_path, ok_codes=frozenset({0, 3})).ok


def test_a_hanging_child_is_stopped(tmp_path: Path) -> None:
    started = time.monotonic()
    result = python("import time; print('x', flush=True); time.sleep(60)", tmp_path, timeout_s=0.5)
    assert result.timed_out and result.killed and not result.ok
    assert result.stdout == b"x\n"
    assert time.monotonic() - started < 5


def test_a_child_that_closes_its_output_and_hangs_is_stopped(tmp_path: Path) -> None:
    result = python("import os,time; os.close(1); os.close(2); time.sleep(60)", tmp_path, timeout_s=0.5)
    assert result.timed_out


@posix_only
def test_grandchildren_go_with_it(tmp_path: Path) -> None:
    code = "import subprocess,sys,time; p=subprocess.Popen(['sleep','60']); print(p.pid, flush=True); {}"
    for rest, timed_out in (("time.sleep(60)", True), ("sys.exit(0)", False)):
        result = python(code.format(rest), tmp_path, timeout_s=1)
        assert result.timed_out is timed_out
        assert gone(int(result.stdout))


@posix_only
def test_a_crash_is_reported(tmp_path: Path) -> None:
    result = python("import os; os.kill(os.getpid(), 11)", tmp_path)
    assert result.killed and not result.timed_out and result.returncode == -signal.SIGSEGV
    assert result.why == "crashed or ran out of memory"


def test_a_babbling_child_is_stopped(tmp_path: Path) -> None:
    code = "import sys\nwhile True: sys.stdout.write('x' * 100000)"
    result = python(code, tmp_path, stdout_cap=1_000_000)
    assert result.overflowed and not result.ok and len(result.stdout) <= 1_000_000


def test_only_the_end_of_standard_error_is_kept(tmp_path: Path) -> None:
    result = python("import sys; sys.stderr.write('x' * 5_000_000 + 'last words')", tmp_path)
    assert result.ok and result.stderr.endswith("last words") and len(result.stderr) <= 65536


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(ChildMissing, match="no-such-tool"):
        run_child([tmp_path / "no-such-tool"], cwd=tmp_path, timeout_s=1)


def test_cancel_ends_it(tmp_path: Path) -> None:
    cancel = Cancel()
    threading.Timer(0.3, cancel.set).start()
    started = time.monotonic()
    result = python("import time; time.sleep(60)", tmp_path, timeout_s=30, cancel=cancel)
    assert result.cancelled and result.why == "was stopped" and time.monotonic() - started < 5


@pytest.mark.skipif(not HAS_MEMORY_CEILING, reason="no ceiling on this system")
def test_a_child_cannot_take_more_memory_than_it_is_given(tmp_path: Path) -> None:
    code = "import time; time.sleep(.2); x = bytearray(400_000_000); print(len(x))"
    assert not python(code, tmp_path, memory_mb=200).ok
    assert python(code, tmp_path, memory_mb=600).ok


def test_the_users_environment_stays_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not for children")
    result = python("import os; print(sorted(os.environ))", tmp_path, env={"GIVEN": "1"})
    assert b"OPENAI_API_KEY" not in result.stdout and b"GIVEN" in result.stdout and b"PATH" in result.stdout


@posix_only
def test_children_run_at_low_priority(tmp_path: Path) -> None:
    result = python("import os,time; time.sleep(.2); print(os.getpriority(os.PRIO_PROCESS, 0))", tmp_path)
    assert int(result.stdout) >= 10


def test_a_tool_beside_the_interpreter_is_found_first() -> None:
    found = find_tool("semgrep")
    assert found is not None and found.parent == Path(sys.executable).parent
    assert find_tool("no-such-tool-anywhere") is None


def test_a_long_lived_child_answers_and_ends(tmp_path: Path) -> None:
    child = start_child(
        [
            sys.executable,
            "-I",
            "-u",
            "-c",
            "import sys\nfor l in sys.stdin: print(l.upper(), end='', flush=True)",
        ],
        cwd=tmp_path,
    )
    child.stdin.write(b"ping\n")
    child.stdin.flush()
    assert child.stdout.readline() == b"PING\n"
    assert child.alive
    child.end(grace_s=2)
    assert not child.alive and child.returncode == 0
    child.stdout.close()


@posix_only
def test_a_long_lived_child_sees_the_end_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\n"
        "from lastmile_desktop.engines.process import start_child\n"
        "c = start_child([sys.executable, '-I', '-c', 'import sys; sys.stdin.read()'], cwd=Path('.'))\n"
        "print(c.pid, flush=True)\ntime.sleep(60)"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", code], cwd=root, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child_pid = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)
    assert gone(child_pid)
