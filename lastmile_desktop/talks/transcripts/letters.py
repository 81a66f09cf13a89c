"""E-mail threads: one message with what it quotes, or a mailbox of messages, the oldest first."""

from __future__ import annotations

import binascii
import html
import re
from collections.abc import Iterator
from datetime import date
from email import message_from_bytes
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime

from lastmile_desktop.core.transcript import TranscriptFormat
from lastmile_desktop.talks.transcripts.cues import LONGEST_NAME, Cue, Reading, TranscriptError, one_line
from lastmile_desktop.talks.transcripts.decoding import cleaned

_MOST_MESSAGES = 500
_LONGEST_BODY = 1_000_000
_MOST_LETTER_LINES = 20_000
_MOST_PARTS = 200
_HEADERS = frozenset(
    b"from to cc subject date message-id received return-path mime-version content-type delivered-to reply-to".split()
)
_MBOX_LINE = re.compile(rb"^From \S+.{0,80}\d{4}\s*\r?$", re.M)
_HEADER_LINE = re.compile(rb"([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]")
_ENDS_AS_QUOTE = re.compile(r"\b(?:wrote|schrieb)\b[^\n:]{0,160}:\s*$")
_ORIGINAL = re.compile(
    r"-{2,}\s*(?:Original Message|Ursprüngliche Nachricht|Forwarded message)\s*-{2,}", re.I
)
_FROM_LINE = re.compile(r"\*?(?:From|Von):\*?\s+(.{2,120})")
_HEADING_LINE = re.compile(r"\*?(?:From|Von|To|An|Cc|Kopie|Sent|Gesendet|Date|Datum|Subject|Betreff):\*?\s")
_COMMENT = re.compile(r"\(([^()]{2,80})\)")
_SENT_LINE = re.compile(r"\*?(?:Sent|Gesendet|Date|Datum):\*?\s")
_ATTRIBUTION = re.compile(r"(?:On|Am)\s\S")
_DEPTH = re.compile(r"^(?:\s?>){1,20}\s?")
_TAG_NAME = re.compile(r"!--|/?[a-zA-Z][a-zA-Z0-9]{0,20}")
_ENDS_A_LINE = frozenset("br /p p /div div /tr /li /h1 /h2 /h3 /blockquote".split())
_NOT_SHOWN = frozenset(("script", "style", "head", "title"))


def is_mail(data: bytes) -> bool:
    """Headers of a message at the top, or the first line of a mailbox."""
    head = data[:4_000].lstrip()
    if _MBOX_LINE.match(head):
        return True
    names: set[bytes] = set()
    for line in head.split(b"\n")[:40]:
        found = _HEADER_LINE.match(line)
        if found:
            names.add(found[1].lower())
        elif not line[:1].isspace() or not line.strip():
            break
    return b"from" in names and len(names & _HEADERS) > 2


def read(data: bytes) -> Reading:
    data = data.lstrip()
    starts = [match.start() for match in _MBOX_LINE.finditer(data)][: _MOST_MESSAGES + 1]
    is_mailbox = bool(starts) and starts[0] == 0
    try:
        if not is_mailbox:
            return _thread(_message(data))
        return _mailbox(data, starts)
    except (RecursionError, MessageError) as problem:
        raise TranscriptError(
            "The message cannot be read", "It is damaged.", "Save the message again and import that file."
        ) from problem


def _thread(message: Message) -> Reading:
    parts = list(_parts(_body(message)))
    cues = [
        Cue(name or (_sender(message) if at == 0 else ""), None, None, text)
        for at, (name, text) in enumerate(parts)
    ]
    return Reading(TranscriptFormat.EMAIL, cues[::-1], _header(message, "Subject")[:200], _day(message))


def _mailbox(data: bytes, starts: list[int]) -> Reading:
    """What a message quotes is left out: the message that it quotes is in the mailbox too."""
    cues: list[Cue] = []
    title, days = "", list[date]()
    for begin, end in zip(starts, [*starts[1:], len(data)], strict=True):
        _, _, raw = data[begin:end].partition(b"\n")
        message = _message(raw)
        name, text = next(_parts(_body(message)), ("", ""))
        title = title or _header(message, "Subject")[:200]
        if (day := _day(message)) is not None:
            days.append(day)
        cues.append(Cue(name or _sender(message), None, None, text))
    is_cut = len(starts) > _MOST_MESSAGES
    return Reading(
        TranscriptFormat.MAILBOX, cues[:_MOST_MESSAGES], title, max(days, default=None), is_cut=is_cut
    )


def _message(raw: bytes) -> Message:
    """Raises MessageError for parts within parts beyond reason, which take too long to take apart."""
    if raw.count(b"multipart/") > _MOST_PARTS:
        raise MessageError("too many parts")
    return message_from_bytes(raw)


def _sender(message: Message) -> str:
    return _name_in(_header(message, "From"))


