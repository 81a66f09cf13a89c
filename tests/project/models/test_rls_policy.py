"""What conditions of row policies really ask."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lastmile_desktop.project.models.row_security.rls_policy import classify, surroundings
from lastmile_desktop.project.models.schema.model import RlsPolicyScope
from tests.project.models.graphs import project

SQL = """
create table members (org_id uuid, user_id uuid, role text);
alter table members enable row level security;
create table profiles (id uuid primary key, is_admin boolean);
create table admins (user_id uuid);
create table projects (id uuid primary key, org_id uuid, is_public boolean);
alter table projects enable row level security;
create table tasks (id uuid, project_id uuid, org_id uuid, user_id uuid, status text, deleted_at timestamptz);
create function is_member(target uuid) returns boolean language sql security definer as
  'select exists (select 1 from members where org_id = target and user_id = auth.uid())';
create function my_org() returns uuid language sql as 'select org_id from members where user_id = auth.uid()';
create function wraps() returns boolean language plpgsql as 'begin return is_member(my_org()); end';
create function open_door() returns boolean language sql as 'select true';
create function metadata_admin() returns boolean language sql as
  $$ select (auth.jwt() -> 'user_metadata' ->> 'admin')::boolean $$;
"""
SCHEMA = project({"supabase/migrations/20250101000000_a.sql": SQL}).schema
AROUND = surroundings(SCHEMA)

S = RlsPolicyScope
CONDITIONS = {
    "true": S.ALWAYS_TRUE,
    "1 = 1": S.ALWAYS_TRUE,
    "'a' = 'a'": S.ALWAYS_TRUE,
    "(true)": S.ALWAYS_TRUE,
    "not false": S.ALWAYS_TRUE,
    "true or user_id = auth.uid()": S.ALWAYS_TRUE,
    "open_door()": S.ALWAYS_TRUE,
    "auth.role() = 'anon'": S.ALWAYS_TRUE,
    "false": S.DENY,
    "1 = 0": S.DENY,
    "auth.role() = 'service_role'": S.DENY,
    "(auth.jwt() ->> 'role') = 'service_role'": S.DENY,
    "false and user_id = auth.uid()": S.DENY,
    "auth.uid() is not null": S.SIGNED_IN,
    "auth.role() = 'authenticated'": S.SIGNED_IN,
    "(select auth.uid()) is not null": S.SIGNED_IN,
    "auth.uid() = auth.uid()": S.SIGNED_IN,
    "exists (select 1 from profiles where id = auth.uid())": S.SIGNED_IN,
    "user_id = auth.uid()": S.SCOPED,
    "(select auth.uid()) = user_id": S.SCOPED,
    "auth.uid()::text = user_id::text": S.SCOPED,
    "auth.uid() is not null and user_id = auth.uid()": S.SCOPED,
    "org_id in (select org_id from members where user_id = auth.uid())": S.SCOPED,
    "org_id = any (select m.org_id from members m where m.user_id = auth.uid())": S.SCOPED,
    "exists (select 1 from members m where m.org_id = tasks.org_id and m.user_id = auth.uid())": S.SCOPED,
    "auth.uid() in (select user_id from members where members.org_id = tasks.org_id)": S.SCOPED,
    "org_id = (select my_org())": S.SCOPED,
    "org_id = (select org_id from members where user_id = auth.uid() limit 1)": S.SCOPED,
    "exists (select 1 from members where user_id = auth.uid())": S.SIGNED_IN,
    "is_member(org_id)": S.SCOPED,
    "public.is_member(org_id)": S.SCOPED,
    "org_id::text = auth.jwt() ->> 'org_id'": S.SCOPED,
    "(auth.jwt() ->> 'sub') = user_id::text": S.SCOPED,
    "user_id::text = current_setting('request.jwt.claims', true)::json ->> 'sub'": S.SCOPED,
    "exists (select 1 from projects p where p.id = project_id)": S.SCOPED,
    "exists (select 1 from profiles where id = auth.uid() and is_admin = true)": S.CALLER,
    "exists (select 1 from members where user_id = auth.uid() and role = 'admin')": S.CALLER,
    "exists (select 1 from admins where user_id = auth.uid())": S.CALLER,
    "has_role(auth.uid(), 'admin')": S.CALLER,
    "(auth.jwt() ->> 'email') = 'me@example.org'": S.CALLER,
    "(auth.jwt() -> 'app_metadata' ->> 'role') = 'admin'": S.CALLER,
    "wraps()": S.CALLER,
    "user_id = auth.uid() or has_role(auth.uid(), 'admin')": S.CALLER,
    "(auth.jwt() -> 'user_metadata' ->> 'role') = 'admin'": S.USER_METADATA,
    "metadata_admin()": S.USER_METADATA,
    "user_id = auth.uid() or (auth.jwt() -> 'user_metadata' ->> 'role') = 'admin'": S.USER_METADATA,
    "status = 'open'": S.PUBLIC_ROWS,
    "deleted_at is null": S.PUBLIC_ROWS,
    "user_id = auth.uid() or status = 'public'": S.PUBLIC_ROWS,
    "user_id = auth.uid() or user_id is null": S.OWNERLESS,
    "somewhere.else()": S.OPAQUE,
    "user_id <> auth.uid()": S.OPAQUE,
    "this is not sql": S.OPAQUE,
}


@pytest.mark.parametrize(("condition", "scope"), CONDITIONS.items())
def test_what_a_condition_asks(condition: str, scope: RlsPolicyScope) -> None:
    assert classify(condition, "public.tasks", AROUND) is scope


def test_no_clause_is_its_own_answer() -> None:
    assert classify(None, "public.tasks", AROUND) is S.ABSENT


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.text(max_size=120), st.lists(st.sampled_from(list(CONDITIONS)), max_size=4).map(" or ".join))
)
def test_no_condition_breaks_the_reader(condition: str) -> None:
    assert classify(condition, "public.tasks", AROUND) in RlsPolicyScope
