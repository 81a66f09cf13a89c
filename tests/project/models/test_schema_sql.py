"""Small pieces of SQL and the model they fold into."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lastmile_desktop.project.models.schema.model import Completeness, SchemaModel, Tenancy
from lastmile_desktop.project.models.sql.sql_parse import read_sql
from lastmile_desktop.project.models.sql.sql_split import only_statements, split
from tests.project.models.graphs import project

MIGRATION = "supabase/migrations/20250101000000_init.sql"


def model(sql: str, **later: str) -> SchemaModel:
    files = {MIGRATION: sql}
    files |= {
        f"supabase/migrations/2025010200000{number}_{name}.sql": text
        for number, (name, text) in enumerate(later.items())
    }
    return project(files).schema


SPLITS = {
    "semicolons in text": ("select 'a;b'; select 2", ["select 'a;b'", "select 2"]),
    "doubled quotes": ("select 'it''s; ok'; select 2", ["select 'it''s; ok'", "select 2"]),
    "escape strings": (r"select E'\';' ; select 2", [r"select E'\';'", "select 2"]),
    "quoted names": ('create table "a;b" (x int); select 2', ['create table "a;b" (x int)', "select 2"]),
    "dollar quotes": ("do $x$ begin a; end $x$; select 2", ["do $x$ begin a; end $x$", "select 2"]),
    "dollar inside a name": ("select a$b$; select c$b$", ["select a$b$", "select c$b$"]),
    "nested comments": ("/* a /* b; */ ; */ select 1; -- c;\nselect 2", ["select 1", "select 2"]),
    "copy data": ("copy t (a) from stdin;\n1;'\n\\.\nselect 2;", ["copy t (a) from stdin", "select 2"]),
    "psql commands": ("\\restrict abc\nselect 1;\n\\unrestrict abc\n", ["select 1"]),
    "sql bodies": (
        "create function f() returns int begin atomic select 1; select 2; end; select 3",
        ["create function f() returns int begin atomic select 1; select 2; end", "select 3"],
    ),
    "the way back": ("-- migrate:up\nselect 1;\n-- migrate:down\ndrop table a;", ["select 1"]),
    "an unfinished quote": (
        "insert 'oops ; create table b (x int);",
        ["insert 'oops", "create table b (x int)"],
    ),
}


@pytest.mark.parametrize(("sql", "expected"), SPLITS.values(), ids=SPLITS)
def test_a_file_is_cut_into_its_statements(sql: str, expected: list[str]) -> None:
    assert [statement.text for statement in split(sql)] == expected


def test_statements_know_their_lines() -> None:
    statements = split("-- first\n\nselect\n  1;\nselect 2; select 3;")
    assert [(item.line, item.line_end) for item in statements] == [(3, 4), (5, 5), (5, 5)]


def test_statements_alone_stay_on_their_lines() -> None:
    text = only_statements("-- squawk-ignore\n\\connect x\nselect 1;\n-- more\nselect 2; select 3;\n")
    assert text == "\n\nselect 1;\n\nselect 2; select 3;\n"


def test_columns_keys_and_indexes() -> None:
    schema = model(
        """create table teams (id uuid primary key);
        create table tasks (
          id bigint generated always as identity,
          team_id uuid not null references teams (id) on delete cascade,
          title varchar(80) default 'x', done boolean not null default false,
          primary key (id), unique (team_id, title)
        );
        create index on tasks (done) where not done;"""
    )
    tasks = schema.table("tasks")
    assert tasks is not None
    assert [(column.name, column.type, column.nullable) for column in tasks.columns] == [
        ("id", "bigint", True), ("team_id", "uuid", False), ("title", "varchar(80)", True), ("done", "boolean", False),
    ]  # fmt: skip
    assert tasks.primary_key == ("id",)
    assert [(key.columns, key.table, key.on_delete) for key in tasks.foreign_keys] == [
        (("team_id",), "public.teams", "cascade")
    ]
    assert [(index.columns, index.unique, index.where) for index in tasks.indexes] == [
        (("team_id", "title"), True, ""), (("done",), False, "NOT done"),
    ]  # fmt: skip
    assert schema.completeness is Completeness.FULL


FOLDS = {
    "rename": ("create table a (x int); alter table a rename to b;", {"public.b"}),
    "set schema": ("create table a (x int); create schema s; alter table a set schema s;", {"s.a"}),
    "drop": ("create table a (x int); create table b (x int); drop table a;", {"public.b"}),
    "drop schema": ("create table s.a (x int); create table b (x int); drop schema s cascade;", {"public.b"}),
    "search path": ("set search_path = app, public; create table a (x int);", {"app.a"}),
    "empty search path": ("set search_path = ''; create table public.a (x int);", {"public.a"}),
    "temporary": ("create temporary table a (x int); create table b (x int);", {"public.b"}),
    "from a query": ("create table a as select 1 as x;", {"public.a"}),
    "partition": ("create table a (x int) partition by list (x); create table b partition of a default;",
                  {"public.a", "public.b"}),
    "in a block": ("do $$ begin if true then create table a (x int); end if; end $$;", {"public.a"}),
    "text that is run": ("do $$ begin execute 'create table a (x int)'; end $$;", {"public.a"}),
}  # fmt: skip


@pytest.mark.parametrize(("sql", "tables"), FOLDS.values(), ids=FOLDS)
def test_tables_that_are_left(sql: str, tables: set[str]) -> None:
    assert set(model(sql).tables) == tables


TABLES = "create table a (id int); create table b (id int); create table c (id int);"
LOOPS = {
    "a list": "foreach t in array array['a', 'b'] loop execute format('alter table %I enable row level security', t); end loop;",
    "a rewritten list": "for t in select unnest(array['a','b']) loop execute 'alter table ' || quote_ident(t) || ' enable row level security'; end loop;",
    "the catalogue": "for t in select tablename from pg_tables where schemaname = 'public' and tablename <> 'c' loop "
    "execute format('alter table public.%I enable row level security;', t); end loop;",
    "the catalogue with a list": "for t in select table_name from information_schema.tables where table_schema = 'public' "
    "and table_name in ('a', 'b') loop execute format('alter table %I enable row level security', t); end loop;",
    "a declared list": "foreach t in array names loop execute format('alter table %I enable row level security', t); end loop;",
}


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_a_loop_that_switches_row_security_on(loop: str) -> None:
    declared = "declare t text; names text[] := array['a', 'b'];"
    schema = model(f"{TABLES} do $$ {declared} begin {loop} end $$;")
    assert [name for name, table in schema.tables.items() if table.rls] == ["public.a", "public.b"]


def test_a_loop_that_drops_all_policies_of_a_table() -> None:
    schema = model(
        "create table a (id int); create policy p on a using (true);"
        "do $$ declare r record; begin for r in select policyname from pg_policies where tablename = 'a' loop "
        "execute format('drop policy if exists %I on a', r.policyname); end loop; end $$;"
    )
    assert schema.tables["public.a"].policies == ()


def test_an_event_trigger_that_switches_row_security_on_for_new_tables() -> None:
    schema = model(
        """create table before (id int);
        create function auto() returns event_trigger language plpgsql as $$ begin
          execute format('alter table %s enable row level security', 'x'); end $$;
        create event trigger t on ddl_command_end execute function auto();
        create table after (id int);"""
    )
    assert (schema.tables["public.before"].rls, schema.tables["public.after"].rls) == (False, True)


def test_policies_are_replaced_altered_and_dropped() -> None:
    schema = model(
        """create table a (id int, owner uuid);
        create policy one on a for select using (true);
        create policy two on a for update using (true) with check (owner = auth.uid());
        create policy "Three x" on a as restrictive for all to anon, authenticated using (false);
        drop policy one on a;
        alter policy two on a to authenticated using (owner = auth.uid());
        alter policy "Three x" on a rename to three;"""
    )
    policies = {policy.name: policy for policy in schema.tables["public.a"].policies}
    assert set(policies) == {"two", "three"}
    assert (policies["two"].roles, policies["two"].using) == (("authenticated",), "owner = auth.uid()")
    assert (policies["three"].permissive, policies["three"].roles) == (False, ("anon", "authenticated"))


def test_grants_and_revokes_in_order() -> None:
    schema = model(
        """create table a (id int, role text);
        grant all on all tables in schema public to anon;
        revoke insert, update on a from anon;
        grant update (role) on a to anon;
        revoke all on a from authenticated;
        alter default privileges in schema public revoke all on tables from anon;
        create table b (id int);"""
    )
    a, b = schema.tables["public.a"], schema.tables["public.b"]
    assert (
        "SELECT" in a.grants["anon"]
        and "INSERT" not in a.grants["anon"]
        and "UPDATE(role)" in a.grants["anon"]
    )
    assert "SELECT" in a.revokes["authenticated"]
    assert "SELECT" in b.revokes["anon"]
    assert [(item.by_default, item.roles) for item in schema.blanket_grants] == [(False, ("anon",))]


def test_a_replaced_view_loses_its_invoker() -> None:
    schema = model(
        "create table a (id int); create view v with (security_invoker = true) as select * from a;",
        later="create or replace view v as select id from a;",
    )
    view = schema.views["public.v"]
    assert not view.security_invoker and view.was_invoker is not None and view.tables == ("public.a",)


def test_functions_and_who_may_execute_them() -> None:
    schema = model(
        """create function f(a uuid, b int) returns void language sql security definer set search_path = '' as 'select 1';
        create function f(a text) returns setof t language sql as 'select 1';
        revoke all on function f(uuid, int) from public, anon, authenticated;
        alter function f(text) security definer;
        drop function f(text);"""
    )
    function = schema.functions[0]
    assert len(schema.functions) == 1
    assert (function.security_definer, function.search_path, function.executable_by) == (
        True,
        "",
        frozenset(),
    )
    assert function.args == ("a uuid", "b integer")


def test_publications_buckets_and_triggers() -> None:
    schema = model(
        """create table a (id int);
        alter publication supabase_realtime add table a;
        insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true), ('docs', 'docs', false);
        update storage.buckets set public = false where id = 'avatars';
        create trigger t before update on a for each row execute function f();"""
    )
    assert schema.tables["public.a"].realtime
    assert {bucket.name: bucket.public for bucket in schema.buckets} == {"avatars": False, "docs": False}
    assert [(item.table, item.function, item.events, item.before) for item in schema.triggers] == [
        ("public.a", "public.f", ("UPDATE",), True)
    ]


def test_one_broken_statement_hides_nothing() -> None:
    schema = model(
        "create table a (id int);\nalter table a add colum x int;\ncreate table b (id int);\n"
        "create table c (id int\ncreate table d (id int);"
    )
    assert set(schema.tables) == {"public.a", "public.b", "public.d"}
    assert [(item.place.line, item.tables) for item in schema.unparsed] == [
        (2, ("public.a",)),
        (4, ("public.c",)),
    ]


TENANCIES = {
    "create table a (id int, user_id uuid);": Tenancy.USER,
    "create table a (id int, org_id uuid, user_id uuid);": Tenancy.ORG,
    "create table a (id int, sold_by uuid references auth.users (id));": Tenancy.USER,
    "create table o (id int primary key, user_id uuid); create table a (id int, o_id int references o (id));": Tenancy.USER,
    "create table a (id int, name text);": Tenancy.NONE,
    "create table a (id int, store_id int);": Tenancy.NONE,
    "create table stores (id int, owner_id uuid); create table a (id int, store_id int);": Tenancy.ORG,
}


@pytest.mark.parametrize(("sql", "tenancy"), TENANCIES.items())
def test_whose_rows_a_table_holds(sql: str, tenancy: Tenancy) -> None:
    table = model(sql).table("a")
    assert table is not None and table.tenancy is tenancy


def test_another_database_is_not_read_as_postgres() -> None:
    assert read_sql("CREATE TABLE `a` (id INT AUTO_INCREMENT) ENGINE=InnoDB;").dialect == "mysql"
    assert read_sql("create table a (id integer primary key autoincrement);").dialect == "sqlite"


SQL_WORDS = st.sampled_from(
    ["create", "table", "policy", "alter", "do", "$$", "$a$", "'", '"', ";", "--", "/*", "*/", "(", ")", "begin", "E'", "\\",
     "execute", "loop", "end", "for", "in", "a", "b.c", "%I", "on", "using", "true", "copy", "from", "stdin", "\n", "\\."]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(SQL_WORDS, max_size=60).map(" ".join)))
def test_no_text_breaks_the_reader(text: str) -> None:
    content = read_sql(text)
    assert all(1 <= statement.span.line <= text.count("\n") + 1 for statement in content.statements)


def test_a_file_of_unfinished_quotes_is_read_in_time() -> None:
    hostile = " ".join(f"$t{number}$" for number in range(40_000)) + "/* " * 40_000
    assert isinstance(split(hostile), tuple)
