"""Counts labels against the findings of the present build."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.accuracy.labels import Label, Repository, Set, Truth
from lastmile_desktop.core.check import Reach, Severity
from lastmile_desktop.core.finding import Finding

# Lines that a finding may be away from its label: a rule may have moved to a better line of the same statement.
_NEAR = 3
_STOP_CONFIDENCE = 0.7


@dataclass(frozen=True, slots=True)
class Row:
    """A finding of one repository. `stops` when it stands in the Stop band: critical, sure enough, and of harm from the
    first user on."""

    repository: str
    rule: str
    path: str
    line: int
    stops: bool
    severity: str
    message: str
    places: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of(cls, repository: str, finding: Finding, reach: Reach) -> Row:
        first = finding.evidence[0] if finding.evidence else None
        stops = (
            finding.severity is Severity.CRITICAL
            and finding.confidence >= _STOP_CONFIDENCE
            and reach is Reach.DEMO
        )
        return cls(
            repository,
            finding.rule,
            first.path if first else "",
            first.line_start if first else 0,
            stops,
            finding.severity.value,
            finding.message,
            tuple((item.path, item.line_start) for item in finding.evidence),
        )

    @property
    def check(self) -> str:
        return self.rule.partition("/")[0]


@dataclass(slots=True)
class Count:
    """`right`, `wrong` and `missed` are labels that still hold of this build; `unread` are findings nobody judged."""

    found: int = 0
    right: int = 0
    wrong: int = 0
    missed: int = 0
    unread: int = 0
    stops_right: int = 0
    stops_wrong: int = 0

    @property
    def precision(self) -> float | None:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        return self.right / (self.right + self.missed) if self.right + self.missed else None

    def add(self, other: Count) -> None:
        for name in ("found", "right", "wrong", "missed", "unread", "stops_right", "stops_wrong"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts by check and by why the repository is there; `crosses` are findings said to be wrong, with the reason."""

    by_check: Mapping[tuple[str, Set], Count]
    crosses: tuple[tuple[Label, Row], ...]
    missing: tuple[Label, ...]


def tally(repositories: Sequence[Repository], rows: Iterable[Row], labels: Iterable[Label]) -> Tally:
    sets = {item.name: item.set for item in repositories}
    counts: defaultdict[tuple[str, Set], Count] = defaultdict(Count)
    named: defaultdict[tuple[str, str], set[tuple[str, int]]] = defaultdict(set)
    unread: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        counts[row.check, sets[row.repository]].found += 1
        unread[row.repository, row.rule].append(row)
        named[row.repository, row.rule].update((path, line) for path, line in row.places)
    crosses: list[tuple[Label, Row]] = []
    missing: list[Label] = []
    for label in sorted(labels, key=lambda item: (item.repository, item.rule, item.place)):
        if label.repository not in sets:
            continue
        count = counts[label.check, sets[label.repository]]
        row = _taken(unread[label.repository, label.rule], label)
        if row is None:
            # One finding may name several places that readers judged one by one.
            if label.truth is not Truth.WRONG and label.at not in named[label.repository, label.rule]:
                count.missed += 1
                missing.append(label)
        elif label.truth is Truth.WRONG:
            count.wrong += 1
            count.stops_wrong += row.stops
            crosses.append((label, row))
        else:
            count.right += 1
            count.stops_right += row.stops
    for (_, rule), left in unread.items():
        for row in left:
            counts[rule.partition("/")[0], sets[row.repository]].unread += 1
    return Tally(dict(counts), tuple(crosses), tuple(missing))


def _taken(rows: list[Row], label: Label) -> Row | None:
    """The finding that this label speaks of, taken out of those not judged yet."""
    path, _, line = label.place.rpartition(":")
    if not path or not line.isdigit():
        path, line = label.place, "0"
    near = [row for row in rows if row.path == path and (line == "0" or abs(row.line - int(line)) <= _NEAR)]
    best = min(near, key=lambda row: abs(row.line - int(line)), default=None)
    if best is not None:
        rows.remove(best)
    return best
