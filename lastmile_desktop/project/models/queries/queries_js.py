"""Reads a TypeScript or JavaScript call as a query: supabase-js, Prisma, Drizzle, Kysely, TypeORM, Sequelize, Mongoose,
MongoDB, Knex, Firestore admin and SQL drivers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Call, Link, Value
from lastmile_desktop.project.models.queries.queries_js_models import model_query
from lastmile_desktop.project.models.queries.queries_js_parts import before, conditions_of, text_of
from lastmile_desktop.project.models.queries.queries_js_stores import (
    document_query,
    firestore_query,
    sql_query,
)
from lastmile_desktop.project.models.queries.queries_signed import signed_query
from lastmile_desktop.project.models.queries.queries_workers import binding_query
from lastmile_desktop.project.models.walk.access import Predicate, Query, Verb

_PRISMA = {
    **dict.fromkeys(
        (
            "findUnique",
            "findUniqueOrThrow",
            "findFirst",
            "findFirstOrThrow",
            "findMany",
            "count",
            "aggregate",
            "groupBy",
        ),
        Verb.READ,
    ),
    **dict.fromkeys(("create", "createMany", "createManyAndReturn"), Verb.INSERT),
    **dict.fromkeys(("update", "updateMany", "updateManyAndReturn", "upsert"), Verb.UPDATE),
    **dict.fromkeys(("delete", "deleteMany"), Verb.DELETE),
}
_SUPABASE = {
    "select": Verb.READ,
    "insert": Verb.INSERT,
    "upsert": Verb.INSERT,
    "update": Verb.UPDATE,
    "delete": Verb.DELETE,
}
_SUPABASE_FILTERS = {
    "eq": False,
    "in": True,
    "is": False,
    "contains": True,
    "ilike": False,
    "like": False,
    "filter": False,
}
_KYSELY = {
    "selectFrom": Verb.READ,
    "insertInto": Verb.INSERT,
    "replaceInto": Verb.INSERT,
    "updateTable": Verb.UPDATE,
    "deleteFrom": Verb.DELETE,
}
_STORAGE = {
    "createSignedUrl": Verb.SIGN,
    "createSignedUrls": Verb.SIGN,
    "createSignedUploadUrl": Verb.INSERT,
    "upload": Verb.INSERT,
    "download": Verb.READ,
    "remove": Verb.DELETE,
    "move": Verb.UPDATE,
    "update": Verb.UPDATE,
    "list": Verb.READ,
}
_CONNECTION = re.compile(
    r"(?:^|[.$])_?(?:prisma|db|tx|trx|t|database|client|orm|drizzle|kysely|knex)\w*$", re.IGNORECASE
)
_PRISMA_ROOT = re.compile(r"prisma|^(?:db|tx|trx|database|transaction)$", re.IGNORECASE)
_COLUMN_EQUAL = frozenset(("eq", "inArray", "like", "ilike", "arrayContains", "is"))
_SDK_ROOT = re.compile(
    r"^(?:stripe|openai|anthropic|resend|twilio|axios|z|yup|Math|Object|Array|JSON|console|res|response)$"
)


def read(call: Call, tables: dict[str, str]) -> Query | None:
    """The query this call makes, None when it makes none. `tables` maps Drizzle table variables to names."""
    names = [link.name for link in call.links]
    if not names or _SDK_ROOT.match(call.root):
        return None
    if "storage" in names or ("from" in names and names[-1] in _STORAGE and "select" not in names):
        found = _storage(call, names)
        if found:
            return found
    if "from" in names and any(name in _SUPABASE for name in names[names.index("from") :]):
        return _supabase(call)
    if "rpc" in names:
        return _rpc(call)
    if names[0] in ("select", "selectDistinct", "insert", "update", "delete", "query") or _CONNECTION.search(
        before(call, "select", "selectDistinct", "insert", "update", "delete", "query", "batch")
    ):
        found = _drizzle(call, names, tables)
        if found:
            return found
    if any(name in _KYSELY for name in names):
        return _kysely(call)
    return (
        binding_query(call)
        or signed_query(call)
        or model_query(call)
        or _prisma(call)
        or firestore_query(call, names)
        or document_query(call, names)
        or sql_query(call)
        or _knex(call)
    )


def _supabase(call: Call) -> Query:
    names = [link.name for link in call.links]
    start = names.index("from")
    rest = call.links[start + 1 :]
    verbs = [_SUPABASE[link.name] for link in rest if link.name in _SUPABASE]
    verb = next((verb for verb in verbs if verb is not Verb.READ), verbs[0])
    predicates: list[Predicate] = []
    for link in rest:
        args = link.args or ()
        if link.name in _SUPABASE_FILTERS and len(args) >= 2:
            predicates.append(Predicate(text_of(args[0]), args[-1].text, _SUPABASE_FILTERS[link.name]))
        elif link.name == "match" and args:
            predicates += conditions_of(args[0])
        elif link.name == "or" and args:
            predicates.append(Predicate("*", args[0].text))
    writing = next((link for link in rest if link.name in ("insert", "upsert", "update") and link.args), None)
    payload = writing.args[0] if writing and writing.args else None
    source = (call.links[start].args or (Value(""),))[0]
    root = ".".join([call.root, *(name for name in names[:start] if name)])
    single = any(name in ("single", "maybeSingle") for name in names)
    return Query("supabase", verb, text_of(source), root, tuple(predicates), single, payload)


def _rpc(call: Call) -> Query:
    args = call.args_of("rpc")
    name = text_of(args[0]) if args else ""
    predicates = tuple(conditions_of(args[1])) if len(args) > 1 else ()
    root = before(call, "rpc")
    return Query("supabase-rpc", Verb.CALL, name, root, predicates, False, args[1] if len(args) > 1 else None)


def _storage(call: Call, names: list[str]) -> Query | None:
    last = next((name for name in reversed(names) if name in _STORAGE), None)
    if last is None or "from" not in names:
        return None
    bucket = call.args_of("from")
    path = call.args_of(last)
    predicates = (Predicate("path", path[0].text, last in ("remove", "createSignedUrls")),) if path else ()
    root = before(call, "storage", "from")
    return Query("storage", _STORAGE[last], text_of(bucket[0]) if bucket else "", root, predicates, True)


def _prisma(call: Call) -> Query | None:
    for index, link in enumerate(call.links):
        if link.args is None or index == 0 or link.name not in _PRISMA:
            continue
        model = call.links[index - 1]
        root = ".".join([call.root, *(item.name for item in call.links[: index - 1] if item.name)])
        if model.args is not None or not _PRISMA_ROOT.search(root.rpartition(".")[2]):
            return None
        options = link.args[0] if link.args else None
        where = options.entry("where") if options else None
        predicates = tuple(conditions_of(where)) if where else _unknown_options(options)
        single = "Unique" in link.name or link.name in ("update", "delete", "upsert", "create")
        payload = (options.entry("data") or options.entry("create")) if options else None
        return Query("prisma", _PRISMA[link.name], model.name, root, predicates, single, payload)
    return None


def _unknown_options(options: Value | None) -> tuple[Predicate, ...]:
    """Options that are a variable or contain a spread may hold any condition."""
    if options is None:
        return ()
    if not options.entries:
        return (Predicate("*", options.text),) if not options.text.startswith("{") else ()
    return tuple(Predicate("*", value.text) for key, value in options.entries if key == "...")


def _drizzle(call: Call, names: list[str], tables: dict[str, str]) -> Query | None:
    root = before(call, "select", "selectDistinct", "insert", "update", "delete", "query")
    if "query" in names:
        at = names.index("query")
        if call.links[at].args is None and len(names) > at + 2 and names[at + 2] in ("findFirst", "findMany"):
            options = (call.links[at + 2].args or (Value(""),))[0]
            where = options.entry("where")
            predicates = tuple(_comparisons(where)) if where else _unknown_options(options)
            table = tables.get(names[at + 1], names[at + 1])
            return Query("drizzle", Verb.READ, table, root, predicates, names[at + 2] == "findFirst")
        return None
    first = next(
        (
            link
            for link in call.links
            if link.name in ("select", "selectDistinct", "insert", "update", "delete")
        ),
        None,
    )
    if first is None or first.args is None:
        return None
    source = call.args_of("from") if first.name.startswith("select") else first.args
    if not source or (first.name.startswith("select") and "from" not in names):
        return None
    if first.name == "insert" and "values" not in names and "select" not in names:
        return None
    if first.name == "update" and "set" not in names:
        return None
    if source[0].literal is not None or source[0].entries or not re.match(r"^[\w$.]+$", source[0].text):
        return None
    variable = source[0].text.rpartition(".")[2]
    if first.name == "delete" and variable not in tables and "where" not in names:
        return None
    verb = _SUPABASE["select" if first.name.startswith("select") else first.name]
    conditions = [
        value for link in call.links if link.name in ("where", "having") for value in link.args or ()
    ]
    predicates = tuple(item for value in conditions for item in _comparisons(value))
    payload = (call.args_of("values") or call.args_of("set") or (None,))[0]
    single = any(link.name == "limit" and link.args and link.args[0].text == "1" for link in call.links)
    return Query("drizzle", verb, tables.get(variable, variable), root, predicates, single, payload)


def _comparisons(value: Value) -> Iterator[Predicate]:
    """`eq(t.col, x)` calls anywhere in a condition; `*` when the condition is computed elsewhere."""
    found = False
    for inner in _flat_calls(value):
        if inner.root in _COLUMN_EQUAL and len(inner.args) >= 2 and inner.links and not inner.links[0].name:
            found = True
            column = inner.args[0].text.rpartition(".")[2]
            yield Predicate(column, inner.args[1].text, inner.root == "inArray")
        elif inner.root == "sql":
            found = True
            yield Predicate("*", value.text)
    if not found:
        yield Predicate("*", value.text)


def _flat_calls(value: Value) -> Iterator[Call]:
    seen: set[tuple[int, int, str]] = set()
    stack = list(value.calls)
    while stack:
        call = stack.pop(0)
        key = (call.span.line, call.span.column, call.callee)
        if key in seen:
            continue
        seen.add(key)
        yield call
        stack += [inner for link in call.links for arg in link.args or () for inner in arg.calls]


def _kysely(call: Call) -> Query:
    first: Link = next(link for link in call.links if link.name in _KYSELY)
    root = before(call, first.name)
    table = text_of(first.args[0]).split(" ")[0] if first.args else ""
    predicates: list[Predicate] = []
    for link in call.links:
        args = link.args or ()
        if link.name == "where" and len(args) == 3:
            predicates.append(
                Predicate(text_of(args[0]).rpartition(".")[2], args[2].text, text_of(args[1]) == "in")
            )
        elif link.name == "where" and args:
            predicates.append(Predicate("*", args[0].text))
    payload = (call.args_of("values") or call.args_of("set") or (None,))[0]
    single = any(link.name.startswith("executeTakeFirst") for link in call.links)
    return Query("kysely", _KYSELY[first.name], table, root, tuple(predicates), single, payload)


def _knex(call: Call) -> Query | None:
    if not call.links or call.links[0].name or not re.search(r"^(?:knex|db|trx)$", call.root):
        return None
    table = text_of(call.links[0].args[0]) if call.links[0].args else ""
    names = [link.name for link in call.links]
    verb = Verb.READ
    for name, found in (
        ("insert", Verb.INSERT),
        ("update", Verb.UPDATE),
        ("del", Verb.DELETE),
        ("delete", Verb.DELETE),
    ):
        verb = found if name in names else verb
    predicates: list[Predicate] = []
    for link in call.links:
        args = link.args or ()
        if link.name in ("where", "andWhere", "whereIn") and len(args) >= 2:
            predicates.append(Predicate(text_of(args[0]), args[-1].text, link.name == "whereIn"))
        elif link.name in ("where", "andWhere") and args:
            predicates += conditions_of(args[0])
    return Query("kysely", verb, table, call.root, tuple(predicates), "first" in names)
