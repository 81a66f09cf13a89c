"""Very long functions are read statement by statement, with the same result at the same lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from lastmile_desktop.core.cancel import Cancel
from lastmile_desktop.engines.engine import EngineRequest
from lastmile_desktop.engines.semgrep import SemgrepEngine
from lastmile_desktop.engines.semgrep_split import split
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.code.parse import outline
from lastmile_desktop.project.view import ProjectView
from lastmile_desktop.resources import rules_dir

HEAD = 'import express from "express";\n\nexport function registerRoutes(app: express.Express) {\n'
ROUTE = """  app.get("/{n}", async (req, res) => {{
    const rows = await pool.query(`select * from t where id = '${{req.query.id}}'`);
{filler}    res.json(rows);
  }});
"""
SAFE = """  app.post("/{n}", async (req, res) => {{
    const rows = await pool.query("select * from t where id = $1", [req.body.id]);
{filler}    res.json(rows);
  }});
"""


def long_file(routes: int) -> str:
    filler = "    log(rows.length);\n" * 30
    body = "".join((ROUTE if n % 5 == 0 else SAFE).format(n=n, filler=filler) for n in range(routes))
    return f"{HEAD}{body}}}\n\nexport function last(req, res) {{\n  res.redirect(req.query.next);\n}}\n"


@dataclass
class Project:
    root: Path
    path: str
    current: str
    tree: Any = field(default_factory=lambda: type("Tree", (), {"files": {}})())

    @property
    def outlines(self) -> dict[str, Outline]:
        return {self.path: outline(self.path, self.current)}

    def text(self, path: str) -> str | None:
        return self.current if path == self.path else None

    def write(self, text: str) -> None:
        self.current = text
        (self.root / self.path).write_text(text, encoding="utf-8")


def lines(engine: SemgrepEngine, project: Project) -> list[int]:
    view = cast(ProjectView, project)
    result = engine.run(EngineRequest(project.root, (project.path,), False, view, Cancel()))
    assert result.info.health.ok and not result.unread
    return [finding.evidence[0].line_start for finding in result.findings[project.path]]


def faults(text: str) -> list[int]:
    return [
        number
        for number, line in enumerate(text.split("\n"), 1)
        if "${req.query.id}" in line or "res.redirect(req.query" in line
    ]


def test_short_files_are_left_whole() -> None:
    text = long_file(3)
    assert split(text, outline("a.ts", text)) == ()
    assert split(text, None) == ()


def test_every_line_is_read_once_and_at_its_place() -> None:
    text = long_file(40)
    pieces = split(text, outline("a.ts", text))
    original = text.split("\n")
    assert len(pieces) == 41
    seen: dict[int, str] = {}
    for piece in pieces:
        for number, line in enumerate(piece.text.split("\n"), 1):
            place = piece.line(number)
            if place is not None and line.strip() and not (piece.head and line == "}"):
                assert place not in seen and original[place - 1] == line
                seen[place] = line
    assert sorted(seen) == [number for number, line in enumerate(original, 1) if line.strip()]


def test_findings_are_where_the_file_has_them_and_edits_cost_one_piece(tmp_path: Path) -> None:
    project = Project(tmp_path, "routes.ts", "")
    project.write(long_file(40))
    engine = SemgrepEngine(rules_dir(), tmp_path / "cache")
    assert lines(engine, project) == faults(project.current)
    project.write(project.current.replace("import express", "// a new line\nimport express", 1))
    assert lines(engine, project) == faults(project.current)
    fixed = project.current.replace("where id = '${req.query.id}'`);", "where id = $1`, [req.query.id]);", 1)
    project.write(fixed)
    assert lines(engine, project) == faults(project.current)
    assert len(faults(project.current)) == 8


def test_code_that_cannot_be_taken_apart_is_left_whole() -> None:
    one_line = "export function f(req) { " + "g(req.body.x); " * 3000 + "}\n" + "\n" * 700
    assert split(one_line, outline("a.ts", one_line)) == ()
    broken = long_file(40).replace("res.json(rows);", "res.json(rows", 1)
    for piece in split(broken, outline("a.ts", broken)):
        assert piece.text
