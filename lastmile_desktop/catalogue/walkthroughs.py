"""Reads `walkthrough.md` and `walkthrough.<tool>.md` beside a check."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from lastmile_desktop.catalogue.load import Catalogue
from lastmile_desktop.core.errors import CatalogueError
from lastmile_desktop.core.walkthrough import Step, StepKind, Walkthrough

_FRONT = re.compile(r"\A\+\+\+\n(.*?)\n\+\+\+\n(.*)\Z", re.DOTALL)
_STEP = re.compile(r"^## (?P<number>\d+)\. (?P<title>.+?) \[(?P<kind>[a-z-]+)\]$", re.MULTILINE)


class Walkthroughs:
    """Those of a catalogue, each read once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._read: dict[tuple[str, str], Walkthrough] = {}

    def of(self, check_id: str, tool: str = "") -> Walkthrough:
        """The guided fix of a check for this AI tool."""
        key = (check_id, tool)
        if key not in self._read:
            folder = self._catalogue.folder(self._catalogue.checks[check_id])
            self._read[key] = load(folder, check_id, tool)
        return self._read[key]

    def preload(self) -> None:
        """So that opening one never reads a file on the window's thread."""
        for check_id, check in self._catalogue.checks.items():
            for file in self._catalogue.folder(check).glob("walkthrough*.md"):
                self.of(check_id, file.stem.partition(".")[2])


def load(folder: Path, check_id: str, tool: str = "") -> Walkthrough:
    """The walkthrough for this AI tool, or the general one where the tool needs no other steps."""
    special = folder / f"walkthrough.{tool}.md"
    file = special if tool and special.is_file() else folder / "walkthrough.md"
    try:
        front, body = _split(file.read_text(encoding="utf-8"))
        head = tomllib.loads(front)
        return Walkthrough(
            check_id=check_id,
            tool=tool if file == special else "",
            minutes=int(head["minutes"]),
            leaves_behind=tuple(head.get("leaves_behind", [])),
            steps=_steps(body),
            prompt=str(head["prompt"]).strip(),
        )
    except (OSError, KeyError, ValueError) as problem:
        raise CatalogueError(
            "A walkthrough has a mistake", f"{file}: {problem}.", "Reinstall Last Mile, or mend the file."
        ) from problem


def _split(text: str) -> tuple[str, str]:
    match = _FRONT.match(text)
    if match is None:
        raise ValueError("no front matter between +++ lines")
    return match.group(1), match.group(2)


def _steps(body: str) -> tuple[Step, ...]:
    heads = list(_STEP.finditer(body))
    ends = [head.start() for head in heads[1:]] + [len(body)]
    steps = [
        _step(head["title"], StepKind(head["kind"]), body[head.end() : end].strip())
        for head, end in zip(heads, ends, strict=True)
    ]
    if not steps or steps[0].kind is not StepKind.EXPLAIN or steps[-1].kind is not StepKind.VERIFY:
        raise ValueError("a walkthrough starts with explain and ends with verify")
    return tuple(steps)


def _step(title: str, kind: StepKind, text: str) -> Step:
    body, _, undo = text.partition("\nUndo: ")
    if kind not in (StepKind.EXPLAIN, StepKind.VERIFY) and not undo.strip():
        raise ValueError(f"step {title!r} has no line 'Undo: …'")
    return Step(kind, title, body.strip(), undo.strip())
