"""Tables as code names them: which one a model, a variable or a string means, and whether its rows are private."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from lastmile_desktop.project.models.schema.model import SchemaModel, Table, Tenancy
from lastmile_desktop.project.models.schema.tenancy import ORG_COLUMNS, USER_COLUMNS


class Privacy(StrEnum):
    """`PRIVATE` rows are about someone; `PUBLIC` ones are what visitors come to see; `UNCLEAR` may be either."""

    PRIVATE = "private"
    PUBLIC = "public"
    UNCLEAR = "unclear"


_PRIVATE = frozenset(
    (
        "user users account order invoice payment payout booking reservation appointment message conversation "
        "chat thread notification subscription subscriber customer client patient lead contact document file "
        "upload attachment transaction wallet token key apikey session email task todo note transcript "
        "generation credit credits report address card member membership employee candidate applicant "
        "application submission medical health prescription salary payroll expense loan kyc identity device "
        "location audit log ticket team organization organisation workspace project proposal contract deal "
        "referral usage history draft memory journal entry meal workout goal habit symptom vital record cart "
        "checkout enrollment enrolment purchase receipt bill estimate quote signature form response answer "
        "attempt assessment score favorite favourite wishlist bookmark follow connection friend invite "
        "invitation recording call sms phone admin secret credential integration webhook license licence "
        "shipment delivery return refund claim case matter student parent guardian child tenant lease rent "
        "budget balance ledger bank deposit withdrawal trade portfolio holding donation pledge attendee "
        "registration rsvp signup waitlist feedback inquiry enquiry clinic visit diary mood sleep weight "
        "measurement photo resume cv job_application activity analytics event_log summary summaries"
    ).split()
)
_PUBLIC = frozenset(
    (
        "product post blog article category tag review testimonial faq page plan price pricing package "
        "service listing property course lesson module chapter event job menu recipe country city region "
        "state currency feature banner gallery image video template announcement news leaderboard quiz "
        "question prompt sponsor partner content hotel room vehicle car provider doctor salon shop store "
        "vendor artist song track album book movie media slot availability hour slider hero section brand "
        "collection variant inventory faqs changelog release version language translation locale theme skill "
        "level badge achievement comment rating like topic forum species plant game team_public tour "
        "destination destinations activity_type beautician stylist instructor teacher coach trainer speaker "
        "author restaurant venue location_public zone tax rate shipping_rate coupon promotion promo ad "
        "advertisement poll survey newsletter podcast episode channel portfolio_item case_study"
    ).split()
)
_PERSONAL_COLUMN = re.compile(
    r"(?:^|_)(?:email|phone|mobile|address|ssn|dob|birth\w*|password\w*|token|iban|passport|salary|diagnosis|ip_address|"
    r"stripe_customer\w*|message|card\w*|national_id|tax_id)(?:$|_)"
)
_MEMBERS = re.compile(r"(?:members?|memberships?|[a-z]_?users?)$", re.IGNORECASE)
_ORGS = frozenset(name.replace("_", "") for name in ORG_COLUMNS)
_PEOPLE = frozenset(("user", "profile", "account", "userprofile"))
_NAMES_OF_SITE = re.compile(r"(?:^|_)(?:site|platform|app|public|system|global|homepage|landing)_")


@dataclass(frozen=True, slots=True)
class Known:
    """A table of the code with its entry in the schema, where there is one."""

    name: str
    table: Table | None
    privacy: Privacy

    @property
    def is_tenant(self) -> bool:
        return self.table is not None and self.table.tenancy is not Tenancy.NONE


class Tables:
    """Finds tables by the names that code uses for them."""

    def __init__(self, schema: SchemaModel) -> None:
        self._by_key: dict[str, Table] = {}
        for table in schema.tables.values():
            if table.schema in ("storage", "information_schema", "pg_catalog"):
                continue
            self._by_key.setdefault(key(table.bare_name), table)
            app, _, model = table.bare_name.partition("_")
            if app and model and schema.source != "supabase":
                self._by_key.setdefault("~" + key(model), table)
        self._known: dict[str, Known] = {}
        # `entity_id` alone is as often a device or a thing as a company.
        self.has_organisations = any(
            table.tenancy is Tenancy.ORG and table.tenancy_columns[:1] != ("entity_id",)
            for table in schema.tables.values()
        )

        self._accounts = _accounts(schema)

    def is_account(self, known: Known) -> bool:
        """Whether each row is a customer: a household, a company, of which people are members."""
        return known.table is not None and key(known.table.bare_name) in self._accounts

    def find(self, name: str) -> Known:
        known = self._known.get(name)
        if known is None:
            bare = name.rpartition(".")[2].strip("\"'`")
            found = self._by_key.get(key(bare)) or self._by_key.get("~" + key(bare))
            known = Known(bare, found, privacy(bare, found))
            self._known[name] = known
        return known


def _accounts(schema: SchemaModel) -> frozenset[str]:
    """Tables (by `key`) that some table of members ties people to by a column that names an organisation, such as
    `household_members(household_id, user_id)`."""
    found: set[str] = set()
    for table in schema.tables.values():
        if not _MEMBERS.search(table.bare_name):
            continue
        people = {key(foreign.table.rpartition(".")[2]) for foreign in table.foreign_keys} & _PEOPLE
        named = {column.name.lower() for column in table.columns} & USER_COLUMNS
        for foreign in table.foreign_keys if people or named else ():
            if len(foreign.columns) == 1 and foreign.columns[0].lower().replace("_", "") in _ORGS:
                found.add(key(foreign.table.rpartition(".")[2]))
    return frozenset(found - _PEOPLE)


@lru_cache(maxsize=8192)
def key(name: str) -> str:
    """`Invoice`, `invoices` and `invoice_items`/`InvoiceItem` under one spelling each."""
    words = [_singular(word) for word in _words(name)]
    return "".join(words)


def _words(name: str) -> list[str]:
    return [
        word.lower()
        for word in re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+", name.replace("-", "_"))
    ]


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word


def privacy(name: str, table: Table | None) -> Privacy:
    """What a table holds, by its name first, then by its columns."""
    snake = "_".join(_words(name))
    words = [_singular(word) for word in _words(name)]
    if not words or _NAMES_OF_SITE.match(snake + "_"):
        return Privacy.PUBLIC if words else Privacy.UNCLEAR
    last = words[-1]
    if snake in _PUBLIC or (last in _PUBLIC and last not in _PRIVATE and not set(words[:-1]) & _STRONG):
        return Privacy.PUBLIC
    if last in _PRIVATE or set(words) & _STRONG:
        return Privacy.PRIVATE
    personal = (
        sum(1 for column in table.columns if _PERSONAL_COLUMN.search(column.name.lower())) if table else 0
    )
    return Privacy.PRIVATE if personal >= 2 else Privacy.UNCLEAR


_STRONG = frozenset(
    (
        "user",
        "customer",
        "client",
        "patient",
        "order",
        "invoice",
        "payment",
        "private",
        "member",
        "employee",
        "student",
        "account",
    )
)
