"""Keys of AI providers that development and production share, told without keeping any value."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.path_kinds import is_example_env

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_NAME = re.compile(
    r"^\s*(?:export\s+)?(?P<name>\w*(?:OPENAI|ANTHROPIC|GEMINI|GROQ|MISTRAL|OPENROUTER|PERPLEXITY|DEEPSEEK|REPLICATE|ELEVENLABS)\w*KEY)\s*=\s*[\"']?(?P<value>[\w-]{20,300})"
)
_LIVE = re.compile(r"(?i)\.env\.(?:prod|production|live)\b")


@dataclass(frozen=True, slots=True)
class SharedKey:
    name: str
    path: str
    line: int
    other: str
    other_line: int


def shared_keys(view: ProjectView) -> Iterator[SharedKey]:
    """The same key in a file for production and in one for development."""
    files = [
        (entry.path, view.per_file("ai-keys", entry.path, _keys, ()))
        for entry in view.tree.readable()
        if entry.name.startswith(".env") and not is_example_env(entry.path)
    ]
    live = [(path, key) for path, keys in files if _LIVE.search(path) for key in keys]
    own = {
        (name, mark): (path, line)
        for path, keys in files
        if not _LIVE.search(path)
        for name, mark, line in keys
    }
    for path, (name, mark, line) in live:
        known = own.get((name, mark))
        if known is not None:
            yield SharedKey(name, path, line, *known)


def _keys(text: str) -> tuple[tuple[str, str, int], ...]:
    return tuple(
        (match.group("name"), hashlib.sha256(match.group("value").encode()).hexdigest(), number)
        for number, line in enumerate(text.split("\n"), 1)
        if (match := _NAME.match(line))
    )
