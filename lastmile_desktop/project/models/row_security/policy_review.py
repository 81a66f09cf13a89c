"""What the row policies of a table let strangers and signed-in users do with other people's rows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from lastmile_desktop.core.check import Severity
from lastmile_desktop.project.models.row_security.audience import (
    Audience,
    audience,
    is_directory,
    is_public_form,
    is_sensitive,
    is_timetable,
    is_whereabouts,
    keeps_secrets,
    names_whose,
    opens_doors,
    telling_columns,
)
from lastmile_desktop.project.models.row_security.data_api import may, may_column
from lastmile_desktop.project.models.row_security.policy_harm import harm_of_adding, harm_of_reading, is_trace
from lastmile_desktop.project.models.row_security.rls_policy import (
    Surroundings,
    check_scope,
    read_tables,
    strictest,
    using_scope,
    weakest,
)
from lastmile_desktop.project.models.schema.model import Place, RlsPolicy, RlsPolicyScope, Table, Tenancy

_ROLES = frozenset({"public", "anon", "authenticated"})
_LOG = re.compile(r"(?:^|_)(?:logs?|events?|metrics?|views?|clicks?|searches|errors?|history)$")
_PRICE_LIST = re.compile(
    r"(?:^|_)(?:plans?|pricing|prices|price_list|tiers|packages|products)(?:$|_templates?$)"
)
_PRICE_COLUMN = re.compile(r"^stripe_(?:price|product)_\w{2,20}$|_price_id$")
_SAYS_PUBLIC = re.compile(r"\b(?:public|publicly|everyone|anyone|all users)\b", re.IGNORECASE)
_MEMBERS = re.compile(r"(\w{2,40}?)s?_(?:members?|memberships?|users|staff|admins?)$")
# How people show themselves, where nothing private stands beside it.
_PEOPLE = re.compile(
    r"(?:^|_)(?:profiles?|perfis|perfiles|creators?|experts?|professionals?|trainers?|coach(?:es)?|guardians)$"
)
# What an operator keeps to themselves.
_INTERNAL = re.compile(r"financ|fraud|payout|revenue|internal|audit|security|secret")
_FOUNDED = re.compile(
    r"(?:^|_)(?:organi[sz]ations?|teams?|workspaces?|companies|households?|families|groups?|clubs?)$"
)
# What people without an account do as well.
_GUESTS = re.compile(
    r"(?:^|_)(?:bookings?|appointments?|reservations?|orders?|order_items|carts?|cart_items|enquir(?:y|ies)|rsvps?|tickets|reservas|citas"
    r"|pedidos|agendamentos)$"
)
_WORDS = {
    "SELECT": "read", "INSERT": "add", "UPDATE": "change", "DELETE": "delete", "ALL": "read, add, change and delete",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Weakness:
    """A rule of access.rls-not-enforced that a policy breaks."""

    rule: str
    table: Table
    place: Place
    message: str
    severity: Severity
    confidence: float
    policy: str = ""


def review(table: Table, around: Surroundings) -> tuple[Weakness, ...]:
    """Everything wrong with the policies of one table, one item a policy."""
    found: list[Weakness] = []
    for policy in table.policies:
        if policy.permissive and _reaches(policy, table):
            weakness = _review_policy(policy, table, around)
            if weakness is not None:
                found.append(weakness)
    return tuple(found)


def verbs_of(policy: RlsPolicy) -> tuple[str, ...]:
    return ("SELECT", "INSERT", "UPDATE", "DELETE") if policy.command == "ALL" else (policy.command,)


def _reaches(policy: RlsPolicy, table: Table) -> bool:
    """Whether a public role may do at all what the policy would let through."""
    roles = ("anon", "authenticated") if "public" in policy.roles else tuple(set(policy.roles) & _ROLES)
    return any(may(role, verb, table.grants, table.revokes) for role in roles for verb in verbs_of(policy))


def _review_policy(policy: RlsPolicy, table: Table, around: Surroundings) -> Weakness | None:
    using, check = using_scope(policy, table, around), check_scope(policy, table, around)
    if RlsPolicyScope.ABSENT in (using, check) and _lacks_clause(policy):
        message = (
            f'The policy "{policy.name}" on {table.bare_name} has no condition, so it allows nothing at all.'
        )
        return Weakness("clause-missing", table, policy.place, message, Severity.MEDIUM, 0.9, policy.name)
    if using is RlsPolicyScope.ABSENT and policy.command == "ALL":
        # Without USING no row can be seen or changed: what is left of the policy is what may be added.
        policy = replace(policy, command="INSERT")
    writing = check if policy.command == "INSERT" else using
    effective = strictest([writing, *_restrictions(policy, table, around)])
    weakness = _by_scope(policy, table, effective) or _any_member(policy, table, effective)
    if weakness is not None and table.created and policy.command in ("UPDATE", "DELETE"):
        weakness = _of_seen_rows(weakness, policy, _seen(policy, table, around))
    if weakness is None and policy.command in ("UPDATE", "ALL") and policy.check is not None:
        weakness = _moves_rows(
            policy, table, using, strictest([check, *_restrictions(policy, table, around)])
        )
    return weakness


def _seen(policy: RlsPolicy, table: Table, around: Surroundings) -> RlsPolicyScope:
    """What the widest of the policy's roles may read. A change that names a row finds only rows that may be read."""
    roles = _ROLES - {"public"} if "public" in policy.roles else _ROLES & set(policy.roles)
    return weakest(
        weakest(
            using_scope(other, table, around)
            for other in table.policies
            if other.permissive and other.command in ("SELECT", "ALL") and set(other.roles) & {role, "public"}
        )
        for role in roles
    )


