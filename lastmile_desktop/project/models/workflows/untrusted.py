"""Code and files of strangers inside a workflow that has the repository's own rights."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.project.models.delivery.delivery_fault import Fault
from lastmile_desktop.project.models.workflows.expressions import expressions
from lastmile_desktop.project.models.workflows.files import Job, Step, Workflow, WorkflowFiles
from lastmile_desktop.project.models.workflows.guards import (
    PRIVILEGED,
    Guard,
    guard_of,
    is_privileged,
    opened_to_strangers,
    triggers_of,
)
from lastmile_desktop.project.models.workflows.strangers import GIT_HEAD, called_by, downloads, fetches_head

_MUTABLE = re.compile(
    r"head\.ref\b|head_ref\b|head_branch|/merge\b|/head\b|number|steps\.[^}]{1,60}\.ref\b", re.IGNORECASE
)
_RUNS_CODE = re.compile(
    r"(?:^|[\s;&|(])(?:(?:npm|yarn|pnpm|bun)\b(?!\s+(?:-v|--version))|npx\b|make\b|cmake\b|mvn\b|gradle\b|\./\S|bash\s+\S|sh\s+\S"
    r"|source\s+\S|\.\s+\./|python3?\s+(?!-c\b|--version|-V)\S|pip3?\s+install\b|poetry\b|uv\s+(?:run|sync|pip)|tox\b|nox\b|pytest\b"
    r"|pre-commit\b|cargo\b|go\s+(?:build|test|run|generate|install)|bundle\b|rake\b|rails\b|composer\b|dotnet\b|docker\s+(?:build|compose)"
    r"|docker-compose\b|terraform\b|tofu\b|node\s+\S|deno\s+(?:run|task)|php\s+\S|ruby\s+\S|perl\s+\S|eslint\b|jest\b|ant\b|bazel\b"
    r"|swift\b|xcodebuild\b|ansible-playbook\b|helm\b|sbt\b|mix\b|lerna\b|nx\b|turbo\b|just\b|task\b|invoke\b|hugo\b|jekyll\b)",
    re.MULTILINE,
)
_BUILD_ACTIONS = (
    "docker/build-push-action", "gradle/gradle-build-action", "gradle/actions", "pre-commit/action",
    "cypress-io/github-action",
    "bahmutov/npm-install", "goreleaser/goreleaser-action", "actions-rs/cargo", "borales/actions-yarn",
    "super-linter/super-linter", "github/super-linter", "oxsecurity/megalinter", "azure/static-web-apps-deploy",
    "cloudflare/wrangler-action", "hashicorp/setup-terraform", "reviewdog/action-eslint", "wearerequired/lint-action",
    "sonarsource/sonarcloud-github-action", "codacy/codacy-analysis-cli-action", "ruby/setup-ruby",
)  # fmt: skip
_TEMPORARY = re.compile(r"RUNNER_TEMP|\btmp/")
_USES_CONTENT = re.compile(
    r"\$\(\s{0,3}(?:cat|<|jq)\b|`cat\b|(?:cat|jq|tee)\b[^\n]{0,160}>>?\s{0,3}[\"']?\$\{?GITHUB_(?:ENV|OUTPUT|PATH)|source\s+|readFileSync"
    r"|\bsed\s+-f\s"
)


def untrusted(files: WorkflowFiles) -> Iterator[Fault]:
    """Every place where a stranger's code or files meet the rights of this repository, or its machines."""
    seen: set[tuple[str, int]] = set()
    for workflow in files.own:
        for job in workflow.jobs:
            yield from _artifacts(workflow, job)
            yield from _own_machine(workflow, job)
        for part, given in (workflow, dict[str, str]()), *called_by(workflow, files):
            for job in part.jobs:
                for fault in _checkouts(part, job, given):
                    if (fault.path, fault.line) not in seen:
                        seen.add((fault.path, fault.line))
                        yield fault


