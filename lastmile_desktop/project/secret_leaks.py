"""Which sightings are leaks: where the file lies, whether git has it, and what the value opens decide."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.redact import entropy
from lastmile_desktop.project.models.usage.trial_scripts import is_named_trial
from lastmile_desktop.project.named_secrets import SIGNING_NAME, Place, is_key_name, is_secret_name
from lastmile_desktop.project.path_kinds import PathKind
from lastmile_desktop.project.secret_shapes import JWT_OTHER, JWT_SERVICE_ROLE, Shape
from lastmile_desktop.project.secret_sightings import NAMED, PASSWORD, Sighting, kind_of, sightings_of
from lastmile_desktop.project.view import ProjectView

STOP = 0.9
LIKELY = 0.75
GUESS = 0.6
_LASTING_TOKEN_S = 90 * 86_400
_PAGES = (".html", ".htm", ".mhtml")


class Kept(StrEnum):
    """What git does with a file."""

    TRACKED = "tracked"
    IGNORED = "ignored"
    LOOSE = "loose"
    NO_GIT = "no-git"


@dataclass(frozen=True, slots=True)
class Leak:
    """A sighting that is a leak: `rule` is the rule's own name, `severity` None means the rule's."""

    path: str
    sighting: Sighting
    rule: str
    kept: Kept
    confidence: float
    severity: Severity | None = None


def kept_by_git(view: ProjectView, path: str) -> Kept:
    """Whether git tracks the file, ignores it, or would take it at the next `git add .`."""
    entry = view.tree.files.get(path)
    tracked = view.git.tracked if view.git.available else None
    if tracked is not None and path in tracked:
        return Kept.TRACKED
    if entry is not None and entry.ignored_by_git:
        return Kept.IGNORED
    return Kept.NO_GIT if tracked is None else Kept.LOOSE


def is_saved_page(path: str, kind: PathKind) -> bool:
    """Whether this is somebody else's page, saved for a test to read: the keys in it are that site's."""
    return kind is PathKind.TEST and path.endswith(_PAGES)


def leaks_in(view: ProjectView, path: str) -> tuple[Leak, ...]:
    """The leaks of one file."""
    sighted = sightings_of(view, path)
    if not sighted:
        return ()
    kept = kept_by_git(view, path)
    kind = kind_of(path)
    if kept is Kept.IGNORED or is_saved_page(path, kind):
        return ()
    text = view.text(path) or ""
    leaks = (_judge(view, path, text, kind, kept, item) for item in sighted)
    return tuple(leak for leak in leaks if leak is not None)


def _judge(
    view: ProjectView, path: str, text: str, kind: PathKind, kept: Kept, item: Sighting
) -> Leak | None:
    if item.shape.is_public or (
        item.shape.id == "google-api-key" and not _is_servers_google_key(path, text, kind, item)
    ):
        return None
    if item.place is Place.FALLBACK:
        return _fallback(path, text, kind, kept, item)
    weight = (
        _weight_of_named(path, text, kind, item) if item.place else _weight_of_shape(view, text, kind, item)
    )
    if weight is None:
        return None
    if item.shape.id == "private-key" and _OF_LOCALHOST.search(path):
        weight = GUESS, Severity.LOW
    if item.invented and view.client_graph.is_client(path):
        # A sample that a page shows to its readers.
        return None
    near = text[max(0, item.start - 500) : item.end + 300]
    if item.shape is NAMED and "api" in item.name.lower() and _FOR_EVERYBODY.search(near):
        return None
    confidence, severity = weight
    if kind is PathKind.ENV and kept is Kept.NO_GIT:
        confidence, severity = GUESS, Severity.MEDIUM
    rule = "fallback-literal" if is_fallback(text, item.start) else rule_of(path, kind, text)
    return Leak(path, item, rule, kept, confidence, severity)


# A certificate for the founder's own machine, as mkcert makes it, speaks for no site.
_OF_LOCALHOST = re.compile(r"(?i)localhost|127\.0\.0\.1|mkcert")
# Search keys that a site hands to each visitor, and free catalogues that count by address: nothing of a customer's
# hangs on them, and nobody pays for what others ask with them.
_FOR_EVERYBODY = re.compile(
    r"(?i)Browser(?:%20| )\(lite\)|algoliasearch/lite|api\.themoviedb\.org|"
    r"omdbapi\.com|webservice\.fanart\.tv|ws\.audioscrobbler\.com"
)
_BROWSER_FILE = re.compile(
    r"(?i)\.(?:html?|[jt]sx|vue|svelte|astro|swift|kt|dart|plist|xml|css|xcconfig)$|google-?services|firebase|manifest|app\.(?:json|config)"
    r"|service-?worker|(?:^|/)(?:client|frontend|public|web|src/(?:components|pages|hooks|lib|integrations))/"
)
_BROWSER_WORDS = re.compile(
    r"(?i)maps|places|geocod|firebase|authDomain|messagingSenderId|projectId|storageBucket|mobilesdk|recaptcha|youtube|calendar|analytics"
    r"|VITE_|NEXT_PUBLIC|REACT_APP|EXPO_PUBLIC|NUXT_PUBLIC|GATSBY_|PUBLIC_|browser|android|ios"
)


def _is_servers_google_key(path: str, text: str, kind: PathKind, item: Sighting) -> bool:
    """Whether nothing says that this key of Google's is one of those that a page or an app has to carry."""
    if kind not in (PathKind.CODE, PathKind.ENV, PathKind.CI, PathKind.AGENT) or _BROWSER_FILE.search(path):
        return False
    return not _BROWSER_WORDS.search(text[max(0, item.start - 600) : item.end + 600])


