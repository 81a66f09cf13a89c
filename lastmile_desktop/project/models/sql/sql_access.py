"""Policies, privileges, functions, views, triggers and publications, read from the parse tree."""

from __future__ import annotations

from collections.abc import Iterable

from postgast import pg_query_pb2 as pb

from lastmile_desktop.project.models.sql.sql_changes import (
    AlterFunction,
    Change,
    CreateFunction,
    CreateTrigger,
    CreateView,
    Privileges,
    Publish,
    SetPolicy,
)
from lastmile_desktop.project.models.sql.sql_nodes import (
    Source,
    dotted,
    expression,
    function_names,
    lowered,
    option_text,
    relation,
    role_names,
    strings,
    tables_of,
    type_text,
)
from lastmile_desktop.project.models.sql.sql_tables import TRUE_WORDS

BODY_CAP = 40_000
ALL_TABLE_PRIVILEGES = frozenset(
    {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}
)
_ALL = {
    "table": ALL_TABLE_PRIVILEGES,
    "function": frozenset({"EXECUTE"}),
    "schema": frozenset({"USAGE", "CREATE"}),
    "sequence": frozenset({"USAGE", "SELECT", "UPDATE"}),
}
_GRANT_KINDS = {
    pb.OBJECT_TABLE: "table",
    pb.OBJECT_FUNCTION: "function",
    pb.OBJECT_PROCEDURE: "function",
    pb.OBJECT_ROUTINE: "function",
    pb.OBJECT_SCHEMA: "schema",
    pb.OBJECT_SEQUENCE: "sequence",
}
_OUTPUT_MODES = (pb.FUNC_PARAM_OUT, pb.FUNC_PARAM_TABLE)
_TRIGGER_EVENTS = ((4, "INSERT"), (8, "DELETE"), (16, "UPDATE"), (32, "TRUNCATE"))


def create_policy(node: pb.CreatePolicyStmt, source: Source) -> tuple[Change, ...]:
    return (
        SetPolicy(
            table=relation(node.table, source.schema),
            name=node.policy_name,
            span=source.span,
            command=(node.cmd_name or "all").upper(),
            roles=role_names(node.roles) or ("public",),
            permissive=node.permissive,
            using=expression(node.qual),
            check=expression(node.with_check),
        ),
    )


def alter_policy(node: pb.AlterPolicyStmt, source: Source) -> tuple[Change, ...]:
    return (
        SetPolicy(
            table=relation(node.table, source.schema),
            name=node.policy_name,
            span=source.span,
            roles=role_names(node.roles),
            using=expression(node.qual),
            check=expression(node.with_check),
        ),
    )


def grant(node: pb.GrantStmt, source: Source, schemas: tuple[str, ...] = ()) -> tuple[Change, ...]:
    """GRANT or REVOKE; `schemas` are given when it stands inside ALTER DEFAULT PRIVILEGES."""
    kind = _GRANT_KINDS.get(node.objtype)
    if kind is None:
        return ()
    by_default = node.targtype == pb.ACL_TARGET_DEFAULTS
    in_schema = node.targtype == pb.ACL_TARGET_ALL_IN_SCHEMA
    return (
        Privileges(
            granted=node.is_grant,
            kind=kind,
            privileges=_privileges(node, kind),
            roles=role_names(node.grantees),
            span=source.span,
            objects=() if by_default or in_schema else _objects(node, kind, source.schema),
            schemas=schemas if by_default else lowered(node.objects) if in_schema else (),
            by_default=by_default,
        ),
    )


def _privileges(node: pb.GrantStmt, kind: str) -> frozenset[str]:
    found: set[str] = set()
    for item in node.privileges:
        privilege = item.access_priv
        name = privilege.priv_name.upper()
        columns = lowered(privilege.cols)
        if columns:
            found |= {f"{name}({column})" for column in columns}
        elif name in ("", "ALL"):
            found |= _ALL[kind]
        else:
            found.add(name)
    return frozenset(found) or _ALL[kind]


def _objects(node: pb.GrantStmt, kind: str, schema: str) -> tuple[str, ...]:
    names: list[str] = []
    for item in node.objects:
        match item.WhichOneof("node"):
            case "range_var":
                names.append(relation(item.range_var, schema))
            case "object_with_args":
                names.append(dotted(strings(item.object_with_args.objname), schema))
            case "string":
                names.append(item.string.sval.lower())
            case _:
                names.append("")
    return tuple(name for name in names if name) if kind != "sequence" else ()


def default_privileges(node: pb.AlterDefaultPrivilegesStmt, source: Source) -> tuple[Change, ...]:
    schemas: tuple[str, ...] = ()
    for option in node.options:
        if option.def_elem.defname == "schemas":
            schemas = lowered(option.def_elem.arg.list.items)
    return grant(node.action, source, schemas)


