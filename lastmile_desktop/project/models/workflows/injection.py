"""Texts of strangers that become commands in a workflow, or variables of all steps that follow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lastmile_desktop.core.check import Severity
from lastmile_desktop.project.models.delivery.delivery_fault import Fault
from lastmile_desktop.project.models.workflows.expressions import Expression, expressions
from lastmile_desktop.project.models.workflows.files import Job, Step, Workflow, WorkflowFiles
from lastmile_desktop.project.models.workflows.guards import Guard, guard_of, is_privileged, triggers_of
from lastmile_desktop.project.models.workflows.strangers import local_path
from lastmile_desktop.project.models.workflows.taint import Taint, by_hand, line_of
from lastmile_desktop.project.models.yaml_tree import Yaml

_SCRIPT_INPUTS: Mapping[str, tuple[str, ...]] = {
    "actions/github-script": ("script",),
    "appleboy/ssh-action": ("script",),
    "azure/cli": ("inlinescript",),
    "azure/powershell": ("inlinescript",),
    "amadevus/pwsh-script": ("script",),
    "cardinalby/js-eval-action": ("expression",),
    "jannekem/run-python-script-action": ("script",),
    "mikefarah/yq": ("cmd",),
    "nick-fields/retry": ("command", "on_retry_command", "new_command_on_retry"),
    "addnab/docker-run-action": ("run", "options"),
    "garygrossgarten/github-action-ssh": ("command",),
    "cloudflare/wrangler-action": ("command", "precommands", "postcommands"),
    "satackey/action-js-inline": ("script",),
    "roots/issue-closer-action": ("issue-close-message", "pr-close-message"),
    "skitionek/notify-microsoft-teams": ("overwrite",),
    "devcontainers/ci": ("runcmd",),
    "nwtgck/actions-netlify": (),
    "docker://": ("args",),
    "8398a7/action-slack": ("custom_payload",),
    "lucasbento/auto-close-issues": ("issue-close-message",),
    "gautamkrishnar/keepalive-workflow": ("commit_message",),
    "ruby/setup-ruby": (),
}
_MOST_HOPS = 3
_MOST_LINES = 2000
_PROGRAM = re.compile(
    r"(?:^|[\s|;(`])(?:sed|g?awk|perl)\s+(?:-\w+\s+){0,4}\"((?:[^\"\\\n]|\\.){1,400})\"", re.MULTILINE
)
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w{0,60})")
_PLAIN_TYPES = frozenset(("boolean", "number", "choice", "environment"))


def injections(files: WorkflowFiles) -> Iterator[Fault]:
    """Every place, in workflows and in the local parts that they call."""
    taints = list(_all_taints(files))
    seen: set[tuple[str, int, str]] = set()
    for taint in taints:
        for fault in (*_in_steps(taint), *_in_programs(taint), *_env_writes(taint)):
            key = (fault.path, fault.line, fault.rule)
            if key not in seen:
                seen.add(key)
                yield fault


def _all_taints(files: WorkflowFiles) -> Iterator[Taint]:
    """Workflows and what they call, with the inputs that carry a stranger's text there, and the outputs that carry
    one back."""
    given: dict[str, dict[str, str]] = {}
    returned: dict[str, dict[str, str]] = {}
    known = {item.path: item for item in files.workflows}

    def back(target: str) -> Mapping[str, str]:
        return returned.get(local_path(target, known), {})

    taints: list[Taint] = []
    for _ in range(_MOST_HOPS):
        before = ({path: dict(names) for path, names in given.items()}, dict(returned))
        taints = [Taint(item, given.get(item.path), back) for item in files.workflows]
        for taint in taints:
            for target, names in taint.calls():
                path = local_path(target, known)
                if path and names:
                    given.setdefault(path, {}).update(names)
        returned.update({taint.workflow.path: outputs for taint in taints if (outputs := taint.returns())})
        if before == (given, returned):
            break
    yield from taints


def _in_steps(taint: Taint) -> Iterator[Fault]:
    workflow = taint.workflow
    for job in workflow.jobs:
        for number, step in enumerate(job.steps):
            scripts = list(_scripts(step))
            if not scripts:
                continue
            guard = guard_of(workflow, job, number)
            for node in scripts:
                yield from _in_script(taint, job, number, node, guard)


def _in_programs(taint: Taint) -> Iterator[Fault]:
    """sed and awk programs that hold a stranger's text: both can start other programs."""
    for job in taint.workflow.jobs:
        for number, step in enumerate(job.steps):
            if step.run is None or not _PROGRAM.search(step.script):
                continue
            guard = guard_of(taint.workflow, job, number)
            if guard.closed or not is_privileged(taint.workflow, guard):
                continue
            names = taint.shell_names(job, number, step)
            for index, line in enumerate(step.script.split("\n")[:_MOST_LINES]):
                found = (name for match in _PROGRAM.finditer(line) for name in _VARIABLE.findall(match[1]))
                source = next((names[name] for name in found if names.get(name)), "")
                if source:
                    yield _injection(taint.workflow, job, line_of(step.run, index), source, guard)


