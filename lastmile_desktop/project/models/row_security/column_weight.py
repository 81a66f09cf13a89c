"""What hangs on a column: the policy, the function or the code that decides by it.

That people may write a `role` or a `plan` of their own row harms nobody while nothing asks for it: a chat message has
a role too, and old tables keep plans that no code reads any more.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.row_security.privileged_columns import (
    ROLE_COLUMN,
    SelfWrite,
    is_charged,
    is_of_person,
    is_watched,
)
from lastmile_desktop.project.models.schema.model import Place, SchemaModel, SqlFunction, Table
from lastmile_desktop.project.models.schema.named_in_code import CODE, NOT_PRODUCT, snake_names
from lastmile_desktop.project.models.schema.usage import used_tables
from lastmile_desktop.project.path_kinds import path_kind
from lastmile_desktop.project.tree import FileEntry

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_MOST = 400_000
# `profile.credits < cost`, `row["plan"] == "pro"`, `status === 'active'`
_COMPARED = re.compile(
    r"(?:\b(\w{1,40})[?!]?(?:\.|\[['\"]|\.get\(['\"]))?\b([a-z]\w{1,39})\b(?:['\"])?(?:,\s?\w{1,9}\))?[\])!]{0,2}\s{0,20}"
    r"(?:[=!]==?\s{0,9}(?:['\"]([\w -]{1,30})['\"])?|[<>]=?\s{1,9}[\w(]|&&|\?(?![.:?])|\bin\s*[\[(]|not\s+in\b|-=)"
)
# `if (!user.is_premium)`, `cost > wallet.balance`
_ASKED = re.compile(
    r"(?:!|\bif\s{0,4}\(?!?|&&|\|\||[<>]=?\s|\bnot\s|\breturn\s)\s{0,9}(?:\(\s{0,4})?(?:\w{1,40}[?!]?\.){0,3}(\w{1,40})[?!]?"
    r"(?:\.|\[['\"]|\.get\(['\"])([a-z]\w{1,39})\b"
)
_FILTERED = re.compile(
    r"\.(?:eq|neq|in_?|gte?|lte?|filter|is_?|contains)\(\s{0,40}['\"`](\w{2,40})['\"`]"
    r"(?:\s{0,9},\s{0,9}['\"`]([\w -]{1,30})['\"`])?"
)
_LISTED = re.compile(r"\[([^\[\]\n]{3,200})\]\s{0,9}\.includes\(\s{0,9}(\w{1,40})[?!]?\.(\w{2,40})")
_TABLE = re.compile(r"\.(?:from_?|table)\(\s{0,40}['\"`](\w{1,63})['\"`]|rest/v1/(\w{1,63})")
_QUOTED = re.compile(r"['\"`/](\w{3,63})(?=['\"`?])")
_MENTIONS_DATABASE = re.compile(r"supabase|\bfrom\(|\.table\(|rest/v1", re.IGNORECASE)
_ABOVE = re.compile(
    r"admin|owner|staff|moderator|manager|superuser|^super|root|editor|support|founder|operator|dispatcher|trainer|coach|teacher"
    r"|instructor|professor|premium|verified",
    re.IGNORECASE,
)
# A request to a payment provider, and what an order costs.
_CHARGES = re.compile(
    r"(?i)unit_?(?:amount|price)|transaction_amount|paymentIntents\.create|checkout\.sessions\.create|PaymentIntent\.create"
    r"|checkout/preferences|orders\.create\(|transaction/initialize|/v1/(?:orders|charges|payments)|initialize_?payment"
)
_PRICE = re.compile(
    r"\b(total_(?:price|amount|cost)|final_(?:price|amount)|price_total|deposit_amount|precio_total|valor_total)\b"
)
_SERVER = re.compile(
    r"(?:^|/)(?:functions|api|server|backend|actions|routes|lib)/|\.server\.|\.py$|route\.[jt]s$|actions?\.[jt]s$"
)
# Screens of the staff count and show; nobody gets anything by them.
_STAFF_SCREEN = re.compile(r"(?i)admin|dashboard|analytics|report|stat(?:s|istic)")
# What a payment provider tells has rows of its own.
_NOTICES = re.compile(r"(?i)webhook|stripe|paddle|lemonsqueezy|paystack")
_COMMON = re.compile(
    r"^(?:status|estado|situacao|statut|stato|amount\w*|total\w*|used|available|remaining|price\w*|role|rol|papel|plan|tier|points"
    r"|balance|credits?|tokens|paid|premium|verified|approved|permissions?|level|quota|banned|suspended|blocked|monto\w*|importe|valor"
    r"|montant)$"
)
_SET = re.compile(
    r"(?is)\bset\s+(?!search_path|local\b|role\b).{1,3000}?(?=\bwhere\b|;|\breturning\b|\bon\s+conflict\b|$)"
)
_OWN_LESS = re.compile(
    r"(?is)\b(\w{2,40})\s*=\s*(?:greatest\s*\(\s*\d\s*,\s*)?(?:coalesce\s*\(\s*)?(?:\w{1,40}\.)?(\w{2,40})\b(?:\s*,\s*\d+\s*\))?\s*-"
)
_TYPES = re.compile(r"::\s*\w+(?:\.\w+)?")


class Weight(StrEnum):
    """`DECIDES` where something is decided by the column, `OTHER_WORDS` where a role column holds words that open
    nothing, `READ` where the table is read, `UNREAD` where nothing reads it."""

    DECIDES = "decides"
    OTHER_WORDS = "other-words"
    READ = "read"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Weighed:
    """What hangs on a column, and where that is seen."""

    weight: Weight
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    """One comparison in the code: `owner.column`, with the word it is compared to where there is one, and the table
    that was asked for last before it."""

    owner: str
    column: str
    word: str
    line: int
    table: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one file asks: comparisons of watched columns, and the words in quotes, tables among them."""

    questions: tuple[_Question, ...] = ()
    quoted: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    charged: frozenset[str] = frozenset()


