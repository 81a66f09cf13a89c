"""What the condition of a row policy really asks of the caller (catalogue §5.15 B).

A condition is read as a tree of AND and OR whose leaves are judged by what they mention: the caller, the
row, both, or neither. Helper functions count as what their bodies do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from google.protobuf.message import DecodeError, Message
from postgast import PgQueryError, parse, walk
from postgast import pg_query_pb2 as pb

from lastmile_desktop.project.models.schema.model import RlsPolicy, RlsPolicyScope, SchemaModel, Table
from lastmile_desktop.project.models.sql.sql_nodes import children, constant, inner, lowered

_CALLER = frozenset(
    {"auth.uid", "auth.jwt", "auth.email", "uid", "current_setting", "auth.user_id", "auth.session"}
)
_CALLER_TEXT = re.compile(
    r"\bauth\s*\.\s*(?:uid|jwt|email|role|user_id|session)\s*\(|\brequest\.jwt\b|\bcurrent_setting\s*\(|\bsession_user\b|\bcurrent_user\b",
    re.IGNORECASE,
)
_FOR_ALL = re.compile(
    r"(?is)^[\s(]*(?:true|auth\s*\.\s*uid\s*\(\)\s+is\s+not\s+null|auth\s*\.\s*role\s*\(\)\s*=\s*'authenticated'(?:::text)?)[\s)]*$"
)
_METADATA = re.compile(r"\b(?:raw_)?user_meta(?:_)?data\b", re.IGNORECASE)
_CONSTANT_BODY = re.compile(
    r"^\s*(?:begin\s+return|select|return)\s+true\s*;?\s*(?:end\s*;?)?\s*$", re.IGNORECASE
)
_PEOPLE = re.compile(r"(?:^|[_.])(?:profiles?|users?|accounts?|members?|people|persons?)$")
_ORDER = (
    RlsPolicyScope.ALWAYS_TRUE,
    RlsPolicyScope.SIGNED_IN,
    RlsPolicyScope.USER_METADATA,
    RlsPolicyScope.PUBLIC_ROWS,
    RlsPolicyScope.OWNERLESS,
    RlsPolicyScope.OPAQUE,
    RlsPolicyScope.CALLER,
    RlsPolicyScope.SCOPED,
    RlsPolicyScope.DENY,
)
_RANK = {scope: rank for rank, scope in enumerate(_ORDER)}
_MAX_HOPS = 3


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a condition may refer to: helper functions that look at the caller, those that always say yes,
    columns of each table, and tables whose own row security already limits a subquery."""

    caller_functions: frozenset[str]
    open_functions: frozenset[str]
    known_functions: frozenset[str]
    metadata_functions: frozenset[str]
    columns: tuple[tuple[str, frozenset[str]], ...]
    protected: frozenset[str]

    def columns_of(self, table: str) -> frozenset[str] | None:
        return _column_map(self.columns).get(table)


@lru_cache(maxsize=8)
def _column_map(columns: tuple[tuple[str, frozenset[str]], ...]) -> Mapping[str, frozenset[str]]:
    return dict(columns)


def surroundings(schema: SchemaModel) -> Surroundings:
    """What conditions of this schema's policies may refer to."""
    bodies: dict[str, list[str]] = {}
    for function in schema.functions:
        bodies.setdefault(function.name, []).append(function.body)
    caller = {name for name, texts in bodies.items() if any(_CALLER_TEXT.search(text) for text in texts)}
    for _ in range(_MAX_HOPS):
        bare = [re.escape(name.partition(".")[2]) for name in sorted(caller)]
        if not bare:
            break
        calls = re.compile(rf"\b(?:{'|'.join(bare)})\s*\(", re.IGNORECASE)
        found = {name for name, texts in bodies.items() if any(calls.search(text) for text in texts)}
        if found <= caller:
            break
        caller |= found
    return Surroundings(
        caller_functions=frozenset(caller),
        open_functions=frozenset(
            name for name, texts in bodies.items() if all(_CONSTANT_BODY.match(text) for text in texts)
        ),
        known_functions=frozenset(bodies),
        metadata_functions=frozenset(
            name
            for name, texts in bodies.items()
            if any(_METADATA.search(text) for text in texts) and name in caller
        ),
        columns=tuple(
            (table.name, frozenset(column.name for column in table.columns))
            for table in schema.tables.values()
            if table.created and table.columns
        ),
        protected=frozenset(table.name for table in schema.tables.values() if _hides_rows(table)),
    )


