"""What well-known actions give back that a stranger wrote."""

from __future__ import annotations

import re
from collections.abc import Mapping

ACTION_OUTPUTS: Mapping[str, frozenset[str]] = {
    "tj-actions/changed-files": frozenset(
        f"{kind}_files" for kind in (
            "all_changed", "all_changed_and_modified", "all_modified", "added", "modified", "changed", "copied",
            "renamed", "deleted", "type_changed", "unmerged", "unknown", "any_changed", "other_changed",
        )
    ) | {"all_old_new_renamed_files", "modified_keys", "changed_keys"},
    "tj-actions/branch-names": frozenset(("head_ref_branch", "current_branch", "ref_branch")),
    "jitterbit/get-changed-files": frozenset(("all", "added", "modified", "removed", "renamed", "added_modified")),
    "ahmadnassri/action-changed-files": frozenset(("files",)),
    "trilom/file-changes-action": frozenset(("files", "files_added", "files_modified", "files_removed")),
    "xt0rted/pull-request-comment-branch": frozenset(("head_ref",)),
    "alessbell/pull-request-comment-branch": frozenset(("head_ref",)),
    "eficode/resolve-pr-refs": frozenset(("head_ref",)),
    "gotson/pull-request-comment-branch": frozenset(("head_ref",)),
    "potiuk/get-workflow-origin": frozenset(("sourceheadbranch", "pullrequestnumber")),
    "khan/pull-request-comment-trigger": frozenset(("comment_body",)),
    "peter-evans/find-comment": frozenset(("comment-body",)),
    "bt3gl/pull-request-number": frozenset(("title",)),
    "sonots/pull-request-info": frozenset(("title", "body")),
    "andstor/issue-body-parser": frozenset(("*",)),
    "stefanbuck/github-issue-parser": frozenset(("*",)),
    "peter-murray/issue-body-parser-action": frozenset(("*",)),
    "gr2m/get-json-paths-action": frozenset(("*",)),
    "amannn/action-semantic-pull-request": frozenset(("error_message",)),
    "fregante/setup-git-user": frozenset(),
    "tzkhan/pr-update-action": frozenset(("headmatch",)),
    "octokit/request-action": frozenset(("data",)),
    "dawidd6/action-get-tag": frozenset(),
    "xt0rted/slash-command-action": frozenset(("command-arguments",)),
    "peter-murray/issue-forms-body-parser": frozenset(("payload",)),
    "zentered/issue-forms-body-parser": frozenset(("data",)),
    "redhat-plumbers-in-action/download-artifact": frozenset(("*",)),
}  # fmt: skip
FOR_MEMBERS = frozenset(("xt0rted/slash-command-action",))
"""Actions that answer nobody without the right to write, unless they are told to."""

PASSES_ON = re.compile(r"replace|regex|string|substr|trim|lowercase|uppercase|text-(?:case|transform)|split")
"""Actions that give a text back with something in it changed."""