_NOTHING = _Asked()
_Files = tuple[tuple[str, _Asked], ...]


def weigh(view: ProjectView, item: SelfWrite, columns: tuple[str, ...]) -> Weighed:
    """The heaviest of these columns."""
    found = [_weigh(view, item.table, name) for name in columns]
    order = tuple(Weight)
    return min(found, key=lambda weighed: order.index(weighed.weight))


def without_prices(view: ProjectView, item: SelfWrite) -> SelfWrite:
    """The same without what an order costs, where no server charges what stands there."""
    if not any(is_charged(item.table, name) for name in item.columns):
        return item
    files = view.made(_files)
    kept = tuple(
        name
        for name in item.columns
        if not is_charged(item.table, name) or next(_charging(files, item.table, name), None) is not None
    )
    return replace(item, columns=kept)


def _charging(files: _Files, table: Table, column: str) -> Iterator[Weighed]:
    for path, asked in files:
        if column in asked.charged and table.bare_name in asked.quoted and _SERVER.search(path):
            yield Weighed(Weight.DECIDES, Place(path, 1, 1))


def _weigh(view: ProjectView, table: Table, column: str) -> Weighed:
    words = _words_of(view.schema, table, column) if ROLE_COLUMN.match(column) else ()
    if words and not any(_ABOVE.search(word) for word in words):
        return Weighed(Weight.OTHER_WORDS, table.created_place or table.place)
    files = view.made(_files)
    by_database = next(_database(view, table, column, files), None)
    if by_database is not None:
        return by_database
    if is_charged(table, column):
        return next(_charging(files, table, column), Weighed(Weight.UNREAD))
    read = _is_named(view.schema, column, files) and _is_read(view, table, files)
    if view.schema.used_tables and not read:
        return Weighed(Weight.UNREAD)
    shared = sum(other.column(column) is not None for other in view.schema.tables.values()) > 1
    return next(_code(files, table, column, shared), None) or Weighed(Weight.READ)