def _hides_rows(table: Table) -> bool:
    """Whether a subquery over the table finds only rows that the caller may read, which are not all of them."""
    return table.rls and not any(
        policy.permissive
        and policy.command in ("SELECT", "ALL")
        and policy.using is not None
        and _FOR_ALL.match(policy.using) is not None
        for policy in table.policies
    )


def mentions_caller(text: str) -> bool:
    """Whether a function body or query looks at who is calling."""
    return bool(_CALLER_TEXT.search(text))


def weakest(scopes: Iterable[RlsPolicyScope]) -> RlsPolicyScope:
    """Alternatives: the most generous one decides. One without a clause lets no row through."""
    said = (RlsPolicyScope.DENY if scope is RlsPolicyScope.ABSENT else scope for scope in scopes)
    return min(said, key=_RANK.__getitem__, default=RlsPolicyScope.DENY)


def strictest(scopes: Iterable[RlsPolicyScope]) -> RlsPolicyScope:
    """Conditions that must all hold: the narrowest one decides. One without a clause keeps no row out."""
    said = (scope for scope in scopes if scope is not RlsPolicyScope.ABSENT)
    return max(said, key=_RANK.__getitem__, default=RlsPolicyScope.ALWAYS_TRUE)


def using_scope(policy: RlsPolicy, table: Table, around: Surroundings) -> RlsPolicyScope:
    """How the USING clause separates callers; for INSERT, which has none, the WITH CHECK clause."""
    if policy.command == "INSERT":
        return check_scope(policy, table, around)
    return classify(policy.using, table.name, around)


def check_scope(policy: RlsPolicy, table: Table, around: Surroundings) -> RlsPolicyScope:
    """How new rows are judged: WITH CHECK, or USING where that is reused."""
    if policy.check is None and policy.command in ("UPDATE", "ALL"):
        return classify(policy.using, table.name, around)
    return classify(policy.check, table.name, around)


@lru_cache(maxsize=16_384)
def classify(text: str | None, table: str, around: Surroundings) -> RlsPolicyScope:
    """How this condition separates callers; `ABSENT` without a clause."""
    if text is None:
        return RlsPolicyScope.ABSENT
    try:
        statements = parse(f"SELECT {text}").stmts
        node = statements[0].stmt.select_stmt.target_list[0].res_target.val
        return _Condition(table, around).scope(node)
    except (PgQueryError, DecodeError, UnicodeError, IndexError, RecursionError):
        return RlsPolicyScope.OPAQUE


@lru_cache(maxsize=4_096)
def read_tables(text: str | None) -> tuple[str, ...]:
    """The tables that a condition's own subqueries read; what a helper function reads is not among them."""
    if text is None:
        return ()
    try:
        return tuple(dict.fromkeys(_relations(parse(f"SELECT {text}")).values()))
    except (PgQueryError, DecodeError, UnicodeError):
        return ()


@dataclass(frozen=True, slots=True)
class _Marks:
    """What an expression mentions."""

    caller: bool = False
    row: bool = False
    metadata: bool = False
    role: bool = False
    literals: tuple[str, ...] = ()


@dataclass
class _Found:
    """Marks while they are being collected."""

    caller: bool = False
    row: bool = False
    metadata: bool = False
    role: bool = False
    literals: list[str] = field(default_factory=list[str])


