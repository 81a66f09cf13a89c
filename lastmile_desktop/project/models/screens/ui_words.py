"""The words that people read on the screens: texts between tags, labels of fields, files of translations."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.screens.screens import is_ours, is_screen

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_SHOWN = re.compile(
    r">\s{0,200}([A-Za-zÀ-ÿ][^<>{}=;]{0,300}?)\s{0,200}<(?=[/\w])|"
    r"\b(?:label|title|placeholder|aria-label|alt|heading|subtitle|description|tooltip|children|text|name)"
    r"\s{0,3}[=:]\s{0,3}\{?[\"'`]([^\"'`{}<>\n]{2,200})[\"'`]"
)
_TRANSLATIONS = re.compile(
    r"(?:^|/)(?:locales?|i18n|lang|langs|messages|translations?)/(?:[\w-]{1,20}/){0,3}[\w.-]{1,60}\.json$"
)
_TRANSLATED = re.compile(r":\s{0,3}\"((?:[^\"\\\n]|\\.){1,300})\"")
_MOST = 400


@dataclass(frozen=True, slots=True)
class ShownText:
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class ShownWords:
    """The texts of a file that people read."""

    path: str
    texts: tuple[ShownText, ...]

    def first(self, word: re.Pattern[str]) -> int:
        """The line on which a word is read first, 0 when it is not."""
        return next((shown.line for shown in self.texts if word.search(shown.text)), 0)


def shown_words(view: ProjectView) -> tuple[ShownWords, ...]:
    """By file, screens before translations."""
    found: list[ShownWords] = []
    for path, entry in view.tree.files.items():
        if entry.minified or entry.ignored_by_git:
            continue
        if is_screen(path):
            texts = view.per_file("ui_words.screen", path, _on_screen, ())
        elif path.endswith(".json") and is_ours(path) and _TRANSLATIONS.search(path):
            texts = view.per_file("ui_words.translation", path, _translated, ())
        else:
            continue
        if texts:
            found.append(ShownWords(path, texts))
    return tuple(sorted(found, key=lambda item: (item.path.endswith(".json"), item.path)))


def word(text: str) -> re.Pattern[str]:
    """A word or two as it stands in a text, one or several of it."""
    parts = r"[\s-]+".join(re.escape(part) for part in text.split())
    return re.compile(rf"(?i)(?<!\w){parts}(?:e?s|’s|'s)?(?!\w)")


def _on_screen(text: str) -> tuple[ShownText, ...]:
    return _found(_SHOWN, text)


def _translated(text: str) -> tuple[ShownText, ...]:
    return _found(_TRANSLATED, text)


def _found(pattern: re.Pattern[str], text: str) -> tuple[ShownText, ...]:
    breaks = [item.start() for item in re.finditer("\n", text)]
    shown: list[ShownText] = []
    for match in pattern.finditer(text):
        said = next(part for part in match.groups() if part)
        start = match.start(1) if match.group(1) else match.start()
        shown.append(ShownText(bisect_right(breaks, start) + 1, " ".join(said.split())))
        if len(shown) >= _MOST:
            break
    return tuple(shown)
