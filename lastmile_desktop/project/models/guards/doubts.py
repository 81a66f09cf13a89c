"""What may ask who is calling and cannot be followed: a refusal whose reason is not known, a call into a package, a
value that some middleware left on the request.

A guard that is not understood looks like none. Where one of these stands before an effect, the walk does not know
whether a stranger gets there: neither a gap nor a guard.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lastmile_desktop.project.code.outline import (
    Branch,
    Call,
    Do,
    Exit,
    Function,
    Leave,
    Loop,
    Step,
    Value,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.guards.doubt_names import (
    ASKS_NOTHING,
    MAKES,
    PLAIN_CALLEE,
    SCOPED,
    names_asking,
)
from lastmile_desktop.project.models.routes.model import Doubt
from lastmile_desktop.project.models.walk.flow import Completion, Frame, State
from lastmile_desktop.project.models.walk.proofs import PROVEN, about_role, comparison
from lastmile_desktop.project.models.walk.taint import CLEAN, Label, Taint, taint_of
from lastmile_desktop.project.models.walk.values import Results, atom_taint, value_taint

_REFUSES = re.compile(
    r"\b40[13]\b|un_?auth(?:enticated|ori[sz]ed)|not_?(?:authenticated|authori[sz]ed|allowed|logged_?in|signed_?in)|"
    r"not (?:authenticated|authori[sz]ed|allowed|logged in|signed in|permitted|a member)|forbidden|access_?denied|"
    r"access denied|permission_?denied|redirect_to_login|handle_no_permission|"
    r"(?:log|sign) ?in (?:first|required|to)|(?:please|must|need to) (?:be )?(?:log|sign)(?:ged|ned)? ?in|"
    r"redirect\w*\W{1,3}[^()]{0,60}\(?[^()]{0,60}(?:log_?-?in|sign_?-?in|/auth)",
    re.IGNORECASE,
)
_STATUS_CALL = re.compile(r"^(?:status|code|sendStatus|setStatus|setResponseStatus|throw|abort|error)$")
# Reasons to refuse that have nothing to do with who is calling.
_OTHER_REASON = re.compile(
    r"origin|referer|csrf|xsrf|captcha|turnstile|\bis_?bot|honeypot|rate_?limit|limiter|throttl|quota|too_?many|"
    r"country|maintenance|(?:^|[^a-z])(?:path|url|route|prefix)|path(?:name)?s?\b|PATHS|blocked|banned|\bip\b|host(?:name)?\b|"
    r"user.?agent|feature|NODE_ENV|content-?type|\.method\b|closed|expire[sd]|deadline|in_?stock",
    re.IGNORECASE,
)
_OTHER_STATUS = re.compile(
    r"\b(?:2\d\d|304|40[024-9]|41\d|42\d|5\d\d)\b|NOT_FOUND|BAD_REQUEST|TOO_MANY|INTERNAL", re.IGNORECASE
)
_JOINED = re.compile(r"&&|\|\||\band\b|\bor\b")
_HEADER_READ = re.compile(
    r"headers?\b|cookies?\b|authorization|\.(?:split|replace|slice|substring|trim|startsWith|removeprefix)\(",
    re.IGNORECASE,
)
_HEADER_VALUE = re.compile(
    r"^[^(]*\b(?:headers?|cookies?|COOKIES|META|[aA]uthorization)\b|^[\w$.?!]+\.(?:split|replace|slice|substring|trim|"
    r"removeprefix)\(|(?:get|header|getHeader)\(\s*['\"](?:authorization|cookie|x-)",
    re.IGNORECASE,
)
_PRESENCE = re.compile(
    r"^!*\s*[\w$.?!]+$|^!*\s*[\w$.?!]+\.(?:startsWith|startswith|includes|toLowerCase|trim)\b"
)
_FOUND = re.compile(r"^(?:await )?(?:[\w$]+\.){0,4}([\w$]+)\(([\w$.]{1,80})\)$")
_LOOKS_UP = re.compile(r"^_?(?:get|load|fetch|find|resolve|read)", re.IGNORECASE)
_BROUGHT = re.compile(
    r"^(?:req|request|_req|_request|ctx|context|c|event|locals|event\.locals|Astro|headers\(\)|cookies\(\)|"
    r"await (?:headers|cookies)\(\)|info|self\.request|h3Event|evt|exchange|flask\.request)$|"
    r"(?:headers?|cookies?|locals|authorization)\b",
    re.IGNORECASE,
)
_LEFT_BY_OTHERS = re.compile(
    r"\b(req|request|ctx|c|context|event|locals|info|opts|evt|reply|self\.request|g)"
    r"((?:\.(?:raw|state|locals|context|var|scope|extra|session|env|ctx|opts|meta|custom))*"
    r"\.(?:\w*[Aa]uth(?!or(?!i))\w*|(?:current|session|db|app|logged)?_?[uU]ser(?:_?[iI]d|_?info|Record)?|session|account(?:_?[iI]d)?|"
    r"member(?:ship)?|tenant(?:_?[iI]d)?|org(?:ani[sz]ation)?(?:_?[iI]d)?|compan(?:y|y_?[iI]d)|workspace(?:_?[iI]d)?|role|"
    r"viewer|principal|identity|claims|customer(?:_?[iI]d)?|profile|actor|caller|uid|permissions))"
    r"(?!\w|\s*\?\.|\s*\?\?|\s*\|\||\s*\()"
)
_FLAG = re.compile(r"^(?:!|not )?\s*[\w$]+$")
_LITERALS = ("true", "false", "True", "False")
_WHOLE = re.compile(
    r"^(?:req|request|_req|_request|ctx|c|event|evt|info|c\.req(?:\.raw)?|ctx\.req|self\.request|headers\(\)|cookies\(\))$"
)
_READS = re.compile(
    r"(?i)parse|body|form|file|upload|json|track|render|cors|limit|locale|i18n|valid|schema|url|param|query|search|create|"
    r"serializ|next|respond|reply|send|page|paginat|log|cache|preflight|options|proxy|stream|html|template|handler?$|wait|fetch"
)
_PLAIN_PATH = re.compile(r"^[a-z_$][\w$]*(?:[?!]?\.[a-z_$][\w$]*)*$")
_OWNERS = re.compile(
    r"(?:user|owner|author|creator|created_?by|client|customer|account|tenant|org\w*|company|member|host|seller|buyer|"
    r"patient|student|teacher|team|workspace|profile|uid|(?:^|[._a-z])id)s?(?:_?id|\.id|_?uid)?$",
    re.IGNORECASE,
)
_RIGHT = re.compile(
    r"(?:\.|getattr\([^()]{1,60},\s*['\"])(?:can|may|is|has|allow|manage|view|edit)_?\w+(?:$|['\"(])",
    re.IGNORECASE,
)
_ROLE = re.compile(r"admin|\broles?\b|_role|Role|permission|\bstaff|moderator", re.IGNORECASE)
_STANDING = re.compile(
    r"is_?(?:active|authenticated|anonymous|verified|enabled|banned|blocked|logged\w*|signed\w*|valid|paid|premium|trial|"
    r"onboard\w*|complete\w*|email\w*)|has_?(?:paid|credit\w*|subscri\w*|access\w*|plan|email\w*|usable\w*)|plan|tier|subscri|quota|limit",
    re.IGNORECASE,
)
_BY_PATH = re.compile(
    r"(?i)path|\burl\b|route|endpoint|\bopen\b|public|skip|exempt|white_?list|allow_?list|matcher"
)
# The name of a hook that lets the request through by coming back with nothing.
_COMING_BACK = "@return"
_MOST_NAME = 60


def of_branch(
    step: Branch, frame: Frame, results: Results, by_credential: Callable[[frozenset[int]], bool]
) -> tuple[Doubt | None, Doubt | None]:
    """What is in doubt in the two arms of a test that turns somebody away for a reason that is not known."""
    before = bool(frame.onward) and frame.depth == 0
    then, orelse = _ends(step.then, frame, before), _ends(step.orelse, frame, before)
    test = _about_caller(step.test)
    if then == orelse or not test or _is_explained(test, frame, results, by_credential):
        return None, None
    doubt = Doubt(_name(step.test), frame.path, step.span.line)
    return (None, doubt) if then else (doubt, None)


def _about_caller(test: str) -> str:
    """The parts of a test that may be about the caller: not those on the path, the origin, a limit."""
    parts = [part for part in _JOINED.split(test) if not _OTHER_REASON.search(part)]
    return " && ".join(parts)


def _ends(steps: tuple[Step, ...], frame: Frame, before: bool) -> bool:
    """Whether the request ends here. What stands `before` a handler ends it by leaving without going on."""
    if not before or not steps or not isinstance(steps[-1], Leave):
        return turns_away(steps)
    if any(call.root in frame.onward or "next" in call.callee for call in calls_within(steps)):
        return False
    last = steps[-1].value
    if _COMING_BACK in frame.onward and (last is None or last.text in ("", "None")):
        return False
    said = " ".join([last.text if last is not None else "", *_given_to(steps)])
    return _OTHER_STATUS.search(said) is None


def _given_to(steps: tuple[Step, ...]) -> list[str]:
    return [arg.text for call in calls_within(steps) for link in call.links for arg in link.args or ()]


def may_hold(step: Branch, frame: Frame, results: Results) -> bool:
    """Whether a test that ends the request may be about whose row this is: an owner held against something unknown, a
    question about a row that could not be followed, a right of the caller's."""
    if _leaves(step.then) == _leaves(step.orelse):
        return False
    return any(_asks_whose(part.strip("!( )"), frame, results) for part in _JOINED.split(step.test))


