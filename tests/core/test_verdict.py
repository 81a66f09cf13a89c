from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Life, NotApplicable, Unknown
from lastmile_desktop.core.verdict import NO_POSITIVE_EVIDENCE, Grounds, State, decide, worst
from tests.core.samples import finding

PROOF = (at("a.sql", 3),)
GROUNDS = Grounds("access.rls-disabled", ".")


@pytest.mark.parametrize(
    ("grounds", "state"),
    [
        (GROUNDS, State.UNKNOWN),
        (replace(GROUNDS, passes=PROOF), State.PASSED),
        (replace(GROUNDS, passes=PROOF, findings=(finding(),)), State.GAP),
        (replace(GROUNDS, passes=PROOF, findings=(finding(life=Life.SUPPRESSED),)), State.SUPPRESSED),
        (replace(GROUNDS, findings=(finding(life=Life.SUPPRESSED), finding())), State.GAP),
        (replace(GROUNDS, passes=PROOF, unknowns=(Unknown("semgrep is missing"),)), State.UNKNOWN),
        (replace(GROUNDS, findings=(finding(),), unknowns=(Unknown("semgrep is missing"),)), State.GAP),
        (replace(GROUNDS, passes=PROOF, needs_attestation="Restore it once."), State.NEEDS_ATTESTATION),
        (replace(GROUNDS, needs_attestation="Restore it once.", attested=PROOF[0]), State.PASSED),
        (replace(GROUNDS, attested=PROOF[0], findings=(finding(),)), State.GAP),
        (
            replace(GROUNDS, not_applicable=NotApplicable("No database."), findings=(finding(),)),
            State.NOT_APPLICABLE,
        ),
        (replace(GROUNDS, passes=PROOF, findings=(finding(severity=Severity.INFO),)), State.PASSED),
        (replace(GROUNDS, passes=PROOF, findings=(finding(confidence=0.4),)), State.PASSED),
    ],
)
def test_the_first_that_holds_decides(grounds: Grounds, state: State) -> None:
    assert decide(grounds).state is state


def test_silence_is_unknown_and_says_so() -> None:
    assert decide(GROUNDS).reason == NO_POSITIVE_EVIDENCE


lives = st.sampled_from(list(Life))
any_grounds = st.builds(
    Grounds,
    check_id=st.just("access.rls-disabled"),
    target=st.just("."),
    findings=st.lists(
        st.builds(
            finding, life=lives, confidence=st.floats(0.1, 1), severity=st.sampled_from(list(Severity))
        ),
        max_size=3,
    ).map(tuple),
    passes=st.sampled_from([(), PROOF]),
    unknowns=st.sampled_from([(), (Unknown("x"),)]),
    needs_attestation=st.sampled_from(["", "do it"]),
    attested=st.sampled_from([None, PROOF[0]]),
)


@given(any_grounds)
def test_nothing_passes_without_evidence_or_with_an_open_gap(grounds: Grounds) -> None:
    verdict = decide(grounds)
    if verdict.state is State.PASSED:
        assert verdict.passes
        assert not verdict.gaps
        assert not grounds.unknowns


def test_a_roll_up_is_its_worst_member() -> None:
    assert worst((State.PASSED, State.UNKNOWN, State.NEEDS_ATTESTATION)) is State.UNKNOWN
    assert worst((State.PASSED, State.GAP)) is State.GAP
