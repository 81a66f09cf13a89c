"""Whose rows a table holds: one user's, one organisation's, or nobody's (catalogue §2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lastmile_desktop.project.models.schema.model import Table, Tenancy

USER_COLUMNS = frozenset({
    "user_id", "owner_id", "created_by", "author_id", "profile_id", "member_id", "customer_id", "client_id",
    "sender_id", "recipient_id", "receiver_id", "buyer_id", "seller_id", "creator_id", "host_id",
    "student_id", "patient_id", "driver_id", "userid", "ownerid", "createdby", "authorid", "user_uuid",
    "auth_user_id", "auth_id", "uploaded_by", "assigned_to", "submitted_by", "requester_id", "follower_id",
    "reporter_id", "clerk_user_id", "clerk_id",
})  # fmt: skip
ORG_COLUMNS = frozenset({
    "org_id", "organization_id", "organisation_id", "tenant_id", "team_id", "workspace_id", "account_id",
    "company_id", "business_id", "agency_id", "household_id", "family_id", "clinic_id", "salon_id",
    "store_id", "shop_id", "school_id", "firm_id", "orgid", "organizationid", "organisationid", "tenantid",
    "teamid", "workspaceid", "accountid", "companyid", "entity_id",
})  # fmt: skip
_ALWAYS_TENANT = frozenset({
    "org_id", "organization_id", "organisation_id", "tenant_id", "workspace_id", "team_id", "orgid",
    "organizationid", "organisationid", "tenantid", "workspaceid", "teamid",
})  # fmt: skip
_PEOPLE_TABLES = frozenset(
    {"auth.users", "public.users", "public.user", "public.profiles", "public.user_profiles"}
)
_MAX_HOPS = 2


def with_tenancy(tables: Mapping[str, Table]) -> dict[str, Table]:
    """The tables with their tenancy worked out: from columns first, then through foreign keys up to two
    hops."""
    done = {name: _by_columns(table, tables) for name, table in tables.items()}
    for _ in range(_MAX_HOPS):
        found = {
            name: _through_parents(table, done)
            for name, table in done.items()
            if table.tenancy is Tenancy.NONE
        }
        done |= {name: table for name, table in found.items() if table.tenancy is not Tenancy.NONE}
    return done


def _by_columns(table: Table, tables: Mapping[str, Table]) -> Table:
    names = [column.name for column in table.columns]
    org = [name for name in names if name in ORG_COLUMNS and _is_tenant_column(name, tables)]
    user = [name for name in names if name in USER_COLUMNS]
    for key in table.foreign_keys:
        if key.table in _PEOPLE_TABLES and key.table != table.name:
            user.extend(column for column in key.columns if column not in user)
    if table.name in _PEOPLE_TABLES and not user:
        user.extend(table.primary_key)
    if org:
        return replace(table, tenancy=Tenancy.ORG, tenancy_columns=tuple(dict.fromkeys(org + user)))
    if user:
        return replace(table, tenancy=Tenancy.USER, tenancy_columns=tuple(dict.fromkeys(user)))
    return table


def _is_tenant_column(name: str, tables: Mapping[str, Table]) -> bool:
    """`store_id` and the like name a tenant only where the schema has members or owners of such a thing."""
    if name in _ALWAYS_TENANT:
        return True
    stem = name.removesuffix("id").rstrip("_")
    for table in tables.values():
        if table.bare_name.rstrip("s") in (stem, stem.removesuffix("y") + "ie") and any(
            column.name in USER_COLUMNS for column in table.columns
        ):
            return True
        columns = {column.name for column in table.columns}
        if name in columns and columns & {"user_id", "userid"}:
            return True
    return False


def _through_parents(table: Table, done: Mapping[str, Table]) -> Table:
    for key in table.foreign_keys:
        parent = done.get(key.table)
        if parent is not None and parent.tenancy is not Tenancy.NONE and parent.name != table.name:
            return replace(table, tenancy=parent.tenancy, tenancy_columns=key.columns)
    return table
