"""What strangers can write in a workflow's values: titles, branch names and messages, followed through variables,
step outputs, job outputs, matrices and the inputs of reusable parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from lastmile_desktop.project.models.workflows.expressions import Path, expressions
from lastmile_desktop.project.models.workflows.files import Job, Step, Workflow
from lastmile_desktop.project.models.workflows.outputs import ACTION_OUTPUTS, FOR_MEMBERS, PASSES_ON
from lastmile_desktop.project.models.workflows.strangers import LOCAL, has_strangers_files
from lastmile_desktop.project.models.yaml_tree import Kind, Yaml

_OUTSIDE = re.compile(
    r"^github\.(?:head_ref|event\.(?:"
    r"(?:issue|pull_request|discussion|changes)\.(?:title|body)(?:\.from)?"
    r"|(?:comment|review|review_comment)\.body|changes\.(?:head\.ref|body|title)\.from"
    r"|(?:pull_request|workflow_run\.pull_requests\.\*)\.head\.(?:ref|label|repo\.(?:default_branch|description|homepage))"
    r"|(?:issue|pull_request)\.milestone\.(?:title|description)"
    r"|pages\.[^.]+\.(?:page_name|title|summary)"
    r"|(?:commits\.[^.]+|head_commit|workflow_run\.head_commit)\.(?:message|(?:author|committer)\.(?:email|name))"
    r"|workflow_run\.(?:head_branch|display_title|head_repository\.description)"
    r"|(?:merge_group\.)?head_commit\.message|check_(?:run|suite)\.(?:[a-z_.]*)?head_branch))$"
)
_WHOLE_EVENT = re.compile(
    r"^github(?:\.event(?:\.(?:issue|pull_request|comment|review|discussion|pages|commits|head_commit|changes"
    r"|pull_request\.head|workflow_run|workflow_run\.head_commit))?)?$"
)
_BY_HAND = re.compile(r"^(?:github\.event\.inputs|github\.event\.client_payload|inputs)\.")
_PAYLOAD = re.compile(
    r"context\.payload\.(?:issue|pull_request|comment|review|discussion|head_commit|workflow_run)\??\.?\s{0,20}\.?"
    r"(?:title|body|head\??\.(?:ref|label)|message|head_branch|display_title)|process\.env\.(?:GITHUB_HEAD_REF)\b"
    r"|\bpullRequest\.(?:title|body|head\.ref)|\bpr\.data\.(?:title|body|head\.ref)|\bdata\.head\.ref\b"
)
_ASSIGNED = re.compile(
    r"^\s{0,40}(?:export\s+|local\s+|readonly\s+)?([A-Za-z_]\w{0,60})=(.{0,600})$", re.MULTILINE
)
_FOREIGN_COMMAND = re.compile(r"\$\(|`")
_FOREIGN_TEXT = re.compile(
    r"GITHUB_EVENT_PATH.{0,200}\.(?:title|body|ref|message|label)\b|\.(?:title|body|ref|message)\b.{0,200}GITHUB_EVENT_PATH"
    r"|gh (?:pr|issue) view.{0,200}\b(?:title|body|headRefName|comments|files)\b"
    r"|gh api .{0,300}\.(?:title|body|head\.ref|message|filename)\b"
    r"|git (?:--no-pager )?diff\b.{0,120}--name-(?:only|status)|git log\b.{0,120}(?:%s|%B|%b|%an|--oneline|--pretty)"
    r"|\bGITHUB_HEAD_REF\b"
)
_READS_FILE = re.compile(
    r"(?:\$\(|`)\s{0,4}(?:<|(?:cat|head|tail|jq|yq|grep|sed|awk|cut)\b)(?![^\n]{0,200}GITHUB_EVENT_PATH)"
    r"|^\s{0,40}(?:cat|jq)\s+[^<\s|]"
)
_ASKS_SHAPE = re.compile(r"=~\s{0,3}[\"']?\^|grep\s+-\w{1,4}\s+[\"']\^|\btr\s+-[cd]{1,2}\b|\$\(\(")
_TO_FILE = re.compile(
    r"(?:>>?|\|\s{0,4}tee\s+(?:-a\s+)?)\s{0,4}[\"']?\$\{?(?:env:)?(GITHUB_OUTPUT|GITHUB_ENV|GITHUB_PATH|GITHUB_STATE)\b",
    re.IGNORECASE,
)
_HEREDOC = re.compile(
    r"<<-?\s{0,3}[\"']?(?P<end>\w{1,30})[\"']?\s{0,3}>>?\s{0,3}[\"']?\$\{?"
    r"(?P<file>GITHUB_(?:ENV|OUTPUT|PATH))\}?[\"']?[ \t]{0,9}\n"
    r"(?P<body>(?:[^\n]{0,2000}\n){0,200}?)[ \t]{0,40}(?P=end)\b"
)
_NAMED = re.compile(r"[\"'\s({]([A-Za-z_][\w-]{0,60})(?:=|<<)")
_OLD_OUTPUT = re.compile(r"::set-output\s+name=([\w-]{1,60})::(.{0,400})")
_OLD_ENV = re.compile(r"::set-env\s+name=([\w-]{1,60})::(.{0,400})")
_SCRIPT_OUTPUT = re.compile(
    r"core\.(setOutput|exportVariable)\(\s{0,10}[\"'`]([\w-]{1,60})[\"'`]\s{0,5},(.{0,400})"
)


@dataclass(frozen=True, slots=True)
class EnvWrite:
    """A line that puts a stranger's text into `$GITHUB_ENV` or `$GITHUB_PATH`."""

    line: int
    file: str
    source: str


