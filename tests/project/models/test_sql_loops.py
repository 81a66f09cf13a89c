"""Loops of DO blocks over the catalogue: what they drop, take back, and leave unsure."""

from __future__ import annotations

import pytest

from lastmile_desktop.project.models.schema.model import SchemaModel
from tests.project.models.graphs import project

TABLES = """
create table a (id int); create table b (id int);
alter table a enable row level security; alter table b enable row level security;
create policy r on a for select using (true); create policy w on a for update using (true);
create policy r on b for select using (true); create policy w on b for update using (true);
create function f(x text, y numeric(3, 1)) returns void language sql security definer as 'select 1';
create function g() returns void language sql security definer as 'select 1';
"""


def after(block: str) -> SchemaModel:
    return project({"supabase/migrations/20250101000000_init.sql": TABLES + block}).schema


def dropping(
    where: str, statement: str = "format('DROP POLICY %I ON public.%I', p.policyname, p.tablename)"
) -> str:
    return f"do $$ declare p record; begin for p in {where} loop execute {statement}; end loop; end $$;"


FROM = "select * from pg_policies where schemaname = 'public'"
DROPS = {
    "all of the schema": (dropping(FROM), ([], []), ([], [])),
    "one table": (dropping(f"{FROM} and tablename = 'a'"), ([], ["r", "w"]), ([], [])),
    "all but one table": (dropping(f"{FROM} and tablename <> 'a'"), (["r", "w"], []), ([], [])),
    "one command": (dropping(f"{FROM} and cmd = 'SELECT'"), (["w"], ["w"]), ([], [])),
    "one name": (dropping(f"{FROM} and tablename in ('b') and policyname = 'w'"), (["r", "w"], ["r"]), ([], [])),
    "by its id": (
        dropping(
            "select polname from pg_policy where polrelid = 'public.b'::regclass",
            "format('DROP POLICY %I ON public.b', p.polname)",
        ),
        (["r", "w"], []),
        ([], []),
    ),
    "the statement's own table": (
        dropping(f"{FROM} and tablename like 'a%'", "format('DROP POLICY %I ON public.a', p.policyname)"),
        ([], ["r", "w"]),
        (["r", "w"], []),
    ),
    "by its condition": (
        dropping(f"{FROM} and tablename = 'a' and qual = 'true'"),
        ([], ["r", "w"]),
        (["r", "w"], []),
    ),
    "either": (dropping(f"{FROM} and (tablename = 'a' or tablename = 'b')"), ([], []), (["r", "w"], ["r", "w"])),
    "computed": (dropping(f"{FROM} and tablename = any(wanted())"), ([], []), (["r", "w"], ["r", "w"])),
}  # fmt: skip


@pytest.mark.parametrize("name", DROPS)
def test_policies_that_a_loop_drops(name: str) -> None:
    block, left, unsure = DROPS[name]
    schema = after(block)
    tables = [schema.tables["public.a"], schema.tables["public.b"]]
    assert tuple([item.name for item in table.policies] for table in tables) == left
    assert tuple(sorted(item.name for item in table.policies_unsure) for table in tables) == unsure


def test_a_policy_made_again_is_sure() -> None:
    schema = after(dropping(f"{FROM} and qual = 'true'") + "create policy r on a for select using (false);")
    table = schema.tables["public.a"]
    assert [item.name for item in table.policies] == ["r"]
    assert [item.name for item in table.policies_unsure] == ["w"]


def revoking(over: str, function: str = "%s", roles: str = "public, anon, authenticated") -> str:
    return (
        f"do $$ declare fn text; names text[] := array['f']; begin for fn in {over} loop "
        f"execute format('REVOKE ALL ON FUNCTION {function} FROM {roles}', fn); end loop; end $$;"
    )


PROC = (
    "select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public'"
)
REVOKES = {
    "signatures": (revoking("select unnest(array['public.f(text, numeric)'])"), {"g"}, set[str]()),
    "values": (revoking("select * from (values ('f')) as v(name)", "public.%I(text, numeric)"), {"g"}, set[str]()),
    "a declared list": (revoking(f"{PROC} and p.proname = any(names)"), {"g"}, set[str]()),
    "security definers": (revoking(f"{PROC} and p.prosecdef and p.proname in ('g')"), {"f"}, set[str]()),
    "all of the schema": (revoking(PROC), set[str](), {"f", "g"}),
    "all but one": (revoking(f"{PROC} and p.proname not in ('f') and p.pronargs = 0"), {"f"}, {"g"}),
    "one of its overloads": (revoking(f"{PROC} and p.proname = 'f' and p.pronargs = 1"), {"g"}, {"f"}),
    "a computed list": (revoking("select name from wanted"), set[str](), {"f", "g"}),
    "a list of roles": (
        "do $$ declare r text; begin foreach r in array array['public', 'anon', 'authenticated'] loop "
        "execute format('REVOKE ALL ON FUNCTION public.g() FROM %I', r); end loop; end $$;",
        {"f"},
        set[str](),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REVOKES)
def test_rights_that_a_loop_takes_back(name: str) -> None:
    block, left, unsure = REVOKES[name]
    functions = after(block).functions
    assert {item.name.removeprefix("public.") for item in functions if item.executable_by} == left
    assert {item.name.removeprefix("public.") for item in functions if item.executable_unsure} == unsure


def test_a_grant_after_the_loop_is_sure() -> None:
    schema = after(revoking(PROC) + "grant execute on function g() to authenticated;")
    function = next(item for item in schema.functions if item.name == "public.g")
    assert function.executable_by == {"authenticated"}
    assert "authenticated" not in function.executable_unsure
