"""What the answer of a route shows of the rows that a query reads: which columns, and whether they are private.

That a row about a person is read is no harm yet: an answer may say no more than whether there is one. Harm is shown by
the columns that go out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import (
    Call,
    Exit,
    Function,
    Leave,
    Value,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.routes.model import Route
from lastmile_desktop.project.models.schema.tables import Known
from lastmile_desktop.project.models.walk.access import Access

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_PRIVATE = re.compile(
    r"e_?mail|phone|mobile|address|street|postal|zip|birth|\bdob\b|gender|passw|token|secret|api_?key|access_?key|hash|"
    r"iban|bank|card|ssn|tax_?id|passport|national_?id|salary|income|diagnos|medical|health|allerg|medication|"
    r"amount|total|balance|revenue|stripe|customer_?id|\bip\b|ip_address|latitude|longitude|\blat\b|\blng\b|"
    r"full_?name|first_?name|last_?name|guest",
    re.IGNORECASE,
)
# What somebody wrote. A notice or a product has a title and a text as well.
_WORDS = re.compile(
    r"message|content|body|\btext\b|transcript|note|description|comment|reason|prompt|answer|response|question|title|summary|"
    r"subject|data|payload|metadata|details|config|settings|raw|file_?(?:path|url)|(?:^|_)name$",
    re.IGNORECASE,
)
_WRITTEN_FOR_FEW = re.compile(
    r"(?:^|_)(?:messages?|chats?|conversations?|threads?|notes?|journals?|diar(?:y|ies)|memor(?:y|ies)|transcripts?|prompts?|"
    r"documents?|drafts?|responses?|answers?|tickets?|reports?|invoices?|orders?|projects?|knowledge_?\w*|shipments?|contracts?|"
    r"proposals?|leads?|tokens?|keys?|meals?|symptoms?|entries)$",
    re.IGNORECASE,
)
_MONEY = re.compile(r"amount|total|balance|salary|revenue", re.IGNORECASE)
# The name and picture that somebody goes by, and what a file is called.
_NAMED = re.compile(r"^(?:users?|profiles?|members?|file_?\w*|attachments?|uploads?)$", re.IGNORECASE)
# Columns of any table that say nothing about anybody by themselves.
_PLAIN_TYPE = re.compile(
    r"^(?:uuid|int\w*|big\w*|small\w*|serial|bool\w*|timestamp\w*|date\w*|time\w*|float|real|double|numeric|decimal)",
    re.IGNORECASE,
)
_SENDS = frozenset(
    ("json", "send", "end", "write", "jsonify", "Response", "JSONResponse", "HttpResponse", "JsonResponse")
)
_TAKES_OUT = re.compile(
    r"\bdelete\s+\(?\s*[\w$]+(?:\s+as\s+[\w<>, ]{1,40})?\)?[?!]?\.\w+|\bomit\(|\bexclude\s*[=:]|\.pop\(['\"]\w+['\"]|"
    r"(?:const|let)\s*\{[^{}]{1,200}\.\.\.\w+\s*\}\s*="
)
_CONTACT = re.compile(r"e_?mail|phone|address|postal", re.IGNORECASE)
_COLUMN = re.compile(r"^[\w$]+(?:\.(\w+))?$")
_SELECTED = re.compile(r"(?is)^\s*select\s+(?:distinct\s+)?([^*]{1,2000}?)\s+from\s")
_ASKED_ONLY = re.compile(r"^\s*(?:\?(?!\.)|&&|[=!]==?|instanceof)")


class Harm(Enum):
    """`PRIVATE`: columns that are nobody else's business go out. `PLAIN`: none of those that go out is one.
    `UNSEEN`: what goes out could not be told."""

    PRIVATE = "private"
    PLAIN = "plain"
    UNSEEN = "unseen"


def harm_of_read(view: ProjectView, route: Route, access: Access, known: Known) -> Harm:
    """What a stranger learns from a read whose rows reach the answer."""
    taken = _taken_out(view, access)
    if taken:
        return Harm.PLAIN if any(_CONTACT.search(line) for line in taken) else Harm.UNSEEN
    columns = _chosen(access)
    shown = _answered(view, route, access)
    if columns is None or (shown is not None and shown):
        columns = shown if shown is not None else columns
    if columns is None:
        return _whole(known)
    if any(_PRIVATE.search(name) for name in columns):
        return Harm.PRIVATE
    if not any(_WORDS.search(name) for name in columns):
        return Harm.PLAIN
    return Harm.PRIVATE if _is_for_few(known) else (Harm.PLAIN if _NAMED.match(known.name) else Harm.UNSEEN)


def _is_for_few(known: Known) -> bool:
    return _WRITTEN_FOR_FEW.search(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", known.name)) is not None


def _whole(known: Known) -> Harm:
    """Whole rows go out: the table says what is in them."""
    if known.table is None:
        return Harm.UNSEEN
    worded = [column for column in known.table.columns if not _PLAIN_TYPE.match(column.type)]
    money = any(_MONEY.search(column.name) for column in known.table.columns)
    if money or any(_PRIVATE.search(column.name) for column in worded):
        return Harm.PRIVATE
    if not any(_WORDS.search(column.name) for column in worded):
        return Harm.PLAIN
    return Harm.PRIVATE if _is_for_few(known) else Harm.UNSEEN


def _chosen(access: Access) -> frozenset[str] | None:
    """The columns that the query names, None when it takes them all or names them in an unknown way."""
    call, layer = access.call, access.query.layer
    if layer == "supabase":
        return _of_supabase(call)
    if layer == "prisma":
        chosen = call.args[0].entry("select") if call.args else None
        return frozenset(_entries(chosen)) if chosen is not None and chosen.entries else None
    if layer == "drizzle":
        return _of_drizzle(call)
    if layer == "sql":
        texts = (arg.literal or arg.text.strip("`\"'") for link in call.links for arg in link.args or ())
        found = next((match for text in texts if (match := _SELECTED.match(text))), None)
        return frozenset(part.split()[-1] for part in found[1].split(",") if part.split()) if found else None
    if layer in ("sqlalchemy", "django"):
        return _of_python(call)
    return None


def _of_supabase(call: Call) -> frozenset[str] | None:
    chosen = call.args_of("select")
    literal = (chosen[0].literal or chosen[0].text.strip("`")) if chosen else "*"
    if "*" in literal or "${" in literal:
        return None
    return frozenset(name.rpartition(":")[2] for name in re.findall(r"[\w:]+", literal))


def _of_drizzle(call: Call) -> frozenset[str] | None:
    chosen = call.args_of("select") or call.args_of("selectDistinct")
    if chosen and chosen[0].entries:
        return frozenset(_entries(chosen[0]))
    columns = call.args[0].entry("columns") if call.args else None
    return frozenset(_entries(columns)) if columns is not None and columns.entries else None


def _of_python(call: Call) -> frozenset[str] | None:
    for link in call.links:
        args = link.args or ()
        if link.name in ("values", "values_list", "only") and args:
            return frozenset((arg.literal or arg.text).strip("'\"") for arg in args if not arg.name)
        if link.name in ("query", "with_entities", "select", "load_only") and args:
            named = [_COLUMN.match(arg.text) for arg in args]
            if all(item is not None and item[1] for item in named):
                return frozenset(item[1] for item in named if item is not None)
    return None


def _entries(value: Value) -> Iterator[str]:
    """The names of an object literal, those in nested ones too; a spread is no name."""
    for name, item in value.entries:
        yield name
        yield from _entries(item)


def _answered(view: ProjectView, route: Route, access: Access) -> frozenset[str] | None:
    """The members of the rows that the answer is made of, None when the rows go out whole or it cannot be told."""
    function = _function_of(view, route, access)
    if function is None or len(access.call.assigned) == 0:
        return None
    names = [name.rpartition(":")[2] for name in access.call.assigned if not name.startswith("error")]
    name = next(iter(names), "")
    texts = list(_answers(function))
    if not name or not texts:
        return None
    found: set[str] = set()
    used = re.compile(rf"(?<![\w$.'\"]){re.escape(name)}(?![\w$])((?:\[0\]|[?!]?\.\[0\]|[?!])*(?:\??\.\w+)*)")
    for text in texts:
        for match in used.finditer(text):
            members = re.findall(r"\.(\w+)", match[1])
            before, after = text[: match.start()].rstrip(), text[match.end() :]
            if not members:
                if before.endswith("!") or _ASKED_ONLY.match(after) or re.match(r"\s*:(?!:)", after):
                    continue
                return None
            if after.startswith("(") or "map" in members:
                if members == ["length"] or members[-1] in ("toString", "toISOString", "toFixed"):
                    continue
                return None
            found.update(members)
    return frozenset(found - {"length"}) if found else None


def _function_of(view: ProjectView, route: Route, access: Access) -> Function | None:
    """The function that asks, where it is the handler itself: what others hand back may be put together anew."""
    handler = route.handler
    if handler is None or access.path != route.code_path:
        return None
    inside = handler.span.line <= access.line <= max(handler.span.line_end, handler.span.line)
    return handler if inside else None


def _answers(function: Function) -> Iterator[str]:
    for step in steps_within(function.body):
        if isinstance(step, Leave) and step.how is Exit.RETURN and step.value is not None:
            yield step.value.text
    for call in calls_within(function.body):
        for link in call.links:
            if (link.name or call.root) in _SENDS:
                yield from (arg.text for arg in link.args or ())


def _taken_out(view: ProjectView, access: Access) -> list[str]:
    """The lines around the query that take fields out of its rows again."""
    outline = view.outlines.get(access.path)
    text = view.text(access.path) if outline is not None else None
    if text is None or outline is None:
        return []
    around = [item.span for item in outline.functions if item.span.line <= access.line <= item.span.line_end]
    span = min(around, key=lambda item: item.line_end - item.line, default=None)
    if span is None:
        return []
    lines = text.split("\n")[access.line - 1 : min(span.line_end, access.line + 200)]
    return [line for line in lines if _TAKES_OUT.search(line[:400])]
