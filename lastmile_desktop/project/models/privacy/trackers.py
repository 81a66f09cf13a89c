"""Trackers in the pages: where each starts, whether it waits for consent, and how people are asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.path_kinds import PathKind, path_kind

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView


@dataclass(frozen=True, slots=True)
class TrackerStart:
    """`gated` when it waits for consent, `cookieless` when it sets nothing on the visitor's device."""

    tool: str
    path: str
    line: int
    gated: bool = False
    cookieless: bool = False


@dataclass(frozen=True, slots=True)
class ConsentScreen:
    """A question for consent. `rejects` when one can say no, `manager` when a service shows it."""

    path: str
    line: int
    rejects: bool
    manager: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """Another fact of a page: `unmasked`, `opens` (mails that tell when they are read), `withdraw`, `mode` (Google's
    consent mode), `choices` (an opt-out of selling)."""

    kind: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Tracking:
    starts: tuple[TrackerStart, ...] = ()
    screens: tuple[ConsentScreen, ...] = ()
    spots: tuple[Spot, ...] = ()

    def spot(self, kind: str) -> Spot | None:
        return next((item for item in self.spots if item.kind == kind), None)


_STARTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("Google Tag Manager", re.compile(r"googletagmanager\.com/gtm\.js|<GoogleTagManager\b|TagManager\.initialize\(")),
    (
        "Google Analytics",
        re.compile(
            r"googletagmanager\.com/gtag/js|google-analytics\.com/analytics\.js|"
            r"<GoogleAnalytics\s[^>]{0,80}gaId|"
            r"ReactGA\d?\.initialize\(|getAnalytics\("
        ),
    ),
    ("Meta Pixel", re.compile(r"connect\.facebook\.net/|ReactPixel\.init\(")),
    ("Hotjar", re.compile(r"static\.hotjar\.com|[hH]otjar\.init(?:ialize)?\(")),
    ("Microsoft Clarity", re.compile(r"clarity\.ms/tag|[cC]larity\.init\(")),
    ("TikTok Pixel", re.compile(r"analytics\.tiktok\.com")),
    ("LinkedIn Insight", re.compile(r"snap\.licdn\.com")),
    ("Segment", re.compile(r"cdn\.segment\.com/analytics|AnalyticsBrowser\.load\(")),
    ("Intercom", re.compile(r"widget\.intercom\.io|IntercomProvider\b[^>]{0,200}autoBoot")),
    ("PostHog", re.compile(r"(?<![\w.])posthog\.init\(|import\(\s*[\"']posthog-js|<PostHogProvider\s[^>]{0,99}apiKey")),
    ("Mixpanel", re.compile(r"(?<![\w.])mixpanel\.init\(")),
    ("Amplitude", re.compile(r"(?<![\w.])amplitude\.init\(")),
    ("FullStory", re.compile(r"FullStory\.init\(|fullstory\.com/s/fs\.js")),
    ("LogRocket", re.compile(r"LogRocket\.init\(")),
    ("X Pixel", re.compile(r"static\.ads-twitter\.com")),
    ("Plausible", re.compile(r"plausible\.io/js|<PlausibleProvider\b")),
    ("Vercel Analytics", re.compile(r"from [\"']@vercel/(?:analytics|speed-insights)[\w/]*[\"']")),
    ("Umami", re.compile(r"cloud\.umami\.is/script|data-website-id")),
    ("Fathom", re.compile(r"cdn\.usefathom\.com|Fathom\.load\(")),
)  # fmt: skip
_COOKIELESS_TOOLS = frozenset({"Plausible", "Vercel Analytics", "Umami", "Fathom"})
ADVERTISING = frozenset({"Meta Pixel", "TikTok Pixel", "LinkedIn Insight", "X Pixel"})
GOOGLE = frozenset({"Google Analytics", "Google Tag Manager"})
_WORDS = re.compile(
    r"googletagmanager|google-analytics|GoogleAnalytics|GoogleTagManager|TagManager|ReactGA|getAnalytics|"
    r"facebook|ReactPixel|"
    r"otjar|larity|tiktok|licdn|segment|ntercom|PostHog|posthog|mixpanel|amplitude|ull[sS]tory|LogRocket|"
    r"ads-twitter|"
    r"plausible|vercel/|umami|athom|onsent|ookie|rack_?[oO]pens|mask|[dD]o [nN]ot [sS]ell|hs-analytics"
)
_COOKIELESS = re.compile(
    r"persistence\s*:\s*[\"']memory[\"']|cookieless_mode|disable_cookie\s*:\s*true|"
    r"disable_persistence\s*:\s*true|disableCookies|anonymize_ip[^}]{0,80}client_storage[^}]{0,20}none|"
    r"storage\s*:\s*[\"']none[\"']|persistence\s*:\s*[\"']none[\"']",
)
_GATE = re.compile(
    r"(?:if\s*\(|&&|\?|return\b|===?|!==?)[^\n;]{0,120}(?:[cC]onsent|[aA]cceptedCookies|cookiesAccepted|"
    r"cookie_?[aA]ccept|hasOptedIn|analyticsAllowed|allowAnalytics|cookiePreferences)|(?:[cC]onsent\w*|"
    r"acceptedCookies|cookiesAccepted|analyticsAllowed|allowAnalytics|cookiePreferences\.?\w*)\s*(?:&&|\?|"
    r"===?|!==?|\))|opt_out_capturing_by_default\s*:\s*true|optOutTrackingByDefault\s*:\s*true|"
    r"opt_out_tracking_by_default\s*:\s*true|type=[\"']text/plain[\"']|data-blockingmode=[\"']auto|"
    r"consent[\"']\s*,\s*[\"']default[\"'][^)]{0,400}denied|consent[\"']\s*,\s*[\"']revoke"
)
_MODE = re.compile(r"gtag\(\s*[\"']consent[\"']|consent[\"']\s*,\s*[\"'](?:default|update)[\"']")
_MANAGER = re.compile(
    r"consent\.cookiebot\.com|cdn-cookieyes\.com|cookieyes\.com/client|cs\.iubenda\.com|"
    r"iubenda\.com/cookie|cmp\.osano\.com|cdn\.cookielaw\.org|vanilla-cookieconsent|react-cookie-consent|"
    r"@c15t/|from [\"']klaro|usercentrics|termly\.io/embed|axeptio|didomi|cookiehub"
)
_SCREEN = re.compile(r"cookie[-_]?(?:consent|banner|notice|bar|popup)", re.IGNORECASE)
_ASKS = re.compile(
    r"\b(?:[aA]ccept|[aA]llow|[aA]gree|[gG]ot it|[aA]ceitar|[aA]kzeptieren|[aA]ccepter|[aA]ceptar|OK)\b"
)
_REFUSES = re.compile(
    r"reject|decline|deny|refuse|necessary only|essential only|only (?:necessary|essential)|recusar|"
    r"rejeitar|ablehnen|refuser|rechazar|opt[ -]?out|enableDeclineButton|necessary|dismiss",
    re.IGNORECASE,
)
_WITHDRAW = re.compile(
    r"cookie (?:settings|preferences)|manage (?:cookies|consent)|withdraw|revoke|"
    r"consent[\"']?\)?\s*;?\s*//\s*reset|removeItem\([^)]{0,60}[cC]onsent|openPreferences|showPreferences|"
    r"Cookiebot\.renew|privacy choices",
    re.IGNORECASE,
)
_UNMASKED = re.compile(
    r"maskAllInputs\s*:\s*false|maskAllText\s*:\s*false|mask_all_inputs\s*:\s*false|"
    r"shouldMaskAllInputs\s*:\s*false|inputSanitizer\s*:\s*false"
)
_OWN_MASK = re.compile(r"mask(?:Input|Text)(?:Fn|Selector)|mask_input_fn|maskCaptured")
_OPENS = re.compile(
    r"track_?opens[\"']?\s*[:=]\s*(?:true|True|[\"']?(?:yes|HtmlOnly|enabled))|"
    r"open_?tracking[\"']?\s*[:=]\s*(?:\{\s*enable[\"']?\s*:\s*)?(?:true|True)|/track(?:ing)?/open|"
    r"trackOpen\b|email[_-]open[_-]pixel",
    re.IGNORECASE,
)
_CHOICES = re.compile(
    r"do not sell|your privacy choices|globalPrivacyControl|limit the use of my", re.IGNORECASE
)
_COMMENT = re.compile(r"^\s*(?://|\*|/\*|<!--|\{/\*)")
_FILES = (".tsx", ".jsx", ".ts", ".js", ".mjs", ".html", ".vue", ".svelte", ".astro", ".py")
_NOT_PAGES = re.compile(
    r"(?:^|/)(?:[\w.-]*\.config\.\w+|[\w-]*(?:[sS]ecurity-?[hH]eaders?|csp|headers?\.config)[\w.-]*|"
    r"service-worker\.\w+|sw\.js)$|(?:^|/)(?:docs|brand|node_modules|supabase/functions|middleware\.[jt]s|"
    r"static/(?:js|vendor|lib))/|middleware\.[jt]s$"
)
_MAX = 300_000
_NEAR = 1_800


