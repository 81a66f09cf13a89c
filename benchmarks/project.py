"""A project of 1,000 source files for the measurements: varied like a real one that several AI tools worked on, a
Vite front end with Supabase, a Next app, an Express server and a FastAPI service, made from a seed."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from pathlib import Path

from benchmarks.templates import TEMPLATES, Entity

NOUNS = [
    "invoice",
    "job",
    "crew",
    "quote",
    "customer",
    "lead",
    "site",
    "photo",
    "estimate",
    "payment",
    "material",
    "supplier",
    "shift",
    "timesheet",
    "permit",
    "inspection",
    "warranty",
    "contract",
    "message",
    "reminder",
    "booking",
    "route",
    "vehicle",
    "tool",
    "expense",
    "receipt",
    "refund",
    "discount",
    "plan",
    "subscription",
    "seat",
    "team",
    "role",
    "invite",
    "comment",
    "note",
    "task",
    "checklist",
    "template",
    "report",
    "export",
    "import",
    "webhook",
    "event",
    "metric",
    "alert",
    "audit",
    "document",
    "folder",
    "tag",
    "category",
    "product",
    "variant",
    "order",
    "shipment",
    "address",
    "region",
    "tax",
    "currency",
    "notification",
    "session",
    "device",
]
FIELDS = {
    "title": "text",
    "status": "text",
    "total": "integer",
    "due_on": "date",
    "notes": "text",
    "email": "text",
    "phone": "text",
    "quantity": "integer",
    "rating": "integer",
    "location": "text",
    "starts_at": "timestamptz",
    "ends_at": "timestamptz",
    "archived": "boolean",
    "color": "text",
}


def make(root: Path, files: int = 1_000, seed: int = 7) -> list[Path]:
    """Write the project and commit it; gives back the source files."""
    chance = random.Random(seed)
    entities = [
        Entity(noun, tuple(sorted(chance.sample(sorted(FIELDS), chance.randint(3, 7)))), FIELDS, chance)
        for noun in NOUNS
    ]
    written: list[Path] = []
    for name, text in _SUPPORT.items():
        _write(root / name, text)
    plan: list[tuple[str, Callable[[Entity], str], Entity]] = [
        (path, template, entity) for entity in entities for path, template in TEMPLATES
    ]
    chance.shuffle(plan)
    round_number = 0
    while len(written) < files:
        path, template, entity = plan[len(written) % len(plan)]
        round_number = len(written) // len(plan)
        name = path.format(noun=entity.noun, Noun=entity.noun.title(), n=1000 + NOUNS.index(entity.noun))
        file = root / (name if round_number == 0 else name.replace("/", f"/v{round_number}/", 1))
        _write(file, template(entity))
        written.append(file)
    _commit(root)
    return written


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _commit(root: Path) -> None:
    for argv in (
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        ["-c", "user.name=Ann", "-c", "user.email=ann@example.org", "commit", "-q", "-m", "first"],
    ):
        subprocess.run(["git", *argv], cwd=root, check=True)


_SUPPORT = {
    "package.json": (
        '{"name": "bench", "private": true, "type": "module", "dependencies": {'
        '"@supabase/supabase-js": "^2.57.0", "express": "^4.21.0", "next": "15.4.0", "react": "^19.0.0", '
        '"react-dom": "^19.0.0", "stripe": "^18.0.0", "zod": "^3.23.0", "vite": "^6.0.0"}}\n'
    ),
    "tsconfig.json": '{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["./src/*"]}, "jsx": "react-jsx"}}\n',
    "index.html": '<html lang="en"><body><script type="module" src="/src/main.tsx"></script></body></html>\n',
    "src/main.tsx": 'import "./pages/InvoicePage";\nimport "./pages/JobPage";\nimport "./pages/QuotePage";\n',
    "service/requirements.txt": "fastapi==0.115.0\nsqlalchemy==2.0.35\nhttpx==0.27.2\n",
    ".gitignore": "node_modules\ndist\n.env\n",
    ".env.example": "VITE_SUPABASE_URL=\nVITE_SUPABASE_PUBLISHABLE_KEY=\nSTRIPE_SECRET_KEY=\n",
}
