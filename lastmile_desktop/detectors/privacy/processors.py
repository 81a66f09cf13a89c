"""privacy.processors: whether the companies that see personal data are listed, as a customer would ask."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, absent, at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.privacy.collects import collects
from lastmile_desktop.project.models.privacy.privacy_page import PrivacyPage, privacy_page
from lastmile_desktop.project.models.privacy.processors import Seen, entry_for, seen
from lastmile_desktop.project.models.usage.purpose import not_for_private_use, quieted
from lastmile_desktop.project.policy import POLICY_FILE
from lastmile_desktop.project.policy_data import ProcessorEntry
from lastmile_desktop.project.view import ProjectView

CHECK = "privacy.processors"
_BUSINESS = frozenset({"enterprise", "public-sector", "small-business"})
_REVIEW_DAYS = 365
_EUROPE = re.compile(
    r"^(?:eu|europe|eea|uk|gb|de|fr|ie|nl|se|fi|es|it|pl|fra|cdg|dub|lhr|arn|ams)\b|^eu-|europe-|frankfurt|"
    r"ireland|paris|stockholm|london|amsterdam|germany",
    re.IGNORECASE,
)
_AGREEMENT = re.compile(
    r"(?:^|/)[\w-]*(?:dpa|data-?processing|auftragsverarbeitung|avv)[\w-]*(?:/page)?\.(?:tsx|jsx|mdx?|html|"
    r"pdf|docx)$",
    re.IGNORECASE,
)
_LIST_PAGE = re.compile(
    r"(?:^|/)[\w-]*sub-?processors?[\w-]*(?:/page)?\.(?:tsx|jsx|mdx?|html)$", re.IGNORECASE
)
_NAMES_LIST = re.compile(r"sub-?processors", re.IGNORECASE)
_REGION_OF_HOST = re.compile(
    r"\"regions\"\s*:\s*\[\s*\"([a-z0-9-]{3,20})\"|^\s*(?:primary_)?region\s*[=:]\s*[\"']?([a-z0-9-]{3,20})",
    re.MULTILINE,
)
_HOST_FILES = ("vercel.json", "fly.toml", "render.yaml")


def detect(view: ProjectView) -> Detection:
    """The detected companies held against the founder's own list."""
    companies = seen(view)
    if not companies or collects(view) is None:
        return Detection(not_applicable=NotApplicable("No outside service here sees data about people."))
    private = not_for_private_use(view)
    if private is not None:
        return Detection(not_applicable=private)
    listed = view.policy.processors
    page = privacy_page(view)
    findings = (
        *(_unlisted(companies, listed, page)),
        *(finding for item in companies for finding in _entry(view, item, listed)),
        *_region(view),
        *_business(view, companies),
    )
    entries = [entry for item in companies if (entry := entry_for(item.processor, listed)) is not None]
    passes = (
        [PassEvidence(absent(f"{len(entries)} of {len(companies)} companies are listed", POLICY_FILE))]
        if entries
        else []
    )
    named = [item for item in companies if page.names(item.processor.title)]
    if not listed and named:
        note = f"names {len(named)} of {len(companies)} companies"
        passes.append(PassEvidence(at(page.path, 1, note=note)))
    return Detection(
        quieted(view, findings), tuple(passes), looked=(Looked("companies", len(entries), len(companies)),)
    )


def _unlisted(
    companies: tuple[Seen, ...], listed: tuple[ProcessorEntry, ...], page: PrivacyPage
) -> Iterator[RawFinding]:
    missing = [item for item in companies if entry_for(item.processor, listed) is None]
    if not missing:
        return
    builders = [item for item in missing if item.processor.builder]
    if not listed:
        hidden = [item for item in missing if not page.names(item.processor.title)]
        if not hidden:
            return
        names = ", ".join(item.processor.title for item in hidden)
        message = f"Nobody has listed the companies that see your users' data: {names}."
        if len(hidden) < len(missing):
            message = (
                f"Your privacy page names some of the companies that see your users' data, but not {names}."
            )
            evidence = tuple(item.evidence for item in hidden)
            yield RawFinding(f"{CHECK}/no-list", message, evidence, "list", Severity.LOW)
            return
        yield RawFinding(f"{CHECK}/no-list", message, tuple(item.evidence for item in missing), "list")
        return
    for item in missing:
        rule = "ai-builder-access" if item in builders else "new-service-unlisted"
        why = (
            "it hosts and can read what you build"
            if item in builders
            else "it came in since the list was made"
        )
        message = f"{item.processor.title} is not on your list of processors: {why}."
        yield RawFinding(f"{CHECK}/{rule}", message, (item.evidence,), item.processor.title)


