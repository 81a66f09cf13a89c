"""How a month went, by outcome and not by output (catalogue §7.1): never from lines, commits or stars. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from lastmile_desktop.core.attestation import Attestation
from lastmile_desktop.core.conversation import Conversation, MoneyStep
from lastmile_desktop.core.finding import Life
from lastmile_desktop.core.notebook import Difference, JournalEntry, MonthlyOutcomes, Outcome
from lastmile_desktop.core.scan import Scan
from lastmile_desktop.core.verdict import State, Verdict

SHIPPED, WORKS, INCIDENTS, COMPLIANCE, PAID = (
    "Did it ship?",
    "Does it work?",
    "Did we avoid incidents?",
    "Did we pass compliance?",
    "Did anyone pay?",
)
RELEASE_CHECK = "delivery.release-unproven"
_WORK = ("reliability.", "frontend.async-states")
_PROMISES = "privacy."
_EXPIRES_SOON = timedelta(days=30)
_MOST_LINKS = 5


@dataclass(frozen=True, slots=True)
class Ground:
    """All that the answers rest on: the newest scan, None before the first one; talks, journal and attestations of
    all times."""

    today: date
    scan: Scan | None
    talks: Sequence[Conversation] = ()
    journal: Sequence[JournalEntry] = ()
    attestations: Sequence[Attestation] = ()

    @property
    def month(self) -> str:
        return f"{self.today:%Y-%m}"

    def in_month(self, day: date) -> bool:
        return (day.year, day.month) == (self.today.year, self.today.month)

    def verdicts(self, *starts: str) -> list[Verdict]:
        found = self.scan.verdicts if self.scan else ()
        return [verdict for verdict in found if verdict.check_id.startswith(starts)]


def outcomes(ground: Ground) -> MonthlyOutcomes:
    """The scoreboard of the month that today is in."""
    return MonthlyOutcomes(
        ground.month,
        (_shipped(ground), _works(ground), _incidents(ground), _compliance(ground), _paid(ground)),
    )


def _shipped(ground: Ground) -> Outcome:
    facts = ground.scan.facts if ground.scan else None
    url = (facts.value("profile.url") or facts.value("host.url") or "") if facts else ""
    release = next(iter(ground.verdicts(RELEASE_CHECK)), None)
    proof = next((item.note for item in release.passes if item.note), "") if release else ""
    links = (_check(release),) if release else ()
    if not url:
        return Outcome(SHIPPED, "Where people can open it is not known.", "", None, links)
    if release is not None and release.state is State.PASSED:
        return Outcome(
            SHIPPED, f"It is open at {url}, and the last release was tried there.", proof, True, links
        )
    return Outcome(
        SHIPPED, f"It is open at {url}. That the last release works there is not proven.", "", None, links
    )


def _works(ground: Ground) -> Outcome:
    verdicts = [item for item in ground.verdicts(*_WORK) if item.state is not State.NOT_APPLICABLE]
    gaps = [item for item in verdicts if item.state is State.GAP]
    open_questions = [item for item in verdicts if item.state in (State.UNKNOWN, State.NEEDS_ATTESTATION)]
    if not verdicts:
        return Outcome(WORKS, "Nothing has been looked at yet.")
    if gaps:
        text = f"{_number(len(gaps), 'check')} on slow, failing or empty moments {_has(len(gaps))} open gaps."
        return Outcome(WORKS, text, _of(len(verdicts), gaps), False, _checks(gaps))
    if open_questions:
        text = f"No gap is known; {_number(len(open_questions), 'check')} could not be answered."
        return Outcome(WORKS, text, _of(len(verdicts), ()), None, _checks(open_questions))
    return Outcome(
        WORKS, "No check on slow, failing or empty moments has a gap.", _of(len(verdicts), ()), True
    )


def _incidents(ground: Ground) -> Outcome:
    month = [entry for entry in ground.journal if ground.in_month(entry.happened_on)]
    incidents = [entry for entry in month if entry.incident is not None]
    back = _came_back(ground)
    links = tuple(f"journal:{entry.id}" for entry in incidents)[:_MOST_LINKS] + _checks(back)
    again = f" {_number(len(back), 'gap')} came back." if back else ""
    if not incidents:
        known = bool(ground.journal)
        text = "No incident was written down." if known else "Nothing was written in the journal yet."
        return Outcome(INCIDENTS, text + again, "", None if not known else not back, links)
    minutes = sum(entry.minutes_lost for entry in incidents)
    lost = f", {minutes:,} minutes lost" if minutes else ""
    text = f"{_number(len(incidents), 'incident')}{lost}.{again}"
    return Outcome(INCIDENTS, text, _same_cause(incidents), False, links)


def _came_back(ground: Ground) -> list[Verdict]:
    return [
        verdict
        for verdict in (ground.scan.verdicts if ground.scan else ())
        if any(finding.life is Life.REGRESSED for finding in verdict.gaps)
    ]


def _same_cause(incidents: Iterable[JournalEntry]) -> str:
    counted: Counter[Difference] = Counter(
        difference for entry in incidents for difference in set(entry.differences)
    )
    twice = [str(difference) for difference, times in counted.most_common() if times > 1]
    return f"More than once: {', '.join(twice)}." if twice else ""


def _compliance(ground: Ground) -> Outcome:
    verdicts = [item for item in ground.verdicts(_PROMISES) if item.state is not State.NOT_APPLICABLE]
    passed = [item for item in verdicts if item.state is State.PASSED]
    rest = [item for item in verdicts if item.state is not State.PASSED]
    if not verdicts:
        return Outcome(COMPLIANCE, "Nothing has been looked at yet.", _statements(ground))
    text = f"{len(passed)} of {_number(len(verdicts), 'check')} on privacy and law pass."
    failed = any(item.state in (State.GAP, State.SUPPRESSED) for item in rest)
    good = True if not rest else False if failed else None
    return Outcome(COMPLIANCE, text, _statements(ground), good, _checks(rest))


def _statements(ground: Ground) -> str:
    """What was stated and still stands, and what of it ends within 30 days."""
    live = [item for item in ground.attestations if item.is_live(ground.today)]
    soon = [item for item in live if item.expires_on - ground.today <= _EXPIRES_SOON]
    if not live:
        return ""
    ends = f", {len(soon)} of them for less than 30 days" if soon else ""
    return (
        f"{_number(len(live), 'statement')} of yours still {'stands' if len(live) == 1 else 'stand'}{ends}."
    )


def _paid(ground: Ground) -> Outcome:
    paid = [
        talk
        for talk in ground.talks
        if talk.role.is_customer and talk.commitment.sells and ground.in_month(talk.when.date())
    ]
    links = tuple(f"talk:{talk.id}" for talk in paid)[:_MOST_LINKS]
    if not paid:
        earlier = any(talk.commitment.sells for talk in ground.talks)
        return Outcome(PAID, "Nobody this month." if earlier else "Nobody yet.", "", False)
    people = len({talk.person_id or talk.person for talk in paid})
    renewed = sum(talk.commitment.money is MoneyStep.RENEWED for talk in paid)
    again = f", {renewed} of them again" if renewed else ""
    text = f"{_number(people, 'person', 'people')}{again}: {_sum(paid)}."
    proofs = sum(bool(talk.commitment.evidence) for talk in paid)
    return Outcome(PAID, text, f"{proofs} of {len(paid)} with a receipt or a link.", True, links)


def _sum(paid: Iterable[Conversation]) -> str:
    amounts: dict[str, int] = {}
    for talk in paid:
        amounts[talk.commitment.currency] = amounts.get(talk.commitment.currency, 0) + talk.commitment.amount
    parts = [
        f"{amount / 100:,.2f}".removesuffix(".00") + f" {code}" for code, amount in amounts.items() if amount
    ]
    return " and ".join(part.strip() for part in parts) or "no amount noted"


def _number(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _has(count: int) -> str:
    return "has" if count == 1 else "have"


def _of(total: int, gaps: Sequence[Verdict]) -> str:
    return f"{total - len(gaps)} of {_number(total, 'check')} without a gap."


def _check(verdict: Verdict) -> str:
    return f"check:{verdict.row_id}"


def _checks(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    return tuple(_check(verdict) for verdict in verdicts)[:_MOST_LINKS]


def markdown(project: str, month: MonthlyOutcomes) -> str:
    """The scoreboard of one month on one page."""
    lines = [f"# {project}: {month.month}", "", "| | Answer | Rests on |", "|---|---|---|"]
    for row in month.outcomes:
        mark = {True: "yes", False: "no", None: "open"}[row.good]
        lines.append(f"| **{row.question}** ({mark}) | {_cell(row.answer)} | {_cell(row.evidence)} |")
    lines += ["", "Computed from scans, statements, the journal and what people gave."]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
