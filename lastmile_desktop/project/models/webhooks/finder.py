"""Which entry points are webhooks, and whose."""

from __future__ import annotations

import re
from functools import cache

from lastmile_desktop.project.code.outline import Do, Function, Outline
from lastmile_desktop.project.models.webhooks.entries import Entry
from lastmile_desktop.project.models.webhooks.providers import event_pattern, hook_table, imported_from

_PATH = re.compile(r"web_?-?hook|(?:^|[^a-z])ipn(?:$|[^a-z])", re.IGNORECASE)
_WEAK_PATH = re.compile(
    r"(?:^|[/_-])(?:\w*hooks?|callbacks?|notifications?|notify|postback|events?)(?:$|[/_-])", re.IGNORECASE
)
_MANAGES = re.compile(
    r"(?:^|[/_-])(?:admin|test|tests|testing|register|setup|logs?|deliver(?:y|ies)|subscriptions?|endpoints?|settings|config|"
    r"simulate|mock|replay|retry|resend-failed|history|debug|configure|status|health|trigger|toggle|rotate|generate)(?:$|[/_-])"
    r"|/(?:send|send-bulk|bulk-send|broadcast)$"
    r"|/(?:list|create|delete|update|form|add|edit|new|save)(?:$|/)|hooks?[_-](?:list|create|delete|update|form|add|edit|new|save)(?:$|/)",
    re.IGNORECASE,
)
# `create_webhook`, `updateWebhook`: customers' own addresses, which this app will call.
_LOOKS_AFTER = re.compile(
    r"(?i)(?:^|\.)(?:create|update|edit|patch|delete|remove|list|register|add|test|toggle|get)_?web_?hooks?(?:_?subscription)?(?:_?by_?id)?$"
)
_BACK_OFFICE = re.compile(r"(?:^|/)(?:admin|tests?|testing|debug|dev|mock|simulate)(?:/|$)", re.IGNORECASE)
_OAUTH = re.compile(
    r"auth/callback|oauth|sso|/callback/(?:google|github|discord|facebook)|login/callback", re.IGNORECASE
)
_READS_BODY = re.compile(
    r"\.json\(|\.text\(|\.body\b|get_json|get_data|request\.data|\bpayload\b|formData|readBody|readRawBody|rawBody|request\.form",
)
_USER = re.compile(
    r"getServerSession|getUser\(|currentUser\(|requireAuth|requireUser|requireAdmin|get_current_user|current_user\b|"
    r"isAuthenticated|auth\(\)|getSession\(|login_required|auth\.protect|getAuth\(|withAuth|authenticateToken|req\.user\b|"
    r"request\.user\b|Depends\(\s*get_current|session\.user|verifyAuth|authenticateUser|checkAuth|validateSession",
)
_VERIFIER = re.compile(
    r"constructEvent(?:Async)?\s*\(|construct_event\s*\(|parseEventNotification|verifyWebhook\s*\(|webhooks\.unmarshal|"
    r"webhooks\.verify|validateWebhookSignature|validate_webhook_signature|verify_webhook_signature|new Webhook\(|"
    r"verify-webhook-signature|verify\w*Webhook\w*\s*\(|validate\w*Webhook\w*\s*\(|verify_\w*webhook\w*\s*\(|"
    r"['\"](?:http_)?x[-_](?:web)?hook[-_](?:secret|token|signature)['\"]|"
    r"EventWebhook|RequestValidator|validateRequest\(|verify_and_decode_notification|verifyAndDecodeNotification|"
    r"handle_webhook\("
)
# The secret that a provider signs with, in a handler that sends nothing signed itself.
_OWN_SECRET = re.compile(
    r"\b(?!NEXT_PUBLIC)[A-Z][A-Z0-9]{1,30}(?:_[A-Z0-9]{1,20}){0,3}_WEBHOOK_(?:SIGNING_)?SECRET\b"
)
_SENDS = re.compile(r"\bfetch\s*\(|\baxios\b|\brequests\.post\b|\bhttpx\b", re.IGNORECASE)
_TO_CUSTOMERS = re.compile(
    r"(?i)(?:fetch|post|request)\(\s*[`\"'${]{0,4}\w*(?:hook|endpoint|subscription|subscriber)\w*(?:\.|\[[\"'])(?:\w*url|endpoint|target)\b"
)
_READS_SIGNATURE = re.compile(
    r"(?i)header(?:s|_?list|\(\))?\)?(?:\?\.|\.)?(?:get\(|\[|\()\s{0,3}[\"'`][^\"'`\n]{0,60}(?:signature|hmac|hook-(?:secret|token))(?![\"'`\w-]{1,20}\]\s{0,3}=[^=])|"
    r"HTTP_[A-Z_]{1,40}SIGNATURE|[\"']stripe-signature|constructEvent|construct_event"
)
# A second address that hands the call, headers and all, to the handler of this very app.
_HANDS_ON = re.compile(
    r"new URL\(\s*[\"'`]/api/[^\"'`\n]{1,120}[\"'`],\s*(?:req|request)\.(?:url|nextUrl)"
    r"[\s\S]{1,800}?headers:\s*(?:req|request)\.headers\b"
)
_WORKS = re.compile(r"\.from\(|\.(?:insert|update|upsert|create|delete|save)\(|\bprisma\b|\bsql`")
# Who takes an address and the events to send there registers a webhook of a customer's.
_TAKES_ADDRESS = re.compile(
    r"(?i)\b(?:req|request)\.body\.(?:\w{1,40}\.){0,3}(?:webhook_?url|target_?url|callback_?url)\b|"
    r"\{[^{}]{0,120}\burl\b[^{}]{0,120}\bevents\b[^{}]{0,120}\}\s{0,3}=\s"
)
# What Twilio sends with each call and message, and what it wants back.
_TELEPHONY = re.compile(
    r"['\".](?:CallSid|MessageSid|SpeechResult|SmsSid|CallStatus)\b|VoiceResponse|MessagingResponse|<Response>"
)
_SIGN_IN_HOOK = re.compile(
    r"(?:SEND_(?:EMAIL|SMS)|AUTH|ACCESS_TOKEN|MFA)\w{0,20}_HOOK_SECRET|['\"]v1,whsec_['\"]"
)
_INBOUND = re.compile(
    r"""(?:\.|\[['"])(?:type|event|event_type|eventType|triggerEvent|topic|action|notification_type|alert_type|resource|entry)\b""",
)