def _of_seen_rows(weakness: Weakness, policy: RlsPolicy, seen: RlsPolicyScope) -> Weakness:
    """Only a note where nobody can read the rows that the policy would let everyone change."""
    if seen not in (RlsPolicyScope.DENY, RlsPolicyScope.SCOPED, RlsPolicyScope.CALLER):
        return weakness
    found = "and they may read none" if seen is RlsPolicyScope.DENY else "which are not everybody's"
    message = (
        f'The policy "{policy.name}" asks for nothing, but changes of {weakness.table.bare_name} reach only rows that '
        f"people may read, {found}."
    )
    return replace(weakness, message=message, severity=Severity.INFO, confidence=0.8)


def _lacks_clause(policy: RlsPolicy) -> bool:
    if policy.command == "INSERT":
        return policy.check is None
    return policy.using is None and (policy.command in ("SELECT", "DELETE", "UPDATE") or policy.check is None)


def _restrictions(policy: RlsPolicy, table: Table, around: Surroundings) -> Iterable[RlsPolicyScope]:
    """Restrictive policies for the same command and roles must hold as well."""
    for other in table.policies:
        same = other.command in (policy.command, "ALL")
        roles = "public" in other.roles or set(policy.roles) <= set(other.roles)
        if not other.permissive and same and roles:
            judged = check_scope if policy.command == "INSERT" else using_scope
            yield judged(other, table, around)


def _by_scope(policy: RlsPolicy, table: Table, scope: RlsPolicyScope) -> Weakness | None:
    if scope is RlsPolicyScope.USER_METADATA:
        message = f'The policy "{policy.name}" on {table.bare_name} trusts user_metadata, which every user can edit.'
        return Weakness("user-metadata", table, policy.place, message, Severity.CRITICAL, 0.95, policy.name)
    strangers = bool(set(policy.roles) & {"public", "anon"})
    if scope is RlsPolicyScope.ALWAYS_TRUE and strangers:
        return _open(policy, table, "always-true", "Anyone on the internet")
    if scope in (RlsPolicyScope.ALWAYS_TRUE, RlsPolicyScope.SIGNED_IN):
        return _open(policy, table, "signed-in-is-enough", "Everyone who signs up")
    if scope is RlsPolicyScope.PUBLIC_ROWS:
        return _tenant_unused(policy, table)
    if scope is RlsPolicyScope.OWNERLESS:
        return _ownerless(policy, table)
    if scope is RlsPolicyScope.OPAQUE and "public" in policy.roles:
        message = f'The policy "{policy.name}" on {table.bare_name} holds for strangers too; please read its condition.'
        return Weakness("no-to-role", table, policy.place, message, Severity.MEDIUM, 0.55, policy.name)
    return None


