"""What an answer shows of the rows that were read, and what a refusal says about them."""

from __future__ import annotations

import pytest

from lastmile_desktop.project.models.routes.revealed import Harm, harm_of_read
from lastmile_desktop.project.models.schema.tables import Tables
from tests.project.models.hooks import view_of

_SCHEMA = """
create table public.profiles (id uuid primary key, email text, name text, credits int);
create table public.notices (id uuid primary key, user_id uuid references profiles (id), title text);
create table public.usage (id uuid primary key, user_id uuid references profiles (id), used int, day date);
"""


def _harm(table: str, chosen: str, answer: str) -> Harm:
    view = view_of(
        {
            "package.json": '{"dependencies": {"@supabase/supabase-js": "2"}}',
            "supabase/migrations/0001_init.sql": _SCHEMA,
            "supabase/functions/show/index.ts": (
                'import { createClient } from "npm:@supabase/supabase-js";\n'
                'const admin = createClient(Deno.env.get("SUPABASE_URL")!, Deno.env.get("SUPABASE_SERVICE_ROLE_KEY")!);\n'
                "Deno.serve(async (req) => {\n"
                "  const { id } = await req.json();\n"
                f'  const {{ data: row }} = await admin.from("{table}").select("{chosen}").eq("id", id).single();\n'
                f"  return new Response(JSON.stringify({answer}));\n"
                "});\n"
            ),
        }
    )
    (route,) = view.routes.routes
    (access,) = route.accesses
    return harm_of_read(view, route, access, Tables(view.schema).find(access.query.table))


@pytest.mark.parametrize(
    ("table", "chosen", "answer", "harm"),
    [
        ("profiles", "*", "{ row }", Harm.PRIVATE),
        ("profiles", "*", "{ email: row.email }", Harm.PRIVATE),
        ("profiles", "*", "{ left: row.credits }", Harm.PLAIN),
        ("profiles", "id, credits", "row", Harm.PLAIN),
        ("profiles", "id, email", "row", Harm.PRIVATE),
        ("profiles", "*", "{ known: !!row, left: row?.credits ?? 0 }", Harm.PLAIN),
        ("usage", "*", "row", Harm.PLAIN),
        ("notices", "*", "row", Harm.UNSEEN),
        ("unheard_of", "*", "row", Harm.UNSEEN),
    ],
)
def test_columns_of_the_answer(table: str, chosen: str, answer: str, harm: Harm) -> None:
    assert _harm(table, chosen, answer) is harm