def _words_of(schema: SchemaModel, table: Table, column: str) -> tuple[str, ...]:
    """What a check constraint or an enum lets the column hold; nothing where it may hold anything."""
    for _, text in table.checks:
        if re.search(rf"\b{re.escape(column)}\b", text, re.IGNORECASE):
            return tuple(re.findall(r"'([^']{1,40})'", text))
    return schema.words_of(table, column)


def _database(view: ProjectView, table: Table, column: str, files: _Files) -> Iterator[Weighed]:
    """Policies, and functions that are called, which read the column of this table in a condition."""
    asks = re.compile(
        rf"(?i)\b{re.escape(column)}\b\"?\s*(?:[=<>!-]|\bin\b|\bis\b|\bnot\b|\band\b|\bor\b|\)|$)"
    )
    reads, changes = _naming("from|join", table), _naming("update", table)
    for other in view.schema.tables.values():
        for policy in other.policies:
            text = f"{policy.using or ''} {policy.check or ''}"
            about = reads.search(text) is not None or (other is table and "auth" not in _clause(text, column))
            if about and _opens(asks, text, column):
                yield Weighed(Weight.DECIDES, policy.place)
    for function in view.schema.functions:
        body = function.body
        if column not in body or not _is_called(view.schema, function, files):
            continue
        spends = any(match[1] == match[2] == column for match in _OWN_LESS.finditer(body))
        if (spends and changes.search(body)) or (
            reads.search(body) and _opens(asks, _SET.sub(" ", body), column)
        ):
            yield Weighed(Weight.DECIDES, function.place)


def _naming(verbs: str, table: Table) -> re.Pattern[str]:
    return re.compile(
        rf"(?i)\b(?:{verbs})\s+(?:only\s+)?(?:\"?public\"?\.)?\"?{re.escape(table.bare_name)}\b"
    )


def _is_called(schema: SchemaModel, function: SqlFunction, files: _Files) -> bool:
    """Whether code, a trigger, a policy or another function names it; unknown where no code asks for any table."""
    name = function.name.rpartition(".")[2].lower()
    if "_" not in name or function.returns in ("trigger", "event_trigger") or not schema.used_tables:
        return True
    if any(name in asked.names for _, asked in files):
        return True
    texts = [item.body for item in schema.functions if item is not function]
    texts += [
        f"{policy.using} {policy.check}" for table in schema.tables.values() for policy in table.policies
    ]
    return any(name in text.lower() for text in texts)


def _clause(text: str, column: str) -> str:
    found = re.search(rf"\b{re.escape(column)}\b[^()]{{0,80}}", text)
    return found[0] if found else "auth"


def _opens(asks: re.Pattern[str], text: str, column: str) -> bool:
    """Whether the text asks for the column, and, where that is a role, not for a word that opens nothing."""
    for match in asks.finditer(_TYPES.sub(" ", text)):
        if not ROLE_COLUMN.match(column):
            return True
        after = text[match.start() : match.start() + 160]
        words = re.findall(r"'([^']{1,40})'", after)
        if not words or any(_ABOVE.search(word) for word in words):
            return True
    return False


def _files(view: ProjectView) -> _Files:
    read = view.each_file("column-weight", _is_of_product, _asked, _NOTHING)
    return tuple((path, asked) for path, asked in read.items() if asked is not _NOTHING)


def _is_of_product(entry: FileEntry) -> bool:
    path = entry.path
    return path.endswith(CODE) and not entry.ignored_by_git and path_kind(path) not in NOT_PRODUCT


def _asked(text: str) -> _Asked:
    if "Tables: {" in text and "Row: {" in text:
        return _NOTHING
    text = text[:_MOST]
    found = dict.fromkeys(_questions(text))
    quoted = frozenset(_QUOTED.findall(text)) if _MENTIONS_DATABASE.search(text) else frozenset[str]()
    names = snake_names(text)
    charged = frozenset(_PRICE.findall(text)) if quoted and _CHARGES.search(text) else frozenset[str]()
    return _Asked(tuple(found), quoted, names, charged) if found or quoted or names else _NOTHING