def rule_of(path: str, kind: PathKind, text: str) -> str:
    """The rule for a secret in a file of this kind."""
    if kind is PathKind.SQL and (
        path.lower().endswith("dump.sql") or "PostgreSQL database dump" in text[:400]
    ):
        return "notebook-log-dump"
    return {
        PathKind.ENV: "env-tracked",
        PathKind.AGENT: "agent-config",
        PathKind.CI: "ci-inline",
        PathKind.SQL: "sql-inline",
        PathKind.DUMP: "notebook-log-dump",
    }.get(kind, "in-tree")


_FALLBACK_LEAD = re.compile(
    r"(?:env(?:\.get)?[.\[(][^\n;]{0,90}(?:\|\||\?\?)\s{0,20}|(?:getenv|environ\.get|config|env)\([^\n;)]{0,90},\s{0,20}(?:default\s?=\s?)?)[\"'`]\Z"
)


def is_fallback(text: str, start: int) -> bool:
    """Whether the value stands as the default beside the read of a setting."""
    return bool(_FALLBACK_LEAD.search(text[max(0, start - 160) : start]))


def _weight_of_shape(
    view: ProjectView, text: str, kind: PathKind, item: Sighting
) -> tuple[float, Severity | None] | None:
    if item.invented:
        in_use = kind in (PathKind.CODE, PathKind.ENV, PathKind.CI, PathKind.AGENT)
        return (GUESS, Severity.LOW) if in_use else None
    if item.shape.id == "google-api-key":
        return GUESS, Severity.MEDIUM
    if item.shape is JWT_OTHER:
        return _weight_of_token(view, kind, item)
    if item.expires and item.expires < view.now.timestamp():
        return GUESS, Severity.LOW
    return weight_of_value(text[item.start : item.end], item.shape, kind)


# What `stripe listen` prints signs events for one machine only.
_OF_STRIPE_CLI = re.compile(r"whsec_[0-9a-f]{64}")


_ADDRESS = re.compile(r"://[^\s:@/]{0,80}:(?P<password>[^\s@]{1,200})@(?P<host>\[[^\]]+\]|[^\s:/?#]+)")
_HOME_NETWORK = re.compile(
    r"(?i)^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|127\.|169\.254\.|0\.0\.0\.0$|\[(?:::1|f[cde])|[\w-]+$|.*\.(?:local|localhost|lan|home|test|internal)$)"
)


def opens_nothing(value: str) -> bool:
    """Whether an address with its password leads to a machine that only its own network reaches."""
    found = _ADDRESS.search(value)
    return found is not None and _HOME_NETWORK.match(found["host"]) is not None


def weight_of_value(value: str, shape: Shape, kind: PathKind) -> tuple[float, Severity | None] | None:
    """Confidence and severity for a value that has a provider's shape; None when it is none of a secret's."""
    if shape.id == "connection-url" and opens_nothing(value):
        return GUESS, Severity.LOW
    if kind in (PathKind.TEST, PathKind.SEED):
        if shape.id == "connection-url":
            return LIKELY, None
        real = shape is JWT_SERVICE_ROLE or (len(value) >= 32 and entropy(value[8:]) >= 4.2)
        if not real or shape.mode == "test" or shape.id in ("private-key", "webhook-secret"):
            return None
        return GUESS, Severity.HIGH
    if kind is PathKind.DOC and (shape.mode == "test" or shape.id in ("private-key", "webhook-secret")):
        return None
    if shape.id == "webhook-secret" and _OF_STRIPE_CLI.fullmatch(value):
        return GUESS, Severity.LOW
    if shape.id == "google-oauth-token":
        # Such a token is good for an hour.
        return GUESS, Severity.LOW
    severity = Severity.HIGH if shape.mode == "test" else None
    if kind in (PathKind.DOC, PathKind.EXAMPLE):
        return (LIKELY if entropy(value[4:]) >= 3.6 else GUESS), severity
    return STOP, severity


