"""Lists of accounts that a sign-in service hands out in pages, of which the code takes only the first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Outline, calls_within
from lastmile_desktop.project.models.usage.product_code import product_paths

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_SUPABASE = re.compile(r"\bauth\.admin\.(?:listUsers|list_users)$")
_CLERK = re.compile(r"\busers\.(?:getUserList|get_user_list)$")
# What picks certain accounts rather than a page of all.
_PICKS = (
    "emailAddress",
    "userId",
    "query",
    "phoneNumber",
    "username",
    "externalId",
    "organizationId",
    "offset",
)


@dataclass(frozen=True, slots=True)
class FirstPage:
    """`size` is how many accounts the page holds."""

    path: str
    line: int
    function: str
    name: str
    size: str


def first_pages(view: ProjectView) -> tuple[FirstPage, ...]:
    found = view.each_outline("first.pages", _read)
    return tuple(item for path in product_paths(view) for item in found.get(path, ()))


def _read(outline: Outline) -> tuple[FirstPage, ...]:
    if outline.shallow:
        return ()
    return tuple(
        FirstPage(outline.path, call.span.line, name, ".".join(call.callee.split(".")[-2:]), size)
        for name, steps in (("", outline.top), *((item.name, item.body) for item in outline.functions))
        for call in calls_within(steps)
        if (size := _size(call))
    )


def _size(call: Call) -> str:
    """How many accounts one page holds, "" where all pages or certain accounts are asked for."""
    given = call.args[0] if call.args else None
    if given is not None and not given.entries and given.text.strip() != "{}":
        return ""
    keys = dict(given.entries) if given is not None else {}
    if "..." in keys:
        return ""
    if _SUPABASE.search(call.callee):
        page = keys.get("page")
        if page is not None and page.text.strip() not in ("0", "1"):
            return ""
        size = keys.get("perPage") or keys.get("per_page")
        return size.text if size is not None else "50"
    if _CLERK.search(call.callee) and not any(key in keys for key in _PICKS):
        size = keys.get("limit")
        return size.text if size is not None else "10"
    return ""
