"""abuse.no-limits: whether one person or one script can do something expensive as often as they like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.code.outline import Span
from lastmile_desktop.project.code.sources import is_source
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.accounts.guessable import by_link, only_hands_out
from lastmile_desktop.project.models.accounts.guessing import takes_guesses
from lastmile_desktop.project.models.inputs.slow_patterns import endless_patterns, patterns_of_callers
from lastmile_desktop.project.models.inputs.unsafe_calls import imported_names
from lastmile_desktop.project.models.inputs.uploads import open_uploads
from lastmile_desktop.project.models.routes.entries import is_live
from lastmile_desktop.project.models.routes.first_start import is_first_start
from lastmile_desktop.project.models.routes.heavy_routes import works_hard
from lastmile_desktop.project.models.routes.limits import Limits, limits
from lastmile_desktop.project.models.routes.model import Effect, EffectKind, EntryKind, GuardStrength, Route
from lastmile_desktop.project.models.routes.page_headers import is_product
from lastmile_desktop.project.models.row_security.bucket_limits import open_buckets
from lastmile_desktop.project.tree import FileEntry
from lastmile_desktop.project.view import ProjectView

_CHECK = "abuse.no-limits"
_MOST = 12
_SIGN_IN = re.compile(
    r"(?i)(?:^|[/_-])(?:log-?in|sign-?in|register|sign-?up|forgot[\w-]*|reset-?password|password-?re(?:set|covery)\w*|otp|send-?(?:otp|code|verification\w*|magic-?link)"
    r"|verify-?(?:otp|code|phone|2fa|totp|login)|magic-?link|resend[\w-]*|2fa|mfa|totp|change-?password|access-?token|token)(?:$|[/_.-])"
)
_BUILT_IN = re.compile(
    r"supabase\w*\.auth\.(?:signIn|signUp|resetPassword|verifyOtp|updateUser|resend|sign_in|sign_up|signOut|exchangeCode)|\bclerk|better-auth|auth\.api\.|auth\.handler|NextAuth\(|handlers\b"
    r"|signInWith\w+\(|createUserWithEmail|passport\.authenticate\(['\"](?:google|github|oidc|replit)|authenticate\(`replitauth|allauth|firebase"
)
_ADMIN = re.compile(r"(?i)admin|staff|superuser|internal")
_RIGHTS = re.compile(r"(?i)admin|staff|superuser|permission|require_?role|has_?role")
_SIGNS_IN = re.compile(
    r"(?i)(?:sign_?in|log_?in|sign_?up|register|forgot_?password|reset_?password|send_?otp)\w*$"
)
_PASSKEY = re.compile(r"(?i)web_?authn|passkey|security_?key|fido")
_PAGE = re.compile(
    r"(?i)csrf|sent|done|success|complete|notify|newsletter|wait-?list|blueprint|lead|event|webinar"
)
_ENDS = re.compile(
    r"(?i)log-?out|sign-?out|verify|confirm|unsubscribe|callback|refresh|ping|health|cron|sync"
)
_ASKS_FOR = re.compile(
    r"(?i)forgot|regist(?:er|ration)|sign-?_?up|create-?_?account|reset-?_?request|recover"
)
_WORD = {EffectKind.EMAIL: "send mail or messages", EffectKind.LLM: "call an AI model"}
_SERVERLESS = frozenset({"vercel", "netlify", "cloudflare", "supabase"})
_EDGE = re.compile(r"(?:^|/)supabase/functions/")
_CLIENT_KNOWS = re.compile(r"(?i)\b429\b|too.?many|rate.?limit|slow down")
_GRAPHQL = re.compile(
    r"new\s+ApolloServer\(|createYoga\(|graphqlHTTP\(|mercurius\b.{0,40}\{|strawberry\.Schema\(|GraphQLModule\.forRoot"
)
_GRAPHQL_LIMIT = re.compile(r"(?i)depth.?limit|cost.?analysis|complexity|maxDepth|armor|QueryDepth")
_COMES_BACK = re.compile(r"(?i)(?:^|/)(?:oidc|saml|sso|callback)(?:/|$)")
_SOURCES = (".ts", ".js", ".mjs", ".cjs", ".py", ".tsx", ".jsx", ".conf")


@dataclass(frozen=True, slots=True)
class _Open:
    route: Route
    line: int


def detect(view: ProjectView) -> Detection:
    """Every entry point that costs something, and what limits it."""
    known = limits(view)
    routes = [route for route in view.routes.routes if _counts(route) and not _never_starts(view, route)]
    asked = [route for route in routes if _kind(view, route)]
    findings = (
        *_unlimited(view, known, asked),
        *_weak_limiters(view, known),
        *_in_files(view),
        *_buckets(view),
        *_graphql(view),
        *_client_silent(view, known),
    )
    built_in = view.facts.first("auth.provider")
    if not view.routes.routes and built_in is None and not findings:
        return Detection(
            not_applicable=NotApplicable("No server code here takes requests, and nobody signs in.")
        )
    passes = [PassEvidence(at(*place)) for route in asked if (place := known.of_route(route))]
    if not asked:
        passes.append(
            PassEvidence(
                derived(f"{len(routes)} entry points read, none sends mail, signs people in or calls a model")
            )
        )
    unknowns = tuple(
        Unknown(f"The code behind {route.route} could not be followed: {route.unknown}.", route.path)
        for route in asked
        if route.unknown and route.handler is None and not known.of_route(route)
    )
    stated = [route for route in asked if _is_stated(view, route) and not known.of_route(route)]
    return Detection(
        findings=findings,
        passes=tuple(dict.fromkeys(passes[:5])),
        unknowns=unknowns[:3],
        looked=(Looked("entry points that cost something", len(asked), len(asked)),),
        needs_attestation=(
            f"Your policy gives {stated[0].route} a limit that no code keeps. Say where it is kept, "
            "such as your host's firewall."
            if stated
            else ""
        ),
    )


def _counts(route: Route) -> bool:
    """Webhooks, schedules, readers of pages and who comes back from a sign-in elsewhere are meant to call."""
    if route.is_webhook or route.kind is EntryKind.PAGE_DATA or not is_product(route.path):
        return False
    if set(route.methods) == {"GET"} and _COMES_BACK.search(route.route):
        return False
    return not any(guard.strength in (GuardStrength.SIGNATURE, GuardStrength.CRON) for guard in route.guards)


def _never_starts(view: ProjectView, route: Route) -> bool:
    """A script that plain Node runs stops at its first `import.meta.env.NAME`, which only bundlers fill in."""
    name = route.path.rpartition("/")[2]
    if not name.endswith((".js", ".mjs")) or "import.meta.env." not in (view.text(route.path) or ""):
        return False
    started = re.compile(rf"(?:^|[\s&;])node\s[^&;]*{re.escape(name)}")
    return any(started.search(script) for script in view.package_of(route.path).scripts.values())


def _kind(view: ProjectView, route: Route) -> str:
    """Which rule asks about this route, "" for none."""
    changes = not route.methods or bool(set(route.methods) & {"POST", "PUT", "PATCH", "ANY", "*"})
    admin = _ADMIN.search(route.route) or any(_ADMIN.search(guard.name) for guard in route.guards)
    action = route.kind is EntryKind.SERVER_ACTION and _SIGNS_IN.match(route.route)
    if action or (
        _SIGN_IN.search(route.route)
        and changes
        and not route.is_guarded
        and not _PAGE.search(route.route)
        and not only_hands_out(view, route)
        and not by_link(view, route)
        and takes_guesses(view, route)
    ):
        by_key = route.handler is not None and _PASSKEY.search(f"{route.route} {route.handler.name}")
        return "" if by_key or _built_in(view, route) else "auth-unlimited"
    kinds = {effect.kind for effect in route.effects}
    if admin or any(guard.strength is GuardStrength.POLICY for guard in route.guards):
        return ""
    if kinds & {EffectKind.EMAIL, EffectKind.LLM} or works_hard(route):
        return "expensive-unlimited"
    writes = any(
        effect.kind is EffectKind.DB_WRITE
        and effect.detail in ("insert", "upsert")
        and not _refused(view, effect)
        for effect in route.effects
    )
    if (
        writes
        and changes
        and not (_ENDS.search(route.route) or is_first_start(route))
        and not route.is_guarded
        and route.kind in (EntryKind.HTTP, EntryKind.EDGE_FUNCTION)
    ):
        return "public-form-unlimited"
    return ""


def _refused(view: ProjectView, effect: Effect) -> bool:
    """Whether the database itself refuses this write: row security without a policy, and the visitor's own key."""
    table = view.schema.table(effect.table) if effect.table and effect.client == "user" else None
    return table is not None and table.created and table.rls and not (table.policies or table.policies_unsure)