class _Condition:
    def __init__(self, table: str, around: Surroundings) -> None:
        self._table = table
        self._around = around

    def scope(self, node: pb.Node) -> RlsPolicyScope:
        match node.WhichOneof("node"):
            case "bool_expr":
                return self._boolean(node.bool_expr)
            case "a_const":
                return self._constant(constant(node))
            case "type_cast":
                return self.scope(node.type_cast.arg)
            case "boolean_test" if node.boolean_test.booltesttype == pb.IS_TRUE:
                return self.scope(node.boolean_test.arg)
            case "a_expr":
                return self._comparison(node)
            case "null_test":
                return self._null_test(node)
            case "sub_link":
                return self._subquery(node.sub_link)
            case "func_call":
                return self._function(node)
            case _:
                return self._mentions(self._marks(node))

    def _boolean(self, node: pb.BoolExpr) -> RlsPolicyScope:
        parts = [self.scope(arg) for arg in node.args]
        if node.boolop == pb.AND_EXPR:
            return strictest(parts)
        if node.boolop == pb.OR_EXPR:
            return weakest(parts)
        opposite = {
            RlsPolicyScope.ALWAYS_TRUE: RlsPolicyScope.DENY,
            RlsPolicyScope.DENY: RlsPolicyScope.ALWAYS_TRUE,
            RlsPolicyScope.PUBLIC_ROWS: RlsPolicyScope.PUBLIC_ROWS,
        }
        return opposite.get(parts[0], RlsPolicyScope.OPAQUE) if parts else RlsPolicyScope.OPAQUE

    def _constant(self, value: str | bool | None) -> RlsPolicyScope:
        if value is True or str(value).lower() in ("true", "t", "1"):
            return RlsPolicyScope.ALWAYS_TRUE
        return RlsPolicyScope.DENY

    def _comparison(self, node: pb.Node) -> RlsPolicyScope:
        left, right = constant(node.a_expr.lexpr), constant(node.a_expr.rexpr)
        operator = "".join(lowered(node.a_expr.name))
        if left is not None and right is not None:
            return RlsPolicyScope.ALWAYS_TRUE if (left == right) == (operator == "=") else RlsPolicyScope.DENY
        marks = self._marks(node)
        if marks.role and not marks.metadata and operator == "=":
            return _by_role(marks.literals)
        if operator in ("<>", "!=") and marks.caller and marks.row:
            return RlsPolicyScope.OPAQUE
        one, other = self._marks(node.a_expr.lexpr), self._marks(node.a_expr.rexpr)
        if one.caller and other.caller and not marks.row and not marks.literals and not marks.metadata:
            return RlsPolicyScope.SIGNED_IN if operator == "=" else RlsPolicyScope.OPAQUE
        return self._mentions(marks)

    def _mentions(self, marks: _Marks) -> RlsPolicyScope:
        if marks.metadata:
            return RlsPolicyScope.USER_METADATA
        if marks.caller:
            return RlsPolicyScope.SCOPED if marks.row else RlsPolicyScope.CALLER
        return RlsPolicyScope.PUBLIC_ROWS if marks.row else RlsPolicyScope.OPAQUE

    def _null_test(self, node: pb.Node) -> RlsPolicyScope:
        marks = self._marks(node.null_test.arg)
        if marks.caller and not marks.row:
            present = node.null_test.nulltesttype == pb.IS_NOT_NULL
            return RlsPolicyScope.SIGNED_IN if present else RlsPolicyScope.ALWAYS_TRUE
        if node.null_test.nulltesttype == pb.IS_NULL and not marks.caller and _is_owner(node.null_test.arg):
            return RlsPolicyScope.OWNERLESS
        return self._mentions(marks)

    def _function(self, node: pb.Node) -> RlsPolicyScope:
        name = self._function_name(node.func_call)
        if name in self._around.open_functions:
            return RlsPolicyScope.ALWAYS_TRUE
        marks = self._marks(node)
        if marks.row and not marks.caller and name not in self._around.known_functions:
            return RlsPolicyScope.OPAQUE
        return self._mentions(marks)

    def _function_name(self, call: pb.FuncCall) -> str:
        parts = [part for part in lowered(call.funcname) if part != "pg_catalog"]
        name = ".".join(parts[-2:])
        return name if "." in name or name in _CALLER else f"public.{name}"

    def _subquery(self, link: pb.SubLink) -> RlsPolicyScope:
        select = link.subselect.select_stmt
        tested = link.testexpr.WhichOneof("node") is not None
        if not select.from_clause and len(select.target_list) == 1 and not tested:
            return self.scope(select.target_list[0].res_target.val)
        marks = self._marks_of(link)
        if marks.metadata:
            return RlsPolicyScope.USER_METADATA
        if marks.caller and marks.row:
            return RlsPolicyScope.SCOPED
        tables = _own_relations(select)
        if marks.caller:
            # `(select is_admin from profiles where …)` asks for the flag, and not whether there is a row.
            exists = link.sub_link_type == pb.EXISTS_SUBLINK
            alone = select.where_clause.WhichOneof("node") == "a_expr" and not tested and exists
            everyone = alone and any(_PEOPLE.search(name) for name in tables.values())
            return RlsPolicyScope.SIGNED_IN if everyone else RlsPolicyScope.CALLER
        if marks.row and any(name in self._around.protected for name in tables.values()):
            return RlsPolicyScope.SCOPED
        return RlsPolicyScope.PUBLIC_ROWS if marks.row else RlsPolicyScope.OPAQUE

    def _marks(self, node: pb.Node) -> _Marks:
        concrete = inner(node)
        return _Marks() if concrete is None else self._marks_of(concrete)

    def _marks_of(self, node: Message) -> _Marks:
        """Everything mentioned in the node. A column belongs to the row unless a subquery's own table has it."""
        found = _Found()
        self._collect(node, {}, found)
        claims = "role" in found.literals and _reads_claims(node)
        return _Marks(found.caller, found.row, found.metadata, found.role or claims, tuple(found.literals))

    def _collect(self, node: Message, tables: Mapping[str, str], found: _Found) -> None:
        match node:
            case pb.SelectStmt():
                tables = {**tables, **_own_relations(node)}
            case pb.FuncCall():
                name = self._function_name(node)
                found.role = found.role or name == "auth.role"
                found.caller |= (
                    name in _CALLER or name == "auth.role" or name in self._around.caller_functions
                )
                found.metadata |= name in self._around.metadata_functions
            case pb.SQLValueFunction():
                found.caller |= node.op in (pb.SVFOP_CURRENT_USER, pb.SVFOP_SESSION_USER, pb.SVFOP_USER)
            case pb.ColumnRef():
                found.row |= self._is_row(node, tables)
                found.metadata |= bool(_METADATA.search(".".join(lowered(node.fields))))
            case pb.A_Const() if node.WhichOneof("val") == "sval":
                found.metadata |= bool(_METADATA.search(node.sval.sval))
                found.literals.append(node.sval.sval)
            case _:
                pass
        for child in children(node):
            self._collect(child, tables, found)

    def _is_row(self, column: pb.ColumnRef, tables: Mapping[str, str]) -> bool:
        parts = lowered(column.fields)
        if not parts:
            return False
        owner, name = ".".join(parts[:-1]), parts[-1]
        if owner:
            return owner.rpartition(".")[2] not in tables
        for table in tables.values():
            columns = self._around.columns_of(table)
            if columns is not None and name in columns:
                return False
        if not tables:
            return True
        own = self._around.columns_of(self._table)
        return own is not None and name in own