def _any_member(policy: RlsPolicy, table: Table, scope: RlsPolicyScope) -> Weakness | None:
    """The condition asks whether the caller is a member of some organisation, and not whether it is this row's."""
    if scope is not RlsPolicyScope.CALLER:
        return None
    columns = {column.name for column in table.columns}
    for name in read_tables(policy.check if policy.command == "INSERT" else policy.using):
        found = _MEMBERS.match(name.rpartition(".")[2])
        column = (
            next((item for item in (f"{found[1]}_id", f"{found[1]}id") if item in columns), "")
            if found
            else ""
        )
        if found and column and name.rpartition(".")[2] != table.bare_name:
            verb = _WORDS[policy.command]
            message = (
                f'The policy "{policy.name}" lets a member of any {found[1]} {verb} rows of {table.bare_name}: '
                f"it never compares {column}."
            )
            return Weakness(
                "tenant-column-unused", table, policy.place, message, Severity.CRITICAL, 0.8, policy.name
            )
    return None


def _ownerless(policy: RlsPolicy, table: Table) -> Weakness | None:
    """Rows that belong to nobody, such as guest orders, are everybody's."""
    if policy.command == "INSERT" or (policy.command == "SELECT" and not telling_columns(table)):
        return None
    message = f"Anyone can {_WORDS[policy.command]} the rows of {table.bare_name} that have no owner."
    severity = Severity.HIGH if telling_columns(table) else Severity.MEDIUM
    return Weakness("tenant-column-unused", table, policy.place, message, severity, 0.65, policy.name)


def _open(policy: RlsPolicy, table: Table, rule: str, who: str) -> Weakness | None:
    if policy.command == "SELECT":
        return _open_reading(policy, table, rule, who)
    if policy.command == "INSERT":
        return _open_adding(policy, table, rule, who)
    message = f"{who} can {_WORDS[policy.command]} every row of {table.bare_name}."
    confidence = 0.95 if rule == "always-true" else 0.85
    return Weakness(rule, table, policy.place, message, Severity.CRITICAL, confidence, policy.name)


