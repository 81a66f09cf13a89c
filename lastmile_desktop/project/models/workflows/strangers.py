"""Where a workflow fetches what strangers wrote: the code of a pull request, the files that its run left behind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from lastmile_desktop.project.models.workflows.expressions import expressions
from lastmile_desktop.project.models.workflows.files import Job, Step, Workflow, WorkflowFiles
from lastmile_desktop.project.models.workflows.guards import PRIVILEGED, guard_of
from lastmile_desktop.project.models.yaml_tree import Kind, Yaml

_HEAD = re.compile(
    r"github\.head_ref|github\.event\.(?:pull_request|workflow_run|check_suite|check_run)[\w.*\[\]]{0,60}"
    r"(?:head\.(?:sha|ref)|head_sha|head_branch|head_commit\.id|merge_commit_sha|head\.repo\.full_name|head_repository"
    r"|\.number)|refs/pull/|github\.event\.(?:issue\.|client_payload\.|pull_request\.)?number|pull_request\.head"
    r"|(?:steps|needs)\.[\w-]{1,60}\.outputs\.[\w-]{0,30}(?:head|sha|ref|branch|pr|commit)|env\.\w{0,20}(?:HEAD|PR_|SHA|BRANCH)",
    re.IGNORECASE,
)
GIT_HEAD = re.compile(
    r"\bgh\s+pr\s+checkout\b|\bhub\s+pr\s+checkout\b|git\s+(?:fetch|pull|checkout|switch|clone|merge|reset)\b[^\n]{0,200}(?:"
    r"refs/pull/|pull/\$|\bpull/\d|github\.event\.pull_request\.head|github\.head_ref|workflow_run\.head|\$\{?(?:PR_|HEAD_|GITHUB_HEAD_REF))",
    re.IGNORECASE,
)
_ASKS_FOR_HEAD = re.compile(
    r"\bpulls?\.get\b|pull_request\.url|issue\.url|\bhead\.(?:sha|ref)\b|headRef(?:Name|Oid)|head_?(?:sha|branch|ref)\b"
    r"|/pulls/|\bgh\s+pr\s+view\b",
    re.IGNORECASE,
)
_TELLS_HEAD = re.compile(
    r"pull-?request-(?:comment-)?branch|resolve-pr-refs|get-workflow-origin|pr-comment-branch"
)
_MEMBER_OF_HEAD = re.compile(
    r"\.head\.(?:sha|ref)\b|\.head(?:RefOid|RefName)\b|\.head\.repo\.full_name", re.IGNORECASE
)
_ARTIFACT_ACTIONS = (
    "dawidd6/action-download-artifact", "bettermarks/action-artifact-download", "aochmann/actions-download-artifact",
    "levonet/action-download-last-artifact", "ishworkh/docker-image-artifact-download",
    "marcofaggian/action-download-multiple-artifacts",
)  # fmt: skip
_ARTIFACT_RUN = re.compile(
    r"gh\s+run\s+download|/actions/(?:runs/[^\s]{1,80}/)?artifacts|downloadArtifact\b|\bartifacts_url\b|archive_download_url"
)
_MOST_HOPS = 4
LOCAL = ("./", ".github/")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step says that it takes the head of a pull request."""

    line: int
    text: str


def has_strangers_files(workflow: Workflow, job: Job, number: int) -> bool:
    """Whether a step finds files of a stranger's beside those of the repository."""
    earlier = job.steps[:number]
    if "workflow_run" in workflow.triggers and any(downloads(step) for step in job.steps[: number + 1]):
        return True
    return bool(workflow.triggers & PRIVILEGED) and any(
        fetches_head(step, workflow, job) is not None for step in earlier
    )


def called_by(workflow: Workflow, files: WorkflowFiles) -> Iterator[tuple[Workflow, dict[str, str]]]:
    """The local parts that a workflow calls, as they run there: started by its triggers, with the inputs that it
    fills with the head of a pull request."""
    known = {item.path: item for item in files.workflows}
    todo: list[tuple[Workflow, dict[str, str], int]] = [(workflow, {}, 0)]
    while todo:
        caller, had, depth = todo.pop()
        for target, inputs, job, number in _calls(caller):
            part = known.get(local_path(target, known))
            if part is None or depth >= _MOST_HOPS or guard_of(caller, job, number).closed:
                continue
            given = {
                name.lower(): node.text
                for name, node in inputs.items()
                if "${{" in node.text and _is_head(node.text, caller, job, None, had, 0)
            }
            as_run = replace(part, triggers=workflow.triggers)
            yield as_run, given
            todo.append((as_run, given, depth + 1))


