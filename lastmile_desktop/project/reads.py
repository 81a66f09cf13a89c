"""What a pure function read of a project view, so that it is asked again only when some of that has changed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, ItemsView, Iterator, Mapping, ValuesView
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from types import FunctionType
from typing import TypeVar

from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.memo import MISSING
from lastmile_desktop.project.tree import FileEntry, TextReader
from lastmile_desktop.project.view import ProjectView

T = TypeVar("T")
V = TypeVar("V")

_FILES = frozenset(["tree", "outlines", "reader", "memo", "_made"])
PARTS = (
    frozenset(item.name for item in fields(ProjectView))
    | frozenset(name for name, value in vars(ProjectView).items() if isinstance(value, cached_property))
) - _FILES


Compute = Callable[..., object]


@dataclass(slots=True)
class Reads:
    """`paths` were looked at one by one, `listing` when it was asked which files there are, `outlines` when all of
    them were read, `parts` are facts, models and the like, `made` the functions of the whole view that were asked.

    Of `derived` files only what some functions make of them was read: `from_text`, `from_source` and `from_outline` are
    these functions by kind, None when it was not always the same one. A save that leaves what they make of the file
    as it was changes nothing.
    """

    paths: set[str] = field(default_factory=set[str])
    listing: bool = False
    outlines: bool = False
    parts: set[str] = field(default_factory=set[str])
    made: set[Callable[[ProjectView], object]] = field(default_factory=set[Callable[[ProjectView], object]])
    derived: set[str] = field(default_factory=set[str])
    from_text: dict[str, Compute | None] = field(default_factory=dict[str, "Compute | None"])
    from_path: dict[str, Compute | None] = field(default_factory=dict[str, "Compute | None"])
    from_source: dict[str, Compute | None] = field(default_factory=dict[str, "Compute | None"])
    from_outline: dict[str, Compute | None] = field(default_factory=dict[str, "Compute | None"])


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

    def per_file(self, kind: str, path: str, compute: Callable[[str], T], missing: T) -> T:
        reads = self.reads
        reads.derived.add(path)
        _keep(reads.from_text, kind, compute)
        return self.plain.per_file(kind, path, compute, missing)

    def per_path(self, kind: str, path: str, compute: Callable[[str, str], T], missing: T) -> T:
        reads = self.reads
        reads.derived.add(path)
        _keep(reads.from_path, kind, compute)
        return self.plain.per_path(kind, path, compute, missing)

    def per_source(self, kind: str, path: str, compute: Callable[[Outline, str], T], missing: T) -> T:
        reads = self.reads
        reads.derived.add(path)
        _keep(reads.from_source, kind, compute)
        return self.plain.per_source(kind, path, compute, missing)

    def each_file(
        self, kind: str, wanted: Callable[[FileEntry], bool], compute: Callable[[str], T], missing: T
    ) -> Mapping[str, T]:
        found = self.plain.each_file(kind, wanted, compute, missing)
        self._note_sweep(found)
        _keep(self.reads.from_text, kind, compute)
        return found

    def each_path(
        self, kind: str, wanted: Callable[[FileEntry], bool], compute: Callable[[str, str], T], missing: T
    ) -> Mapping[str, T]:
        found = self.plain.each_path(kind, wanted, compute, missing)
        self._note_sweep(found)
        _keep(self.reads.from_path, kind, compute)
        return found

    def each_source(
        self, kind: str, wanted: Callable[[str], bool], compute: Callable[[Outline, str], T], missing: T
    ) -> Mapping[str, T]:
        found = self.plain.each_source(kind, wanted, compute, missing)
        self._note_sweep(found)
        _keep(self.reads.from_source, kind, compute)
        return found

    def _note_sweep(self, found: Mapping[str, object]) -> None:
        self.reads.listing = True
        self.reads.derived.update(found)

    def each_outline(
        self, kind: str, compute: Callable[[Outline], T], salt: Hashable = None
    ) -> Mapping[str, T]:
        _keep(self.reads.from_outline, kind, compute)
        return self.plain.each_outline(kind, compute, salt)

    def made(self, build: Callable[[ProjectView], T]) -> T:
        self.reads.made.add(build)
        return self.plain.made(build)

    def release(self) -> None:
        """Let go of everything: the mappings that note what is read know this view, and it knows them."""
        self.__dict__.clear()

    def begin(self) -> Reads:
        """Note what is read from now on in a new list."""
        self.__dict__["reads"] = made = Reads()
        return made


def _keep(known: dict[str, Compute | None], kind: str, compute: Compute) -> None:
    """Note the function of a kind. One that holds values of its own cannot be asked again at another view."""
    held = known.get(kind, compute)
    if held is compute and kind in known:
        return
    free = isinstance(compute, FunctionType) and not compute.__closure__ and not compute.__defaults__
    same = held is compute or (free and getattr(held, "__code__", None) is getattr(compute, "__code__", None))
    known[kind] = compute if free and same else None


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
        self._same_made: dict[Callable[[ProjectView], object], bool] = {}
        old, new = before.tree.files, now.tree.files
        self._listed_anew = old.keys() != new.keys()
        self._other_files = set(old.keys() ^ new.keys())
        self._edited: set[str] = set()
        for path, entry in new.items():
            kept = old.get(path)
            if kept is None or kept is entry:
                continue
            if kept.unreadable != entry.unreadable or (
                kept.size != entry.size and entry.unreadable is not None
            ):
                self._other_files.add(path)
            elif kept.digest != entry.digest:
                self._edited.add(path)
            self._listed_anew = self._listed_anew or _listed(kept) != _listed(entry)
        self._outlined = {
            path for path, outline in now.outlines.items() if before.outlines.get(path) is not outline
        }
        self._outlines_listed_anew = before.outlines.keys() != now.outlines.keys()
        self._paths = self._other_files | self._edited | self._outlined

    def touches(self, reads: Reads) -> bool:
        """Whether something that was read then is another now."""
        outlined_anew = bool(self._outlined) or self._outlines_listed_anew
        return (
            (reads.listing and self._listed_anew)
            or (reads.outlines and outlined_anew)
            or not self._paths.isdisjoint(reads.paths)
            or not self._other_files.isdisjoint(reads.derived)
            or (bool(reads.from_outline) and self._outlines_listed_anew)
            or any(not self._same(name) for name in reads.parts)
            or any(not self._makes_the_same(build) for build in reads.made)
            or any(self._made_anew_of_text(path, reads) for path in self._edited & reads.derived)
            or any(self._made_anew_of_outline(kind, compute) for kind, compute in reads.from_outline.items())
        )

    def _same(self, name: str) -> bool:
        if name not in self._same_parts:
            before, now = getattr(self._before, name), getattr(self._now, name)
            self._same_parts[name] = before is now or before == now
        return self._same_parts[name]

    def _makes_the_same(self, build: Callable[[ProjectView], object]) -> bool:
        if build not in self._same_made:
            # What was not made of the view before cannot be made of it now: its files have changed.
            self._same_made[build] = self._before.has_made(build) and self._equal(build)
        return self._same_made[build]

    def _equal(self, build: Callable[[ProjectView], object]) -> bool:
        try:
            return self._before.made(build) == self._now.made(build)
        except Exception:  # noqa: BLE001 - the check is asked again, meets the same and says so
            return False

    def _made_anew_of_text(self, path: str, reads: Reads) -> bool:
        now = self._now
        asked = (
            (now.per_file, reads.from_text),
            (now.per_path, reads.from_path),
            (now.per_source, reads.from_source),
        )
        return any(
            self._differs(kind, path, made, ask) for ask, by_kind in asked for kind, made in by_kind.items()
        )

    def _differs(self, kind: str, path: str, compute: Compute | None, ask: Callable[..., object]) -> bool:
        """Whether what this function makes of the file is another value now."""
        memo = self._now.memo
        if memo.before.of_file(kind, path) is MISSING and memo.latest(kind, path) is MISSING:
            return False
        if compute is None:
            return True
        made = ask(kind, path, compute, MISSING)
        was = memo.before.of_file(kind, path)
        return made is MISSING or was is MISSING or made != was

    def _made_anew_of_outline(self, kind: str, compute: Compute | None) -> bool:
        if not self._outlined:
            return False
        if compute is None:
            return True
        memo = self._now.memo
        for path in self._outlined:
            made = memo.of_item(kind, path, self._now.outlines[path], compute)
            was = memo.before.of_item(kind, path)
            if was is MISSING or made != was:
                return True
        return False


def _listed(entry: FileEntry) -> tuple[object, ...]:
    return (entry.unreadable, entry.ignored_by_git, entry.minified)
