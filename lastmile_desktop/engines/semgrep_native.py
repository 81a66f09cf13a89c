"""Reads files of a project with the native scanner, very long ones in pieces that are kept between scans."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from lastmile_desktop.engines.engine import EngineRequest
from lastmile_desktop.engines.semgrep_cli import NativeScanner, Readings
from lastmile_desktop.engines.semgrep_result import FileOutcome, Match, Reading, findings_of
from lastmile_desktop.engines.semgrep_split import Piece, split

_MOST_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class ScanOutcome:
    """`failure` is what kept files from being read that are not at fault themselves, "" when nothing did."""

    files: Mapping[str, FileOutcome]
    failure: str = ""


@dataclass(slots=True)
class PieceMemory:
    """What was said of pieces that were read whole, by their content: an edit of one route of a very long file
    leaves all others as they were. `key` is the bundle's digest; another bundle forgets everything."""

    key: str = ""
    kept: dict[str, tuple[Match, ...]] = field(default_factory=dict[str, tuple[Match, ...]])

    def use(self, key: str) -> None:
        if self.key != key or len(self.kept) > _MOST_KEPT:
            self.key, self.kept = key, {}


def pieces_of(request: EngineRequest, path: str) -> tuple[Piece, ...]:
    """The pieces that a file is read in, () when it is read as it is."""
    text = request.view.text(path)
    return split(text, request.view.outlines.get(path)) if text is not None else ()


def read_files(
    scanner: NativeScanner, request: EngineRequest, files: Sequence[str], memory: PieceMemory
) -> ScanOutcome:
    """What semgrep says of these files of the request's project."""
    memory.use(scanner.bundle.digest)
    root = request.root.resolve()
    cut = {path: pieces for path in files if (pieces := pieces_of(request, path))}
    asked = {str(root / path): path for path in files if path not in cut}
    with tempfile.TemporaryDirectory(prefix="lastmile-pieces-") as folder:
        lying = _lay_out(cut, Path(folder), memory)
        asked |= {str(file): path for (path, _), file in lying.items()}
        readings = scanner.scan(asked, _line_count(request, asked), request.cancel, request.progress)
    outcomes = {
        path: _outcome(scanner, path, [readings.files[given]])
        for given, path in asked.items()
        if path not in cut
    }
    for path, pieces in cut.items():
        parts = [
            _part(piece, lying.get((path, number)), readings, memory) for number, piece in enumerate(pieces)
        ]
        outcomes[path] = _outcome(scanner, path, parts)
    return ScanOutcome(outcomes, readings.failure)


def _lay_out(
    cut: Mapping[str, tuple[Piece, ...]], folder: Path, memory: PieceMemory
) -> dict[tuple[str, int], Path]:
    """Write the pieces that are not known yet, each as a file of its own."""
    lying: dict[tuple[str, int], Path] = {}
    for path, pieces in cut.items():
        suffix = PurePosixPath(path).suffix
        for number, piece in enumerate(pieces):
            if piece.digest not in memory.kept:
                file = folder / f"{len(lying)}{suffix}"
                file.write_text(piece.text, encoding="utf-8", errors="replace")
                lying[path, number] = file
    return lying


def _part(piece: Piece, file: Path | None, readings: Readings, memory: PieceMemory) -> Reading:
    """What was said of a piece, at the lines of the whole file."""
    if file is None:
        reading = Reading(memory.kept[piece.digest])
    else:
        reading = readings.files[str(file)]
        if not reading.unread and not reading.note:
            memory.kept[piece.digest] = reading.matches
    placed = [_placed(match, piece) for match in reading.matches]
    return replace(reading, matches=tuple(match for match in placed if match is not None))


def _placed(match: Match, piece: Piece) -> Match | None:
    line, line_end = piece.line(match.line), piece.line(match.line_end)
    return None if line is None or line_end is None else replace(match, line=line, line_end=line_end)


def _outcome(scanner: NativeScanner, path: str, parts: Sequence[Reading]) -> FileOutcome:
    matches = [match for part in parts for match in part.matches]
    unread = next((part.unread for part in parts if part.unread), "")
    note = next((part.note for part in parts if part.note), "")
    return FileOutcome(findings_of(matches, path, scanner.bundle), unread, note)


def _line_count(request: EngineRequest, asked: Mapping[str, str]) -> Callable[[str], int]:
    def count(given: str) -> int:
        return (request.view.text(asked[given]) or "").count("\n") + 1

    return count
