"""Transcripts in the shapes that meeting tools export."""

from lastmile_desktop.talks.transcripts.cues import TranscriptError
from lastmile_desktop.talks.transcripts.reading import read

__all__ = ["TranscriptError", "read"]
