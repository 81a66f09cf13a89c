"""Columns that decide what somebody may do or has paid for, and policies that let them write these columns of their
own row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.models.row_security.data_api import CLIENT_ROLES, exposed_tables, may_column
from lastmile_desktop.project.models.row_security.rls_policy import Surroundings, check_scope, using_scope
from lastmile_desktop.project.models.schema.model import (
    RlsPolicy,
    RlsPolicyScope,
    SchemaModel,
    SqlFunction,
    Table,
)
from lastmile_desktop.project.models.schema.tenant_keys import tenant_keys

ROLE_COLUMN = re.compile(
    r"^(?:user_|app_|account_)?roles?$|^is_(?:super_?)?(?:admin|user_admin|staff|moderator|owner)$|^is_superuser$|^permissions?$|"
    r"^access_level$|^admin$|^super_?admin$|^is_(?:platform|system|site|app|global)_?admin$|^admin_(?:role|level)$|"
    # In Spanish, Portuguese, Italian, French and German.
    r"^(?:rol|papel|ruolo|rolle)(?:_usuario)?$|^(?:es|e|eh|est|ist)_(?:super_?)?(?:admin|administrador|administrateur|amministratore)$|"
    r"^(?:permisos|permissoes|nivel_(?:de_)?acces[os]o?)$"
)
# What keeps somebody out, or their things from being shown, until others lift it.
_HELD_BACK = re.compile(r"^(?:is_)?(?:banned|suspended|blocked)$|^ban(?:ned)?_until$|^moderation_status$")
_PAID_COLUMN = re.compile(
    r"^(?:plan|plan_(?:id|name|type|tier)|current_plan|tier|membership(?:_tier|_type|_level)?|credits?|\w{1,20}_credits|"
    r"credits?_(?:balance|remaining|total)|(?:wallet_|account_|current_)?balance|tokens(?:_(?:balance|remaining|limit))?|"
    r"is_(?:paid|premium|pro|subscribed|vip)|has_paid|paid|premium|subscription_(?:status|tier|plan|type|end\w{0,10}|id)|"
    r"stripe_(?:customer|subscription)_id|trial_ends?_at|trial_end|premium_until|is_verified|verified|is_approved|approved|"
    r"points|reward_points|quota|usage_limit|monthly_limit|\w{1,20}_limit|commission_rate|discount_percent|"
    r"(?:total_|lifetime_|pending_)?earnings|(?:sessions|classes|lessons|trainings|visits|uses)_(?:remaining|left))$"
)
# What was promised to the first customers, or to some of them.
_PERK = re.compile(
    r"^is_(?:founder|founding_member|early_adopter|early_bird|lifetime\w{0,10})$|^lifetime_access$|^founder_\w{1,30}$|"
    r"^(?:founder|member|loyalty|vip|personal|customer)_discount\w{0,20}$"
)
# What others go by when they choose somebody.
_REPUTE = re.compile(
    r"^(?:rating|average_rating|avg_rating|rating_avg|total_reviews|reviews?_count|total_ratings|reputation(?:_score)?|trust_score|"
    r"trust_level)$"
)
_ENTITLEMENT = re.compile(
    r"(?:^|_)(?:subscriptions?|wallets?|credits?|balances?|user_roles|roles|admins?|purchases|payments|transactions|licen[cs]es|"
    r"entitlements|memberships|points|rewards|redemptions|escrows?|suscripcion(?:es)?|assinaturas?|pagos?|pagamentos?|creditos?)$|"
    r"^escrow_|_escrow$"
)
_STATUS_OF = re.compile(
    r"(?:^|_)(?:subscriptions?|purchases|payments|licen[cs]es|memberships|payouts?|withdrawals?|escrows?|suscripcion(?:es)?|"
    r"assinaturas?|pagos?|pagamentos?)$|^escrow_|_escrow$|"
    # What somebody hands in to be checked by others.
    r"(?:^|_)(?:verification|kyc|identity)_(?:documents?|requests?|submissions?|applications?)$|(?:^|_)(?:verifications|kyc)$"
)
_STATUS = ("status", "estado", "situacao", "statut", "stato")
# How much of something paid for is left, in a table that keeps nothing else.
_LEFT_OF = re.compile(r"(?:^|_)(?:credits?|creditos?|wallets?|balances?|points|quotas?)$")
_LEFT = re.compile(r"^(?:available|remaining|used|total|amount|saldo|disponible|disponivel)$")
# What something costs or is thought to cost is its owner's to say, and a mark on a thing lets nobody in.
_PRICE_OF = re.compile(r"^(?:price|cost|avg|average|estimated|est|required|min|max)_|^discount_percent$")
_SHOWN = re.compile(
    r"(?:^|_)(?:reviews?|listings?|products?|properties|posts?|campaigns?|jobs?|ads?|loads?)$"
)
# Rows that say what somebody has bought, written where a payment is noted.
_BOUGHT = re.compile(
    r"(?:^|_)(?:purchases|payments|transactions|licen[cs]es|entitlements|redemptions|escrows?|pagos?|pagamentos?)$|"
    r"^escrow_|_escrow$"
)
_WORTH = re.compile(
    r"^(?:amount\w{0,20}|price(?:_paid)?|total(?:_amount)?|credits_\w{1,20}|\w{1,20}_amount|monto\w{0,20}|importe|valor|montant)$"
)
# Orders whose payment is noted in them: whoever buys must not say that they have paid.
_ORDERED = re.compile(
    r"(?:^|_)(?:orders|bookings|reservations|appointments|invoices|donations|enrol?lments|registrations|tickets|pedidos|ordenes|"
    r"reservas|citas|facturas|commandes|bestellungen)$"
)
_SAYS_PAID = re.compile(
    r"^(?:payment_status|paid|is_paid|paid_at|pagado|pago_status|estado_pago|status_pagamento)$"
)
_NOTES_PAYMENT = re.compile(
    r"^(?:stripe|paypal|paystack|mercado_?pago|razorpay|checkout|payment_(?:intent|reference))_?\w{0,30}$"
)
_BUYER = re.compile(
    r"(?i)\b(?:\w{1,30}\.)?(?:buyer|customer|user|client|cliente|guest|comprador|student|patient|donor|usuario|member|created_by|requested_by|booked_by)_?(?:id|uid)?\b"
)
_PAID_THROUGH = re.compile(
    r"stripe|payment_intent|checkout|provider|paypal|paystack|gateway|credits|package|product_id"
)
_CHARGED = re.compile(
    r"^(?:total_(?:price|amount|cost)|final_(?:price|amount)|price_total|deposit_amount|precio_total|valor_total)$"
)
_PAID = re.compile(r"^(?:price|amount|total|credits)_paid$|^paid_(?:amount|price)$")
# What one person asks of another, who has to agree.
_REQUEST = re.compile(
    r"(?:^|_)(?:friendships?|friends|connections?|(?:friend|follow|contact|connection|access|join)_requests?|partnerships?)$"
)
_OWNER_FIRST = re.compile(
    r"^\s*\(*\s*(?:\w{1,40}\.)?\w{1,40}\s*=\s*\(*\s*(?:select\s+)?auth\.uid\(\)\s*\)*\s+or\b"
    r"|^\s*\(*\s*(?:select\s+)?auth\.uid\(\)\s*\)*\s*=\s*(?:\w{1,40}\.)?\w{1,40}\s*\)*\s+or\b",
    re.IGNORECASE,
)
_MARK = re.compile(r"^(?:is_)?(?:verified|approved)$")
# Of a thing, such as a lesson, this says what its author asks for it.
_FOR_PAYING = re.compile(r"^(?:is_)?(?:premium|pro|vip)$")
# Whoever is paid, and keeps a book of it.
_PAYEE = re.compile(
    r"(?i)\b(?:\w{1,30}\.)?(?:owner|provider|seller|vendor|merchant|company|employer|landlord|instructor|artist|creator|coach|trainer|teacher|tutor|host)_?(?:user_)?id\b"
)
_SOMEBODY = re.compile(
    r"(?:^|_)(?:users?|profiles?|accounts?|members?|memberships?|customers?|clients?|sellers?|vendors?|doctors?|drivers?|providers?|hosts?|coach(?:es)?"
    r"|tutors?|teachers?|creators?|freelancers?|agents?|brokers?|agenc(?:y|ies)|business(?:es)?|compan(?:y|ies)|organi[sz]ations?|orgs?|teams?|stores?"
    r"|shops?|partners?|employees?|staff|candidates?|domains?|kyc|identit(?:y|ies)|verifications?|payments?|invoices?|orders?|purchases|payouts?|withdrawals?"
    r"|subscriptions?|licen[cs]es?|credentials?|certificat\w+|devices?|phones?|emails?|requests?|applications?|claims?|restaurants?|hotels?|clinics?)$"
)
_OF_PERSON = re.compile(
    r"(?:^|_)(?:roles?|admins?|profils?|usuarios?|perfis|perfiles|miembros|membros|collaborators?|participants?)$"
)
_ACCOUNTS = re.compile(r"(?:^|\.)(?:users|profiles|accounts|perfis|perfiles|usuarios)$")
_MEMBERSHIP = re.compile(r"(?:^|_)(?:members?|memberships?)$|\w_users?$")
_BY_POWER = re.compile(r"(?i)admin|service_role|has_role|is_staff|moderator|owner'|is_org_owner|super")
# Whoever owns the thing a row belongs to, such as the team of a member, may say what its people are allowed to do.
_BY_PARENTS_OWNER = re.compile(
    r"(?is)\bselect\b.{1,400}\bowner(?:_\w{1,30})?\s*=|\bselect\b.{1,400}=\s*\w{1,40}\.owner(?:_\w{1,30})?\b"
)
_REFUSES = re.compile(r"(?i)\braise\s+exception\b|\bnew\s*\.\s*\w{1,63}\s*:?=\s*old\s*\.")
_KEEPS = re.compile(r"(?i)\bnew\s*\.\s*\"?{column}\"?\b|\bold\s*\.\s*\"?{column}\"?\b")


@dataclass(frozen=True, slots=True)
class SelfWrite:
    """A policy that lets people write these columns of a row that is theirs. `adds` when it is about new rows only;
    `tenants` are those that say to which customer they belong."""

    table: Table
    policy: RlsPolicy
    columns: tuple[str, ...]
    adds: bool
    tenants: tuple[str, ...] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(name for name in self.columns if ROLE_COLUMN.match(name))

    @property
    def is_grave(self) -> bool:
        """Whether one of them decides what the writer may do or has, rather than what a thing of theirs costs."""
        return any(
            _is_power(self.table, name) and not _asks_consent(self.table, name) and not _REPUTE.match(name)
            for name in self.columns
        )

    @property
    def paid(self) -> tuple[str, ...]:
        return tuple(name for name in self.columns if not ROLE_COLUMN.match(name))


def _is_power(table: Table, column: str) -> bool:
    of_somebody = _SOMEBODY.search(table.bare_name) is not None or is_account(table)
    return of_somebody or not (_MARK.match(column) or _HELD_BACK.match(column))


def _is_own(table: Table, column: str) -> bool:
    """Whether a value of this name is its owner's to say: a price of theirs, a mark on a thing nobody else sees."""
    if _PRICE_OF.search(column):
        return not _BOUGHT.search(table.bare_name)
    if _FOR_PAYING.match(column):
        return not is_of_person(table)
    return not _is_power(table, column) and _SHOWN.search(table.bare_name) is None


