"""Transcript files on their way into the log."""

from __future__ import annotations

from pathlib import Path

from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.transcript import Transcript

NOBODY = "Not named"
_MOST_BYTES = 5 * 1024 * 1024


def read(name: str, data: bytes) -> Transcript:
    """What the file says. Raises LastMileError when it holds no talk."""
    # Imported when there is something to read: the window must not wait for every format's parser.
    from lastmile_desktop.talks import transcripts

    return transcripts.read(name, data)


def bytes_of(path: Path) -> bytes:
    """The file's content, a little more than is allowed at most. Raises LastMileError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES + 1)
    except OSError as problem:
        raise LastMileError(
            "This file could not be read", f"{path.name}: {problem.strerror}.", "Choose it again."
        ) from problem


def other_side(transcript: Transcript) -> str:
    """Whom the talk was with: the speaker who is not the founder, when the file leaves no doubt."""
    others = [name for name in transcript.speakers if name != transcript.founder]
    if transcript.founder and others:
        words = transcript.words_by_speaker
        return max(others, key=lambda name: words.get(name, 0))
    return others[0] if len(others) == 1 else transcript.title or NOBODY