def _open_reading(policy: RlsPolicy, table: Table, rule: str, who: str) -> Weakness | None:
    kind = audience(table)
    columns = tuple(name for name in telling_columns(table) if _is_readable(policy, table, name))
    if kind is Audience.PRIVATE and telling_columns(table) and not columns:
        # What is private of these rows was taken out of the right to read them, column by column.
        kind = Audience.UNCLEAR
    detail = f", {', '.join(columns)} included" if columns else ""
    message = f"{who} can read every row of {table.bare_name}{detail}."
    signed_in = rule == "signed-in-is-enough"
    if kind is Audience.CONTENT:
        if signed_in:
            return None
        message = f"Everyone can read all of {table.bare_name}; fine if these rows are public on purpose."
        return Weakness(rule, table, policy.place, message, Severity.INFO, 0.6, policy.name)
    if not columns and is_timetable(table):
        message = (
            f"Everyone can read all of {table.bare_name}; fine for times that visitors are meant to see."
        )
        return Weakness(rule, table, policy.place, message, Severity.INFO, 0.6, policy.name)
    if table.tenancy is Tenancy.NONE and _PRICE_LIST.search(table.bare_name) and _only_prices(table):
        message = (
            f"Everyone can read all of {table.bare_name}, price numbers included; fine for a price list."
        )
        return Weakness(rule, table, policy.place, message, Severity.INFO, 0.6, policy.name)
    if not columns and is_trace(table.bare_name) and table.tenancy is Tenancy.NONE:
        return Weakness(rule, table, policy.place, message, Severity.LOW, 0.6, policy.name)
    if kind is Audience.PRIVATE:
        # Without a telling column, a policy that says "viewable by everyone" may well mean it.
        meant = not columns and bool(_SAYS_PUBLIC.search(policy.name))
        strong = (bool(columns) or table.tenancy is not Tenancy.NONE) and not meant
        confidence = (0.75 if signed_in else 0.9) if strong else 0.65
        alone = table.tenancy is Tenancy.NONE and not columns
        open_ = Severity.MEDIUM if alone else harm_of_reading(table)
        severity = Severity.CRITICAL if strong else open_
        if strong and is_directory(table) and all(is_whereabouts(name) for name in columns):
            # Made to be found: what goes too far is how exactly their place is told.
            severity, confidence = Severity.MEDIUM, 0.65
        elif strong and table.tenancy is Tenancy.NONE and not keeps_secrets(table) and table.created:
            # Addresses of firms in a list that belongs to nobody may be there to be read.
            severity, confidence = Severity.HIGH, 0.65
        return Weakness(rule, table, policy.place, message, severity, confidence, policy.name)
    for_all = table.tenancy is Tenancy.NONE or not names_whose(table) or _PEOPLE.search(table.bare_name)
    if for_all and not _INTERNAL.search(table.bare_name):
        message = f"{who} can read all of {table.bare_name}; fine if these rows are for everybody."
        return Weakness(rule, table, policy.place, message, Severity.INFO, 0.55, policy.name)
    confidence = 0.55 if signed_in else 0.6
    return Weakness(rule, table, policy.place, message, Severity.MEDIUM, confidence, policy.name)


def _is_readable(policy: RlsPolicy, table: Table, column: str) -> bool:
    """Whether the widest of the policy's roles may read this column."""
    roles = ("anon", "authenticated") if "public" in policy.roles else tuple(set(policy.roles) & _ROLES)
    return any(may_column(role, "SELECT", column, table.grants, table.revokes) for role in roles)


def _only_prices(table: Table) -> bool:
    """Whether nothing in the table tells more than what is sold."""
    return all(_PRICE_COLUMN.search(column.name) for column in table.columns if is_sensitive(column.name))


def _open_adding(policy: RlsPolicy, table: Table, rule: str, who: str) -> Weakness | None:
    name = table.bare_name
    form = is_public_form(table)
    if rule == "signed-in-is-enough" and _FOUNDED.search(name):
        message = f"{who} can add rows to {name}; right where people found their own."
        return Weakness(rule, table, policy.place, message, Severity.INFO, 0.7, policy.name)
    if form and not _is_about_users(table):
        message = (
            f"{who} can add rows to {name} without limit; right for a public form, if something stops floods."
        )
        severity = Severity.LOW if rule == "always-true" else Severity.INFO
        return Weakness(rule, table, policy.place, message, severity, 0.6, policy.name)
    message = f"{who} can add rows to {name} in anyone's name: the condition is always true."
    if table.tenancy is not Tenancy.NONE or not table.created:
        confidence = 0.9 if table.created else 0.7
        severity = harm_of_adding(name)
        return Weakness(rule, table, policy.place, message, severity, confidence, policy.name)
    message = f"{who} can add any row to {name}."
    severity = Severity.MEDIUM if _LOG.search(name) else harm_of_adding(name)
    return Weakness(rule, table, policy.place, message, severity, 0.75, policy.name)


def _is_about_users(table: Table) -> bool:
    """A form may name its sender; rows that must belong to somebody are no form."""
    return any(
        not column.nullable and column.name in table.tenancy_columns and column.name.endswith("user_id")
        for column in table.columns
    )