def _checkouts(workflow: Workflow, job: Job, given: Mapping[str, str]) -> Iterator[Fault]:
    shown: set[str] = set()
    for number, step in enumerate(job.steps):
        place = fetches_head(step, workflow, job, given)
        if place is None or place.text in shown:
            continue
        guard = guard_of(workflow, job, number)
        mutable = bool(_MUTABLE.search(place.text))
        if not is_privileged(workflow, guard) or guard.closed:
            if mutable and _changes_after_comment(workflow, guard):
                yield from _overtaken(_checkout(workflow, job, number, step, place.line, guard))
                shown.add(place.text)
            continue
        if guard.label and not mutable:
            continue
        yield _checkout(workflow, job, number, step, place.line, guard)
        yield from _poisoned_cache(workflow, job, number)
        if not shown:
            yield from _secret_beside(workflow, job, number)
        shown.add(place.text)


def _changes_after_comment(workflow: Workflow, guard: Guard) -> bool:
    """Whether a trusted person says "go" in a comment, and somebody else can still change what is fetched."""
    asked = guard.person and not (guard.author or guard.repository or guard.approval)
    return asked and "issue_comment" in triggers_of(workflow, guard)


def _overtaken(fault: Fault) -> Iterator[Fault]:
    """Only where the code is run: whoever writes it needs the seconds between the comment and the fetch."""
    if fault.severity is None:
        yield replace(
            fault,
            message="A comment of a trusted person starts this, but it fetches whatever the pull request holds by "
            "then: its author can push other code after the comment, and it runs with your secrets.",
            severity=Severity.MEDIUM,
            confidence=0.65,
        )


def _poisoned_cache(workflow: Workflow, job: Job, number: int) -> Iterator[Fault]:
    """A cache that is kept beside a stranger's code is taken by every later run of the main branch."""
    for step in job.steps[number + 1 :]:
        if step.action in ("actions/cache", "actions/cache/save"):
            yield Fault(
                "cache-poisoning",
                workflow.path,
                step.line,
                step.line,
                "This cache is filled beside the code of a stranger's pull request, and later runs with more rights "
                "take what is in it.",
                f"{job.name}:cache",
                Severity.HIGH,
                0.8,
            )
            return


def _checkout(workflow: Workflow, job: Job, number: int, step: Step, last: int, guard: Guard) -> Fault:
    """Runs it, or only reads it: files that are read can still be links and settings."""
    runs = next((later for later in job.steps[number + 1 :] if _executes(later)), None)
    if runs is None and step.run is not None and _RUNS_CODE.search(_behind_checkout(step.script)):
        runs = step
    trigger = ", ".join(sorted(triggers_of(workflow, guard)))
    first = step.uses.line if step.uses is not None else last
    what = (
        "and then runs it: anybody can run commands with your secrets and your right to write"
        if runs is not None
        else "into a workflow that has your secrets and your right to write"
    )
    return Fault(
        "pull-request-target-checkout",
        workflow.path,
        min(first, last),
        max(first, last),
        f"This workflow ({trigger}) fetches the code of a stranger's pull request {what}.",
        job.name,
        None if runs is not None else Severity.HIGH,
        None if runs is not None and not guard.label else 0.8,
        (at(workflow.path, runs.line),) if runs is not None and runs is not step else (),
    )


def _secret_beside(workflow: Workflow, job: Job, number: int) -> Iterator[Fault]:
    """A secret that is handed to a step which runs the stranger's code."""
    for step in job.steps[number + 1 :]:
        if not _executes(step):
            continue
        for name, node in step.env.items():
            if any(path[0] == "secrets" for item in expressions(node.text) for path in item.reaches):
                yield Fault(
                    "secrets-to-fork",
                    workflow.path,
                    node.line,
                    node.line,
                    f"{name} is handed to a step that runs the code of a stranger's pull request: it can be read "
                    f"there and sent away.",
                    f"{job.name}:{name}",
                )
                return