def outside(path: Path) -> bool:
    """Whether anybody who can open an issue or a pull request chooses this value."""
    dotted = ".".join(path)
    return bool(_OUTSIDE.match(dotted) or _WHOLE_EVENT.match(dotted))


def by_hand(path: Path) -> bool:
    """Whether whoever starts the workflow chooses this value."""
    return bool(_BY_HAND.match(".".join(path)))


def _nothing(_: str) -> Mapping[str, str]:
    return {}


class Taint:
    """The flows of one workflow; `given` are the inputs that callers fill with a stranger's text, `returned` tells
    the outputs of a local part that hold one."""

    def __init__(
        self,
        workflow: Workflow,
        given: Mapping[str, str] | None = None,
        returned: Callable[[str], Mapping[str, str]] = _nothing,
    ) -> None:
        self.workflow = workflow
        self._given = given or {}
        self._returned = returned
        self.writes: dict[tuple[str, int], list[EnvWrite]] = {}
        self._outputs: dict[tuple[str, str, str], str] = {}
        self._job_outputs: dict[tuple[str, str], str] = {}
        self._scopes: dict[tuple[str, int], dict[str, str]] = {}
        self._foreign = False
        for _ in range(3):
            before = (len(self._outputs), len(self._job_outputs))
            self._pass()
            if before == (len(self._outputs), len(self._job_outputs)):
                break

    def _pass(self) -> None:
        base = self._env_of(self.workflow.env, {}, None)
        for job in self.workflow.jobs:
            env = {**base, **self._env_of(job.env, base, job)}
            for number, step in enumerate(job.steps):
                scope = {**env, **self._env_of(step.env, env, job)}
                self._scopes[job.name, number] = scope
                self._read_step(job, number, step, scope, env)
            for name, node in job.outputs.items():
                source = self.source_in(node.text, job, env)
                if source:
                    self._job_outputs[job.name, name.lower()] = source

    def _env_of(self, table: Mapping[str, Yaml], scope: Mapping[str, str], job: Job | None) -> dict[str, str]:
        """The variables of a table that hold a stranger's text. One that is set anew is clean again."""
        found: dict[str, str] = {}
        for name, node in table.items():
            found[name] = self.source_in(node.text, job, scope) if node.kind is Kind.TEXT else ""
        return found

    def source_in(self, text: str, job: Job | None, env: Mapping[str, str]) -> str:
        """The first context in a text's expressions that a stranger can fill; "" when there is none."""
        for expression in expressions(text):
            for path in expression.reaches:
                source = self.source(path, job, env)
                if source:
                    return source
        return ""

    def source(self, path: Path, job: Job | None, env: Mapping[str, str]) -> str:
        if outside(path):
            return ".".join(path)
        head, member = path[0], (path[1:] or ("",))[0]
        if head == "env" and member:
            return next((source for name, source in env.items() if name.lower() == member), "")
        if head == "steps" and job is not None and member:
            return self._of_step(job, path, member)
        if head in ("needs", "jobs") and path[2:3] == ("outputs",):
            name = self._job_name(member)
            return self._job_outputs.get((name, path[-1]), "") or self._of_called(name, path[-1])
        if head == "matrix" and job is not None:
            matrix = job.node.get("strategy", "matrix")
            texts = (
                [node.text for node in matrix.walk() if node.kind is Kind.TEXT] if matrix is not None else []
            )
            return next((found for text in texts if (found := self.source_in(text, None, env))), "")
        if head == "inputs":
            return self._given.get(member, "")
        return ""

    def _of_called(self, name: str, output: str) -> str:
        """What a job that is a reusable workflow gives back."""
        job = self.workflow.job(name)
        return (
            self._returned(job.uses.text).get(output, "") if job is not None and job.uses is not None else ""
        )

    def returns(self) -> dict[str, str]:
        """The outputs of a composite action or a reusable workflow that hold a stranger's text."""
        outputs = self.workflow.root.get("outputs") if self.workflow.action else None
        outputs = outputs or self.workflow.root.get("on", "workflow_call", "outputs")
        job = self.workflow.jobs[0] if self.workflow.action and self.workflow.jobs else None
        found: dict[str, str] = {}
        for name, node in outputs.entries() if outputs is not None else ():
            value = node.get("value") if node.kind is Kind.MAP else node
            source = self.source_in(value.text, job, {}) if value is not None else ""
            if source:
                found[name.lower()] = source
        return found

    def _job_name(self, lowered: str) -> str:
        return next((job.name for job in self.workflow.jobs if job.name.lower() == lowered), lowered)

    def _of_step(self, job: Job, path: Path, identity: str) -> str:
        name = path[-1] if len(path) > 3 and path[2] == "outputs" else "*"
        step = next((item for item in job.steps if item.identity == identity and item.identity), None)
        if step is None:
            return ""
        known = ACTION_OUTPUTS.get(step.action, frozenset())
        if step.action in FOR_MEMBERS and step.given("permission-level").strip() not in ("none", "read"):
            return ""
        if name in known or "*" in known or (name == "*" and known):
            return f"{'.'.join(path)} of {step.action}"
        if step.action == "dorny/paths-filter" and name.endswith("_files"):
            quoted = step.given("list-files") in ("shell", "escape", "none", "")
            return "" if quoted else f"{'.'.join(path)} of {step.action}"
        given = self._returned(step.uses.text).get(name, "") if step.uses is not None else ""
        if not given and PASSES_ON.search(step.action.partition("/")[2]):
            scope = self._scopes.get((job.name, job.steps.index(step)), {})
            given = next(
                (found for node in step.inputs.values() if (found := self.source_in(node.text, job, scope))),
                "",
            )
        return given or self._outputs.get((job.name, identity, name), "")

    def _read_step(
        self, job: Job, number: int, step: Step, scope: dict[str, str], env: dict[str, str]
    ) -> None:
        if step.action == "actions/github-script":
            self._read_script(job, step, scope)
        if step.run is None:
            return
        self._foreign = has_strangers_files(self.workflow, job, number) and not _ASKS_SHAPE.search(
            step.script
        )
        names = self._shell_names(step.script, scope, job)
        writes: list[EnvWrite] = []
        started = {}
        for index, line in enumerate(step.script.split("\n")[:2000]):
            source = self._line_source(line, names, scope, job)
            for pattern, target in ((_OLD_OUTPUT, "GITHUB_OUTPUT"), (_OLD_ENV, "GITHUB_ENV")):
                for match in pattern.finditer(line):
                    if source:
                        self._write(job, step, target, match[1], source, env, writes, index)
            target_match = _TO_FILE.search(line)
            if target_match is None:
                heredoc = _in_heredoc(step.script, index)
                if source and heredoc:
                    name = line.strip().partition("=")[0]
                    self._write(job, step, heredoc, name, source, env, writes, index)
                continue
            target = target_match[1].upper()
            named = _NAMED.search(" " + line)
            name = named[1] if named is not None else str(started.get(target, "*"))
            if named is not None and "<<" in line:
                started[target] = named[1]
            if source:
                self._write(job, step, target, name, source, env, writes, index)
        block = re.search(r"\}\s{0,4}>>\s{0,4}[\"']?\$\{?(GITHUB_OUTPUT|GITHUB_ENV)", step.script)
        if block is not None:
            self._read_block(job, step, block, names, scope, env, writes)
        if writes:
            self.writes[job.name, number] = writes

    def _read_block(
        self, job: Job, step: Step, block: re.Match[str], names: Mapping[str, str], scope: dict[str, str],
        env: dict[str, str], writes: list[EnvWrite],
    ) -> None:  # fmt: skip
        """`{ echo a; echo b; } >> "$GITHUB_ENV"`."""
        body = step.script[: block.start()].rpartition("{")[2]
        name = "*"
        first = step.script[: block.start()].count("\n") - body.count("\n")
        for index, line in enumerate(body.split("\n")):
            named = _NAMED.search(" " + line)
            name = named[1] if named is not None else name
            source = self._line_source(line, names, scope, job)
            if source:
                self._write(job, step, block[1], name, source, env, writes, first + index)

    def _write(
        self, job: Job, step: Step, target: str, name: str, source: str, env: dict[str, str],
        writes: list[EnvWrite], index: int,
    ) -> None:  # fmt: skip
        if target == "GITHUB_OUTPUT" and step.identity:
            self._outputs[job.name, step.identity, name.lower()] = source
        elif target in ("GITHUB_ENV", "GITHUB_PATH"):
            if target == "GITHUB_ENV":
                env[name] = source
            writes.append(
                EnvWrite(line_of(step.run, index) if step.run is not None else step.line, target, source)
            )

    def shell_names(self, job: Job, number: int, step: Step) -> Mapping[str, str]:
        """The variables of a step's shell that hold a stranger's text."""
        return self._shell_names(step.script, self.scope(job, number), job)

    def _shell_names(self, script: str, scope: Mapping[str, str], job: Job) -> dict[str, str]:
        """Variables of the shell that hold a stranger's text, from the step's own and from commands."""
        names = {name: source for name, source in scope.items() if source}
        names.setdefault("GITHUB_HEAD_REF", "github.head_ref")
        for match in _ASSIGNED.finditer(script):
            source = self._line_source(match[2], names, scope, job)
            if source:
                names[match[1]] = source
        return names

    def _line_source(self, line: str, names: Mapping[str, str], scope: Mapping[str, str], job: Job) -> str:
        source = self.source_in(line, job, scope)
        if source:
            return source
        if _FOREIGN_COMMAND.search(line) and (match := _FOREIGN_TEXT.search(line)) is not None:
            return match[0][:60]
        if self._foreign and _READS_FILE.search(line):
            return "a file of a stranger's"
        if "$" not in line or re.search(r"\|\s{0,5}(?:base64|wc\b|md5sum|sha256sum|tr -cd\b)", line):
            return ""
        for match in re.finditer(r"\$(?:env:|\{)?([A-Za-z_]\w{0,60})", line):
            if match[1] in names and names[match[1]]:
                return names[match[1]]
        return ""

    def _read_script(self, job: Job, step: Step, scope: Mapping[str, str]) -> None:
        script = step.given("script")
        if not step.identity:
            return
        tainted = self.source_in(script, job, scope) or ("context.payload" if _PAYLOAD.search(script) else "")
        if not tainted:
            return
        for match in _SCRIPT_OUTPUT.finditer(script):
            value = match[3]
            if _PAYLOAD.search(value) or re.search(r"\b(?:title|body|branch|ref|message|headRef)\b", value):
                self._outputs[job.name, step.identity, match[2].lower()] = tainted
        returned = re.search(r"\breturn\s+(.{0,200})", script)
        if returned is not None and (
            _PAYLOAD.search(returned[1]) or re.fullmatch(r"(?:title|body|ref);?", returned[1].strip())
        ):
            self._outputs[job.name, step.identity, "result"] = tainted

    def scope(self, job: Job, number: int) -> Mapping[str, str]:
        """The variables that a step sees, with their source where a stranger fills them."""
        return self._scopes.get((job.name, number), {})

    def calls(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Local reusable workflows and actions with the inputs that get a stranger's text."""
        for job in self.workflow.jobs:
            if job.uses is not None and job.uses.text.startswith(LOCAL):
                given = job.node.get("with")
                yield job.uses.text, self._inputs(dict(given.entries()) if given is not None else {}, job, {})
            for number, step in enumerate(job.steps):
                if step.uses is not None and step.uses.text.startswith(LOCAL):
                    yield step.uses.text, self._inputs(step.inputs, job, self.scope(job, number))

    def _inputs(self, given: Mapping[str, Yaml], job: Job, env: Mapping[str, str]) -> dict[str, str]:
        found = {name.lower(): self.source_in(node.text, job, env) for name, node in given.items()}
        return {name: source for name, source in found.items() if source}


def line_of(node: Yaml, index: int) -> int:
    """The line of the file that holds line `index` of a text."""
    return min(node.line + index + (1 if node.block else 0), max(node.last_line, node.line))


def _in_heredoc(script: str, index: int) -> str:
    """The file of GitHub's that line `index` is written to by `cat <<EOF >> "$GITHUB_ENV"`, "" when none."""
    for match in _HEREDOC.finditer(script):
        first = script.count("\n", 0, match.start()) + 1
        if first <= index < first + match["body"].count("\n"):
            return match["file"].upper()
    return ""
