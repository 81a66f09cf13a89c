"""Which folders and files are not the founder's own source."""

from __future__ import annotations

from pathspec import GitIgnoreSpec

PRUNED_FOLDERS = frozenset(
    ".git .hg .svn node_modules bower_components dist build out .next .nuxt .output .svelte-kit .vercel .netlify "
    ".turbo .parcel-cache .cache .expo coverage .nyc_output venv .venv env __pycache__ .mypy_cache .pytest_cache "
    ".ruff_cache .tox .nox site-packages .terraform .gradle Pods DerivedData .dart_tool target vendor "
    ".idea .vs .yarn .pnpm-store supabase_discarded_migrations".split()
)

BINARY_SUFFIXES = frozenset(
    ".png .jpg .jpeg .gif .webp .avif .ico .bmp .tif .tiff .psd .heic .woff .woff2 .ttf .otf .eot .mp3 .mp4 .m4a "
    ".mov .avi .webm .ogg .wav .flac .pdf .zip .gz .tgz .bz2 .xz .7z .rar .jar .war .class .so .dylib .dll .exe .bin "
    ".wasm .node .pyc .sqlite .sqlite3 .db .lockb .keystore .jks .p12 .pack .idx .docx .xlsx .pptx .parquet".split()
)

_NESTED_SOURCE = frozenset({"env", "out", "build", "target", "vendor"})


def is_pruned(folder: str, holds_source: bool = False) -> bool:
    """Whether a folder of this name is never looked into. Some names are also used for real source folders
    (`src/env`): those are kept when git tracks files in them (`holds_source`)."""
    name = folder[folder.rfind("/") + 1 :]
    if name in _NESTED_SOURCE and holds_source:
        return False
    return name in PRUNED_FOLDERS


class IgnoreRules:
    """The `.gitignore` files met on the way down, innermost last. A later match wins, as in git."""

    def __init__(self, specs: tuple[tuple[str, GitIgnoreSpec], ...] = ()) -> None:
        self._specs = specs

    def below(self, folder: str, text: str) -> IgnoreRules:
        """These rules plus those of a `.gitignore` with this text in `folder` ("" is the root)."""
        lines = [line[:1_000] for line in text.splitlines()[:5_000]]
        return IgnoreRules((*self._specs, (folder, GitIgnoreSpec.from_lines(lines))))

    def ignores(self, path: str, is_folder: bool) -> bool:
        for folder, spec in reversed(self._specs):
            relative = path[len(folder) + 1 :] if folder else path
            decided = spec.check_file(relative + "/" if is_folder else relative).include
            if decided is not None:
                return decided
        return False
