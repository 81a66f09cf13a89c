"""privacy.regime-controls: whether there is evidence to show when a customer asks for SOC 2, HIPAA or the like.

Asked only of those who said that they sell to companies, hold health data or were asked by auditors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, absent, at
from lastmile_desktop.core.facts import Fact
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.privacy.processors import entry_for, seen
from lastmile_desktop.project.policy import POLICY_FILE
from lastmile_desktop.project.view import ProjectView

CHECK = "privacy.regime-controls"
_LARGE = frozenset({"enterprise", "public-sector"})
_REGIME = re.compile(
    r"\b(?:SOC ?2|HIPAA|ISO ?27001|Trust Services Criteria|HITRUST|Cyber Essentials|TISAX)\b", re.IGNORECASE
)
_TEXTS = re.compile(
    r"(?:^|/)(?:docs|policies|compliance|security|\.lastmile)/[^\n]{1,120}\.(?:md|mdx|toml|pdf|docx)$|(?:^|"
    r"/)(?:SECURITY|COMPLIANCE)\.md$",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"(?:^|/)(?:\.well-known/security\.txt|security\.txt|SECURITY\.md)$", re.IGNORECASE)
_ASK = (
    "Files do not show who can reach your host, database, repository, payments and domain. Go through the "
    "accounts: "
    "two-factor sign-in on each, leavers removed, risks written down, everyone trained. Say when you did."
)


@dataclass(frozen=True, slots=True)
class _Topic:
    name: str
    pattern: re.Pattern[str]


_POLICIES = tuple(
    _Topic(name, re.compile(text, re.IGNORECASE))
    for name, text in (
        ("access", r"access[ _-](?:control|policy|review)|who (?:may|can) (?:access|reach)"),
        ("change", r"change[ _-](?:management|control|policy)|code review|required_reviewers"),
        ("incident", r"incident[ _-](?:response|management|plan|policy)|runbook"),
        ("backup", r"backup[ _-](?:policy|plan|and recovery)|rpo_hours|disaster[ _-]recovery"),
        ("vendor", r"vendor[ _-](?:management|policy|review)|sub-?processors?|\[\[processors\]\]"),
        ("retention", r"retention[ _-](?:policy|period|schedule)|retain_days|data[ _-]deletion"),
    )
)


def detect(view: ProjectView) -> Detection:
    """Answers decide whether this arises; files and the policy book show what is there."""
    why = _why(view)
    if why is None:
        return Detection(
            not_applicable=NotApplicable("Nobody asked you for SOC 2, HIPAA or the like, as far as you said.")
        )
    files = [path for path in view.tree.files if _TEXTS.search(path)]
    health = view.facts.value("profile.health_data") == "yes"
    findings = (
        *_undecided(view, files, why),
        *_policies(view, files),
        *_contact(view),
        *(_agreements(view) if health else ()),
    )
    regime = next((path for path in files if view.per_file("regime.named", path, _regime_line, 0)), "")
    passes: list[PassEvidence] = []
    if regime:
        passes.append(
            PassEvidence(
                at(regime, view.per_file("regime.named", regime, _regime_line, 0), note="the regime")
            )
        )
    passes += [
        PassEvidence(absent("how to tell of a hole", path))
        for path in view.tree.files
        if _CONTACT.search(path)
    ][:1]
    return Detection(
        findings, tuple(passes), looked=(Looked("policies", len(files), len(files)),), needs_attestation=_ASK
    )


def _why(view: ProjectView) -> Fact | None:
    for key, values in (
        ("profile.soc2", frozenset({"yes"})),
        ("profile.health_data", frozenset({"yes"})),
        ("profile.sells_to", _LARGE),
    ):
        fact = view.facts.first(key)
        if fact is not None and fact.value in values:
            return fact
    return None


def _regime_line(text: str) -> int:
    match = _REGIME.search(text)
    return line_at(text, match.start()) if match else 0


def _undecided(view: ProjectView, files: list[str], why: Fact) -> Iterator[RawFinding]:
    if any(view.per_file("regime.named", path, _regime_line, 0) for path in files):
        return
    reason = {
        "profile.soc2": "a customer's auditors asked for SOC 2",
        "profile.health_data": "you hold health data",
        "profile.sells_to": f"you sell to {why.value} customers",
    }[why.key]
    message = f"You said that {reason}, and nothing says which rules you follow (SOC 2, HIPAA, ISO 27001) or from when."
    yield RawFinding(
        f"{CHECK}/regime-undecided",
        message,
        (absent("a page that names the regime", "docs/compliance.md"),),
        "regime",
    )


def _policies(view: ProjectView, files: list[str]) -> Iterator[RawFinding]:
    texts = " ".join((view.text(path) or "")[:100_000] + path for path in files)
    policy = view.policy
    written = {
        "backup": policy.rpo_hours is not None,
        "vendor": bool(policy.processors),
        "retention": any(rule.retain_days for rule in policy.data_rules),
    }
    missing = [
        topic.name for topic in _POLICIES if not written.get(topic.name) and not topic.pattern.search(texts)
    ]
    if missing:
        message = f"An auditor asks for written policies; these are missing: {', '.join(missing)}."
        yield RawFinding(f"{CHECK}/policies-missing", message, (absent("policies", POLICY_FILE),), "policies")


def _contact(view: ProjectView) -> Iterator[RawFinding]:
    if not any(_CONTACT.search(path) for path in view.tree.files):
        message = (
            "Nobody who finds a hole can see whom to tell: there is neither security.txt nor SECURITY.md."
        )
        place = absent("security.txt", "public/.well-known/security.txt")
        yield RawFinding(f"{CHECK}/security-contact", message, (place,), "contact", severity=Severity.LOW)


def _agreements(view: ProjectView) -> Iterator[RawFinding]:
    """Health data may only reach companies that signed for it."""
    unable: list[tuple[str, Evidence]] = []
    for item in seen(view):
        entry = entry_for(item.processor, view.policy.processors)
        if not item.processor.baa:
            unable.append((item.processor.title, item.evidence))
        elif entry is None or entry.baa_signed_on is None:
            message = (
                f"You hold health data, and no signed agreement (BAA) with {item.processor.title} is noted."
            )
            yield RawFinding(
                f"{CHECK}/baa-missing",
                message,
                (item.evidence,),
                item.processor.title,
                severity=Severity.HIGH,
            )
    for title, evidence in unable:
        message = f"{title} offers no agreement (BAA) that is known here: health data must not reach it."
        yield RawFinding(
            f"{CHECK}/phi-in-unlisted-service", message, (evidence,), title, severity=Severity.HIGH
        )
