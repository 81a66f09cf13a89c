"""Reads the shape of a query from its chain, for each library."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lastmile_desktop.project.code.outline import Call, Link, Value
from lastmile_desktop.project.models.queries.queries_js_parts import text_of
from lastmile_desktop.project.models.queries.query_shape import Shape
from lastmile_desktop.project.models.queries.query_shapes_python import (
    django_shape,
    sql_shape,
    sqlalchemy_shape,
)

_WILD = re.compile(r"^[`'\"f]{0,2}%")
_RANGE_KEYS = frozenset({"gt", "gte", "lt", "lte", "$gt", "$gte", "$lt", "$lte"})
_SKIPPED_KEYS = frozenset({"not", "NOT", "notIn", "$ne", "$nin", "mode", "search", "is", "isNot", "none"})
_JS_COLUMN = re.compile(r"(?:^|\.)(\w+)$")


def shape_of(layer: str, call: Call, links: Iterable[Link]) -> Shape:
    """The shape of a query, from all steps of its chain."""
    shape = Shape()
    steps = tuple(links)
    match layer:
        case "supabase":
            _supabase(shape, steps)
        case "prisma":
            _prisma(shape, steps)
        case "drizzle":
            _drizzle(shape, steps)
        case "kysely":
            _kysely(shape, steps)
        case "sqlalchemy":
            sqlalchemy_shape(shape, call, steps)
        case "django":
            django_shape(shape, steps)
        case "typeorm" | "sequelize":
            _models(shape, steps)
        case "mongo" | "firestore":
            _documents(shape, steps)
        case "sql":
            sql_shape(shape, " ".join(arg.text for link in steps for arg in link.args or ()))
        case _:
            pass
    return shape


def _supabase(shape: Shape, links: Iterable[Link]) -> None:
    for link in links:
        args = link.args or ()
        first = text_of(args[0]) if args else ""
        match link.name:
            case "select" if args and not shape.columns:
                shape.columns = first
            case "eq" | "is" if len(args) > 1:
                _column(shape.equal, shape, first)
            case "in" | "in_" if len(args) > 1:
                _column(shape.many, shape, first)
            case "match" if args:
                shape.equal += [key for key, _ in args[0].entries if key != "..."]
            case "gt" | "gte" | "lt" | "lte" if len(args) > 1:
                shape.ranges.append(first)
            case "ilike" | "like" if len(args) > 1:
                wild = _WILD.match(args[1].text) is not None or "%" not in args[1].text
                kind = shape.patterns if wild and "%" in args[1].text else shape.insensitive
                (kind if link.name == "ilike" or wild else shape.equal).append(first)
            case "contains" | "containedBy" | "overlaps" | "textSearch" if len(args) > 1:
                shape.json.append(first)
            case "or" | "or_" | "filter" | "not" if args:
                shape.opaque = shape.opaque or link.name != "not"
            case "order" if args:
                shape.orders.append(first)
            case "limit" if args:
                shape.limit = args[0].text
            case "range" if args:
                shape.limit, shape.paged = args[-1].text, True
            case "single" | "maybeSingle" | "maybe_single":
                shape.single = True
            case _:
                pass


def _column(into: list[str], shape: Shape, name: str) -> None:
    if "->" in name:
        shape.json.append(name.partition("-")[0])
    else:
        into.append(name)


def _prisma(shape: Shape, links: Iterable[Link]) -> None:
    for link in links:
        if not link.args:
            continue
        options = link.args[0]
        if not options.entries:
            shape.opaque = shape.opaque or not options.text.startswith("{")
            continue
        for key, value in options.entries:
            _prisma_option(shape, key, value)
        shape.single = shape.single or "Unique" in link.name or "First" in link.name


def _prisma_option(shape: Shape, key: str, value: Value) -> None:
    match key:
        case "where":
            _where(shape, value)
        case "take":
            shape.limit = value.text
        case "skip":
            shape.paged = True
        case "orderBy":
            shape.orders += [name for item in (value, *value.items) for name, _ in item.entries]
        case "select":
            shape.columns = value.text
        case "...":
            shape.opaque = True
            shape.limit = shape.limit or "..."
        case _:
            pass


def _where(shape: Shape, value: Value, prefix: str = "") -> None:
    """Conditions of an object, as Prisma and MongoDB write them; `prefix` is the column they are about."""
    if not value.entries:
        if prefix:
            shape.equal.append(prefix)
        elif not value.items:
            shape.opaque = shape.opaque or value.text not in ("{}", "undefined")
        for item in value.items:
            _where(shape, item)
        return
    for key, inner in value.entries:
        if key == "...":
            shape.opaque = True
        elif key in _SKIPPED_KEYS:
            if key == "mode":
                _insensitive(shape, prefix)
        elif key in _RANGE_KEYS:
            shape.ranges.append(prefix)
        elif key in ("in", "$in"):
            shape.many.append(prefix)
        elif key in ("contains", "endsWith", "$regex"):
            shape.patterns.append(prefix)
        elif key in ("path", "array_contains", "has", "hasSome", "hasEvery"):
            shape.json.append(prefix)
        elif key in ("AND", "OR", "$and", "$or"):
            shape.opaque = shape.opaque or key in ("OR", "$or")
            for item in inner.items or (inner,):
                _where(shape, item)
        elif key in ("equals", "startsWith", "$eq"):
            shape.equal.append(prefix)
        elif prefix:
            # A relation's own condition.
            shape.opaque = True
        else:
            _where(shape, inner, key)


def _insensitive(shape: Shape, column: str) -> None:
    if column in shape.equal:
        shape.insensitive.append(column)


def _drizzle(shape: Shape, links: Iterable[Link]) -> None:
    for link in links:
        args = link.args or ()
        match link.name:
            case "where" | "having" if args:
                _drizzle_where(shape, args[0])
            case "limit" if args:
                shape.limit = args[0].text
            case "offset":
                shape.paged = True
            case "orderBy":
                for arg in args:
                    shape.orders += [name for name in _columns_in(arg) if name]
            case "select" if args:
                shape.columns = args[0].text
            case "findMany" | "findFirst" if args:
                shape.single = link.name == "findFirst"
                for key, value in args[0].entries:
                    if key == "where":
                        _drizzle_where(shape, value)
                    elif key == "limit":
                        shape.limit = value.text
                    elif key == "columns":
                        shape.columns = value.text
            case "findFirst":
                shape.single = True
            case _:
                pass


def _drizzle_where(shape: Shape, value: Value) -> None:
    found = False
    for call in _every_call(value):
        args = call.args
        if not args:
            continue
        first = args[0].text
        column = _last(first)
        match call.root:
            case "eq" | "isNull":
                shape.equal.append(column)
            case "inArray":
                shape.many.append(column)
            case "gt" | "gte" | "lt" | "lte" | "between":
                shape.ranges.append(column)
            case "like" | "ilike" if len(args) > 1:
                (shape.patterns if _WILD.match(args[1].text) else shape.insensitive).append(column)
            case "sql":
                shape.opaque = True
                if re.search(r"->|@>", first):
                    shape.json += [_last(name) for name in re.findall(r"\$\{([\w.]+)\}\s*(?:->|@>)", first)]
                lowered = re.search(r"lower\(\s*\$\{([\w.]+)\}", first, re.IGNORECASE)
                shape.insensitive += [_last(lowered[1])] if lowered else []
            case "or":
                shape.opaque = True
            case "and" if any(arg.text.startswith("...") for arg in args):
                shape.opaque = True
            case "and" | "not" | "ne" | "isNotNull" | "desc" | "asc":
                pass
            case _:
                continue
        found = True
    shape.opaque = shape.opaque or not found


def _every_call(value: Value) -> Iterator[Call]:
    """All calls inside a value, each once, as far as arguments are kept."""
    seen: set[tuple[int, int, str]] = set()
    stack = list(value.calls)
    while stack:
        call = stack.pop(0)
        key = (call.span.line, call.span.column, call.callee)
        if key not in seen:
            seen.add(key)
            yield call
            stack += [inner for link in call.links for arg in link.args or () for inner in arg.calls]


def _columns_in(value: Value) -> list[str]:
    inner = [arg for call in value.calls for arg in call.args]
    return [_last(arg.text) for arg in (inner or [value])]


def _last(text: str) -> str:
    match = _JS_COLUMN.search(text)
    return match[1] if match else ""


def _kysely(shape: Shape, links: Iterable[Link]) -> None:
    for link in links:
        args: tuple[Value, ...] = link.args or ()
        if link.name in ("where", "andWhere") and len(args) >= 2:
            operator = text_of(args[1]) if len(args) == 3 else "="
            column = text_of(args[0]).rpartition(".")[2]
            kind = (
                shape.equal if operator in ("=", "is") else shape.many if operator == "in" else shape.ranges
            )
            wild = operator in ("like", "ilike")
            (shape.patterns if wild and _WILD.match(args[2].text) else kind).append(column)
        elif link.name == "where" and args:
            if args[0].entries:
                _where(shape, args[0])
            else:
                shape.opaque = True
        elif link.name == "whereIn" and args:
            shape.many.append(text_of(args[0]))
        elif link.name == "limit" and args:
            shape.limit = args[0].text
        elif link.name == "offset":
            shape.paged = True
        elif link.name == "orderBy" and args:
            shape.orders.append(text_of(args[0]).rpartition(".")[2])
        elif link.name in ("select", "selectAll"):
            shape.columns = args[0].text if args else "*"
        elif link.name.startswith("executeTakeFirst") or link.name == "first":
            shape.single = True


def _models(shape: Shape, links: Iterable[Link]) -> None:
    """TypeORM and Sequelize: options of a call, or the steps of a query builder."""
    for link in links:
        args = link.args or ()
        match link.name:
            case "take" | "limit" if args:
                shape.limit = args[0].text
            case "skip" | "offset":
                shape.paged = True
            case "orderBy" | "addOrderBy" if args:
                shape.orders.append(text_of(args[0]).rpartition(".")[2])
            case "where" | "andWhere" | "orWhere" | "createQueryBuilder":
                shape.opaque = True
            case "findBy" | "findAndCountBy" | "findOneBy" if args:
                _where(shape, args[0])
            case "find" | "findOne" | "findAndCount" | "findOneOrFail" | "findAll" | "findAndCountAll" if (
                args
            ):
                for key, value in args[-1].entries:
                    _model_option(shape, key, value)
                shape.opaque = shape.opaque or not args[-1].entries
            case _:
                pass
        shape.single = shape.single or link.name in ("findByPk", "getOne", "getRawOne", "getOneOrFail")


def _model_option(shape: Shape, key: str, value: Value) -> None:
    match key:
        case "where":
            _where(shape, value)
        case "take" | "limit":
            shape.limit = value.text
        case "skip" | "offset":
            shape.paged = True
        case "order" | "orderBy":
            shape.orders += [name for name, _ in value.entries]
        case "select" | "attributes":
            shape.columns = value.text
        case "...":
            shape.opaque = True
            shape.limit = shape.limit or "..."
        case _:
            pass


def _documents(shape: Shape, links: Iterable[Link]) -> None:
    for link in links:
        args = link.args or ()
        match link.name:
            case "find" | "findOne" | "find_one" if args:
                _where(shape, args[0])
                shape.single = "ne" in link.name.lower().removeprefix("find")
            case "limit" | "to_list" if args:
                shape.limit = args[0].text if args[0].text not in ("None", "length=None") else ""
            case "skip":
                shape.paged = True
            case "sort" | "orderBy" if args:
                shape.orders += [key for key, _ in args[0].entries] or [text_of(args[0])]
            case "where" if len(args) == 3:
                kind = shape.equal if text_of(args[1]) == "==" else shape.ranges
                kind.append(text_of(args[0]))
            case "doc" | "document" | "findById":
                shape.single = True
            case _:
                pass