def _weight_of_token(
    view: ProjectView, kind: PathKind, item: Sighting
) -> tuple[float, Severity | None] | None:
    """A signed token of unknown reach matters when it lasts and stands outside tests and notes."""
    if kind in (PathKind.TEST, PathKind.SEED, PathKind.DOC, PathKind.EXAMPLE):
        return None
    lasting = not item.expires or item.expires - view.now.timestamp() > _LASTING_TOKEN_S
    return GUESS, Severity.HIGH if lasting else Severity.LOW


def _weight_of_named(
    path: str, text: str, kind: PathKind, item: Sighting
) -> tuple[float, Severity | None] | None:
    """The same for a value that is known by its name only."""
    if item.shape is PASSWORD:
        return _weight_of_password(path, text, kind, item)
    if (
        kind is PathKind.TEST
        and _LIVE_ADDRESS.search(text)
        and re.search(r"(?i)api_?key|jwt|admin", item.name)
    ):
        return GUESS, Severity.HIGH
    if kind in (PathKind.TEST, PathKind.SEED) or item.place is Place.PROSE:
        return None
    if kind is PathKind.EXAMPLE:
        return None if SIGNING_NAME.search(item.name) else (GUESS, Severity.HIGH)
    if kind is PathKind.DOC:
        return None if _is_sample_output(path, text, item) else (GUESS, Severity.HIGH)
    if item.name == "a password hash":
        return GUESS, Severity.MEDIUM
    if (
        _ID.fullmatch(text, item.start, item.end)
        or _SAYS_NOTHING.fullmatch(item.name)
        or (is_key_name(item.name) and not is_secret_name(item.name))
    ):
        return GUESS, Severity.HIGH
    return (0.85 if kind is PathKind.ENV else LIKELY), None


# Names that do not say what the value opens, and one that is made to be committed.
_SAYS_NOTHING = re.compile(r"(?i)(?:api_?|access_?|auth_?)?(?:key|token|secret)|nx_?cloud_?access_?token")
_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_OF_GENERATOR = re.compile(r"(?i)generat|keygen|make-?secrets")
_SAMPLE_OUTPUT = re.compile(
    r"(?i)generated (?:automatically|by|on|at|with)|g[ée]n[ée]r[ée] (?:automatiquement|le|par)"
    r"|(?:sample|example) output|exemple de sortie"
)


def _is_sample_output(path: str, text: str, item: Sighting) -> bool:
    """What a generator of keys prints, shown in its own notes inside a fenced block."""
    if not _OF_GENERATOR.search(path.rpartition("/")[2]):
        return False
    before = text[max(0, item.start - 1500) : item.start]
    return before.rfind("```") >= 0 and bool(_SAMPLE_OUTPUT.search(before))


_COMPOSE = re.compile(r"(?i)(?:^|/)(?:docker-)?compose[^/]*\.ya?ml$|(?:^|/)dockerfile|devcontainer")
_LIVE_ADDRESS = re.compile(
    r"https://(?!(?:www\.)?(?:example|schema|w3|github|docs|localhost))[a-z0-9-]{2,60}(?:\.[a-z0-9-]{2,60}){1,4}"
)


# Fields of a form that changes a password, and files that show what its request looks like.
_CHANGED_PASSWORD = re.compile(r"(?i)(?:new|old|current|confirm|repeat)[_-]?pass")
_REQUESTS = re.compile(r"(?i)postman|insomnia|bruno|openapi|swagger|\.(?:http|rest)$")


def _weight_of_password(
    path: str, text: str, kind: PathKind, item: Sighting
) -> tuple[float, Severity | None] | None:
    """A password that somebody chose. Test words, seeds and local containers are no leak."""
    if _CHANGED_PASSWORD.match(item.name) and (kind is PathKind.DOC or _REQUESTS.search(path)):
        return None
    in_credentials = bool(re.search(r"(?i)credential|password|secrets?[._/-]", path))
    if kind is PathKind.ENV:
        return None if item.generic else (0.8, None)
    if item.name == "a password in code" and kind is PathKind.SEED and re.search(r"(?i)prod", path):
        return None if item.generic else (GUESS, Severity.HIGH)
    if kind in (PathKind.SEED, PathKind.EXAMPLE) or _COMPOSE.search(path):
        return None
    if kind is PathKind.DOC and _is_sample_output(path, text, item):
        return None
    if item.place is Place.PROSE:
        near = text[max(0, item.start - 400) : item.start + 100]
        about_admin = bool(re.search(r"(?i)admin|owner|production|live|prod\b", near))
        if in_credentials and about_admin:
            return (GUESS if item.generic else LIKELY), Severity.HIGH
        return None if item.generic or not about_admin else (GUESS, Severity.HIGH)
    if item.generic:
        return None
    if item.name == "a password in SQL":
        near = text[max(0, item.start - 1500) : item.end + 1500]
        return LIKELY, None if re.search(r"(?i)admin", near) else Severity.HIGH
    if kind is PathKind.TEST:
        about_admin = "admin" in item.name.lower() or "admin" in text[item.start : item.end].lower()
        return (GUESS, Severity.HIGH) if about_admin and _LIVE_ADDRESS.search(text) else None
    return None if _is_of_trial(path, text) else (GUESS, Severity.HIGH)


