"""abuse.browser-trust: what other websites may do in a visitor's name, and what browsers were told about our pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, absent, at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.models.accounts.cookies import WeakCookie, keeps_visitors, weak_cookies
from lastmile_desktop.project.models.accounts.request_forgery import Forgery, SwitchedOff, forgery
from lastmile_desktop.project.models.accounts.sign_in_by_others import OpenSignIn, open_sign_in
from lastmile_desktop.project.models.client.browser_messages import OpenMessage, open_messages
from lastmile_desktop.project.models.client.markup_trust import MarkupTrust, kept_tokens, markup_trust
from lastmile_desktop.project.models.inputs.html_sinks import sinks_in
from lastmile_desktop.project.models.routes.changing_reads import changing_reads
from lastmile_desktop.project.models.routes.cors import Opening, Openness, openings
from lastmile_desktop.project.models.routes.entries import is_live
from lastmile_desktop.project.models.routes.page_headers import (
    PageHeaders,
    is_product,
    main_page,
    page_headers,
    serves_pages,
)
from lastmile_desktop.project.view import ProjectView

_CHECK = "abuse.browser-trust"
_FOR_ANYBODY = re.compile(
    r"(?i)x-api-key|api_?key|image/|opengraph|(?:^|/)public|badge|embed|\.well-known|text/event-stream"
)
# Settings of the host of a manual, beside those of the product.
_DOCUMENTS = re.compile(r"(?i)mkdocs|docusaurus|vitepress|sphinx-build|publish\s*=\s*[\"'](?:\./)?docs/")
_EDGE = re.compile(r"(?:^|/)supabase/functions/")
_FOR_DEVELOPERS = re.compile(r"(?i)(?:^|/)(?:settings|config)/(?:dev(?:elopment)?|local|test(?:ing)?)\.\w+$")
_MARKUP = (".html", ".tsx", ".jsx", ".vue", ".svelte", ".ejs", ".hbs", ".jinja", ".jinja2", ".astro")
_FORGERY = {
    "exempt": "{0} takes changes without a token of your own pages, so any website can send them for a visitor.",
    "setting": "The check that a form comes from your own pages is switched off here.",
    "form": "This form is accepted from any website: its check is switched off.",
    "enforce": "{0} skips the check that a request comes from your own pages.",
    "middleware": "The settings leave out CsrfViewMiddleware, so any website can send forms in a visitor's name.",
    "any-origin": "{0} lets every website call your actions in a visitor's name.",
    "start": "This start file replaces the built-in protection of server functions and does not put it back.",
    "methods": "The protection skips requests that change data.",
}


_NOTHING = Forgery()


@dataclass(frozen=True, slots=True)
class _File:
    """What one source file says."""

    openings: tuple[Opening, ...] = ()
    cookies: tuple[WeakCookie, ...] = ()
    messages: tuple[OpenMessage, ...] = ()
    forgery: Forgery = _NOTHING
    sign_in: tuple[OpenSignIn, ...] = ()
    keeps: bool = False
    tokens: tuple[int, ...] = ()


def detect(view: ProjectView) -> Detection:
    """Every place that trusts a browser too far."""
    files = {
        path: view.per_source("browser-trust", path, _read, _File())
        for path in view.outlines
        if _counts(path)
    }
    headers = page_headers(view)
    pages = serves_pages(view, headers)
    cookies = any(file.keeps for file in files.values())
    findings = (
        *_shared(view, files, cookies=cookies),
        *(_cookie(path, item) for path, file in files.items() for item in file.cookies),
        *_messages(view, files),
        *_forged(view, files),
        *_changed_by_links(view, cookies=cookies),
        *_sign_in(files),
        *_markup(view, files),
        *(_headers(view, headers) if pages else ()),
    )
    if not (findings or pages or view.routes.routes or cookies):
        return Detection(
            not_applicable=NotApplicable(
                "Nothing here answers browsers: there are no pages and no server routes."
            )
        )
    return Detection(
        findings=findings,
        passes=tuple(PassEvidence(place) for place in _proofs(headers, len(files), pages=pages)),
        looked=(Looked("source files", len(files), len(files)),),
    )


def _counts(path: str) -> bool:
    return is_product(path) and is_live(path)


def _read(outline: Outline, text: str) -> _File:
    return _File(
        openings(outline, text),
        weak_cookies(outline, text),
        open_messages(outline, text),
        forgery(outline, text),
        open_sign_in(text),
        keeps_visitors(text),
        kept_tokens(outline, text),
    )


def _proofs(headers: PageHeaders, files: int, *, pages: bool) -> Iterator[Evidence]:
    for path, line in headers.policy[:3]:
        yield at(path, line, note="Tells browsers which scripts a page may run.")
    if not pages:
        yield derived(f"{files} source files read: no answer is open to websites that nobody listed")


def _shared(view: ProjectView, files: Mapping[str, _File], *, cookies: bool) -> Iterator[RawFinding]:
    """Answers that other websites may read."""
    starred: set[str] = set()
    for path, file in files.items():
        for item in file.openings:
            if _without_cookies(item) or not item.credentials:
                package = view.package_of(path).path
                if not _matters(view, files, path, item):
                    continue
                group = f"{package}:{'edge' if _EDGE.search(path) else ''}"
                if item.openness in (Openness.DEFAULT, Openness.WEAK):
                    continue
                if _without_cookies(item) and group in starred:
                    continue
                starred.add(group)
                yield _open_to_all(path, item)
            else:
                yield _with_cookies(path, item, cookies=cookies and _keeps_here(files, path))


def _keeps_here(files: Mapping[str, _File], path: str) -> bool:
    """Whether the server itself keeps cookies: those of a browser app beside a Python server are not its own."""
    return not path.endswith(".py") or any(
        file.keeps for other, file in files.items() if other.endswith(".py")
    )


def _without_cookies(item: Opening) -> bool:
    """`*`, or each site that asks without its cookies: the same to a browser."""
    return item.openness is Openness.STAR or (item.openness is Openness.REFLECT and not item.credentials)


def _matters(view: ProjectView, files: Mapping[str, _File], path: str, item: Opening) -> bool:
    """`*` is right for an answer that anybody may have: without a sign-in, or by a key the caller holds."""
    if not _without_cookies(item) or item.credentials:
        return True
    if _EDGE.search(path):
        # Callers of edge functions show a token of their own; there is no cookie that a website could borrow.
        return files[path].keeps
    if _FOR_DEVELOPERS.search(path):
        return False
    package = view.package_of(path)
    if package.manifest and not any(file.keeps for other, file in files.items() if package.holds(other)):
        return False
    return item.detail == "cors" or not _FOR_ANYBODY.search(f"{path} {view.text(path) or ''}")


def _open_to_all(path: str, item: Opening) -> RawFinding:
    """`*`: browsers leave cookies out, so only answers that need none are read."""
    if item.credentials:
        message = "Every website is let in, and cookies are asked for: one small change opens accounts to all of them."
        severity, confidence = Severity.MEDIUM, 0.7
    elif _without_cookies(item):
        message = "Every website may read what this server answers; name the ones that should."
        severity, confidence = Severity.INFO, 0.6
    else:
        message = "Whatever website asks is told that it may read the answer."
        severity, confidence = Severity.MEDIUM, 0.75
    return _finding("cors-star-sensitive", message, at(path, item.line), severity, confidence)


def _with_cookies(path: str, item: Opening, *, cookies: bool) -> RawFinding:
    if item.openness is Openness.WEAK:
        message = (
            f"A website whose address only resembles yours (“{item.detail}”) may read answers "
            "with your visitors' cookies."
        )
        severity, confidence = Severity.HIGH, 0.75
    elif item.openness is Openness.DEFAULT:
        message = "When the setting is missing, every website may read answers with your visitors' cookies."
        severity, confidence = Severity.HIGH, 0.75
    else:
        message = "Every website may call this server with your visitors' cookies and read the answers."
        severity, confidence = (Severity.CRITICAL, 0.9) if cookies else (Severity.LOW, 0.7)
    if not cookies:
        severity = Severity.LOW
        message = "Every website is let in with cookies. None are used yet; the first one would be open to all of them."
    return _finding("cors-reflect-credentials", message, at(path, item.line), severity, confidence)


def _cookie(path: str, item: WeakCookie) -> RawFinding:
    lacks = " and ".join(item.missing)
    exposed = "HttpOnly" in item.missing
    how = "a script on the page can steal it" if exposed else "it also travels over unencrypted connections"
    severity = Severity.HIGH if exposed else Severity.MEDIUM
    confidence = 0.85 if item.stated else 0.75 if exposed else 0.65
    message = f"The cookie {item.name} is set without {lacks}, so {how}."
    return _finding("cookie-flags", message, at(path, item.line), severity, confidence, item.name)


def _messages(view: ProjectView, files: Mapping[str, _File]) -> Iterator[RawFinding]:
    for path, file in files.items():
        sends = [item for item in file.messages if item.kind == "sends"][:1]
        for item in (*(item for item in file.messages if item.kind == "listens"), *sends):
            if item.kind == "listens":
                message = "Messages from any website are taken as if your own page had sent them."
                yield _finding("postmessage-any-origin", message, at(path, item.line), Severity.HIGH, 0.8)
            else:
                message = "This message goes to whatever website the other window shows."
                severity, confidence = (Severity.MEDIUM, 0.65) if item.sensitive else (Severity.LOW, 0.6)
                yield _finding("postmessage-any-origin", message, at(path, item.line), severity, confidence)


def _forged(view: ProjectView, files: Mapping[str, _File]) -> Iterator[RawFinding]:
    protected = any(file.forgery.protects for file in files.values())
    for path, file in files.items():
        exempt = [item for item in file.forgery.off if item.how == "exempt"]
        for item in file.forgery.off:
            if item.how != "exempt":
                yield _switched_off(path, item, ())
        if exempt:
            yield _switched_off(path, exempt[0], exempt[1:])
        if file.forgery.cookies_everywhere and not protected and file.keeps:
            message = "The session goes along with requests of other websites, and nothing tells those apart."
            yield _finding(
                "csrf-missing", message, at(path, file.forgery.cookies_everywhere), Severity.HIGH, 0.75
            )
    if protected:
        return
    app = next(((path, file.forgery.app) for path, file in files.items() if file.forgery.app), None)
    forms = next(((path, file.forgery.forms) for path, file in files.items() if file.forgery.forms), None)
    if (
        app is None
        or forms is None
        or not any(file.keeps for path, file in files.items() if path.endswith(".py"))
    ):
        return
    message = "Forms are accepted from any website: nothing checks that they were sent from your own pages."
    evidence = (at(*app), at(*forms, note="A form that is accepted."))
    yield RawFinding(f"{_CHECK}/csrf-missing", message, evidence, "flask", Severity.HIGH, 0.75)


def _switched_off(path: str, item: SwitchedOff, others: Sequence[SwitchedOff]) -> RawFinding:
    confidence = 0.7 if item.how in ("exempt", "start") else 0.85
    more = f" (and {len(others)} more in this file)" if others else ""
    message = _FORGERY[item.how].format(f"{item.name}{more}")
    places = (at(path, item.line), *(at(path, other.line) for other in others[:5]))
    return RawFinding(f"{_CHECK}/csrf-missing", message, places, item.name, Severity.HIGH, confidence)


def _changed_by_links(view: ProjectView, *, cookies: bool) -> Iterator[RawFinding]:
    if not cookies:
        return
    for item in changing_reads(view.routes.routes, view.text):
        message = (
            f"Opening {item.route} {item.what}, so a picture on another website can do it for a visitor."
        )
        yield _finding("get-mutates", message, at(item.path, item.line), Severity.HIGH, 0.7, item.route)


def _sign_in(files: Mapping[str, _File]) -> Iterator[RawFinding]:
    for path, file in files.items():
        for item in file.sign_in:
            if item.kind == "state":
                message = "Sign-in through another service begins without a state value, so a stranger can begin it."
                yield _finding("oauth-state-pkce", message, at(path, item.line), Severity.HIGH, 0.7)
            else:
                message = "After sign-in people are sent wherever the link said, also to a copy of your site."
                yield _finding("oauth-redirect-wildcard", message, at(path, item.line), Severity.HIGH, 0.8)


def _markup(view: ProjectView, files: Mapping[str, _File]) -> Iterator[RawFinding]:
    blank: tuple[str, int] | None = None
    runs_html = False
    for entry in view.tree.readable():
        path = entry.path
        if not path.endswith(_MARKUP) or entry.minified or not _counts(path):
            continue
        read = view.per_file("markup-trust", path, markup_trust, MarkupTrust())
        runs_html = runs_html or (read.runs_html and _runs_html(view, path))
        if read.blank and blank is None:
            blank = (path, read.blank)
        for line, host in read.scripts:
            message = (
                f"A script from {host} runs on your pages whatever it turns into: its content is not pinned."
            )
            yield _finding("third-party-script-no-sri", message, at(path, line), Severity.MEDIUM, 0.65, host)
    for path, file in files.items():
        for line in file.tokens[:1]:
            message = "The sign-in token is kept where every script on the page can read it."
            severity, confidence = (Severity.MEDIUM, 0.7) if runs_html else (Severity.LOW, 0.6)
            yield _finding("token-in-localstorage", message, at(path, line), severity, confidence)
    if blank is not None:
        message = "Pages opened from here in a new tab get a handle on yours, and can send it elsewhere."
        yield _finding("target-blank", message, at(*blank), Severity.LOW, 0.6)


def _runs_html(view: ProjectView, path: str) -> bool:
    """Whether a page shows text of others as HTML, so that a script could get in."""
    sinks = view.per_path("html-sinks", path, sinks_in, missing=())
    return any(not sink.own for sink in sinks)


def _headers(view: ProjectView, headers: PageHeaders) -> Iterator[RawFinding]:
    """Absence is a gap of a whole project; a lone file tells nothing about its host."""
    if not any(package.manifest for package in view.packages) and not headers.configs:
        return
    place = _where(view, headers)
    if not headers.policy:
        frames = "" if headers.frame else " or who may put them into a frame"
        message = (
            "The content security policy is switched off, so any script that gets into a page runs."
            if headers.off
            else f"Nothing tells browsers which scripts your pages may run{frames}."
        )
        evidence = at(*headers.off[0]) if headers.off else place
        yield _finding("no-csp", message, evidence, Severity.MEDIUM, 0.75)
    if not headers.others:
        message = "None of the small protective headers is set (nosniff, referrer policy, HTTPS only)."
        yield _finding("hsts-nosniff-referrer", message, place, Severity.LOW, 0.7)


def _where(view: ProjectView, headers: PageHeaders) -> Evidence:
    """The file where a founder would add headers; that of Next.js only counts where Next.js runs."""
    next_runs = view.facts.has("fw.next")
    configs = (
        path
        for path in headers.configs
        if next_runs or not path.rpartition("/")[2].startswith("next.config.")
    )
    told = next((path for path in configs if not _DOCUMENTS.search(view.text(path) or "")), "")
    told = told or main_page(headers)
    return at(told, 1) if told else absent("No file sets headers for the pages.")


def _finding(
    rule: str, message: str, place: Evidence, severity: Severity, confidence: float, symbol: str = ""
) -> RawFinding:
    return RawFinding(f"{_CHECK}/{rule}", message, (place,), symbol or message[:80], severity, confidence)
