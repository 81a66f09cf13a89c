from __future__ import annotations

from datetime import date, timedelta

from lastmile_desktop.core.attestation import Attestation
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Finding, Life, Unknown
from lastmile_desktop.core.known import Known
from lastmile_desktop.core.suppression import ReasonKind, Suppression
from lastmile_desktop.core.verdict import State
from lastmile_desktop.scan.evaluate import Judged
from lastmile_desktop.scan.reconcile import Reconciled, reconcile
from tests.core.samples import check, finding

NOW = "2026-11-20T12:00:00+00:00"
TODAY = date(2026, 11, 20)
PATHS = frozenset({"src/a.ts"})


def judged(*findings: Finding, unknowns: tuple[Unknown, ...] = (), needs: str = "") -> Judged:
    return Judged(check(), ".", findings, (at("src/a.ts", 1),), unknowns, (), None, needs)


def run(
    item: Judged,
    known: dict[str, Known] | None = None,
    suppressions: tuple[Suppression, ...] = (),
    attestations: tuple[Attestation, ...] = (),
    paths: frozenset[str] = PATHS,
) -> Reconciled:
    return reconcile([item], known or {}, suppressions, attestations, paths, NOW)


def known_as(life: Life, path: str = "src/a.ts") -> dict[str, Known]:
    return {"f1": Known(finding(life=life, path=path), "2026-11-01T00:00:00", life)}


def life_of(result: Reconciled) -> Life:
    return result.verdicts[0].findings[0].life


def test_a_finding_is_new_then_open_then_fixed_and_may_come_back() -> None:
    assert life_of(run(judged(finding()))) is Life.NEW
    assert life_of(run(judged(finding()), known_as(Life.NEW))) is Life.OPEN
    (gone,) = run(judged(), known_as(Life.OPEN)).gone
    assert gone.life is Life.FIXED
    assert life_of(run(judged(finding()), known_as(Life.FIXED))) is Life.REGRESSED
    assert life_of(run(judged(finding()), known_as(Life.REGRESSED))) is Life.REGRESSED


def test_it_keeps_the_day_it_was_first_seen() -> None:
    found = run(judged(finding()), known_as(Life.FIXED)).verdicts[0].findings[0]
    assert found.first_seen == "2026-11-01T00:00:00"


def test_a_file_that_is_gone_is_removed_and_not_fixed() -> None:
    (gone,) = run(judged(), known_as(Life.OPEN, "src/old.ts")).gone
    assert gone.life is Life.REMOVED


def test_what_an_engine_could_not_look_at_is_not_called_fixed() -> None:
    result = run(judged(unknowns=(Unknown("semgrep is missing"),)), known_as(Life.OPEN))
    assert result.gone == ()
    assert result.verdicts[0].state is State.UNKNOWN


def test_what_is_fixed_already_is_not_told_again() -> None:
    assert run(judged(), known_as(Life.FIXED)).gone == ()


def test_a_suppression_covers_until_it_ends() -> None:
    def suppressed(expires: date) -> State:
        entry = Suppression(
            rule="access.rls-disabled/rule",
            kind=ReasonKind.ACCEPTED_RISK,
            reason="Only opening hours are in there.",
            created=TODAY,
            expires=expires,
            fingerprint="f1",
        )
        return run(judged(finding()), suppressions=(entry,)).verdicts[0].state

    assert suppressed(TODAY) is State.SUPPRESSED
    assert suppressed(TODAY - timedelta(days=1)) is State.GAP


def test_an_attestation_lives_its_days_and_hides_no_finding() -> None:
    def stated(days_ago: int, *findings: Finding) -> State:
        made = Attestation(
            "access.rls-disabled", ".", "Done.", TODAY - timedelta(days=days_ago), "Ann", "note", 90
        )
        return run(judged(*findings, needs="Say so."), attestations=(made,)).verdicts[0].state

    assert stated(1) is State.PASSED
    assert stated(91) is State.NEEDS_ATTESTATION
    assert stated(1, finding()) is State.GAP


def test_reconciling_again_changes_nothing_but_new_to_open() -> None:
    first = run(judged(finding())).verdicts[0].findings[0]
    again = run(judged(finding()), {"f1": Known(first, first.first_seen, first.life)})
    assert again.verdicts[0].findings[0].first_seen == first.first_seen
    assert again.verdicts[0].state is run(judged(finding())).verdicts[0].state
