"""Who imports whom, and which files a text names without importing them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from lastmile_desktop.project.code.outline import Branch, Do, Outline
from lastmile_desktop.project.code.resolve import python_modules, script_modules
from lastmile_desktop.project.models.usage.barrels import Barrels, Handing, handing_of
from lastmile_desktop.project.models.usage.names import Named, as_written, key_of, keys_of

_PLATFORM = re.compile(
    r"\.(?:web|native|ios|android|macos|windows|client|server|browser|node|edge|desktop|mobile)$"
)
_COMMON_STEMS = frozenset({"index", "main", "mod"})


@dataclass(frozen=True, slots=True)
class Links:
    """`modules` as imported. `offers` when others can take something of the file, `acts` when it does more than define
    things, `whole` when all of it was understood. `handing` is empty for Python."""

    modules: tuple[str, ...]
    offers: bool
    acts: bool
    whole: bool
    handing: Handing = field(default_factory=Handing)


def links_of(outline: Outline) -> Links:
    """What an outline says of one file."""
    if is_python(outline.path):
        modules = tuple(dict.fromkeys(python_modules(outline)))
        return Links(modules, bool(outline.functions or outline.classes), _acts(outline), not outline.error)
    offers = bool(outline.exports) or outline.language in ("vue", "svelte", "astro")
    modules = tuple(dict.fromkeys(script_modules(outline)))
    return Links(modules, offers, not offers, not outline.error, handing_of(outline))


def is_python(path: str) -> bool:
    return path.endswith((".py", ".pyi"))


def _acts(outline: Outline) -> bool:
    return any(
        (isinstance(step, Branch) and "__name__" in step.test)
        or (isinstance(step, Do) and not step.targets and step.calls)
        for step in outline.top
    )


class Graph:
    """Made from what each file imports and names; `importers` are those that lead to a file."""

    def __init__(
        self, links: Mapping[str, Links], named: Mapping[str, Named], targets: Mapping[tuple[str, str], str]
    ) -> None:
        self.importers: dict[str, list[str]] = {}
        self._files = targets
        self._barrels = Barrels({path: link.handing for path, link in links.items()}, targets)
        self._targets: dict[str, list[str]] = {}
        self._passed: dict[str, list[str]] = {}
        self._said: dict[str, frozenset[str]] = {}
        self._by_key: dict[str, list[str]] = {}
        self._twins: dict[str, list[str]] = {}
        for path in links:
            self._twins.setdefault(_base(path), []).append(path)
            for key in keys_of(path):
                # `index.html` and the like name no index of components.
                if not (key in _COMMON_STEMS and self._barrels.is_one(path)):
                    self._by_key.setdefault(key, []).append(path)
        for path, link in links.items():
            own = self._targets[path] = list(self._led_to(path, link, named[path]))
            for target in own:
                self.importers.setdefault(target, []).append(path)
            self._said[path] = self._keys(path, link, named[path])

    def _led_to(self, path: str, link: Links, named: Named) -> Iterator[str]:
        for module in (*link.modules, *(() if is_python(path) else named.files)):
            target = self._files.get((path, module))
            if target is None:
                continue
            if self._barrels.is_one(target) and module in link.modules:
                used, passed = self._barrels.behind(path, module, target)
                self._passed.setdefault(path, []).extend(passed)
            else:
                used = (target,)
            for item in used:
                # `a.ts` beside `a.tsx` or `a.web.ts`: which of them an import means is the bundler's choice.
                yield from self._twins.get(_base(item), (item,))

    def _keys(self, path: str, link: Links, named: Named) -> frozenset[str]:
        """The keys of what is named and not found as an import."""
        lost = [module for module in link.modules if (path, module) not in self._files]
        if is_python(path):
            return named.files | {
                as_written(item.rpartition(".")[2]) for item in lost if item.startswith(".")
            }
        said = [item for item in named.files if (path, item) not in self._files]
        return frozenset(key_of(item) for item in (*filter(_may_be_own, lost), *said))

    def reached(self, starts: Iterable[str], said: frozenset[str]) -> set[str]:
        """Everything that these files and names lead to."""
        live = set(starts)
        waiting = list(live)
        heard: set[str] = set()

        def add(paths: Iterable[str]) -> None:
            for path in paths:
                if path not in live:
                    live.add(path)
                    waiting.append(path)

        def hear(keys: frozenset[str]) -> None:
            for key in keys - heard:
                add(self._by_key.get(key, ()))
            heard.update(keys)

        hear(said)
        passed: set[str] = set()
        while waiting:
            path = waiting.pop()
            hear(self._said.get(path, frozenset()))
            add(self._targets.get(path, ()))
            passed.update(self._passed.get(path, ()))
        return live | passed

    def is_barrel(self, path: str) -> bool:
        """Whether a file only hands on what others define."""
        return self._barrels.is_one(path)


@lru_cache(maxsize=65_536)
def _base(path: str) -> str:
    """A path without its ending and the platform it is for."""
    return _PLATFORM.sub("", path.rpartition(".")[0])


def _may_be_own(module: str) -> bool:
    """Whether what leads nowhere may be a file of the project: by an alias that is not understood, say."""
    return module.startswith((".", "@/", "~", "#", "$", "/")) or (
        "/" in module and not module.startswith("@")
    )
