"""What a handler's parameters hold when a request comes in."""

from __future__ import annotations

import re

from lastmile_desktop.project.code.outline import Function
from lastmile_desktop.project.models.walk import parameters
from lastmile_desktop.project.models.walk.flow import Handed
from lastmile_desktop.project.models.walk.taint import CLEAN, Label, Taint, ambient

_KNOWN = frozenset(("req", "request", "r", "_req", "_request", "c", "ctx", "context", "event", "self", "cls"))
_REQUEST_MEMBERS = (
    "body params query json formData text nextUrl url param queries args form data files values query_params "
    "path_params"
).split()
_CREDENTIAL_MEMBERS = ("headers", "header", "cookies", "signedCookies")
_IDENTITY_MEMBERS = ("user", "auth", "session.user", "session.userId", "userId", "currentUser")
_INPUTS = frozenset(
    (
        "params",
        "input",
        "data",
        "parsedInput",
        "clientInput",
        "bindArgsParsedInputs",
        "searchParams",
        "rawInput",
    )
)
_NOT_INPUT = re.compile(
    r"^(?:prevState|_prevState|previousState|prev|_prev|state|_state|ctx|context|session|user|currentUser|_)$"
)


# NestJS: what the framework hands a parameter itself. Any other decorator is the project's way to the caller.
_DECORATED = re.compile(r"\s*@(\w+)\s*\(")
_OF_FRAMEWORK = frozenset(
    "Body Param Query Headers Req Request Res Response Next Ip HostParam Session UploadedFile UploadedFiles Args "
    "Parent Context Info Root Payload Ctx MessageBody ConnectedSocket Inject RawBody Cookies".split()
)


def request_value(name: str) -> Taint:
    return Taint(Label.REQUEST, frozenset((name,)))


def seed_request(env: dict[str, Taint], name: str) -> None:
    """Give a request parameter of an unusual name the members that `req` has."""
    if name in _KNOWN:
        if env.get(name) is CLEAN:
            env.pop(name, None)
        return
    if name in _INPUTS:
        env[name] = request_value(name)
        return
    for member in _REQUEST_MEMBERS:
        env.setdefault(f"{name}.{member}", request_value(f"{name}.{member}"))
    for member in _CREDENTIAL_MEMBERS:
        env.setdefault(f"{name}.{member}", Taint(Label.CREDENTIAL, frozenset((f"{name}.{member}",))))
    if re.search(r"req", name, re.IGNORECASE):
        for member in _IDENTITY_MEMBERS:
            env.setdefault(f"{name}.{member}", Taint(Label.IDENTITY))


def seed_handler(env: dict[str, Taint], function: Function, inputs: bool) -> None:
    """Seed every parameter of a handler. `inputs` when each parameter is what the caller sent (a server action)."""
    for index, param in enumerate(function.params):
        given = _DECORATED.match(param)
        for local, member in parameters.pairs(param):
            if given is not None and given.group(1) not in _OF_FRAMEWORK:
                env[local] = Taint(Label.IDENTITY, via=given.group(1))
            elif inputs and local in _KNOWN:
                env.pop(local, None)
            elif inputs and not _NOT_INPUT.match(local):
                env[local] = request_value(local)
            elif member and member.split(".")[0] in _INPUTS:
                env[local] = request_value(member)
            elif member and ambient(f"ctx.{member}") & Label.IDENTITY:
                env[local] = Taint(Label.IDENTITY)
            elif member and ambient(f"req.{member}"):
                env[local] = Taint(ambient(f"req.{member}"), frozenset((member,)))
            elif not member and index < 2:
                env.pop(local, None)
                seed_request(env, local)


def hand_over(env: dict[str, Taint], function: Function, hands: tuple[Handed, ...]) -> None:
    """Arguments that a wrapper hands to the handler."""
    for param, handed in zip(function.params, hands, strict=False):
        members = dict(handed.members)
        for local, member in parameters.pairs(param):
            if member and members:
                found = members.get(member.split(".")[0])
                if found is not None and found is not CLEAN:
                    env[local] = found
            elif not member and members:
                for key, taint in members.items():
                    if key != "..." and taint is not CLEAN:
                        env[f"{local}.{key}"] = taint
            elif handed.whole is not CLEAN and handed.whole.labels:
                env[local] = handed.whole


def _members_of_event(env: dict[str, Taint], function: Function, rest: str, taint: Taint) -> None:
    """What SvelteKit's hook puts on `event.locals`, under the names that a handler takes it by."""
    for local, member in (pair for param in function.params[:1] for pair in parameters.pairs(param)):
        if member == rest:
            env[local] = taint
        elif not member or rest.startswith(f"{member}."):
            env[local + rest[len(member) :] if member else f"{local}.{rest}"] = taint


def rename_sets(env: dict[str, Taint], function: Function, sets: tuple[tuple[str, Taint], ...]) -> None:
    """Values that middleware put on the request, under the handler's own parameter names."""
    first = parameters.names(function.params[0])[:1] if function.params else ()
    for key, taint in sets:
        if key.startswith("#"):
            env[key[1:]] = taint
            if taint is CLEAN and key[1:] in _KNOWN:
                env.pop(key[1:])
    for key, taint in sets:
        root, _, rest = key.partition(".")
        told = taint.labels & (Label.IDENTITY | Label.CLAIMED)
        if root == "event" and ambient(key) & Label.IDENTITY and not told:
            # How the hook found the user is not understood; that it put one there is.
            continue
        env[key] = taint
        if not rest:
            continue
        if root == "event":
            _members_of_event(env, function, rest, taint)
        if first and root in ("req", "request", "ctx", "c", "context", "_req"):
            env[f"{first[0]}.{rest}"] = taint
        if root in ("ctx", "context"):
            for param in function.params:
                for local, member in parameters.pairs(param):
                    if member == rest.split(".")[0] or local in ("ctx", "context"):
                        env[f"{local}.{rest}" if local in ("ctx", "context") else local] = taint
