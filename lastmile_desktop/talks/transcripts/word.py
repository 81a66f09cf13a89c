"""The text of a `.docx`: paragraphs as lines, table rows as lines with tabs. No entities, no pictures, no links."""

from __future__ import annotations

import io
import zipfile
import zlib
from xml.parsers import expat

from lastmile_desktop.talks.transcripts.cues import TranscriptError

_BODY = "word/document.xml"
_MOST_ENTRIES = 2_000
_LARGEST_XML = 48 * 1024 * 1024
_MOST_TEXT = 6_000_000
_DEEPEST = 200
_SILENT = frozenset(("del", "instrText", "Fallback", "delText", "footnoteReference"))


def is_zip(data: bytes) -> bool:
    return data.startswith(b"PK\x03\x04")


def text_of(data: bytes) -> str:
    """Raises TranscriptError when it is no Word document or holds more than a talk can."""
    reader = _Body()
    try:
        reader.feed(_body_of(data))
    except (expat.ExpatError, LookupError, ValueError) as problem:
        raise _unreadable("Its text is damaged.") from problem
    return reader.text


def _body_of(data: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if len(archive.infolist()) > _MOST_ENTRIES or _BODY not in archive.namelist():
                raise _unreadable("It is a packed file and not a Word document.")
            with archive.open(_BODY) as member:
                xml = member.read(_LARGEST_XML + 1)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
    ) as problem:
        raise _unreadable("It is cut off or damaged.") from problem
    if len(xml) > _LARGEST_XML:
        raise _unreadable("It holds far more than a talk can.")
    return xml


def _unreadable(why: str) -> TranscriptError:
    return TranscriptError(
        "The document cannot be read",
        why,
        "Open it in the tool it comes from and export it again, as text if you can.",
    )


class _Body:
    """Collects text runs while expat reads. A document type, and with it every entity, is refused."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._cells: list[list[str]] = []
        self._length = 0
        self._depth = 0
        self._silent_at = 0
        self._in_text = False

    def feed(self, xml: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = self._open
        parser.EndElementHandler = self._close
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.Parse(xml, True)

    @property
    def text(self) -> str:
        self._end_line()
        return "\n".join(self._lines)

    def _refuse_doctype(self, *_: object) -> None:
        raise _unreadable("It declares entities, which Word documents do not have.")

    def _open(self, tag: str, _: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _unreadable("It is nested deeper than a document can be.")
        name = tag.rpartition("}")[2]
        if name in _SILENT and not self._silent_at:
            self._silent_at = self._depth
        elif name == "t":
            self._in_text = True
        elif name == "tr":
            self._cells.append([])
        elif name in ("tab", "ptab"):
            self._line.append("\t")
        elif name in ("br", "cr"):
            self._end_line()

    def _close(self, tag: str) -> None:
        name = tag.rpartition("}")[2]
        if self._silent_at == self._depth:
            self._silent_at = 0
        self._depth -= 1
        if name == "t":
            self._in_text = False
        elif name == "p":
            self._end_line()
        elif name == "tr" and self._cells:
            row = [cell for cell in self._cells.pop() if cell]
            (self._cells[-1] if self._cells else self._lines).append("\t".join(row))

    def _characters(self, text: str) -> None:
        if self._in_text and not self._silent_at:
            self._length += len(text)
            if self._length > _MOST_TEXT:
                raise _unreadable("It holds far more than a talk can.")
            self._line.append(text)

    def _end_line(self) -> None:
        line = "".join(self._line)
        self._line.clear()
        (self._cells[-1] if self._cells else self._lines).append(line)
