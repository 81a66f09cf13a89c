from __future__ import annotations

import os
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lastmile_desktop.project.collect import TreeReader, changed_paths, collect
from lastmile_desktop.project.tree import Unreadable


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def test_dependencies_and_build_output_are_never_looked_into(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"src/a.ts": "a", "node_modules/x/index.js": "x", "apps/web/.next/b.js": "b", "dist/c.js": "c"},
    )
    assert list(collect(tmp_path).files) == ["src/a.ts"]


def test_ignored_folders_are_left_out_and_ignored_files_are_marked(tmp_path: Path) -> None:
    write(
        tmp_path, {".gitignore": "tmp/\n.env\n!keep.env\n", "tmp/a.ts": "a", ".env": "A=1", "src/b.ts": "b"}
    )
    index = collect(tmp_path)
    assert list(index.files) == [".env", ".gitignore", "src/b.ts"]
    assert index.files[".env"].ignored_by_git
    assert not index.files["src/b.ts"].ignored_by_git


def test_an_inner_gitignore_wins_over_an_outer_one(tmp_path: Path) -> None:
    write(
        tmp_path,
        {".gitignore": "*.log\n", "api/.gitignore": "!kept.log\n", "api/kept.log": "x", "api/b.log": "y"},
    )
    index = collect(tmp_path)
    assert not index.files["api/kept.log"].ignored_by_git
    assert index.files["api/b.log"].ignored_by_git


def test_what_git_tracks_is_looked_at_though_it_is_ignored(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "secret/\n.env\n", "secret/a.ts": "a", ".env": "A=1"})
    index = collect(tmp_path, tracked=frozenset({"secret/a.ts", ".env"}))
    assert "secret/a.ts" in index
    assert not index.files[".env"].ignored_by_git


def test_utf_16_is_text_and_noise_is_not(tmp_path: Path) -> None:
    (tmp_path / "a.env").write_bytes("KEY=1\n".encode("utf-16"))
    (tmp_path / "b.ts").write_bytes(b"\x00\x01\x02" * 100)
    index = collect(tmp_path)
    assert TreeReader(tmp_path, index).text("a.env") == "KEY=1\n"
    assert index.files["b.ts"].unreadable is Unreadable.BINARY


def test_a_change_within_the_same_moment_is_seen(tmp_path: Path) -> None:
    write(tmp_path, {"a.ts": "one"})
    before = collect(tmp_path)
    stamp = (tmp_path / "a.ts").stat()
    write(tmp_path, {"a.ts": "two"})
    os.utime(tmp_path / "a.ts", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    after = collect(tmp_path, before, previous_at_ns=stamp.st_mtime_ns + 1_000_000)
    assert changed_paths(before, after) == {"a.ts"}


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_bytes_make_an_entry(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.ts").write_bytes(data)
    index = collect(tmp_path)
    text = TreeReader(tmp_path, index).text("x.ts")
    assert (text is None) == (index.files["x.ts"].unreadable is not None)
