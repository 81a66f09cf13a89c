"""Transcript files on their way into the log."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from lastmile_desktop.core.conversation import Channel, Conversation
from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.events import TalkImported, WholeTalk
from lastmile_desktop.core.scan import Project
from lastmile_desktop.core.transcript import Transcript, TranscriptFormat
from lastmile_desktop.store import conversations, transcripts
from lastmile_desktop.store.database import Database

NOBODY = "Not named"
_MOST_BYTES = 5 * 1024 * 1024
_CHANNELS = {
    TranscriptFormat.CHAT: Channel.CHAT,
    TranscriptFormat.EMAIL: Channel.EMAIL,
    TranscriptFormat.MAILBOX: Channel.EMAIL,
}


def read(name: str, data: bytes) -> Transcript:
    """What the file says. Raises LastMileError when it holds no talk."""
    # Imported when there is something to read: the window must not wait for every format's parser.
    from lastmile_desktop.talks import transcripts

    return transcripts.read(name, data)


def take_in(db: Database, project: Project, name: str, data: bytes, now: datetime) -> TalkImported:
    """Put the file into the log as a talk of its own, unless this very file is there already."""
    transcript = read(name, data)
    known = transcripts.known(db, project, transcript.sha256)
    if known:
        (talk,) = conversations.by_ids(db, project, (known,))
        return TalkImported(whole(db, project, talk), again=True)
    talk = transcripts.attach(db, project, _as_talk(transcript, now), transcript, data)
    return TalkImported(WholeTalk(talk, transcript))


def whole(db: Database, project: Project, talk: Conversation) -> WholeTalk:
    """The talk with its transcript."""
    kept = transcripts.read(db, project, talk.transcript) if talk.transcript else None
    return WholeTalk(talk, kept)


def _as_talk(transcript: Transcript, now: datetime) -> Conversation:
    """The talk of a file: with whom and when only as far as the file says so."""
    held = transcript.held_on
    when = now if held is None else datetime(held.year, held.month, held.day, 12, tzinfo=UTC)
    return Conversation(
        person=other_side(transcript),
        said="",
        when=min(when, now),
        channel=_CHANNELS.get(transcript.format, Channel.CALL),
        minutes=transcript.minutes,
        source=transcript.name,
    )


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
