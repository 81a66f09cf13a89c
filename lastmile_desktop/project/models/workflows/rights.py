"""Rights, secrets and foreign code that a workflow takes without need."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.project.models.delivery.delivery_fault import Fault
from lastmile_desktop.project.models.workflows.expressions import condition, expressions
from lastmile_desktop.project.models.workflows.files import Job, Step, Workflow, WorkflowFiles
from lastmile_desktop.project.models.workflows.taint import line_of
from lastmile_desktop.project.models.yaml_tree import Kind, Yaml

_PINNED = re.compile(r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$", re.IGNORECASE)
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$", re.IGNORECASE)
_TRUSTED_OWNERS = frozenset(("actions", "github"))
_BRANCHES = frozenset(("main", "master", "develop", "dev", "trunk", "head", "latest", "next"))
_CLOUD_KEYS: Mapping[str, tuple[str, ...]] = {
    "aws-actions/configure-aws-credentials": ("aws-access-key-id", "aws-secret-access-key"),
    "google-github-actions/auth": ("credentials_json",),
    "google-github-actions/setup-gcloud": ("service_account_key",),
    "azure/login": ("creds",),
    "azure/webapps-deploy": ("publish-profile",),
    "jakejarvis/s3-sync-action": (),
}
_CLOUD_ENV = re.compile(
    r"^(?:AWS_SECRET_ACCESS_KEY|GOOGLE_CREDENTIALS|ARM_CLIENT_SECRET|AZURE_CLIENT_SECRET|GCP_SA_KEY)$"
)
_OWN_TRIGGERS = frozenset(("schedule", "workflow_dispatch", "repository_dispatch"))
_OLD_COMMANDS = "ACTIONS_ALLOW_UNSECURE_COMMANDS"
_ALONE = re.compile(
    r"^(?:#|[\w.-]{1,60}=(?!\$\((?!curl|wget|date|echo|cat|jq))|[-\"'}{|\\]"
    r"|\$\{\{ secrets\.|(?:curl|wget|cat|jq|echo|sleep|exit|if|elif|then|else|fi|for|do|done|test|set|\[+)(?:\s|$))"
)
"""A line that starts nothing which came from elsewhere."""
_FETCHED = re.compile(r"(?m)^\s{0,40}(\w{1,60})=[\"']?(?:\$\(|`)\s{0,3}(?:curl|wget)\b")
_RUN_REMOTE = re.compile(
    r"(?P<eval>\beval\s+[\"']?(?:\$\(|`)\s{0,3}(?:curl|wget)\b[^\n]{0,200})"
    r"|\beval\s+[\"']?\$\{?(?P<name>\w{1,60})"
    r"|\b(?:curl|wget)\b[^\n|;]{0,300}\|\s{0,4}(?:sudo\s+(?:-\w+\s+)?)?(?:/(?:usr/)?bin/)?(?:ba|z|da|k)?sh\b"
    r"|\b(?:ba|z)?sh\s+(?:-c\s+)?[\"']?(?:<\(|\$\()\s{0,3}(?:curl|wget)\b"
    r"|\b(?:iex|Invoke-Expression)\b[^\n]{0,80}(?:DownloadString|iwr|irm|Invoke-WebRequest)|\b(?:iwr"
    r"|irm)\b[^\n|]{0,200}\|\s{0,3}iex\b",
    re.IGNORECASE,
)
_KNOWN_BAD: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("tj-actions/changed-files", re.compile(r"^v?(?:[0-9]|[1-3]\d|4[0-5])(?:\.|$)|^0e58ed8671d6"), "CVE-2025-30066"),
    ("reviewdog/action-setup", re.compile(r"^v1(?:\.[0-3](?:\.\d+)?)?$"), "CVE-2025-30154"),
    ("tj-actions/branch-names", re.compile(r"^v?[0-8](?:\.|$)"), "CVE-2025-54416"),
    ("actions/download-artifact", re.compile(r"^v?4\.(?:0\.\d+|1\.[0-2])$"), "CVE-2024-42471"),
    ("gajira/gajira-create", re.compile(r"^v?[0-2](?:\.0(?:\.0)?)?$"), "CVE-2020-14188"),
    ("check-spelling/check-spelling", re.compile(r"^v?0\.0\.(?:[0-9]|1[0-8])$"), "CVE-2021-32724"),
    ("hashicorp/vault-action", re.compile(r"^v?(?:1\.|2\.[01]\.)"), "CVE-2021-32074"),
    ("dawidd6/action-download-artifact", re.compile(r"^v?[1-5](?:\.|$)"), "GHSA-5xr6-xhww-33m4"),
    ("ultralytics/actions", re.compile(r"^v?0\.0\.[0-2]$"), "GHSA-7x29-qqmq-v6qc"),
    ("embano1/wip", re.compile(r"^v?1(?:$|\.)"), "CVE-2023-30623"),
    ("pozetroninc/github-action-get-latest-release", re.compile(r"^v?0\.[0-7]\."), "GHSA-2mc2-g238-722j"),
    ("rlespinasse/github-slug-action", re.compile(r"^v?(?:[1-3]|4\.[0-3])(?:\.|$)"), "CVE-2023-27581"),
    ("kartverket/github-workflows", re.compile(r"^v?2\.[0-6](?:\.|$)"), "CVE-2022-39326"),
    ("tj-actions/verify-changed-files", re.compile(r"^v?(?:[0-9]|1[0-6])(?:\.|$)"), "CVE-2023-52137"),
    ("azure/setup-kubectl", re.compile(r"^v?[12](?:\.|$)"), "CVE-2022-23494"),
    ("atlassian/gajira-comment", re.compile(r"^v?[12]\.0\.[01]$"), "CVE-2020-14189"),
)  # fmt: skip


def rights(files: WorkflowFiles, owner: str) -> Iterator[Fault]:
    """`owner` is the account of this repository, whose actions are no strangers."""
    for workflow in files.workflows:
        if not workflow.action:
            yield from _permissions(workflow)
            yield from _called_secrets(workflow)
            yield from _cloud_keys(workflow)
            yield from _images(workflow)
        yield from _uses(workflow, owner)
        yield from _remote_scripts(workflow)
        yield from _whole_secrets(workflow)
        yield from _old_commands(workflow)


def _permissions(workflow: Workflow) -> Iterator[Fault]:
    for holder, node in (("", workflow.permissions), *((job.name, job.permissions) for job in workflow.jobs)):
        if node is not None and node.kind is Kind.TEXT and node.text == "write-all":
            what = f'the job "{holder}"' if holder else "every job of this workflow"
            yield Fault(
                "permissions-write-all",
                workflow.path,
                node.line,
                node.line,
                f"{what[0].upper()}{what[1:]} may change everything in the repository: code, releases, "
                f"packages.",
                holder or "workflow",
            )
    if workflow.permissions is not None or workflow.triggers == frozenset(("workflow_call",)):
        return
    bare = [job for job in workflow.jobs if job.permissions is None and not _runs_alone(workflow, job)]
    if bare:
        yield Fault(
            "permissions-missing",
            workflow.path,
            bare[0].line,
            bare[0].line,
            "This workflow does not say which rights it needs, so its token gets the repository's "
            "default, in older "
            "repositories the right to change everything.",
            "workflow",
            more=tuple(at(workflow.path, job.line) for job in bare[1:6]),
        )


def _runs_alone(workflow: Workflow, job: Job) -> bool:
    """Whether a job that no change starts runs nothing but the commands that stand in it: none uses its token."""
    return (
        workflow.triggers <= _OWN_TRIGGERS
        and job.uses is None
        and all(
            step.uses is None
            and "github.token" not in step.script
            and all(_ALONE.match(line.strip()) for line in step.script.split("\n") if line.strip())
            for step in job.steps
        )
    )


def _uses(workflow: Workflow, owner: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for job in workflow.jobs:
        for node in (job.uses, *(step.uses for step in job.steps)):
            text = node.text.strip() if node is not None else ""
            if node is None or text.startswith(("./", "../")) or text in seen or "${{" in text:
                continue
            seen.add(text)
            why = _unpinned(text, owner)
            if why:
                yield Fault("action-unpinned", workflow.path, node.line, node.line, why, text)
            known = _vulnerable(text)
            if known:
                yield Fault(
                    "action-vulnerable",
                    workflow.path,
                    node.line,
                    node.line,
                    f"{text} has a known hole ({known}): use a version behind it.",
                    text,
                )


def _unpinned(text: str, owner: str) -> str:
    if text.startswith("docker://"):
        return _unpinned_image(text.removeprefix("docker://"))
    action, _, version = text.partition("@")
    account = action.partition("/")[0].lower()
    if "/" not in action or _PINNED.match(version):
        return ""
    if not version or version.lower() in _BRANCHES:
        if account == owner:
            return ""
        return f"{text} is taken as it is on that day: whoever can change it runs code with this workflow's secrets."
    if account in _TRUSTED_OWNERS or account == owner:
        return ""
    return (
        f"{text} is taken by a tag that its owner, or a thief of that account, can move: name the commit "
        f"(40 characters) and keep the tag as a comment."
    )


def _unpinned_image(image: str) -> str:
    if _DIGEST.search(image) or "${{" in image:
        return ""
    tag = image.rpartition("/")[2].partition(":")[2]
    if tag and tag != "latest":
        return ""
    return f"The image {image} has no version: each run takes what is there on that day."


def _vulnerable(text: str) -> str:
    action, _, version = text.partition("@")
    name = "/".join(action.lower().split("/")[:2])
    return next((known for bad, pattern, known in _KNOWN_BAD if bad == name and pattern.search(version)), "")


def _images(workflow: Workflow) -> Iterator[Fault]:
    for job in workflow.jobs:
        container, services = job.node.get("container"), job.node.get("services")
        nodes = (
            [container, *(value for _, value in services.entries())] if services is not None else [container]
        )
        for node in nodes:
            image = node.get("image") if node is not None and node.kind is Kind.MAP else node
            if image is None or image.kind is not Kind.TEXT or not image.text:
                continue
            why = _unpinned_image(image.text)
            if why:
                yield Fault(
                    "action-unpinned", workflow.path, image.line, image.line, why, f"{job.name}:{image.text}"
                )


def _remote_scripts(workflow: Workflow) -> Iterator[Fault]:
    """What a server answers is run as it comes."""
    for job in workflow.jobs:
        for step in job.steps:
            if step.run is None:
                continue
            fetched = {match[1] for match in _FETCHED.finditer(step.script)}
            match = next(
                (
                    item
                    for item in _RUN_REMOTE.finditer(step.script)
                    if not item["name"] or item["name"] in fetched
                ),
                None,
            )
            if match is not None:
                line = line_of(step.run, step.script.count("\n", 0, match.start()))
                hard = bool(match["name"] or match["eval"]) or "http://" in match[0]
                yield Fault(
                    "remote-script",
                    workflow.path,
                    line,
                    line,
                    "A script is taken from the internet and run unseen: whoever controls that address "
                    "controls this "
                    "workflow.",
                    f"{job.name}:{match[0][:60]}",
                    Severity.HIGH if hard else None,
                    0.8 if hard else None,
                )


def _called_secrets(workflow: Workflow) -> Iterator[Fault]:
    for job in workflow.jobs:
        secrets = job.node.get("secrets")
        if job.uses is not None and secrets is not None and secrets.text == "inherit":
            foreign = not job.uses.text.startswith("./")
            yield Fault(
                "secrets-overexposed",
                workflow.path,
                job.uses.line,
                max(secrets.line, job.uses.line),
                f"All secrets of this repository are handed to {job.uses.text.partition('@')[0]}, "
                f"needed or not: name "
                f"the ones it needs.",
                f"{job.name}:inherit",
                None if foreign else Severity.MEDIUM,
            )


def _whole_secrets(workflow: Workflow) -> Iterator[Fault]:
    """`toJSON(secrets)` or a secret whose name is computed puts all of them on the machine."""
    for node in workflow.root.walk():
        if node.kind is not Kind.TEXT or "secrets" not in node.text.lower():
            continue
        for expression in expressions(node.text):
            whole = ("secrets",) in expression.mentions or ("secrets", "*") in expression.mentions
            if whole:
                line = min(
                    node.line + node.text.count("\n", 0, expression.offset) + (1 if node.block else 0),
                    node.last_line,
                )
                yield Fault(
                    "secrets-overexposed",
                    workflow.path,
                    line,
                    line,
                    "Every secret of the repository is put on the machine here: read the ones that are "
                    "needed by name.",
                    f"{line}:{expression.text[:40]}",
                )
                break


def _old_commands(workflow: Workflow) -> Iterator[Fault]:
    tables = [workflow.env]
    for job in workflow.jobs:
        tables += [job.env, *(step.env for step in job.steps)]
    for node in (table[_OLD_COMMANDS] for table in tables if _OLD_COMMANDS in table):
        if node.text.strip().lower() in ("true", "1", "yes", "on"):
            yield Fault(
                "unsafe-commands",
                workflow.path,
                node.line,
                node.line,
                "Old commands are switched on here that let anything which is printed set variables and run commands.",
                f"{node.line}:{_OLD_COMMANDS}",
            )


def _cloud_keys(workflow: Workflow) -> Iterator[Fault]:
    for job in workflow.jobs:
        found = next(((step, node) for step in job.steps if (node := _cloud_key(step)) is not None), None)
        if found is None:
            continue
        step, node = found
        yield Fault(
            "long-lived-cloud-keys",
            workflow.path,
            node.line,
            node.line,
            f"{step.action or 'This step'} signs in to the cloud with a key that never expires: let "
            f"GitHub ask for a "
            f"short-lived one (OIDC).",
            job.name,
        )


def _cloud_key(step: Step) -> Yaml | None:
    for name in _CLOUD_KEYS.get(step.action, ()):
        node = step.inputs.get(name)
        if node is not None and any(path[0] == "secrets" for path in _read(node)):
            return node
    for name, node in step.env.items():
        if _CLOUD_ENV.match(name) and any(path[0] == "secrets" for path in _read(node)):
            return node
    return None


def _read(node: Yaml) -> tuple[tuple[str, ...], ...]:
    return condition(node.text) if "${{" in node.text else ()
