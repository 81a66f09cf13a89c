"""What a Django view class asks before its methods run: mixins, decorators, permission classes, its `dispatch`."""

from __future__ import annotations

import re

from lastmile_desktop.project.code.outline import Branch, ClassDef, Function, Leave, calls_within
from lastmile_desktop.project.models.guards.chain_parts import NEUTRAL, Summary
from lastmile_desktop.project.models.guards.verifiers import Authority, symbols
from lastmile_desktop.project.models.routes.entries import Survey
from lastmile_desktop.project.models.routes.model import Guard, GuardStrength

_DRF_BASE = re.compile(
    r"(?:APIView|ViewSet|GenericAPIView|ListAPIView|CreateAPIView|RetrieveAPIView|UpdateAPIView|DestroyAPIView)$|APIView$"
)
_REFUSES = re.compile(
    r"redirect_to_login|handle_no_permission|PermissionDenied|Forbidden|Unauthorized|NotAuthenticated|"
    r"\b40[13]\b|redirect\w*\([^()]{0,80}(?:log_?-?in|sign_?-?in|auth)",
    re.IGNORECASE,
)
# Something that stands on the request, or a question of the view's own; not the method, an address or a form's field.
_ABOUT_CALLER = re.compile(
    r"getattr\(\s*(?:self\.)?request\s*,|request\.(?!method|GET|POST|path|headers|META|body|FILES)\w+|"
    r"\bself\.(?:has|is|can|check|test|user|current)_?\w*",
)
_MAX_HOPS = 6


def permissions(path: str, names: tuple[str, ...] | None, line: int) -> Summary:
    """What DRF permission classes ask for. None: nothing is set anywhere, which means everybody may."""
    if not names:
        return NEUTRAL
    known = symbols()
    guards: list[Guard] = []
    admin = Authority.NONE
    for name in names:
        last = re.split(r"[\s(&|]", name.strip())[0].rpartition(".")[2]
        if last in known.open_permissions or last.endswith(("OrReadOnly", "ReadOnly", "AllowAny")):
            continue
        guards.append(Guard(last, GuardStrength.VERIFIED, path, line))
        admin = max(admin, known.authority(last))
    return Summary(tuple(guards), admin)


def class_guards(survey: Survey, path: str, made: ClassDef, hops: int = 0) -> tuple[Summary, bool]:
    """Mixins, decorators and permission classes of a view class; and whether it is a DRF view."""
    summary, drf = NEUTRAL, any(_DRF_BASE.search(base.split("[")[0]) for base in made.bases)
    known = symbols()
    for base in made.bases:
        last = base.split("[")[0].rpartition(".")[2]
        above = survey.callees.class_def(path, base.split("[")[0])
        if last in known.mixins or (
            above is None and re.search(r"(?:Required|Auth\w*|Permission\w*)Mixin$", last)
        ):
            summary += Summary(
                (Guard(last, GuardStrength.VERIFIED, path, made.span.line),),
                known.authority(last),
            )
        elif above is not None and above[1] is not made and hops < _MAX_HOPS:
            inherited, is_drf = class_guards(survey, above[0], above[1], hops + 1)
            summary, drf = summary + inherited, drf or is_drf
            if inherited.guards and last.endswith("Mixin"):
                summary += Summary(admin=known.authority(last))
    for decorator in made.decorators:
        summary += survey.chains.wrapper(path, decorator, None)
    dispatch = survey.callees.functions(path).get(f"{made.name}.dispatch")
    if dispatch is not None:
        summary += survey.chains.function(path, dispatch, frozenset(("super",)))
        gate = None if summary.guards else _turns_away(path, made, dispatch)
        summary += gate or NEUTRAL
        for decorator in dispatch.decorators:
            summary += survey.chains.wrapper(path, decorator, None)
    setup = survey.callees.functions(path).get(f"{made.name}.setup")
    if setup is not None:
        summary += survey.chains.function(path, setup, frozenset(("@return",)))
    own = next((value for name, value, _ in made.attributes if name == "permission_classes"), None)
    if own is not None:
        names = tuple(item.text for item in own.items) or (own.text,)
        summary += permissions(path, names, own.span.line if own.span else made.span.line)
    chosen = survey.callees.functions(path).get(f"{made.name}.get_permissions")
    if chosen is not None:
        summary += _chosen_permissions(path, chosen)
    return summary, drf


def _chosen_permissions(path: str, function: Function) -> Summary:
    """`get_permissions` picks by action; it counts unless it may let everybody in."""
    names = [call.root for call in calls_within(function.body)]
    texts = [getattr(step, "value", None) for step in function.body]
    text = " ".join([*names, *(value.text for value in texts if value is not None)])
    if "AllowAny" in text or not re.search(r"IsAuthenticated|Is[A-Z]|Has[A-Z]|Can[A-Z]", text):
        return NEUTRAL
    return Summary((Guard("get_permissions", GuardStrength.VERIFIED, path, function.span.line),))


def _turns_away(path: str, made: ClassDef, dispatch: Function) -> Summary | None:
    """A home-made `dispatch` that sends whoever lacks something on the request to the sign-in page, or refuses,
    before it goes on. How it knows the caller is the project's own affair."""
    for step in dispatch.body:
        if not isinstance(step, Branch):
            if any(call.root == "super" for call in calls_within((step,))):
                return None
            continue
        leaves = step.then[-1] if step.then else None
        if not isinstance(leaves, Leave) or leaves.value is None or not _REFUSES.search(leaves.value.text):
            continue
        if _ABOUT_CALLER.search(step.test):
            guard = Guard(made.name, GuardStrength.VERIFIED, path, step.span.line)
            return Summary((guard,), symbols().authority(made.name))
    return None
