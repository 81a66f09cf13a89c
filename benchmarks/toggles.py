"""Saves that open a gap and saves that mend it, one of each kind of engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Toggle:
    """Adding `text` to `file` opens a gap of `check`; the original text mends it."""

    check: str
    file: str
    text: str


TOGGLES = (
    Toggle(
        "abuse.injection",
        "app/api/job/route.ts",
        """
import { db } from "@/lib/database";
export async function PUT(request: Request) {
  const body = await request.json();
  await db.query(`update jobs set title = '${body.title}' where id = 1`);
  return NextResponse.json({ ok: true });
}
""",
    ),
    Toggle(
        "access.route-unauthenticated",
        "app/api/crew/route.ts",
        """
import { prisma } from "@/lib/prisma";
export async function DELETE(request: Request) {
  const { id } = await request.json();
  await prisma.user.delete({ where: { id } });
  return NextResponse.json({ ok: true });
}
""",
    ),
    Toggle(
        "frontend.a11y-static",
        "src/components/quote/QuoteList.tsx",
        '\nexport const Logo = () => <img src="/logo.png" />;\n',
    ),
    Toggle(
        "reliability.no-timeouts",
        "app/api/lead/route.ts",
        '\nexport async function PATCH() {\n  await fetch("https://api.partner.example/leads");\n  '
        "return NextResponse.json({ ok: true });\n}\n",
    ),
    Toggle(
        "access.rls-disabled",
        "supabase/migrations/20261006120000_site.sql",
        "\ncreate table public.leaks (id uuid primary key, user_id uuid);\ngrant all on public.leaks to anon;\n",
    ),
    Toggle(
        "secrets.privileged-key-in-client",
        "src/services/job.ts",
        "\nexport const master = import.meta.env.VITE_SUPABASE_SERVICE_ROLE_KEY;\n",
    ),
)


def present(root: Path) -> tuple[Toggle, ...]:
    """Those whose file the project has."""
    return tuple(toggle for toggle in TOGGLES if (root / toggle.file).is_file())