def _questions(text: str) -> Iterator[_Question]:
    found: list[tuple[int, str, str, str]] = []
    found += [(item.start(2), item[1] or "", item[2], item[3] or "") for item in _COMPARED.finditer(text)]
    found += [(item.start(2), item[1], item[2], "") for item in _ASKED.finditer(text)]
    found += [(item.start(1), "", item[1], item[2] or "") for item in _FILTERED.finditer(text)]
    for item in _LISTED.finditer(text):
        words = [word for word in re.findall(r"['\"]([\w-]{1,30})['\"]", item[1]) if _ABOVE.search(word)]
        found.append((item.start(3), item[2], item[3], words[0] if words else ""))
    watched = [item for item in found if is_watched(item[2])]
    if not watched:
        return
    tables = [(item.start(), item[1] or item[2]) for item in _TABLE.finditer(text)]
    starts = [start for start, _ in tables]
    for place, owner, column, word in sorted(watched):
        before = bisect_right(starts, place) - 1
        table = tables[before][1] if before >= 0 else ""
        yield _Question(owner.lower(), column, word, line_at(text, place), table)


def _code(files: _Files, table: Table, column: str, shared: bool) -> Iterator[Weighed]:
    # A name that other tables have too says nothing of this one by itself.
    common = shared or _COMMON.match(column) is not None
    role = ROLE_COLUMN.match(column) is not None
    worded = role and not column.startswith(("is_", "es_", "e_", "eh_"))
    for path, asked in files:
        for question in asked.questions:
            if question.column != column or (worded and not _ABOVE.search(question.word)):
                continue
            about = question.table == table.bare_name or (
                not question.table
                and not _NOTICES.search(path)
                and (not common or _is_row_of(question.owner, table))
            )
            # A file that asks for nothing itself was handed the row of whoever is signed in.
            about = about or (worded and not question.table and is_of_person(table))
            about = about or (not common and table.bare_name in asked.quoted)
            if about and (role or not _STAFF_SCREEN.search(path)):
                yield Weighed(Weight.DECIDES, Place(path, question.line, question.line))


def _is_row_of(owner: str, table: Table) -> bool:
    """Whether a variable is named after the rows of the table: `subscription`, `profile`, `me`."""
    last = table.bare_name.rpartition("_")[2]
    singular = last.removesuffix("s")
    people = singular in ("profile", "user", "account", "member") and owner in (
        "profile", "user", "me", "account", "member", "currentuser", "current_user", "userprofile", "user_profile",
        "userdata", "session",
    )  # fmt: skip
    return people or (len(singular) > 3 and singular in owner)


def _is_named(schema: SchemaModel, column: str, files: _Files) -> bool:
    """Whether code, a function or a view says the name at all; one of a single word is an everyday word too."""
    return (
        "_" not in column
        or any(column in asked.names for _, asked in files)
        or any(column in item.body for item in schema.functions)
        or any(column in item.query for item in schema.views.values())
    )


def _is_read(view: ProjectView, table: Table, files: _Files) -> bool:
    use = used_tables(view).get(table.name)
    if use is not None and ("select" in use.verbs):
        return True
    reads = _naming("from|join", table)
    called = (item.body for item in view.schema.functions if _is_called(view.schema, item, files))
    texts = [*called, *(item.query for item in view.schema.views.values())]
    texts += [
        f"{policy.using} {policy.check}" for other in view.schema.tables.values() for policy in other.policies
    ]
    if any(reads.search(text) for text in texts):
        return True
    # Asked for by a name that is put together or handed on; what is only written is no reading.
    return use is None and any(
        table.bare_name in asked.quoted or ("_" in table.bare_name and table.bare_name in asked.names)
        for _, asked in files
    )
