"""Source files as AI tools write them, one function a kind."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Entity:
    noun: str
    fields: tuple[str, ...]
    types: Mapping[str, str]
    chance: random.Random

    @property
    def title(self) -> str:
        return self.noun.title()

    @property
    def table(self) -> str:
        return f"{self.noun}s"

    def ts(self, field: str) -> str:
        return {"integer": "number", "boolean": "boolean"}.get(self.types[field], "string")


def types_file(e: Entity) -> str:
    body = "\n".join(f"  {field}: {e.ts(field)};" for field in e.fields)
    return (
        f"export interface {e.title} {{\n  id: string;\n  user_id: string;\n{body}\n}}\n\n"
        f"export type New{e.title} = Omit<{e.title}, 'id' | 'user_id'>;\n\n"
        f"export function is{e.title}(value: unknown): value is {e.title} {{\n"
        f"  return typeof value === 'object' && value !== null && 'id' in value;\n}}\n"
    )


def hook(e: Entity) -> str:
    order = e.chance.choice(e.fields)
    return f"""import {{ useEffect, useState }} from "react";
import {{ supabase }} from "@/lib/supabase";
import type {{ {e.title} }} from "@/types/{e.noun}";

export function use{e.title}s(filter?: string) {{
  const [rows, setRows] = useState<{e.title}[]>([]);
  const [loading, setLoading] = useState(true);
  const [error, setError] = useState<string | null>(null);

  useEffect(() => {{
    let cancelled = false;
    async function load() {{
      let query = supabase.from("{e.table}").select("id, user_id, {", ".join(e.fields)}").order("{order}");
      if (filter) query = query.eq("{e.fields[0]}", filter);
      const {{ data, error }} = await query.limit({e.chance.randint(20, 200)});
      if (cancelled) return;
      if (error) setError(error.message);
      else setRows((data ?? []) as {e.title}[]);
      setLoading(false);
    }}
    load();
    return () => {{
      cancelled = true;
    }};
  }}, [filter]);

  return {{ rows, loading, error }};
}}
"""


def list_component(e: Entity) -> str:
    cells = "\n".join(
        f'            <td className="px-3 py-2">{{String(row.{field})}}</td>' for field in e.fields
    )
    heads = "\n".join(f'          <th scope="col">{field.replace("_", " ")}</th>' for field in e.fields)
    return f"""import {{ use{e.title}s }} from "@/hooks/use{e.title}s";

export function {e.title}List({{ filter }}: {{ filter?: string }}) {{
  const {{ rows, loading, error }} = use{e.title}s(filter);
  if (loading) return <p role="status">Loading</p>;
  if (error) return <p role="alert">{{error}}</p>;
  return (
    <table className="w-full text-sm">
      <thead>
        <tr>
{heads}
        </tr>
      </thead>
      <tbody>
        {{rows.map((row) => (
          <tr key={{row.id}}>
{cells}
          </tr>
        ))}}
      </tbody>
    </table>
  );
}}
"""


def form_component(e: Entity) -> str:
    inputs = "\n".join(
        f"""      <label htmlFor="{field}">{field.replace("_", " ")}</label>
      <input id="{field}" name="{field}" value={{String(draft.{field} ?? "")}} onChange={{change}} />"""
        for field in e.fields
    )
    return f"""import {{ useState, type ChangeEvent, type FormEvent }} from "react";
import {{ save{e.title} }} from "@/services/{e.noun}";
import type {{ New{e.title} }} from "@/types/{e.noun}";

export function {e.title}Form({{ onSaved }}: {{ onSaved: () => void }}) {{
  const [draft, setDraft] = useState<Partial<New{e.title}>>({{}});
  const [busy, setBusy] = useState(false);

  function change(event: ChangeEvent<HTMLInputElement>) {{
    setDraft({{ ...draft, [event.target.name]: event.target.value }});
  }}

  async function submit(event: FormEvent) {{
    event.preventDefault();
    setBusy(true);
    try {{
      await save{e.title}(draft);
      onSaved();
    }} finally {{
      setBusy(false);
    }}
  }}

  return (
    <form onSubmit={{submit}} className="space-y-{e.chance.randint(2, 6)}">
{inputs}
      <button type="submit" disabled={{busy}}>
        Save {e.noun}
      </button>
    </form>
  );
}}
"""


def page(e: Entity) -> str:
    return f"""import {{ useState }} from "react";
import {{ {e.title}List }} from "@/components/{e.noun}/{e.title}List";
import {{ {e.title}Form }} from "@/components/{e.noun}/{e.title}Form";

export default function {e.title}Page() {{
  const [filter, setFilter] = useState("");
  const [version, setVersion] = useState(0);
  return (
    <main className="mx-auto max-w-{e.chance.choice(["3xl", "4xl", "5xl"])} p-{e.chance.randint(4, 8)}">
      <h1 className="text-2xl">{e.title}s</h1>
      <label>
        Filter
        <input value={{filter}} onChange={{(event) => setFilter(event.target.value)}} />
      </label>
      <{e.title}List key={{version}} filter={{filter || undefined}} />
      <{e.title}Form onSaved={{() => setVersion(version + 1)}} />
    </main>
  );
}}
"""


def service(e: Entity) -> str:
    return f"""import {{ supabase }} from "@/lib/supabase";
