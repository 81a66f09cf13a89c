"""The founder's own lines beside a finding: read from the tree, redacted, at most twelve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from lastmile_desktop.core.evidence import Evidence, EvidenceKind
from lastmile_desktop.core.redact import mask_at, redact, redact_personal
from lastmile_desktop.project.view import ProjectView

T = TypeVar("T")

MOST_LINES = 12
VALUE_NOTE = "begins with "
"""How the note of evidence begins that points at a secret's value."""
_CONTEXT = 2
_WIDEST = 240
_LONGEST_FAULT_LINE = 2_000


class Excerpts:
    """Excerpts of one scan. What was made of a file is kept while its content stays, because redaction is what a
    save would otherwise spend most of its time on."""

    def __init__(self, view: ProjectView) -> None:
        self._view = view
        self._lines: dict[str, list[str]] = {}
        self._messages: dict[str, str] = view.whole("redacted-messages", 0, dict[str, str])

    def filled(self, evidence: Evidence) -> Evidence:
        """The evidence with its excerpt: the lines at fault and two around them, nothing secret in them."""
        if not self._is_span(evidence):
            return replace(evidence, note=self.redacted(evidence.note))
        kept = self._of_file(evidence.path, "excerpts", dict[Evidence, Evidence])
        if evidence not in kept:
            kept[evidence] = self._made(evidence)
        return kept[evidence]

    def _is_span(self, evidence: Evidence) -> bool:
        return evidence.kind in (EvidenceKind.SPAN, EvidenceKind.CONFIG) and evidence.line_start > 0

    def _of_file(self, path: str, kind: str, empty: Callable[[], T]) -> T:
        """What was made of a file, kept while its content stays. Asked for by path, so that a check whose evidence
        stands in a file is asked again when the file changes."""
        entry = self._view.tree.files.get(path)
        if entry is None or entry.unreadable is not None:
            return empty()
        return self._view.memo.per_file(kind, path, entry.digest, empty)

    def _made(self, evidence: Evidence) -> Evidence:
        lines = self._split(evidence.path)
        start = max(1, evidence.line_start - _CONTEXT)
        end = min(len(lines), max(evidence.line_end, evidence.line_start) + _CONTEXT, start + MOST_LINES - 1)
        cut = [line[:_WIDEST] for line in lines[start - 1 : end]]
        if evidence.note.startswith(VALUE_NOTE) and evidence.line_start <= end:
            # By its syntax alone not every value can be told: this one is known to be a secret.
            at_fault = evidence.line_start - start
            cut[at_fault] = mask_at(cut[at_fault], evidence.column)
        shown = "\n".join(cut)
        return replace(
            evidence,
            note=self.redacted(evidence.note),
            snippet=redact_personal(redact(shown)),
            snippet_start=start if shown else 0,
        )

    def fault(self, evidence: Evidence) -> str:
        """The redacted lines at fault alone, for the fingerprint."""
        if evidence.line_start < 1:
            return ""
        end = min(max(evidence.line_end, evidence.line_start), evidence.line_start + MOST_LINES - 1)
        kept = self._of_file(evidence.path, "faults", dict[tuple[int, int], str])
        span = (evidence.line_start, end)
        if span not in kept:
            lines = self._split(evidence.path)[evidence.line_start - 1 : end]
            kept[span] = self.redacted("\n".join(line[:_LONGEST_FAULT_LINE] for line in lines))
        return kept[span]

    def redacted(self, text: str) -> str:
        """The text without secret values and personal data."""
        if not text:
            return ""
        if text not in self._messages:
            if len(self._messages) > 20_000:
                self._messages.clear()
            self._messages[text] = redact_personal(redact(text))
        return self._messages[text]

    def _split(self, path: str) -> list[str]:
        # Asked of the view each time, so that it is known of every check which files its excerpts rest on.
        if path not in self._view.tree:
            return [""]
        if path not in self._lines:
            self._lines[path] = (self._view.text(path) or "").split("\n")
        return self._lines[path]
