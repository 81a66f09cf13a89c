"""The founder's own lines beside a finding: read from the tree, redacted, at most twelve."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from lastmile_desktop.core.evidence import Evidence, EvidenceKind
from lastmile_desktop.core.redact import redact, redact_personal
from lastmile_desktop.project.tree import TextReader

MOST_LINES = 12
_CONTEXT = 2
_WIDEST = 240


class Excerpts:
    """Excerpts of one scan; lines of a file are split once."""

    def __init__(self, reader: TextReader) -> None:
        self._reader = reader
        self._lines = lru_cache(maxsize=64)(self._split)

    def _split(self, path: str) -> tuple[str, ...]:
        return tuple((self._reader.text(path) or "").split("\n"))

    def filled(self, evidence: Evidence) -> Evidence:
        """The evidence with its excerpt: the lines at fault and two around them, nothing secret in them."""
        note = redact_personal(redact(evidence.note))
        if evidence.kind not in (EvidenceKind.SPAN, EvidenceKind.CONFIG) or evidence.line_start < 1:
            return replace(evidence, note=note)
        lines = self._lines(evidence.path)
        start = max(1, evidence.line_start - _CONTEXT)
        end = min(len(lines), max(evidence.line_end, evidence.line_start) + _CONTEXT, start + MOST_LINES - 1)
        shown = "\n".join(line[:_WIDEST] for line in lines[start - 1 : end])
        return replace(
            evidence, note=note, snippet=redact_personal(redact(shown)), snippet_start=start if shown else 0
        )

    def fault(self, evidence: Evidence) -> str:
        """The redacted lines at fault alone, for the fingerprint."""
        if evidence.line_start < 1:
            return ""
        lines = self._lines(evidence.path)
        end = min(max(evidence.line_end, evidence.line_start), evidence.line_start + MOST_LINES - 1)
        return redact("\n".join(line[:2_000] for line in lines[evidence.line_start - 1 : end]))

    def redacted(self, text: str) -> str:
        return redact_personal(redact(text))
