"""Hostile and broken projects: the scan ends, says what it could not read, and finds what is beside it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lastmile_desktop.resources import resources_dir

REPOSITORY = Path(__file__).resolve().parents[2]
KEY_ROW = "secrets.privileged-key-in-client"
PLANTED = "sk_live_" + "51Hq8ZtKpQwErTyUiOpAsDfGh"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    copy = tmp_path / "acme-crm"
    shutil.copytree(resources_dir() / "sample", copy)
    return copy


def scan(
    root: Path, *more: str, home: Path | None = None, before: tuple[str, ...] = ()
) -> tuple[dict[str, object], str]:
    """The JSON of a scan in a process of its own, and all that it wrote to both streams."""
    data = home or root.parent / "home"
    done = subprocess.run(
        [
            *before,
            sys.executable,
            "-m",
            "lastmile_desktop",
            "scan",
            str(root),
            "--format",
            "json",
            "--data-dir",
            str(data),
            *more,
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"HOME": str(root.parent), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stdout + done.stderr


def unread(report: dict[str, object]) -> dict[str, str]:
    return {item["path"]: item["reason"] for item in report["scan"]["unread"]}  # type: ignore[index]


def verdict(report: dict[str, object], check_id: str) -> str:
    return next(item["verdict"] for item in report["checks"] if item["id"] == check_id)  # type: ignore[attr-defined]


def test_one_project_with_everything_that_can_be_wrong_is_scanned_to_its_end(root: Path) -> None:
    (root / "public").mkdir()
    with (root / "public/bundle.min.js").open("w") as big:
        for _ in range(50):
            big.write("a=function(){return 1};" * 45_000)
    (root / "src/movie.ts").write_bytes(b"\x47\x40\x00\x10" + os.urandom(200_000) + b"\x00" * 64)
    (root / "src/latin.ts").write_bytes(b"export const name = '" + b"\xe9\xff\xfe" * 4_000 + b"';\n")
    (root / "src/accent.ts").write_bytes("export const caf\u00e9 = 1; // ".encode("latin-1") + b"\xe9\n")
    (root / "src/loop").symlink_to(root / "src", target_is_directory=True)
    (root / "src/outside.ts").symlink_to("/etc/passwd")
    (root / "src/deep").mkdir()
    (root / "src/deep/nest.ts").write_text("const x = " + "[" * 30_000 + "]" * 30_000 + ";\n")
    (root / "supabase/migrations/20261119000000_broken.sql").write_text(
        "create table public.leads (id uuid;\nalter table public.leads enable row level;\n$$ never closed"
    )
    os.mkfifo(root / "src/pipe.ts")
    report, _ = scan(root)
    reasons = unread(report)
    assert reasons["public/bundle.min.js"] == "larger than 2 MB"
    assert reasons["src/movie.ts"] == "binary content"
    assert reasons["src/latin.ts"] == "not valid text"
    assert reasons["src/outside.ts"] == "a link that leads out of the project"
    assert "src/accent.ts" not in reasons
    assert not any(path.startswith("src/loop/") for path in reasons)
    assert verdict(report, KEY_ROW) == "gap"
    assert "root:" not in json.dumps(report)


def test_a_project_without_git_and_one_without_commits_are_scanned(root: Path) -> None:
    first, _ = scan(root)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    second, _ = scan(root)
    assert verdict(first, KEY_ROW) == verdict(second, KEY_ROW) == "gap"
    assert first["scan"]["commit"] == second["scan"]["commit"] == ""  # type: ignore[index]


UNPRIVILEGED = (
    ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")
    if hasattr(os, "geteuid") and os.geteuid() == 0
    else ()
)


@pytest.mark.skipif(
    os.name != "posix" or bool(UNPRIVILEGED and not shutil.which("setpriv")), reason="needs setpriv"
)
def test_a_folder_without_permission_is_left_out_and_said(root: Path) -> None:
    locked = root / "src/private"
    locked.mkdir()
    (locked / "a.ts").write_text("export const a = 1;\n")
    (root / "src/closed.ts").write_text("export const b = 1;\n")
    locked.chmod(0)
    (root / "src/closed.ts").chmod(0)
    try:
        report, _ = scan(root, before=UNPRIVILEGED)
    finally:
        locked.chmod(0o755)
    reasons = unread(report)
    assert reasons["src/closed.ts"] == "no permission to read it"
    assert reasons["src/private"] == "no permission to read it"
    assert verdict(report, KEY_ROW) == "gap"


def test_a_planted_secret_is_found_and_written_nowhere(root: Path, tmp_path: Path) -> None:
    (root / "src/lib/pay.ts").write_text(f'export const key = "{PLANTED}";\n')
    (root / "server.log").write_text(f"POST /charge Authorization: Bearer {PLANTED}\n")
    home = tmp_path / "kept"
    printed = ""
    for form in ("json", "sarif", "markdown", "table"):
        done = subprocess.run(
            [
                *(sys.executable, "-m", "lastmile_desktop", "scan", str(root)),
                *("--format", form, "--data-dir", str(home)),
            ],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=True,
        )
        printed += done.stdout + done.stderr
    assert "src/lib/pay.ts" in printed
    assert PLANTED not in printed
    assert PLANTED[12:] not in printed
    for file in home.rglob("*"):
        if file.is_file():
            assert PLANTED.encode() not in file.read_bytes(), file
    assert_not_in_database(home)


def assert_not_in_database(home: Path) -> None:
    from lastmile_desktop.core.scan import Project
    from lastmile_desktop.store import scans
    from lastmile_desktop.store.database import Database

    db = Database(home / "lastmile.sqlite3")
    kept = scans.latest(db, Project(1, "", ""))
    assert PLANTED[12:] not in repr(kept)
    assert all(PLANTED[12:] not in str(tuple(row)) for row in db.rows("SELECT * FROM findings"))
    db.close()


def test_the_same_tree_gives_the_same_report(root: Path, tmp_path: Path) -> None:
    def settled(home: Path) -> str:
        report, _ = scan(root, "--no-save", home=home)
        report["scan"]["started"] = report["scan"]["duration_ms"] = 0  # type: ignore[index]
        for check in report["checks"]:  # type: ignore[attr-defined]
            for finding in check["findings"]:
                finding["first_seen"] = ""
        return json.dumps(report, sort_keys=True)

    assert settled(tmp_path / "one") == settled(tmp_path / "two")
