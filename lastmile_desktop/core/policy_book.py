"""The policy book: every key it may hold, what each means, and which checks act on it (catalogue §7.3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class KeyKind(StrEnum):
    """How a key is written. A `TABLE` holds several things and is written as text only."""

    TEXT = "text"
    TEXTS = "texts"
    NUMBER = "number"
    FLAG = "flag"
    DAY = "day"
    CHOICE = "choice"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class PolicyKey:
    """`name` is `section.key`, or the key alone above all sections. `default` is what holds while it is not written,
    "" when nothing does. `read_by` are the checks that act on it in this version; without any it is kept and
    validated, and nothing more."""

    name: str
    kind: KeyKind
    meaning: str
    default: str = ""
    read_by: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    example: str = ""

    @property
    def section(self) -> str:
        return self.name.rpartition(".")[0]

    @property
    def key(self) -> str:
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """Something that does not count, and on which line it stands."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class PolicyReading:
    """What the book says: the text of each key that is written (one line an entry for `TEXTS`), and what is wrong
    with it. `readable` is False when it is no TOML at all."""

    values: tuple[tuple[str, str], ...] = ()
    problems: tuple[PolicyProblem, ...] = ()
    readable: bool = True


NOTHING_WRITTEN = PolicyReading()


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """Another value for a key, as `PolicyReading` words it; "" takes it out."""

    name: str
    value: str


SECTIONS = (
    ("", "The book itself"),
    ("access", "Who may do what"),
    ("limits", "Limits"),
    ("secrets", "Secrets"),
    ("backup", "Backups"),
    ("slo", "How well it must run"),
    ("billing", "Billing"),
    ("release", "Releases"),
    ("review", "Review and AI tools"),
    ("data", "Personal data"),
    ("dependencies", "Dependencies"),
    ("licences", "Licences"),
    ("design", "Design"),
    ("suppressions", "Suppressions"),
)
"""The sections in the order of the page, with their titles."""

_TEXT, _TEXTS, _NUMBER, _FLAG, _DAY, _CHOICE, _TABLE = KeyKind