def _leaves(steps: tuple[Step, ...]) -> bool:
    return bool(steps) and (isinstance(steps[-1], Leave) or turns_away(steps))


def _asks_whose(text: str, frame: Frame, results: Results) -> bool:
    parts = comparison(text)
    left = atom_taint(parts.left, frame.env, results)
    right = atom_taint(parts.right, frame.env, results) if parts.right else CLEAN
    named = left.rows or right.rows or (left | right).labels & Label.REQUEST
    if named and not parts.operator and SCOPED.search(frame.texts.get(text.removeprefix("not "), "")):
        return True
    if about_role(text, left) and parts.right[:1] in ("", "'", '"'):
        # Known for a role: how far it reaches is another question.
        return False
    if parts.operator and named and (left | right).labels & Label.IDENTITY:
        return True
    if parts.operator:
        unknown = any(
            side is CLEAN and _PLAIN_PATH.match(text)
            for side, text in ((left, parts.left), (right, parts.right))
        )
        return bool(named and unknown and _OWNERS.search(parts.left) and _OWNERS.search(parts.right))
    if named and "(" in text and not left.labels & Label.IDENTITY:
        return names_asking(text.partition("(")[0].removeprefix("await ").strip())
    if not named and _ROLE.search(text) and "(" in text:
        return True
    rights = left.labels & Label.IDENTITY and not named and _RIGHT.search(text)
    return bool(rights and not _STANDING.search(text))


