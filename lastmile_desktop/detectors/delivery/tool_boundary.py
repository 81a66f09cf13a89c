"""delivery.tool-boundary: hand edits and the AI tool are fighting over the same files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, EvidenceKind, absent, at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.known import tool_profiles
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.usage.tool_edits import (
    Edit,
    active_builder,
    edits,
    overwritten,
    owned_by,
)
from lastmile_desktop.project.view import ProjectView

CHECK = "delivery.tool-boundary"
_RULES_FILES = (
    "AGENTS.md", "CLAUDE.md", ".cursorrules", "replit.md", ".bolt/prompt", "GEMINI.md", ".windsurfrules",
    ".github/copilot-instructions.md",
)  # fmt: skip
_CURSOR_RULES = re.compile(r"^\.(?:cursor|windsurf|clinerules|roo)/")
_GUARDRAIL = re.compile(
    r"(?i)\b(?:never|do not|don't|must not|must always|forbidden|not allowed|always)\b[^\n]{0,200}\b(?:rls"
    r"|row.level|polic(?:y|ies)|secret|service.role|auth|webhook|migration"
    r"|\.env|api key|credential|payment|stripe|production|main branch|generated)"
)
_FIX = re.compile(
    r"(?i)\b(?:fix|secur|auth|guard|rls|polic|verif|sanitiz|escape|rate.?limit|leak|vulnerab|protect"
    r"|validat|hotfix|patch)"
)
_VENDOR = re.compile(r"(?:^|/)components/ui/")
_REGENERATED = re.compile(r"(?:^|/)(?:types\.ts|routeTree\.gen\.ts)$|^\.replit$|^\.bolt/prompt$")
_NATIVE = frozenset(
    ("bcrypt", "argon2", "better-sqlite3", "sqlite3", "canvas", "node-sass", "node-gyp", "bufferutil",
    "utf-8-validate",
     "libpq", "pg-native", "robotjs", "serialport", "usb", "node-pty", "isolated-vm", "tensorflow",
     "@tensorflow/tfjs-node", "re2", "grpc", "couchbase", "ibm_db", "oracledb", "odbc")
)  # fmt: skip
_SOCKETS = frozenset(
    (
        "pg",
        "mysql",
        "mysql2",
        "mongodb",
        "mongoose",
        "ioredis",
        "redis",
        "nodemailer",
        "mssql",
        "tedious",
        "amqplib",
        "kafkajs",
    )
)
_REGISTRY = re.compile(
    r"(?m)^\s{0,5}(?:@[\w-]{1,60}:)?registry\s{0,3}=\s{0,3}https?://(?!registry\.(?:npmjs\.org"
    r"|yarnpkg\.com))([\w.-]{3,100})"
)
_WRAPPER = "@lovable.dev/vite-tanstack-config"
_WRAPPED = re.compile(r"\b(tanstackStart|viteReact|react|tailwindcss|tsConfigPaths|tsconfigPaths)\(")
_FEWEST_GENERATED = 5
_PUBLISHES = frozenset(("lovable", "bolt", "replit"))
_ATTEST = "State that what is merged was published: in this tool, merging does not make it live."


def detect(view: ProjectView) -> Detection:
    tools = _tools(view)
    builders = tuple(tool for tool in tools if tool in _generating())
    if not builders and len(tools) < 2:
        return Detection(not_applicable=NotApplicable("No AI tool writes to this repository by itself."))
    history = view.whole("tool-edits", (view.git.head, len(view.git.changes)), lambda: edits(view.git))
    active = active_builder(view.git)
    findings = (
        *_owned(view, history, active),
        *_taken_back(history),
        *_forbidden(view, history),
        *_dependencies(view, builders),
        *_fragile(view),
        *_branch(view, active),
        *_rules(view, tools),
        *_rewritten(view, history),
    )
    return Detection(
        findings=findings,
        passes=tuple(_passes(view, history)),
        unknowns=tuple(_unseen(view, history)),
        looked=(Looked("changes", len(view.git.changes), len(view.git.changes)),),
        needs_attestation=_ATTEST if any(tool in _PUBLISHES for tool in builders) else "",
    )


def _generating() -> frozenset[str]:
    return frozenset(profile.id for profile in tool_profiles() if profile.generates)


def _tools(view: ProjectView) -> tuple[str, ...]:
    """The tools whose marks are certain."""
    return tuple(
        profile.id
        for profile in tool_profiles()
        if any(fact.key == f"tool.{profile.id}" and fact.confidence >= 0.9 for fact in view.facts)
    )


def _patterns(view: ProjectView) -> tuple[str, ...]:
    return view.facts.values("tool.owned")


def _git_place(path: str, edit: Edit, note: str) -> Evidence:
    return Evidence(
        EvidenceKind.GIT, path, note=f"{edit.commit.sha[:8]} by {edit.commit.author_name}: {note}"[:200]
    )


def _owned(view: ProjectView, history: Mapping[str, tuple[Edit, ...]], active: str) -> Iterator[RawFinding]:
    """A tool that is still at work writes over what a person changed in its own files."""
    if not active:
        return
    profile = next(profile for profile in tool_profiles() if profile.id == active)
    for path, items in sorted(history.items()):
        if (
            path not in view.tree
            or not owned_by(path, profile.owned)
            or _VENDOR.search(path)
            or _REGENERATED.search(path)
        ):
            continue
        newest = items[0]
        if newest.tool or not newest.change.before:
            continue
        yield RawFinding(
            f"{CHECK}/owned-file-edited",
            f"{path} belongs to {profile.title}, and {newest.commit.author_name} changed it by hand: the "
            f"tool's next "
            f"edit takes that back without a word.",
            (at(path, 1), _git_place(path, newest, newest.commit.subject)),
            path,
        )


def _taken_back(history: Mapping[str, tuple[Edit, ...]]) -> Iterator[RawFinding]:
    for path, items in sorted(history.items()):
        pair = overwritten(items)
        if pair is None:
            continue
        human, tool = pair
        fix = bool(_FIX.search(human.commit.subject))
        yield RawFinding(
            f"{CHECK}/{'fix-reverted' if fix else 'stale-overwrite'}",
            f'"{human.commit.subject[:80]}" by {human.commit.author_name} in {path} was taken back by '
            f"{tool.commit.author_name} on {tool.commit.when.date().isoformat()}.",
            (_git_place(path, tool, tool.commit.subject), _git_place(path, human, human.commit.subject)),
            f"{path}:{human.change.sha[:12]}",
        )


def _forbidden(view: ProjectView, history: Mapping[str, tuple[Edit, ...]]) -> Iterator[RawFinding]:
    """Files that the founder's own policy keeps from tools."""
    patterns = view.policy.ai_must_not_edit
    for path, items in sorted(history.items()) if patterns else ():
        edit = next((item for item in items if item.tool), None)
        if edit is not None and owned_by(path, patterns) and path in view.tree:
            yield RawFinding(
                f"{CHECK}/policy-ai-edit",
                f"Your policy keeps tools from {path}, and {edit.commit.author_name} changed it on "
                f"{edit.commit.when.date().isoformat()}.",
                (at(path, 1), _git_place(path, edit, edit.commit.subject)),
                path,
            )