POLICY_KEYS = (
    PolicyKey("owner", _TEXT, "Who decides about exceptions.", example="Dana"),
    PolicyKey("reviewed_on", _DAY, "When somebody last read this book. It counts as stale after 180 days."),
    PolicyKey(
        "access.public_routes",
        _TEXTS,
        "Paths that anybody may open without signing in. * stands for anything.",
        read_by=("access.route-unauthenticated",),
        example="/pricing\n/api/webhooks/*",
    ),
    PolicyKey(
        "access.guards",
        _TEXTS,
        "Functions of yours that keep out whoever is not signed in.",
        read_by=("access.route-unauthenticated", "access.object-ownership"),
        example="requireUser",
    ),
    PolicyKey(
        "access.roles",
        _TABLE,
        "What each role may do.",
        example='[access.roles]\nadmin = ["*"]\nviewer = ["projects:read"]',
    ),
    PolicyKey(
        "limits",
        _TABLE,
        "How often one person may call what costs you money.",
        read_by=("abuse.no-limits",),
        example='[limits]\n"POST /api/chat" = { per_user_per_hour = 60, monthly_budget_usd = 200 }',
    ),
    PolicyKey(
        "secrets.rotation_days",
        _NUMBER,
        "After how many days a secret is changed.",
        "180",
        ("secrets.no-rotation",),
    ),
    PolicyKey(
        "secrets.inventory",
        _TABLE,
        "Your secrets: who owns each, where it is set, when it was changed. Never the value itself.",
        read_by=("secrets.no-rotation",),
        example='[secrets]\ninventory = [{ name = "STRIPE_SECRET_KEY", owner = "Dana", where = ["vercel:prod"], '
        "rotated_on = 2026-09-10 }]",
    ),
    PolicyKey(
        "backup.rpo_hours",
        _NUMBER,
        "How many hours of data you can bear to lose.",
        read_by=("data.backup-unproven", "privacy.regime-controls"),
        example="24",
    ),
    PolicyKey("backup.rto_hours", _NUMBER, "After how many hours it must run again.", example="4"),
    PolicyKey("backup.restore_drill_days", _NUMBER, "How often a restore is tried.", "90"),
    PolicyKey(
        "slo",
        _TABLE,
        "What must work, how often and how fast.",
        read_by=("ops.no-uptime-alerts",),
        example="[slo]\nsign_in = { availability = 99.5, p95_ms = 1000 }",
    ),
    PolicyKey(
        "billing.upgrade",
        _CHOICE,
        "What somebody who moves to a larger plan pays, and when.",
        read_by=("payments.proration-unset",),
        choices=("now_charge_now", "now_charge_later", "period_end"),
    ),
    PolicyKey(
        "billing.downgrade",
        _CHOICE,
        "When a smaller plan begins.",
        read_by=("payments.proration-unset",),
        choices=("period_end", "now_credit", "now_no_credit"),
    ),
    PolicyKey(
        "billing.tax",
        _TABLE,
        "Who takes care of sales tax, and when you look at it again.",
        read_by=("payments.tax-unhandled",),
        example='[billing]\ntax = { decision = "merchant-of-record", review_on = 2027-06-01 }',
    ),
    PolicyKey("release.freeze", _TEXTS, "When nothing is released.", example="Fri 15:00-Mon 08:00"),
    PolicyKey(
        "release.require_smoke",
        _FLAG,
        "Whether every release is tried by hand before it counts.",
        "no",
        ("delivery.release-unproven",),
    ),
    PolicyKey(
        "review.required_reviewers",
        _NUMBER,
        "How many people look at a change. 0: you alone, with a checklist.",
        "0",
        ("delivery.no-ci-gates",),
    ),
    PolicyKey(
        "review.human_review_paths",
        _TEXTS,
        "Files that a person reads before they go live.",
        example="supabase/migrations/**\n**/webhook*/**",
    ),
    PolicyKey("review.ai_may_edit", _TEXTS, "Files that an AI tool may change.", example="src/components/**"),
    PolicyKey(
        "review.ai_must_not_edit",
        _TEXTS,
        "Files that an AI tool must leave alone.",
        read_by=("delivery.tool-boundary",),
        example="supabase/migrations/**",
    ),
    PolicyKey(
        "data.regions",
        _TEXTS,
        "Where you promised to keep customers' data.",
        read_by=("privacy.processors",),
        example="eu-central-1",
    ),
    PolicyKey(
        "data.class",
        _TABLE,
        "Kinds of personal data: the columns, why you keep them and for how long.",
        read_by=("privacy.data-map-retention", "privacy.regime-controls"),
        example='[[data.class]]\nname = "contact"\ncolumns = ["profiles.email"]\nretain_days = 730',
    ),
    PolicyKey(
        "processors",
        _TABLE,
        "Companies that see your customers' data, and when you accepted their agreement.",
        read_by=("privacy.processors", "privacy.regime-controls"),
        example='[[processors]]\nname = "Supabase"\nclasses = ["contact"]\ndpa_accepted_on = 2026-08-02',
    ),
    PolicyKey(
        "dependencies.max_age_months", _NUMBER, "How old a package's newest release may be.", example="24"
    ),
    PolicyKey(
        "dependencies.min_release_age_days",
        _NUMBER,
        "How long a release must be out before you take it.",
        example="7",
    ),
    PolicyKey(
        "dependencies.max_open_days",
        _TABLE,
        "How long a known hole may stay open, by how grave it is.",
        example="[dependencies]\nmax_open_days = { critical = 2, high = 14 }",
    ),
    PolicyKey("dependencies.forbid", _TEXTS, "Packages you do not use.", example="request"),
    PolicyKey("licences.allow", _TEXTS, "Licences that are fine.", example="MIT\nApache-2.0"),
    PolicyKey("licences.deny", _TEXTS, "Licences that are not.", example="AGPL-3.0-only"),
    PolicyKey(
        "licences.exceptions",
        _TABLE,
        "Packages that are fine all the same, until when, and why.",
        example='[licences]\nexceptions = [{ package = "some-lib", until = 2027-01-31, why = "licence bought" }]',
    ),
    PolicyKey("design.tokens", _TEXT, "The file that holds your colours and sizes.", example="src/index.css"),
    PolicyKey(
        "design.exceptions",
        _TABLE,
        "Screens that may look otherwise, and why.",
        read_by=("frontend.unfinished",),
        example='[design]\nexceptions = [{ where = "src/pages/Invoice.tsx", why = "print" }]',
    ),
    PolicyKey(
        "suppressions.forbid",
        _TEXTS,
        "Checks that nobody may suppress. Last Mile itself holds you to it.",
        example="access.rls-disabled",
    ),
)
BY_NAME = {key.name: key for key in POLICY_KEYS}
