"""Finds what led in the founder's own questions of a talk, a piece at a time so that reading never waits for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from lastmile_desktop.core.events import WholeTalk
from lastmile_desktop.core.transcript import Transcript
from lastmile_desktop.talks.leading import Leading, LeadingKind, leading_turns

_PIECE = 100

Places = Mapping[tuple[int, int], tuple[Leading, ...]]
"""(talk, place of the turn) → what leads in it."""


class LeadingWords(QObject):
    """`found` carries the Places of all talks that were given, once they are read through."""

    found = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._left: deque[tuple[int, Transcript, int]] = deque()
        self._places: dict[tuple[int, int], tuple[Leading, ...]] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._read_piece)

    def look(self, talks: Iterable[WholeTalk]) -> None:
        self._places = {}
        self._left = deque(
            (whole.conversation.id, whole.transcript, start)
            for whole in talks
            if whole.transcript is not None and whole.transcript.founder
            for start in range(0, len(whole.transcript.turns), _PIECE)
        )
        self._timer.start()

    def _read_piece(self) -> None:
        if not self._left:
            self.found.emit(self._places)
            return
        talk, transcript, start = self._left.popleft()
        shown = transcript.turns[start : start + _PIECE]
        piece = replace(
            transcript, turns=tuple(replace(turn, text=" ".join(turn.text.split())) for turn in shown)
        )
        for turn in leading_turns(piece):
            # Whether the story was told already is known at the beginning alone.
            told = tuple(item for item in turn.leading if not start or item.kind is not LeadingKind.PITCH)
            if told:
                self._places[talk, start + turn.turn] = told
        self._timer.start()