def _name_in(sender: str) -> str:
    """`Dana Ross` of `"Dana Ross" <dana@…>` and of `dana@… (Dana Ross)`; the address when there is no name."""
    before, _, after = sender.partition("<")
    name = before.strip().strip("\"'").strip()
    if not name:
        name = after.partition(">")[0]
    elif "@" in name and (comment := _COMMENT.search(name)):
        name = comment[1]
    return one_line(name)[:LONGEST_NAME]


def _header(message: Message, name: str) -> str:
    value = message.get(name)
    if value is None:
        return ""
    raw = str(value)[:2_000]
    try:
        parts = [
            part.decode(charset or "utf-8", "replace") if isinstance(part, bytes) else part
            for part, charset in decode_header(raw)
        ]
    except (HeaderParseError, LookupError, UnicodeError, binascii.Error, ValueError):
        return one_line(cleaned(raw))
    return one_line(cleaned("".join(parts)))


def _day(message: Message) -> date | None:
    try:
        return parsedate_to_datetime(str(message.get("Date", ""))).date()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _body(message: Message) -> str:
    """The plain part; without one, the HTML part without its markup."""
    plain: list[str] = []
    marked: list[str] = []
    for at, part in enumerate(message.walk()):
        if at > _MOST_PARTS:
            break
        if part.get_content_maintype() != "text" or part.get_filename():
            continue
        (marked if part.get_content_subtype() == "html" else plain).append(_decoded(part))
    return "\n".join(plain) if any(text.strip() for text in plain) else _unmarked("\n".join(marked))


def _decoded(part: Message) -> str:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, binascii.Error, LookupError, UnicodeError):
        payload = str(part.get_payload()).encode("utf-8", "replace")
    raw = payload if isinstance(payload, bytes) else b""
    try:
        return raw.decode(part.get_content_charset() or "utf-8", "strict")
    except (LookupError, UnicodeError, ValueError):
        return raw.decode("utf-8", "replace") if b"\x00" not in raw else raw.decode("latin-1")


def _unmarked(markup: str) -> str:
    """The text between the tags, in one pass; scripts and styles are not shown."""
    first, *pieces = markup.split("<")
    shown = [first]
    hidden = ""
    for piece in pieces:
        found = _TAG_NAME.match(piece)
        name = found[0].lower() if found else ""
        if hidden:
            hidden = "" if name == f"/{hidden}" else hidden
        elif name in _NOT_SHOWN:
            hidden = name
        if hidden:
            continue
        if not name:
            shown.append(f"<{piece}")
            continue
        shown.append("\n" if name in _ENDS_A_LINE else "")
        shown.append(piece.partition("-->" if name == "!--" else ">")[2])
    return html.unescape("".join(shown))


def _parts(body: str) -> Iterator[tuple[str, str]]:
    """The message itself, then what it quotes, each with the name its quotation gives."""
    lines = [
        _DEPTH.sub("", line, count=1).strip()
        for line in cleaned(body[:_LONGEST_BODY]).split("\n")[:_MOST_LETTER_LINES]
    ]
    name, said = "", list[str]()
    at = 0
    while at < len(lines):
        quoted = _quoted_from(lines, at)
        if quoted is None:
            said.append("" if lines[at] == "--" else lines[at])
            at += 1
            continue
        yield name, one_line(" ".join(said))
        (name, at), said = quoted, []
    yield name, one_line(" ".join(said))


def _quoted_from(lines: list[str], at: int) -> tuple[str, int] | None:
    """Whom the lines from here on quote ("" when they do not say), and where the quotation begins."""
    line = lines[at]
    if _ORIGINAL.fullmatch(line[:200]):
        name, after = _heading(lines, at + 1)
        return name, after
    if _FROM_LINE.match(line[:200]) and any(
        _SENT_LINE.match(below[:200]) for below in lines[at + 1 : at + 4]
    ):
        return _heading(lines, at)
    if _ATTRIBUTION.match(line[:200]):
        for taken in (1, 2):
            found = _name_in_attribution(" ".join(lines[at : at + taken]))
            if found is not None:
                return found, at + taken
    return None


def _heading(lines: list[str], at: int) -> tuple[str, int]:
    name = ""
    while at < len(lines) and (not lines[at] or _HEADING_LINE.match(lines[at][:200])):
        if sender := _FROM_LINE.match(lines[at][:200]):
            name = _name_in(sender[1])
        at += 1
        if name and not lines[at - 1]:
            break
    return name, at


def _name_in_attribution(line: str) -> str | None:
    """The name in `On … Dana Ross <dana@…> wrote:`; "" when the line quotes and names nobody."""
    if len(line) > 400 or not _ENDS_AS_QUOTE.search(line):
        return None
    bare = re.sub(r"<[^<>]{0,120}>", "", line).rstrip(" :")
    before, _, after = bare.partition(" schrieb") if " schrieb" in bare else bare.rpartition(" wrote")
    candidate = after.strip() or re.split(r"[,\d]|\b(?:AM|PM|at|um|Uhr)\b", before)[-1]
    name = one_line(candidate).strip(" :\"'")
    return name[:LONGEST_NAME] if name and not name[0].isdigit() else ""
