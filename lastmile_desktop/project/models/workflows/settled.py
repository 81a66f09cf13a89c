"""Values in workflow scripts that nobody outside chooses, and jobs that need the token their checkout leaves."""

from __future__ import annotations

import re

from lastmile_desktop.project.models.workflows.files import Job, Workflow
from lastmile_desktop.project.models.workflows.injection import is_text_input

_HARMLESS = re.compile(
    r"^github\.(?:actor|triggering_actor|repository(?:_owner|_id)?|sha|run_\w+|job|workspace|server_url"
    r"|api_url|event_name)$|\.login$|\.(?:id|number|sha|url|html_url)$"
)
_INPUT = re.compile(r"^(?:github\.event\.)?inputs\.([\w-]+)$", re.IGNORECASE)
_REF = re.compile(r"^github\.(?:ref|ref_name|base_ref)$", re.IGNORECASE)
_NAMED_KINDS = frozenset(("push", "pull_request", "workflow_dispatch", "schedule"))
_PUSHES = re.compile(
    r"\bgit\s+(?:-\S+\s+\S+\s+){0,3}push\b|\bgh\s+pr\s+create\b|semantic-release|\blerna\s+(?:publish|version)\b"
    r"|\bmike\s+deploy\b|\bgh-pages\b|mkdocs\s+gh-deploy|standard-version|release-it|changeset\s+version"
)
_PUSHING_ACTIONS = re.compile(
    r"create-pull-request|git-auto-commit|push-action|add-and-commit|gh-pages|github-pages-deploy|changesets/action|"
    r"semantic-release|github-tag-action|commit-action|release-please|auto-commit|create-or-update-pull",
    re.IGNORECASE,
)


def is_settled(workflow: Workflow | None, name: str) -> bool:
    """Whether a value holds no commands: what GitHub makes, a choice from a list, a branch that is named."""
    if _HARMLESS.search(name):
        return True
    if workflow is None:
        return False
    given = _INPUT.match(name)
    if given is not None:
        return not is_text_input(workflow, given.group(1).lower())
    return _REF.match(name) is not None and _has_named_branches(workflow)


def _has_named_branches(workflow: Workflow) -> bool:
    """Whether `github.ref` is the number of a pull request or one of the branches that the file names."""
    if not workflow.triggers or not set(workflow.triggers) <= _NAMED_KINDS:
        return False
    if "push" not in workflow.triggers:
        return True
    branches = workflow.root.get("on", "push", "branches")
    names = branches.texts() if branches is not None else ()
    return bool(names) and not any(re.search(r"[*?\[!+]", name) for name in names)


def pushes(job: Job) -> bool:
    """Whether a later step of the job needs the token that the checkout leaves."""
    return any(
        _PUSHES.search(step.script) or (step.action and _PUSHING_ACTIONS.search(step.action))
        for step in job.steps
    )