def _is_owner(node: pb.Node) -> bool:
    """Whether this is a column that says whose the row is."""
    names = lowered(node.column_ref.fields) if node.WhichOneof("node") == "column_ref" else ()
    return bool(names) and names[-1].endswith(("_id", "_by", "owner", "userid"))


def _reads_claims(node: Message) -> bool:
    """Whether the node reads the signed token's claims by name (`auth.jwt() ->> 'role'`)."""
    return any(
        isinstance(child, pb.FuncCall)
        and lowered(child.funcname)[-2:] in (("auth", "jwt"), ("current_setting",))
        for _, child in walk(node)
    )


def _own_relations(select: pb.SelectStmt) -> dict[str, str]:
    """Alias (or bare name) → `schema.table` of the tables in a subquery's FROM."""
    found: dict[str, str] = {}
    for item in select.from_clause:
        found |= _relations(item)
    return found


def _relations(node: Message) -> dict[str, str]:
    """Alias (or bare name) → `schema.table` of every table read inside the node."""
    found: dict[str, str] = {}
    for _, child in walk(node):
        if isinstance(child, pb.RangeVar):
            table = f"{child.schemaname or 'public'}.{child.relname}".lower()
            found[(child.alias.aliasname if child.HasField("alias") else child.relname).lower()] = table
    return found


def _by_role(literals: tuple[str, ...]) -> RlsPolicyScope:
    values = {value.lower() for value in literals}
    if "service_role" in values or "supabase_admin" in values or "postgres" in values:
        return RlsPolicyScope.DENY
    if "authenticated" in values:
        return RlsPolicyScope.SIGNED_IN
    return RlsPolicyScope.ALWAYS_TRUE if "anon" in values else RlsPolicyScope.CALLER