import type {{ New{e.title} }} from "@/types/{e.noun}";

export async function save{e.title}(draft: Partial<New{e.title}>) {{
  const {{ data: auth }} = await supabase.auth.getUser();
  if (!auth.user) throw new Error("Please sign in");
  const {{ error }} = await supabase.from("{e.table}").insert({{ ...draft, user_id: auth.user.id }});
  if (error) throw error;
}}

export async function remove{e.title}(id: string) {{
  const {{ error }} = await supabase.from("{e.table}").delete().eq("id", id);
  if (error) throw error;
}}

export const {e.noun}Keys = {{
  all: ["{e.table}"] as const,
  one: (id: string) => ["{e.table}", id] as const,
}};
"""


def next_route(e: Entity) -> str:
    return f"""import {{ NextResponse }} from "next/server";
import {{ z }} from "zod";
import {{ createClient }} from "@/lib/server";

const body = z.object({{
{chr(10).join(f"  {field}: z.{'number' if e.ts(field) == 'number' else 'string'}()," for field in e.fields)}
}});

export async function GET(request: Request) {{
  const supabase = await createClient();
  const {{ data: {{ user }} }} = await supabase.auth.getUser();
  if (!user) return NextResponse.json({{ error: "unauthorized" }}, {{ status: 401 }});
  const page = Number(new URL(request.url).searchParams.get("page") ?? 0);
  const {{ data, error }} = await supabase
    .from("{e.table}")
    .select("*")
    .eq("user_id", user.id)
    .range(page * 20, page * 20 + 19);
  if (error) return NextResponse.json({{ error: "failed" }}, {{ status: 500 }});
  return NextResponse.json(data);
}}

export async function POST(request: Request) {{
  const supabase = await createClient();
  const {{ data: {{ user }} }} = await supabase.auth.getUser();
  if (!user) return NextResponse.json({{ error: "unauthorized" }}, {{ status: 401 }});
  const parsed = body.safeParse(await request.json());
  if (!parsed.success) return NextResponse.json({{ error: "invalid" }}, {{ status: 400 }});
  await supabase.from("{e.table}").insert({{ ...parsed.data, user_id: user.id }});
  return NextResponse.json({{ ok: true }}, {{ status: 201 }});
}}
"""


def express_router(e: Entity) -> str:
    return f"""import {{ Router }} from "express";
import {{ requireUser }} from "../auth";
import {{ db }} from "../db";

export const {e.noun}Router = Router();

{e.noun}Router.use(requireUser);

{e.noun}Router.get("/", async (req, res) => {{
  const rows = await db.query("select * from {e.table} where user_id = $1 limit 100", [req.user.id]);
  res.json(rows);
}});

{e.noun}Router.get("/:id", async (req, res) => {{
  const [row] = await db.query("select * from {e.table} where id = $1 and user_id = $2", [req.params.id, req.user.id]);
  if (!row) return res.status(404).json({{ error: "not found" }});
  res.json(row);
}});

{e.noun}Router.patch("/:id", async (req, res, next) => {{
  try {{
    const {{ {", ".join(e.fields[:3])} }} = req.body;
    await db.query(
      "update {e.table} set {", ".join(f"{field} = ${n}" for n, field in enumerate(e.fields[:3], 3))} where id = $1 and user_id = $2",
      [req.params.id, req.user.id, {", ".join(e.fields[:3])}],
    );
    res.status(204).end();
  }} catch (error) {{
    next(error);
  }}
}});
"""


def edge_function(e: Entity) -> str:
    return f"""import {{ createClient }} from "https://esm.sh/@supabase/supabase-js@2.57.2";

const cors = {{ "Access-Control-Allow-Origin": "https://acme.example", "Access-Control-Allow-Headers": "authorization" }};

Deno.serve(async (req) => {{
  if (req.method === "OPTIONS") return new Response("ok", {{ headers: cors }});
  const supabase = createClient(Deno.env.get("SUPABASE_URL")!, Deno.env.get("SUPABASE_ANON_KEY")!, {{
    global: {{ headers: {{ Authorization: req.headers.get("Authorization")! }} }},
  }});
  const {{ data: {{ user }} }} = await supabase.auth.getUser();
  if (!user) return new Response("Unauthorized", {{ status: 401, headers: cors }});
  const {{ {e.fields[0]} }} = await req.json();
  const {{ data, error }} = await supabase.from("{e.table}").select("{", ".join(e.fields)}").eq("{e.fields[0]}", {e.fields[0]});
  if (error) return Response.json({{ error: "failed" }}, {{ status: 500, headers: cors }});
  return Response.json({{ count: data.length, sum: data.length * {e.chance.randint(1, 9)} }}, {{ headers: cors }});
}});
"""


def migration(e: Entity) -> str:
    columns = ",\n".join(f"  {field} {e.types[field]}" for field in e.fields)
    return f"""create table public.{e.table} (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
{columns}
);
alter table public.{e.table} enable row level security;
create policy "own {e.table}" on public.{e.table} for all to authenticated
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create index {e.table}_user on public.{e.table} (user_id);
"""


def python_model(e: Entity) -> str:
    kinds = {
        "integer": "Integer",
        "boolean": "Boolean",
        "date": "Date",
        "timestamptz": "DateTime(timezone=True)",
    }
    columns = "\n".join(
        f"    {field} = Column({kinds.get(e.types[field], 'String(200)')})" for field in e.fields
    )
    return f"""from sqlalchemy import Boolean, Column, Date, DateTime, ForeignKey, Integer, String

