"""Git: real repositories of every shape, read without touching them."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from lastmile_desktop.engines import git as git_engine
from lastmile_desktop.engines.git import ignored, info, read_git
from lastmile_desktop.engines.git_head import head_stamp

ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.org",
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.org",
}


def run(root: Path, *argv: str, date: str = "2026-11-01T10:00:00+02:00") -> str:
    dated = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    done = subprocess.run(
        ["git", *argv],
        cwd=root,
        env=os.environ | ENVIRONMENT | dated,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def repository(root: Path) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    run(root, "init", "-q", "-b", "main")
    return root


def save(root: Path, files: dict[str, str], message: str, date: str = "2026-11-01T10:00:00+02:00") -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    run(root, "add", "-A")
    run(root, "commit", "-q", "--allow-empty", "-m", message, date=date)


def test_git_is_there() -> None:
    assert info().health.ok
    assert info().version


def test_no_repository(tmp_path: Path) -> None:
    facts = read_git(tmp_path)
    assert not facts.available
    assert facts.reason
    assert head_stamp(tmp_path) == ""
    assert ignored(tmp_path, ["x"]) == frozenset()


def test_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(tmp_path)
    monkeypatch.setattr(git_engine, "find_tool", lambda _: None)
    facts = read_git(tmp_path)
    assert not facts.available
    assert "not installed" in facts.reason


def test_a_repository_without_commits(tmp_path: Path) -> None:
    root = repository(tmp_path)
    (root / "a.txt").write_text("a")
    run(root, "add", "a.txt")
    facts = read_git(root)
    assert (facts.available, facts.head, facts.branch, facts.commits) == (True, "", "main", ())
    assert facts.tracked == {"a.txt"}


def test_commits_newest_first_with_trailers_and_their_own_clock(tmp_path: Path) -> None:
    root = repository(tmp_path)
    save(root, {"a.txt": "1"}, "first")
    trailer = "second\n\nCo-Authored-By: Claude <noreply@anthropic.com>\nX-Lovable-Edit-ID: edt-1"
    save(root, {"a.txt": "2"}, trailer, date="2026-11-02T23:30:00-05:00")
    facts = read_git(root)
    assert [commit.subject for commit in facts.commits] == ["second", "first"]
    newest = facts.commits[0]
    assert newest.trailers == ("Co-Authored-By: Claude <noreply@anthropic.com>", "X-Lovable-Edit-ID: edt-1")
    assert newest.when.isoformat() == "2026-11-02T23:30:00-05:00"
    assert facts.head == run(root, "rev-parse", "HEAD").strip()


def test_a_long_history_is_cut_and_says_so(tmp_path: Path) -> None:
    root = repository(tmp_path)
    for number in range(4):
        save(root, {"a.txt": str(number)}, str(number))
    facts = read_git(root, max_commits=3)
    assert len(facts.commits) == 3
    assert facts.truncated


def test_when_a_migration_appeared(tmp_path: Path) -> None:
    root = repository(tmp_path)
    save(root, {"supabase/migrations/1.sql": "x", "src/a.ts": "x"}, "first", date="2026-10-01T10:00:00+00:00")
    save(root, {"supabase/migrations/1.sql": "y"}, "changed", date="2026-10-05T10:00:00+00:00")
    save(root, {"app/migrations/0001_initial.py": "x"}, "more", date="2026-10-09T10:00:00+00:00")
    facts = read_git(root)
    added = {path: when.date().isoformat() for path, when in facts.added_on.items()}
    assert added == {
        "supabase/migrations/1.sql": "2026-10-01",
        "app/migrations/0001_initial.py": "2026-10-09",
    }
    changed = {path: when.date().isoformat() for path, when in facts.changed_on.items()}
    assert changed == {"supabase/migrations/1.sql": "2026-10-05"}


def test_a_folder_inside_a_repository_sees_only_itself(tmp_path: Path) -> None:
    root = repository(tmp_path)
    save(root, {"web/migrations/1.sql": "x"}, "web")
    save(root, {"api/main.py": "x"}, "api")
    facts = read_git(root / "web")
    assert facts.tracked == {"migrations/1.sql"}
    assert [commit.subject for commit in facts.commits] == ["web"]
    assert list(facts.added_on) == ["migrations/1.sql"]


def test_a_detached_head_has_no_branch(tmp_path: Path) -> None:
    root = repository(tmp_path)
    save(root, {"a.txt": "1"}, "first")
    run(root, "checkout", "-q", "--detach")
    facts = read_git(root)
    assert (facts.branch, len(facts.commits)) == ("", 1)


def test_a_linked_worktree(tmp_path: Path) -> None:
    root = repository(tmp_path / "main")
    save(root, {"a.txt": "1"}, "first")
    run(root, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    facts = read_git(tmp_path / "side")
    assert (facts.branch, len(facts.commits), facts.tracked) == ("side", 1, {"a.txt"})
    before = head_stamp(tmp_path / "side")
    save(tmp_path / "side", {"a.txt": "2"}, "second")
    assert head_stamp(tmp_path / "side") != before


def test_a_shallow_clone_says_so(tmp_path: Path) -> None:
    root = repository(tmp_path / "origin")
    save(root, {"a.txt": "1"}, "first")
    save(root, {"a.txt": "2"}, "second")
    run(tmp_path, "clone", "-q", "--depth", "1", f"file://{root}", "copy")
    facts = read_git(tmp_path / "copy")
    assert facts.shallow
    assert len(facts.commits) == 1


def test_the_address_loses_its_password(tmp_path: Path) -> None:
    root = repository(tmp_path)
    run(root, "remote", "add", "other", "https://example.org/other.git")
    secret = "".join(("user", ":", "token"))
    run(root, "remote", "add", "origin", f"https://{secret}@example.org/shop.git")
    assert read_git(root).remote == "https://example.org/shop.git"


def test_ignored_paths(tmp_path: Path) -> None:
    root = repository(tmp_path)
    save(root, {".gitignore": ".env\nbuild/\n", "a.txt": "1"}, "first")
    assert ignored(root, [".env", "build/x.js", "a.txt", "b.txt"]) == {".env", "build/x.js"}


def test_file_names_of_all_kinds(tmp_path: Path) -> None:
    root = repository(tmp_path)
    names = {"mit leerzeichen.sql": "x", "größe.sql": "x", "-rf.sql": "x", 'quo"te.sql': "x"}
    save(root, names, "first")
    facts = read_git(root)
    assert facts.tracked == set(names)
    assert set(facts.added_on) == set(names)


def test_the_stamp_follows_commits_branches_and_the_index(tmp_path: Path) -> None:
    root = repository(tmp_path)
    save(root, {"a.txt": "1"}, "first")
    seen = {head_stamp(root)}
    save(root, {"a.txt": "2"}, "second")
    seen.add(head_stamp(root))
    run(root, "checkout", "-q", "-b", "side")
    seen.add(head_stamp(root))
    time.sleep(0.01)
    (root / "b.txt").write_text("b")
    run(root, "add", "b.txt")
    seen.add(head_stamp(root))
    assert len(seen) == 4
    run(root, "pack-refs", "--all")
    assert run(root, "rev-parse", "HEAD").strip() in head_stamp(root)


def test_reading_takes_no_lock_and_starts_nothing_of_the_repository(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop")
    save(root, {"a.sql": "1", ".gitattributes": "*.sql diff=evil\n"}, "first")
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "diff.external", "diff.evil.textconv", "core.pager", "core.sshCommand"):
        run(root, "config", key, str(trap))
    run(root, "config", "core.hooksPath", str(tmp_path))
    (root / ".git/index.lock").write_text("")
    before = {path: path.stat().st_mtime_ns for path in (root / ".git").rglob("*")}
    facts = read_git(root)
    ignored(root, ["x"])
    assert facts.tracked == {"a.sql", ".gitattributes"}
    assert not (tmp_path / "sprung").exists()
    assert {path: path.stat().st_mtime_ns for path in (root / ".git").rglob("*")} == before


def test_a_broken_git_folder_is_no_history(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /nowhere/at/all")
    assert not read_git(tmp_path).available
    head_stamp(tmp_path)


def test_what_each_commit_changed(tmp_path: Path) -> None:
    root = repository(tmp_path / "p")
    save(root, {"a b.ts": "one"}, "first")
    save(root, {"a b.ts": "two", "node_modules/x.js": "1"}, "second")
    save(root, {"a b.ts": "one"}, "third")
    changes = read_git(root).changes
    assert [change.path for change in changes] == ["a b.ts"] * 3
    assert changes[0].after == changes[1].before == changes[2].after
    assert (changes[2].before, changes[0].before == changes[1].after) == ("", True)