def _dependencies(view: ProjectView, builders: tuple[str, ...]) -> Iterator[RawFinding]:
    current = view.facts.value("tool.current")
    if current not in ("bolt", "lovable") or current not in builders:
        return
    where = "Bolt's browser workspace" if current == "bolt" else "Lovable's build"
    sockets = _SOCKETS if current == "bolt" or view.facts.has("fw.tanstack_start") else frozenset[str]()
    for package in view.packages:
        ours = package.path == "." or view.facts.has(f"tool.{current}", None, package.path)
        if not package.manifest.endswith("package.json") or not ours:
            continue
        text = view.text(package.manifest) or ""
        for name in sorted(package.dependencies):
            if name not in _NATIVE and name not in sockets:
                continue
            why = "needs compiled code" if name in _NATIVE else "opens network connections of its own"
            line = line_at(text, max(text.find(f'"{name}"'), 0))
            yield RawFinding(
                f"{CHECK}/sandbox-incompatible-dependency",
                f"{name} {why}, which {where} does not have: the tool removes it or stops at the next edit.",
                (at(package.manifest, line),),
                name,
                confidence=0.85 if name in _NATIVE else 0.7,
            )
    text = view.text(".npmrc") or ""
    match = _REGISTRY.search(text)
    if match is not None:
        yield RawFinding(
            f"{CHECK}/sandbox-incompatible-dependency",
            f"Packages come from {match[1]}, which {where} cannot reach.",
            (at(".npmrc", line_at(text, match.start(1))),),
            match[1],
        )