def _scripts(step: Step) -> Iterator[Yaml]:
    if step.run is not None:
        yield step.run
    action = step.action if not step.action.startswith("docker://") else "docker://"
    for name in _SCRIPT_INPUTS.get(action, ()):
        node = step.inputs.get(name)
        if node is not None:
            yield node


def _in_script(taint: Taint, job: Job, number: int, node: Yaml, guard: Guard) -> Iterator[Fault]:
    workflow = taint.workflow
    scope = taint.scope(job, number)
    lines: set[int] = set()
    for expression in expressions(node.text):
        line = _line_of(node, expression)
        if line in lines:
            continue
        source = next((found for path in expression.reaches if (found := taint.source(path, job, scope))), "")
        if source and not guard.closed:
            lines.add(line)
            yield _injection(workflow, job, line, source, guard)
        elif not source:
            chosen = next((path for path in expression.reaches if by_hand(path)), None)
            if chosen is not None and is_text_input(workflow, chosen[-1]):
                lines.add(line)
                yield _chosen(workflow, job, line, ".".join(chosen))


def _line_of(node: Yaml, expression: Expression) -> int:
    return line_of(node, node.text.count("\n", 0, expression.offset))


def _injection(workflow: Workflow, job: Job, line: int, source: str, guard: Guard) -> Fault:
    who = "whoever opens an issue or a pull request" if triggers_of(workflow, guard) else "a stranger"
    return Fault(
        "script-injection",
        workflow.path,
        line,
        line,
        f"This script contains {_short(source)}, which {who} writes: they can put commands into it that run with "
        f"the rights of this workflow.",
        f"{job.name}:{source}",
        confidence=0.85 if guard.label else None,
    )


def _chosen(workflow: Workflow, job: Job, line: int, source: str) -> Fault:
    return Fault(
        "script-injection",
        workflow.path,
        line,
        line,
        f"This script contains {_short(source)} as code: whoever starts the workflow or calls this part can put "
        f"commands into it. Hand it over as an environment variable.",
        f"{job.name}:{source}",
        Severity.MEDIUM,
        0.7,
    )


def _short(source: str) -> str:
    return source if len(source) <= 80 else f"{source[:77]}…"


def is_text_input(workflow: Workflow, name: str) -> bool:
    """Whether an input may hold commands: numbers, switches and lists to choose from hold none."""
    declared = [workflow.root.get("inputs")] if workflow.action else []
    declared += [
        workflow.root.get("on", trigger, "inputs") for trigger in ("workflow_dispatch", "workflow_call")
    ]
    types = [
        value.value("type") or "string"
        for table in declared
        if table is not None
        for key, value in table.entries()
        if key.lower() == name
    ]
    return not types or any(kind not in _PLAIN_TYPES for kind in types)


def _env_writes(taint: Taint) -> Iterator[Fault]:
    workflow = taint.workflow
    for (job_name, number), writes in taint.writes.items():
        job = workflow.job(job_name)
        if job is None or guard_of(workflow, job, number).closed:
            continue
        for write in writes:
            yield Fault(
                "env-file-injection",
                workflow.path,
                write.line,
                write.line,
                f"{_short(write.source)} is written to ${write.file}: with a line break in it, a stranger sets any "
                f"variable for the steps that follow, and so runs commands.",
                f"{job_name}:{write.source}",
            )
