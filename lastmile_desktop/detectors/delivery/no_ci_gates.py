"""delivery.no-ci-gates: nothing stops a bad or a hostile change from going live."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import absent, at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.models.delivery.delivery_fault import Fault
from lastmile_desktop.project.models.usage.purpose import open_licence
from lastmile_desktop.project.models.workflows.expressions import expressions
from lastmile_desktop.project.models.workflows.files import Job, Workflow, WorkflowFiles, build
from lastmile_desktop.project.models.workflows.gates import (
    SCANS_SECRETS,
    Gate,
    deploys_before_tests,
    gates,
    ignored_failures,
    is_deploy,
    never_runs,
    runs_on_change,
)
from lastmile_desktop.project.models.workflows.injection import injections
from lastmile_desktop.project.models.workflows.rights import rights
from lastmile_desktop.project.models.workflows.settled import is_settled, pushes
from lastmile_desktop.project.models.workflows.untrusted import untrusted
from lastmile_desktop.project.view import ProjectView

CHECK = "delivery.no-ci-gates"
_BUILDERS = ("lovable", "bolt", "replit")
_ATTEST_BUILDER = "State that the checks are run each time before the publish button is pressed."
_ATTEST_BRANCH = "State that the branch which goes live accepts only changes that passed the checks."
_OTHER_CI = (
    ".gitlab-ci.yml", "bitbucket-pipelines.yml", "azure-pipelines.yml", ".travis.yml", "Jenkinsfile", ".drone.yml",
    ".circleci/config.yml", "cloudbuild.yaml", ".woodpecker.yml", "buildspec.yml", "appveyor.yml",
)  # fmt: skip
_PUBLISHES = re.compile(
    r"docker/build-push-action|upload-artifact|upload-release|gh-release|release-action|npm\s+publish|"
    r"twine\s+upload|docker\s+push|"
    r"changesets/action|semantic-release|goreleaser|upload-pages"
)
_OWNER = re.compile(r"github\.com[:/]([\w.-]{1,60})/")
_LEAST_REVIEWED = 5


def detect(view: ProjectView) -> Detection:
    files = build(view)
    other = tuple(path for path in _OTHER_CI if path in view.tree)
    if not files.own and not files.unparsed and not other and not view.git.remote:
        return Detection(
            not_applicable=NotApplicable("This project has no remote repository and no workflow yet.")
        )
    found = _kept(view, files)
    checks = gates(files)
    findings = (
        *(fault.as_finding(CHECK) for fault in found),
        *_absences(view, files, checks, other),
        *_unreviewed(view),
    )
    return Detection(
        findings=findings,
        passes=tuple(_passes(files, checks, other)),
        unknowns=tuple(Unknown(f"{path}: {why}", path) for path, why in files.unparsed),
        looked=(Looked("workflows", len(files.own), len(files.own) + len(files.unparsed)),),
        needs_attestation=_ATTEST_BUILDER if _published_by_tool(view) else _ATTEST_BRANCH,
    )


def refine(view: ProjectView, findings: tuple[RawFinding, ...]) -> tuple[RawFinding, ...]:
    """What our own reading of the workflows says of a place goes before what zizmor says of it, and one checkout of
    a file stands for all of them."""
    files = build(view)
    old = {fault.path for fault in _kept(view, files) if fault.rule == "unsafe-commands"}
    known = {
        (_kind(fault.rule), fault.path, line)
        for fault in _kept(view, files)
        for line in range(fault.line - 1, fault.last_line + 2)
    }
    shown: set[tuple[str, str, str]] = set()
    kept: list[RawFinding] = []
    for item in sorted(findings, key=lambda item: (item.path, item.evidence[0].line_start)):
        rule, line = item.rule.partition("/")[2], item.evidence[0].line_start
        if (
            (_kind(rule), item.path, line) in known
            or (rule == "script-injection" and _harmless(view, files, item.path, line))
            or (rule == "unsafe-commands" and item.path in old)
        ):
            continue
        if rule in ("credentials-left", "cache-poisoning"):
            # Mended together: one line for the file, or for the job that builds a release.
            job = _job_at(files, item.path, line)
            if job is not None and (never_runs(job) or (rule == "cache-poisoning" and not _releases(job))):
                continue
            if job is not None and rule == "credentials-left" and pushes(job):
                continue
            place = (rule, item.path, job.name if job is not None and rule == "cache-poisoning" else "")
            if place in shown:
                continue
            shown.add(place)
        kept.append(item)
    return tuple(kept)


def _harmless(view: ProjectView, files: WorkflowFiles, path: str, line: int) -> bool:
    """Whether a line holds only values that nobody outside can put commands into."""
    workflow = next((item for item in files.workflows if item.path == path), None)
    lines = (view.text(path) or "").split("\n")
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    found = [".".join(part) for item in expressions(text) for part in item.reaches]
    return bool(found) and all(is_settled(workflow, name) for name in found)


def _kind(rule: str) -> str:
    return "permissions" if rule.startswith("permissions-") else rule


def _job_at(files: WorkflowFiles, path: str, line: int) -> Job | None:
    workflow = next((item for item in files.workflows if item.path == path), None)
    jobs = [job for job in workflow.jobs if job.line <= line] if workflow is not None else []
    return jobs[-1] if jobs else None


def _job_name(files: WorkflowFiles, path: str, line: int) -> str:
    job = _job_at(files, path, line)
    return job.name if job is not None else ""


def _releases(job: Job | None) -> bool:
    """Whether what this job builds goes out from it; a job of tests alone poisons nothing that is released."""
    return job is None or any(
        is_deploy(step) or _PUBLISHES.search(step.action or step.script) for step in job.steps
    )


def _kept(view: ProjectView, files: WorkflowFiles) -> tuple[Fault, ...]:
    """All faults, computed again only when a workflow changed."""
    owner = _owner(view)
    key = (owner, *((item.path, view.tree.files[item.path].digest) for item in files.workflows))
    return view.whole("workflow-faults", key, lambda: tuple(_faults(files, owner)))


def _faults(files: WorkflowFiles, owner: str) -> Iterator[Fault]:
    dead = {
        (workflow.path, job.name) for workflow in files.workflows for job in workflow.jobs if never_runs(job)
    }
    for fault in (
        *injections(files),
        *untrusted(files),
        *rights(files, owner),
        *ignored_failures(files),
        *deploys_before_tests(files),
    ):
        if (fault.path, _job_name(files, fault.path, fault.line)) not in dead:
            yield fault


def _owner(view: ProjectView) -> str:
    match = _OWNER.search(view.git.remote)
    return match[1].lower() if match is not None else ""


def _absences(
    view: ProjectView, files: WorkflowFiles, checks: tuple[Gate, ...], other: tuple[str, ...]
) -> Iterator[RawFinding]:
    """What is not there is said once, and of no file."""
    on_change = [workflow for workflow in files.own if runs_on_change(workflow)]
    if not on_change and not other:
        if view.git.remote and not files.unparsed:
            yield RawFinding(
                f"{CHECK}/no-ci",
                "Nothing is checked when a change is pushed: a broken build or a failing test goes live "
                "unseen.",
                (absent("no workflow or pipeline runs on a change"),),
                confidence=None if not _published_by_tool(view) else 0.7,
            )
        return
    if not checks and on_change and not other and view.git.remote:
        yield RawFinding(
            f"{CHECK}/ci-hollow",
            "Workflows run on a change, but none of them builds, tests, lints or type-checks it.",
            (absent(f"no check in {', '.join(item.path for item in on_change[:4])}"),),
        )
    if checks and view.git.remote and not _looks_for_secrets(view, files):
        yield RawFinding(
            f"{CHECK}/no-secret-scan",
            "No check looks for keys and passwords in a change before it is merged.",
            (absent("no secret scanner in the workflows or in .pre-commit-config.yaml"),),
            # GitHub itself looks through the repositories that everybody may read.
            severity=Severity.LOW if open_licence(view) is not None else None,
        )


def _looks_for_secrets(view: ProjectView, files: WorkflowFiles) -> bool:
    paths = [workflow.path for workflow in files.own]
    paths += [
        ".pre-commit-config.yaml",
        ".husky/pre-commit",
        "lefthook.yml",
        "package.json",
        ".gitleaks.toml",
    ]
    return any(view.per_file("scans-secrets", path, _scans_secrets, False) for path in paths)


def _scans_secrets(text: str) -> bool:
    return bool(SCANS_SECRETS.search(text))


def _published_by_tool(view: ProjectView) -> bool:
    return any(view.facts.has("host", tool) or view.facts.has("tool.current", tool) for tool in _BUILDERS)


def _unreviewed(view: ProjectView) -> Iterator[RawFinding]:
    """The founder's own rule says that a person reads each change; commits of tools went in without one."""
    if view.policy.required_reviewers < 1 or not view.git.available:
        return
    recent = [commit for commit in view.git.commits[:200] if (view.now - commit.when).days <= 90]
    by_tool = [commit for commit in recent if "[bot]" in commit.author_name or "[bot]" in commit.author_email]
    alone = [
        commit for commit in by_tool if not re.search(r"\(#\d{1,6}\)$|^Merge pull request", commit.subject)
    ]
    reviewed = [
        commit for commit in alone if not any("reviewed-by" in line.lower() for line in commit.trailers)
    ]
    if len(reviewed) >= _LEAST_REVIEWED:
        share = round(100 * len(reviewed) / len(recent))
        yield RawFinding(
            f"{CHECK}/reviewers-policy",
            f"Your policy asks for a reviewer, and {len(reviewed)} changes by {reviewed[0].author_name} "
            f"({share} % of "
            f"the last 90 days) went in without one.",
            (at(".lastmile/policy.toml", 0, note=f"latest: {reviewed[0].sha[:8]}"),),
        )


def _passes(files: WorkflowFiles, checks: tuple[Gate, ...], other: tuple[str, ...]) -> Iterator[PassEvidence]:
    by_file: dict[str, Gate] = {}
    for gate in checks:
        by_file.setdefault(gate.path, gate)
    for gate in by_file.values():
        yield PassEvidence(at(gate.path, gate.line, note=gate.shown))
    if not by_file and not other:
        yield from (
            PassEvidence(derived("runs on a change", item.path)) for item in files.own if _is_call(item)
        )
    for path in other:
        yield PassEvidence(derived("a pipeline runs on a change", path))


def _is_call(workflow: Workflow) -> bool:
    return "workflow_call" in workflow.triggers
