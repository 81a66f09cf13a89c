"""Payments that are asked for by address: `fetch("https://payments.yoco.com/api/checkouts", …)`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from lastmile_desktop.project.code.outline import Call, Do, Outline, Value, steps_within
from lastmile_desktop.project.known import providers

_MOST_HOPS = 3
_PLACE = re.compile(r"\$?\{\s*([A-Za-z_$][\w$.]{0,80})\s*\}")
_JOINED = re.compile(r"^([A-Za-z_$][\w$.]{0,80})\s*\+\s*[\"'`f]*(.*)", re.DOTALL)
_NAMED = re.compile(r"^[A-Za-z_$][\w$.]{0,80}$")
_WRITES = re.compile(r"post|put|patch|request", re.IGNORECASE)
_CHANGES = re.compile(r"^(?:put|patch|delete)$", re.IGNORECASE)
# The amount that the browser names is only taken with this request.
_CHARGED_AT_CONFIRMING = frozenset({"toss"})
# What is done at an address, by its path. The first that holds.
_DOES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), does)
    for pattern, does in (
        (r"refund|estorno|reversal", "refund"),
        (r"transfer|payout|disburse|withdraw|b2c", "transfer"),
        (r"verify|status|capture|confirm|lookup|inquiry|query|validate", "look"),
        (r"token(?:ize|s?$)|oauth|/auth|webhook|customers?$", ""),
        (r"subscri|preapproval|recurring|/plans?/", "subscribe"),
        (r"checkout|payment|charge|order|transaction|invoice|preference|initiali[sz]e|initiate|session|link|pix|billing|"
         r"stkpush|submit|process|create|sale|bill|cobran[cç]a|/pay\b", "open"),
    )
)  # fmt: skip


@lru_cache(maxsize=1)
def _hosts() -> tuple[tuple[str, str], ...]:
    return tuple(
        (host, provider.value)
        for provider in providers()
        if provider.fact == "pay.provider"
        for host in provider.hosts
    )


@lru_cache(maxsize=4096)
def provider_at(address: str) -> str:
    """The payment provider whose interface this address is, "" when it is none's."""
    return next((value for host, value in _hosts() if host in address), "")


def does_at(address: str, call: Call) -> tuple[str, str]:
    """(what it does, provider) of a request to a payment provider; ("", "") of any other."""
    provider = provider_at(address)
    if not provider:
        return "", ""
    path = address.partition("://")[2].partition("/")[2] or address
    does = next((does for pattern, does in _DOES if pattern.search(path)), "")
    method = _method(call)
    if does == "look" and provider in _CHARGED_AT_CONFIRMING and "/confirm" in path:
        does = "open"
    if does == "subscribe" and _CHANGES.search(method):
        does = "cancel" if method.lower() == "delete" else "change"
    elif does in ("open", "subscribe") and not _WRITES.search(method):
        does = "look"
    return does, provider


def _method(call: Call) -> str:
    """The request's method, as written: asking how a payment stands sends nothing."""
    options = call.args[1] if len(call.args) > 1 else None
    named = next((arg for arg in call.args if arg.name == "method"), None)
    method = named or (options.entry("method") if options is not None else None)
    if method is not None:
        return method.literal or method.text
    return next((link.name for link in reversed(call.links) if link.name and link.args is not None), "")


def addresses(outline: Outline) -> Mapping[str, str]:
    """The texts with an address that a file's names hold: constants, members of classes and of `this`."""
    found: dict[str, str] = {}
    for name, value in _given(outline):
        text = value.literal or value.text
        if "://" in text and len(text) < 300:
            found.setdefault(name, text)
    return found


def _given(outline: Outline) -> Iterator[tuple[str, Value]]:
    for steps in (outline.top, *(function.body for function in outline.functions)):
        for step in steps_within(steps):
            if isinstance(step, Do) and step.value is not None and len(step.targets) == 1:
                yield step.targets[0], step.value
    for item in outline.classes:
        for name, value, _ in item.attributes:
            yield f"this.{name}", value
            yield f"self.{name}", value


def spelled(address: str, names: Mapping[str, str]) -> str:
    """The address with what its names hold."""
    for _ in range(_MOST_HOPS):
        before = address
        if _NAMED.match(address):
            address = names.get(address, address)
        joined = _JOINED.match(address)
        if joined is not None and joined[1] in names:
            address = names[joined[1]] + joined[2]
        address = _PLACE.sub(lambda match: names.get(match[1], match[0]), address)
        if address == before:
            break
    return address