def _calls(workflow: Workflow) -> Iterator[tuple[str, Mapping[str, Yaml], Job, int]]:
    for job in workflow.jobs:
        if job.uses is not None:
            given = job.node.get("with")
            yield job.uses.text, dict(given.entries()) if given is not None else {}, job, 0
        for number, step in enumerate(job.steps):
            if step.uses is not None:
                yield step.uses.text, step.inputs, job, number


def local_path(target: str, known: Mapping[str, Workflow]) -> str:
    """The file that `uses: ./…` means, "" for what is not in this repository."""
    if not target.startswith(LOCAL):
        return ""
    base = target.removeprefix("./").rstrip("/")
    prefix = f"{base}/" if base not in ("", ".") else ""
    return next((path for path in (base, f"{prefix}action.yml", f"{prefix}action.yaml") if path in known), "")


def fetches_head(
    step: Step, workflow: Workflow, job: Job, given: Mapping[str, str] | None = None
) -> Place | None:
    """The place where a step takes the code of a pull request; `given` are the inputs that callers fill with one."""
    if step.action.endswith("/checkout"):
        for name in ("ref", "repository"):
            node = step.inputs.get(name)
            if (
                node is not None
                and "${{" in node.text
                and _is_head(node.text, workflow, job, step, given or {}, 0)
            ):
                return Place(node.line, node.text)
        return None
    if step.run is not None:
        match = GIT_HEAD.search(step.script)
        if match is not None:
            line = step.script.count("\n", 0, match.start())
            offset = 1 if step.run.block else 0
            return Place(min(step.run.line + line + offset, step.run.last_line), match[0])
    return None


def _is_head(
    text: str, workflow: Workflow, job: Job, step: Step | None, given: Mapping[str, str], depth: int
) -> bool:
    """Whether an expression gives the head of a pull request, through variables, outputs and inputs."""
    if _HEAD.search(text) or (_MEMBER_OF_HEAD.search(text) and "steps." in text):
        return True
    if depth >= _MOST_HOPS:
        return False
    for expression in expressions(text):
        for path in expression.reaches:
            if _names_head(path, workflow, job, step, given, depth + 1):
                return True
    return False


def _names_head(
    path: tuple[str, ...],
    workflow: Workflow,
    job: Job,
    step: Step | None,
    given: Mapping[str, str],
    depth: int,
) -> bool:
    head, member = path[0], (path[1:] or ("",))[0]
    if head == "env":
        node = _variable(member, workflow, job, step)
        return node is not None and _is_head(node.text, workflow, job, None, given, depth)
    if head == "inputs":
        return member in given
    if head == "needs" and path[2:3] == ("outputs",):
        other = next((item for item in workflow.jobs if item.name.lower() == member), None)
        node = _lowered(other.outputs).get(path[-1]) if other is not None else None
        return (
            node is not None
            and other is not None
            and _is_head(node.text, workflow, other, None, given, depth)
        )
    if head == "steps":
        maker = next((item for item in job.steps if item.identity and item.identity.lower() == member), None)
        return maker is not None and _gives_head(maker)
    return False


def _gives_head(step: Step) -> bool:
    """Whether a step asks GitHub for the head of a pull request."""
    if _TELLS_HEAD.search(step.action):
        return True
    texts = [step.script, *(node.text for node in step.inputs.values() if node.kind is Kind.TEXT)]
    return any(_ASKS_FOR_HEAD.search(text) for text in texts)


def _variable(name: str, workflow: Workflow, job: Job, step: Step | None) -> Yaml | None:
    tables = (step.env if step is not None else {}, job.env, workflow.env)
    return next((node for table in tables if (node := _lowered(table).get(name)) is not None), None)


def _lowered(table: Mapping[str, Yaml]) -> dict[str, Yaml]:
    return {name.lower(): node for name, node in table.items()}


def downloads(step: Step) -> bool:
    """Whether a step takes what another run left behind."""
    if step.action in _ARTIFACT_ACTIONS:
        return True
    if step.action == "actions/download-artifact":
        return "workflow_run" in step.given("run-id")
    text = step.script or (step.given("script") if step.action == "actions/github-script" else "")
    return bool(_ARTIFACT_RUN.search(text))
