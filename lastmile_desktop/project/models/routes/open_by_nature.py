"""What a route does that has to answer strangers, or that a stranger gains nothing by: signing up, working off what is
due, a chat for visitors. And the opposite: a step of signing in that does more than its name says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Do, calls_within, steps_within
from lastmile_desktop.project.models.routes.model import Effect, EffectKind, EntryKind, Route
from lastmile_desktop.project.models.walk.access import Access, Verb

_SIGN_UP = re.compile(r"(?:^|/)(?:register|sign-?up)[-_][\w-]{1,40}$", re.IGNORECASE)
_MAKES_ACCOUNT = re.compile(r"(?:createUser|create_user|signUp|sign_up)$")
_STATE = re.compile(r"^(?:\w{1,30}_)?(?:status|state|processed|sent|done|completed)(?:_at)?$", re.IGNORECASE)
_DUE = re.compile(
    r"^[\"']?(?:pending|queued|scheduled|waiting|unprocessed|new|false|null|None|False)[\"']?$", re.IGNORECASE
)
_CHAT = re.compile(r"(?:^|_)(?:chats?|chat_?\w{0,20}|conversations?|messages?)$", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORDED = re.compile(r"^(?:\w{1,30}_?)?(?:url|link|html|subject|body_?text|redirect_?to)$", re.IGNORECASE)
_TAKES_BODY = re.compile(r"\.json\(\)|\breq(?:uest)?\.body\b")


def works_off(route: Route) -> bool:
    """Whether it takes nothing from the caller, asks for what is waiting and marks it as done: calling it once more
    starts nothing that was not due."""
    if any(access.requested for access in route.accesses) or any(map(_is_fed, route.effects)):
        return False
    return any(_is_marked(route, access, column) for access, column in _due(route))


def _is_fed(effect: Effect) -> bool:
    if effect.kind is EffectKind.DB_WRITE:
        return not effect.detail.endswith("-fixed")
    return effect.detail == "requested"


def _due(route: Route) -> Iterator[tuple[Access, str]]:
    for access in route.accesses:
        for item in access.query.predicates if access.query.verb is Verb.READ else ():
            if _STATE.match(item.column) and _DUE.match(item.value):
                yield access, item.column


def _is_marked(route: Route, due: Access, column: str) -> bool:
    """Whether a later change of these rows writes the column by which they were found."""
    return any(
        access.query.verb is Verb.UPDATE
        and access.query.table == due.query.table
        and access.query.payload is not None
        and access.query.payload.entry(column) is not None
        for access in route.accesses
    )


def signs_up(route: Route) -> bool:
    """Whether this makes an account for whoever asks, and is called so."""
    if not _SIGN_UP.search(route.route):
        return False
    return any(_MAKES_ACCOUNT.search(effect.call.callee) for effect in route.effects)


def is_visitor_chat(route: Route, table: str) -> bool:
    """Whether a new row of this table is what somebody said to a model that answers here."""
    asks = any(effect.kind is EffectKind.LLM for effect in route.effects)
    return asks and _CHAT.search(_CAMEL.sub("_", table)) is not None


def sends_anything(route: Route) -> bool:
    """Whether a step of signing in sends the link or the words that the request gave, and looks nobody up."""
    mails = [effect for effect in route.effects if effect.kind is EffectKind.EMAIL]
    if not mails or route.accesses or route.handler is None or route.kind is EntryKind.PAGE_DATA:
        return False
    if any(effect.guarded or effect.detail != "requested" for effect in mails):
        return False
    return len(route.effects) == len(mails) and any(_WORDED.match(name) for name in _taken(route))


def _taken(route: Route) -> Iterator[str]:
    """The names that the handler takes out of what was sent."""
    body = route.handler.body if route.handler is not None else ()
    for step in steps_within(body):
        if isinstance(step, Do) and step.value is not None and _TAKES_BODY.search(step.value.text):
            yield from step.targets
    for call in calls_within(body):
        if _TAKES_BODY.search(call.callee) or call.callee.endswith(".json"):
            yield from call.assigned
