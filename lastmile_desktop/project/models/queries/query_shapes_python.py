"""Shapes of queries by SQLAlchemy and Django, and of plain SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lastmile_desktop.project.code.outline import Call, Link, Value
from lastmile_desktop.project.models.queries.queries_js_parts import text_of
from lastmile_desktop.project.models.queries.query_shape import Shape

_LIMIT_SQL = re.compile(r"\b(?:limit|fetch\s+first|top)\s+(\(?[\w$:%{}.()]+)", re.IGNORECASE)
_OFFSET_SQL = re.compile(r"\boffset\s+[\w$:%{(]", re.IGNORECASE)
_ORDER_SQL = re.compile(r"\border\s+by\s+([\w.,\s\"`]{1,200})", re.IGNORECASE)
_LIKE_SQL = re.compile(r"\b(\w+)\s+i?like\s+(?:'%|\$\d|\?|%s|:\w+|\$\{|\{)", re.IGNORECASE)
_COMPARED_SQL = re.compile(
    r"[\"`]?(?:\w+[\"`]?\.)?[\"`]?(\w+)[\"`]?(?:::\w+)?\s*(=|in\b|>=|<=|>|<)\s*(?:any\s*)?\(?\s*(?:\$|\?|%s|:\w|\{|@)",
    re.IGNORECASE,
)
_PY_COMPARED = re.compile(r"\b(?:[A-Z]\w*|\w+\.c)\.(\w+)\s*(==|>=|<=|>|<)")
_PY_IN = re.compile(r"\b[A-Z]\w*\.(\w+)\.(in_|between|is_|i?like|contains|ilike|icontains)\(([^)]{0,80})")
_PY_LOWER = re.compile(r"\bfunc\.(?:lower|upper)\(\s*[A-Z]\w*\.(\w+)")
_WORD = re.compile(r"\w+")
_LOOKUPS = frozenset(
    ("isnull", "startswith", "istartswith", "regex", "iregex", "search", "contained_by", "overlap", "has_key",
     "year", "month", "day", "hour", "week_day", "gt", "gte", "lt", "lte", "in", "range", "contains",
     "icontains", "endswith", "iendswith", "iexact")
)  # fmt: skip
_QUERYSET = frozenset(
    ("all", "exclude", "annotate", "alias", "using", "distinct", "reverse", "select_related",
     "prefetch_related", "select_for_update", "union", "intersection", "difference", "dates", "datetimes",
     "extra", "raw", "explain", "get_queryset", "none", "delete", "adelete")
)  # fmt: skip


def sqlalchemy_shape(shape: Shape, call: Call, links: Iterable[Link]) -> None:
    for link in links:
        args = link.args or ()
        text = ", ".join(arg.text for arg in args)
        match link.name:
            case "where" | "filter" | "having":
                _python_conditions(shape, text)
            case "filter_by":
                shape.equal += [arg.name for arg in args if arg.name]
            case "order_by":
                shape.orders += re.findall(r"\.(\w+)(?:\.(?:desc|asc)\(\))?(?:\)|,|$)", text)
            case "limit" | "paginate" | "fetch" | "slice":
                shape.limit, shape.paged = text or "default", shape.paged or link.name == "paginate"
            case "offset":
                shape.paged = True
            case (
                "first"
                | "one"
                | "one_or_none"
                | "scalar_one"
                | "scalar_one_or_none"
                | "scalar"
                | "get"
                | "first_or_404"
            ):
                shape.single = True
            case "yield_per" | "count" | "exists" | "delete" | "update":
                shape.single = True
            case _ if link.name.startswith("["):
                shape.limit = link.name
            case _:
                pass
    if call.root in ("exists",):
        shape.single = True


def _python_conditions(shape: Shape, text: str) -> None:
    found = False
    for column, operator in _PY_COMPARED.findall(text):
        (shape.equal if operator == "==" else shape.ranges).append(column)
        found = True
    for column, how, value in _PY_IN.findall(text):
        found = True
        if how in ("in_",):
            shape.many.append(column)
        elif how in ("between",):
            shape.ranges.append(column)
        elif how in ("contains", "icontains") or (
            how in ("like", "ilike") and "%" in value.lstrip("f\"'")[:1]
        ):
            shape.patterns.append(column)
        elif how in ("ilike",):
            shape.insensitive.append(column)
        else:
            shape.equal.append(column)
    lowered = _PY_LOWER.findall(text)
    shape.insensitive += lowered
    shape.opaque = shape.opaque or "or_(" in text or " | " in text or not (found or lowered)


def django_shape(shape: Shape, links: Iterable[Link]) -> None:
    for link in links:
        args = link.args or ()
        match link.name:
            case "filter" | "get" | "aget" | "get_or_create" | "update_or_create":
                for arg in args:
                    _django_lookup(shape, arg)
                shape.single = shape.single or link.name != "filter"
            case "order_by":
                shape.orders += [text_of(arg).lstrip("-") for arg in args]
            case (
                "first"
                | "last"
                | "latest"
                | "earliest"
                | "exists"
                | "count"
                | "aggregate"
                | "iterator"
                | "delete"
            ):
                shape.single = True
            case "update" | "bulk_create" | "create" | "in_bulk":
                shape.single = True
            case "only" | "values" | "values_list" | "defer":
                shape.columns = ", ".join(text_of(arg) for arg in args) or "*"
            case _ if link.name.startswith("["):
                if ":" in link.name:
                    shape.limit, shape.paged = link.name, not link.name.startswith("[:")
                else:
                    shape.single = True
            case _ if link.args is not None and link.name not in _QUERYSET:
                # A method of the project's own manager may ask for anything.
                shape.opaque = True
            case _:
                pass


def _django_lookup(shape: Shape, arg: Value) -> None:
    if not arg.name or arg.name == "**":
        shape.opaque = True
        return
    column, _, lookup = arg.name.partition("__")
    match lookup:
        case "" | "exact" | "pk" | "id":
            shape.equal.append(column)
        case "in":
            shape.many.append(column)
        case "gt" | "gte" | "lt" | "lte" | "range" | "date":
            shape.ranges.append(column)
        case "icontains" | "contains" | "iendswith" | "endswith":
            shape.patterns.append(column)
        case "iexact":
            shape.insensitive.append(column)
        case _:
            if lookup.rpartition("__")[2] not in _LOOKUPS:
                shape.equal.append(arg.name)
            shape.opaque = True


def sql_shape(shape: Shape, text: str) -> None:
    limit, order = _LIMIT_SQL.search(text), _ORDER_SQL.search(text)
    shape.limit = limit[1] if limit else ""
    shape.paged = _OFFSET_SQL.search(text) is not None
    if order is not None:
        shape.orders += [
            _WORD.findall(part.split()[0])[-1]
            for part in order[1].split(",")
            if _WORD.match(part.strip(' "`'))
        ]
    start = re.search(r"\bwhere\b", text, re.IGNORECASE)
    if start is None:
        return
    for match in _COMPARED_SQL.finditer(text, start.end()):
        kind = {"=": shape.equal, "in": shape.many}.get(match[2].lower(), shape.ranges)
        kind.append(match[1])
    shape.patterns += [name for name in _LIKE_SQL.findall(text) if "'%" in text or "%" in text]
    shape.insensitive += re.findall(r"\blower\(\s*(?:\w+\.)?(\w+)\s*\)\s*=", text, re.IGNORECASE)
    shape.json += re.findall(r"\b(\w+)\s*(?:->>?|@>)", text)
