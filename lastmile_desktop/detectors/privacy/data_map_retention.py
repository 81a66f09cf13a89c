"""privacy.data-map-retention: whether it is written down what is held about people, why, and until when."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, absent, at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.models.privacy.personal_data import PersonalColumn, personal_columns
from lastmile_desktop.project.models.privacy.privacy_page import privacy_page
from lastmile_desktop.project.models.privacy.retention import Retention, build
from lastmile_desktop.project.models.usage.purpose import not_for_private_use, quieted
from lastmile_desktop.project.policy import POLICY_FILE
from lastmile_desktop.project.policy_data import DataRule
from lastmile_desktop.project.view import ProjectView

CHECK = "privacy.data-map-retention"
_SHORT_LIVED = re.compile(
    r"token|otp|session|nonce|rate_?limit|throttle|cache|captcha|challenge|verification_?code"
)
_MOST_PLACES = 8
_CONSENT = ("consent", "explicit", "vital", "9(2)", "health care", "healthcare")
_ASK = (
    "Backups keep what was deleted. Say how long yours are kept, and that your deletion plan counts them in."
)


def detect(view: ProjectView) -> Detection:
    """The columns found in the schema held against `[[data.class]]` of the policy book."""
    private = not_for_private_use(view)
    if private is not None:
        return Detection(not_applicable=private)
    columns = personal_columns(view.schema)
    retention = build(view)
    copies = tuple(_copies(retention))
    if not columns:
        return _without_columns(view, copies)
    rules = view.policy.data_rules
    covered = [column for column in columns if any(rule.covers(column.name) for rule in rules)]
    findings = (
        *_map(view, columns, rules),
        *(finding for rule in rules for finding in _rule(rule, columns, retention)),
        *_ages(view, columns, rules, retention),
        *_special(columns, rules),
        *copies,
    )
    note = f"{len(covered)} of {len(columns)} personal columns are in the map"
    passes = [PassEvidence(absent(note, POLICY_FILE))] if covered else []
    passes += [
        PassEvidence(at(item.path, item.line, note="deletes old rows")) for item in retention.cleanups[:3]
    ]
    unknowns = tuple(
        Unknown(f"{item.place.path}: {item.error}", item.place.path)
        for item in view.schema.unparsed
        if item.keyword == "CREATE"
    )
    looked = (Looked("personal columns", len(covered), len(columns)),)
    return Detection(quieted(view, findings), tuple(passes), unknowns, looked, needs_attestation=_ASK)


def _without_columns(view: ProjectView, copies: tuple[RawFinding, ...]) -> Detection:
    if copies:
        return Detection(findings=copies)
    if view.facts.has("auth.provider") and not view.schema.tables and view.facts.has("db.engine"):
        reason = "The tables of this project are not described in any file, so nobody can say what they hold."
        return Detection(unknowns=(Unknown(reason),))
    return Detection(not_applicable=NotApplicable("No stored column looks personal."))


def _map(
    view: ProjectView, columns: tuple[PersonalColumn, ...], rules: tuple[DataRule, ...]
) -> Iterator[RawFinding]:
    open_columns = [column for column in columns if not any(rule.covers(column.name) for rule in rules)]
    if not open_columns:
        return
    counted = Counter(str(column.kind) for column in open_columns)
    kinds = ", ".join(f"{count} × {kind}" for kind, count in counted.most_common())
    places = tuple(_place(column) for column in open_columns[:_MOST_PLACES])
    if rules:
        names = ", ".join(column.name for column in open_columns[:4])
        message = f"{len(open_columns)} columns that look personal are not in your data map, such as {names}."
        yield RawFinding(f"{CHECK}/unclassified-new", message, places, "unclassified")
        return
    page = privacy_page(view)
    if page.line:
        message = (
            f"{page.path} tells visitors what is collected, but no map says why and until when for the "
            f"{len(open_columns)} columns that look personal ({kinds})."
        )
        yield RawFinding(f"{CHECK}/no-map", message, places, "map", Severity.INFO, 0.65)
        return
    message = f"Nothing says what is held about people. {len(open_columns)} columns look personal ({kinds})."
    lone = len(open_columns) == 1 and not open_columns[0].kind.is_special
    yield RawFinding(f"{CHECK}/no-map", message, places, "map", Severity.LOW if lone else None)


def _place(column: PersonalColumn) -> Evidence:
    return at(column.place.path, column.place.line, note=column.name)


def _rule(rule: DataRule, columns: tuple[PersonalColumn, ...], retention: Retention) -> Iterator[RawFinding]:
    mine = [column for column in columns if rule.covers(column.name)]
    if not mine:
        return
    if not rule.purpose or not rule.basis:
        what = "purpose" if not rule.purpose else "legal basis"
        message = f"The class “{rule.name}” of your data map names no {what}."
        yield RawFinding(f"{CHECK}/no-purpose-basis", message, (_policy(),), rule.name)
    if rule.retain_days is None:
        message = f"The class “{rule.name}” of your data map does not say how long it is kept."
        yield RawFinding(f"{CHECK}/no-retention", message, (_policy(),), rule.name)
        return
    tables = dict.fromkeys(column.table for column in mine)
    kept = [table for table in tables if retention.of(table) is None]
    if kept:
        message = (
            f"Your data map says that “{rule.name}” goes after {rule.retain_days} days, but nothing "
            f"deletes old rows "
            f"of {', '.join(kept[:4])}."
        )
        first = next(column for column in mine if column.table == kept[0])
        yield RawFinding(f"{CHECK}/retention-not-enforced", message, (_place(first), _policy()), rule.name)


def _policy() -> Evidence:
    return absent("the data map", POLICY_FILE)


def _ages(
    view: ProjectView, columns: tuple[PersonalColumn, ...], rules: tuple[DataRule, ...], retention: Retention
) -> Iterator[RawFinding]:
    """Without a map, the one thing files tell is whether anything is ever deleted by its age."""
    # Codes and sessions that run out are swept away by everyone; what is known of people stays.
    ends = [item for item in retention.cleanups if not _SHORT_LIVED.search(item.table)]
    if rules or ends:
        return
    message = "Old data about people goes only when somebody deletes it: no job and no rule ends its life."
    yield RawFinding(f"{CHECK}/no-retention", message, (_place(columns[0]),), "retention", confidence=0.7)


def _special(columns: tuple[PersonalColumn, ...], rules: tuple[DataRule, ...]) -> Iterator[RawFinding]:
    special = [column for column in columns if column.kind.is_special]
    unexplained = [
        column
        for column in special
        if not any(rule.covers(column.name) and _explains(rule) for rule in rules)
    ]
    if not unexplained:
        return
    names = ", ".join(dict.fromkeys(f"{column.name} ({column.kind})" for column in unexplained[:4]))
    message = f"Data that the law protects most is stored without a noted basis: {names}."
    places = tuple(_place(column) for column in unexplained[:_MOST_PLACES])
    yield RawFinding(f"{CHECK}/special-category", message, places, "special", severity=Severity.HIGH)


def _explains(rule: DataRule) -> bool:
    return any(word in rule.basis.lower() for word in _CONSENT)


def _copies(retention: Retention) -> Iterator[RawFinding]:
    for path, line in retention.copies:
        message = f"{path} copies production data onto a developer's machine as it is."
        yield RawFinding(f"{CHECK}/prod-data-in-dev", message, (at(path, line),), path)
