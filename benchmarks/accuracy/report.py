"""docs/accuracy.md, written from counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from benchmarks.accuracy.labels import Repository, Set
from benchmarks.accuracy.tally import Count, Row, Tally

_NOTE = """# How right the checks are

`make accuracy` scans the repositories listed in `benchmarks/accuracy/repositories.toml`, each at its commit, and holds
every finding against what a reader said of it (`benchmarks/accuracy/labels/`). This page is written by that command.

- **right** and **wrong** are findings that a reader judged; **missed** are gaps that a reader found in the code and this
  build does not report; **unread** are findings that nobody judged: they count for nothing.
- Precision is right / (right + wrong), recall right / (right + missed). Notes without urgency (`info`) are left out.
- **Read** repositories were looked at while the checks were written. **Held back** ones were not, until readers who had
  not worked on the checks had judged their findings (all critical and high ones, a sample of the rest) and searched the
  code for what was missing. **Well made** ones are official starters and mature applications; six of them were read in
  the same way.
- **The first reading is the honest figure.** Six sets of ten repositories in November 2026, each read before anything
  was mended for it:

| First reading | Right | Wrong | Missed | Precision | Recall | Stop right / wrong |
|---|---:|---:|---:|---:|---:|---:|
| First ten | 820 | 444 | 136 | 65 % | 86 % | – |
| Second ten | 795 | 420 | 154 | 65 % | 84 % | 41 / 93 |
| Third ten | 633 | 280 | 59 | 69 % | 91 % | 41 / 36 |
| Fourth ten | 913 | 346 | 113 | 73 % | 89 % | 41 / 15 |
| Fifth ten | 801 | 246 | 83 | 77 % | 91 % | 35 / 28 |
| Sixth ten, two of them in part | 696 | 224 | 66 | 76 % | 91 % | 60 / 35 |
| Two well-made, with the second | 152 | 92 | 20 | 62 % | 88 % | 0 / 5 |
| Two well-made, with the third | 40 | 93 | 4 | 30 % | 91 % | 0 / 13 |
| Two well-made, with the fourth | 50 | 54 | 20 | 48 % | 71 % | 0 / 4 |
| Two well-made, with the fifth | 61 | 56 | 7 | 52 % | 90 % | 0 / 3 |
| Two well-made, with the sixth | 80 | 44 | 5 | 65 % | 94 % | 0 / 2 |

- Of the 224 wrong ones of the sixth set 53 (20 of the 35 Stop rows) come from one middleware that was not understood.
- What was wrong or missed there was mended by kind afterwards, so the tables below are kinder than a new repository
  will be. Many rows became one row for a habit since then: labels of places that such a row names count as found.
- Labels of the read repositories are of mixed care; those of the held-back ones were made in the code.
"""


def render(
    repositories: Sequence[Repository], tally: Tally, rows: Iterable[Row], checks: Sequence[str]
) -> str:
    rows = tuple(rows)
    parts = [_NOTE, _summary(tally), _checks(tally, checks), _wrong(tally), _missed(tally)]
    parts.append(_repositories(repositories, rows))
    return "\n".join(parts)


def _summary(tally: Tally) -> str:
    lines = ["## In short", "", _head("Repositories"), _line(9)]
    for kind, title in _TITLES.items():
        total = Count()
        for (_, of), count in tally.by_check.items():
            if of is kind:
                total.add(count)
        lines.append(_row(title, total))
    return "\n".join([*lines, ""])


def _checks(tally: Tally, checks: Sequence[str]) -> str:
    lines: list[str] = []
    for kind, title in _TITLES.items():
        lines += [f"## {title}", "", _head("Check"), _line(9)]
        for check in checks:
            count = tally.by_check.get((check, kind))
            if count is not None and (count.found or count.missed):
                lines.append(_row(check, count))
        lines.append("")
    return "\n".join(lines)


def _wrong(tally: Tally) -> str:
    lines = ["## Findings said to be wrong", ""]
    lines += [
        f"- {label.repository} `{label.place}` {label.rule}: {label.why or 'no reason noted'}"
        for label, _ in tally.crosses
    ]
    return "\n".join([*lines, "" if len(lines) > 2 else "None.\n"])


def _missed(tally: Tally) -> str:
    lines = ["## Gaps that were missed", ""]
    lines += [
        f"- {label.repository} `{label.place}` {label.rule}: {label.why or 'no reason noted'}"
        for label in tally.missing
    ]
    return "\n".join([*lines, "" if len(lines) > 2 else "None.\n"])


def _repositories(repositories: Sequence[Repository], rows: Sequence[Row]) -> str:
    found = Counter(row.repository for row in rows)
    stops = Counter(row.repository for row in rows if row.stops)
    lines = ["## Repositories", "", "| Repository | Commit | Set | Built with | Stack | Findings | Stop |"]
    lines.append("|---|---|---|---|---|---:|---:|")
    lines += [
        f"| {item.name} | `{item.commit[:10]}` | {item.set} | {item.tool} | {item.stack} | "
        f"{found[item.name]} | {stops[item.name]} |"
        for item in repositories
    ]
    return "\n".join([*lines, ""])


_TITLES = {
    Set.HELD_BACK: "Held back",
    Set.READ: "Read",
    Set.WELL_MADE: "Well made",
}


def _head(first: str) -> str:
    return (
        f"| {first} | Findings | Right | Wrong | Missed | Unread | Precision | Recall | Stop right / wrong |"
    )


def _line(columns: int) -> str:
    return "|---|" + "---:|" * (columns - 1)


def _row(name: str, count: Count) -> str:
    return (
        f"| {name} | {count.found} | {count.right} | {count.wrong} | {count.missed} | {count.unread} | "
        f"{_percent(count.precision)} | {_percent(count.recall)} | {count.stops_right} / {count.stops_wrong} |"
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.0f} %"