def decides(name: str) -> bool:
    """Whether a field of this name says what an account may do or has paid for."""
    known = ROLE_COLUMN.match(name) or _HELD_BACK.match(name)
    return known is not None or (_PAID_COLUMN.match(name) is not None and not _PRICE_OF.search(name))


def is_watched(name: str) -> bool:
    """Whether a column of this name may be one that its row's owner must not choose."""
    named = (_LEFT, _WORTH, _SAYS_PAID, _PERK, _REPUTE)
    return decides(name) or name in _STATUS or any(pattern.match(name) for pattern in named)


def is_admin_flag(name: str) -> bool:
    return ROLE_COLUMN.match(name) is not None and name.startswith(("is_", "es_", "admin", "super"))


def is_of_person(table: Table) -> bool:
    """Whether a row of the table is an account, a person's membership or role, or something that is judged as one."""
    named = _OF_PERSON.search(table.bare_name) or _SOMEBODY.search(table.bare_name)
    return named is not None or is_account(table)


def is_account(table: Table) -> bool:
    """Whether there is one row for each person, whatever the table is called: its key is the person's."""
    return any(
        key.columns == table.primary_key and _ACCOUNTS.search(key.table) is not None
        for key in table.foreign_keys
    )


def privileged(table: Table) -> tuple[str, ...]:
    """The columns of this table that their row's owner must not choose."""
    return tuple(
        column.name
        for column in table.columns
        if ROLE_COLUMN.match(column.name)
        or (_PAID_COLUMN.match(column.name) and not _is_own(table, column.name))
        or (column.name in _STATUS and _STATUS_OF.search(table.bare_name))
        or (_LEFT.match(column.name) and _LEFT_OF.search(table.bare_name))
        or _HELD_BACK.match(column.name)
        or (_PERK.match(column.name) and is_of_person(table))
        or (_REPUTE.match(column.name) and _is_chosen_by_others(table))
        or is_charged(table, column.name)
        or _says_paid(table, column.name)
        or _gates(table, column.name)
        or _asks_consent(table, column.name)
        or (_WORTH.match(column.name) and _is_bought(table))
    )