def _fragile(view: ProjectView) -> Iterator[RawFinding]:
    for name in ("vite.config.ts", "vite.config.js", "vite.config.mts"):
        text = view.text(name) if name in view.tree else None
        if text is None or _WRAPPER not in text:
            continue
        match = next(
            (
                item
                for item in _WRAPPED.finditer(text)
                if "import" not in text[: item.start()].rpartition("\n")[2]
            ),
            None,
        )
        if match is not None:
            yield RawFinding(
                f"{CHECK}/parser-fragile",
                f"{match[1]}() is already in Lovable's configuration; twice it breaks the build.",
                (at(name, line_at(text, match.start())),),
                match[1],
            )


def _branch(view: ProjectView, active: str) -> Iterator[RawFinding]:
    branch = view.git.branch
    if active in ("lovable", "bolt") and branch and branch not in ("main", "master"):
        yield RawFinding(
            f"{CHECK}/off-branch",
            f"You are on the branch {branch}, which the tool does not read: what is mended here is not in "
            f"its version.",
            (Evidence(EvidenceKind.GIT, note=f"branch {branch}"),),
            branch,
        )


def _rules(view: ProjectView, tools: tuple[str, ...]) -> Iterator[RawFinding]:
    present = [path for path in view.tree.files if path in _RULES_FILES or _CURSOR_RULES.match(path)]
    if not present:
        if len(tools) >= 2:
            names = " and ".join(tool.capitalize() for tool in tools[:3])
            yield RawFinding(
                f"{CHECK}/two-tools-no-rules",
                f"{names} write to this repository without a common set of rules.",
                (absent("no AGENTS.md, CLAUDE.md, .cursor/rules or the like"),),
            )
        return
    if not any(view.per_file("guardrail", path, _has_guardrail, False) for path in present):
        yield RawFinding(
            f"{CHECK}/no-guardrails",
            f"{present[0]} says nothing of what a tool must never do to sign-in, policies, keys or payments.",
            (at(present[0], 1),),
            "guardrail",
        )


def _has_guardrail(text: str) -> bool:
    return bool(_GUARDRAIL.search(text))


def _rewritten(view: ProjectView, history: Mapping[str, tuple[Edit, ...]]) -> Iterator[RawFinding]:
    """How much of what the tool made has been made anew by hand: worth knowing before the next big prompt."""
    made = {
        path: items
        for path, items in history.items()
        if path in view.tree and any(item.tool for item in items)
    }
    code = {
        path: items for path, items in made.items() if path.endswith((".ts", ".tsx", ".js", ".jsx", ".py"))
    }
    by_hand = [path for path, items in code.items() if not items[0].tool]
    if len(code) >= _FEWEST_GENERATED and len(by_hand) > 0.4 * len(code):
        share = round(100 * len(by_hand) / len(code))
        yield RawFinding(
            f"{CHECK}/rewrite-risk",
            f"{share} % of the files that the tool made were last changed by hand: a big prompt may take "
            f"that back.",
            (Evidence(EvidenceKind.GIT, note=f"{len(by_hand)} of {len(code)} files"),),
            "rewrite",
            severity=Severity.INFO,
        )


def _unseen(view: ProjectView, history: Mapping[str, tuple[Edit, ...]]) -> Iterator[Unknown]:
    if not view.git.available:
        yield Unknown("the history of this project could not be read")
    elif not any(item.tool for items in history.values() for item in items):
        yield Unknown("no commit in the history is the tool's own, so nobody can tell whose change is whose")


def _passes(view: ProjectView, history: Mapping[str, tuple[Edit, ...]]) -> Iterator[PassEvidence]:
    by_tool = {path: items for path, items in history.items() if any(item.tool for item in items)}
    if by_tool:
        patterns = _patterns(view)
        owned = [path for path in view.tree.files if owned_by(path, patterns)]
        yield PassEvidence(
            derived(
                f"{len(by_tool)} files that the tool wrote, {len(owned)} of them its own: nothing was "
                f"taken back"
            )
        )
    rules = next((path for path in view.tree.files if path in _RULES_FILES or _CURSOR_RULES.match(path)), "")
    if rules and by_tool:
        yield PassEvidence(at(rules, 1, note="rules for the tools"))