def turns_away(steps: tuple[Step, ...]) -> bool:
    """Whether these steps end the request and say that the caller may not."""
    last = steps[-1] if steps else None
    if isinstance(last, Leave):
        text = last.value.text if last.value is not None else ""
        return _REFUSES.search(text) is not None or any(_refusing(call) for call in calls_within(steps))
    if isinstance(last, Branch):
        return turns_away(last.then) and turns_away(last.orelse)
    return isinstance(last, Do) and any(_refusing(call) for call in last.calls)


def _refusing(call: Call) -> bool:
    last = call.callee.rpartition(".")[2]
    for link in call.links:
        if link.name and not _STATUS_CALL.match(link.name) and "redirect" not in link.name.lower():
            continue
        name = link.name or call.root
        given = " ".join(arg.text for arg in link.args or ())
        if _REFUSES.search(f"{name}({given})"):
            return True
    return last in ("unauthorized", "forbidden", "redirectToSignIn", "permission_denied")


def refuses(function: Function) -> bool:
    """Whether somewhere in this function a request is turned away."""
    for step in steps_within(function.body):
        if isinstance(step, Branch) and (turns_away(step.then) != turns_away(step.orelse)):
            return bool(_about_caller(step.test))
        if isinstance(step, Leave) and step.how is Exit.THROW and turns_away((step,)):
            return True
    return False


def _is_explained(
    test: str, frame: Frame, results: Results, by_credential: Callable[[frozenset[int]], bool]
) -> bool:
    """Whether it is known what the test looks at: a caller that was proved, one that was only claimed, a value that
    anybody may send, a header that is merely there."""
    taint = atom_taint(test, frame.env, results)
    labels = taint.labels
    if labels & (PROVEN | Label.CLAIMED | Label.FAILURE | Label.ADMIN):
        return True
    if (
        _FLAG.match(test)
        and frame.texts.get(test.lstrip("!( ").removeprefix("not ").rstrip(") ")) in _LITERALS
    ):
        return True
    if labels & Label.CREDENTIAL:
        return not by_credential(taint.rows) and _is_presence(test, frame)
    if taint.rows:
        return not by_credential(taint.rows)
    return bool(labels & ~Label.VISITOR) or _is_found_by_request(test, frame)


def _is_found_by_request(test: str, frame: Frame) -> bool:
    """`if not stored`, where `stored = store.get_token(character_id)` goes by an id that the request names."""
    held = _FOUND.match(frame.texts.get(test.strip("!( )").removeprefix("not "), ""))
    if held is None or not _LOOKS_UP.match(held[1]):
        return False
    labels = taint_of(held[2], frame.env).labels
    return bool(labels & Label.REQUEST) and not labels & (Label.CREDENTIAL | PROVEN)


