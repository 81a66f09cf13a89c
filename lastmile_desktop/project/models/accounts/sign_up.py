"""Where people get accounts: the line at which somebody signs up, or else signs in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lastmile_desktop.core.evidence import Evidence, at
from lastmile_desktop.project.code.sources import is_source
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.mentions import mentions
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.tree import FileEntry

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_WORDS = ("signup", "sign_up", "sign-up", "signin", "sign_in", "sign-in", "register", "createuser", "create_user",
          "login",
          "usercreationform", "passport")  # fmt: skip
_SIGNS_UP = re.compile(
    r"\bauth\.signUp\(|\bcreateUserWithEmailAndPassword\(|<SignUp\b|\bsignUp\.(?:email|create)\(|\bUserCreationForm\b|"
    r"(?<!\bdef )\bcreate_user\(|@\w{1,30}\.(?:post|route)\(\s{0,3}[\"'][^\"'\n]{0,60}/?(?:register|sign-?up)/?[\"']|"
    r"\.post\(\s{0,3}[\"'`][^\"'`\n]{0,60}/(?:register|sign-?up)[\"'`]|"
    r"\bdef (?:register|sign_?up|create_account)(?:_(?:user|view|customer|account|post|api|route|page|"
    r"endpoint))?\([^)]{0,200}"
    r"(?:request|payload|form|email|password|user_?(?:in|data|create)|db\b|session\b|"
    r"\)\s{0,3}:\s{0,40}\n?[^\n]{0,200}request\.)"
)
# Whoever comes in this way for the first time has an account from then on.
_LETS_IN = re.compile(
    r"\bsignInWith(?:OAuth|Otp|Popup|Redirect|IdToken)\(|<SignIn\b|<SignInButton\b|"
    r"\bsignIn(?:\.\w{1,20})?\(\s{0,3}[\"'{]"
)
_SIGNS_IN = re.compile(
    r"\bsignInWith(?:Password|EmailAndPassword)\(|\bpassport\.authenticate\(|\bLoginView\b|@\w{1,30}\.(?:post|"
    r"route)\(\s{0,3}[\"'][^\"'\n]{0,60}/login/?[\"']|"
    r"\.(?:post|get)\(\s{0,3}[\"'`][^\"'`\n]{0,60}/login[\"'`]"
)
_NOBODY = (0, 0)
_OPENS = 2
_STAFF = re.compile(r"(?:^|[/_.-])(?:admin|backoffice|staff)|error-?boundary|\.d\.ts$", re.IGNORECASE)
_MAX = 400_000


def sign_up_place(view: ProjectView) -> Evidence | None:
    """The line where customers sign up; where they sign in when nothing shows more; None when neither is "
    "in the code."""
    best = view.made(_best)
    return at(best[2], best[3]) if best else None


def is_given_accounts(view: ProjectView) -> bool:
    """Whether all that the code shows is a question for a password: then somebody else makes the accounts."""
    best = view.made(_best)
    return best is not None and -best[0] < _OPENS


def _best(view: ProjectView) -> tuple[int, int, str, int] | None:
    best: tuple[int, int, str, int] | None = None
    for path, (rank, line) in view.each_file("sign-up", _is_of_customers, _read, _NOBODY).items():
        if rank:
            key = (-rank, path.count("/"), path, line)
            best = min(best, key) if best else key
    return best


def _is_of_customers(entry: FileEntry) -> bool:
    path = entry.path
    of_product = is_production(path) and path_kind(path) is PathKind.CODE
    return of_product and is_source(entry) and _STAFF.search(path) is None


def _read(text: str) -> tuple[int, int]:
    if not mentions(text, _WORDS):
        return _NOBODY
    for rank, pattern in ((3, _SIGNS_UP), (_OPENS, _LETS_IN), (1, _SIGNS_IN)):
        found = pattern.search(text, 0, _MAX)
        if found is not None:
            return rank, line_at(text, found.start())
    return _NOBODY
