"""What the project's own privacy page already tells visitors: that data is listed, and which companies get it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.privacy.notices import Notice, build

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_LISTS_DATA = re.compile(
    r"(?:information|data|details)\s{1,20}(?:that\s{1,20})?(?:we|you)\s{1,20}(?:may\s{1,20})?(?:collect|provide|store|process)|"
    r"(?:we|may)\s{1,20}(?:may\s{1,20})?collect|what\s{1,20}we\s{1,20}(?:collect|store)|data\s{1,20}collection|"
    r"dados\s{1,20}(?:que\s{1,20})?colet|datos\s{1,20}que\s{1,20}recop|donn[ée]es\s{1,20}(?:collect|que\s{1,20}nous)|"
    r"erheben\s{1,20}wir|wir\s{1,20}erheben",
    re.IGNORECASE,
)
_TAIL = re.compile(r"\s*\(.*\)$|\s+(?:Cloud|AI|Atlas|Gemini|Email|API)$")
_MAX = 200_000


@dataclass(frozen=True, slots=True)
class PrivacyPage:
    """`path` is "" when there is no page; `line` is where it begins to list what is collected."""

    path: str = ""
    line: int = 0
    text: str = ""

    def names(self, company: str) -> bool:
        """Whether the page speaks of this company by name."""
        names = {company, _TAIL.sub("", company), *re.findall(r"\(([^)]+)\)", company)}
        return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", self.text, re.IGNORECASE) for name in names)


def privacy_page(view: ProjectView) -> PrivacyPage:
    """The privacy page that lists what is collected, else the first one."""
    first = PrivacyPage()
    for page in build(view).pages_of(Notice.PRIVACY):
        text = (view.text(page.path) or "")[:_MAX]
        listed = _LISTS_DATA.search(text)
        if listed:
            return PrivacyPage(page.path, line_at(text, listed.start()), text)
        if not first.path:
            first = PrivacyPage(page.path, 0, text)
    return first