def build(view: ProjectView) -> Tracking:
    """All starts, questions and other facts; a component that is shown after a question counts as gated."""
    starts: list[TrackerStart] = []
    screens: list[ConsentScreen] = []
    spots: list[Spot] = []
    for entry in view.tree.readable():
        path = entry.path
        if entry.minified or not _is_looked_at(path):
            continue
        found = view.per_path("trackers", path, _notes_of, _NOTHING)
        starts += found.starts
        screens += found.screens
        spots += found.spots
    gates = frozenset(spot.path for spot in spots if spot.kind == "gate")
    return Tracking(tuple(_judged(view, start, gates) for start in starts), tuple(screens), tuple(spots))


@dataclass(frozen=True, slots=True)
class _Notes:
    starts: tuple[TrackerStart, ...] = ()
    screens: tuple[ConsentScreen, ...] = ()
    spots: tuple[Spot, ...] = ()


_NOTHING = _Notes()


@lru_cache(maxsize=65_536)
def _is_looked_at(path: str) -> bool:
    return (
        path.endswith(_FILES)
        and not _NOT_PAGES.search(path)
        and path_kind(path) in (PathKind.CODE, PathKind.DOC)
        and is_production(path)
        and "attached_assets/" not in path
    )


def _notes_of(path: str, text: str) -> _Notes:
    return _NotesOf(path)(text)


