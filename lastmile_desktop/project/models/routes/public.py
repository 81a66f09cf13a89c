"""Entry points that strangers are meant to reach, and how that is known."""

from __future__ import annotations

import re
from fnmatch import fnmatch

from lastmile_desktop.project.models.routes.entries import Entry
from lastmile_desktop.project.models.routes.model import EntryKind

_SIGN_IN = re.compile(
    r"(?:^|[/_-])(?:log-?in|log-?out|sign-?in|sign-?up|sign-?out|register|registration|oauth2?|sso|saml|oidc|callback|"
    r"forgot(?:-?\w+)?|reset-?password|password-?re(?:set|covery)[\w-]*|recover[\w-]*|magic-?link|otp|verify-?(?:email|otp|token|code|phone|login|session|invite)|"
    r"send-?(?:otp|code|verification(?:-?code)?|magic-?link)|confirm-?email|resend-?(?:verification|otp|code|confirmation)(?:-?\w+)?|"
    r"(?:phone|mobile|otp|code)/(?:verify|confirm|check|send(?:-?code)?|resend|request)|"
    r"(?:sms|e-?mail)/(?:verify|confirm|check|send-?code|resend|request)|"
    r"refresh(?:-?token)?|csrf(?:-?token)?|jwks|2fa|mfa|totp|two_?factor|passkeys?|webauthn|nonce|siwe|check-?(?:email|username|auth|session)|"
    r"verify/resend|request-verification[\w-]{0,20}|verify-[\w-]{1,40}-email|activate|unlock-?account|new-?password|set-?password|auth/join|email-?verification|token|tokens/refresh|access-?token|exchange|invitations?/(?:accept|verify)|accept-?invit\w+)(?:$|[/_\-.\[?])|"
    r"^/(?:api/)?(?:v\d/)?(?:auth/|accounts?/|users?/)?confirm(?:/(?:<|:|\[|\{)[^/]{1,60})?$|"
    r"(?:^|/)auth(?:/(?:\[\.{3}\w+\]|\*\w*|google|github|apple|facebook|microsoft|twitter|discord|linkedin|session|status|user|error|:provider|\[provider\]))?/?\*?$",
    re.IGNORECASE,
)
_SIGN_IN_FILE = re.compile(
    r"(?:^|/)(?:auth/[^/]*/)*(?:[\w-]*(?:oauth|callback|login|signup|sign-?in|passkey|sso)[\w-]*)\.[cm]?[jt]sx?$",
    re.IGNORECASE,
)
_SIGN_IN_NAME = re.compile(
    r"^(?:do|handle|submit|perform|start)?_?(?:log_?in|log_?out|sign_?in|sign_?up|sign_?out|register|authenticate|forgot_?password|"
    r"reset_?password|request_?password_?reset|send_?(?:otp|(?:[a-z]{1,20}_){0,2}email_?verification|magic_?link|reset_?\w*|verification\w*|password_?reset\w*)|verify_?(?:\w{1,40}_)?(?:email|otp|code|token)\w*|oauth\w*|"
    r"resend_?\w*(?:verification|confirmation|otp|code)\w*|update_?password_?with_?token|confirm_?email|email_?(?:confirmation|verification)|exchange_?code\w*|authorize|create_?account|create_?session|refresh_?token|auth_?callback)"
    r"(?:_?with\w*|_?action|_?user|_?handler|_?email|_?password|_?in|_?up|_?page|_?view|_?form|_?api|_?post|_?oauth|_?google|_?github|_?credentials|_?magic_?link|_?route|_?endpoint|_?new_?user)*$",
    re.IGNORECASE,
)
_HEALTH = re.compile(
    r"^(?:/[\w.-]+){0,3}?(?:^|/)(?:health[\w-]*|_?healthz?|ready(?:z|iness)?|live(?:z|ness)?|uptime|alive|keep-?alive)(?:/\w+)?/?$|"
    r"^(?:/[\w.-]+){0,3}?/?(?:ping|heartbeat)(?:/[^/]+){0,3}/?$|"
    r"^(?:/api)?(?:/v\d)?/(?:status|version|info)/?$",
    re.IGNORECASE,
)
_ADMIN_BEYOND_SIGN_IN = re.compile(
    r"/admin/(?!.*(?:log-?in|log-?out|callback|2fa|otp|forgot|reset-?password|verify))"
)
_LEFT_OPEN = re.compile(r"/(?:debug|test|tests|dev)/", re.IGNORECASE)
_CONTENT = re.compile(
    r"(?:sitemap|robots|manifest|favicon|opengraph|rss|atom|feed\.xml|llms?\.txt|(?:^|/)og(?:/|$|-image)|og-?image|twitter-image|(?:^|/)feed$|\.well-known|"
    r"(?:^|/)docs?$|openapi|swagger|(?:^|/)config$|[./_-]logo(?:$|[/.])|(?:^|/)(?:avatar|branding|image|images|assets|media|thumbnails?|placeholder)(?:$|/)|public-?config|(?:^|/)stripe-?config|publishable|(?:^|/)geo(?:$|ip)|service-worker)",
    re.IGNORECASE,
)
_WEBHOOK = re.compile(
    r"(?:^|[/_-])(?:web-?hooks?|hooks?|ipn|events/stripe|stripe/events)(?:$|[/_\-\[])|webhook", re.IGNORECASE
)
_FORM = re.compile(
    r"(?:^|[/_-])(?:contact(?:-?(?:us|form|messages?|requests?|inquir\w+))?|news-?letters?|subscribe|unsubscribe|opt-?(?:in|out)|(?:data|account)?-?deletion-?requests?|delete-?account-?requests?|wait-?list|leads?|e?mail-?captures?|feedback|inquir(?:y|ies)|"
    r"enquir(?:y|ies)|enquire|demo-?requests?|request-?(?:demo|access|quote|callback|sample)|free-?samples?|sample-?requests?|book-?(?:a-?)?(?:demo|call)|rsvp|quotes?-?requests?|get-?quote|early-?access|"
    r"surveys?-?(?:response|submit)\w*|support-?requests?|help/requests?|partner-?(?:application|inquiry|request)s?|applications?/submit|apply|career-?applications?|"
    r"page-?views?|track(?:ing)?(?:-?\w+)?|analytics(?:/(?:track|event|collect|pageview))?|telemetry|collect|beacon|log-?(?:error|client|visit)|client-?errors?|"
    r"error-?(?:log|report)s?|[\w-]+[-_]sign-?up|lead[-_]?magnet|download[-_]?(?:guide|ebook|blueprint)|csp-?report|vitals|web-?vitals|impressions?|visits?|visitors?|cookie-?consent|consent|referral-?click|affiliate-?click|"
    r"submit-[\w-]{1,40}-(?:application|lead|inquiry|enquiry|request|form)|newsletter-?\w+|public-?\w+|guest-?\w+|\w+-?public)"
    r"(?:$|[/_\-\[?])",
    re.IGNORECASE,
)
_GUEST = re.compile(
    r"(?:^|[/_-])(?:checkout|payment-?intents?|create-?(?:order|payment|checkout|booking|reservation)|guest|orders?|bookings?|reservations?|"
    r"payments?/(?:\w+/)?create-?invoice|appointments?|book|quotes?|applications?|registrations?|donations?|donate|rsvps?|tickets?/purchase|pay|payments?/(?:create|init\w*|checkout\S*))/?$",
    re.IGNORECASE,
)
_FORM_NAME = re.compile(
    r"(?:contact|newsletter|subscribe|waitlist|lead|feedback|inquiry|enquiry|demoRequest|rsvp|pageView|trackEvent|trackView|logVisit|earlyAccess|callback_?request)",
    re.IGNORECASE,
)
_TRIAL = re.compile(
    r"(?:^|[/_-])(?:demo|try|tryout|try-?it|sample|playground|free-?trial)(?:$|[/_-])", re.IGNORECASE
)
_VISITED_PAGE = re.compile(
    r"^(?!.*/(?:admin|dashboard|account|settings|manage|my)(?:/|$))/(?:\w[\w-]*/)?(?:"
    r"(?:book|booking|listings?|stores?|shops?|products?|events?|menus?|courses?|articles?|blog|posts?)/(?:\[|:)"
    r"|(?:book|booking|checkout|orders?)/(?:confirm\w*|success|thank-?you))"
)
_VISITED_FILE = re.compile(
    r"(?:^|/)(?:public[\w-]*|booking|guest[\w-]*|storefront|shop)\.(?:actions?\.)?[cm]?[jt]sx?$"
)
_BOOKS = re.compile(
    r"^(?:book|reserve|place|request|create|submit)_?(?:guest|public)?_?(?:appointment|booking|reservation|order)s?$",
    re.IGNORECASE,
)
_PUBLIC_WORD = re.compile(
    r"(?:^|[/_-])(?:public|share|shared|guest|embed|widget|portal/public|p|s|storefront)(?:$|[/_-])",
    re.IGNORECASE,
)


