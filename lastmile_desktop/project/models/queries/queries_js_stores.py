"""Reads JavaScript calls of document stores and SQL drivers as queries."""

from __future__ import annotations

from lastmile_desktop.project.code.outline import Call, Link
from lastmile_desktop.project.models.queries.queries_js_parts import before, conditions_of, text_of
from lastmile_desktop.project.models.sql import sql_text
from lastmile_desktop.project.models.walk.access import Predicate, Query, Verb

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
_SQL_CALLS = frozenset(
    "query execute prepare run all get exec raw unsafe queryRaw $queryRaw $executeRaw $queryRawUnsafe "
    "$executeRawUnsafe queryObject queryArray one oneOrNone many manyOrNone any none batch sql".split()
)


def document_query(call: Call, names: list[str]) -> Query | None:
    """A call of Mongoose or the MongoDB driver."""
    for index, link in enumerate(call.links):
        if link.args is None or link.name not in _MONGO:
            continue
        collection = call.args_of("collection")
        owner = call.links[index - 1].name if index else call.root
        table = text_of(collection[0]) if collection else owner
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
            predicates = tuple(conditions_of(first))
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


_AFTER_READING = frozenset(
    ("data", "docs", "exists", "id", "size", "empty", "then", "catch", "map", "forEach")
)


def firestore_query(call: Call, names: list[str]) -> Query | None:
    """A call of the Firestore admin library."""
    if "doc" not in names and "collection" not in names:
        return None
    verbs = {
        "get": Verb.READ,
        "set": Verb.UPDATE,
        "add": Verb.INSERT,
        "update": Verb.UPDATE,
        "delete": Verb.DELETE,
    }
    last = next((link for link in reversed(call.links) if link.name not in _AFTER_READING), call.links[0])
    if last.name not in verbs or last.args is None:
        return None
    table = text_of(call.args_of("collection")[0]) if call.args_of("collection") else ""
    predicates: list[Predicate] = []
    for link in call.links:
        args = link.args or ()
        if link.name == "doc" and args:
            table = table or text_of(args[0]).split("/")[0].strip("`")
            predicates.append(Predicate("id", args[0].text))
        elif link.name == "where" and len(args) == 3:
            predicates.append(Predicate(text_of(args[0]), args[2].text, text_of(args[1]) == "in"))
    payload = last.args[0] if last.args else None
    return Query("firestore", verbs[last.name], table, call.root, tuple(predicates), "doc" in names, payload)


def sql_query(call: Call) -> Query | None:
    """A call that is given an SQL statement."""
    for link in call.links:
        args = link.args or ()
        name = link.name or call.root
        if (
            not args
            or (link.name and name not in _SQL_CALLS)
            or (not link.name and "sql" not in name.lower())
        ):
            continue
        text = text_of(args[0])
        if args[0].literal is None and not text.startswith(("`", "'", '"', "sql", "Prisma.sql", "text(")):
            continue
        if not sql_text.looks_like_sql(text):
            continue
        given = _sql_values(call, link)
        predicates = tuple(
            Predicate(column, _bound(place, given), many) for column, place, many in sql_text.conditions(text)
        )
        root = before(call, link.name) if link.name else call.root
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