from service.database import Base


class {e.title}(Base):
    __tablename__ = "{e.table}"

    id = Column(Integer, primary_key=True)
    user_id = Column(Integer, ForeignKey("users.id"), index=True, nullable=False)
{columns}

    def summary(self) -> str:
        return f"{e.title} {{self.id}}: {{self.{e.fields[0]}}}"
"""


def python_router(e: Entity) -> str:
    fields = "\n".join(
        f"    {field}: {'int' if e.types[field] == 'integer' else 'str'} | None = None" for field in e.fields
    )
    return f"""from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel
from sqlalchemy.orm import Session

from service.auth import current_user
from service.database import get_db
from service.models.{e.noun} import {e.title}

router = APIRouter(prefix="/{e.table}", dependencies=[Depends(current_user)])


class {e.title}In(BaseModel):
{fields}


@router.get("/")
def list_{e.table}(db: Session = Depends(get_db), user=Depends(current_user)):
    return db.query({e.title}).filter({e.title}.user_id == user.id).limit({e.chance.randint(20, 100)}).all()


@router.get("/{{{e.noun}_id}}")
def read_{e.noun}({e.noun}_id: int, db: Session = Depends(get_db), user=Depends(current_user)):
    row = db.query({e.title}).filter({e.title}.id == {e.noun}_id, {e.title}.user_id == user.id).first()
    if row is None:
        raise HTTPException(404)
    return row


@router.post("/")
def create_{e.noun}(body: {e.title}In, db: Session = Depends(get_db), user=Depends(current_user)):
    row = {e.title}(**body.model_dump(), user_id=user.id)
    db.add(row)
    db.commit()
    return row
"""


def python_client(e: Entity) -> str:
    return f"""import os

import httpx

TIMEOUT = httpx.Timeout({e.chance.randint(3, 12)}.0)


def fetch_{e.table}(since: str) -> list[dict]:
    url = os.environ["PARTNER_URL"] + "/{e.table}"
    with httpx.Client(timeout=TIMEOUT) as client:
        response = client.get(url, params={{"since": since}})
        response.raise_for_status()
        return [item for item in response.json() if item.get("{e.fields[0]}")]
"""


def test_file(e: Entity) -> str:
    return f"""import {{ describe, expect, it }} from "vitest";
import {{ is{e.title} }} from "../src/types/{e.noun}";

describe("{e.noun}", () => {{
  it("is recognised", () => {{
    expect(is{e.title}({{ id: "1", {e.fields[0]}: "x" }})).toBe(true);
  }});
  it("is not a text", () => {{
    expect(is{e.title}("{e.noun}")).toBe(false);
  }});
}});
"""


def util(e: Entity) -> str:
    return f"""export function format{e.title}(value: number, currency = "USD") {{
  return new Intl.NumberFormat("en-US", {{ style: "currency", currency }}).format(value / {e.chance.choice([1, 10, 100])});
}}

export function group{e.title}s<T extends {{ {e.fields[0]}: string }}>(rows: T[]) {{
  const groups = new Map<string, T[]>();
  for (const row of rows) {{
    const key = row.{e.fields[0]} || "none";
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }}
  return [...groups.entries()].sort(([a], [b]) => a.localeCompare(b));
}}

export const {e.noun.upper()}_LIMIT = {e.chance.randint(10, 500)};
"""


TEMPLATES: tuple[tuple[str, Callable[[Entity], str]], ...] = (
    ("src/types/{noun}.ts", types_file),
    ("src/hooks/use{Noun}s.ts", hook),
    ("src/components/{noun}/{Noun}List.tsx", list_component),
    ("src/components/{noun}/{Noun}Form.tsx", form_component),
    ("src/pages/{Noun}Page.tsx", page),
    ("src/services/{noun}.ts", service),
    ("src/utils/{noun}.ts", util),
    ("app/api/{noun}/route.ts", next_route),
    ("server/routes/{noun}.ts", express_router),
    ("supabase/functions/{noun}-summary/index.ts", edge_function),
    ("supabase/migrations/2026{n}120000_{noun}.sql", migration),
    ("service/models/{noun}.py", python_model),
    ("service/routers/{noun}.py", python_router),
    ("service/clients/{noun}.py", python_client),
    ("tests/{noun}.test.ts", test_file),
)