def _is_chosen_by_others(table: Table) -> bool:
    """Whether the rows are people or firms whom everyone may look at."""
    shown = any(
        policy.permissive
        and policy.command in ("SELECT", "ALL")
        and ("auth.uid" not in (policy.using or "") or "is not null" in (policy.using or "").lower())
        for policy in table.policies
    )
    return shown and (is_account(table) or "user_id" in {column.name for column in table.columns})


def is_charged(table: Table, column: str) -> bool:
    """Whether the column says what an order costs, which matters where code charges what stands there."""
    ordered = _ORDERED.search(table.bare_name) is not None and not _is_bought(table)
    return ordered and _CHARGED.match(column) is not None


def _says_paid(table: Table, column: str) -> bool:
    """Whether the column says of something to be paid that it was, next to what the payment provider told."""
    if not any(_NOTES_PAYMENT.match(other.name) for other in table.columns):
        return False
    if _SAYS_PAID.match(column):
        return True
    return column in _STATUS and _ORDERED.search(table.bare_name) is not None


def _gates(table: Table, column: str) -> bool:
    """Whether others see a row only once somebody has approved it: a policy for them reads this mark."""
    if not _MARK.match(column):
        return False
    asks = re.compile(rf"(?i)\b{re.escape(column)}\b\s*(?:=\s*true|is\s+true|\band\b|\)|$)")
    return any(
        policy.permissive
        and policy.command in ("SELECT", "ALL")
        and "auth.uid" not in (policy.using or "")
        and asks.search(policy.using or "") is not None
        for policy in table.policies
    )


