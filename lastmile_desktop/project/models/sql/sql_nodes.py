"""Small readings of Postgres parse-tree nodes: names, types, expressions as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from postgast import PgQueryError, deparse, unwrap_node, walk
from postgast import pg_query_pb2 as pb

from lastmile_desktop.project.models.sql.sql_changes import Span

EXPRESSION_CAP = 4_000
UNREADABLE = "unreadable()"
"""Stands for an expression that the parser read but cannot write out again."""
_PLAIN_TYPES = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "bool": "boolean",
    "float4": "real",
    "float8": "float8",
    "bpchar": "char",
}
_STABLE_FUNCTIONS = frozenset({
    "now", "timezone", "date_trunc", "lower", "upper", "concat", "jsonb_build_object", "json_build_object",
    "jsonb_build_array", "md5", "json_build_array", "to_jsonb", "to_json", "array_fill", "current_setting",
    "to_char", "to_timestamp", "to_date", "make_interval", "auth.uid", "auth.jwt", "auth.role", "uid",
    "jwt", "role", "trim", "btrim", "coalesce", "int4range", "tstzrange", "numrange", "daterange",
    "statement_timestamp", "transaction_timestamp", "encode", "decode", "length", "abs", "round",
    "make_date", "extract", "date_part", "array_to_string", "string_to_array", "string_to_table",
    "regexp_replace", "replace", "left", "right", "hstore", "to_tsvector", "setweight",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """A statement being read: its text, the file line it starts on, the schema of unqualified names."""

    text: str
    line: int
    schema: str = "public"

    @property
    def span(self) -> Span:
        return Span(self.line, self.line + self.text.count("\n"))

    def at(self, location: int) -> Span:
        """The line of a byte offset of the parser; the whole statement when it has none."""
        if location <= 0:
            return self.span
        line = self.line + self.text.encode("utf-8", "replace")[:location].count(b"\n")
        return Span(line, line)


def inner(node: pb.Node) -> Message | None:
    """The concrete node inside the parser's wrapper."""
    which = node.WhichOneof("node")
    return None if which is None else getattr(node, which)


def children(node: Message) -> Iterator[Message]:
    """The concrete nodes right below this one."""
    for descriptor, value in node.ListFields():
        if descriptor.type != FieldDescriptor.TYPE_MESSAGE:
            continue
        for item in [value] if isinstance(value, Message) else value:
            yield unwrap_node(item)


def strings(nodes: Iterable[pb.Node]) -> tuple[str, ...]:
    return tuple(node.string.sval for node in nodes if node.WhichOneof("node") == "string")


def lowered(nodes: Iterable[pb.Node]) -> tuple[str, ...]:
    return tuple(text.lower() for text in strings(nodes))


def relation(node: pb.RangeVar, schema: str) -> str:
    return f"{node.schemaname or schema}.{node.relname}".lower()


def dotted(parts: tuple[str, ...], schema: str) -> str:
    """`schema.name` of a name list; the last two parts of a longer one."""
    if not parts:
        return ""
    owner = parts[:-1]
    return f"{owner[-1] if owner else schema}.{parts[-1]}".lower()


def type_text(node: pb.TypeName) -> str:
    parts = [part for part in strings(node.names) if part != "pg_catalog"]
    name = ".".join(parts).lower()
    name = _PLAIN_TYPES.get(name, name)
    sizes = [str(mod.a_const.ival.ival) for mod in node.typmods if mod.WhichOneof("node") == "a_const"]
    sized = f"{name}({','.join(sizes)})" if sizes and name != "interval" else name
    return sized + "[]" * len(node.array_bounds)


def expression(node: pb.Node) -> str | None:
    """The expression written out by the parser in one normal form; None when there is none."""
    if node.WhichOneof("node") is None:
        return None
    tree = pb.ParseResult(version=180000)
    select = tree.stmts.add().stmt.select_stmt
    select.target_list.add().res_target.val.CopyFrom(node)
    select.limit_option = pb.LIMIT_OPTION_DEFAULT
    select.op = pb.SETOP_NONE
    try:
        return deparse(tree).removeprefix("SELECT ")[:EXPRESSION_CAP]
    except PgQueryError:
        return UNREADABLE


def function_names(node: Message) -> tuple[str, ...]:
    """Names of the functions called anywhere in a node, `schema.name` or bare, in lower case."""
    found = (
        ".".join(part for part in lowered(child.funcname) if part != "pg_catalog")
        for _, child in walk(node)
        if isinstance(child, pb.FuncCall)
    )
    return tuple(dict.fromkeys(found))


def is_volatile(node: pb.Node) -> bool:
    """Whether a default must be computed for each existing row, which rewrites the table."""
    return any(name not in _STABLE_FUNCTIONS for name in function_names(node))


def tables_of(node: Message, schema: str) -> tuple[str, ...]:
    """Tables and views that a query reads, without its own WITH names."""
    names: list[str] = []
    ctes: set[str] = set()
    for _, child in walk(node):
        if isinstance(child, pb.CommonTableExpr):
            ctes.add(child.ctename.lower())
        elif isinstance(child, pb.RangeVar):
            names.append(child.relname.lower() if not child.schemaname else relation(child, schema))
    return tuple(
        dict.fromkeys(name if "." in name else f"{schema}.{name}" for name in names if name not in ctes)
    )


def role_names(nodes: Iterable[pb.Node]) -> tuple[str, ...]:
    """Grantees or policy roles; PUBLIC reads `public`."""
    names: list[str] = []
    for node in nodes:
        if node.WhichOneof("node") == "role_spec":
            spec = node.role_spec
            names.append(
                "public" if spec.roletype == pb.ROLESPEC_PUBLIC else spec.rolename.lower() or "current_user"
            )
    return tuple(names)


def option_text(element: pb.DefElem) -> str:
    """The value of `name = value` in an option list as lower-case text; a bare name means `true`."""
    match element.arg.WhichOneof("node"):
        case None:
            return "true"
        case "string":
            return element.arg.string.sval.lower()
        case "boolean":
            return str(element.arg.boolean.boolval).lower()
        case "integer":
            return str(element.arg.integer.ival)
        case "type_name":
            return type_text(element.arg.type_name)
        case _:
            return ""


def constant(node: pb.Node) -> str | bool | None:
    """A literal, through casts; None for anything else."""
    while node.WhichOneof("node") == "type_cast":
        node = node.type_cast.arg
    if node.WhichOneof("node") != "a_const":
        return None
    const = node.a_const
    match const.WhichOneof("val"):
        case "sval":
            return const.sval.sval
        case "boolval":
            return const.boolval.boolval
        case "ival":
            return str(const.ival.ival)
        case _:
            return None
