"""A made-up project with every kind of row, at a fixed time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from lastmile_desktop.core.balance import BuildTalk
from lastmile_desktop.core.check import (
    Applies,
    Area,
    AttestationSpec,
    Check,
    Effort,
    EngineName,
    Reach,
    Reference,
    Rule,
    Severity,
    TargetKind,
)
from lastmile_desktop.core.conversation import Channel, Commitment, Conversation, Ladder, Quote
from lastmile_desktop.core.events import BuildTalkChanged
from lastmile_desktop.core.evidence import Evidence, EvidenceKind
from lastmile_desktop.core.facts import Fact, FactSet
from lastmile_desktop.core.finding import Finding, Life, Looked, Unknown
from lastmile_desktop.core.health import OK, Condition, EngineInfo, Health
from lastmile_desktop.core.people import PersonRole
from lastmile_desktop.core.scan import Project, Scan
from lastmile_desktop.core.verdict import NO_POSITIVE_EVIDENCE, State, Verdict
from lastmile_desktop.core.walkthrough import Step, StepKind, Walkthrough

NOW = datetime(2026, 11, 20, 14, 2, 30, tzinfo=UTC)
PROJECT = Project(1, "/projects/acme-crm", "acme-crm")

_AREAS = {
    "demand": Area("demand", "Customers and demand", 1, "Is anyone waiting for this?"),
    "access": Area("access", "Access control", 2, "Who can see what?"),
    "secrets": Area("secrets", "Secrets", 3, "Which keys are out?"),
    "payments": Area("payments", "Payments", 4, "Does money arrive once?"),
    "data": Area("data", "Data", 5, "Could you get it back?"),
    "reliability": Area("reliability", "Reliability", 6, "What if a service is slow?"),
    "abuse": Area("abuse", "Abuse and cost", 7, "What does one script cost you?"),
    "ops": Area("ops", "Seeing problems", 8, "Would you know?"),
    "delivery": Area("delivery", "Delivery", 9, "Can you release safely?"),
    "deps": Area("deps", "Dependencies", 10, "What do you build on?"),
    "privacy": Area("privacy", "Privacy and law", 11, "What do you promise?"),
    "frontend": Area("frontend", "Frontend", 13, "Can everyone use it?"),
}


def check(
    check_id: str,
    gap: str,
    passed: str,
    bites: str,
    severity: Severity = Severity.HIGH,
    reach: Reach = Reach.DEMO,
    effort: Effort = Effort.S,
    engines: tuple[EngineName, ...] = (EngineName.DETECTOR,),
    fixed: str = "Every place is closed and a test proves it",
) -> Check:
    area, _, _ = check_id.partition(".")
    return Check(
        id=check_id,
        area=_AREAS[area],
        title_gap=gap,
        title_passed=passed,
        bites=bites,
        severity=severity,
        reach=reach,
        effort=effort,
        targets=TargetKind.PROJECT,
        applies=Applies(),
        rules=tuple(Rule(f"{check_id}/{engine}", engine, severity, 0.95, gap) for engine in engines),
        passes=fixed,
        verify="Scan again",
        refs=(
            Reference(
                "OWASP: Broken access control", "https://owasp.org/Top10/A01_2021-Broken_Access_Control/"
            ),
        ),
    )


_LIST = (
    check(
        "secrets.privileged-key-in-client",
        "A master key is in what you send to the browser",
        "No privileged key is in what you send to the browser",
        "Anyone who opens your site can copy this key and read, change or delete every customer’s data. "
        "Row security does not apply to it.",
        Severity.CRITICAL,
        effort=Effort.XS,
        engines=(EngineName.DETECTOR, EngineName.SECRETS),
        fixed="No client file reaches a service key, and the key has been rotated",
    ),
    check(
        "access.object-ownership",
        "Changing the id in a request shows another customer’s record",
        "Every record is fetched for its owner only",
        "A curious customer changes one number in the address and reads someone else’s invoice.",
        Severity.CRITICAL,
        engines=(EngineName.DETECTOR, EngineName.SEMGREP),
    ),
    check(
        "payments.webhook-replay-order",
        "The same payment event can be processed twice",
        "Each payment event is handled once",
        "Stripe sends an event again after a slow answer; the customer gets two months for one payment.",
        reach=Reach.DEMO,
    ),
    check(
        "abuse.rate-limits",
        "One person or script can use as much as they like",
        "Costly endpoints are limited",
        "One script over a weekend costs you more than a month of revenue.",
    ),
    check(
        "reliability.no-timeouts",
        "If one service is slow, your whole app hangs",
        "Every outside call has a time limit",
        "The AI provider takes 40 seconds; nobody can log in meanwhile.",
    ),
    check(
        "abuse.injection",
        "Text typed by a visitor becomes part of a database query",
        "Every query keeps text and command apart",
        "A search box lets a stranger read tables that it should not reach.",
        engines=(EngineName.SEMGREP,),
    ),
    check(
        "ops.no-error-tracking",
        "Errors your customers see never reach you",
        "Errors are reported to you",
        "A checkout fails for three days and the first you hear of it is a refund.",
        severity=Severity.HIGH,
        reach=Reach.HUNDRED,
    ),
    check(
        "delivery.env-parity",
        "A setting that production needs is written down nowhere",
        "Every setting is written down",
        "The next deploy starts without it and nobody knows why.",
        severity=Severity.MEDIUM,
        reach=Reach.HUNDRED,
    ),
    check(
        "frontend.a11y-static",
        "Some people cannot use parts of your screens",
        "Names, labels and alternatives are there",
        "Somebody with a screen reader cannot press your main button.",
        severity=Severity.LOW,
        reach=Reach.THOUSAND,
        engines=(EngineName.MARKUP,),
    ),
    replace(
        check(
            "data.backup-unproven",
            "You don’t know that you could get your data back",
            "A restore was proven",
            "A wrong migration at night; the backup turns out to be empty.",
        ),
        attestation=AttestationSpec(
            "I restored a backup into an empty database and the app worked with it.",
            "the date, the size of the restored database and one record you checked",
            90,
        ),
    ),
    replace(
        check(
            "frontend.a11y-manual",
            "A real person with a screen reader has not tried it",
            "A person with a screen reader tried it",
            "Tools see a third of what stops people.",
            severity=Severity.LOW,
            reach=Reach.HUNDRED,
        ),
        attestation=AttestationSpec("I watched someone use it with a screen reader.", "who and when", 180),
    ),
    check(
        "data.migration-locks",
        "A migration can stop your app while it runs",
        "No migration locks a busy table",
        "Customers wait for minutes while a column is added.",
        engines=(EngineName.MIGRATIONS, EngineName.DETECTOR),
    ),
    check("access.rls-disabled", "Anyone on the internet can read or change this table",
          "Every table that the browser can reach has row security on", "All your customers’ data is one request away.",
          Severity.CRITICAL),
    check("access.route-unauthenticated", "A server endpoint does its work without asking who is calling",
          "Every endpoint asks who is calling", "A stranger calls it and it works.", Severity.CRITICAL),
    check("payments.webhook-unverified", "Anyone can pretend to be Stripe",
          "Every webhook proves who sent it", "A stranger marks an order as paid.", Severity.CRITICAL),
    check("secrets.committed", "Passwords or keys are saved in your code or its history",
          "No key is in the code or its history", "Whoever gets the code gets the keys.", Severity.CRITICAL,
          engines=(EngineName.SECRETS, EngineName.GIT)),
    check("deps.lockfile-stale", "Your packages are not pinned", "Packages are pinned", "Tomorrow’s build differs."),
    check("demand.no-conversations", "You have built for a while without talking to anyone",
          "You talk to customers while you build", "Two months of work, and no answer to who wants it.",
          severity=Severity.MEDIUM),
    check("privacy.minors", "Children’s data is handled like any other", "Children’s data is handled with care",
          "The law asks more of you."),
)  # fmt: skip

CHECKS = {item.id: item for item in sorted(_LIST, key=lambda item: (item.area.order, item.id))}

ENGINES = tuple(
    EngineInfo(name, version, OK)
    for name, version in (
        (EngineName.DETECTOR, ""),
        (EngineName.SEMGREP, "1.182"),
        (EngineName.SECRETS, "2.14"),
        (EngineName.MIGRATIONS, "2.70"),
        (EngineName.MARKUP, "1.89"),
        (EngineName.WORKFLOWS, "1.32"),
        (EngineName.GIT, "2.39"),
    )
)
BROKEN_ENGINES = tuple(
    replace(
        engine,
        health=Health(
            Condition.FAILED,
            "It was killed while it ran, so its checks are not known. Scan again; if it stays, run lastmile doctor.",
        ),
    )
    if engine.name is EngineName.SEMGREP
    else engine
    for engine in ENGINES
)

_SUPABASE = """export const supabase = createClient(
  import.meta.env.VITE_SUPABASE_URL,
  import.meta.env.VITE_SUPABASE_SERVICE_ROLE_KEY,
);"""
_INVOICE = """const { id } = await req.json();
const { data } = await admin
  .from("invoices")
  .select("*")
  .eq("id", id)
  .single();
