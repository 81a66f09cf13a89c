"""The files of a project as import paths see them: without extensions, with index files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

# In the order bundlers try them.
EXTENSIONS = (
    *(".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"),
    *(".vue", ".svelte", ".astro", ".json"),
)
_COMPILED = (".js", ".jsx", ".mjs", ".cjs")
_PLATFORMS = (".native", ".web", ".ios", ".android", ".d", ".client", ".server")


def join(folder: str, relative: str) -> str | None:
    """A relative path from a folder ("" is the project's root), None when it leads out of the project."""
    parts = folder.split("/") if folder else []
    for part in relative.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part and part != ".":
            parts.append(part)
    return "/".join(parts)


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def folders_up(folder: str) -> Iterable[str]:
    """This folder and all above it, the project's root ("") last."""
    while folder:
        yield folder
        folder = folder_of(folder)
    yield ""


class FileLayout:
    """Finds the file that an extensionless path means."""

    def __init__(self, paths: Iterable[str], mains: Mapping[str, str]) -> None:
        """`mains` maps a folder with a `package.json` to its main file."""
        self.paths = frozenset(paths)
        self._mains = mains
        self._stems: dict[str, str] = {}
        rank = {extension: number for number, extension in enumerate(EXTENSIONS)}
        best: dict[str, int] = {}
        for path in self.paths:
            stem, dot, extension = path.rpartition(".")
            number = rank.get(dot + extension)
            if number is not None and number < best.get(stem, len(rank)):
                best[stem] = number
                self._stems[stem] = path

    def find(self, base: str) -> str | None:
        """The file that `base` means: itself, with an extension, or the index of a folder."""
        if base in self.paths:
            return base
        found = self._stems.get(base)
        if found is not None:
            return found
        for compiled in _COMPILED:
            if base.endswith(compiled):
                found = self._stems.get(base[: -len(compiled)])
                if found is not None:
                    return found
        index = self._stems.get(f"{base}/index" if base else "index")
        if index is not None:
            return index
        main = self._mains.get(base)
        if main:
            joined = join(base, main)
            if joined is not None and joined != base:
                return self._stems.get(joined) or (joined if joined in self.paths else None)
        return next((self._stems[base + kind] for kind in _PLATFORMS if base + kind in self._stems), None)
