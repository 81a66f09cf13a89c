"""Names that say, or deny, that something is asked about the caller: of calls, links of a chain and packages."""

from __future__ import annotations

import re

_SUBJECT = (
    r"auth(?!or(?!i))|session(?!s|_?id|_?maker|_?local|_?factory|_?storage)|signed?_?in(?!g)|logged|log_?in|permission|privilege|membership|bearer|jwt|token|secret|"
    r"signature|api_?key|credential|principal|identity|guard|protect|gate_?keep|\bgate\b|\bacl\b|rbac|abilit|"
    r"current_?(?:user|account|member|tenant|org)|access(?!_?log|or)|caller|viewer"
)
_ABOUT_CALLER = re.compile(
    rf"{_SUBJECT}|^_?(?:require|ensure|enforce|assert)_?(?:user|role|admin|staff|owner|tenant|member|org\w*|team|"
    r"workspace|account|customer|company|scope)|^_?(?:get|load|resolve|with|find|fetch|use)_?(?:the_?)?"
    r"(?:user|account|member|tenant|actor|role|admin|org|organi[sz]ation|workspace|company)"
    r"(?:_?(?:from\w*|context|ctx|by_?(?:token|session|cookie|header)|or_?\w+|id))?$|"
    r"^_?(?:is|has|can)_?(?:admin|role|owner|staff|member|allowed|access\w*|tenant\w*)",
    re.IGNORECASE,
)
MAKES = re.compile(
    r"^_?(?:create|make|generate|sign(?!ed|_?in)|issue|set|save|store|insert|add|delete|remove|destroy|update|upsert|"
    r"revoke|clear|send|hash|encode|encrypt|register|invite|list|log(?!ged|_?in)|count|estimate|max|total|refresh|rotate|"
    r"reset|build|render|format|new|start|begin|init|mint|grant|assign|approve|author|track|record|bump|mask|redact)"
    r"(?=[A-Z_]|$|s(?:[A-Z_]|$))",
)
# Calls that take a header, or have such a name, and ask nothing: hashing an address, counting, what a robot check
# does, the session of a database.
ASKS_NOTHING = re.compile(
    r"captcha|turnstile|csrf|xsrf|push_?token|device_?token|tokeni|token_?count|secret_?key$|hash|digest|subtle|keypair|"
    r"rate_?limit|limiter|throttle|(?:^|_|\.)ip(?:$|_)|client_?ip|geo|user_?agent|fingerprint|analytics|\blog|"
    r"session_?local|(?:db|async|sql|database|client|checkout|start|boto3?)_?\.?session|(?:^|\.)get_session$|"
    r"\bsession\.(?:get|load|execute|run|query)\w*$|"
    r"^(?:secrets|random|uuid|crypto|os)\.|random|nonce|token_(?:urlsafe|hex|bytes)|nano_?id|\bconfig\.",
    re.IGNORECASE,
)
# A query that is kept to the caller before anything is asked of it: `get_org_tours().filter(…)`.
SCOPED = re.compile(
    r"^(?:await )?(?:[a-z_]\w*\.)*(?:get|fetch|find|load|query|select|list|scope)?_?(?:for_)?"
    r"(?:org(?:ani[sz]ation)?|tenant|team|workspace|company|current_user|owner|my|own|accessible|visible|permitted|allowed|scoped|authori[sz]ed)(?:_\w+|[A-Z]\w*)\(",
    re.IGNORECASE,
)
_TESTS = re.compile(
    r"^_?(?:check|run|verify|validate|require|authenticate|authori[sz]e|get|handle|assert|enforce|protect|ensure|"
    r"allows?|can|user|session|current|load|resolve|attempt)\w*$",
    re.IGNORECASE,
)
PLAIN_CALLEE = re.compile(
    r"(?:^|\.)(?:split|replace|slice|substring|substr|trim|startsWith|startswith|endsWith|includes|get|has|match|test|"
    r"json|parse|stringify|log|info|warn|error|debug|print|fetch|String|Number|Boolean|parseInt|headers|Headers|toString|"
    r"toLowerCase|lower|upper|strip|removeprefix|getAll|getHeader|getCookie|from|decode|encode|join|at|set|append|"
    r"next|rewrite|redirect|createServerClient|createClient|cookies|create_client|isArray|entries|keys|len|str|map|find|filter)$"
)
# Links of a chain that are about something else than the caller, or that only keep a session ready.
_ABOUT_OTHERS = re.compile(
    r"(?i)^(?:express|helmet|vite|sentry|fastify|hono|elysia|process|console|swagger\w*|trpc\w*|cors|pino\w*|hpp|xss\w*)(?:\.|$)|"
    r"rout|\bapp\b|\bapi\b|(?:^|\.)\w*(?:cors|json|urlencoded|raw|text|logg|morgan|compress|static|serve|rate|limit|throttl|slow|"
    r"upload|multer|valid|zod|schema|body|cookie|cache|timing|time|etag|header|csrf|trim|saniti|async|catch|error|trac|sentry|"
    r"metric|monitor|i18n|locale|proxy|vite|favicon|override|flash|passport|initiali[sz]e|session|clerk|found|multipart|websocket|"
    r"sensible|swagger|formbody|docs|view|engine|layout|context|request_?id|user_?agent|inngest|stripe|webhook|graphql|apollo|"
    r"yoga|posthog|analytic|config|env|plugin|jwt|oauth|type|storage|single|array|fields|any$|query|dedupe|poweredby|"
    r"prettyjson|helmet|hpp|xss|fastify|express|hono|elysia|prisma|db$|database|redis|socket|undefined|null|true|false)"
)
_TOOLS = re.compile(
    r"^(?:next(?:$|[/-])|@sentry|@vercel|react|h3|nitro|nuxt|hono|express|firebase|@trpc/|@tanstack/|@orpc/|inngest|zod|ai$|"
    r"@ai-sdk|@upstash|@axiom|@logtail|@highlight|newrelic|dd-trace|@opentelemetry|@aws|@google-cloud|serverless|@netlify|"
    r"@cloudflare|wrangler|uploadthing|p-|lodash|async|swagger|@nestjs|fastify|@fastify|koa$|elysia|@elysia|svelte|@sveltejs|"
    r"astro|@remix|stripe|svix|resend|openai|@supabase|@clerk|drizzle|@prisma|pino|winston|cors|helmet|ts-|type-|effect|"
    r"neverthrow|@hono/(?!clerk|.*auth)|@t3-oss|superjson|use-|node:|npm:hono|mongoose)"
)
_WRAPS_FOR_OTHERS = re.compile(
    r"(?i)error|async|catch|try|log|trac|metric|monitor|cache|memo|retry|timing|cors|json|stream|effect|step"
)


def is_foreign(name: str) -> bool:
    """Whether a link of a chain, of which only the name is known, may be about the caller."""
    return (
        bool(name)
        and name.replace(".", "").replace("_", "").replace("$", "").isalnum()
        and not _ABOUT_OTHERS.search(name)
    )


def secures(name: str) -> bool:
    """`configureSecurity(app)`."""
    return re.search(r"secur(?!e?_?headers)", name, re.IGNORECASE) is not None


def is_tool(package: str) -> bool:
    """Whether a package is a framework, or a tool that does not ask who is calling."""
    return _TOOLS.match(package) is not None


def may_wrap(name: str) -> bool:
    """Whether a wrapper of this name may be about the caller: one for errors, logs or limits is not."""
    return ASKS_NOTHING.search(name) is None and _WRAPS_FOR_OTHERS.search(name) is None


def names_asking(callee: str) -> bool:
    """Whether a dotted name says that something is asked about the caller."""
    owner, _, name = callee.rpartition(".")
    if MAKES.match(name) or ASKS_NOTHING.search(callee) or (name and PLAIN_CALLEE.search(callee)):
        return False
    if _ABOUT_CALLER.search(name):
        return True
    return bool(owner and _ABOUT_CALLER.search(owner) and _TESTS.match(name))