def _built_in(view: ProjectView, route: Route) -> bool:
    """Whether a provider signs people in here, which limits attempts by itself."""
    if route.handler is None:
        return True
    lines = view.per_file("sign-in-lines", route.code_path, _provider_lines, ())
    return any(route.handler.span.line - 2 <= line <= route.handler.span.line_end for line in lines)


def _provider_lines(text: str) -> tuple[int, ...]:
    return tuple(number for number, line in enumerate(text.split("\n"), 1) if _BUILT_IN.search(line))


def _is_stated(view: ProjectView, route: Route) -> bool:
    return any(fnmatch(route.route, name.rpartition(" ")[2]) for name in view.policy.limits)


def _unlimited(view: ProjectView, known: Limits, asked: Sequence[Route]) -> Iterator[RawFinding]:
    groups: dict[tuple[str, str], list[Route]] = {}
    for route in asked:
        if route.handler is None or known.of_route(route) or _is_stated(view, route):
            continue
        groups.setdefault((_kind(view, route), view.package_of(route.path).path), []).append(route)
    for (rule, package), routes in groups.items():
        heavy = rule == "expensive-unlimited" and not any(
            effect.kind in _WORD for route in routes for effect in route.effects
        )
        evidence = tuple(at(route.path, route.span.line) for route in routes[:_MOST])
        yield RawFinding(
            f"{_CHECK}/{rule}",
            _sentence(rule, routes),
            evidence,
            f"{rule}:{package}",
            _severity(rule, routes, heavy=heavy),
            0.6 if heavy else 0.7 if rule == "public-form-unlimited" else 0.8,
        )


