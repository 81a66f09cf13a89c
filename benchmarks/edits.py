"""Random edits of a project, as a founder, an agent and git make them."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

GAPS = {
    "src/lib/admin{n}.ts": (
        'import {{ createClient }} from "@supabase/supabase-js";\n'
        "export const admin{n} = createClient(import.meta.env.VITE_SUPABASE_URL, "
        "import.meta.env.VITE_SUPABASE_SERVICE_ROLE_KEY);\n"
    ),
    "supabase/migrations/2027{n:04d}000000_open.sql": (
        "create table public.open{n} (id uuid primary key, user_id uuid);\n"
        "grant all on public.open{n} to anon;\n"
    ),
    "app/api/wipe{n}/route.ts": (
        'import {{ db }} from "@/lib/server";\n'
        "export async function POST(request: Request) {{\n"
        "  const {{ id }} = await request.json();\n"
        "  await db.query(`delete from jobs where id = '${{id}}'`);\n"
        "  return Response.json({{ ok: true }});\n}}\n"
    ),
    "service/clients/slow{n}.py": (
        "import requests\n\n\ndef fetch{n}(url: str) -> str:\n    return requests.get(url).text\n"
    ),
    "src/components/Bare{n}.tsx": (
        "export const Bare{n} = () => <div onClick={{() => alert({n})}}><img src='/a.png' /></div>;\n"
    ),
}


class Editor:
    """Edits below `root`, the same for the same seed."""

    def __init__(self, root: Path, seed: int) -> None:
        self._root = root
        self._chance = random.Random(seed)
        self._number = 0
        self._before: dict[Path, bytes] = {}

    def edit(self) -> str:
        """One edit; gives back what it was."""
        moves: list[Callable[[], str]] = [
            self._create,
            self._create,
            self._change,
            self._change,
            self._rename,
            self._delete,
            self._revert,
            self._switch_branch,
        ]
        weights = [5, 5, 6, 6, 3, 3, 3, 1]
        return self._chance.choices(moves, weights)[0]()

    def _files(self) -> list[Path]:
        return sorted(
            path
            for path in self._root.rglob("*")
            if path.is_file() and ".git" not in path.parts and path.suffix in (".ts", ".tsx", ".py", ".sql")
        )

    def _create(self) -> str:
        self._number += 1
        name, text = self._chance.choice(sorted(GAPS.items()))
        file = self._root / name.format(n=self._number)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.format(n=self._number))
        return f"create {file.name}"

    def _change(self) -> str:
        file = self._chance.choice(self._files())
        self._before[file] = file.read_bytes()
        lines = file.read_text().splitlines(keepends=True)
        comment = (
            "-- note\n" if file.suffix == ".sql" else "# note\n" if file.suffix == ".py" else "// note\n"
        )
        place = self._chance.randrange(len(lines) + 1)
        if lines and self._chance.random() < 0.5:
            del lines[self._chance.randrange(len(lines))]
        else:
            lines.insert(place, comment)
        file.write_text("".join(lines))
        return f"change {file.name}"

    def _rename(self) -> str:
        file = self._chance.choice(self._files())
        self._number += 1
        file.rename(file.with_name(f"moved{self._number}_{file.name}"))
        return f"rename {file.name}"

    def _delete(self) -> str:
        file = self._chance.choice(self._files())
        file.unlink()
        return f"delete {file.name}"

    def _revert(self) -> str:
        kept = [file for file in self._before if file.exists()]
        if not kept:
            return self._change()
        file = self._chance.choice(sorted(kept))
        file.write_bytes(self._before.pop(file))
        return f"revert {file.name}"

    def _switch_branch(self) -> str:
        self._number += 1
        self._git("add", "-A")
        self._git("commit", "-q", "--allow-empty", "-m", f"work {self._number}")
        back = self._git("rev-list", "--max-count=8", "HEAD").split()
        self._git("switch", "-q", "-c", f"branch{self._number}", self._chance.choice(back))
        return "switch branch"

    def _git(self, *argv: str) -> str:
        git = shutil.which("git") or "git"
        return subprocess.run(
            [git, "-c", "user.name=Ann", "-c", "user.email=ann@example.org", *argv],
            cwd=self._root,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