def _asks_consent(table: Table, column: str) -> bool:
    """Whether the column says that the other of two people has agreed."""
    if column not in _STATUS or not _REQUEST.search(table.bare_name) or len(table.tenancy_columns) < 2:
        return False
    words = " ".join(text for _, text in table.checks) + (
        (table.column(column) or table.columns[0]).default or ""
    )
    return "accept" in words.lower() or "pending" in words.lower()


def _is_bought(table: Table) -> bool:
    noted = any(_PAID_THROUGH.search(column.name) or _PAID.match(column.name) for column in table.columns)
    return noted and _BOUGHT.search(table.bare_name) is not None


def self_writes(schema: SchemaModel, around: Surroundings) -> Iterator[SelfWrite]:
    """The worst such policy of each table."""
    functions = {function.name: function for function in schema.functions}
    keys = tenant_keys(schema)
    for table in exposed_tables(schema):
        tenants = keys.get(table.name, frozenset())
        columns = privileged(table) if table.rls and table.created else ()
        columns += tuple(column.name for column in table.columns if table.rls and column.name in tenants)
        kept = tuple(_guards(schema, functions, table)) if table.rls and table.created else ()
        guarded = tuple(_guarded(table, kept))
        columns += tuple(name for name in guarded if name not in columns)
        if not columns:
            continue
        found = [
            write
            for policy in table.policies
            if (write := _of(policy, table, columns, tenants, kept, guarded, around)) is not None
        ]
        if found:
            yield min(found, key=lambda write: (write.adds, not write.is_grave, -len(write.columns)))