def _severity(rule: str, routes: Sequence[Route], *, heavy: bool) -> Severity:
    """Strangers come by the thousand; whoever had to sign in can be found and stopped."""
    if rule == "auth-unlimited":
        return Severity.HIGH
    known = all(route.is_guarded for route in routes)
    spends = any(effect.kind is EffectKind.LLM for route in routes for effect in route.effects)
    if known and not spends:
        return Severity.LOW
    return Severity.MEDIUM if heavy or rule == "public-form-unlimited" else Severity.HIGH


def _sentence(rule: str, routes: Sequence[Route]) -> str:
    named = ", ".join(route.route for route in routes[:3])
    more = f" and {len(routes) - 3} more" if len(routes) > 3 else ""
    if rule == "auth-unlimited" and all(_ASKS_FOR.search(route.route) for route in routes):
        return f"Nothing limits how many accounts or mails a script may ask for at {named}{more}."
    if rule == "auth-unlimited":
        return f"Nothing limits how often somebody may try passwords or codes at {named}{more}."
    if rule == "public-form-unlimited":
        return f"Anyone may fill your database through {named}{more}, as often as a script can call."
    kinds = {effect.kind for route in routes for effect in route.effects}
    what = next((text for kind, text in _WORD.items() if kind in kinds), "do heavy work")
    return f"One caller may make {named}{more} {what} without any limit."


def _weak_limiters(view: ProjectView, known: Limits) -> Iterator[RawFinding]:
    hosts = set(view.facts.values("host"))
    routed = {path for route in view.routes.routes for path in (route.path, route.code_path)}
    wanted: frozenset[str] | None = None
    for path, file in known.files.items():
        if not (file.memory or file.forwarded):
            continue
        if path not in routed and file.functions and not file.everything:
            wanted = _imported(view) if wanted is None else wanted
            by_name = any(item.name == "default" for item in view.outlines[path].exports)
            if not by_name and not wanted.intersection(file.functions):
                continue
        serverless = _EDGE.search(path) or bool(
            hosts & _SERVERLESS and not hosts & {"replit", "railway", "render", "fly"}
        )
        if file.memory and serverless and not view.client_graph.is_client(path):
            message = (
                "This limit counts in the memory of one instance, and your host starts many and forgets them."
            )
            yield _finding("limiter-in-memory", message, at(path, file.memory), Severity.MEDIUM, 0.7)
        if file.forwarded and (file.functions or file.everything) and "vercel" not in hosts:
            message = "The limit believes the address in x-forwarded-for, which callers write themselves."
            yield _finding("limiter-key-spoofable", message, at(path, file.forwarded), Severity.MEDIUM, 0.65)


def _imported(view: ProjectView) -> frozenset[str]:
    """Every name that some file takes from another."""
    return frozenset[str]().union(*view.each_outline("imported-names", imported_names).values())


def _is_served(entry: FileEntry) -> bool:
    path = entry.path
    return path.endswith(_SOURCES) and not entry.minified and is_product(path) and is_live(path)


def _is_code(entry: FileEntry) -> bool:
    return is_source(entry) and is_product(entry.path) and is_live(entry.path)


def _in_files(view: ProjectView) -> Iterator[RawFinding]:
    routed = {path for route in view.routes.routes for path in (route.path, route.code_path)}
    for path, found in view.each_path("no-limits.file", _is_served, _read, ()).items():
        for number, (rule, line, detail) in enumerate(found):
            if rule == "body-size" and any(other[0] == rule for other in found[:number]):
                continue
            if rule == "regex-dos" and (path not in routed or view.client_graph.is_client(path)):
                continue
            finding = _of_file(rule, path, line, detail)
            if rule == "upload-size-type" and _by_staff(view, path, line):
                finding = replace(finding, severity=Severity.LOW)
            yield finding


