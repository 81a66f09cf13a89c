"""Names of tables that nothing in the project mentions."""

from __future__ import annotations

from lastmile_desktop.project.models.schema.named_in_code import idle_tables
from tests.project.models.graphs import project

PACKAGE = '{"dependencies": {"@supabase/supabase-js": "2"}}'
TABLES = """create table public.order_items (id int); create table public.membership_events (id int);
create table public.audit_rows (id int); create table public.plans (id int);
create function public.note() returns void language sql as $$ insert into public.audit_rows values (1) $$;"""
CODE = 'import { db } from "./db";\nexport const items = () => db.from("order_items").select();\n'
DB = 'import { createClient } from "@supabase/supabase-js";\nexport const db = createClient("u", "k");\n'
TYPES = "type D = {\n  Tables: {\n    membership_events: {\n      Row: {\n"


def test_tables_that_neither_code_nor_functions_name_are_idle() -> None:
    files = {
        "package.json": PACKAGE,
        "supabase/migrations/20250101000000_a.sql": TABLES,
        "src/db.ts": DB,
        "src/items.ts": CODE,
        "src/types.ts": TYPES,
    }
    assert idle_tables(project(files)) == {"membership_events"}
    assert idle_tables(project({**files, "lib/main.dart": "from('membership_events')"})) == set()


def test_without_code_that_asks_for_tables_nothing_is_idle() -> None:
    assert (
        idle_tables(project({"package.json": PACKAGE, "supabase/migrations/20250101000000_a.sql": TABLES}))
        == set()
    )