def create_function(node: pb.CreateFunctionStmt, source: Source) -> tuple[Change, ...]:
    language, definer, search_path, body = "sql", False, None, ""
    for option in node.options:
        element = option.def_elem
        match element.defname:
            case "language":
                language = option_text(element)
            case "security":
                definer = element.arg.boolean.boolval
            case "set":
                search_path = _search_path(element, search_path)
            case "as":
                body = "\n".join(strings(element.arg.list.items))
            case _:
                pass
    if not body and node.HasField("sql_body"):
        body = source.text
    args = tuple(
        f"{item.function_parameter.name.lower()} {type_text(item.function_parameter.arg_type)}".strip()
        for item in node.parameters
        if item.function_parameter.mode not in _OUTPUT_MODES
    )
    return (
        CreateFunction(
            name=dotted(strings(node.funcname), source.schema),
            args=args,
            language=language,
            security_definer=definer,
            search_path=search_path,
            body=body[:BODY_CAP],
            returns=_returns(node),
            span=source.span,
        ),
    )


def _returns(node: pb.CreateFunctionStmt) -> str:
    out = [
        item.function_parameter for item in node.parameters if item.function_parameter.mode in _OUTPUT_MODES
    ]
    if any(item.mode == pb.FUNC_PARAM_TABLE for item in out):
        return "table(" + ", ".join(f"{item.name} {type_text(item.arg_type)}" for item in out) + ")"
    if node.is_procedure:
        return "procedure"
    if not node.HasField("return_type"):
        return "record" if out else "void"
    text = type_text(node.return_type)
    return f"setof {text}" if node.return_type.setof else text


def _search_path(element: pb.DefElem, known: str | None) -> str | None:
    setting = element.arg.variable_set_stmt
    if setting.name.lower() != "search_path":
        return known
    values = [item.a_const.sval.sval for item in setting.args if item.WhichOneof("node") == "a_const"]
    return ", ".join(values)


def alter_function(node: pb.AlterFunctionStmt, source: Source) -> tuple[Change, ...]:
    definer: bool | None = None
    search_path: str | None = None
    for action in node.actions:
        if action.def_elem.defname == "security":
            definer = action.def_elem.arg.boolean.boolval
        elif action.def_elem.defname == "set":
            search_path = _search_path(action.def_elem, search_path)
    name, args = function_identity(node.func, source.schema)
    return (AlterFunction(name, args, source.span, definer, search_path),)


def function_identity(node: pb.ObjectWithArgs, schema: str) -> tuple[str, tuple[str, ...] | None]:
    """The name and the argument types it is told apart by; None when the statement names none."""
    args = None if node.args_unspecified else tuple(type_text(item.type_name) for item in node.objargs)
    return dotted(strings(node.objname), schema), args


def create_view(node: pb.ViewStmt, source: Source) -> tuple[Change, ...]:
    invoker = any(
        option.def_elem.defname.lower() == "security_invoker" and option_text(option.def_elem) in TRUE_WORDS
        for option in node.options
    )
    return (
        CreateView(
            name=relation(node.view, source.schema),
            tables=tables_of(node.query, source.schema),
            functions=function_names(node.query),
            security_invoker=invoker,
            materialized=False,
            replaces=node.replace,
            query=source.text[:BODY_CAP],
            span=source.span,
        ),
    )


def create_table_as(node: pb.CreateTableAsStmt, source: Source) -> CreateView:
    """A materialised view; a table made from a query is told apart by the caller."""
    return CreateView(
        name=relation(node.into.rel, source.schema),
        tables=tables_of(node.query, source.schema),
        functions=function_names(node.query),
        security_invoker=False,
        materialized=True,
        replaces=False,
        query=source.text[:BODY_CAP],
        span=source.span,
    )


def create_trigger(node: pb.CreateTrigStmt, source: Source) -> tuple[Change, ...]:
    return (
        CreateTrigger(
            table=relation(node.relation, source.schema),
            name=node.trigname.lower(),
            function=dotted(strings(node.funcname), source.schema),
            events=tuple(word for bit, word in _TRIGGER_EVENTS if node.events & bit),
            before=bool(node.timing & 2),
            span=source.span,
        ),
    )


def publish(
    name: str, objects: Iterable[pb.Node], all_tables: bool, how: str, source: Source
) -> tuple[Change, ...]:
    tables = tuple(
        relation(item.publication_obj_spec.pubtable.relation, source.schema)
        for item in objects
        if item.publication_obj_spec.HasField("pubtable")
    )
    return (Publish(name.lower(), tables, how, source.span, all_tables),)
