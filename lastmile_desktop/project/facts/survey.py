"""What every kind of fact looks at: the files by kind, and the line where something is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from lastmile_desktop.core.evidence import Evidence, EvidenceKind, at
from lastmile_desktop.core.facts import Fact
from lastmile_desktop.project.git_facts import GitFacts
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.memo import Memo
from lastmile_desktop.project.packages import SUFFIX_LANGUAGE, Package
from lastmile_desktop.project.tree import TextReader, TreeIndex

_TEXT_LIMIT = 300_000
_FOREIGN = re.compile(
    r"(?:^|/)(?:node_modules|site-packages|vendor|third_party|venv|\.venv|dist|build|attached_assets)/"
)
_TEST = re.compile(
    r"(?:^|/)(?:tests?|__tests__|e2e|cypress|fixtures|stories)/|[._-](?:test|spec|stories)\.\w+$"
)
_COMMENT = ("//", "#", "*", "/*", "<!--", "--", "{/*")
_SETTINGS_NAMES = frozenset(
    [
        "docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml", "render.yaml", "fly.toml",
        "vercel.json", "netlify.toml", "railway.json", "railway.toml", "wrangler.toml", "wrangler.json",
        "wrangler.jsonc", "app.yaml", "alembic.ini", "app.json", "eas.json", ".replit",
    ]
)  # fmt: skip
_SHELLS = frozenset(["index", "app", "base", "layout", "_layout", "base_generic", "root"])
_EXAMPLE = ("example", "sample", "template", "dist")


@dataclass(frozen=True)
class Survey:
    """The project as the fact modules see it. What is found in a file is kept by its content in `memo`."""

    tree: TreeIndex
    reader: TextReader
    packages: tuple[Package, ...]
    git: GitFacts
    memo: Memo = field(default_factory=Memo, compare=False)

    @cached_property
    def code_files(self) -> tuple[str, ...]:
        """Source files of the product itself: no tests, no vendored or minified code."""
        return tuple(
            entry.path
            for entry in self.tree
            if entry.unreadable is None and not entry.minified and _is_code(entry.path)
        )

    @cached_property
    def edge_files(self) -> tuple[str, ...]:
        """Source files of Supabase functions."""
        return tuple(path for path in self.code_files if "supabase/functions/" in path)

    @cached_property
    def page_files(self) -> tuple[str, ...]:
        """Where a script tag for the whole site would stand."""
        return tuple(entry.path for entry in self.tree.readable() if _is_page(entry.path))

    @cached_property
    def env_files(self) -> tuple[str, ...]:
        """Files of settings with values: `.env` and its variants, without examples."""
        return tuple(path for path in self._all_env_files if not _is_example(path))

    @cached_property
    def settings_files(self) -> tuple[str, ...]:
        """All that names settings: environment files, examples too, and deployment files."""
        named = (path for path in self.tree.files if path.rpartition("/")[2] in _SETTINGS_NAMES)
        return (*self._all_env_files, *(path for path in named if not _FOREIGN.search(path)))

    @cached_property
    def _all_env_files(self) -> tuple[str, ...]:
        return tuple(path for path in self.tree.files if _is_env(path) and not _FOREIGN.search(path))

    @cached_property
    def _by_name(self) -> Mapping[str, list[str]]:
        """File name → paths of the product's own files, the shallowest first."""
        found: dict[str, list[str]] = {}
        for path in self.tree.files:
            found.setdefault(path.rpartition("/")[2], []).append(path)
        return found

    def named(self, *names: str) -> tuple[str, ...]:
        """Files of the project with one of these names, the shallowest first."""
        found = [path for name in names for path in self._by_name.get(name, ())]
        own = (path for path in found if not _FOREIGN.search(path) and not _TEST.search(path))
        return tuple(sorted(own, key=lambda path: (path.count("/"), path)))

    def text(self, path: str) -> str:
        return (self.reader.text(path) or "")[:_TEXT_LIMIT]

    @cached_property
    def _package_of_folder(self) -> dict[str, Package]:
        return {}

    def package_of(self, path: str) -> Package:
        """The innermost package around a path."""
        folder = path.rpartition("/")[0]
        known = self._package_of_folder.get(folder)
        if known is None:
            around = [package for package in self.packages[1:] if package.holds(folder)]
            known = max(around, key=lambda package: len(package.path), default=self.packages[0])
            self._package_of_folder[folder] = known
        return known

    def line_of(self, path: str, needle: str) -> int:
        """The first line that holds this text outside a comment line, 0 when none does."""
        return _line_with(self.text(path), needle)

    def hits(self, paths: Iterable[str], needles: tuple[str, ...]) -> Mapping[str, list[Evidence]]:
        """Text → where it first stands outside a comment in each of the files that hold it."""
        found: dict[str, list[Evidence]] = {}
        kind = f"hits:{hash(needles)}"
        for path in paths:
            entry = self.tree.files.get(path)
            if entry is None or entry.unreadable is not None:
                continue
            lines = self.memo.per_file(
                kind, path, entry.digest, lambda path=path: _lines_with(self.text(path), needles)
            )
            for needle, line in lines:
                found.setdefault(needle, []).append(at(path, line))
        return found

    def first_hit(self, paths: Iterable[str], needles: tuple[str, ...]) -> Evidence | None:
        """The first place, by path and line, that holds one of the texts outside a comment."""
        found = [place for places in self.hits(paths, needles).values() for place in places]
        return min(found, key=lambda place: (place.path, place.line_start), default=None)

    def search(self, paths: Iterable[str], pattern: re.Pattern[str]) -> Iterator[tuple[str, int, str]]:
        """(path, line, matched text) of the first match in each file."""
        for path in paths:
            text = self.text(path)
            match = pattern.search(text)
            if match is not None:
                yield path, line_at(text, match.start()), match[match.lastindex or 0]

    def declared(self, package: Package, name: str) -> Evidence:
        """Where a package declares a dependency."""
        spelled = re.escape(name).replace(r"\-", "[-_.]")
        pattern = re.compile(rf"""^[ \t]*["']?{spelled}["'\s=<>~!:;,\[@]""", re.IGNORECASE | re.MULTILINE)
        quoted = re.compile(rf"""["']{spelled}["'=<>~!;\[ ]""", re.IGNORECASE)
        for manifest in package.manifests:
            text = self.text(manifest)
            match = pattern.search(text + "\n") or quoted.search(text)
            if match is not None:
                line = line_at(text, match.end() - 1)
                return at(manifest, line)
        return Evidence(EvidenceKind.CONFIG, package.manifest)


