"""A fixture of the catalogue: a small project with what the check must say of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from lastmile_desktop.core.conversation import Channel, Commitment, Conversation, Ladder
from lastmile_desktop.core.notebook import Feature, Notebook, Term
from lastmile_desktop.core.people import Person, PersonRole
from lastmile_desktop.core.portfolio import ProjectCard

RULES = Path(__file__).resolve().parents[2] / "rules"
DEFAULT_NOW = "2026-11-20T12:00:00+00:00"
GIT_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.org",
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.org",
}


@dataclass(frozen=True)
class Fixture:
    check_id: str
    folder: Path
    verdict: str
    findings: tuple[str, ...]
    pass_evidence: tuple[str, ...]
    trap: str
    target: str
    now: datetime
    answers: dict[str, str]
    attestation: dict[str, Any]
    substitute: dict[str, list[str]]
    git: dict[str, Any] | None = field(default=None)
    talks: tuple[Conversation, ...] = ()
    notebook: Notebook = field(default_factory=Notebook)
    portfolio: tuple[ProjectCard, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.check_id}/{self.folder.name}"


def all_fixtures() -> list[Fixture]:
    return [load(file) for file in sorted(RULES.glob("*/*/fixtures/*/expect.toml"))]


def load(file: Path) -> Fixture:
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    check = file.parents[2]
    unknown = set(data) - {
        "verdict", "findings", "pass_evidence", "trap", "target", "now", "answers", "attestation", "substitute", "git", "talks",
        "people", "features", "terms", "projects",
    }  # fmt: skip
    assert not unknown, f"{file}: unknown keys {sorted(unknown)}"
    return Fixture(
        check_id=f"{check.parent.name}.{check.name}",
        folder=file.parent,
        verdict=data["verdict"],
        findings=tuple(sorted(data["findings"])),
        pass_evidence=tuple(sorted(data.get("pass_evidence", []))),
        trap=data.get("trap", ""),
        target=data.get("target", "."),
        now=datetime.fromisoformat(data.get("now", DEFAULT_NOW)),
        answers=data.get("answers", {}),
        attestation=data.get("attestation", {}),
        substitute=data.get("substitute", {}),
        git=data.get("git"),
        talks=tuple(_talk(entry) for entry in data.get("talks", [])),
        notebook=Notebook(
            people=tuple(msgspec.convert(entry, Person) for entry in data.get("people", [])),
            features=tuple(msgspec.convert(entry, Feature) for entry in data.get("features", [])),
            terms=tuple(msgspec.convert(entry, Term) for entry in data.get("terms", [])),
        ),
        portfolio=tuple(msgspec.convert(entry, ProjectCard) for entry in data.get("projects", [])),
    )


def _talk(entry: dict[str, Any]) -> Conversation:
    return Conversation(
        person=entry.get("person", "Dana"),
        said=entry.get("said", "It takes two days."),
        when=datetime.fromisoformat(entry["when"]),
        role=PersonRole(entry.get("role", "unknown")),
        in_lane=entry.get("in_lane"),
        channel=Channel(entry.get("channel", "call")),
        minutes=entry.get("minutes"),
        tags=tuple(entry.get("tags", [])),
        person_id=entry.get("person_id", 0),
        tools=tuple(entry.get("tools", [])),
        features=tuple(entry.get("features", [])),
        pays_today=entry.get("pays_today", ""),
        follow_up=date.fromisoformat(entry["follow_up"]) if "follow_up" in entry else None,
        commitment=Commitment(Ladder(entry.get("level", "none")), entry.get("what", "")),
    )


def unpack(fixture: Fixture, root: Path) -> None:
    """Copy the project to `root`, put the fake secrets together, make it a repository if asked to."""
    shutil.copytree(fixture.folder, root, dirs_exist_ok=True, symlinks=True)
    (root / "expect.toml").unlink()
    for file in root.rglob("*"):
        if fixture.substitute and file.is_file() and not file.is_symlink():
            text = file.read_bytes()
            for token, parts in fixture.substitute.items():
                text = text.replace(token.encode(), "".join(parts).encode())
            file.write_bytes(text)
    if fixture.git is not None:
        _commit(root, fixture)


def _commit(root: Path, fixture: Fixture) -> None:
    assert fixture.git is not None
    commits = fixture.git.get("commits", [{"date": "2026-01-05T10:00:00+00:00"}])
    _git(root, commits[0]["date"], "init", "-q", "-b", fixture.git.get("branch", "main"))
    if "remote" in fixture.git:
        _git(root, commits[0]["date"], "remote", "add", "origin", str(fixture.git["remote"]))
    deleted: dict[str, str] = fixture.git.get("deleted", {})
    for path, content in deleted.items():
        for token, parts in fixture.substitute.items():
            content = content.replace(token, "".join(parts))
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    final = {path: (root / path).read_bytes() for path in fixture.git.get("earlier", {})}
    for path, content in fixture.git.get("earlier", {}).items():
        (root / path).write_text(content)
    kept_out = [f":!{path}" for path in fixture.git.get("untracked", [])]
    _git(root, commits[0]["date"], "add", "-f", "--", ".", *kept_out)
    _save(root, commits[0])
    if deleted:
        _git(root, commits[0]["date"], "rm", "-q", "-f", "--", *deleted)
        _save(root, commits[0] | {"message": "remove"})
    for path, content in final.items():
        (root / path).write_bytes(content)
        _git(root, commits[0]["date"], "add", "-f", "--", path)
    for commit in commits[1:]:
        for path, content in commit.get("files", {}).items():
            (root / path).write_text(content)
            _git(root, commit["date"], "add", "-f", "--", path)
        for old, new in commit.get("moved", {}).items():
            (root / new).parent.mkdir(parents=True, exist_ok=True)
            _git(root, commit["date"], "mv", old, new)
        _save(root, commit)


def _save(root: Path, commit: dict[str, Any]) -> None:
    author = ["--author", commit["author"]] if "author" in commit else []
    _git(root, commit["date"], "commit", "-q", "--allow-empty", "-m", commit.get("message", "work"), *author)


def _git(root: Path, date: str, *argv: str) -> None:
    subprocess.run(
        ["git", *argv],
        cwd=root,
        check=True,
        env=os.environ | GIT_ENVIRONMENT | {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date},
    )
