"""Who can start a workflow, with which rights, and which conditions keep strangers out of a job or a step."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lastmile_desktop.project.models.workflows.expressions import condition
from lastmile_desktop.project.models.workflows.files import Job, Step, Workflow
from lastmile_desktop.project.models.yaml_tree import Kind, Yaml

PRIVILEGED = frozenset(
    (
        "pull_request_target", "workflow_run", "issue_comment", "issues", "discussion", "discussion_comment",
        "fork", "watch", "gollum", "pull_request_comment",
    )
)  # fmt: skip
"""Triggers that strangers pull and that run with the repository's own rights and secrets."""

FROM_FORKS = frozenset(("pull_request", "pull_request_review", "pull_request_review_comment", "merge_group"))
"""Triggers that strangers pull and that run with the rights to read."""

_SAME_REPOSITORY = re.compile(
    r"head\.repo\.full_name\s{0,5}==\s{0,5}(?:github\.repository|github\.event\.pull_request\.base\.repo\.full_name|'[^']+')"
    r"|github\.repository\s{0,5}==\s{0,5}github\.event\.pull_request\.head\.repo\.full_name"
    r"|head_repository\.(?:full_name\s{0,5}==\s{0,5}(?:github\.repository|'[^']+')|fork\s{0,5}==\s{0,5}false)"
    r"|github\.repository\s{0,5}==\s{0,5}github\.event\.workflow_run\.head_repository\.full_name"
    r"|head\.repo\.fork\s{0,5}(?:==\s{0,5}false|!=\s{0,5}true)|!\s{0,5}github\.event\.pull_request\.head\.repo\.fork\b"
    r"|head\.repo\.owner\.login\s{0,5}==|head\.user\.login\s{0,5}==\s{0,5}(?:github\.repository_owner|'[^']+')"
    r"|workflow_run\.event\s{0,5}==\s{0,5}'(?:push|schedule|workflow_dispatch|release)'"
    r"|workflow_run\.event\s{0,5}!=\s{0,5}'pull_request'|head\.repo\.id\s{0,5}==\s{0,5}github\.event\.",
    re.IGNORECASE,
)
_ASSOCIATION = re.compile(r"author_association", re.IGNORECASE)
_PERSON = re.compile(
    r"(?:github\.(?:actor|triggering_actor|event\.(?:pull_request|issue|comment|review|sender)\.?(?:user\.login|login))"
    r"|github\.event\.sender\.login|github\.event\.(?:comment|issue|pull_request)\.user\.(?:login|id))\s{0,5}==\s{0,5}"
    r"(?:'[^']{1,80}'|github\.repository_owner)|contains\(\s{0,5}fromjson\([^)]{1,400}\)\s{0,5},\s{0,5}github\.(?:actor|event\.[\w.]{1,60}login)",
    re.IGNORECASE,
)
_SPOOFED = re.compile(r"github\.(?:triggering_)?actor\s{0,5}==\s{0,5}'[^']{1,60}\[bot\]'", re.IGNORECASE)
_LABEL = re.compile(r"(?<!!)\bcontains\([^)]{0,80}labels|github\.event\.label\.name\s{0,5}==", re.IGNORECASE)
_NOT_LABELLED = re.compile(r"!\s{0,3}contains\([^)]{0,80}labels", re.IGNORECASE)
_AUTHOR = re.compile(r"(?:issue|pull_request)\.(?:user\.(?:login|id)\b|author_association)", re.IGNORECASE)
_EVENT_IS = re.compile(r"github\.event_name\s{0,5}==\s{0,5}'([a-z_]{1,40})'", re.IGNORECASE)
_PERMISSION_STEP = re.compile(
    r"collaborators/.{0,80}permission|getCollaboratorPermissionLevel|checkMembershipForUser|getMembershipForUser|orgs/.{0,60}/memberships?"
)
_PERMISSION_ACTIONS = frozenset(
    (
        "actions-cool/check-user-permission", "prince-chrismc/check-actor-permissions-action",
        "sushichop/action-repository-permission", "shogo82148/actions-check-permissions",
        "im-open/is-actor-authorized", "lannonbr/repo-permission-check-action", "skjnldsv/check-actor-permission",
        "peter-evans/repository-permission-check", "tspascoal/get-user-teams-membership",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guard:
    """What the conditions on the way to a step ask for."""

    person: bool = False
    repository: bool = False
    label: bool = False
    approval: bool = False
    author: bool = False
    """Whether it is the author of the change, and not only who speaks of it, that is asked for."""
    events: frozenset[str] = frozenset()

    @property
    def closed(self) -> bool:
        """Whether a stranger gets no further, whatever is done behind it."""
        return self.person or self.repository or self.approval


def guard_of(workflow: Workflow, job: Job, number: int) -> Guard:
    """The conditions of a step, its job and the jobs that it waits for."""
    conditions = [job.condition, job.steps[number].condition if number < len(job.steps) else ""]
    jobs = [job]
    for name in job.needs:
        needed = workflow.job(name)
        if needed is not None and "always()" not in job.condition:
            conditions.append(needed.condition)
            jobs.append(needed)
    text = "\n".join(_clean(item) for item in conditions)
    events = frozenset(match[1].lower() for item in conditions for match in _EVENT_IS.finditer(item))
    earlier = [*job.steps[:number], *(step for other in jobs[1:] for step in other.steps)]
    return Guard(
        person=any(_asks_for_person(item) for item in conditions)
        or any(_checks_rights(step) for step in earlier),
        repository=any(_is_strict(item, _SAME_REPOSITORY) for item in conditions),
        label=bool(_LABEL.search(text)) or (_only_labelled(workflow) and not _NOT_LABELLED.search(text)),
        approval=any(_waits_for_approval(item) for item in jobs),
        author=bool(_AUTHOR.search(text)),
        events=events,
    )


def _clean(text: str) -> str:
    return text.replace("${{", " ").replace("}}", " ")


def _is_strict(text: str, pattern: re.Pattern[str]) -> bool:
    """Whether every way through the `||` of a condition asks for it, or another event that is none of strangers."""
    if not pattern.search(text):
        return False
    parts = re.split(r"\|\|", _clean(text))
    return all(pattern.search(part) or _other_event(part) for part in parts)


def _other_event(part: str) -> bool:
    found = _EVENT_IS.search(part)
    if found is not None:
        return found[1].lower() not in PRIVILEGED | FROM_FORKS
    return bool(re.search(r"github\.event_name\s{0,5}!=\s{0,5}'(?:pull_request|pull_request_target)'", part))


def _asks_for_person(text: str) -> bool:
    if _SPOOFED.search(text) and not re.search(r"user\.login", text):
        return False
    # `||` between several persons or kinds of membership is still a list of people.
    return bool(_PERSON.search(text) or _ASSOCIATION.search(text)) and not re.search(r"!=\s{0,5}'", text)


def _checks_rights(step: Step) -> bool:
    if step.action in _PERMISSION_ACTIONS:
        return True
    text = step.script or (step.given("script") if step.action == "actions/github-script" else "")
    stops = re.search(r"exit 1|setFailed|throw |process\.exit|core\.setOutput|GITHUB_OUTPUT", text)
    return bool(_PERMISSION_STEP.search(text) and stops)


def _only_labelled(workflow: Workflow) -> bool:
    settings = workflow.trigger("pull_request_target")
    types = settings.get("types") if settings is not None else None
    return types is not None and types.texts() == ("labeled",)


def _waits_for_approval(job: Job) -> bool:
    """An environment may ask for a person; names that come from the event are somebody else's choice."""
    return job.environment


def triggers_of(workflow: Workflow, guard: Guard) -> frozenset[str]:
    """The triggers that reach a step when its conditions name events."""
    return (workflow.triggers & guard.events) or workflow.triggers


def is_privileged(workflow: Workflow, guard: Guard) -> bool:
    return bool(triggers_of(workflow, guard) & PRIVILEGED)


def opened_to_strangers(workflow: Workflow) -> bool:
    return bool(workflow.triggers & (PRIVILEGED | FROM_FORKS))


def writes(permissions: Yaml | None) -> bool | None:
    """Whether these permissions allow to change something; None when nothing is said."""
    if permissions is None:
        return None
    if permissions.kind is Kind.TEXT:
        return permissions.text == "write-all"
    return any(value.text == "write" for _, value in permissions.entries())


def reads_only(workflow: Workflow, job: Job) -> bool:
    """Whether the job's token can change nothing."""
    own = writes(job.permissions)
    return (own if own is not None else writes(workflow.permissions)) is False


def uses_secrets(job: Job) -> bool:
    """Whether a secret other than the token of the run itself gets into the job."""
    return any(
        "secrets" in node.text
        and any(path[0] == "secrets" and path[1:2] != ("github_token",) for path in _paths(node.text))
        for node in job.node.walk()
        if node.kind is Kind.TEXT
    )


def _paths(text: str) -> tuple[tuple[str, ...], ...]:
    found = re.findall(r"\$\{\{(.{1,400}?)\}\}", text)
    return tuple(path for item in found for path in condition(item))
