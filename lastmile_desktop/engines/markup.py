"""oxlint's accessibility rules on JSX, with a configuration of ours.

The project's own oxlint and ESLint settings are never read. A file that silences its linter in a comment is
read as a copy without that comment.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from lastmile_desktop.core.check import EngineName
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import RawFinding
from lastmile_desktop.core.health import OK, Condition, EngineInfo, EngineResult, Health
from lastmile_desktop.engines.engine import EngineRequest
from lastmile_desktop.engines.process import ChildMissing, ChildResult, find_tool, run_child
from lastmile_desktop.engines.tool_version import version_of
from lastmile_desktop.project.path_kinds import is_tools_own
from lastmile_desktop.project.view import ProjectView
from lastmile_desktop.resources import resources_dir

CHECK = "frontend.a11y-static"
_MOUSE_ONLY = "This reacts to the mouse only; with a keyboard nobody can reach it."
RULES: Mapping[str, tuple[str, str]] = {
    "anchor-has-content": ("icon-button-no-name", "This link has no words, so nobody hears where it leads."),
    "anchor-is-valid": (
        "click-on-div",
        "This link leads nowhere, so a keyboard or a screen reader finds no use in it.",
    ),
    "click-events-have-key-events": ("click-on-div", _MOUSE_ONLY),
    "control-has-associated-label": (
        "icon-button-no-name",
        "This control has no name that a screen reader could say.",
    ),
    "heading-has-content": ("aria-misuse", "This heading is empty, but screen readers announce it."),
    "img-redundant-alt": ("img-no-alt", "The text of this picture only says that it is a picture."),
    "interactive-supports-focus": (
        "click-on-div",
        "This acts as a control, but the keyboard cannot reach it.",
    ),
    "label-has-associated-control": (
        "input-no-label",
        "This label belongs to no field, so it names nothing.",
    ),
    "media-has-caption": ("aria-misuse", "This film or sound has no captions for people who cannot hear it."),
    "mouse-events-have-key-events": (
        "click-on-div",
        "This reacts to a hovering mouse, but not to the keyboard.",
    ),
    "no-access-key": ("aria-misuse", "This shortcut collides with those of screen readers."),
    "no-autofocus": (
        "aria-misuse",
        "The keyboard jumps here by itself, past everything that stands before it.",
    ),
    "no-interactive-element-to-noninteractive-role": (
        "aria-misuse",
        "This control is announced as something that cannot be used.",
    ),
    "no-noninteractive-element-interactions": ("click-on-div", _MOUSE_ONLY),
    "no-noninteractive-element-to-interactive-role": (
        "aria-misuse",
        "This is announced as a control, but its element is none.",
    ),
    "no-noninteractive-tabindex": ("aria-misuse", "The keyboard stops here, and there is nothing to do."),
    "no-redundant-roles": ("aria-misuse", "This role says again what the element already is."),
    "no-static-element-interactions": ("click-on-div", _MOUSE_ONLY),
    "alt-text": ("img-no-alt", "This picture says nothing to a screen reader."),
    "aria-activedescendant-has-tabindex": (
        "aria-misuse",
        "This element cannot be reached with the keyboard.",
    ),
    "aria-props": ("aria-misuse", "This aria attribute does not exist, so it does nothing."),
    "aria-proptypes": ("aria-misuse", "This aria attribute has a value that means nothing."),
    "aria-role": ("aria-misuse", "This role does not exist, so screen readers ignore it."),
    "aria-unsupported-elements": ("aria-misuse", "This element takes no role or aria attribute."),
    "autocomplete-valid": ("aria-misuse", "This autocomplete value means nothing to browsers."),
    "html-has-lang": ("html-no-lang", "This page does not say which language it is in."),
    "iframe-has-title": ("aria-misuse", "This embedded page has no title for screen readers."),
    "lang": ("html-no-lang", "This page does not say which language it is in."),
    "no-aria-hidden-on-focusable": (
        "aria-misuse",
        "This can be reached with the keyboard but is never announced.",
    ),
    "no-distracting-elements": ("motion", "This element moves and cannot be stopped."),
    "role-has-required-aria-props": ("aria-misuse", "This role lacks a state that screen readers need."),
    "role-supports-aria-props": ("aria-misuse", "This aria attribute does not go with the element's role."),
    "scope": ("aria-misuse", "The scope attribute only means something on a table header."),
    "tabindex-no-positive": ("aria-misuse", "A positive tabIndex makes the keyboard jump around the page."),
}
"""oxlint's rule → ours, and what it means for the person in front of it."""

_READS = (".tsx", ".jsx", ".js")
_CODE = re.compile(r"^jsx-a11y\(([\w-]+)\)$")
_SILENCED = re.compile(r"\b(?:eslint|oxlint)-disable(?:-next-line|-line)?\b")
_BATCH = 300
_TIMEOUT_S = 60.0
_MEMORY_MB = 2048


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One entry of oxlint's report. `rule` is "" for a file that it could not parse."""

    file: str
    rule: str
    line: int
    column: int
    message: str