def _entry(view: ProjectView, item: Seen, listed: tuple[ProcessorEntry, ...]) -> Iterator[RawFinding]:
    entry = entry_for(item.processor, listed)
    if entry is None:
        return
    title, place = item.processor.title, (item.evidence,)
    if entry.dpa_accepted_on is None:
        message = f"No data processing agreement with {title} is noted; it is at {item.processor.dpa}."
        yield RawFinding(f"{CHECK}/no-dpa", message, place, title)
    if item.processor.ai and not entry.training:
        message = f"It is not noted whether {title} may train on what your users enter."
        yield RawFinding(f"{CHECK}/llm-training-setting", message, place, title)
    europeans = view.facts.value("profile.eu_users") == "yes"
    if europeans and entry.region and not _EUROPE.search(entry.region) and not entry.transfer_basis:
        message = f"{title} processes European data in {entry.region}, and no legal basis for the transfer is noted."
        yield RawFinding(f"{CHECK}/transfer-basis-missing", message, place, title)
    promised = view.policy.regions or view.facts.values("profile.data_region")
    if promised and entry.region and not any(_same_region(entry.region, region) for region in promised):
        message = f"{title} is listed in {entry.region}, but you promise {', '.join(promised)}."
        yield RawFinding(f"{CHECK}/region-mismatch", message, place, title)
    reviewed = entry.reviewed_on or entry.dpa_accepted_on
    if reviewed is not None and view.now.date() - reviewed > timedelta(days=_REVIEW_DAYS):
        message = f"The entry for {title} was last looked at on {reviewed.isoformat()}, more than a year ago."
        yield RawFinding(f"{CHECK}/review-stale", message, place, title, severity=Severity.LOW)


def _same_region(one: str, other: str) -> bool:
    first, second = one.lower(), other.lower()
    return (
        first in second
        or second in first
        or (_EUROPE.search(first) is not None and second in ("eu", "europe", "eea"))
    )


def _region(view: ProjectView) -> Iterator[RawFinding]:
    """Where functions run, as their host's file says, against what customers are promised."""
    promised = view.policy.regions or view.facts.values("profile.data_region")
    if not promised or not all(_EUROPE.search(region) for region in promised):
        return
    for path in view.tree.files:
        if path.rpartition("/")[2] in _HOST_FILES:
            line, region = view.per_file("processors.region", path, _region_in, (0, ""))
            if line and not _EUROPE.search(region):
                message = f"{path} runs the code in {region}, but you promise {', '.join(promised)}."
                yield RawFinding(f"{CHECK}/region-mismatch", message, (at(path, line),), path)


def _region_in(text: str) -> tuple[int, str]:
    match = _REGION_OF_HOST.search(text)
    return (line_at(text, match.start()), match[1] or match[2]) if match else (0, "")


def _business(view: ProjectView, companies: tuple[Seen, ...]) -> Iterator[RawFinding]:
    """Companies ask for your own agreement and for a page that names your processors."""
    if view.facts.value("profile.sells_to") not in _BUSINESS:
        return
    place: Evidence = companies[0].evidence
    if not any(_AGREEMENT.search(path) for path in view.tree.files):
        message = "You sell to companies, and there is no data processing agreement that you could send them."
        yield RawFinding(f"{CHECK}/customer-dpa-missing", message, (place,), "agreement")
    if not any(_LIST_PAGE.search(path) for path in view.tree.files) and not _names_processors(view):
        message = "You sell to companies, and no page names the companies that process their data."
        yield RawFinding(f"{CHECK}/public-subprocessor-page", message, (place,), "page")


def _names_processors(view: ProjectView) -> bool:
    return any(
        view.per_file("processors.named", path, _named, False)
        for path in view.tree.files
        if path.endswith((".tsx", ".jsx", ".mdx", ".html")) and "node_modules" not in path
    )


def _named(text: str) -> bool:
    return _NAMES_LIST.search(text) is not None