def _of(
    policy: RlsPolicy,
    table: Table,
    columns: tuple[str, ...],
    tenants: frozenset[str],
    kept: tuple[tuple[str, str], ...],
    guarded: tuple[str, ...],
    around: Surroundings,
) -> SelfWrite | None:
    if not policy.permissive or not set(policy.roles) & {"public", *CLIENT_ROLES}:
        return None
    adds = policy.command == "INSERT"
    if policy.command not in ("UPDATE", "ALL", "INSERT"):
        return None
    if adds and not _ENTITLEMENT.search(table.bare_name):
        # A person has one profile, which is there already; memberships can be added to.
        columns = tuple(
            name
            for name in columns
            if (name in tenants and _MEMBERSHIP.search(table.bare_name))
            or _says_paid(table, name)
            or _asks_consent(table, name)
            or name in guarded
        )
    elif not adds and sum(name in (policy.using or "") for name in table.tenancy_columns) < 2:
        # The other of the two agrees by changing it; whoever asked may not.
        columns = tuple(name for name in columns if not _asks_consent(table, name))
    text = f"{policy.using or ''} {policy.check or ''}"
    if not _BUYER.search(text):
        columns = tuple(
            name for name in columns if not _says_paid(table, name) and not is_charged(table, name)
        )
        if _PAYEE.search(text):
            columns = tuple(name for name in columns if name not in _STATUS and not _WORTH.match(name))
    scope = check_scope(policy, table, around) if adds else using_scope(policy, table, around)
    if scope is not RlsPolicyScope.SCOPED or (_BY_POWER.search(text) and not _OWNER_FIRST.search(text)):
        return None
    if _BY_PARENTS_OWNER.search(text):
        columns = tuple(name for name in columns if not ROLE_COLUMN.match(name))
    verb = "INSERT" if adds else "UPDATE"
    decided = policy.check if policy.check is not None else policy.using or ""
    open_ = tuple(
        name
        for name in columns
        if may_column("authenticated", verb, name, table.grants, table.revokes)
        and not re.search(rf"\b{re.escape(name)}\b", decided)
        and not any(
            event == verb and re.search(_KEEPS.pattern.format(column=re.escape(name)), body)
            for event, body in kept
        )
    )
    moved = tuple(name for name in open_ if name in tenants)
    return SelfWrite(table, policy, open_, adds, moved) if open_ else None


def _guarded(table: Table, kept: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """Columns that a trigger keeps people from changing: what must not be changed must not be made up either."""
    bodies = [body for event, body in kept if event == "UPDATE" and _REFUSES.search(body)]
    for column in table.columns if bodies else ():
        if is_watched(column.name) and not ROLE_COLUMN.match(column.name):
            told = re.compile(
                rf"(?i)\bnew\s*\.\s*\"?{re.escape(column.name)}\"?\s+is\s+distinct\s+from\s+old\b"
            )
            if any(told.search(body) for body in bodies):
                yield column.name


def _guards(
    schema: SchemaModel, functions: dict[str, SqlFunction], table: Table
) -> Iterator[tuple[str, str]]:
    """(event, body) of triggers that run before a row of the table is written."""
    for trigger in schema.triggers:
        if trigger.table != table.name or not trigger.before:
            continue
        name = trigger.function if "." in trigger.function else f"public.{trigger.function}"
        function = functions.get(name)
        if function is not None:
            yield from ((event, function.body) for event in trigger.events)