@cache
def _header_pattern() -> re.Pattern[str]:
    names = "|".join(sorted((re.escape(name) for name in hook_table().header_owners), key=len, reverse=True))
    return re.compile(rf"['\"\[](?:http_)?({names})['\"\]]", re.IGNORECASE)


@cache
def _event_pattern() -> re.Pattern[str]:
    names: list[str] = []
    for provider in hook_table().providers:
        pattern = event_pattern(provider.name)
        if pattern is not None:
            names.append(pattern.pattern.replace(".*", r"[\w.]+"))
    return re.compile(rf"['\"]({'|'.join(names)})['\"]")


def headers_in(text: str) -> tuple[str, ...]:
    """Known signature headers named in a text; underscores count as dashes (Django's `HTTP_…`, FastAPI parameters)."""
    found = _header_pattern().findall(text) + _header_pattern().findall(
        text.replace("_", "-").replace("HTTP-", "")
    )
    return tuple(dict.fromkeys(item.lower() for item in found))


def events_in(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_event_pattern().findall(text)))


def is_certain(text: str) -> bool:
    """Whether the text itself says that a provider calls: a verifier, a signature header."""
    return _VERIFIER.search(text) is not None or bool(headers_in(text))


def is_outgoing(text: str) -> bool:
    """Whether this sends webhooks to addresses that customers left, and takes none in: it signs, and reads no
    signature of a caller's."""
    return _TO_CUSTOMERS.search(text) is not None and _READS_SIGNATURE.search(text) is None


