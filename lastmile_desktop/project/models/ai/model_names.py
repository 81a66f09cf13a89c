"""What a model's name promises: one that stays, one that its maker moves, or one that is gone."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache


class ModelName(StrEnum):
    PINNED = "pinned"
    MOVING = "moving"
    PREVIEW = "preview"
    GONE = "gone"
    UNKNOWN = "unknown"


# Names that their makers have switched off, as of November 2026.
_GONE = re.compile(
    r"^(?:text-davinci|code-davinci|gpt-4-32k|gpt-4-vision-preview|gpt-4-turbo|gpt-3\.5-turbo-(?:0301|0613|16k)|"
    r"gpt-4\.5-preview|o1-preview|o1-mini|claude-(?:1|2|instant)|claude-3-(?:opus|sonnet)|claude-3-[57]-sonnet|"
    r"claude-3-5-haiku|palm|gemini-pro$|gemini-pro-vision|gemini-1\.)"
)
_DATED = re.compile(r"(?:-|@)(?:20\d{6}|20\d\d-\d\d-\d\d|\d{4}|00\d)$")
_MOVING = re.compile(
    r"-latest$|^chatgpt-|^(?:gpt-3\.5-turbo|gpt-4|gpt-4o|gpt-4\.1|gpt-5(?:\.\d)?|o1|o3|o4)(?:-(?:mini|nano|pro))?$|"
    r"^claude-(?:opus|sonnet|haiku)-4(?:-[0-5])?$|^claude-3-(?:haiku)$"
)
_PREVIEW = re.compile(r"-(?:preview|exp|experimental|beta)(?:-[\w-]{1,20})?$")


@lru_cache(maxsize=1024)
def model_name(name: str) -> ModelName:
    """Gemini's stable names and Claude's from 4.6 on never move, though they carry no date."""
    if _GONE.search(name):
        return ModelName.GONE
    if _DATED.search(name):
        return ModelName.PINNED
    if _MOVING.search(name):
        return ModelName.MOVING
    if _PREVIEW.search(name):
        return ModelName.PREVIEW
    return ModelName.UNKNOWN
