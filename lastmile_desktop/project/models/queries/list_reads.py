"""Reads of lists: how many rows they may bring, what is done with them, and queries that run once for each row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import (
    Attempt,
    Branch,
    Do,
    Function,
    Leave,
    Loop,
    Outline,
    Step,
    steps_within,
)
from lastmile_desktop.project.models.queries.loop_bounds import (
    is_by_the_clock,
    is_few_at_a_time,
    is_once,
    is_short,
    loop_at,
    stops_when_found,
    waits_anyway,
)
from lastmile_desktop.project.models.queries.page_sizes import chosen_freely
from lastmile_desktop.project.models.queries.query_sites import FileQueries, QuerySite, file_queries
from lastmile_desktop.project.models.row_security.policy_review import open_to_readers
from lastmile_desktop.project.models.schema.lens import SchemaLens
from lastmile_desktop.project.models.schema.model import SchemaModel, Table, Tenancy
from lastmile_desktop.project.models.schema.table_growth import Growth, growth, is_set_up_by_few
from lastmile_desktop.project.models.schema.table_kinds import is_fixed_name, is_stream
from lastmile_desktop.project.models.schema.tables import Privacy, Tables, key, privacy

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_LOOSE = re.compile(
    r"^(?:is|has|was|can|show|allow)_?[A-Za-z]|status|state$|type$|kind$|role|active|published|approved|enabled|visible"
    r"|deleted|archived|featured|category|country|language|locale|level|tier|plan$|priority|verified|sent|read$|used$"
    r"|processed|resolved|paid$|completed|mode$|source|provider$|severity|^day$|public|draft|blocked|revoked|listing(?!_?id)",
    re.IGNORECASE,
)
_LONG = re.compile(
    r"(?:^|_)(?:messages?|notifications?|logs?|events?|history|transactions?|activit(?:y|ies)|entries|readings|audit\w*"
    r"|usage\w*|measurements|scans|views|ledger|attempts)$"
)
# What happens in one case comes to an end.
_ONE_CASE = re.compile(
    r"^(?:\w{1,40}_)?(?:ticket|transaction|booking|order|job|claim|case|invoice|trip|delivery|payment|signature|appointment)_?(?:id|Id)$"
)
# Whose rows these are, for as long as he is a customer.
_OWNER = re.compile(
    r"(?:^|_)(?:users?|owners?|profiles?|customers?|clients?|members?|tenants?|org\w*|accounts?|compan\w+|business\w*"
    r"|stores?|shops?|schools?|clinics?|team|workspace|recipient|artist|creator|seller|author|driver|employee|agent)"
    r"_?(?:id|uid)$",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ADMIN = re.compile(r"admin|superuser|backoffice|dashboard/manage", re.IGNORECASE)
_EXPORT = re.compile(r"(?i)(?:^|[/_.\s-])(?:exports?|csv|dump|backup)|Export")
_AGGREGATE = re.compile(
    r"\bgroup\s+by\b|\bdistinct\b|\b(?:max|min|avg|sum|count\w*|coalesce)\s*\(", re.IGNORECASE
)
_WIDE_TYPE = re.compile(r"^(?:vector|halfvec|bytea|blob)")
_WIDE_NAME = re.compile(
    r"^(?:embedding|transcript|raw_\w+|\w*html\w*|\w*base64|image_data|file_data|full_text|extracted_text|markdown\w*|ocr_text)$"
)
_SHOWN_ALL = re.compile(r"\.all\b|scalars|fetchall|\blist\(")
_ONLY_STAFF = re.compile(
    r"\brole\b[\w.\s\"'(,:={\[]{0,30}?\b(?:in_?|eq|==?)[\s\"'(,\[]{0,8}"
    r"(?:staff|admin|superadmin|owner|moderator)",
    re.IGNORECASE,
)
_STAFF = re.compile(r"\bis_(?:staff|superuser)\b")


@dataclass(frozen=True, slots=True)
class ListRead:
    """`rule` as in data.unbounded-query. `added` when it only matters if the code adds rows to the table."""

    rule: str
    table: str
    site: QuerySite
    confidence: float
    detail: str = ""
    added: bool = False


@dataclass(frozen=True, slots=True)
class FileReads:
    found: tuple[ListRead, ...] = ()
    limited: tuple[tuple[str, int], ...] = ()
    lists: int = 0


_NONE = FileReads()


def list_reads(view: ProjectView) -> tuple[FileReads, ...]:
    """Judged file by file, and kept while neither that file nor the schema changes."""
    queries = file_queries(view)
    judge = _Judge(SchemaLens(view.schema))
    made = view.each_outline(
        "list.reads", lambda outline: judge.file(outline, queries[outline.path]), view.schema.stamp
    )
    return tuple(item for item in made.values() if item is not _NONE)


class _Judge:
    """Reads in the light of one schema."""

    def __init__(self, lens: SchemaLens) -> None:
        self._lens = lens

    def file(self, outline: Outline, queries: FileQueries) -> FileReads:
        functions = {function.name: function for function in outline.functions}
        reads = [site for site in queries.sites if site.query.verb == "read"]
        if not reads:
            return _NONE
        found: list[ListRead] = []
        limited: list[tuple[str, int]] = []
        lists = 0
        inner = _subqueries(queries.sites)
        for site in reads:
            if (site.call.span.line, site.call.span.column) in inner:
                continue
            function = functions.get(site.function)
            found += _per_row(site, outline)
            if not site.is_list or site.query.layer in ("firestore", "sqlalchemy-unit") or _is_part(site):
                continue
            lists += 1
            if site.shape.limit:
                limited.append((site.path, site.line))
                size = chosen_freely(site, function)
                found += [ListRead("page-size-from-user", site.query.table, site, 0.8, size)] if size else []
            else:
                found += self._unlimited(site, function)
        return FileReads(tuple(found), tuple(limited), lists)

    def _unlimited(self, site: QuerySite, function: Function | None) -> Iterator[ListRead]:
        known = self._lens.known.find(site.query.table)
        table, name = known.table, known.table.bare_name if known.table else known.name
        shape = site.shape
        if (
            not name
            or is_fixed_name(name)
            or shape.many
            or shape.ranges
            or shape.paged
            or _is_one(table, site)
        ):
            return
        text = _text_of(function)
        if site.query.layer in ("sqlalchemy", "django") and (
            "aginat" in text or not _SHOWN_ALL.search(_chain(site) + text)
        ):
            return
        if site.query.layer == "django" and (_STAFF.search(text) or not _is_evaluated(site, text)):
            return
        if _AGGREGATE.search(_chain(site)) or _ONLY_STAFF.search(_chain(site)):
            return
        # A job over all rows has to see them all; only where the API cuts a list off does it miss some.
        if site.query.layer != "supabase" and (
            is_by_the_clock(site.path) or _EXPORT.search(f"{site.path} {site.function}")
        ):
            return
        # What a few people of an account set up, or the makers write, does not grow with the customers.
        by_staff = table is not None and bool(_ADMIN.search(site.path)) and is_set_up_by_few(table)
        if by_staff or (table is not None and growth(table) is Growth.FEW):
            return
        scoped = any(not _LOOSE.search(column) for column in shape.equal) or self._own_rows(table, site)
        if shape.opaque and not scoped:
            return
        stream = _LONG.search(name.lower()) is not None
        grows = _grows(name, table)
        if any(_ONE_CASE.search(column) for column in shape.equal):
            return
        owned = any(_OWNER.search(_CAMEL.sub("_", column)) for column in shape.equal)
        if scoped and shape.equal and not owned:
            # What belongs to one conversation, listing or project comes to an end.
            return
        if (scoped and not stream) or (not grows and _is_filled_by_maker(name, table)):
            return
        yield from _judged(site, name, text, scoped, grows)
        yield from _wide(table, name, site)

    def _own_rows(self, table: Table | None, site: QuerySite) -> bool:
        """Whether row security leaves each caller only rows of his own."""
        if site.query.layer != "supabase" or table is None or not table.rls or _ADMIN.search(site.path):
            return False
        return bool(table.policies) and not open_to_readers(table, self._lens.around)


def _subqueries(sites: tuple[QuerySite, ...]) -> frozenset[tuple[int, int]]:
    """Where queries stand that are only a condition of another one."""
    return frozenset(
        (inner.span.line, inner.span.column)
        for site in sites
        for link in site.call.links
        if link.name in ("in", "not", "filter", "or", "where", "eq")
        for arg in link.args or ()
        for inner in arg.calls
    )


def _is_part(site: QuerySite) -> bool:
    """A condition inside another query, or one that asks how many there are."""
    chosen = site.call.link("select")
    return site.query.root in ("eb", "qb", "expressionBuilder") or any(
        arg.name == "count" for arg in (chosen.args or () if chosen else ())
    )


def _is_evaluated(site: QuerySite, text: str) -> bool:
    """Whether the rows of a Django queryset are fetched here; one that is only handed on asks nothing yet."""
    held = [re.escape(row) + r"(?![\w.])" for row in site.rows]
    subject = "(?:" + "|".join([re.escape(site.call.root) + r"\.objects\b", *held]) + ")"
    return (
        re.search(
            rf"\b(?:list|tuple|set|len|sum|sorted|dict|enumerate)\(\s*{subject}|\bin\s+{subject}"
            rf"|(?:Serializer|render\w*|Response)\([^;]{{0,300}}?(?<![\w.]){subject}"
            rf"|(?i:ctx|context|data)\w*\[[^\]]{{1,40}}\]\s*=\s*{subject}",
            text,
        )
        is not None
    )


def _grows(name: str, table: Table | None) -> bool:
    """Whether customers add the rows, rather than the maker."""
    if is_stream(name):
        return True
    if table is not None and table.tenancy is not Tenancy.NONE:
        return privacy(name, table) is not Privacy.PUBLIC
    return privacy(name, table) is Privacy.PRIVATE


def _is_filled_by_maker(name: str, table: Table | None) -> bool:
    """Products, articles and the like of an app without sellers or authors."""
    if table is None:
        return privacy(name, None) is Privacy.PUBLIC
    return table.tenancy is Tenancy.NONE


def _is_one(table: Table | None, site: QuerySite) -> bool:
    """A lookup by a key or a unique column brings one row at most."""
    if table is None:
        return "id" in site.shape.equal
    by_plain = {column.name.replace("_", "").lower(): column.name for column in table.columns}
    equal = {by_plain.get(name.replace("_", "").lower(), name) for name in site.shape.equal}
    keys = [set(table.primary_key), *(set(index.columns) for index in table.indexes if index.unique)]
    return any(names and names <= equal for names in keys)


def _judged(site: QuerySite, name: str, text: str, scoped: bool, grows: bool) -> Iterator[ListRead]:
    names = "|".join(re.escape(row) for row in site.rows) or "(?!)"
    summed = re.search(rf"\b(?:{names})\b[^.;]{{0,12}}\.reduce\b", text) is not None
    counted = _is_only_counted(names, text)
    other = (
        re.search(rf"\b(?:{names})\b[^.;=]{{0,12}}\)?:?\.(?:map|forEach|filter|find|some|slice|sort)\b", text)
        is not None
    )
    # A query of Python's has a method of that name too.
    filtered = (
        site.query.layer not in ("sqlalchemy", "django")
        and not is_by_the_clock(site.path)
        and re.search(rf"\b(?:{names})\b[^.;=]{{0,12}}\.filter\b", text) is not None
    )
    cap = site.query.layer == "supabase"
    added = not grows
    if summed and cap and not scoped:
        yield ListRead("thousand-row-cap", name, site, 0.75, added=added)
    elif counted and not other and not summed and not _given_away(site, text):
        yield ListRead("count-by-fetch", name, site, 0.75, added=added and not scoped)
    elif filtered and not scoped:
        yield ListRead("client-side-filter", name, site, 0.7, added=added)
    elif grows or not scoped:
        confidence = 0.75 if grows and not scoped else 0.7 if grows else 0.6
        yield ListRead("no-limit", name, site, confidence, "scoped" if scoped else "", added=added)


def _is_only_counted(names: str, text: str) -> bool:
    """Whether the number of rows is all that is asked of them, apart from whether there are any."""
    mentions = re.findall(
        rf"(?<![\w.$'\"])(?:{names})\b(?!\s*(?:=[^=]|:))\s*([^\s\w]{{0,3}}\s*\w{{0,8}})", text
    )
    lengths = [mention for mention in mentions if re.match(r"[?!]?\.\s*length", mention)]
    return bool(lengths) and all(
        mention in lengths or re.match(r"(?:\|\||\?\?|&&|[;)]|$)", mention) for mention in mentions
    )


def _given_away(site: QuerySite, text: str) -> bool:
    """Whether the rows themselves are returned, shown or kept."""
    names = "|".join(re.escape(row) for row in site.rows) or "(?!)"
    return re.search(rf"(?:return|set\w+\(|json\(|:)\s*(?:{names})\b(?!\s*[?.]*\.length)", text) is not None


def _wide(table: Table | None, name: str, site: QuerySite) -> Iterator[ListRead]:
    columns = site.shape.columns
    everything = columns.startswith("*") or (
        not columns and site.query.layer in ("prisma", "drizzle", "supabase")
    )
    if table is None or not everything:
        return
    wide = [
        column.name
        for column in table.columns
        if _WIDE_TYPE.match(column.type) or _WIDE_NAME.match(column.name)
    ]
    if wide:
        yield ListRead("select-star-wide", name, site, 0.65, ", ".join(wide[:3]))


def _per_row(site: QuerySite, outline: Outline) -> Iterator[ListRead]:
    """A query inside a loop that asks by what the loop goes through."""
    around = site.around
    if not around.line or around.kind == "while" or not around.names or is_once(site.function):
        return
    if is_few_at_a_time(site.path):
        return
    pattern = re.compile(rf"\b(?:{'|'.join(re.escape(name) for name in around.names)})\b")
    if not site.query.table or not any(pattern.search(item.value) for item in site.query.predicates):
        return
    steps = loop_at(outline, site.function, around.line)
    if is_short(outline, site.function, around.over) or waits_anyway(steps) or stops_when_found(steps):
        return
    yield ListRead("n-plus-one", site.query.table, site, 0.8, around.over[:60])


def _chain(site: QuerySite) -> str:
    return " ".join(
        f".{link.name}({' '.join(arg.text for arg in link.args or ())})" for link in site.call.links
    )


def _text_of(function: Function | None) -> str:
    """All that is kept of a function's own statements, for looking up what becomes of a name."""
    if function is None:
        return ""
    return " ; ".join(part for step in steps_within(function.body) for part in _parts(step))


def _parts(step: Step) -> Iterator[str]:
    if isinstance(step, Attempt):
        return
    for call in step.calls:
        yield f"{call.callee}({', '.join(arg.text for arg in call.args[:3])})"
    match step:
        case Branch(test=test):
            yield test
        case Loop(header=header):
            yield f"{header}.forEach"
        case Do(targets=targets, value=value) if value is not None:
            yield f"{', '.join(targets)} = {value.text}"
        case Leave(value=value) if value is not None:
            yield f"return {value.text}"
        case _:
            pass


def holds_customers(schema: SchemaModel, name: str) -> bool:
    """Whether the rows of a table are the customers' own, so that they become more with them."""
    known = Tables(schema).find(name)
    return _grows(known.table.bare_name if known.table else known.name, known.table)


def added_tables(view: ProjectView) -> frozenset[str]:
    """Tables, by their plain key, into which the code puts rows."""
    return frozenset(
        key(site.query.table)
        for found in file_queries(view).values()
        for site in found.sites
        if site.query.verb == "insert" and not _ADMIN.search(site.path)
    )
