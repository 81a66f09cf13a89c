"""Applies what migrations say of policies, privileges, functions, views, triggers and publications."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lastmile_desktop.project.models.schema.model import (
    BlanketGrant,
    Bucket,
    Clash,
    RlsPolicy,
    SqlFunction,
    Trigger,
    View,
)
from lastmile_desktop.project.models.schema.relation import Folding, Relation, frozen, thawed
from lastmile_desktop.project.models.sql import sql_changes as sql
from lastmile_desktop.project.models.sql.sql_access import ALL_TABLE_PRIVILEGES

REALTIME = "supabase_realtime"
_ENABLES_RLS = re.compile(r"enable\s+row\s+level\s+security", re.IGNORECASE)


def _policy(fold: Folding, change: sql.SetPolicy) -> None:
    table = fold.table(change.table, change.span)
    place = fold.at(change.span)
    if not change.alters:
        table.policies_unsure.pop(change.name, None)
        if there := table.policies.get(change.name):
            fold.out.clashes.append(Clash(f"{change.table}.{change.name}", place, there.place))
        table.policies[change.name] = RlsPolicy(
            change.name, change.command, change.roles, change.permissive, change.using, change.check, place
        )
    elif known := table.policies.pop(change.name, None):
        name = change.renamed or known.name
        table.policies[name] = replace(
            known,
            name=name,
            roles=change.roles or known.roles,
            using=known.using if change.using is None else change.using,
            check=known.check if change.check is None else change.check,
            place=known.place if change.renamed else place,
        )


def _drop_policy(fold: Folding, change: sql.DropPolicy) -> None:
    if change.table:
        tables = [fold.out.tables[change.table]] if change.table in fold.out.tables else []
    else:
        tables = [item for item in fold.out.tables.values() if item.name.startswith(change.schema + ".")]
    for table in tables:
        if change.table or table.name.partition(".")[2] not in change.excluded:
            _drop_from(table, change)


def _drop_from(table: Relation, change: sql.DropPolicy) -> None:
    meant = {
        name: policy
        for name, policy in (table.policies_unsure | table.policies).items()
        if change.name in ("", name) and (not change.commands or policy.command in change.commands)
    }
    for name, policy in meant.items():
        table.policies.pop(name, None)
        if change.sure:
            table.policies_unsure.pop(name, None)
        else:
            table.policies_unsure[name] = policy


def _privileges(fold: Folding, change: sql.Privileges) -> None:
    if change.kind == "function":
        _function_privileges(fold, change)
    elif change.kind == "schema":
        _schema_privileges(fold, change)
    elif change.kind == "table":
        _table_privileges(fold, change)


def _table_privileges(fold: Folding, change: sql.Privileges) -> None:
    for name in change.objects:
        _relation_privileges(fold, name, change)
    for schema in change.schemas:
        place = fold.at(change.span)
        if change.granted:
            fold.out.blanket.append(
                BlanketGrant(schema, change.roles, change.privileges, change.by_default, place)
            )
        else:
            fold.out.blanket = [item for item in fold.out.blanket if not _undoes(change, schema, item)]
        if change.by_default:
            fold.default_privileges.setdefault(schema, []).append(change)
            continue
        for name in [*fold.out.tables, *fold.out.views]:
            if name.startswith(schema + "."):
                _relation_privileges(fold, name, change)


def _relation_privileges(fold: Folding, name: str, change: sql.Privileges) -> None:
    if view := fold.out.views.get(name):
        scratch = Relation(name, view.place, grants=thawed(view.grants), revokes=thawed(view.revokes))
        scratch.privileges(change.granted, change.roles, change.privileges)
        fold.out.views[name] = replace(view, grants=frozen(scratch.grants), revokes=frozen(scratch.revokes))
        return
    fold.table(name, change.span).privileges(change.granted, change.roles, change.privileges)


def _schema_privileges(fold: Folding, change: sql.Privileges) -> None:
    """Without USAGE on the schema a role reaches none of its tables."""
    if change.granted or "USAGE" not in change.privileges:
        return
    for schema in change.objects:
        closed = sql.Privileges(
            False, "table", ALL_TABLE_PRIVILEGES, change.roles, change.span, (), (schema,)
        )
        _table_privileges(fold, closed)


def _function_privileges(fold: Folding, change: sql.Privileges) -> None:
    if change.by_default:
        if not change.granted:
            fold.functions_open_to -= frozenset(change.roles)
        return
    roles = frozenset(change.roles)
    for key, function in list(fold.out.functions.items()):
        schema, _, bare = function.name.partition(".")
        if function.name not in change.objects and (schema not in change.schemas or bare in change.excluded):
            continue
        now, unsure = function.executable_by - roles, function.executable_unsure - roles
        if change.granted:
            now |= roles
        elif not change.sure:
            unsure |= (function.executable_by | function.executable_unsure) & roles
        fold.out.functions[key] = replace(function, executable_by=now, executable_unsure=unsure)


def _function(fold: Folding, change: sql.CreateFunction) -> None:
    key = (change.name, _types(change.args))
    known = fold.out.functions.get(key)
    fold.out.functions[key] = SqlFunction(
        name=change.name,
        args=change.args,
        language=change.language,
        security_definer=change.security_definer,
        search_path=change.search_path,
        body=change.body,
        returns=change.returns,
        executable_by=known.executable_by if known else fold.functions_open_to,
        place=fold.at(change.span),
        executable_unsure=known.executable_unsure if known else frozenset(),
    )


def _alter_function(fold: Folding, change: sql.AlterFunction) -> None:
    for key, function in list(fold.out.functions.items()):
        if function.name == change.name and change.args in (None, key[1]):
            definer = (
                function.security_definer if change.security_definer is None else change.security_definer
            )
            path = function.search_path if change.search_path is None else change.search_path
            fold.out.functions[key] = replace(function, security_definer=definer, search_path=path)


def _drop_function(fold: Folding, change: sql.DropFunction) -> None:
    for key in list(fold.out.functions):
        if key[0] == change.name and change.args in (None, key[1]):
            del fold.out.functions[key]


def _view(fold: Folding, change: sql.CreateView) -> None:
    known = fold.out.views.get(change.name) if change.replaces else None
    lost = known is not None and not change.security_invoker
    was = (known.place if known.security_invoker else known.was_invoker) if lost and known else None
    fold.out.views[change.name] = View(
        name=change.name,
        security_invoker=change.security_invoker,
        materialized=change.materialized,
        tables=change.tables,
        grants=known.grants if known else {},
        place=fold.at(change.span),
        revokes=known.revokes if known else {},
        functions=change.functions,
        query=change.query,
        was_invoker=was,
    )


def _invoker(fold: Folding, change: sql.ViewInvoker) -> None:
    if view := fold.out.views.get(change.name):
        fold.out.views[change.name] = replace(view, security_invoker=change.on, place=fold.at(change.span))


def _trigger(fold: Folding, change: sql.CreateTrigger) -> None:
    place = fold.at(change.span)
    fold.out.triggers[change.table, change.name] = Trigger(
        change.name, change.table, change.function, change.events, change.before, place
    )


def _drop_trigger(fold: Folding, change: sql.DropTrigger) -> None:
    fold.out.triggers.pop((change.table, change.name), None)


def _event_trigger(fold: Folding, change: sql.EventTrigger) -> None:
    bodies = (item.body for key, item in fold.out.functions.items() if key[0] == change.function)
    if change.event == "ddl_command_end" and any(_ENABLES_RLS.search(body) for body in bodies):
        fold.auto_rls = fold.at(change.span)


def _publish(fold: Folding, change: sql.Publish) -> None:
    if change.publication != REALTIME:
        return
    if change.all_tables:
        fold.all_realtime = True
    if change.how == "set":
        for table in fold.out.tables.values():
            table.realtime, table.realtime_place = change.all_tables, fold.at(change.span)
    for name in change.tables:
        table = fold.table(name, change.span)
        table.realtime, table.realtime_place = change.how != "drop", fold.at(change.span)


def _bucket(fold: Folding, change: sql.SetBucket) -> None:
    fold.out.buckets[change.name] = Bucket(change.name, bool(change.public), fold.at(change.span))


def _enum_type(fold: Folding, change: sql.EnumType) -> None:
    fold.out.enums[change.type.lower()] = change.values


def _enum_value(fold: Folding, change: sql.EnumValue) -> None:
    name = change.type.lower()
    fold.out.enums[name] = (*fold.out.enums.get(name, ()), change.value)


def _types(args: tuple[str, ...]) -> tuple[str, ...]:
    """Argument types alone: they tell overloads apart."""
    return tuple(arg.rpartition(" ")[2] if " " in arg else arg for arg in args)


def _undoes(change: sql.Privileges, schema: str, blanket: BlanketGrant) -> bool:
    same = blanket.schema == schema and blanket.by_default == change.by_default
    return same and set(blanket.roles) <= set(change.roles) and blanket.privileges <= change.privileges


ACCESS_HANDLERS: dict[type, Callable[[Folding, Any], None]] = {
    sql.SetPolicy: _policy,
    sql.DropPolicy: _drop_policy,
    sql.Privileges: _privileges,
    sql.CreateFunction: _function,
    sql.AlterFunction: _alter_function,
    sql.DropFunction: _drop_function,
    sql.CreateView: _view,
    sql.ViewInvoker: _invoker,
    sql.CreateTrigger: _trigger,
    sql.DropTrigger: _drop_trigger,
    sql.EventTrigger: _event_trigger,
    sql.Publish: _publish,
    sql.SetBucket: _bucket,
    sql.EnumType: _enum_type,
    sql.EnumValue: _enum_value,
}
