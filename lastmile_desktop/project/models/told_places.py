"""The places that have been spoken of, so that nothing is said of them twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lastmile_desktop.core.finding import RawFinding


@dataclass(frozen=True, slots=True)
class ToldPlaces:
    """Rules, paths and lines about which all is said."""

    places: frozenset[tuple[str, str, int]]

    def covers(self, item: RawFinding) -> bool:
        place = item.evidence[0]
        lines = range(place.line_start, max(place.line_start, place.line_end) + 1)
        return any((item.rule, item.path, line) in self.places for line in lines)


def told_by(findings: Iterable[RawFinding]) -> ToldPlaces:
    """What other functions hand to a place says all that is to be said of the lines around it."""
    places: set[tuple[str, str, int]] = set()
    for item in findings:
        line, *others = (place.line_start for place in item.evidence)
        around = 2 if others else 0
        places.update((item.rule, item.path, line + more) for more in range(-around, around + 1))
    return ToldPlaces(frozenset(places))
