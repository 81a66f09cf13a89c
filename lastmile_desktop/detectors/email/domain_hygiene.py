"""email.domain-hygiene: loose ends of the domain, as far as files show them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.evidence import Evidence, absent, at
from lastmile_desktop.core.facts import Fact
from lastmile_desktop.core.finding import Detection, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.usage.purpose import quieted
from lastmile_desktop.project.view import ProjectView

CHECK = "email.domain-hygiene"
_BUILDER = re.compile(
    r"https?://(?!(?:id-)?preview|[\w-]*--)(?P<host>[\w-]{1,80}(?:\.[\w-]{1,80}){0,2}?\.(?:lovable\.app|"
    r"bolt\.host|replit\.app|repl\.co|v0\.app|base44\.app|emergent\.host|"
    r"vercel\.app|netlify\.app|onrender\.com|up\.railway\.app|fly\.dev|web\.app|firebaseapp\.com|"
    r"pages\.dev|herokuapp\.com))\b",
    re.IGNORECASE,
)
# Names to be filled in, and the sites of tools that a README links to.
_NOT_OURS = re.compile(
    r"(?i)^(?:your|my|the|some|example|xxx+|<)[\w-]*(?:app|site|project|service|domain|url|name|api|backend|"
    r"frontend|deploy\w*|ffmpeg\S*)?[.-]|"
    r"^(?:[\w-]*-)?(?:docs?|documentation|storybook|template|starter|boilerplate|examples?|"
    r"playground)(?:-[\w-]*)?\.|placeholder|preview--"
)
_COPIED = re.compile(r"(?:^|/)(?:node_modules|dist|build|android/app/src/main/assets|ios/App/App/public)/")
_SITE_FILES = re.compile(
    r"(?:^|/)(?:index\.html|robots\.txt|sitemap\.xml|README\.md|layout\.[jt]sx|CNAME|app\.json|"
    r"capacitor\.config\.[jt]s|\.env(?:\.production)?)$"
)
_SECURITY_TXT = re.compile(
    r"(?:^|/)\.well-known/security\.txt$|(?:^|/)security\.txt$|well-known/security\.txt"
)
_EARLY = frozenset({"idea", "demo", "hobby"})
_ASK = (
    "Look at your registrar once: auto-renew on, transfer lock on, two-factor sign-in, an owner email "
    "that is not on the "
    "domain itself, and a second person who can get in. Say when you did."
)


def detect(view: ProjectView) -> Detection:
    """The address in use, and what only a registrar or DNS would tell."""
    domain = view.facts.first("domains")
    url = view.facts.first("profile.url")
    host = view.facts.first("host")
    if domain is None and url is None and host is None:
        return Detection(not_applicable=NotApplicable("No address is known under which people reach this."))
    findings = (*_builder_address(view, domain, url), *_security_contact(view, domain))
    unknowns = ()
    if domain is not None and not _is_builders(domain.value):
        unknowns = (
            Unknown(f"The DNS of {domain.value} has not been looked at: files cannot tell what it says."),
        )
    passes = tuple(
        PassEvidence(fact.evidence) for fact in (domain,) if fact is not None and fact.evidence is not None
    )
    return Detection(quieted(view, findings), passes, unknowns, needs_attestation=_ASK)


def _is_builders(address: str) -> bool:
    return _BUILDER.search(address if "://" in address else f"https://{address}") is not None


def _builder_address(view: ProjectView, domain: Fact | None, url: Fact | None) -> Iterator[RawFinding]:
    if view.facts.value("profile.stage") in _EARLY:
        return
    own = [fact for fact in (domain, url) if fact is not None and not _is_builders(fact.value)]
    if own:
        return
    place, name = _seen(view, url)
    if place is None:
        return
    message = f"Customers use {name}: the address, its cookies and its good name belong to the platform, not to you."
    yield RawFinding(f"{CHECK}/builder-subdomain", message, (place,), name)


def _seen(view: ProjectView, url: Fact | None) -> tuple[Evidence | None, str]:
    """Where the address of a platform stands as the address of this site."""
    for path in view.tree.files:
        if _SITE_FILES.search(path) and not _COPIED.search(path):
            line, name = view.per_file("domain.builder", path, _address_in, (0, ""))
            if line:
                return at(path, line), name
    if url is not None:
        match = _BUILDER.search(url.value if "://" in url.value else f"https://{url.value}")
        return absent("the address you gave"), match["host"] if match else url.value
    return None, ""


def _address_in(text: str) -> tuple[int, str]:
    for match in _BUILDER.finditer(text[:200_000]):
        if not _NOT_OURS.search(match["host"]):
            return line_at(text, match.start()), match["host"]
    return 0, ""


def _security_contact(view: ProjectView, domain: Fact | None) -> Iterator[RawFinding]:
    """A file that tells finders of holes whom to write to; worth it once people pay on an own domain."""
    if domain is None or domain.evidence is None or not view.facts.has("pay.provider"):
        return
    if any(
        _SECURITY_TXT.search(path) or path.rpartition("/")[2].upper() == "SECURITY.MD"
        for path in view.tree.files
    ):
        return
    message = f"Nobody who finds a hole in {domain.value} can see whom to tell: there is no security.txt."
    yield RawFinding(f"{CHECK}/security-txt", message, (domain.evidence,), "security-txt")
