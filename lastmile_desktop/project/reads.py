"""What a pure function read of a project view, so that it is asked again only when some of that has changed."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TypeVar

from lastmile_desktop.project.tree import FileEntry, TextReader
from lastmile_desktop.project.view import ProjectView

V = TypeVar("V")

_FILES = frozenset(["tree", "outlines", "reader", "memo"])
PARTS = (
    frozenset(item.name for item in fields(ProjectView))
    | frozenset(name for name, value in vars(ProjectView).items() if isinstance(value, cached_property))
) - _FILES


@dataclass(slots=True)
class Reads:
    """`paths` were looked at one by one, `listing` when it was asked which files there are, `outlines` when all of
    them were read, `parts` are facts, models and the like."""

    paths: set[str] = field(default_factory=set[str])
    listing: bool = False
    outlines: bool = False
    parts: set[str] = field(default_factory=set[str])


class RecordingView(ProjectView):
    """The same view, noting in `reads` what is asked of it.

    An entry met while iterating over the tree counts by what is listed of it (path, readable, ignored, minified):
    whoever wants its size or digest asks `tree.files[path]`.
    """

    reads: Reads
    plain: ProjectView

    @classmethod
    def of(cls, view: ProjectView) -> RecordingView:
        made = object.__new__(cls)
        made.__dict__.update(
            plain=view,
            reads=Reads(),
            tree=replace(view.tree, files=_Files(view.tree.files, made)),
            outlines=_Outlines(view.outlines, made),
            reader=_Texts(view.reader, made),
            memo=view.memo,
        )
        return made

    def begin(self) -> Reads:
        """Note what is read from now on in a new list."""
        self.__dict__["reads"] = made = Reads()
        return made


def _noted(name: str) -> property:
    def part(view: RecordingView) -> object:
        view.reads.parts.add(name)
        return getattr(view.plain, name)

    return property(part)


# Facts and models are many and still growing: each is wrapped, none is listed here.
for _part in PARTS:
    setattr(RecordingView, _part, _noted(_part))


class _Seen(Mapping[str, V]):
    """A mapping by path that notes which paths were asked for."""

    def __init__(self, plain: Mapping[str, V], view: RecordingView) -> None:
        self._plain = plain
        self._view = view

    def __getitem__(self, path: str) -> V:
        self._view.reads.paths.add(path)
        return self._plain[path]

    def __contains__(self, path: object) -> bool:
        self._view.reads.paths.add(str(path))
        return path in self._plain

    def __iter__(self) -> Iterator[str]:
        self._view.reads.listing = True
        return iter(self._plain)

    def __len__(self) -> int:
        self._view.reads.listing = True
        return len(self._plain)


class _Files(_Seen[FileEntry]):
    def values(self) -> ValuesView[FileEntry]:
        self._view.reads.listing = True
        return self._plain.values()

    def items(self) -> ItemsView[str, FileEntry]:
        self._view.reads.listing = True
        return self._plain.items()


class _Outlines(_Seen[V]):
    def values(self) -> ValuesView[V]:
        self._view.reads.outlines = True
        return self._plain.values()

    def items(self) -> ItemsView[str, V]:
        self._view.reads.outlines = True
        return self._plain.items()


@dataclass(frozen=True, slots=True)
class _Texts:
    plain: TextReader
    view: RecordingView

    def text(self, path: str) -> str | None:
        self.view.reads.paths.add(path)
        return self.plain.text(path)


class Difference:
    """What differs between two views of one project. Each part is compared once, when it is first asked for."""

    def __init__(self, before: ProjectView, now: ProjectView) -> None:
        self._before = before
        self._now = now
        self._same_parts: dict[str, bool] = {}
        old, new = before.tree.files, now.tree.files
        listed_anew = old.keys() != new.keys()
        paths = set(old.keys() ^ new.keys())
        for path, entry in new.items():
            kept = old.get(path)
            if kept is None or kept is entry:
                continue
            if _content(kept) != _content(entry):
                paths.add(path)
            listed_anew = listed_anew or _listed(kept) != _listed(entry)
        outlines = {path for path in paths if path in before.outlines or path in now.outlines}
        for path, outline in now.outlines.items():
            if before.outlines.get(path) is not outline:
                outlines.add(path)
        self._paths = frozenset(paths | outlines)
        self._listed_anew = listed_anew
        self._outlined_anew = bool(outlines)

    def touches(self, reads: Reads) -> bool:
        """Whether something that was read then is another now."""
        return (
            (reads.listing and self._listed_anew)
            or (reads.outlines and self._outlined_anew)
            or not self._paths.isdisjoint(reads.paths)
            or any(not self._same(name) for name in reads.parts)
        )

    def _same(self, name: str) -> bool:
        if name not in self._same_parts:
            before, now = getattr(self._before, name), getattr(self._now, name)
            self._same_parts[name] = before is now or before == now
        return self._same_parts[name]


def _content(entry: FileEntry) -> tuple[object, ...]:
    return (entry.digest, entry.size, entry.unreadable)


def _listed(entry: FileEntry) -> tuple[object, ...]:
    return (entry.unreadable, entry.ignored_by_git, entry.minified)
