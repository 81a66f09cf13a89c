"""How many rows a table will have when there are customers: a handful, one for each of them, or ever more."""

from __future__ import annotations

import re
from enum import StrEnum

from lastmile_desktop.project.models.schema.model import Table, Tenancy
from lastmile_desktop.project.models.schema.table_kinds import (
    holds_accounts,
    holds_people,
    is_fixed,
    is_log,
    is_stream,
)
from lastmile_desktop.project.models.schema.tables import Privacy, privacy


class Growth(StrEnum):
    """`FEW` rows are set up once by an account or its makers, `ONE_EACH` is about one row for each customer, `USE` adds
    rows whenever somebody uses the product."""

    FEW = "few"
    ONE_EACH = "one-each"
    USE = "use"


_FEW = re.compile(
    r"(?:^|_)(?:domains?|branding|brandings|guidelines?|mappings?|integrations?|connections?|connectors?|webhooks?"
    r"|endpoints?|reports?|exports?|export_requests|deletion_requests|erasure_requests|consent_requests|credentials?"
    r"|api_keys?|keys|presence|leads|routing|routes|rules|alerts?|experiments|ab_tests|tokens?|otps?|codes?|coupons?"
    r"|deals|promotions?|promos?|definitions|schedules?|teams?|departments|branches|staff|admins?|admin_users|wallets?"
    r"|payment_methods|cards|bank_accounts|accounts?|push_subscriptions|locks?|jobs_config|branding_assets|offers?"
    r"|campaigns?|announcements?|brands?|vehicles|rooms|tables|areas|zones|stages|pipelines?|boards?|columns?|lists?"
    r"|calendars?|workflows?|automations?|sequences?|segments?|forms?|pages|sites|channels?|catalogs?|collections?"
    r"|variants?|suppliers?|vendors?|warehouses?|machines|licen[cs]es?|policies|goals?|snippets?|folders?|gyms?"
    r"|programs?|programmes?|courses?|lessons?|chapters?_config|quizzes|groups?|rewards?|perks|challenges|seasons"
    r"|contracts?_templates|invites?|invitations|waitlist|newsletter_subscribers|subscribers)$"
)
_SET_UP = re.compile(
    r"(?:^|_)(?:settings?|config\w*|templates?|roles?|permissions?|plans?|tiers?|types?|categories|category|tags?|flags"
    r"|features|limits|providers|models|prompts|banners?|modules|preferences)$"
)
# What goes wrong is rare, or the table is the smaller trouble.
_FAILURES = re.compile(r"(?:^|_)(?:errors?|failed|failures?|dead_letters?|incidents?|violations?)(?:_|$)")
_BY_STAFF = re.compile(
    r"(?:^|_)admin_(?:messages?|notes?|notices?|posts?)$|(?:^|_)(?:announcements?|schedules?|leads|banners?|settings?"
    r"|config\w*|roles?|flags|coupons?|templates?)$"
)
_ONE_EACH = re.compile(
    r"(?:^|_)(?:profiles?|users?|members?|memberships?|subscriptions?|customers?|clients?|patients?|students?|employees?"
    r"|drivers?|teachers?|tutors?|instructors?|providers?|artists?|creators?|sellers?|wallets?|balances?|credits"
    r"|preferences?|streaks?|referrals?|stats|summary|summaries|scores?|onboarding|verifications?|customers_info)$"
)


def is_set_up_by_few(table: Table) -> bool:
    """Whether the name says that the makers or the heads of an account write these rows, whoever they belong to."""
    return _BY_STAFF.search(table.bare_name.lower()) is not None


def growth(table: Table) -> Growth:
    """By the table's name and by whose its rows are, as nothing else of a schema tells it."""
    name = table.bare_name.lower()
    if is_stream(name) or is_log(name):
        return Growth.FEW if _FEW.search(name) or _FAILURES.search(name) else Growth.USE
    if _FEW.search(name) or _SET_UP.search(name):
        return Growth.ONE_EACH if table.tenancy is Tenancy.USER else Growth.FEW
    if is_fixed(table) or holds_accounts(name):
        return Growth.FEW
    if table.tenancy is Tenancy.NONE and privacy(name, table) is Privacy.PUBLIC:
        return Growth.FEW
    if holds_people(name) or _ONE_EACH.search(name):
        return Growth.ONE_EACH
    return Growth.USE