def _behind_checkout(script: str) -> str:
    match = GIT_HEAD.search(script)
    return script[match.end() :].partition("\n")[2] if match is not None else ""


def _executes(step: Step) -> bool:
    if step.uses is not None:
        local = step.uses.text.startswith("./")
        return local or step.action.startswith(_BUILD_ACTIONS)
    return bool(_RUNS_CODE.search(step.script))


def _artifacts(workflow: Workflow, job: Job) -> Iterator[Fault]:
    """A workflow with rights takes what the run of a pull request left behind, and runs or trusts it."""
    if not workflow.triggers & PRIVILEGED:
        return
    for number, step in enumerate(job.steps):
        if not downloads(step):
            continue
        guard = guard_of(workflow, job, number)
        if guard.closed or not is_privileged(workflow, guard):
            return
        folder = _folder_of(step)
        later = next((item for item in job.steps[number:] if _trusts(item, step, folder)), None)
        if later is None:
            continue
        yield Fault(
            "artifact-poisoning",
            workflow.path,
            step.line,
            step.line,
            "This workflow takes files that the run of a stranger's pull request left behind and runs or trusts them, "
            "with your secrets and your right to write.",
            job.name,
            confidence=0.8,
            more=(at(workflow.path, later.line),) if later is not step else (),
        )
        return


def _folder_of(step: Step) -> str:
    """The folder of its own that the files are put into, "" when they land beside the repository's."""
    path = step.given("path").strip().rstrip("/")
    if path in ("", ".", "./", "${{ github.workspace }}"):
        return "runner.temp" if _TEMPORARY.search(step.script) else ""
    return "runner.temp" if "runner.temp" in path else path.removeprefix("./")


def _trusts(item: Step, download: Step, folder: str) -> bool:
    """Whether a step runs or reads what was downloaded; from a folder of its own, only when it names it."""
    text = item.script + item.given("script")
    if folder and folder.rpartition("/")[2] not in text:
        return False
    starts = rf"(?:\b(?:ba)?sh|source|node|python3?|\.)\s{{0,3}}\S{{0,40}}{re.escape(folder)}/"
    reads = bool(_USES_CONTENT.search(text)) or bool(folder and re.search(starts, text))
    return reads if item is download or folder else reads or _executes(item)


def _own_machine(workflow: Workflow, job: Job) -> Iterator[Fault]:
    runs_on = job.node.get("runs-on")
    if runs_on is None or not opened_to_strangers(workflow):
        return
    labels = [label.lower() for label in job.runs_on]
    group = runs_on.get("group") is not None
    computed = any("self-hosted" in item.text for item in expressions(" ".join(job.runs_on)))
    if "self-hosted" not in labels and not group and not computed and not _own_in_matrix(job):
        return
    guard = guard_of(workflow, job, len(job.steps))
    if guard.repository or guard.person:
        return
    key = job.node.key("runs-on")
    line = key.line if key is not None else job.line
    yield Fault(
        "self-hosted-public",
        workflow.path,
        line,
        runs_on.last_line if runs_on.last_line > line else line,
        f'The job "{job.name}" runs code of pull requests on a machine of your own: what one leaves there waits for '
        f"the next run.",
        job.name,
        confidence=0.75,
    )


def _own_in_matrix(job: Job) -> bool:
    """Whether the machine is a value of the matrix, and one of its values is a machine of one's own."""
    strategy = job.node.get("strategy")
    matrix = strategy.get("matrix") if strategy is not None else None
    named = {
        path[1]
        for item in expressions(" ".join(job.runs_on))
        for path in item.reaches
        if path[:1] == ("matrix",)
    }
    if matrix is None or not named:
        return False
    included = matrix.get("include")
    rows = (matrix, *(included.items if included is not None else ()))
    values = (value for row in rows for name, value in row.entries() if name.lower() in named)
    return any(node.text.lower() == "self-hosted" for value in values for node in value.walk())
