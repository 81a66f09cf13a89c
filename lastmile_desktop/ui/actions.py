"""What can be done without a mouse: one list for the shortcuts, the palette and the help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Action:
    """`keys` are Qt key sequences, the first one is shown. `listed` actions appear in the palette."""

    id: str
    title: str
    keys: tuple[str, ...]
    run: Callable[[], None]
    listed: bool = True


def score(query: str, text: str) -> int:
    """How well the letters of the query are found in order in the text; 0 when they are not. Whole words and word
    beginnings weigh more."""
    wanted, hay = query.lower().replace(" ", ""), text.lower()
    if not wanted:
        return 1
    points, place = 0, -1
    for letter in wanted:
        found = hay.find(letter, place + 1)
        if found < 0:
            return 0
        starts_word = found == 0 or not hay[found - 1].isalnum()
        points += 8 if found == place + 1 else 6 if starts_word else 1
        place = found
    return points + (40 if query.lower() in hay else 0) + max(0, 10 - len(text) // 12)
