"""Reads a Python call as a query: SQLAlchemy and SQLModel, Django, MongoDB, supabase-py, Firestore, SQL drivers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Call, Link, Value
from lastmile_desktop.project.models.queries.queries_signed import signed_query
from lastmile_desktop.project.models.sql import sql_text
from lastmile_desktop.project.models.walk.access import Predicate, Query, Verb

_MONGO = {
    **dict.fromkeys(("find_one", "find", "count_documents", "aggregate", "distinct"), Verb.READ),
    **dict.fromkeys(("insert_one", "insert_many", "bulk_write"), Verb.INSERT),
    **dict.fromkeys(
        ("update_one", "update_many", "replace_one", "find_one_and_update", "find_one_and_replace"),
        Verb.UPDATE,
    ),
    **dict.fromkeys(("delete_one", "delete_many", "find_one_and_delete"), Verb.DELETE),
}
_SUPABASE = {
    "select": Verb.READ,
    "insert": Verb.INSERT,
    "upsert": Verb.INSERT,
    "update": Verb.UPDATE,
    "delete": Verb.DELETE,
}
_DJANGO_READ = frozenset(
    ("get", "filter", "all", "first", "exclude", "count", "exists", "values", "values_list", "aget")
)
_DJANGO_WRITE = {
    "create": Verb.INSERT,
    "bulk_create": Verb.INSERT,
    "get_or_create": Verb.INSERT,
    "acreate": Verb.INSERT,
}
_SQL_CALLS = frozenset(
    ("execute", "executemany", "fetch", "fetchrow", "fetchval", "fetch_one", "fetch_all", "fetch_val", "raw")
)
_STORAGE = {
    "create_signed_url": Verb.SIGN,
    "generate_presigned_url": Verb.SIGN,
    "upload": Verb.INSERT,
    "download": Verb.READ,
    "remove": Verb.DELETE,
}
_COMPARISON = re.compile(
    r"([A-Za-z_][\w.]*)\s*==\s*([^,&|)]+)|([A-Za-z_][\w.]*)\.in_\(([^)]*)\)|([A-Za-z_][\w.]*)\.is_\("
)
_MODEL = re.compile(r"^(?:[a-z_]\w*\.)*[A-Z]\w*(?:\.\w+)?$")
_NO_FILTER = frozenset(("defaults", "using"))


def read(call: Call) -> Query | None:
    """The query this call makes, None when it makes none."""
    names = [link.name for link in call.links]
    if call.root in ("get_object_or_404", "get_list_or_404", "aget_object_or_404"):
        return _django_shortcut(call)
    if "objects" in names or "_default_manager" in names:
        return None if names[-1] == "none" else _django(call, names)
    if "storage" in names and any(name in _STORAGE for name in names):
        return _storage(call, names)
    if ("table" in names or "from_" in names) and any(name in _SUPABASE for name in names):
        return _supabase(call, names)
    if "rpc" in names:
        args = call.args_of("rpc")
        params = args[1] if len(args) > 1 else Value("")
        return Query(
            "supabase-rpc",
            Verb.CALL,
            _text(args[0]) if args else "",
            call.root,
            tuple(_dict(params)),
            False,
            params,
        )
    return (
        signed_query(call)
        or _mongo(call)
        or _sqlalchemy(call, names)
        or _sql(call)
        or _firestore(call, names)
    )


def _text(value: Value) -> str:
    return value.literal if value.literal is not None else value.text


def _keywords(args: tuple[Value, ...]) -> list[Predicate]:
    """Keyword conditions; `**kwargs` and `Q(...)` count as decided elsewhere."""
    found: list[Predicate] = []
    for arg in args:
        if arg.name == "**" or arg.text.startswith("**"):
            found.append(Predicate("*", arg.text.lstrip("*")))
        elif arg.name and arg.name not in _NO_FILTER:
            found.append(Predicate(arg.name, arg.text, arg.name.endswith("__in")))
        elif not arg.name and "=" in arg.text:
            found += [
                Predicate(match[0], match[1].strip())
                for match in re.findall(r"(\w+)\s*=\s*([^,()|&]+)", arg.text)
            ]
    return found


def _django_shortcut(call: Call) -> Query:
    args = call.args
    source = args[0].text if args else ""
    predicates = _keywords(args[1:])
    if ".filter(" in source or ".for_" in source:
        predicates.append(Predicate("*", source))
    model = re.split(r"[.(]", source)[0] if ".objects" in source else source.rpartition(".")[2]
    return Query("django", Verb.READ, model, call.root, tuple(predicates), call.root != "get_list_or_404")


def _django(call: Call, names: list[str]) -> Query:
    at = names.index("objects") if "objects" in names else names.index("_default_manager")
    model = call.links[at - 1].name if at else call.root
    verb = Verb.READ
    predicates: list[Predicate] = []
    for link in call.links[at + 1 :]:
        args = link.args or ()
        verb = _DJANGO_WRITE.get(link.name, verb)
        if link.name in ("update", "aupdate", "bulk_update", "update_or_create"):
            verb = Verb.UPDATE
        elif link.name in ("delete", "adelete"):
            verb = Verb.DELETE
        if link.name in ("get", "filter", "aget", "get_or_create", "update_or_create"):
            predicates += _keywords(args)
        elif link.name not in _DJANGO_READ and link.name not in ("update", "delete", "create") and args:
            predicates += [Predicate("*", arg.text) for arg in args]
    return Query("django", verb, model, call.root, tuple(predicates), "get" in names or "first" in names)


def _supabase(call: Call, names: list[str]) -> Query:
    start = names.index("table") if "table" in names else names.index("from_")
    rest = call.links[start + 1 :]
    verbs = [_SUPABASE[link.name] for link in rest if link.name in _SUPABASE]
    verb = next((verb for verb in verbs if verb is not Verb.READ), verbs[0])
    predicates: list[Predicate] = []
    for link in rest:
        args = link.args or ()
        if link.name in ("eq", "in_", "is_", "contains", "ilike", "like") and len(args) >= 2:
            predicates.append(Predicate(_text(args[0]), args[1].text, link.name == "in_"))
        elif link.name == "match" and args:
            predicates += _dict(args[0])
        elif link.name == "or_" and args:
            predicates.append(Predicate("*", args[0].text))
    writing = next((link for link in rest if link.name in ("insert", "upsert", "update") and link.args), None)
    source = (call.links[start].args or (Value(""),))[0]
    root = ".".join(
        [call.root, *(link.name + ("()" if link.args is not None else "") for link in call.links[:start])]
    )
    payload = writing.args[0] if writing and writing.args else None
    single = "single" in names or "maybe_single" in names
    return Query("supabase", verb, _text(source), root, tuple(predicates), single, payload)


def _dict(value: Value, prefix: str = "") -> Iterator[Predicate]:
    if not value.entries:
        if value.text and value.text not in ("{}", "[]"):
            yield Predicate(prefix or "*", value.text, prefix.endswith("$in"))
        return
    for key, inner in value.entries:
        name = key.strip("\"'")
        if name in ("...", "**"):
            yield Predicate("*", inner.text)
        elif name in ("$or", "$and"):
            for item in inner.items:
                yield from _dict(item)
        elif name not in ("$ne", "$nin", "$gt", "$gte", "$lt", "$lte", "$exists"):
            yield from _dict(inner, f"{prefix}.{name}" if prefix else name)


def _storage(call: Call, names: list[str]) -> Query:
    last = next(name for name in reversed(names) if name in _STORAGE)
    path = call.args_of(last)
    bucket = call.args_of("from_")
    table = _text(bucket[0]) if bucket else ""
    return Query(
        "storage", _STORAGE[last], table, call.root, (Predicate("path", path[0].text),) if path else (), True
    )


def _mongo(call: Call) -> Query | None:
    for index, link in enumerate(call.links):
        if link.args is None or link.name not in _MONGO:
            continue
        if index == 0 and (
            link.name in ("find", "distinct", "aggregate") or call.root in ("re", "soup", "self")
        ):
            return None
        before = call.links[index - 1] if index else None
        if (
            before is not None
            and before.args is not None
            and before.name not in ("", "get_collection", "__getitem__")
        ):
            return None
        table = (
            before.name
            if before and before.args is None
            else (_text(before.args[0]) if before and before.args else call.root)
        )
        if link.name == "find" and not re.search(r"(?:^|\.)(?:db|database|mongo|collection)\w*", call.callee):
            return None
        first = link.args[0] if link.args else None
        inserting = _MONGO[link.name] is Verb.INSERT
        predicates = () if first is None or inserting else tuple(_dict(first))
        payload = first if inserting else (link.args[1] if len(link.args) > 1 else None)
        root = ".".join([call.root, *(item.name for item in call.links[: max(0, index - 1)])])
        return Query(
            "mongo", _MONGO[link.name], table.strip("\"'"), root, predicates, "one" in link.name, payload
        )
    return None


def _sqlalchemy(call: Call, names: list[str]) -> Query | None:
    if call.root in ("select", "sa_select", "update", "delete", "insert") and names and names[0] == "":
        args = call.links[0].args or ()
        if not args or not _MODEL.match(args[0].text):
            return None
        verb = {"update": Verb.UPDATE, "delete": Verb.DELETE, "insert": Verb.INSERT}.get(call.root, Verb.READ)
        return _statement(call, args[0].text, verb, call.links[1:])
    for index, link in enumerate(call.links):
        args = link.args or ()
        if link.name == "query" and link.args is None and _MODEL.match(call.root):
            return _statement(call, call.root, Verb.READ, call.links[index + 1 :])
        if link.name == "query" and args and _MODEL.match(args[0].text):
            return _statement(call, args[0].text, Verb.READ, call.links[index + 1 :])
        if link.name == "get" and len(args) >= 2 and _MODEL.match(args[0].text):
            return Query(
                "sqlalchemy", Verb.READ, args[0].text, call.root, (Predicate("id", args[1].text),), True
            )
        if link.name in ("add", "add_all", "delete", "merge") and len(args) == 1 and _is_session(call, index):
            verb = Verb.DELETE if link.name == "delete" else Verb.INSERT
            return Query(
                "sqlalchemy-unit",
                verb,
                _model_of(args[0]),
                call.root,
                (Predicate("*", args[0].text),),
                True,
                args[0],
            )
    return None


def _is_session(call: Call, index: int) -> bool:
    owner = call.links[index - 1].name if index else call.root
    return re.search(r"(?:^|_)(?:session|db|sess)$", owner) is not None


def _model_of(value: Value) -> str:
    made = re.match(r"^([A-Z]\w*)(?:\.model_validate)?\(", value.text)
    return made.group(1) if made else ""


def _statement(call: Call, source: str, verb: Verb, links: tuple[Link, ...]) -> Query:
    model = next((part for part in source.split(".") if part[:1].isupper()), source)
    predicates: list[Predicate] = []
    single = False
    for link in links:
        args = link.args or ()
        if link.name in ("filter", "where", "having"):
            for arg in args:
                predicates += _compared(arg)
        elif link.name == "filter_by":
            predicates += _keywords(args)
        elif link.name in ("get", "get_or_404") and args:
            predicates.append(Predicate("id", args[0].text))
            single = True
        elif link.name in ("delete", "update"):
            verb = Verb.DELETE if link.name == "delete" else Verb.UPDATE
        elif link.name in ("join", "outerjoin", "options", "order_by", "limit", "offset", "all", "values"):
            continue
        elif link.name in ("first", "one", "one_or_none", "scalar_one_or_none", "first_or_404"):
            single = True
    return Query("sqlalchemy", verb, model, call.root, tuple(predicates), single)


def _compared(arg: Value) -> list[Predicate]:
    found: list[Predicate] = []
    for match in _COMPARISON.finditer(arg.text):
        if match.group(1):
            found.append(Predicate(match.group(1).rpartition(".")[2], match.group(2).strip()))
        elif match.group(3):
            found.append(Predicate(match.group(3).rpartition(".")[2], match.group(4).strip(), many=True))
        else:
            found.append(Predicate(match.group(5).rpartition(".")[2], "None"))
    return found or [Predicate("*", arg.text)]


def _sql(call: Call) -> Query | None:
    for link in call.links:
        args = link.args or ()
        if link.name not in _SQL_CALLS or not args:
            continue
        text = args[0].text
        if not sql_text.looks_like_sql(text):
            continue
        given = args[1] if len(args) > 1 else Value("")
        positional = [item.text for item in given.items] or [arg.text for arg in args[1:]]
        named = {key.strip("\"'"): value.text for key, value in given.entries}
        predicates = tuple(
            Predicate(column, _bound(place, positional, named), many)
            for column, place, many in sql_text.conditions(text)
        )
        return Query("sql", sql_text.verb(text), sql_text.table(text), call.root, predicates, False)
    return None


def _bound(place: str, positional: list[str], named: dict[str, str]) -> str:
    if place.startswith("{"):
        return place[1:-1]
    if place.startswith("$") and place[1:].isdigit() and int(place[1:]) <= len(positional):
        return positional[int(place[1:]) - 1]
    key = place.strip("%()s:@")
    return named.get(key, place)


def _firestore(call: Call, names: list[str]) -> Query | None:
    if "collection" not in names or not call.links:
        return None
    verbs = {
        "get": Verb.READ,
        "set": Verb.UPDATE,
        "add": Verb.INSERT,
        "update": Verb.UPDATE,
        "delete": Verb.DELETE,
    }
    last = call.links[-1]
    last_name = "get" if last.name == "stream" else last.name
    if last_name not in verbs or last.args is None:
        return None
    collection = call.args_of("collection")
    predicates = [
        Predicate("id", link.args[0].text) for link in call.links if link.name == "document" and link.args
    ]
    predicates += [
        Predicate(_text(link.args[0]), link.args[2].text)
        for link in call.links
        if link.name == "where" and len(link.args or ()) == 3 and link.args
    ]
    table = _text(collection[0]) if collection else ""
    return Query("firestore", verbs[last_name], table, call.root, tuple(predicates), "document" in names)
