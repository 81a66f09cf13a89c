"""What stands between a change and the live site: which checks run on a change, and what may be ignored of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.models.delivery.delivery_fault import Fault
from lastmile_desktop.project.models.workflows.files import Job, Step, Workflow, WorkflowFiles
from lastmile_desktop.project.models.workflows.taint import line_of

GATES = re.compile(
    r"(?:\b(?:npm|pnpm|yarn|bun|turbo|nx|lerna)\b[^\n;&|]{0,60}?\b(?:t|test|tests|lint|typecheck"
    r"|type-check|tsc|check|build|e2e|vitest"
    r"|jest|audit|verify|validate|ci)\b(?<!npm ci)|\b(?:tsc|vue-tsc|eslint|biome|oxlint"
    r"|prettier\s+(?:-c|--check)|vitest|jest|playwright\s+test|cypress\s+run"
    r"|pytest|tox|nox|mypy|pyright|ruff|flake8|black\s+--check|pylint|manage\.py\s+(?:test|check)"
    r"|makemigrations\s+--check"
    r"|go\s+(?:test|vet|build)|cargo\s+(?:test|clippy|build|check)|mvn\s+[^\n]{0,40}(?:test|verify"
    r"|package)|gradle\w*\s+[^\n]{0,40}(?:test|check|build)"
    r"|deno\s+(?:test|check|lint)|flutter\s+(?:test|analyze|build)|supabase\s+(?:db\s+lint|test)|squawk"
    r"|prisma\s+validate"
    r"|bundle\s+exec\s+(?:rspec|rake)|phpunit|dotnet\s+(?:test|build)|make\s+(?:test|check|lint|ci"
    r"|build)|pre-commit\s+run|unittest"
    r"|docker\s+(?:compose\s+)?build|svelte-check|astro\s+check|next\s+(?:build|lint)|vite\s+build"
    r"|expo-doctor|(?:gulp|grunt|invoke|just|rake|task)\s+(?:lint|tests?|coverage|check|build|ci)|coverage\s+run)\b"
    # Each file of a list is run by itself.
    r"|\bfor\s+\w{1,20}\s+in\b[^\n]{0,200}\n(?:[^\n]{0,200}\n){0,4}?[^\n]{0,40}\b(?:python3?|node|bash)\s+[\"']?\$)",
    re.IGNORECASE,
)
_GATE_ACTIONS = (
    "pre-commit/action", "github/codeql-action", "cypress-io/github-action", "super-linter/super-linter",
    "github/super-linter", "docker/build-push-action", "sonarsource/", "golangci/golangci-lint-action",
    "astral-sh/ruff-action", "biomejs/setup-biome", "chartboost/ruff-action", "snyk/actions",
    "aquasecurity/trivy-action",
    "oxsecurity/megalinter", "returntocorp/semgrep-action", "treosh/lighthouse-ci-action",
    "expo/expo-github-action",
    "denoland/deno-lint", "reviewdog/", "wearerequired/lint-action", "squawk", "sbdchd/squawk-action",
)  # fmt: skip
_TESTS = re.compile(
    r"\b(?:test|tests|vitest|jest|pytest|tox|nox|playwright|cypress|e2e|unittest|rspec|phpunit)\b"
    r"|\b(?:gulp|grunt|invoke|just|rake|task|make|run)\s+coverage\b",
    re.IGNORECASE,
)
# Pages about the app rather than the app: its manual, its API's description, its components.
_PAPERS = re.compile(
    r"(?:^|[/_. -])(?:docs?|documentation|api-docs|storybook|swagger(?:-ui)?|typedoc|mkdocs|sphinx-build)(?:$|[/_. -])",
    re.IGNORECASE,
)
_DEPLOYS = re.compile(
    r"\b(?:vercel\s+(?:deploy\b|--prod|[^\n]{0,60}--prod)|netlify\s+deploy|flyctl\s+deploy|fly\s+deploy"
    r"|wrangler\s+(?:deploy|publish|pages\s+deploy)"
    r"|supabase\s+(?:db\s+push|functions\s+deploy)|firebase\s+deploy|railway\s+up|eb\s+deploy"
    r"|serverless\s+deploy|sls\s+deploy|gcloud\s+(?:run|app)\s+deploy"
    r"|cdk\s+deploy|terraform\s+apply|kubectl\s+(?:apply|set\s+image|rollout)|helm\s+upgrade"
    r"|heroku\s+container:release|git\s+push\s+\S*(?:heroku|dokku)"
    r"|prisma\s+migrate\s+deploy|aws\s+s3\s+sync|aws\s+ecs\s+update-service|eas\s+(?:submit|update)"
    r"|npm\s+publish|twine\s+upload)\b",
    re.IGNORECASE,
)
_MIGRATES = re.compile(r"prisma\s+migrate\s+deploy|supabase\s+db\s+push")
_ITSELF = re.compile(
    r"db\s+push\s[^\n]{0,120}--(?:local|branch)\b|@(?:localhost|127\.0\.0\.1|postgres|db)(?::\d{2,5})?/"
)
_DEPLOY_ACTIONS = (
    "amondnet/vercel-action", "nwtgck/actions-netlify", "netlify/actions", "superfly/flyctl-actions",
    "cloudflare/wrangler-action",
    "cloudflare/pages-action", "firebaseextended/action-hosting-deploy", "azure/webapps-deploy",
    "azure/static-web-apps-deploy",
    "akhileshns/heroku-deploy", "google-github-actions/deploy-cloudrun",
    "google-github-actions/deploy-appengine",
    "aws-actions/amazon-ecs-deploy-task-definition", "actions/deploy-pages", "peaceiris/actions-gh-pages",
    "johnnyhuy/render-deploy-action", "appleboy/ssh-action", "bervproject/railway-deploy",
    "jamesives/github-pages-deploy-action",
    "pypa/gh-action-pypi-publish", "digitalocean/app_action",
)  # fmt: skip
_NEVER = re.compile(r"^\s*(?:\$\{\{)?\s*(?:false\s*(?:\}\}\s*)?$|false\s*&&)|&&\s*false\s*(?:\}\}\s*)?$")
_IGNORED = re.compile(
    r"\|\|\s{0,4}(?:true|:|exit 0|echo\b[^\n]{0,120}$)|;\s{0,4}(?:true|exit 0)\s{0,4}$|--exit-zero\b"
    r"|--passWithNoTests\s*\|\|",
    re.MULTILINE,
)
SCANS_SECRETS = re.compile(
    r"gitleaks|trufflehog|detect-secrets|ggshield|gitguardian|kingfisher|git-secrets|secretlint"
    r"|talisman|noseyparker|whispers\b"
    r"|aquasecurity/trivy[^\n]{0,200}secret|trivy\s+(?:fs|repo)|super-linter|megalinter|semgrep\s+ci",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Gate:
    """One check that runs on a change."""

    path: str
    line: int
    shown: str
    tests: bool


def runs_on_change(workflow: Workflow) -> bool:
    return bool(workflow.triggers & {"push", "pull_request", "merge_group", "pull_request_target"})


def gates(files: WorkflowFiles) -> tuple[Gate, ...]:
    """All checks that run when a change is pushed or proposed, those of called local workflows included."""
    called = {
        job.uses.text.removeprefix("./")
        for workflow in files.own
        if runs_on_change(workflow)
        for job in workflow.jobs
        if job.uses is not None
    }
    return tuple(
        gate
        for workflow in files.own
        if runs_on_change(workflow) or workflow.path in called
        for job in workflow.jobs
        for step in job.steps
        for gate in _gates_of(workflow, step)
    )


def _gates_of(workflow: Workflow, step: Step) -> Iterator[Gate]:
    if step.run is not None:
        match = GATES.search(step.script)
        if match is not None:
            line = line_of(step.run, step.script.count("\n", 0, match.start()))
            yield Gate(workflow.path, line, match[0].strip(), bool(_TESTS.search(step.script)))
    elif step.uses is not None and step.action.startswith(_GATE_ACTIONS):
        yield Gate(workflow.path, step.uses.line, step.action, "cypress" in step.action)


def is_gate(step: Step) -> bool:
    return bool(GATES.search(step.script)) if step.run is not None else step.action.startswith(_GATE_ACTIONS)


def _goes_to_itself(step: Step) -> bool:
    """Whether the database that is changed runs beside the tests."""
    return (
        any(_ITSELF.search(value.text) for value in step.env.values())
        or _ITSELF.search(step.script) is not None
    )


def is_deploy(step: Step) -> bool:
    if step.run is not None and _MIGRATES.search(step.script) and _goes_to_itself(step):
        return False
    return (
        bool(_DEPLOYS.search(step.script))
        if step.run is not None
        else step.action.startswith(_DEPLOY_ACTIONS)
    )


def deploys(files: WorkflowFiles) -> Iterator[tuple[Workflow, Job, Step]]:
    for workflow in files.own:
        for job in workflow.jobs:
            step = next((item for item in job.steps if is_deploy(item)), None)
            if step is not None and not never_runs(job):
                yield workflow, job, step


def never_runs(job: Job) -> bool:
    """Whether the job is switched off: `if: github.ref == 'refs/heads/main' && false`."""
    condition = job.node.value("if") or ""
    return "||" not in condition and _NEVER.search(condition) is not None


def ignored_failures(files: WorkflowFiles) -> Iterator[Fault]:
    """Checks that may fail without consequence."""
    for workflow in files.own:
        if not runs_on_change(workflow) and "workflow_call" not in workflow.triggers:
            continue
        for job in workflow.jobs:
            whole = job.node.get("continue-on-error")
            if whole is not None and whole.text == "true" and any(is_gate(step) for step in job.steps):
                line = job.node.line_of("continue-on-error")
                yield _ignored(workflow, line, f'the job "{job.name}"', job.name)
            for step in job.steps:
                yield from _ignored_step(workflow, job, step)


def _ignored_step(workflow: Workflow, job: Job, step: Step) -> Iterator[Fault]:
    if not is_gate(step):
        return
    name = step.node.value("name") or step.script.strip().partition("\n")[0][:60] or step.action
    flag = step.node.get("continue-on-error")
    if flag is not None and flag.text == "true":
        if not _checked_later(job, step) and not _only_reports(job, step):
            yield _ignored(
                workflow, step.node.line_of("continue-on-error"), f'"{name}"', f"{job.name}:{name}"
            )
        return
    if step.run is None:
        return
    for index, line in enumerate(step.script.split("\n")[:400]):
        if _IGNORED.search(line) and GATES.search(line.partition("||")[0]):
            yield _ignored(
                workflow, line_of(step.run, index), f'"{line.strip()[:60]}"', f"{job.name}:{line.strip()}"
            )
            return


def _only_reports(job: Job, step: Step) -> bool:
    """A report on coverage, behind the tests themselves, which do stop the run."""
    earlier = job.steps[: job.steps.index(step)]
    return "coverage" in step.script and any(
        _TESTS.search(other.script) and is_gate(other) and other.node.value("continue-on-error") != "true"
        for other in earlier
    )


def _checked_later(job: Job, step: Step) -> bool:
    """A later step looks at the outcome and stops the run."""
    return bool(step.identity) and any(
        f"steps.{step.identity}.outcome" in node.text.lower()
        for other in job.steps
        for node in other.node.walk()
        if node.text
    )


def _ignored(workflow: Workflow, line: int, what: str, symbol: str) -> Fault:
    return Fault(
        "continue-on-error",
        workflow.path,
        line,
        line,
        f"{what[0].upper()}{what[1:]} may fail and the run still counts as passed: a broken change goes through.",
        symbol,
    )


def deploys_before_tests(files: WorkflowFiles) -> Iterator[Fault]:
    """A deployment that does not wait for the checks which the same change runs."""
    all_gates = [gate for gate in gates(files) if gate.tests]
    for workflow, job, step in deploys(files):
        if _is_on_paper(workflow, job, step):
            continue
        position = job.steps.index(step)
        later = next((item for item in job.steps[position + 1 :] if _is_test(item)), None)
        line = step.uses.line if step.uses is not None else step.line
        if later is not None and not any(_is_test(item) for item in job.steps[:position]):
            yield _early(workflow, job, line, "before its own tests")
            continue
        waited = _waits_for(workflow, job)
        if (
            any(is_gate(item) and _is_test(item) for item in job.steps[:position])
            or "workflow_run" in workflow.triggers
        ):
            continue
        tested = [
            other
            for other in workflow.jobs
            if other.name != job.name and any(_is_test(item) for item in other.steps)
        ]
        if tested and not any(other.name in waited for other in tested):
            yield _early(workflow, job, line, f'without waiting for the job "{tested[0].name}"')
        elif not tested and all_gates and _goes_alone(workflow, waited, all_gates):
            yield _early(workflow, job, line, f"without waiting for {all_gates[0].path}")


def _is_on_paper(workflow: Workflow, job: Job, step: Step) -> bool:
    """Whether what goes to GitHub's pages is the manual of an app that runs elsewhere."""
    if step.uses is None or "pages" not in step.action:
        return False
    return any(
        _PAPERS.search(text) for text in (workflow.path, job.name, *(item.script for item in job.steps))
    )


def _goes_alone(workflow: Workflow, waited: frozenset[str], tested: list[Gate]) -> bool:
    """The tests run in another file, and nothing here waits for them."""
    push = workflow.trigger("push")
    if push is not None and push.get("tags") is not None and push.get("branches") is None:
        return False
    calls = any(item.uses is not None and item.name in waited for item in workflow.jobs)
    return "push" in workflow.triggers and not calls and all(gate.path != workflow.path for gate in tested)


def _is_test(step: Step) -> bool:
    return step.run is not None and is_gate(step) and bool(_TESTS.search(step.script))


def _waits_for(workflow: Workflow, job: Job) -> frozenset[str]:
    """All jobs that this one needs, directly or through others."""
    found: set[str] = set()
    left = list(job.needs)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            needed = workflow.job(name)
            left.extend(needed.needs if needed is not None else ())
    return frozenset(found)


def _early(workflow: Workflow, job: Job, line: int, how: str) -> Fault:
    return Fault(
        "deploy-before-test",
        workflow.path,
        line,
        line,
        f'The job "{job.name}" puts the change live {how}: a change that breaks a test is live all the same.',
        job.name,
    )
