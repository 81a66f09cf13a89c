"""A source file's outline, whatever its language."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from pathlib import PurePosixPath

from lastmile_desktop.project.code import markup, python, typescript
from lastmile_desktop.project.code.embedded import scripts_only
from lastmile_desktop.project.code.outline import Outline

MAX_CHARACTERS = 1_000_000
_MINIFIED_MEAN_LINE = 5_000

_SCRIPT_LANGUAGES = {
    ".ts": ("typescript", "typescript"),
    ".mts": ("typescript", "typescript"),
    ".cts": ("typescript", "typescript"),
    ".tsx": ("typescript", "tsx"),
    ".js": ("javascript", "javascript"),
    ".jsx": ("javascript", "javascript"),
    ".mjs": ("javascript", "javascript"),
    ".cjs": ("javascript", "javascript"),
}
_TEST = re.compile(
    r"\.(?:test|spec|cy|e2e|stories)\.[cm]?[jt]sx?$|(?:^|/)(?:__tests__|__mocks__)/"
    r"|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$"
)
_COMPONENTS = {".svelte": "svelte", ".vue": "vue", ".astro": "astro"}


def is_test(path: str) -> bool:
    """Whether the name says that this is a test, whose bodies tell nothing about the product."""
    return _TEST.search(path) is not None


def outline(path: str, text: str) -> Outline:
    """The outline of a source file. Never raises: what could not be understood is said in `error`."""
    suffix = PurePosixPath(path).suffix.lower()
    language = language_of(path) or ""
    if len(text) > MAX_CHARACTERS:
        return Outline(path, language, error="larger than 1 MB")
    if len(text) > _MINIFIED_MEAN_LINE * (text.count("\n") + 1):
        return Outline(path, language, error="minified")
    try:
        if suffix in _SCRIPT_LANGUAGES:
            language, grammar = _SCRIPT_LANGUAGES[suffix]
            made = typescript.read(path, text, language, grammar, shallow=is_test(path))
            return (
                replace(made, barriers=markup.barriers(text, grammar)) if _has_markup(suffix, text) else made
            )
        if suffix in _COMPONENTS:
            scripts = scripts_only(text, front_matter=suffix == ".astro")
            return typescript.read(path, scripts, language, "typescript")
        if suffix in (".py", ".pyi"):
            return python.read(path, text, shallow=is_test(path))
    except RecursionError:
        return Outline(path, language, error="nested too deeply to be read")
    return Outline(path, language, error="not a language that is read")


def _has_markup(suffix: str, text: str) -> bool:
    return suffix in (".tsx", ".jsx") or (suffix == ".js" and ("/>" in text or "</" in text))


@lru_cache(maxsize=65_536)
def language_of(path: str) -> str | None:
    """The language a file is read as, None when it has no outline."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in _SCRIPT_LANGUAGES:
        return _SCRIPT_LANGUAGES[suffix][0]
    return _COMPONENTS.get(suffix, "python" if suffix in (".py", ".pyi") else None)
