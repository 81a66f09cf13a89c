"""GitHub workflows and actions of a project: triggers, jobs, steps, each with its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lastmile_desktop.project.models.yaml_tree import Kind, Yaml, YamlFile, parse
from lastmile_desktop.project.view import ProjectView

_WORKFLOW = re.compile(r"^\.github/workflows/[^/]{1,200}\.ya?ml$", re.IGNORECASE)
_ACTION = re.compile(r"(?:^|/)action\.ya?ml$")
_MOST_STEPS = 400


@dataclass(frozen=True, slots=True)
class Step:
    """`run` and `uses` are nodes, so that their lines are known; `env` are the variables of this step alone."""

    node: Yaml
    identity: str
    run: Yaml | None
    uses: Yaml | None
    inputs: Mapping[str, Yaml]
    env: Mapping[str, Yaml]
    condition: str

    @property
    def line(self) -> int:
        return self.node.line

    @property
    def action(self) -> str:
        """`owner/repo[/path]` in lower case, without the version."""
        return self.uses.text.partition("@")[0].strip().lower() if self.uses is not None else ""

    @property
    def version(self) -> str:
        return self.uses.text.partition("@")[2].strip() if self.uses is not None else ""

    @property
    def script(self) -> str:
        return self.run.text if self.run is not None else ""

    def given(self, name: str) -> str:
        node = self.inputs.get(name)
        return node.text if node is not None else ""


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    node: Yaml
    line: int
    steps: tuple[Step, ...]
    needs: tuple[str, ...]
    env: Mapping[str, Yaml]
    condition: str
    uses: Yaml | None
    permissions: Yaml | None
    environment: bool
    runs_on: tuple[str, ...]

    @property
    def outputs(self) -> Mapping[str, Yaml]:
        return _table(self.node.get("outputs"))


@dataclass(frozen=True, slots=True)
class Workflow:
    """`action` tells a composite action from a workflow; its single job holds the steps."""

    path: str
    root: Yaml
    triggers: frozenset[str]
    jobs: tuple[Job, ...]
    env: Mapping[str, Yaml]
    permissions: Yaml | None
    action: bool = False

    def job(self, name: str) -> Job | None:
        return next((job for job in self.jobs if job.name == name), None)

    def trigger(self, name: str) -> Yaml | None:
        """The settings of one trigger (`branches`, `types`), None when there are none."""
        return self.root.get("on", name)


@dataclass(frozen=True, slots=True)
class WorkflowFiles:
    workflows: tuple[Workflow, ...] = ()
    unparsed: tuple[tuple[str, str], ...] = ()

    @property
    def own(self) -> tuple[Workflow, ...]:
        """The workflows without the actions."""
        return tuple(item for item in self.workflows if not item.action)


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A workflow or action, why it cannot be read, or neither when the file is something else."""

    workflow: Workflow | None = None
    problem: str = ""


def is_workflow(path: str) -> bool:
    return bool(_WORKFLOW.match(path))


def build(view: ProjectView) -> WorkflowFiles:
    """All workflows and composite actions, each file read once until it changes."""
    found: list[Workflow] = []
    unparsed: list[tuple[str, str]] = []
    for entry in view.tree:
        if not entry.path.endswith((".yml", ".yaml")):
            continue
        if not is_workflow(entry.path) and not _ACTION.search(entry.path):
            continue
        if entry.unreadable is not None:
            unparsed.append((entry.path, str(entry.unreadable)))
            continue
        read = view.per_file(
            "workflow", entry.path, lambda text, path=entry.path: read_file(path, text), ReadFile()
        )
        if read.workflow is not None:
            found.append(read.workflow)
        elif read.problem:
            unparsed.append((entry.path, read.problem))
    return WorkflowFiles(tuple(found), tuple(unparsed))


def read_file(path: str, text: str) -> ReadFile:
    """One workflow or action; neither when the file is something else."""
    parsed: YamlFile = parse(text)
    root = parsed.root
    if is_workflow(path):
        if root is None or root.kind is not Kind.MAP:
            return ReadFile(problem=parsed.problem or "it is not a workflow")
        if root.get("jobs") is None:
            return ReadFile(problem="it has no jobs")
        return ReadFile(_workflow(path, root))
    if root is not None and root.value("runs", "using").lower() == "composite":
        return ReadFile(_composite(path, root))
    return ReadFile()


def _workflow(path: str, root: Yaml) -> Workflow:
    jobs = root.get("jobs")
    on = root.get("on")
    return Workflow(
        path,
        root,
        frozenset(name.lower() for name in on.texts()) if on is not None else frozenset(),
        tuple(_job(key, value) for key, value in jobs.pairs) if jobs is not None else (),
        _table(root.get("env")),
        root.get("permissions"),
    )


def _composite(path: str, root: Yaml) -> Workflow:
    runs = root.get("runs")
    job = Job("", root, root.line, _steps(runs), (), {}, "", None, None, False, ())
    return Workflow(path, root, frozenset(("action",)), (job,), {}, None, action=True)


def _job(key: Yaml, node: Yaml) -> Job:
    needs, runs_on = node.get("needs"), node.get("runs-on")
    labels = runs_on.get("labels") if runs_on is not None and runs_on.kind is Kind.MAP else runs_on
    return Job(
        key.text,
        node,
        key.line,
        _steps(node),
        needs.texts() if needs is not None else (),
        _table(node.get("env")),
        node.value("if"),
        node.get("uses"),
        node.get("permissions"),
        node.get("environment") is not None,
        labels.texts() if labels is not None else (),
    )


def _steps(node: Yaml | None) -> tuple[Step, ...]:
    listed = node.get("steps") if node is not None else None
    if listed is None or listed.kind is not Kind.LIST:
        return ()
    return tuple(_step(item) for item in _flat(listed.items[:_MOST_STEPS]) if item.kind is Kind.MAP)


def _flat(items: tuple[Yaml, ...]) -> Iterator[Yaml]:
    """Steps that run at the same time stand one level deeper."""
    for item in items:
        parallel = item.get("parallel")
        if parallel is None:
            yield item
        else:
            yield from parallel.items


def _step(node: Yaml) -> Step:
    run, uses = node.get("run"), node.get("uses")
    return Step(
        node,
        node.value("id").lower(),
        run if run is not None and run.kind is Kind.TEXT else None,
        uses if uses is not None and uses.kind is Kind.TEXT else None,
        {name.lower(): value for name, value in _table(node.get("with")).items()},
        _table(node.get("env")),
        node.value("if"),
    )


def _table(node: Yaml | None) -> dict[str, Yaml]:
    if node is None or node.kind is not Kind.MAP:
        return {}
    return dict(node.entries())
