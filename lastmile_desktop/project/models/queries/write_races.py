"""Writes that two requests can mix up: a number read, changed and written back, and rows that belong together but
are written one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Do, Function, Outline, Value, steps_within
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.queries.query_sites import FileQueries, QuerySite, file_queries
from lastmile_desktop.project.models.walk.access import Verb
from lastmile_desktop.project.path_kinds import PathKind, path_kind

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_COUNTED = re.compile(
    r"credit|balance|stock|invent|uses?(?:_?count)?$|used(?:_?count)?$|redeem|redemption|seats?|slots?|tokens?|points|wallet"
    r"|spots|capacity|remaining|quota|usage|available|reserved|current_?uses|times_?used|budget|sold|allowance|^usos|usados|creditos|saldo|estoque|vagas",
    re.IGNORECASE,
)
_SHOWN = re.compile(
    r"views?|likes?|clicks?|votes?|conversions|downloads|helpful|(?:access|play|open|share)_?count", re.I
)
# How often something was used: it only limits anything where that is sold or rationed.
_MERE_USE = re.compile(
    r"^(?:usage|use|uses|times_?used|(?:total_)?usage_?count|use_?count|used_?count)$", re.IGNORECASE
)
_LIMITED = re.compile(
    r"coupon|promo|(?<!hs_)(?<!hts_)(?<!zip_)(?<!post_)(?<!area_)(?<!tariff_)(?<!country_)(?<!currency_)codes?$|invite|voucher"
    r"|licen[cs]e|credit|quota|plan|subscription|limit|key|account|profile|user|gift|ticket",
    re.IGNORECASE,
)
_NOT_COUNTED = re.compile(r"(?:_at|_on|At|On|Date|_date|expires\w*|version|title|name|retry\w*|retries)$")
_ARITHMETIC = r"\b[\w$.?!\[\]]+\.{column}\b[^,]{{0,40}}?[-+]\s*[\w$.(]|[-+]\s*\(?[\w$.?!]+\.{column}\b"
_IN_DATABASE = re.compile(r"\bsql`|\bF\(|\braw\(|increment|decrement|\$inc|\bfunc\.")
_LOCKED = re.compile(
    r"for_?\s?update|ForUpdate|Serializable|advisory_lock|\.lock\(|lockMode|\$queryRaw|redlock|mutex", re.I
)
_TRANSACTION = re.compile(r"transaction|atomic|unit_?of_?work|\bbegin\b|withTx|runInTx", re.IGNORECASE)
_TX_ROOT = re.compile(r"^(?:tx|trx|t|txn|transaction|manager|em|queryRunner|session)\b|(?:^|\.)(?:tx|trx)$")
_SIDE = re.compile(
    r"log|audit|notif|activit|histor|event|email|message|analytic|metric|webhook|timeline|conversation|history|queue|trail|mapping|setting|preference|default",
    re.IGNORECASE,
)
# Records of what came in or was asked for, true by themselves whatever follows from them.
_RECORD = re.compile(
    r"(?:^|_)(?:raw|inbound|incoming|received)_?(?:[a-z]{1,20}_)?(?:messages?|payloads?|events?|data|records?|emails?)$"
    r"|(?:^|_)(?:webhook|api|request|sync|access|system|search|query|error|event|activity|email|audit|integration|admin"
    r"|staff|change)_?logs?$|^logs?$|(?:^|_)audits?(?:_trail|_events?)?$|(?:^|_)webhook_(?:events?|deliveries|payloads)$"
    r"|(?:^|_)(?:search|schedule|rate)_?(?:quer(?:y|ies)|es)$|(?:^|_)(?:status|change|login)_?history$",
    re.IGNORECASE,
)
_PROGRESS = re.compile(r"batch|import|export|job|run|task|sync|upload", re.IGNORECASE)
_PYTHON_CHANGE = re.compile(r"^[ \t]*([a-z_]\w*)\.([a-z_]\w*)\s*[-+]=\s*\S", re.MULTILINE)
_SAVES = re.compile(r"\b(?:commit|save|flush|asave)\s*\(")
_AROUND_LINES = 30


@dataclass(frozen=True, slots=True)
class Race:
    """`kind` is `read-modify-write` or `multi-write`. `table` and `column` as the code names them; for several writes
    `column` is the second table. `matters` when money, stock or a quota hangs on it."""

    kind: str
    path: str
    line: int
    function: str
    table: str
    column: str
    matters: bool
    other_line: int = 0


def races(view: ProjectView) -> tuple[Race, ...]:
    queries = file_queries(view)
    found = view.each_outline("write.races", lambda outline: read_races(outline, queries[outline.path]))
    listed = [race for items in found.values() for race in items]
    for path, saves in view.each_outline("write.saves", _saves).items():
        if saves:
            listed += [
                Race("read-modify-write", path, line, "", table, column, True)
                for line, table, column in view.per_file("write.races.py", path, _changed_in_place, ())
            ]
    return tuple(listed)


def _saves(outline: Outline) -> bool:
    if outline.language != "python" or path_kind(outline.path) is not PathKind.CODE:
        return False
    modules = " ".join(item.module for item in outline.imports)
    return "sqlalchemy" in modules or "django" in modules or "models" in modules or "sqlmodel" in modules


def read_races(outline: Outline, queries: FileQueries) -> tuple[Race, ...]:
    """The races of one file, whose queries are known."""
    if path_kind(outline.path) is not PathKind.CODE:
        return ()
    sites = [site for site in queries.sites if site.query.verb.writes]
    if not sites:
        return ()
    functions = {function.name: function for function in outline.functions}
    found: list[Race] = []
    for name, own in _by_function(sites).items():
        function = functions.get(name)
        found += _changes(own, function)
        if function is not None and not _is_transaction(function, functions):
            found += _several(own, function)
    return tuple(found)


def _by_function(sites: Iterable[QuerySite]) -> dict[str, list[QuerySite]]:
    found: dict[str, list[QuerySite]] = {}
    for site in sites:
        found.setdefault(site.function, []).append(site)
    return found


def _changes(sites: list[QuerySite], function: Function | None) -> Iterator[Race]:
    """Updates whose new value was computed from one read before."""
    values = _assigned(function)
    for site in sites:
        payload = site.query.payload
        if site.query.verb is not Verb.UPDATE or payload is None:
            continue
        for column, value in payload.entries:
            text = values.get(value.text, value.text)
            if not _computed(column, text) or _guarded(site, column) or _is_locked(function):
                continue
            matters = _COUNTED.search(column) is not None
            if _MERE_USE.search(column) and not _LIMITED.search(site.query.table):
                continue
            if matters or _SHOWN.search(column):
                yield Race(
                    "read-modify-write",
                    site.path,
                    site.line,
                    site.function,
                    site.query.table,
                    column,
                    matters,
                )
                break


def _assigned(function: Function | None) -> dict[str, str]:
    """What plain names of a function were computed from; a name that is set twice is left out."""
    found: dict[str, str] = {}
    for step in steps_within(function.body) if function is not None else ():
        if isinstance(step, Do) and step.value is not None and len(step.targets) == 1:
            name = step.targets[0]
            found[name] = "" if name in found else step.value.text
    return found


def _computed(column: str, text: str) -> bool:
    if _NOT_COUNTED.search(column) or _IN_DATABASE.search(text) or "`" in text or "'" in text:
        return False
    return re.search(_ARITHMETIC.format(column=re.escape(column)), text) is not None


def _guarded(site: QuerySite, column: str) -> bool:
    """An update that only goes through while the value is still the one that was read."""
    return column in site.shape.equal or "version" in site.shape.equal


def _is_locked(function: Function | None) -> bool:
    if function is None:
        return False
    return any(
        _LOCKED.search(call.callee) or any(_LOCKED.search(arg.text) for arg in call.args[:2])
        for step in steps_within(function.body)
        for call in getattr(step, "calls", ())
    )


def _is_transaction(function: Function, functions: dict[str, Function]) -> bool:
    """Whether the function runs inside a transaction that it, or one around it, opened."""
    current: Function | None = function
    while current is not None:
        opened = (*current.wrapped_by, *current.decorators)
        if any(_TRANSACTION.search(call.callee) for call in opened):
            return True
        current = functions.get(current.parent) if current.parent and current.parent != current.name else None
    return any(
        _TRANSACTION.search(getattr(step, "header", "")) or _begins(getattr(step, "calls", ()))
        for step in steps_within(function.body)
    )


def _begins(calls: Iterable[Call]) -> bool:
    return any(
        any(arg.text.strip("`'\"").upper().startswith(("BEGIN", "START TRANSACTION")) for arg in call.args)
        or re.search(r"(?:^|\.)(?:startTransaction|beginTransaction|begin)$", call.callee) is not None
        for call in calls
    )


def _several(sites: list[QuerySite], function: Function) -> Iterator[Race]:
    """A row, and further rows that point at it, written one after the other."""
    undone = {site.query.table for site in sites if site.query.verb is Verb.DELETE}
    for position, first in enumerate(sites):
        if first.query.verb is not Verb.INSERT or not first.rows or _TX_ROOT.search(first.query.root):
            continue
        if _PROGRESS.search(first.query.table) or _RECORD.search(first.query.table):
            continue
        for second in sites[position + 1 :]:
            table = second.query.table
            if table == first.query.table or _SIDE.search(table) or first.query.table in undone:
                continue
            if second.query.verb is Verb.INSERT and _uses(second, first.rows, function):
                yield Race(
                    "multi-write",
                    second.path,
                    second.line,
                    second.function,
                    first.query.table,
                    table,
                    True,
                    first.line,
                )
                return


def _uses(site: QuerySite, rows: tuple[str, ...], function: Function) -> bool:
    """Whether what is written names the row that was written before."""
    payload = site.query.payload
    if payload is None:
        return False
    texts = [payload.text, *_texts(payload)]
    own = _built(payload.text, function)
    names = "|".join(re.escape(name) for name in rows)
    pattern = re.compile(rf"\b(?:{names})(?:\[0\])?[?!]?\.\w*[iI]d\b")
    return any(pattern.search(text) for text in (*texts, *own))


def _texts(value: Value) -> Iterator[str]:
    for _, inner in value.entries:
        yield inner.text
    for item in value.items:
        yield item.text
        yield from _texts(item)


def _built(name: str, function: Function) -> Iterator[str]:
    """What a variable that holds the rows was made from."""
    for step in steps_within(function.body):
        if isinstance(step, Do) and step.value is not None and name in step.targets:
            yield step.value.text


def _changed_in_place(text: str) -> tuple[tuple[int, str, str], ...]:
    """`account.credits -= 1` with a save after it and no lock before it."""
    found: list[tuple[int, str, str]] = []
    for match in _PYTHON_CHANGE.finditer(text):
        owner, column = match[1], match[2]
        if owner in ("self", "cls") or not _COUNTED.search(column) or _NOT_COUNTED.search(column):
            continue
        line = line_at(text, match.start())
        lines = text.split("\n")
        before = "\n".join(lines[max(0, line - 1 - _AROUND_LINES) : line - 1])
        after = "\n".join(lines[line : line + _AROUND_LINES])
        read = re.search(rf"\b{owner}\s*=\s*[^\n]*(?:query|get|select|execute|scalar|first|objects)", before)
        if read is not None and _SAVES.search(after) and not _LOCKED.search(before):
            found.append((line, owner, column))
    return tuple(found)