def reason(entry: Entry, globs: tuple[str, ...]) -> str:
    """Why an entry needs no guard, "" when nothing says so."""
    if entry.public:
        return entry.public
    route = entry.route
    if any(fnmatch(route, glob) for glob in globs):
        return "listed as public in .lastmile/policy.toml"
    if entry.kind is EntryKind.EDGE_FUNCTION:
        named = _SIGN_IN_NAME.match(_snake(route.replace("-", "_")))
        return "part of signing in" if named else ("a health check" if _HEALTH.search(f"/{route}") else "")
    if entry.kind in (EntryKind.HTTP, EntryKind.CALLABLE):
        found = _by_path(route) or _by_path(route.replace("_", "-"))
        short = route.count("/") <= 2 and _SIGN_IN_FILE.search(entry.path)
        return found or ("part of signing in" if short else "")
    if entry.kind in (EntryKind.SERVER_ACTION, EntryKind.SERVER_FUNCTION):
        name = route.rpartition(".")[2]
        if re.search(r"sign_?in|sign_?up|log_?in|passkey|forgot_?password|reset_?password", _snake(name)):
            return "part of signing in"
        if _SIGN_IN_NAME.match(_snake(name)) or _SIGN_IN_NAME.match(name):
            return "part of signing in"
        return (
            "a public form"
            if _FORM_NAME.search(name) and not re.search(r"^(?:get|list|delete|update|fetch|export)", name)
            else ""
        )
    resource = "/api" in route and _CONTENT.search(route)
    return "public content" if resource else ("part of signing in" if _SIGN_IN.search(route) else "")


