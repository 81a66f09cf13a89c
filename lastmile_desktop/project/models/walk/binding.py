"""What an assignment puts into its names."""

from __future__ import annotations

import re
from dataclasses import replace

from lastmile_desktop.project.code.outline import Do, Value
from lastmile_desktop.project.models.queries.query_stores import gives_store
from lastmile_desktop.project.models.walk.flow import Frame, Trace
from lastmile_desktop.project.models.walk.taint import CLEAN, COOKIE, Label, Taint, paths_in, taint_of
from lastmile_desktop.project.models.walk.values import Results, value_taint

_CONVERSION = re.compile(
    r"^(?:Number|parseInt|parseFloat|String|BigInt|decodeURIComponent|int|str|UUID|uuid\.UUID|ObjectId|new ObjectId)\("
)
_REQUEST_READ = re.compile(
    r"^[\w$.]*(?:body|Body|query|params|json\(\)|data|Data|payload|Payload|parsed\w*|input|searchParams)\)?$"
)
_ERROR_NAME = re.compile(r"^(?:\w*[eE]rr(?:or)?|\w*[rR]esponse|redirect|unauthorized|denied|failure)$")
# `req.localUserId = account.id`: what middleware leaves for the handlers behind it.
USER_ON_REQUEST = re.compile(
    r"^(?:req|request|res\.locals|ctx\.state)\.(?:\w{0,20}[uU]ser(?:_?[iI]d)?|user)$"
)
_NAMED = re.compile(r"^[A-Za-z_$][\w$]*(?:[?!]?\.[A-Za-z_$][\w$]*)*$")
_DOCUMENTS = frozenset(("doc", "collection", "where", "orderBy", "limit"))
_CONTAINERS = ("body", "query", "params", "data", "json")


def bind_targets(
    step: Do, taint: Taint, frame: Frame, results: Results, trace: Trace, item: Value | None = None
) -> None:
    """Bind every name that a statement assigns; remember what was put on the request. `item` is what one item of a
    list is made as, whose caller's id every item has."""
    names = _original_names(step)
    value = step.value
    frame.texts.update(dict.fromkeys(step.targets, value.text if value else ""))
    taint = taint.opened if step.unpacks else taint
    _keep_document(step, frame)
    for target in step.targets:
        imported = names.get(target, target)
        several = len(step.targets) > 1 or imported != target
        given = _given(taint, target, imported, several, value, frame)
        nested = frame.depth > 0 or bool(frame.env.get(target, CLEAN).labels)
        if value is not None and USER_ON_REQUEST.match(target) and _NAMED.match(value.text):
            unknown = not (given.labels or given.rows or given.client or given.text)
            given = Taint(Label.IDENTITY) if unknown else given
        frame.bind(target, given, keep=nested)
        if value is not None:
            _bind_members(target, value, frame, results)
        for key, inner in item.entries if item is not None else ():
            member = value_taint(inner, frame.env, results)
            if member.labels & Label.IDENTITY and not member.labels & Label.REQUEST:
                frame.env[f"{target}.{key}"] = member
        if "." in target and given is not CLEAN:
            trace.sets[target] = given
            root = target.partition(".")[0]
            if root in frame.texts:
                frame.bind(root, given, keep=True)


def _keep_document(step: Do, frame: Frame) -> None:
    """`const ref = db.collection("orders").doc(id)` reads nothing; `ref.get()` does."""
    made = step.value.calls[0] if step.value is not None and step.value.calls and not step.unpacks else None
    last = made.links[-1].name if made is not None and made.links else ""
    for target in step.targets:
        frame.documents.pop(target, None)
        if made is not None and (last in _DOCUMENTS or gives_store(made)):
            held = frame.documents.get(made.root)
            whole = replace(made, root=held.root, links=(*held.links, *made.links)) if held else made
            if any(link.name == "collection" for link in whole.links) or gives_store(whole):
                frame.documents[target] = whole


def _bind_members(target: str, value: Value, frame: Frame, results: Results) -> None:
    """Members of an object literal, also of one that a call such as `schema.parse({…})` hands back."""
    literal = value
    if value.calls and not value.entries and len(value.calls[0].args) == 1:
        literal = value.calls[0].args[0]
    for key, inner in literal.entries:
        if key != "...":
            frame.env[f"{target}.{key}"] = value_taint(inner, frame.env, results)


def _given(
    taint: Taint, target: str, imported: str, several: bool, value: Value | None, frame: Frame
) -> Taint:
    if _ERROR_NAME.match(imported) and (several or not taint.rows):
        failing = taint.labels & (Label.IDENTITY | Label.CLAIMED | Label.SIGNATURE)
        if failing or taint.passed:
            labels = Label.FAILURE | failing & Label.CLAIMED
            passed = replace(taint.passed, label=Label.FAILURE) if taint.passed else None
            return replace(taint, labels=labels, rows=frozenset[int](), passed=passed)
        return CLEAN if several else taint
    if value is None:
        return taint
    if not taint.labels and not value.calls and not value.entries:
        given = taint | _member(value.text, imported, frame)
        if given.labels:
            return given
        alias = _alias(value.text, imported)
        return given | Taint(alias=alias) if alias else given
    if taint.labels & Label.REQUEST and taint.origins:
        found = bool(taint.labels & Label.IDENTITY or taint.rows)
        return replace(taint, origins=_named(taint.origins, target, imported, value, found))
    return taint


def _original_names(step: Do) -> dict[str, str]:
    """Local name → original name of destructured results."""
    pairs: dict[str, str] = {}
    for call in step.calls:
        for name in call.assigned:
            original, _, local = name.partition(":")
            pairs[local or original] = original
    return pairs


def _named(origins: frozenset[str], target: str, imported: str, value: Value, found: bool) -> frozenset[str]:
    """Names for the request values a statement takes apart: `const { id } = await params` makes `id`. A value that
    was found in the database or with the caller, such as a condition for a query, keeps what it was made of."""
    if any(origin.startswith(COOKIE) for origin in origins):
        return origins
    text = value.text.removeprefix("await ").strip("() ")
    whole = re.fullmatch(r"[\w$.]+", text)
    last = text.rpartition(".")[2]
    if whole and len(origins) == 1 and last == imported:
        return origins
    if whole and "." in text and imported == target and last not in _CONTAINERS:
        return origins
    if value.entries or value.items:
        return origins
    if value.calls and not _CONVERSION.match(text):
        return origins | {imported} if found else frozenset((imported,))
    if _REQUEST_READ.search(text):
        return frozenset(f"{origin}.{imported}" for origin in origins) if whole else frozenset((imported,))
    return origins


def _member(text: str, name: str, frame: Frame) -> Taint:
    """`const { tenantId } = req as any` reads `req.tenantId`."""
    found = paths_in(text)
    if len(found) != 1 or found[0].called:
        return CLEAN
    return taint_of(f"{found[0].text}.{name}", frame.env)


def _alias(text: str, name: str) -> str:
    """The expression that a new name stands for; "" when it is more than a path."""
    found = paths_in(text)
    if len(found) != 1 or found[0].called:
        return ""
    path = found[0].text
    return path if path.rpartition(".")[2] == name else f"{path}.{name}"