def is_webhook(entry: Entry, function: Function, text: str, guard: str) -> bool:
    """Whether another company is meant to call this entry. `text` is the handler's source."""
    named = f"{entry.route} {function.name.rpartition('.')[2]} {entry.handler} {'/'.join(entry.path.split('/')[-2:])}"
    own = f"{entry.route} {function.name.rpartition('.')[2]}"
    if is_outgoing(text) or (_HANDS_ON.search(text) and not _WORKS.search(text)):
        return False
    if is_certain(text):
        return True
    events = events_in(text)
    compared = [
        name
        for name in events
        if re.search(
            rf"(?:===?|case|in|\bis\b)\W{{0,4}}['\"]{re.escape(name)}|['\"]{re.escape(name)}['\"]\s*:", text
        )
    ]
    if _USER.search(text) or guard:
        return False
    if len(compared) >= 1 and (len(events) >= 2 or _PATH.search(named) or _WEAK_PATH.search(own)):
        return True
    if compared and _hint(own):
        return True
    if _OWN_SECRET.search(text) and _READS_BODY.search(text) and not _SENDS.search(text):
        return True
    if not _READS_BODY.search(text) and not any("Body(" in item or ":" in item for item in function.params):
        return False
    if (
        _PATH.search(own)
        or _PATH.search(entry.handler)
        or (
            _PATH.search(named)
            and entry.framework not in ("express", "fastapi", "flask", "django", "drf", "hono")
        )
    ):
        managed = _is_managed(entry.route) or _lists(entry) or _LOOKS_AFTER.search(function.name)
        return not managed and _TAKES_ADDRESS.search(text) is None
    if _TELEPHONY.search(text) and "twilio" in f"{entry.route} {entry.path}".lower():
        return True
    if _WEAK_PATH.search(entry.route) and not _OAUTH.search(entry.route):
        inbound = _INBOUND.search(text) is not None or "notification" in entry.route.lower()
        return bool(_hint(entry.route)) and inbound and not _is_managed(entry.route)
    return False


def _is_managed(route: str) -> bool:
    """Whether a route looks after webhooks instead of being one: `/webhooks/test`, `/admin/webhooks`."""
    found = _PATH.search(route) or _WEAK_PATH.search(route)
    start = route.rfind("/", 0, found.start() + 1) if found else 0
    return _MANAGES.search(route[max(start, 0) :]) is not None or _BACK_OFFICE.search(route) is not None


def _lists(entry: Entry) -> bool:
    """`POST /api/webhooks` itself usually registers an outgoing webhook; with a user guard it was left out before."""
    return entry.route.rstrip("/").endswith(
        ("/webhooks/[id]", "/webhooks/:id", "/webhooks/{id}", "/webhooks/{webhook_id}")
    )


def _hint(text: str) -> str:
    lowered = text.lower()
    for provider in hook_table().providers:
        if any(re.search(rf"(?<![a-z]){re.escape(hint)}(?![a-z])", lowered) for hint in provider.hints):
            return provider.name
    return ""


# `request.META` and `import.meta` are no company.
_OTHER_META = re.compile(r"request\.META|import\.meta|\bMeta\b(?=\s*:)|<meta\b")


def _most_named(text: str) -> str:
    """The provider that a text names most often, the first of several."""
    lowered = _OTHER_META.sub("", text).lower()
    counts = {
        provider.name: sum(
            len(re.findall(rf"(?<![a-z]){re.escape(hint)}(?![a-z])", lowered)) for hint in provider.hints
        )
        for provider in hook_table().providers
    }
    best = max(counts, key=lambda name: counts[name], default="")
    return best if counts.get(best) else ""


def provider_of(entry: Entry, function: Function, text: str, outline: Outline) -> str:
    """The provider's name; `other` when nothing tells."""
    del function
    by_path = _hint(
        f"{entry.route} {entry.path.rpartition('/')[0].rpartition('/')[2]} {entry.path.rpartition('/')[2]}"
    )
    if by_path:
        return by_path
    if _SIGN_IN_HOOK.search(text) or any(_SIGN_IN_HOOK.search(step) for step in _settings_of(outline)):
        return "supabase"
    imported = [
        provider.name
        for provider in hook_table().providers
        for item in outline.imports
        if provider.packages and imported_from(item.module, provider.packages)
    ]
    owners = [name for header in headers_in(text) for name in hook_table().header_owners[header]]
    specific = [name for name in owners if name in imported] or [
        name for name in owners if _mentions(text, name)
    ]
    if specific or len(set(owners)) == 1:
        return (specific or owners)[0]
    for event in events_in(text):
        for provider in hook_table().providers:
            pattern = event_pattern(provider.name)
            if pattern is not None and pattern.fullmatch(event):
                return provider.name
    return _most_named(f"{entry.handler} {text[:4000]}") or "other"


def _settings_of(outline: Outline) -> tuple[str, ...]:
    """The right-hand sides at the top of a file, where secrets are read."""
    return tuple(step.value.text for step in outline.top if isinstance(step, Do) and step.value is not None)


def _mentions(text: str, name: str) -> bool:
    return any(hint in text.lower() for hint in hook_table().provider(name).hints)