def _is_presence(test: str, frame: Frame) -> bool:
    """`!token` and `!header.startsWith("Bearer ")`, where the variable holds the header as it came."""
    for atom in _JOINED.split(test):
        text = atom.strip("() ").removeprefix("not ")
        left = comparison(text).left
        if not _PRESENCE.match(left) and not _HEADER_READ.search(left):
            return False
        root = re.match(r"!*\s*([\w$]+)", left)
        held = frame.texts.get(root.group(1), "") if root else ""
        if held and not _HEADER_VALUE.search(held):
            return False
    return True


def of_call(call: Call, callee: str, frame: Frame, given: Taint, results: Results) -> Doubt | None:
    """A call that could not be walked into, and whose name or arguments are about the caller."""
    name = callee.rpartition(".")[2]
    if given.labels & PROVEN or ASKS_NOTHING.search(callee) or MAKES.match(name):
        return None
    by_request = any(_WHOLE.match(arg.text) for arg in call.args) and not _READS.search(name)
    if name[:1].isupper() and frame.outline.language == "python" and not by_request:
        # An object made of what is known: `AuthenticatedUser(id=…)`.
        return None
    by_credential = (
        (given.labels & Label.CREDENTIAL or by_request or _asserts(call))
        and (call.awaited or call.assigned or _asserts(call))
        and not call.is_new
        and not PLAIN_CALLEE.search(callee)
    )
    if by_credential or (names_asking(callee) and _is_asked_about_caller(call, name, frame, results)):
        return Doubt(callee[:_MOST_NAME], frame.path, call.span.line)
    return None


def _asserts(call: Call) -> bool:
    """`ctx.assert(person, 401)`."""
    return (
        len(call.args) > 1
        and any(arg.text in ("401", "403") for arg in call.args)
        and "assert" in call.callee.lower()
    )


def of_answers(completions: list[Completion]) -> Doubt | None:
    """A helper that says no in its answer, and whose other answers come after something that may ask."""
    refused = [item for item in completions if _REFUSES.search(item.text)]
    others = [item for item in completions if item not in refused]
    if not refused or not others or any(not item.state.doubts for item in others):
        return None
    return others[0].state.doubts[0]


def looks_at_path(function: Function) -> bool:
    """Whether this lets some requests go on for their path or a setting of theirs, and asks the others."""
    return any(
        isinstance(step, Branch) and _BY_PATH.search(step.test) is not None
        for step in steps_within(function.body)
    )


def _is_asked_about_caller(call: Call, name: str, frame: Frame, results: Results) -> bool:
    """Whether what is asked goes by what the caller brought along, and not by an id that the request names."""
    args = [arg for link in call.links for arg in link.args or () if not arg.function]
    if not args:
        return True
    if any(_brings(arg, frame, results) for arg in args):
        return True
    taints = [value_taint(arg, frame.env, results) for arg in args]
    plain = any(taint.labels & Label.REQUEST and not taint.labels & Label.CREDENTIAL for taint in taints)
    return not plain and not _LOOKS_UP.match(name)


def _brings(arg: Value, frame: Frame, results: Results) -> bool:
    if _BROUGHT.search(arg.text[:120]):
        return True
    if frame.function is not None and any(
        param.split(":")[0].strip() == arg.text for param in frame.function.params[:2]
    ):
        return frame.depth == 0 and "=" not in arg.text and taint_of(arg.text, frame.env) is CLEAN
    return bool(value_taint(arg, frame.env, results).labels & Label.CREDENTIAL)


def of_step(step: Do | Leave | Branch | Loop, frame: Frame) -> Doubt | None:
    """`req.tenantId` that no middleware known to the walk has put there."""
    if isinstance(step, Branch):
        texts = [step.test]
    elif isinstance(step, Loop):
        return None
    else:
        texts = [step.value.text] if step.value is not None and not step.value.function else []
        texts += [arg.text for call in step.calls for arg in call.args if not arg.function]
    for text in texts:
        for found in _LEFT_BY_OTHERS.finditer(text):
            path = found.group(0)
            if taint_of(path, frame.env) is CLEAN and _is_outer(found.group(1), frame):
                return Doubt(path[:_MOST_NAME], frame.path, step.span.line)
    return None


def left(state: State, step: Do | Leave, frame: Frame) -> State:
    """The state at a step that goes by what some middleware left on the request."""
    return state if state.guarded or state.doubts else doubted(state, of_step(step, frame))


def _is_outer(root: str, frame: Frame) -> bool:
    """Whether this is what the handler was called with, and no variable of its own."""
    name = root.partition(".")[0]
    return name not in frame.texts


def doubted(state: State, doubt: Doubt | None) -> State:
    return state if doubt is None else state.with_doubt(doubt)


def _name(test: str) -> str:
    return test.strip()[:_MOST_NAME]