return Response.json(data);"""


def span(path: str, line: int, snippet: str = "", start: int = 0, note: str = "") -> Evidence:
    return Evidence(EvidenceKind.SPAN, path, line, line, 1, note, snippet, start or line)


def finding(
    check_id: str,
    message: str,
    where: Evidence,
    severity: Severity | None = None,
    life: Life = Life.OPEN,
    engine: str = "detector",
    first_seen: str = "2026-11-14T09:20:00+00:00",
) -> Finding:
    return Finding(
        f"{check_id}/{engine}",
        f"{check_id}:{where.path}:{where.line_start}",
        ".",
        message,
        severity or CHECKS[check_id].severity,
        0.95,
        (where,),
        life,
        first_seen,
    )


def gap(check_id: str, *findings: Finding, looked: tuple[Looked, ...] = ()) -> Verdict:
    return Verdict(check_id, ".", State.GAP, "", findings, looked=looked)


def passed(check_id: str, note: str, path: str = "", line: int = 0, snippet: str = "") -> Verdict:
    proof = Evidence(EvidenceKind.SPAN, path, line, line, 0, note, snippet, line)
    return Verdict(check_id, ".", State.PASSED, "", passes=(proof,))


MASTER_KEY = gap(
    "secrets.privileged-key-in-client",
    finding(
        "secrets.privileged-key-in-client",
        "src/lib/supabase.ts puts the service role key into what every visitor downloads.",
        span("src/lib/supabase.ts", 7, _SUPABASE, 5),
        life=Life.NEW,
        first_seen="2026-11-20T14:02:00+00:00",
    ),
    looked=(Looked("client files", 212, 212),),
)


def _several(
    check_id: str, message: str, places: tuple[tuple[str, int], ...], life: Life = Life.OPEN
) -> Verdict:
    return gap(
        check_id,
        *(
            finding(check_id, message, span(path, line, _INVOICE, max(1, line - 4)), life=life)
            for path, line in places
        ),
        looked=(Looked("routes", 42, 42),),
    )


VERDICTS = (
    MASTER_KEY,
    _several(
        "access.object-ownership",
        "get-invoice returns any invoice whose id is sent, whoever asks.",
        (
            ("supabase/functions/get-invoice/index.ts", 31),
            ("supabase/functions/get-photos/index.ts", 18),
            ("supabase/functions/share-job/index.ts", 44),
        ),
    ),
    _several(
        "payments.webhook-replay-order",
        "stripe-webhook adds a month each time the same event arrives.",
        (("supabase/functions/stripe-webhook/index.ts", 104),),
        Life.REGRESSED,
    ),
    _several(
        "abuse.rate-limits",
        "Anyone can call the AI endpoint as often as they like.",
        (("src/server/ai.ts", 12), ("src/server/ai.ts", 40), ("src/server/mail.ts", 9), ("src/server/pdf.ts", 3),
         ("src/server/export.ts", 21)),
    ),
    gap(
        "reliability.no-timeouts",
        finding("reliability.no-timeouts", "6 calls without a timeout", Evidence(EvidenceKind.DERIVED)),
    ),
    _several("ops.no-error-tracking", "No error of the web app is reported anywhere.", (("src/main.tsx", 1),)),
    _several("delivery.env-parity", "RESEND_KEY is read but written down nowhere.", (("src/server/mail.ts", 4),)),
    _several("frontend.a11y-static", "This button has no name.", (("src/components/Toolbar.tsx", 58),)),
    Verdict("data.backup-unproven", ".", State.NEEDS_ATTESTATION, "Last restore proven: never"),
    Verdict("frontend.a11y-manual", ".", State.NEEDS_ATTESTATION, "Only a person can tell"),
    Verdict(
        "data.migration-locks",
        ".",
        State.UNKNOWN,
        "supabase/migrations/0007_jobs.sql could not be read",
        unknowns=(Unknown("line 12 is no valid SQL", "supabase/migrations/0007_jobs.sql"),),
        looked=(Looked("migrations", 11, 12),),
    ),
    passed("abuse.injection", "31 of 31 queries keep text and command apart"),
    passed("access.rls-disabled", "14 of 14 tables have row security on", "supabase/migrations/0001_init.sql", 9,
           "create table jobs (id uuid);\nalter table jobs enable row level security;"),
    passed("access.route-unauthenticated", "Every one of the 42 routes has a guard", "src/middleware.ts", 8),
    passed("payments.webhook-unverified", "The signature is checked before anything else",
           "supabase/functions/stripe-webhook/index.ts", 14),
    passed("secrets.committed", "1,204 files and 318 commits hold no key"),
    passed("deps.lockfile-stale", "package-lock.json pins every package", "package-lock.json"),
    Verdict("demand.no-conversations", ".", State.UNKNOWN, NO_POSITIVE_EVIDENCE),
    Verdict("privacy.minors", ".", State.NOT_APPLICABLE, "The product is sold to companies only."),
)  # fmt: skip

FACTS = FactSet.of((Fact("tool.current", "lovable"), Fact("profile.url", "acme.example")))


def scan(verdicts: tuple[Verdict, ...] = VERDICTS, **changes: object) -> Scan:
    base = Scan(
        id=7,
        project="acme-crm",
        started=(NOW - timedelta(milliseconds=240)).isoformat(),
        duration_ms=40,
        commit="a91f3c2",
        branch="main",
        catalogue="1",
        engines=ENGINES,
        facts=FACTS,
        verdicts=verdicts,
        files=1_204,
    )
    return replace(base, **changes)  # pyright: ignore[reportArgumentType]


def broken_scan() -> Scan:
    """The same project while semgrep was killed: what it decides is not known."""
    verdicts = tuple(
        Verdict(item.check_id, ".", State.UNKNOWN, "Code patterns could not be looked at.",
                unknowns=(Unknown("semgrep was killed while it ran"),))
        if EngineName.SEMGREP in CHECKS[item.check_id].engines
        else item
        for item in VERDICTS
    )  # fmt: skip
    return scan(verdicts, engines=BROKEN_ENGINES)


CONVERSATIONS = (
    Conversation(
        "Dana Ortiz",
        "Last month I opened the app and saw another crew’s job photos. I stopped putting customers in.",
        NOW - timedelta(days=12),
        id=3,
        company="Ortiz Roofing · 4 people",
        role=PersonRole.BUYER,
        channel=Channel.CALL,
        quotes=(Quote("I pay a lady two hundred a month to chase photos."),),
        linked_checks=("access.object-ownership",),
        commitment=Commitment(Ladder.MONEY, "pre-order", 4_900, "USD"),
        follow_up=date(2026, 11, 19),
    ),
    Conversation(
        "Marcus Bell",
        "We write the job number on a two-by-four and take a picture of that.",
        NOW - timedelta(days=34),
        id=2,
        company="Bell Exteriors · 11 people",
        channel=Channel.IN_PERSON,
        commitment=Commitment(Ladder.TIME, "second meeting"),
        tags=("workaround",),
        follow_up=date(2026, 11, 20),
    ),
    Conversation(
        "Priya Nair",
        "Call it a matter, not a deal, or my partners won’t look at it.",
        NOW - timedelta(days=40),
        id=1,
        company="Nair Law",
        in_lane=False,
        channel=Channel.EMAIL,
    ),
)

BALANCE = BuildTalkChanged(
    BuildTalk(True, 7, 9.5, 0.0, 0, 0, 0, 3, 12),
    BuildTalk(True, 14, 31.0, 1.0, 1, 1, 1, 3, 12),
    "1 pre-order, $49",
)

WALKTHROUGH = Walkthrough(
    "secrets.privileged-key-in-client",
    "lovable",
    15,
    ("src/lib/supabase.ts", "supabase/functions/admin/index.ts"),
    (
        Step(
            StepKind.EXPLAIN,
            "What can happen",
            "The service role key is in the JavaScript that every visitor downloads. Whoever copies it can read, "
            "change and delete **every table**, because row security does not apply to it.",
        ),
        Step(
            StepKind.EXTERNAL,
            "Make a server function",
            "In Lovable, ask for an edge function that does what the browser does with the key today.",
            "Delete the function.",
        ),
        Step(
            StepKind.PROMPT,
            "Take the key out of the client",
            "Lovable owns `client.ts`, so the change goes into your own file beside it. The public key is safe to "
            "ship; row security decides what it can read.\n\n```ts\nexport const supabase = createClient(\n"
            "  import.meta.env.VITE_SUPABASE_URL,\n  import.meta.env.VITE_SUPABASE_PUBLISHABLE_KEY,\n);\n```\n\n"
            "1. Copy the prompt.\n2. Paste it into Lovable and read the change before you accept it.",
            "Restore the previous version in Lovable’s history.",
        ),
        Step(
            StepKind.EXTERNAL,
            "Rotate the key",
            "Once the new version is live, make a new service key in Supabase under *Settings → API keys*, then "
            "revoke the old one.",
            "A revoked key cannot come back; the new one works already.",
        ),
        Step(StepKind.VERIFY, "Prove it", "The check turns to passed when no client file reaches the key."),
    ),
    "Move every use of the service role key out of the browser.\n{places}\n{constraints}",
)  # fmt: skip
