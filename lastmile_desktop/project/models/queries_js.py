"""Reads a TypeScript or JavaScript call as a query: supabase-js, Prisma, Drizzle, Kysely, Mongoose, MongoDB, Knex,
Firestore admin and SQL drivers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Call, Link, Value
from lastmile_desktop.project.models import sql_text
from lastmile_desktop.project.models.access import Predicate, Query, Verb

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
_MONGO = {
    **dict.fromkeys(
        (
            "find",
            "findOne",
            "findById",
            "exists",
            "countDocuments",
            "distinct",
            "aggregate",
            "estimatedDocumentCount",
        ),
        Verb.READ,
    ),
    **dict.fromkeys(("insertOne", "insertMany", "bulkWrite"), Verb.INSERT),
    **dict.fromkeys(
        (
            "updateOne",
            "updateMany",
            "findByIdAndUpdate",
            "findOneAndUpdate",
            "replaceOne",
            "findOneAndReplace",
        ),
        Verb.UPDATE,
    ),
    **dict.fromkeys(
        ("deleteOne", "deleteMany", "findByIdAndDelete", "findOneAndDelete", "findByIdAndRemove"), Verb.DELETE
    ),
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
_SQL_CALLS = frozenset(
    (
        "query",
        "execute",
        "prepare",
        "run",
        "all",
        "get",
        "exec",
        "raw",
        "unsafe",
        "queryRaw",
        "$queryRaw",
        "$executeRaw",
    )
    + (
        "$queryRawUnsafe",
        "$executeRawUnsafe",
        "queryObject",
        "queryArray",
        "one",
        "oneOrNone",
        "many",
        "manyOrNone",
    )
    + ("any", "none", "batch", "sql")
)
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
        _before(call, "select", "selectDistinct", "insert", "update", "delete", "query", "batch")
    ):
        found = _drizzle(call, names, tables)
        if found:
            return found
    if any(name in _KYSELY for name in names):
        return _kysely(call)
    return _prisma(call) or _firestore(call, names) or _mongo(call, names) or _sql(call) or _knex(call)


def _before(call: Call, *stops: str) -> str:
    """The dotted expression in front of the first of these links."""
    parts = [call.root]
    for link in call.links:
        if link.name in stops or (link.args is not None and link.name):
            break
        if link.name:
            parts.append(link.name)
    return ".".join(parts)


def _text(value: Value) -> str:
    return value.literal if value.literal is not None else value.text


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
            predicates.append(Predicate(_text(args[0]), args[-1].text, _SUPABASE_FILTERS[link.name]))
        elif link.name == "match" and args:
            predicates += _entries(args[0])
        elif link.name == "or" and args:
            predicates.append(Predicate("*", args[0].text))
    writing = next((link for link in rest if link.name in ("insert", "upsert", "update") and link.args), None)
    payload = writing.args[0] if writing and writing.args else None
    source = (call.links[start].args or (Value(""),))[0]
    root = ".".join([call.root, *(name for name in names[:start] if name)])
    single = any(name in ("single", "maybeSingle") for name in names)
    return Query("supabase", verb, _text(source), root, tuple(predicates), single, payload)


def _rpc(call: Call) -> Query:
    args = call.args_of("rpc")
    name = _text(args[0]) if args else ""
    predicates = tuple(_entries(args[1])) if len(args) > 1 else ()
    root = _before(call, "rpc")
    return Query("supabase-rpc", Verb.CALL, name, root, predicates, False, args[1] if len(args) > 1 else None)


def _storage(call: Call, names: list[str]) -> Query | None:
    last = next((name for name in reversed(names) if name in _STORAGE), None)
    if last is None or "from" not in names:
        return None
    bucket = call.args_of("from")
    path = call.args_of(last)
    predicates = (Predicate("path", path[0].text, last in ("remove", "createSignedUrls")),) if path else ()
    root = _before(call, "storage", "from")
    return Query("storage", _STORAGE[last], _text(bucket[0]) if bucket else "", root, predicates, True)


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
        predicates = tuple(_entries(where)) if where else _unknown_options(options)
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


def _entries(value: Value, prefix: str = "") -> Iterator[Predicate]:
    """Conditions of a `where`-like object, nested ones flattened."""
    if not value.entries:
        for item in value.items:
            yield from _entries(item, prefix)
        if not value.items and value.text not in ("{}", "[]"):
            yield Predicate(prefix or "*", value.text, prefix.endswith((".in", ".$in")))
        return
    for key, inner in value.entries:
        if key == "...":
            yield Predicate("*", inner.text)
            continue
        if key in (
            "not",
            "notIn",
            "$ne",
            "$nin",
            "NOT",
            "gte",
            "gt",
            "lte",
            "lt",
            "$gte",
            "$gt",
            "$lte",
            "$lt",
        ):
            continue
        column = key if key in ("AND", "OR", "$and", "$or") else (f"{prefix}.{key}" if prefix else key)
        yield from _entries(inner, prefix if key in ("AND", "OR", "$and", "$or") else column)


def _drizzle(call: Call, names: list[str], tables: dict[str, str]) -> Query | None:
    root = _before(call, "select", "selectDistinct", "insert", "update", "delete", "query")
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
    root = _before(call, first.name)
    table = _text(first.args[0]).split(" ")[0] if first.args else ""
    predicates: list[Predicate] = []
    for link in call.links:
        args = link.args or ()
        if link.name == "where" and len(args) == 3:
            predicates.append(
                Predicate(_text(args[0]).rpartition(".")[2], args[2].text, _text(args[1]) == "in")
            )
        elif link.name == "where" and args:
            predicates.append(Predicate("*", args[0].text))
    payload = (call.args_of("values") or call.args_of("set") or (None,))[0]
    single = any(link.name.startswith("executeTakeFirst") for link in call.links)
    return Query("kysely", _KYSELY[first.name], table, root, tuple(predicates), single, payload)


def _mongo(call: Call, names: list[str]) -> Query | None:
    for index, link in enumerate(call.links):
        if link.args is None or link.name not in _MONGO:
            continue
        collection = call.args_of("collection")
        owner = call.links[index - 1].name if index else call.root
        table = _text(collection[0]) if collection else owner
        if not collection and not (index == 0 and call.root[:1].isupper()) and not owner[:1].isupper():
            return None
        if link.name == "find" and link.args and link.args[0].function:
            return None
        first = link.args[0] if link.args else None
        if first is None:
            predicates: tuple[Predicate, ...] = ()
        elif "ById" in link.name:
            predicates = (Predicate("_id", first.text),)
        elif _MONGO[link.name] is Verb.INSERT:
            predicates = ()
        else:
            predicates = tuple(_entries(first))
        payload = (
            first if _MONGO[link.name] is Verb.INSERT else (link.args[1] if len(link.args) > 1 else None)
        )
        single = "One" in link.name or "ById" in link.name
        return Query("mongo", _MONGO[link.name], table, call.root, predicates, single, payload)
    if (
        call.root[:1].isupper()
        and names == ["create"]
        and not call.is_new
        and call.args
        and call.root != "Object"
    ):
        return Query("mongo", Verb.INSERT, call.root, call.root, (), True, call.args[0])
    return None


def _firestore(call: Call, names: list[str]) -> Query | None:
    if "doc" not in names and "collection" not in names:
        return None
    verbs = {
        "get": Verb.READ,
        "set": Verb.UPDATE,
        "add": Verb.INSERT,
        "update": Verb.UPDATE,
        "delete": Verb.DELETE,
    }
    last = call.links[-1]
    if last.name not in verbs or last.args is None:
        return None
    table = _text(call.args_of("collection")[0]) if call.args_of("collection") else ""
    predicates: list[Predicate] = []
    for link in call.links:
        args = link.args or ()
        if link.name == "doc" and args:
            table = table or _text(args[0]).split("/")[0].strip("`")
            predicates.append(Predicate("id", args[0].text))
        elif link.name == "where" and len(args) == 3:
            predicates.append(Predicate(_text(args[0]), args[2].text, _text(args[1]) == "in"))
    payload = last.args[0] if last.args else None
    return Query("firestore", verbs[last.name], table, call.root, tuple(predicates), "doc" in names, payload)


def _sql(call: Call) -> Query | None:
    for link in call.links:
        args = link.args or ()
        name = link.name or call.root
        if (
            not args
            or (link.name and name not in _SQL_CALLS)
            or (not link.name and "sql" not in name.lower())
        ):
            continue
        text = _text(args[0])
        if args[0].literal is None and not text.startswith(("`", "'", '"', "sql", "Prisma.sql", "text(")):
            continue
        if not sql_text.looks_like_sql(text):
            continue
        given = _sql_values(call, link)
        predicates = tuple(
            Predicate(column, _bound(place, given), many) for column, place, many in sql_text.conditions(text)
        )
        root = _before(call, link.name) if link.name else call.root
        return Query("sql", sql_text.verb(text), sql_text.table(text), root, predicates, False, None)
    return None


def _sql_values(call: Call, link: Link) -> list[str]:
    args = link.args or ()
    if len(args) > 1:
        return [item.text for item in args[1].items] if args[1].items else [item.text for item in args[1:]]
    later = [
        item
        for item in call.links[call.links.index(link) + 1 :]
        if item.name in ("bind", "run", "all", "get", "first")
    ]
    return [value.text for item in later for value in item.args or ()]


def _bound(place: str, given: list[str]) -> str:
    if place.startswith("${"):
        return place[2:-1]
    if place.startswith("$") and place[1:].isdigit() and int(place[1:]) <= len(given):
        return given[int(place[1:]) - 1]
    return place


def _knex(call: Call) -> Query | None:
    if not call.links or call.links[0].name or not re.search(r"^(?:knex|db|trx)$", call.root):
        return None
    table = _text(call.links[0].args[0]) if call.links[0].args else ""
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
            predicates.append(Predicate(_text(args[0]), args[-1].text, link.name == "whereIn"))
        elif link.name in ("where", "andWhere") and args:
            predicates += _entries(args[0])
    return Query("kysely", verb, table, call.root, tuple(predicates), "first" in names)
