"""How bad it is that others reach the rows of a table, by what its name says they are."""

from __future__ import annotations

import re

from lastmile_desktop.core.check import Severity
from lastmile_desktop.project.models.schema.model import Table

# What only notes that something happened.
_TRACE = re.compile(
    r"(?:^|_)(?:logs?|history|metrics?|stats|(?:page_)?views?|plays?|clicks?|impressions?|interactions?|searches|errors?"
    r"|telemetry|analytics|events?|triggers?)$"
)
_GUARDS_PEOPLE = re.compile(r"audit|security|access|login|auth|fraud")
# What only proposes something: nobody is let in by it.
_PROPOSAL = re.compile(
    r"(?:^|_)(?:suggestions?|recommendations?|test_(?:results?|runs?)|benchmarks?|feedback\w{0,20}|views|likes?|votes?"
    r"|reactions?|tags?|genres?|categories)$"
)
# Rows that are money, rights, or an account.
_POWER = re.compile(
    r"(?:^|_)(?:credits?|points?|wallets?|balances?|payments?|payouts?|transactions?|purchases?|subscriptions?|donations?"
    r"|orders?|invoices?|refunds?|earnings|commissions?|withdrawals?|rewards?|contributions?|entitlements?|licen[cs]es?"
    r"|roles?|permissions?|admins?|members?|memberships?|staff|users?|profiles?|accounts?|invites?|invitations?|api_keys?"
    r"|tokens?|secrets?|warrant(?:y|ies)|coupons?|vouchers?|bookings?|appointments?|messages?|notifications?)(?:_|$)"
)


def is_trace(name: str) -> bool:
    """Whether rows of the table of this name only note that something happened."""
    return _TRACE.search(name) is not None


def harm_of_adding(name: str) -> Severity:
    """Of rows added in anyone's name to the table of this name."""
    power = _POWER.search(name) is not None
    if _TRACE.search(name) and not _GUARDS_PEOPLE.search(name):
        return Severity.HIGH if power else Severity.MEDIUM
    if _PROPOSAL.search(name):
        return Severity.MEDIUM
    return Severity.CRITICAL if power else Severity.HIGH


def harm_of_reading(table: Table) -> Severity:
    """Of a private table without an owner or a column that tells something of somebody."""
    return Severity.MEDIUM if _TRACE.search(table.bare_name) else Severity.HIGH
