"""secrets.committed: passwords or keys are saved in the code or its history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import PurePosixPath

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, absent, at, derived
from lastmile_desktop.core.finding import Detection, Looked, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.ignore import IgnoreRules
from lastmile_desktop.project.path_kinds import PathKind, is_example_env, path_kind
from lastmile_desktop.project.secret_leaks import Kept, Leak, kept_by_git, leaks_in, rule_of
from lastmile_desktop.project.secret_sightings import (
    NAMED,
    PASSWORD,
    Sighting,
    is_searched,
    kind_of,
    sightings_of,
)
from lastmile_desktop.project.tree import Unreadable
from lastmile_desktop.project.view import ProjectView

CHECK = "secrets.committed"
_MOST_PLACES = 6
_HASHES = "a password hash"


def detect(view: ProjectView) -> Detection:
    searched = [entry for entry in view.tree if is_searched(entry.path)]
    leaks = [leak for entry in searched if entry.unreadable is None for leak in leaks_in(view, entry.path)]
    findings = tuple(_findings(view, leaks))
    ignoring = _ignoring_env(view)
    loose = any(finding.rule.endswith(("/no-gitignore", "/env-tracked")) for finding in findings)
    if view.git.available and not loose and ignoring is None and not _holds_only_public(view):
        findings += tuple(_unignored(view))
    return Detection(
        findings=findings,
        passes=tuple(_passes(view, ignoring)),
        unknowns=tuple(_unknowns(view)),
        looked=(Looked("files", sum(entry.unreadable is None for entry in searched), len(searched)),),
    )


def refine(view: ProjectView, findings: tuple[RawFinding, ...]) -> tuple[RawFinding, ...]:
    """Keeps what kingfisher adds to the shapes known here: keys in files that git has, that are neither tests nor
    notes, and what only the history holds."""
    in_files = tuple(_in_files(view, findings))
    standing = {_tag(finding) for finding in in_files}
    past = (finding for finding in findings if _is_past(finding) and _tag(finding) not in standing)
    return (*in_files, *past)


def _is_past(finding: RawFinding) -> bool:
    return finding.rule.endswith("/in-history")


def _tag(finding: RawFinding) -> str:
    """The keyed digest of the value, by which the engine lets the same key be known in two places."""
    return finding.symbol.rpartition(":")[2]


def _in_files(view: ProjectView, findings: Iterable[RawFinding]) -> Iterator[RawFinding]:
    for finding in findings:
        place = finding.evidence[0]
        kind = kind_of(place.path)
        if _is_past(finding) or kind in (PathKind.TEST, PathKind.SEED, PathKind.DOC, PathKind.EXAMPLE):
            continue
        if kept_by_git(view, place.path) is Kept.IGNORED or _is_explained(view, place):
            continue
        yield replace(finding, rule=f"{CHECK}/{rule_of(place.path, kind, view.text(place.path) or '')}")


def _is_explained(view: ProjectView, place: Evidence) -> bool:
    """Whether a known shape stands at this very place, public ones included."""
    return any(
        item.line == place.line_start
        and item.column <= place.column + 1 <= item.column + (item.end - item.start) + 1
        for item in sightings_of(view, place.path)
    )


def _findings(view: ProjectView, leaks: list[Leak]) -> Iterator[RawFinding]:
    """One finding a value and file; a password that is only known by its name is one finding in all its files."""
    groups: dict[tuple[str, str], list[Leak]] = {}
    for leak in leaks:
        value = (view.text(leak.path) or "")[leak.sighting.start : leak.sighting.end]
        if leak.sighting.name == _HASHES:
            # Accounts that are written down are one habit, whoever they belong to.
            value = _HASHES
        everywhere = leak.sighting.shape in (PASSWORD, NAMED) and leak.rule != "fallback-literal"
        groups.setdefault(("" if everywhere else leak.path, value), []).append(leak)
    paths_of: dict[str, set[str]] = {}
    for (_, value), group in groups.items():
        paths_of.setdefault(value, set()).update(leak.path for leak in group)
    for (_, value), group in groups.items():
        yield _finding(sorted(group, key=_best_first), len(paths_of[value]))


def _best_first(leak: Leak) -> tuple[float, bool, str, int]:
    return (-leak.confidence, path_kind(leak.path) is PathKind.TEST, leak.path, leak.sighting.line)


def _finding(group: list[Leak], files: int) -> RawFinding:
    first = group[0]
    loose_settings = first.rule == "env-tracked" and first.kept is Kept.LOOSE
    return RawFinding(
        rule=f"{CHECK}/{'no-gitignore' if loose_settings else first.rule}",
        message=_message(first, files),
        evidence=tuple(_evidence(leak) for leak in group[:_MOST_PLACES]),
        symbol=f"{first.sighting.shape.id}:{first.sighting.name}",
        severity=Severity.HIGH if loose_settings else first.severity,
        confidence=max(leak.confidence for leak in group),
    )


def _evidence(leak: Leak) -> Evidence:
    item = leak.sighting
    note = f"begins with {item.head}…" if item.head else ""
    return at(leak.path, item.line, column=item.column, note=note)


def _message(leak: Leak, files: int) -> str:
    what, path = _what(leak.sighting), leak.path
    also = f" The same value is in {files - 1} more file{'s' if files > 2 else ''}." if files > 1 else ""
    if leak.sighting.name == _HASHES and files > 1:
        also = f" So it is in {files - 1} more file{'s' if files > 2 else ''}."
    if leak.rule == "fallback-literal":
        name = leak.sighting.name or "the setting"
        what = f"When {name} is not set, the app quietly uses a value from {path}"
        return f"{what} that anyone with the code can read.{also}"
    if leak.rule == "env-tracked":
        held = {
            Kept.LOOSE: "which nothing keeps out of git: the next commit would take it",
            Kept.NO_GIT: "and nothing would keep that file out of git once you use it",
        }.get(leak.kept, "and git keeps a copy of that file")
        return f"{what} is in {path}, {held}.{also}"
    place = {
        "agent-config": f"in {path}, which your AI tool reads and the repository shares",
        "ci-inline": f"in the workflow {path} instead of the secret store of your CI",
        "sql-inline": f"in {path}, where everyone who can read the SQL has it",
        "notebook-log-dump": f"in {path}, a file that recorded it on the way",
    }.get(leak.rule, f"in {path}")
    return f"{what} is written {place}.{also}"


def _what(item: Sighting) -> str:
    if item.name.startswith(("a password", "the password", "a secret", "the login")):
        return item.name[:1].upper() + item.name[1:]
    if item.shape is PASSWORD:
        return f"The value of {item.name}" if item.place and item.name != "password" else "A password"
    if item.shape is NAMED:
        return f"The value of {item.name}"
    label = item.shape.label
    return f"{'An' if label[:1].lower() in 'aeio' or label[:3] == 'npm' else 'A'} {label}"


def _ignoring_env(view: ProjectView) -> Evidence | None:
    """The line of a `.gitignore` that keeps `.env` out, when it does so everywhere a `.env` belongs."""
    rule_files = tuple(sorted(entry.path for entry in view.tree.readable() if entry.name == ".gitignore"))
    folders = {
        str(PurePosixPath(path).parent) for path in view.tree.files if is_example_env(path) or _is_env(path)
    }
    # Next.js keeps what is private in .env.local and expects .env to be shared.
    name = ".env.local" if view.facts.has("fw.next") else ".env"
    wanted = tuple(sorted(name if folder == "." else f"{folder}/{name}" for folder in folders or {"."}))
    key = (wanted, tuple(view.tree.files[path].digest for path in rule_files), rule_files)
    return view.whole("env-ignored", key, lambda: _covering_line(view, rule_files, wanted))


def _covering_line(
    view: ProjectView, rule_files: tuple[str, ...], wanted: tuple[str, ...]
) -> Evidence | None:
    rules, where = IgnoreRules(), None
    for path in rule_files:
        text = git_reads(view, path)
        folder = str(PurePosixPath(path).parent)
        rules = rules.below("" if folder == "." else folder, text)
        where = where or _ignore_line(path, text)
    return where if all(rules.ignores(path, is_folder=False) for path in wanted) else None


def _ignore_line(path: str, text: str) -> Evidence | None:
    for number, line in enumerate(text.split("\n"), start=1):
        rules = IgnoreRules().below("", line)
        if "env" in line and (
            rules.ignores(".env", is_folder=False) or rules.ignores(".env.local", is_folder=False)
        ):
            return at(path, number, note="keeps .env out of git")
    return None


def git_reads(view: ProjectView, path: str) -> str:
    """The text as git reads it: a UTF-16 file says nothing to git, though an editor shows it well."""
    text = view.text(path) or ""
    return "" if view.tree.files[path].size >= 2 * len(text) > 0 and text.isascii() else text


@lru_cache(maxsize=65_536)
def _is_env(path: str) -> bool:
    return path_kind(path) is PathKind.ENV and PurePosixPath(path).name.startswith(".env")


def _holds_only_public(view: ProjectView) -> bool:
    """Whether a `.env` is committed on purpose: git tracks one, and nothing in it is private."""
    tracked = [path for path in view.tree.files if _is_env(path) and kept_by_git(view, path) is Kept.TRACKED]
    return bool(tracked) and not any(leaks_in(view, path) for path in tracked)


def _unignored(view: ProjectView) -> Iterator[RawFinding]:
    """Nothing keeps a future `.env` out, in a project that reads settings."""
    if not any(is_example_env(path) or _is_env(path) for path in view.tree.files) and not view.env.reads:
        return
    path = ".gitignore"
    there = path in view.tree
    encoded = there and not git_reads(view, path) and bool(view.text(path))
    message = (
        "Your .gitignore is saved as UTF-16, which git cannot read: it ignores nothing."
        if encoded
        else "Nothing in .gitignore keeps a .env file with real keys out of git."
    )
    place = at(path, 1) if there else absent("no .gitignore that names .env", path)
    yield RawFinding(
        rule=f"{CHECK}/no-gitignore",
        message=message,
        evidence=(place,),
        severity=Severity.HIGH if encoded else None,
    )


def _passes(view: ProjectView, ignoring: Evidence | None) -> Iterator[PassEvidence]:
    if not view.git.available:
        return
    if ignoring is not None:
        yield PassEvidence(ignoring)
    elif _holds_only_public(view):
        for path in view.tree.files:
            if _is_env(path) and kept_by_git(view, path) is Kept.TRACKED:
                yield PassEvidence(derived("holds only values that a browser may have", path))
    elif not view.env.reads:
        yield PassEvidence(derived("The project reads no settings, so there is no .env to keep out."))


def _unknowns(view: ProjectView) -> Iterator[Unknown]:
    if not view.git.available:
        yield Unknown(
            view.git.reason or "This folder is not a git repository, so its history could not be searched."
        )
    elif view.git.tracked is None:
        yield Unknown("Git did not say which files it keeps.")
    for entry in view.tree:
        if entry.unreadable in (Unreadable.TOO_LARGE, Unreadable.PERMISSION) and is_searched(entry.path):
            yield Unknown(f"{entry.path}: {entry.unreadable}", entry.path)
