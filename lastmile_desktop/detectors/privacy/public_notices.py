"""privacy.public-notices: the pages on privacy, terms, contact and refunds that visitors, stores and payment
providers look for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, absent, at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.accounts.sign_up import is_given_accounts, sign_up_place
from lastmile_desktop.project.models.privacy.collects import collects, has_pages
from lastmile_desktop.project.models.privacy.notice_texts import (
    AI_WORDS,
    NO_COOKIES,
    Asked,
    contact_in,
    is_advertiser,
    is_written_out,
    missing_topics,
    placeholder_in,
    speaks_of_refunds,
)
from lastmile_desktop.project.models.privacy.notices import Notice, Notices, build
from lastmile_desktop.project.models.routes.model import EffectKind
from lastmile_desktop.project.models.usage.purpose import not_for_private_use, quieted
from lastmile_desktop.project.view import ProjectView

CHECK = "privacy.public-notices"
_ACCEPTED = re.compile(
    r"(?:accepted|agreed|agree|accept)_?(?:to_?)?(?:the_?)?(?:terms|tos|privacy|policy)|(?:terms|tos|"
    r"privacy|policy|consent)_?(?:policy_?)?(?:accepted|agreed|version|consent|at)|legalConsent|"
    r"marketing_consent",
    re.IGNORECASE,
)
_ASSISTANT = re.compile(
    r"(?:^|/)[\w-]*(?:chat|assistant|coach|concierge|companion|advisor|voice)[\w-]*\.(?:tsx|jsx|vue|svelte|"
    r"html)$",
    re.IGNORECASE,
)
_AGES = re.compile(
    r"parental consent|parent or guardian|under (?:13|16)|at least 1[368]|date_?of_?birth|age_?(?:gate|"
    r"check|verif)|over_?1[368]",
    re.IGNORECASE,
)
_GERMAN = re.compile(r"<html[^>]{0,120}\blang=[\"']de", re.IGNORECASE)
_NO_INDEX = re.compile(
    r"<meta[^>]{0,80}name=[\"']robots[\"'][^>]{0,80}noindex|robots\s*:\s*\{?\s*[\"']?(?:noindex|"
    r"index\s*:\s*false)",
    re.IGNORECASE,
)
_ASK = "Read the published pages once, compare them with what the app does, and say on which day you did."
_SHELLS = re.compile(
    r"(?:^|/)(?:index\.html|app/layout\.[jt]sx?|app\.html|root\.[jt]sx?|base\.html|_document\.[jt]sx?)$"
)
_SIDE = (".tsx", ".jsx", ".html", ".vue", ".svelte", ".astro")


def detect(view: ProjectView) -> Detection:
    """Pages and links first; then what the pages say, held against what the project does."""
    sign = collects(view)
    if sign is None or not has_pages(view):
        return Detection(
            not_applicable=NotApplicable("Nothing here is shown to people and collects anything of them.")
        )
    if _internal(view):
        return Detection(
            not_applicable=NotApplicable(
                "The pages are kept out of search and sell nothing: an internal tool."
            )
        )
    private = not_for_private_use(view)
    if private is not None:
        return Detection(not_applicable=private)
    notices = build(view)
    findings = (
        *_absent(view, notices, Notice.PRIVACY, sign),
        *_absent(view, notices, Notice.TERMS, sign),
        *_texts(view, notices),
        *_unlinked(view, notices),
        *_imprint(view, notices),
        *_refunds(view, notices),
        *_acceptance(view, notices),
        *_assistant(view),
        *_minors(view),
    )
    return Detection(
        quieted(view, findings),
        tuple(PassEvidence(place) for place in _found(notices)),
        looked=(Looked("pages and links", notices.seen, notices.seen),),
        needs_attestation=_ASK,
    )


def _internal(view: ProjectView) -> bool:
    if view.facts.has("pay.provider"):
        return False
    return any(
        _SHELLS.search(path) and view.per_file("notices.noindex", path, _hides, False)
        for path in view.tree.files
    )


def _hides(text: str) -> bool:
    return _NO_INDEX.search(text) is not None


def _found(notices: Notices) -> Iterator[Evidence]:
    for page in notices.pages:
        yield at(page.path, 1, note=f"the page on {page.notice}")
    for path, link in notices.links:
        if link.outside:
            yield at(path, link.line, note=f"leads to a hosted page on {link.notice}")


def _absent(view: ProjectView, notices: Notices, notice: Notice, sign: Evidence) -> Iterator[RawFinding]:
    links = notices.links_of(notice)
    if notices.pages_of(notice) or any(link.outside for _, link in links) or _routed(notices, notice):
        return
    rule, name = (("no-privacy", "privacy"), ("no-terms", "terms"))[notice is Notice.TERMS]
    leading = next(((path, link) for path, link in links if not link.route), None)
    if leading is not None:
        path, link = leading
        message = f"{path} links to “{link.target}” for the {name} page, and there is no such page."
        yield RawFinding(f"{CHECK}/{rule}", message, (at(path, link.line),), name, confidence=0.85)
        return
    sells = view.facts.has("pay.provider")
    signs_up = view.facts.has("auth.provider") and not is_given_accounts(view)
    if notice is Notice.TERMS and not (sells or signs_up):
        return
    why = (
        "although the app collects data about people"
        if notice is Notice.PRIVACY
        else "although people sign up"
    )
    message = f"There is no {name} page and no link to one, {why}."
    place = sign_up_place(view) or sign
    yield RawFinding(f"{CHECK}/{rule}", message, (place,), name)


def _routed(notices: Notices, notice: Notice) -> bool:
    """A router that names the page shows one, wherever its text is kept."""
    return any(link.route for _, link in notices.links_of(notice))


def _texts(view: ProjectView, notices: Notices) -> Iterator[RawFinding]:
    for page in notices.pages:
        line, what = view.per_file("notices.placeholder", page.path, placeholder_in, (0, ""))
        if line:
            message = f"The {page.notice} page still says “{what}”."
            yield RawFinding(f"{CHECK}/placeholder", message, (at(page.path, line),), page.path)
    pages = [
        page
        for page in notices.pages_of(Notice.PRIVACY)
        if view.per_file("notices.prose", page.path, is_written_out, False)
    ]
    if not pages:
        return
    text = "\n".join(view.text(page.path) or "" for page in pages)
    yield from _mismatch(view, pages[0].path, text)
    if not contact_in(text) and not any(contact_in(view.text(page.path) or "") for page in notices.pages):
        message = f"{pages[0].path} names nobody to write to: no address, no contact."
        yield RawFinding(f"{CHECK}/no-contact-imprint", message, (at(pages[0].path, 1),), "contact")


def _mismatch(view: ProjectView, path: str, text: str) -> Iterator[RawFinding]:
    denial = NO_COOKIES.search(text)
    tracker = view.facts.first("trackers")
    if denial is not None and tracker is not None and tracker.evidence is not None:
        line = line_at(text, denial.start())
        message = f"{path} says that no cookies are used, but {tracker.value} is there."
        yield RawFinding(
            f"{CHECK}/facts-mismatch", message, (at(path, line), tracker.evidence), "cookies", confidence=0.85
        )
    asked = tuple(
        Asked(key, fact.value, fact.evidence)
        for key in ("pay.provider", "ai.sdk", "trackers", "obs.analytics", "email.provider")
        if (fact := view.facts.first(key)) is not None and fact.evidence is not None
    )
    asked += tuple(
        Asked("ads", fact.value, fact.evidence)
        for fact in view.facts
        if fact.key == "trackers" and fact.evidence is not None and is_advertiser(fact.value)
    )
    silent = missing_topics(text, asked)
    if silent:
        names = ", ".join(item.topic for item in silent)
        message = f"{path} does not mention what the app does: {names}."
        places = (at(path, 1), *(item.evidence for item in silent))
        yield RawFinding(f"{CHECK}/facts-mismatch", message, places, path)


def _unlinked(view: ProjectView, notices: Notices) -> Iterator[RawFinding]:
    for notice in (Notice.PRIVACY, Notice.TERMS):
        pages = notices.pages_of(notice)
        links = [
            link
            for path, link in notices.links_of(notice)
            if not link.route and not link.dead and path not in {page.path for page in pages}
        ]
        if not pages or links or all("legal" in page.path.lower() for page in pages):
            continue
        if notice is Notice.TERMS and not notices.pages_of(Notice.PRIVACY):
            continue
        message = f"The {notice} page is there, but no other page links to it."
        yield RawFinding(f"{CHECK}/not-linked", message, (at(pages[0].path, 1),), str(notice))


def _imprint(view: ProjectView, notices: Notices) -> Iterator[RawFinding]:
    """German law asks every business site for an imprint; other countries for a contact."""
    if notices.pages_of(Notice.IMPRINT) or notices.links_of(Notice.IMPRINT):
        return
    for path in view.tree.files:
        if _SHELLS.search(path) and view.per_file("notices.german", path, _is_german, 0):
            message = "The site is in German and has no imprint (Impressum), which German law asks of business sites."
            line = view.per_file("notices.german", path, _is_german, 0)
            yield RawFinding(f"{CHECK}/no-contact-imprint", message, (at(path, line),), "imprint")
            return


def _is_german(text: str) -> int:
    match = _GERMAN.search(text)
    return line_at(text, match.start()) if match else 0


def _refunds(view: ProjectView, notices: Notices) -> Iterator[RawFinding]:
    """Whoever sells says how to cancel and what is paid back."""
    fact = view.facts.first("pay.provider")
    if (
        fact is None
        or fact.evidence is None
        or notices.pages_of(Notice.REFUND)
        or notices.links_of(Notice.REFUND)
    ):
        return
    terms = notices.pages_of(Notice.TERMS)
    if not terms:
        return
    if any(view.per_file("notices.refunds", page.path, speaks_of_refunds, False) for page in terms):
        return
    message = f"{terms[0].path} says nothing on refunds or cancelling, although the app takes money."
    yield RawFinding(f"{CHECK}/no-refund-cancel", message, (at(terms[0].path, 1), fact.evidence), "refund")


def _acceptance(view: ProjectView, notices: Notices) -> Iterator[RawFinding]:
    """Who agreed to which version, and when, is only known when it is written down."""
    fact = view.facts.first("auth.provider")
    terms = notices.pages_of(Notice.TERMS)
    if fact is None or fact.evidence is None or not terms:
        return
    for table in view.schema.tables.values():
        if any(_ACCEPTED.search(column.name) for column in table.columns):
            return
    if any(_ACCEPTED.search(view.text(path) or "") for path in view.outlines if _names_sign_up(path)):
        return
    message = "People sign up, and nothing records that they accepted the terms, which version and when."
    place = sign_up_place(view) or fact.evidence
    yield RawFinding(f"{CHECK}/no-version-consent", message, (place, at(terms[0].path, 1)), "acceptance")


def _names_sign_up(path: str) -> bool:
    return re.search(r"sign-?_?up|register|auth|onboard|terms|consent", path, re.IGNORECASE) is not None


def _assistant(view: ProjectView) -> Iterator[RawFinding]:
    """A page for talking to a model on which nothing says so."""
    if view.facts.value("profile.eu_users") == "no":
        return
    asks = any(effect.kind is EffectKind.LLM for route in view.routes.routes for effect in route.effects)
    if not asks:
        return
    pages = [path for path in view.tree.files if path.endswith(_SIDE) and view.client_graph.is_client(path)]
    chats = [path for path in pages if _ASSISTANT.search(path)]
    if not chats or any(view.per_file("notices.ai", path, _says_ai, False) for path in pages):
        return
    message = f"{chats[0]} talks with people through an AI model, and no page says that it is one."
    yield RawFinding(f"{CHECK}/ai-undisclosed", message, (at(chats[0], 1),), "ai")


def _says_ai(text: str) -> bool:
    return AI_WORDS.search(text) is not None


def _minors(view: ProjectView) -> Iterator[RawFinding]:
    fact = view.facts.first("profile.minors")
    if fact is None or fact.value != "yes":
        return
    if any(view.per_file("notices.ages", path, _asks_age, False) for path in view.outlines):
        return
    message = "You said that minors use this, and nothing asks for their age or their parents' consent."
    yield RawFinding(
        f"{CHECK}/minors", message, (absent("no question for the age"),), "minors", severity=Severity.HIGH
    )


def _asks_age(text: str) -> bool:
    return _AGES.search(text) is not None