class MarkupEngine:
    """See the module. Starts oxlint anew for each run: it needs milliseconds."""

    name = EngineName.MARKUP
    whole_project = False

    def reads(self, path: str) -> bool:
        return path.endswith(_READS) and not is_tools_own(path)

    def stamp(self, view: ProjectView) -> str:
        return f"{self._version[0]}:{self._config_digest}"

    def info(self) -> EngineInfo:
        version, health = self._version
        return EngineInfo(self.name, version, health)

    def run(self, request: EngineRequest) -> EngineResult:
        read: dict[str, tuple[RawFinding, ...]] = {}
        unread: dict[str, str] = {}
        wanted = [path for path in request.files if _has_markup(request.view, path)]
        read.update((path, ()) for path in request.files if path not in set(wanted))
        info = self.info()
        for start in range(0, len(wanted), _BATCH):
            if not info.health.ok or request.cancel:
                break
            health = self._batch(request, wanted[start : start + _BATCH], read, unread)
            info = EngineInfo(info.name, info.version, health)
        return EngineResult(info, read, unread)

    def close(self) -> None:
        """Nothing is kept running."""

    @cached_property
    def _config(self) -> Path:
        return resources_dir() / "oxlint.json"

    @cached_property
    def _config_digest(self) -> str:
        return hashlib.sha256(self._config.read_bytes()).hexdigest()[:16]

    @cached_property
    def _program(self) -> Path | None:
        return find_tool("oxlint")

    @cached_property
    def _version(self) -> tuple[str, Health]:
        return version_of("oxlint", self._program, "Version:")

    def _batch(
        self,
        request: EngineRequest,
        batch: Sequence[str],
        read: dict[str, tuple[RawFinding, ...]],
        unread: dict[str, str],
    ) -> Health:
        try:
            with tempfile.TemporaryDirectory(prefix="lastmile-oxlint-") as folder:
                copies = _copies(request.view, batch, Path(folder))
                result = self._call(request, [copies.get(path, path) for path in batch])
        except ChildMissing as problem:
            return Health(Condition.MISSING, f"{problem.happened} {problem.remedy}")
        except OSError as problem:
            return Health(
                Condition.FAILED, f"oxlint's working copies could not be written: {problem.strerror}."
            )
        if not result.ok:
            return Health(Condition.FAILED, f"oxlint {result.why}.")
        report = parse_report(result.stdout)
        if report is None:
            return Health(Condition.FAILED, "oxlint gave an answer that could not be read.")
        originals = {copy: path for path, copy in copies.items()}
        _sort(batch, [(originals.get(item.file, item.file), item) for item in report], read, unread)
        return OK

    def _call(self, request: EngineRequest, files: Sequence[str]) -> ChildResult:
        options = ["--disable-nested-config", "--no-ignore", "--no-error-on-unmatched-pattern"]
        return run_child(
            [
                self._program or "oxlint",
                "--config",
                self._config,
                *options,
                "--format",
                "json",
                "--",
                *files,
            ],
            cwd=request.root,
            timeout_s=_TIMEOUT_S,
            memory_mb=_MEMORY_MB,
            cancel=request.cancel,
            ok_codes=frozenset({0, 1}),
        )


def parse_report(output: bytes) -> tuple[Diagnostic, ...] | None:
    """oxlint's JSON report; None when it is not one."""
    try:
        data: Any = json.loads(output)
    except (ValueError, RecursionError):
        return None
    rows = cast(dict[str, Any], data).get("diagnostics") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        return None
    return tuple(
        _diagnostic(cast(dict[str, Any], row)) for row in cast(list[Any], rows) if isinstance(row, dict)
    )


def _diagnostic(row: Mapping[str, Any]) -> Diagnostic:
    labels = cast(list[Any], row.get("labels") or [])
    span: Mapping[str, Any] = {}
    if labels and isinstance(labels[0], dict):
        span = cast(dict[str, Any], labels[0]).get("span") or {}
    rule = _CODE.match(str(row.get("code", "")))
    line, column = span.get("line", 0), span.get("column", 0)
    return Diagnostic(
        file=str(row.get("filename", "")),
        rule=rule[1] if rule else "",
        line=line if isinstance(line, int) else 0,
        column=column if isinstance(column, int) else 0,
        message=str(row.get("message", ""))[:200],
    )


def _has_markup(view: ProjectView, path: str) -> bool:
    """Plain scripts are many, and there is nothing for this tool in them."""
    return not path.endswith(".js") or "/>" in (text := view.text(path) or "") or "</" in text


def _copies(view: ProjectView, batch: Sequence[str], folder: Path) -> dict[str, str]:
    """Path → copy, for files that tell a linter to be silent. Lines and columns stay what they were."""
    made: dict[str, str] = {}
    for number, path in enumerate(batch):
        text = view.text(path)
        if text is None or not _SILENCED.search(text):
            continue
        copy = folder / f"{number}{Path(path).suffix}"
        heard = _SILENCED.sub(lambda match: "-" * len(match[0]), text)
        copy.write_text(heard, encoding="utf-8", errors="replace", newline="")
        made[path] = str(copy)
    return made


def _sort(
    batch: Sequence[str],
    report: Sequence[tuple[str, Diagnostic]],
    read: dict[str, tuple[RawFinding, ...]],
    unread: dict[str, str],
) -> None:
    by_file: dict[str, list[Diagnostic]] = {path: [] for path in batch}
    for path, item in report:
        by_file.setdefault(path.replace("\\", "/"), []).append(item)
    for path in batch:
        broken = next((item for item in by_file[path] if not item.rule), None)
        if broken is not None:
            unread[path] = f"line {broken.line} is not valid JSX ({broken.message})"
        else:
            read[path] = _findings(path, by_file[path])


def _findings(path: str, items: Sequence[Diagnostic]) -> tuple[RawFinding, ...]:
    """One finding a rule and place."""
    found: dict[tuple[str, int, int], RawFinding] = {}
    for item in items:
        if item.rule in RULES:
            rule, message = RULES[item.rule]
            place = at(path, item.line, column=item.column, note=item.message)
            found.setdefault(
                (item.rule, item.line, item.column),
                RawFinding(f"{CHECK}/{rule}", message, (place,), item.rule),
            )
    return tuple(found.values())
