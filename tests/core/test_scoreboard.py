"""The scoreboard: five questions, answered from what is known and from nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from lastmile_desktop.core.attestation import Attestation
from lastmile_desktop.core.conversation import Commitment, Conversation, Ladder, MoneyStep
from lastmile_desktop.core.evidence import derived
from lastmile_desktop.core.facts import Fact, FactSet
from lastmile_desktop.core.finding import Life
from lastmile_desktop.core.notebook import Difference, Incident, JournalEntry, MonthlyOutcomes, Outcome
from lastmile_desktop.core.people import PersonRole
from lastmile_desktop.core.scan import Scan
from lastmile_desktop.core.scoreboard import (
    COMPLIANCE,
    INCIDENTS,
    PAID,
    SHIPPED,
    WORKS,
    Ground,
    markdown,
    outcomes,
)
from lastmile_desktop.core.verdict import State, Verdict
from tests.core import samples

TODAY = date(2026, 11, 20)
OPEN_AT = FactSet.of((Fact("profile.url", "https://acme.example"),))


def answer(ground: Ground, question: str) -> Outcome:
    return next(row for row in outcomes(ground).outcomes if row.question == question)


def scan(*verdicts: Verdict, facts: FactSet = OPEN_AT) -> Scan:
    return replace(samples.scan(*verdicts), facts=facts)


def state(check_id: str, found: State, note: str = "") -> Verdict:
    return Verdict(check_id, ".", found, "", passes=(derived(note),) if note else ())


def paid(amount: int, when: int, money: MoneyStep = MoneyStep.PAID, **more: object) -> Conversation:
    given = Commitment(Ladder.MONEY, "a month", amount, "USD", money, "receipt 7")
    talk = Conversation(
        "Dana", "Take my money.", datetime(2026, 11, when, tzinfo=UTC), id=when, commitment=given
    )
    return replace(talk, **more)  # pyright: ignore[reportArgumentType]


def test_before_the_first_scan_nothing_is_claimed() -> None:
    rows = outcomes(Ground(TODAY, None)).outcomes
    assert [row.question for row in rows] == [SHIPPED, WORKS, INCIDENTS, COMPLIANCE, PAID]
    assert [row.good for row in rows] == [None, None, None, None, False]


def test_a_release_counts_when_it_was_tried_where_people_open_it() -> None:
    proof = "I tried it (2026-11-18)"
    tried = scan(state("delivery.release-unproven", State.PASSED, proof))
    row = answer(Ground(TODAY, tried), SHIPPED)
    assert (row.good, row.evidence, row.links) == (True, proof, ("check:delivery.release-unproven",))
    untried = scan(state("delivery.release-unproven", State.NEEDS_ATTESTATION))
    assert answer(Ground(TODAY, untried), SHIPPED).good is None
    assert answer(Ground(TODAY, scan(facts=FactSet())), SHIPPED).good is None


def test_it_works_when_no_check_on_it_has_a_gap_and_all_could_be_answered() -> None:
    gap = samples.gap(samples.finding("reliability.no-timeouts"))
    passed, unknown = state("frontend.async-states", State.PASSED), state("reliability.x", State.UNKNOWN)
    assert answer(Ground(TODAY, scan(gap, passed)), WORKS).good is False
    assert answer(Ground(TODAY, scan(gap, passed)), WORKS).links == ("check:reliability.no-timeouts",)
    assert answer(Ground(TODAY, scan(passed, unknown)), WORKS).good is None
    assert answer(Ground(TODAY, scan(passed)), WORKS).good is True


def test_incidents_are_counted_with_their_minutes_and_their_common_cause() -> None:
    hit = JournalEntry(
        "Checkout failed",
        date(2026, 11, 3),
        id=4,
        differences=(Difference.MIGRATION,),
        minutes_lost=90,
        incident=Incident("three customers could not pay"),
    )
    others = (
        replace(hit, id=5, minutes_lost=30),
        replace(hit, id=6, happened_on=date(2026, 10, 3)),
        replace(hit, id=7, incident=None),
    )
    row = answer(Ground(TODAY, scan(), journal=(hit, *others)), INCIDENTS)
    assert row.answer == "2 incidents, 120 minutes lost."
    assert (row.evidence, row.links) == ("More than once: migration not applied.", ("journal:4", "journal:5"))
    calm = answer(Ground(TODAY, scan(), journal=(replace(hit, incident=None),)), INCIDENTS)
    assert calm.good is True
    back = samples.gap(samples.finding(life=Life.REGRESSED))
    assert answer(Ground(TODAY, scan(back), journal=(others[2],)), INCIDENTS).good is False


def test_compliance_counts_checks_and_statements_that_stand() -> None:
    verdicts = (state("privacy.a", State.PASSED), state("privacy.b", State.UNKNOWN))
    kept = Attestation("privacy.a", ".", "I did", date(2026, 11, 1), "Ann", "note", 20)
    row = answer(Ground(TODAY, scan(*verdicts), attestations=(kept,)), COMPLIANCE)
    assert row.answer == "1 of 2 checks on privacy and law pass."
    assert row.evidence == "1 statement of yours still stands, 1 of them for less than 30 days."
    assert (row.good, row.links) == (None, ("check:privacy.b",))
    assert answer(Ground(TODAY, scan(state("privacy.a", State.PASSED))), COMPLIANCE).good is True
    assert answer(Ground(TODAY, scan(state("privacy.a", State.GAP))), COMPLIANCE).good is False


def test_money_counts_from_customers_in_this_month_and_not_from_promises() -> None:
    talks = (
        paid(4_900, 3),
        paid(4_900, 9, MoneyStep.RENEWED),
        paid(1_000, 4, MoneyStep.LETTER),
        paid(99_900, 5, role=PersonRole.FRIEND),
        replace(paid(500, 2), when=datetime(2026, 10, 2, tzinfo=UTC)),
    )
    row = answer(Ground(TODAY, scan(), talks), PAID)
    assert row.answer == "1 person, 1 of them again: 98 USD."
    assert (row.good, row.evidence, row.links) == (
        True,
        "2 of 2 with a receipt or a link.",
        ("talk:3", "talk:9"),
    )
    assert answer(Ground(TODAY, scan(), talks[2:]), PAID).answer == "Nobody this month."


def test_a_page_of_markdown() -> None:
    month = MonthlyOutcomes("2026-11", (Outcome(PAID, "1 person: 49 USD.", "a | b", True),))
    assert markdown("acme-crm", month).splitlines() == [
        "# acme-crm: 2026-11",
        "",
        "| | Answer | Rests on |",
        "|---|---|---|",
        "| **Did anyone pay?** (yes) | 1 person: 49 USD. | a \\| b |",
        "",
        "Computed from scans, statements, the journal and what people gave.",
    ]