class _NotesOf:
    """Reads one file, knowing its path."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def __call__(self, text: str) -> _Notes:
        text = text[:_MAX]
        if _WORDS.search(text) is None:
            return _NOTHING
        return _Notes(
            tuple(_starts(self.path, text)), tuple(_screens(self.path, text)), tuple(_spots(self.path, text))
        )


def _starts(path: str, text: str) -> Iterator[TrackerStart]:
    for tool, pattern in _STARTS:
        for match in pattern.finditer(text):
            begin = text.rfind("\n", 0, match.start()) + 1
            if (
                _COMMENT.match(text[begin : match.start() + 4])
                or "dns-prefetch" in text[begin : match.start()]
            ):
                continue
            if match[0].startswith("getAnalytics") and "firebase/analytics" not in text:
                continue
            if re.search(r"preconnect|connect-src|script-src|[\"']?\w*-src", text[begin : match.start()]):
                continue
            near = text[max(0, match.start() - _NEAR) : match.end() + 600]
            cookieless = tool in _COOKIELESS_TOOLS or _COOKIELESS.search(near) is not None
            line = line_at(text, match.start())
            yield TrackerStart(tool, path, line, _GATE.search(near) is not None, cookieless)
            break


def _screens(path: str, text: str) -> Iterator[ConsentScreen]:
    manager = _MANAGER.search(text)
    if manager is not None:
        yield ConsentScreen(path, line_at(text, manager.start()), True, True)
        return
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", path.rpartition("/")[2])
    if _SCREEN.search(name) and _ASKS.search(text):
        accept = _ASKS.search(text)
        line = line_at(text, accept.start()) if accept else 1
        yield ConsentScreen(path, line, _REFUSES.search(text) is not None)


def _spots(path: str, text: str) -> Iterator[Spot]:
    for kind, pattern in (
        ("unmasked", _UNMASKED),
        ("opens", _OPENS),
        ("withdraw", _WITHDRAW),
        ("mode", _MODE),
        ("choices", _CHOICES),
        ("gate", _GATE),
    ):
        match = pattern.search(text)
        if match is not None and not (kind == "unmasked" and _OWN_MASK.search(text)):
            yield Spot(kind, path, line_at(text, match.start()))


def _judged(view: ProjectView, start: TrackerStart, gates: frozenset[str]) -> TrackerStart:
    """A tracker in its own component or module waits when whoever uses it asks first."""
    if start.gated or start.cookieless or start.path not in view.outlines or not gates:
        return start
    users = [importer for (importer, _), target in view.modules.targets.items() if target == start.path]
    if any(user in gates and _asks_before(view.text(user) or "", start.path) for user in users):
        return TrackerStart(start.tool, start.path, start.line, True)
    return start


def _asks_before(text: str, used: str) -> bool:
    """Whether the question stands near the place where the tracker's module is used."""
    stem = re.escape(used.rpartition("/")[2].partition(".")[0].replace("-", ""))
    for match in re.finditer(rf"<{stem}\b|\binit\w*\(|\bload\w*\(|\bstart\w*\(", text, re.IGNORECASE):
        if _GATE.search(text[max(0, match.start() - 300) : match.end() + 80]):
            return True
    return False
