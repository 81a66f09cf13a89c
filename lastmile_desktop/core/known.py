"""What history says of a finding."""

from __future__ import annotations

from dataclasses import dataclass

from lastmile_desktop.core.finding import Finding, Life


@dataclass(frozen=True, slots=True)
class Known:
    """A fingerprint seen before: when first, and how it last stood."""

    finding: Finding
    first_seen: str
    life: Life