def _by_staff(view: ProjectView, path: str, line: int) -> bool:
    """Whether only people with rights of their own reach this line."""
    around = [
        route
        for route in view.routes.routes
        if route.code_path == path and route.handler is not None and _spans(route.handler.span, line)
    ]
    return bool(around) and all(
        any(_RIGHTS.search(guard.name) or guard.strength is GuardStrength.POLICY for guard in route.guards)
        for route in around
    )


def _spans(span: Span, line: int) -> bool:
    return span.line <= line <= span.line_end


def _read(path: str, text: str) -> tuple[tuple[str, int, str], ...]:
    uploads = [
        ("body-size" if item.kind == "body" else "upload-size-type", item.line, item.detail or item.kind)
        for item in open_uploads(path, text)
    ]
    patterns = [("regex-dos", line, "caller") for line in patterns_of_callers(text)]
    patterns += [("regex-dos", line, "nested") for line in endless_patterns(text)]
    return (*uploads, *patterns[:3])


def _of_file(rule: str, path: str, line: int, detail: str) -> RawFinding:
    if rule == "body-size":
        message = f"A single request may carry {detail}, and each one is held in memory."
        return _finding(rule, message, at(path, line), Severity.MEDIUM, 0.65)
    if rule == "upload-size-type" and detail == "kept":
        message = "A file of any size is taken here; large uploads can fill the server's disk."
        return _finding(rule, message, at(path, line), Severity.LOW, 0.65)
    if rule == "upload-size-type":
        message = "A file of any size is taken into memory here; one large upload can stop the server."
        return _finding(rule, message, at(path, line), Severity.HIGH, 0.7)
    if detail == "caller":
        message = "A visitor's text becomes a search pattern as it is; some keep the server busy for minutes."
        return _finding(rule, message, at(path, line), Severity.MEDIUM, 0.75)
    message = (
        "This pattern repeats a repetition, so a short hostile text can keep the server busy for minutes."
    )
    return _finding(rule, message, at(path, line), Severity.MEDIUM, 0.65)


def _buckets(view: ProjectView) -> Iterator[RawFinding]:
    """Browsers upload to storage directly, so that only the bucket's own limit counts."""
    open_ones = open_buckets(view)
    if open_ones:
        named = ", ".join(bucket.name for bucket in open_ones[:3])
        message = f"Files of any size may be stored in {named}."
        places = tuple(at(bucket.place.path, bucket.place.line) for bucket in open_ones[:_MOST])
        yield RawFinding(f"{_CHECK}/bucket-limits", message, places, "buckets", Severity.MEDIUM, 0.7)


def _graphql(view: ProjectView) -> Iterator[RawFinding]:
    place: Evidence | None = None
    for path, (line, limited) in view.each_file(
        "no-limits.graphql", _is_code, _graphql_line, (0, False)
    ).items():
        if limited:
            return
        place = place or (at(path, line) if line else None)
    if place is not None:
        message = "One GraphQL query may ask for anything, as deep as it likes."
        yield _finding("graphql-depth", message, place, Severity.MEDIUM, 0.7)


def _graphql_line(text: str) -> tuple[int, bool]:
    if "raph" not in text and "strawberry" not in text and "ApolloServer" not in text:
        return 0, False
    match = _GRAPHQL.search(text)
    limited = _GRAPHQL_LIMIT.search(text) is not None
    return (line_at(text, match.start()) if match else 0), limited


def _client_silent(view: ProjectView, known: Limits) -> Iterator[RawFinding]:
    """A limit that people run into without being told."""
    limited = next(
        ((path, file.everything[0][0]) for path, file in known.files.items() if file.everything), None
    )
    if limited is None or not view.client_graph.entries:
        return
    calls = False
    for path in view.client_graph.client:
        knows, fetches = view.per_file("no-limits.client", path, _client_reads, (False, False))
        if knows:
            return
        calls = calls or fetches
    if calls:
        message = "The server refuses callers who ask too often, and no screen tells them to wait."
        yield _finding("no-429-ui", message, at(*limited), Severity.LOW, 0.55)


def _client_reads(text: str) -> tuple[bool, bool]:
    return _CLIENT_KNOWS.search(text) is not None, re.search(r"\bfetch\(|axios|apiRequest", text) is not None


def _finding(rule: str, message: str, place: Evidence, severity: Severity, confidence: float) -> RawFinding:
    return RawFinding(f"{_CHECK}/{rule}", message, (place,), f"{rule}:{place.path}", severity, confidence)