def _is_of_trial(path: str, text: str) -> bool:
    """Whether a script for trying the app out invents its people, and talks to no site that is live."""
    return is_named_trial(path) and _LIVE_ADDRESS.search(text) is None


_PRODUCTION_CHECK = re.compile(
    r"(?i)NODE_ENV[\"'\])]{0,3}\s{0,3}[!=]==?\s{0,3}[\"']?(?:production|development)|is_?prod|in_production"
    r"|import\.meta\.env\.(?:PROD|DEV)|ENVIRONMENT\s{0,3}[!=]=|settings\.DEBUG|\bDEBUG\b|__DEV__|is_?dev\b"
)


_FOR_TESTS = re.compile(r"(?i)(?:tests?|e2e|playwright|cypress|fixtures?)_")


def _fallback(path: str, text: str, kind: PathKind, kept: Kept, item: Sighting) -> Leak | None:
    """A literal default for a secret setting: known to everybody who has the code, and silently in use when the
    setting is missing. No leak when the start is refused without the setting, or outside production only."""
    if kind in (PathKind.TEST, PathKind.SEED, PathKind.EXAMPLE, PathKind.DOC):
        return None
    value = text[item.start : item.end]
    if _FOR_TESTS.match(item.name) or (not item.random and not SIGNING_NAME.search(item.name)):
        return None
    if not item.random and _is_of_trial(path, text):
        return None
    if not item.random and re.search(r"(?i)build|dummy|placeholder|not[-_]?used|mock|test", value):
        return None
    if _is_guarded(text, item, value) or _is_only_asked_for(text, item):
        return None
    if item.random:
        return Leak(path, item, "fallback-literal", kept, LIKELY, Severity.HIGH)
    opens = re.search(r"(?i)admin|password", item.name) is not None
    return Leak(path, item, "fallback-literal", kept, LIKELY, Severity.HIGH if opens else None)


_QUOTED = re.compile(r"\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'")
_GIVEN_TO = re.compile(r"(?m)^(?:const|let|var)\s{1,3}([A-Za-z_$][\w$]{2,60})\s{0,3}=[^=\n]{0,200}\Z")


def _is_only_asked_for(text: str, item: Sighting) -> bool:
    """Whether the file keeps the value to itself and only says whether it is there: `KEY ? "set" : "not set"`."""
    given = _GIVEN_TO.search(text[max(0, item.start - 260) : item.start])
    if given is None:
        return False
    rest = _QUOTED.sub("", text[: item.start] + text[item.end :])
    uses = len(re.findall(rf"(?<![\w$.]){re.escape(given[1])}(?![\w$])", rest)) - 1
    asked = len(
        re.findall(
            rf"(?:!!?|Boolean\()\s?{re.escape(given[1])}\b|(?<![\w$.]){re.escape(given[1])}\s{{0,3}}\?(?![.?])",
            rest,
        )
    )
    return uses > 0 and uses == asked


def _is_guarded(text: str, item: Sighting, value: str) -> bool:
    """Whether this file refuses the default: by comparing with it, by throwing when the setting is missing, or
    because the line is about development."""
    if _PRODUCTION_CHECK.search(text[max(0, item.start - 300) : item.end + 300]):
        return True
    literal, name = re.escape(value), re.escape(item.name)
    compared = rf"[!=]==?\s{{0,3}}[\"'`]{literal}[\"'`]|in\s{{0,3}}[\[({{][^\n]{{0,200}}{literal}"
    if re.search(compared, text.replace(value, "", 1)):
        return True
    missing = rf"if\s{{0,3}}\(?\s{{0,3}}(?:!|not\s)[^\n]{{0,60}}{name}[^\n]{{0,120}}\n?[^\n]{{0,120}}"
    return re.search(missing + "(?:throw|raise|exit|fatal)", text) is not None
