"""From an entry point to a Route: its guards, its effects, and whose rows it touches."""

from __future__ import annotations

from dataclasses import replace

from lastmile_desktop.project.code.outline import Call, Span
from lastmile_desktop.project.models.guards.chain_parts import Summary
from lastmile_desktop.project.models.guards.platform_tokens import behind_subject
from lastmile_desktop.project.models.guards.verifiers import Authority
from lastmile_desktop.project.models.queries import model as queries
from lastmile_desktop.project.models.routes import public
from lastmile_desktop.project.models.routes.entries import Entry, Survey, summarise
from lastmile_desktop.project.models.routes.model import Effect, EffectKind, Route
from lastmile_desktop.project.models.walk import effects, seeds
from lastmile_desktop.project.models.walk.access import Access, Query, Verb
from lastmile_desktop.project.models.walk.flow import Draft, Frame, Happening, State
from lastmile_desktop.project.models.walk.model import MAX_STEPS, Walker


def evaluate(survey: Survey, entry: Entry) -> Route:
    """The route behind an entry point."""
    before = summarise(survey, entry)
    why = public.reason(entry, survey.view.policy.public_routes)
    if entry.function is None:
        walker = Walker(survey.callees, survey.scopes, around=survey.chains.wrapper)
        walker.trace.drafts += [_generic(entry, before, query, call) for query, call in entry.extra]
        return _route(entry, before, why, walker, _start(before))
    path = entry.handler_path or entry.path
    walker = Walker(survey.callees, survey.scopes, around=survey.chains.wrapper)
    env = dict(survey.scopes.env(path))
    seeds.seed_handler(env, entry.function, entry.inputs)
    seeds.hand_over(env, entry.function, before.hands)
    seeds.rename_sets(env, entry.function, before.sets)
    parent = entry.function.parent
    while parent:
        for local, taint in _closure(survey, path, parent):
            env.setdefault(local, taint)
        parent = parent.rpartition(".")[0]
    frame = Frame(path, survey.scopes.outline(path), entry.function, env)
    state = walker.run(frame, _start(before))
    return behind_subject(survey, _route(entry, before, why, walker, state))


def _start(before: Summary) -> State:
    held = before.holds or bool(before.guards and before.doubts)
    return State(before.guards, before.admin, doubts=before.doubts, held=held)


def _generic(entry: Entry, before: Summary, query: Query, call: Call) -> Draft:
    """A query that a generic view makes: by the id in the address, or every row."""
    requested = frozenset(("pk",)) if query.predicates else frozenset[str]()
    scope = {Authority.ADMIN: "admin", Authority.ROLE: "role"}.get(before.admin, "")
    return Draft(
        query,
        call,
        entry.path,
        "",
        "orm",
        before.guards,
        scope,
        requested,
        fed=bool(requested),
        exposed=True,
        exposed_openly=not before.guards,
        doubt=before.doubts[0] if before.doubts and not before.guards else None,
    )


def _closure(survey: Survey, path: str, parent: str):  # noqa: ANN202
    """Variables of an enclosing function that hold a connection or a setting."""
    from lastmile_desktop.project.code.outline import Do
    from lastmile_desktop.project.models.walk.scopes import client_kind
    from lastmile_desktop.project.models.walk.taint import CLEAN, Taint, taint_of

    function = survey.callees.functions(path).get(parent)
    env = survey.scopes.env(path)
    for step in function.body if function else ():
        if isinstance(step, Do) and step.targets and step.value is not None:
            for call in step.value.calls[:1]:
                key = taint_of(call.args[1].text, env) if len(call.args) > 1 else CLEAN
                kind = client_kind(call, key)
                if kind:
                    yield step.targets[0], Taint(client=kind)


def _route(entry: Entry, before: Summary, why: str, walker: Walker, state: State) -> Route:
    trace = walker.trace
    dominating = [guard for item in (*trace.drafts, *trace.happenings) for guard in item.guards[:1]]
    guards = tuple(dict.fromkeys((*before.guards, *(dominating or state.guards), *before.weak, *trace.weak)))
    found = [_from_draft(draft) for draft in trace.drafts] + [
        _from_happening(item) for item in trace.happenings
    ]
    unknown = entry.unknown
    if not unknown and trace.steps > MAX_STEPS:
        unknown = "the handler is too large to follow to its end"
    line = entry.span.line
    return Route(
        kind=entry.kind,
        framework=entry.framework,
        route=entry.route,
        methods=entry.methods,
        path=entry.path,
        span=Span(line, entry.span.column, entry.span.line_end),
        handler=entry.function,
        guards=guards,
        effects=tuple(found),
        public_by_design=why,
        is_webhook=public.is_webhook(entry),
        unknown=unknown,
        accesses=tuple(_access(draft) for draft in trace.drafts),
        unknown_wrappers=before.unknown,
        handler_path=entry.handler_path,
    )


def _from_draft(draft: Draft) -> Effect:
    query = draft.query
    kind = EffectKind.DB_READ if query.verb in (Verb.READ, Verb.SIGN) else EffectKind.DB_WRITE
    if query.layer == "storage" and query.verb.writes:
        kind = EffectKind.FILE
    if query.verb is Verb.CALL:
        kind = (
            EffectKind.DB_READ
            if query.table.startswith(("get", "list", "search", "match", "count", "is_", "has_"))
            else EffectKind.DB_WRITE
        )
    if _is_changed(draft):
        kind, query = EffectKind.DB_WRITE, replace(query, verb=Verb.UPDATE)
    guarded = bool(draft.guards) or draft.scope in ("token", "caller") or _notes_failure(draft)
    detail = query.verb.value if draft.fed and not draft.computed else f"{query.verb.value}-fixed"
    if query.verb is Verb.READ:
        detail = (
            "count" if queries.counts(draft.call) else ("read" if draft.exposed_openly else "read-unseen")
        )
    return Effect(
        kind,
        draft.call,
        draft.path,
        draft.call.span.line,
        guarded,
        query.table,
        draft.client,
        detail,
        draft.doubt,
    )


def _is_changed(draft: Draft) -> bool:
    """A row that is read, given other values, and kept by the next commit."""
    return draft.changed and draft.query.layer.startswith("sqlalchemy") and draft.query.verb is Verb.READ


def _notes_failure(draft: Draft) -> bool:
    """A row about an error, written where the error is handled."""
    return draft.handling and draft.query.verb in (Verb.INSERT, Verb.UPDATE)


def _from_happening(item: Happening) -> Effect:
    client = "service" if effects.touches_accounts(item.call) else ""
    table = "auth.users" if client else ""
    detail = "requested" if item.requested else ""
    if item.kind is EffectKind.PAYMENT and effects.starts_checkout(item.call):
        detail = "checkout"
    return Effect(
        item.kind,
        item.call,
        item.path,
        item.call.span.line,
        bool(item.guards),
        table,
        client,
        detail,
        item.doubt,
    )


def _access(draft: Draft) -> Access:
    query = replace(draft.query, verb=Verb.UPDATE) if _is_changed(draft) else draft.query
    return Access(
        query,
        draft.call,
        draft.path,
        draft.call.span.line,
        draft.function,
        draft.client,
        bool(draft.guards),
        draft.scope,
        tuple(sorted(draft.requested)),
        draft.bulk,
        draft.computed,
        draft.exposed and not queries.counts(draft.call),
        tuple(sorted(draft.through)),
    )