def of_file(
    key: str, value: str, path: str, line: int = 0, package: str = ".", confidence: float = 0.95
) -> Fact:
    """A fact whose evidence is a file, or a line in it."""
    evidence = at(path, line) if line else Evidence(EvidenceKind.CONFIG, path)
    return Fact(key, value, package, confidence, evidence)


def by_language(files: Iterable[str]) -> Mapping[str, int]:
    """How many files there are of each language."""
    counts: dict[str, int] = {}
    for path in files:
        language = SUFFIX_LANGUAGE.get(path[path.rfind(".") :])
        if language:
            counts[language] = counts.get(language, 0) + 1
    return counts


@lru_cache(maxsize=65_536)
def is_foreign(path: str) -> bool:
    """Vendored or generated folders, whose files are not the founder's."""
    return bool(_FOREIGN.search(path))


def _lines_with(text: str, needles: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    found = ((needle, _line_with(text, needle)) for needle in needles if needle in text)
    return tuple((needle, line) for needle, line in found if line)


def _line_with(text: str, needle: str) -> int:
    start = text.find(needle)
    while start >= 0:
        line_start = text.rfind("\n", 0, start) + 1
        if not text[line_start:start].lstrip().startswith(_COMMENT):
            return line_at(text, start)
        start = text.find(needle, start + 1)
    return 0


def _is_env(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.startswith(".env") or name.endswith(".env") or name in (".dev.vars", "env.example")


def _is_example(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    return any(word in name for word in _EXAMPLE)


@lru_cache(maxsize=65_536)
def _is_code(path: str) -> bool:
    if path[path.rfind(".") :] not in SUFFIX_LANGUAGE or path.endswith(".sql"):
        return False
    return not _FOREIGN.search(path) and not _TEST.search(path)


@lru_cache(maxsize=65_536)
def _is_page(path: str) -> bool:
    if _FOREIGN.search(path) or _TEST.search(path):
        return False
    folder, _, name = path.rpartition("/")
    stem, _, suffix = name.rpartition(".")
    if suffix == "html":
        return (
            stem in ("index", "app", "base", "layout", "_layout", "base_generic", "root")
            or "templates" in folder
        )
    if suffix not in ("tsx", "jsx", "ts", "js", "vue", "svelte", "astro"):
        return False
    lowered = stem.lower()
    return lowered in (
        "layout",
        "_document",
        "_app",
        "root",
        "__root",
        "app",
        "main",
        "index",
        "providers",
    ) or any(
        word in lowered
        for word in ("analytics", "gtag", "pixel", "tracking", "posthog", "gtm", "hotjar", "clarity")
    )