def _tenant_unused(policy: RlsPolicy, table: Table) -> Weakness | None:
    """The condition asks about the row alone, and the table has a column that says whose it is."""
    if table.tenancy is Tenancy.NONE:
        return None
    columns = ", ".join(table.tenancy_columns[:2])
    if policy.command == "SELECT":
        lets_in = opens_doors(table)
        if not lets_in and (audience(table) is not Audience.PRIVATE or _is_marked_public(policy)):
            return None
        if lets_in:
            who = "Anyone" if set(policy.roles) & {"public", "anon"} else "Everyone who signs up"
            message = f"{who} can list the codes in {table.bare_name} and come in with one of them."
            return Weakness(
                "tenant-column-unused", table, policy.place, message, Severity.CRITICAL, 0.8, policy.name
            )
        message = f'The policy "{policy.name}" shows rows of {table.bare_name} without looking at {columns}.'
        return Weakness(
            "tenant-column-unused", table, policy.place, message, Severity.CRITICAL, 0.65, policy.name
        )
    if policy.command == "INSERT" and (is_public_form(table) or _notes_who_only(table)):
        return None
    verb = _WORDS[policy.command]
    message = f'The policy "{policy.name}" lets anyone {verb} rows of {table.bare_name} without looking at {columns}.'
    severity, confidence = Severity.CRITICAL, 0.8
    if policy.command == "INSERT" and read_tables(policy.check):
        # That what the row belongs to exists is little of a question, and all that guests can be asked.
        guest = _GUESTS.search(table.bare_name) is not None and bool(set(policy.roles) & {"public", "anon"})
        severity = Severity.MEDIUM if guest else harm_of_adding(table.bare_name)
        confidence = 0.6 if guest else 0.75
    return Weakness("tenant-column-unused", table, policy.place, message, severity, confidence, policy.name)


def _notes_who_only(table: Table) -> bool:
    """Whether its columns about people say who handled a row later, and not whose it is."""
    return all(_HANDLED_BY.match(name) for name in table.tenancy_columns)


_HANDLED_BY = re.compile(
    r"^(?:deleted|updated|approved|rejected|reviewed|verified|modified|changed|handled)_by"
)
_MARKED = re.compile(
    r"\b(?:is_)?(?:public|published|active|visible|approved|shared|share_\w{1,30}|listed|open|available|upcoming)\b",
    re.IGNORECASE,
)


def _is_marked_public(policy: RlsPolicy) -> bool:
    return bool(_MARKED.search(policy.using or ""))


def _moves_rows(
    policy: RlsPolicy, table: Table, using: RlsPolicyScope, check: RlsPolicyScope
) -> Weakness | None:
    weak = (RlsPolicyScope.ALWAYS_TRUE, RlsPolicyScope.SIGNED_IN, RlsPolicyScope.PUBLIC_ROWS)
    if using in (RlsPolicyScope.SCOPED, RlsPolicyScope.CALLER) and check in weak:
        if using is RlsPolicyScope.CALLER:
            message = f'The policy "{policy.name}" puts no condition on changed rows of {table.bare_name}.'
            return Weakness("no-with-check", table, policy.place, message, Severity.INFO, 0.8, policy.name)
        message = (
            f'The policy "{policy.name}" lets a user give their rows of {table.bare_name} to someone else.'
        )
        return Weakness("no-with-check", table, policy.place, message, Severity.HIGH, 0.9, policy.name)
    return None


def open_to_readers(table: Table, around: Surroundings) -> bool:
    """Whether some policy lets people read rows that are not theirs."""
    return any(
        policy.permissive
        and policy.command in ("SELECT", "ALL")
        and set(policy.roles) & _ROLES
        and strictest([using_scope(policy, table, around), *_restrictions(policy, table, around)])
        in (RlsPolicyScope.ALWAYS_TRUE, RlsPolicyScope.SIGNED_IN)
        for policy in table.policies
    )