def is_webhook(entry: Entry) -> bool:
    return (
        entry.kind in (EntryKind.HTTP, EntryKind.EDGE_FUNCTION) and _WEBHOOK.search(entry.route) is not None
    )


def is_form(route: str) -> bool:
    """Whether strangers are meant to send something here: contact, newsletter, waiting list, tracking."""
    return _FORM.search(route) is not None


def is_guest_purchase(route: str) -> bool:
    """Whether a shop or calendar lets visitors do this without an account: book, order, pay."""
    return _GUEST.search(route) is not None


def is_trial(route: str) -> bool:
    """Whether visitors may try something out here before they sign up."""
    return _TRIAL.search(route) is not None


def is_visited(kind: EntryKind, route: str, path: str) -> bool:
    """Whether this only shows what visitors come for: a booking page, a listing, the confirmation of an order."""
    if kind is EntryKind.PAGE_DATA:
        return _VISITED_PAGE.search(route) is not None
    return kind is EntryKind.SERVER_ACTION and _VISITED_FILE.search(path) is not None


def books(name: str) -> bool:
    """Whether an action's name says that a visitor books or orders something."""
    return _BOOKS.match(name) is not None


def starts_sign_in(route: str) -> bool:
    """Whether the name says that people come here before they are signed in: `sso-oidc-init`."""
    return _SIGN_IN.search(route) is not None


def is_marked_public(route: str) -> bool:
    return _PUBLIC_WORD.search(route) is not None


def _by_path(route: str) -> str:
    if _HEALTH.search(route):
        return "a health check"
    if _CONTENT.search(route):
        return "public content"
    beside = _ADMIN_BEYOND_SIGN_IN.search(route) or _LEFT_OPEN.search(route)
    return "part of signing in" if _SIGN_IN.search(route) and not beside else ""


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
