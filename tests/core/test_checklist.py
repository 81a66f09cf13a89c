from __future__ import annotations

from dataclasses import replace

from lastmile_desktop.core.checklist import Chip, checklist, verdict_line
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Life, Unknown
from lastmile_desktop.core.ranking import Band, Exposure, Situation
from lastmile_desktop.core.verdict import Grounds, decide
from tests.core.samples import check, finding, gap, scan

CHECKS = {
    item.id: item for item in (check(), check("payments.webhook-unverified"), check("ops.no-error-tracking"))
}
SITUATION = Situation(users=40, exposure=Exposure.PUBLIC)


def test_the_verdict_line_counts_in_words() -> None:
    found = checklist(
        scan(
            gap(finding()),
            decide(Grounds("payments.webhook-unverified", ".", unknowns=(Unknown("no engine"),))),
            decide(Grounds("ops.no-error-tracking", ".", needs_attestation="Say who is told.")),
        ),
        CHECKS,
        SITUATION,
    )
    assert [text for _, text in verdict_line(found)] == ["1 thing stops you", "1 needs you", "1 not checked"]


def test_an_empty_list_says_that_nothing_stops_you() -> None:
    assert verdict_line(checklist(scan(), CHECKS, SITUATION)) == ((Band.STOP, "Nothing stops you"),)


def test_a_row_names_the_worst_place_and_how_many_more() -> None:
    one, two = finding(), finding(path="src/b.ts", line=9, confidence=0.99, fingerprint="f2")
    (row,) = checklist(scan(gap(one, two)), CHECKS, SITUATION).rows
    assert (row.place, row.more) == ("src/b.ts:9", 1)


def test_a_passed_row_says_what_proved_it() -> None:
    passed = decide(Grounds("access.rls-disabled", ".", passes=(at("a.sql", 3, note="row security is on"),)))
    (row,) = checklist(scan(passed), CHECKS, SITUATION).rows
    assert (row.title, row.place, row.detail) == (
        "access.rls-disabled is closed",
        "a.sql:3",
        "row security is on",
    )


def chips(
    first_seen: str, life: Life = Life.OPEN, first_scan: str = "2026-11-01T00:00:00"
) -> tuple[Chip, ...]:
    (row,) = checklist(
        scan(gap(finding(first_seen=first_seen, life=life)), first_scan=first_scan), CHECKS, SITUATION
    ).rows
    return row.chips


def test_news_is_marked_for_a_day_and_the_first_scan_is_no_news() -> None:
    assert chips("2026-11-20T11:00:00") == (Chip.NEW,)
    assert chips("2026-11-18T11:00:00") == ()
    assert chips("2026-11-20T12:00:00", Life.NEW, first_scan="2026-11-20T12:00:00") == ()
    assert chips("2026-11-10T11:00:00", Life.REGRESSED) == (Chip.CAME_BACK,)


def test_a_quote_marks_the_row_and_raises_it() -> None:
    asked = replace(SITUATION, asked=frozenset({"access.rls-disabled"}))
    (plain,) = checklist(scan(gap(finding())), CHECKS, SITUATION).rows
    (row,) = checklist(scan(gap(finding())), CHECKS, asked).rows
    assert Chip.CUSTOMER_ASKED in row.chips
    assert row.score > plain.score
