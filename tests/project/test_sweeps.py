"""Sweeps over all files are kept from one view of a project to the next."""

from __future__ import annotations

from collections.abc import Mapping

from lastmile_desktop.project.sweeps import Sweeps


class _Folder:
    """A folder whose sweeps are counted: `looked` are the paths that were looked at since it was last asked."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._sweeps = Sweeps()
        self._files = dict(files)
        self._mark = object()
        self.looked: list[str] = []

    def change(self, **files: str | None) -> None:
        before, self._mark = self._mark, object()
        for path, text in files.items():
            if text is None:
                del self._files[path]
            else:
                self._files[path] = text
        self._files = dict(sorted(self._files.items()))
        self._sweeps.turn(before, self._mark, frozenset(files))

    def sizes(self, salt: int = 0) -> list[tuple[str, int]]:
        self.looked = []
        found = self._sweeps.of("size", self._mark, salt, self._files, self._holds, self._size)
        return list(found.items())

    def _holds(self, path: str) -> bool:
        return path in self._files and not path.startswith("_")

    def _size(self, path: str) -> int:
        self.looked.append(path)
        return len(self._files[path])


def test_after_a_save_only_the_saved_file_is_looked_at() -> None:
    folder = _Folder({"a": "1", "b": "1", "c": "1"})
    folder.sizes()
    folder.change(b="four")
    assert folder.sizes() == [("a", 1), ("b", 4), ("c", 1)]
    assert folder.looked == ["b"]


def test_a_file_that_is_not_wanted_changes_nothing() -> None:
    folder = _Folder({"a": "1", "_b": "1"})
    folder.sizes()
    folder.change(_b="four")
    assert folder.sizes() == [("a", 1)]
    assert folder.looked == []


def test_saves_that_nobody_asked_about_are_caught_up_with() -> None:
    folder = _Folder({"a": "1", "b": "1", "c": "1"})
    folder.sizes()
    folder.change(a="22")
    folder.change(c="333")
    assert folder.sizes() == [("a", 2), ("b", 1), ("c", 3)]
    assert sorted(folder.looked) == ["a", "c"]


def test_a_new_file_stands_where_a_first_look_would_put_it() -> None:
    folder = _Folder({"a": "1", "c": "1"})
    folder.sizes()
    folder.change(b="22")
    assert folder.sizes() == [("a", 1), ("b", 2), ("c", 1)]


def test_a_file_that_is_gone_is_gone() -> None:
    folder = _Folder({"a": "1", "b": "1"})
    folder.sizes()
    folder.change(a=None)
    assert folder.sizes() == [("b", 1)]


def test_another_salt_looks_at_everything_again() -> None:
    folder = _Folder({"a": "1", "b": "1"})
    folder.sizes()
    folder.sizes(salt=1)
    assert folder.looked == ["a", "b"]


def test_more_saves_than_are_remembered_look_at_everything_again() -> None:
    folder = _Folder({"a": "1", "b": "1"})
    folder.sizes()
    for number in range(70):
        folder.change(a="x" * number)
    assert folder.sizes() == [("a", 69), ("b", 1)]
    assert folder.looked == ["a", "b"]
