"""Index files that only hand on what others define: who takes one name from them uses the file of that name, and not
the other files beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Attempt, Branch, Do, Loop, Outline

_ALL = "*"
_HOPS = 8


@dataclass(frozen=True, slots=True)
class Handing:
    """What a script takes and gives. `takes` are (module, name) pairs, with the name `*` for all of it; `gives` the
    names others can take; `hands_on` for a barrel (name, module, its name there), with the name `*` for everything.
    `stirs` when it does something as soon as it is loaded."""

    takes: tuple[tuple[str, str], ...] = ()
    gives: tuple[str, ...] = ()
    hands_on: tuple[tuple[str, str, str], ...] = ()
    stirs: bool = False


def handing_of(outline: Outline) -> Handing:
    """What an outline says of one script."""
    takes = [
        (item.module, name)
        for item in outline.imports
        for name in (tuple(imported for _, imported in item.names) or (_ALL,))
    ]
    takes += [
        (item.module, _ALL if item.name == _ALL else item.local) for item in outline.exports if item.module
    ]
    gives = tuple(item.name for item in outline.exports)
    return Handing(tuple(dict.fromkeys(takes)), gives, _hands_on(outline), _stirs(outline))


def _hands_on(outline: Outline) -> tuple[tuple[str, str, str], ...]:
    """() for a file that has something of its own, or loads others for what they do."""
    if outline.functions or outline.classes or outline.top or outline.error or not outline.exports:
        return ()
    taken = {local: (item.module, name) for item in outline.imports for local, name in item.names}
    found: list[tuple[str, str, str]] = []
    for export in outline.exports:
        if export.module:
            found.append((export.name, export.module, export.local))
        elif export.local in taken:
            found.append((export.name, *taken[export.local]))
        else:
            return ()
    return tuple(found) if all(item.names for item in outline.imports) else ()


def _stirs(outline: Outline) -> bool:
    if "use server" in outline.directives or any(item.decorators for item in outline.classes):
        return True
    return any(_does(step) for step in outline.top)


def _does(step: object) -> bool:
    match step:
        case Do(targets=targets, calls=calls):
            return bool(calls) and not targets
        case Branch() | Attempt() | Loop():
            return True
        case _:
            return False


class Barrels:
    """Made of what each script takes and gives, and of the files that its modules mean."""

    def __init__(self, handing: Mapping[str, Handing], targets: Mapping[tuple[str, str], str]) -> None:
        self._handing = handing
        self._targets = targets

    def is_one(self, path: str) -> bool:
        return path in self._handing and bool(self._handing[path].hands_on)

    def behind(self, importer: str, module: str, barrel: str) -> tuple[frozenset[str], frozenset[str]]:
        """The files that are used through a barrel and the barrels passed on the way; the importer may take it whole,
        or something that cannot be followed: then the barrel itself is used, with all that it hands on."""
        found: set[str] = set()
        passed: set[str] = set()
        for taken, name in self._handing[importer].takes:
            if taken == module and not (name != _ALL and self._follow(barrel, name, found, passed, _HOPS)):
                return frozenset({barrel}), frozenset()
        return (frozenset(found), frozenset(passed)) if found else (frozenset({barrel}), frozenset())

    def _follow(self, barrel: str, name: str, found: set[str], passed: set[str], hops: int) -> bool:
        """Whether the file that gives this name was found."""
        if hops <= 0:
            return False
        stirring = set(self._stirring(barrel))
        for target, there in self._givers(barrel, name):
            if not self.is_one(target):
                found.add(target)
            elif there == _ALL or not self._follow(target, there, found, passed, hops - 1):
                continue
            found.update(stirring)
            passed.add(barrel)
            return True
        return False

    def _givers(self, barrel: str, name: str) -> Iterator[tuple[str, str]]:
        """Files that may give this name, with what it is called there; the one that is named first."""
        everything: list[str] = []
        for handed, module, there in self._handing[barrel].hands_on:
            target = self._targets.get((barrel, module), "")
            if target and handed == name:
                yield target, there
            elif target and handed == _ALL:
                everything.append(target)
        for target in everything:
            item = self._handing.get(target)
            if item is not None and (item.hands_on or name in item.gives):
                yield target, name

    def _stirring(self, barrel: str) -> Iterable[str]:
        for _, module, _ in self._handing[barrel].hands_on:
            target = self._targets.get((barrel, module), "")
            if target in self._handing and self._handing[target].stirs:
                yield target
