"""demand.lane-build-mismatch: whether the code fits whom the founder says it is for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.balance import Stage
from lastmile_desktop.core.evidence import Evidence, at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.core.lane import Lane
from lastmile_desktop.project.lane import LANE_FILE, lane_of
from lastmile_desktop.project.models.screens.ui_words import shown_words, word
from lastmile_desktop.project.models.usage.lane_fit import (
    beginning,
    lacks_of_a_large_company,
    organisation_tables,
    prices,
    speaks_of,
    squeezed,
)
from lastmile_desktop.project.view import ProjectView

_CHECK = "demand.lane-build-mismatch"
_SOLO_MOST = 5
_SMALL_MOST = 10
_LARGE_LEAST = 200
_SHARE = 0.30
_FEWEST_LARGE_TABLES = 3
_NAMED_BY = 2
_MANY_STEPS = 3
_FEWEST_LACKS = 2
_PUBLIC = re.compile(
    r"(?i)\b(?:public sector|government|municipal\w*|authorit(?:y|ies)|hospitals?|universit(?:y|ies)|enterprises?)\b"
)
# What people name beside software: nothing to be connected with.
_NO_INTEGRATION = frozenset(
    ["paper", "pen", "notebook", "phone", "email", "e-mail", "mail", "text messages", "texts", "sms", "whatsapp",
     "excel", "word", "spreadsheet", "spreadsheets", "google sheets", "whiteboard", "calendar", "nothing", "memory"]
)  # fmt: skip


def detect(view: ProjectView) -> Detection:
    if view.build_talk.stage is Stage.HOBBY:
        return Detection(not_applicable=NotApplicable("You said this one is for fun."))
    lane = lane_of(view)
    if lane is None:
        return Detection(not_applicable=NotApplicable("It is not written down yet who it is for."))
    if lane.problem_with_file:
        return Detection(unknowns=(Unknown(lane.problem_with_file, LANE_FILE),))
    findings = tuple(_findings(view, lane))
    terms = len(view.notebook.terms)
    return Detection(
        findings=findings,
        passes=() if findings else (PassEvidence(_lane_at(lane, "for_who")),),
        looked=(
            Looked("choices that the lane decides", 5, 5),
            Looked("words of your customers", terms, terms),
        ),
        needs_attestation="How long a new customer takes to the first result was not measured.",
    )


def _findings(view: ProjectView, lane: Lane) -> Iterator[RawFinding]:
    yield from _overbuilt(view, lane)
    yield from _underbuilt(view, lane)
    yield from _integrations(view, lane)
    yield from _words(view)
    yield from _onboarding(view, lane)
    yield from _pricing(view, lane)


def _overbuilt(view: ProjectView, lane: Lane) -> Iterator[RawFinding]:
    if lane.company_size is None or lane.company_size[1] > _SOLO_MOST:
        return
    found = organisation_tables(view)
    if found is None or found.share <= _SHARE or len(found.tables) < _FEWEST_LARGE_TABLES:
        return
    named = ", ".join(found.tables[:4])
    yield _finding(
        "solo-overbuilt",
        f"{len(found.tables)} of {found.total} tables are about teams, roles and permissions ({named}); your lane "
        f"says companies of at most {lane.company_size[1]} people.",
        at(found.place.path, found.place.line),
    )


def _underbuilt(view: ProjectView, lane: Lane) -> Iterator[RawFinding]:
    large = lane.company_size is not None and lane.company_size[0] >= _LARGE_LEAST
    public = bool(_PUBLIC.search(f"{lane.for_who} {lane.industry}"))
    if not large and not public:
        return
    lacks = [item for item in lacks_of_a_large_company(view) if not _not_needed(item, lane)]
    if len(lacks) >= _FEWEST_LACKS:
        yield _finding(
            "enterprise-underbuilt",
            f"Customers of this size ask for {', '.join(lacks)}; nothing in the code speaks of that.",
            _lane_at(lane, "company_size" if large else "for_who"),
        )


def _not_needed(sign: str, lane: Lane) -> bool:
    said = " ".join(lane.must_not_need).lower()
    return sign.split()[-1] in said or (sign == "single sign-on" and "sso" in said)


def _integrations(view: ProjectView, lane: Lane) -> Iterator[RawFinding]:
    promised = {squeezed(tool): tool for tool in lane.must_integrate}
    named: dict[str, set[str]] = {}
    shown: dict[str, str] = {}
    for talk in view.talks:
        if talk.role.is_customer:
            for tool in talk.tools:
                if tool.casefold() not in _NO_INTEGRATION and len(squeezed(tool)) > 2:
                    named.setdefault(squeezed(tool), set()).add(f"{talk.person_id} {talk.person}")
                    shown.setdefault(squeezed(tool), tool)
    for key, tool in sorted(promised.items()):
        if not speaks_of(view, tool):
            message = (
                f"Your lane says that it must work with {tool}; no package, setting or code speaks of it."
            )
            yield _finding("integrations", message, _lane_at(lane, "must_integrate"), key)
    for key, people in sorted(named.items()):
        if len(people) >= _NAMED_BY and key not in promised and not speaks_of(view, shown[key]):
            message = (
                f"{len(people)} customers work with {shown[key]}; no package, setting or code speaks of it."
            )
            yield _finding("integrations", message, _lane_at(lane, "must_integrate"), key, confidence=0.6)


def _words(view: ProjectView) -> Iterator[RawFinding]:
    terms = [term for term in view.notebook.terms if term.theirs and term.generic]
    files = shown_words(view) if terms else ()
    for term in terms:
        theirs, generic = word(term.theirs), word(term.generic)
        if any(file.first(theirs) for file in files):
            continue
        file = next((item for item in files if item.first(generic)), None)
        if file is not None:
            message = f"Your customers say “{term.theirs}”; the screens say “{term.generic}”."
            yield _finding("words", message, at(file.path, file.first(generic)), term.theirs.casefold())


def _onboarding(view: ProjectView, lane: Lane) -> Iterator[RawFinding]:
    small = lane.company_size is not None and lane.company_size[1] <= _SMALL_MOST
    if not small and lane.first_value_minutes is None:
        return
    found = beginning(view)
    if found is not None and found.steps >= _MANY_STEPS:
        within = f" within {lane.first_value_minutes} minutes" if lane.first_value_minutes else ""
        yield _finding(
            "onboarding",
            f"A new customer meets {found.steps} steps before the first result, and wants one{within}.",
            at(found.path, found.line),
        )


def _pricing(view: ProjectView, lane: Lane) -> Iterator[RawFinding]:
    amount, per = lane.price.amount, lane.price.per.strip().lower()
    if amount is None:
        return
    shown = [price for price in prices(view) if not per or price.per == per]
    if shown and all(price.amount != amount for price in shown):
        first = shown[0]
        wanted = f"{amount:g} per {per}" if per else f"{amount:g}"
        yield _finding(
            "pricing",
            f"Your lane says {wanted}; here it says {first.amount:g} per {first.per}.",
            at(first.path, first.line),
        )


def _lane_at(lane: Lane, key: str) -> Evidence:
    return at(LANE_FILE, lane.line(key))


def _finding(
    rule: str, message: str, place: Evidence, symbol: str = "", confidence: float | None = None
) -> RawFinding:
    return RawFinding(f"{_CHECK}/{rule}", message, (place,), symbol or rule, confidence=confidence)
