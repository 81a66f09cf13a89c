"""access.rls-not-enforced: row security is on, but its policies, views or functions let everyone through."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.models.row_security.advisor import (
    account_views,
    definer_functions,
    extensions_among_tables,
    foreign_tables,
    metadata_policies,
    owner_views,
    searching_functions,
    views_of_hidden_tables,
)
from lastmile_desktop.project.models.row_security.audience import Audience, audience
from lastmile_desktop.project.models.row_security.data_api import DataApi, data_api, exposed_tables
from lastmile_desktop.project.models.row_security.definer import (
    Exposed,
    exposed_functions,
    open_views,
)
from lastmile_desktop.project.models.row_security.definer_grades import GRADES
from lastmile_desktop.project.models.row_security.policy_cycles import cycles
from lastmile_desktop.project.models.row_security.policy_review import Weakness, open_to_readers, review
from lastmile_desktop.project.models.row_security.policy_unknowns import policy_unknowns
from lastmile_desktop.project.models.row_security.rls_policy import Surroundings, surroundings, using_scope
from lastmile_desktop.project.models.row_security.search_paths import search_paths
from lastmile_desktop.project.models.schema.begun import looked_migrations
from lastmile_desktop.project.models.schema.generated_functions import live_names
from lastmile_desktop.project.models.schema.model import (
    Place,
    RlsPolicyScope,
    SchemaModel,
    SqlFunction,
    Table,
    Tenancy,
)
from lastmile_desktop.project.models.schema.named_in_code import idle_tables
from lastmile_desktop.project.models.schema.sources import schema_texts
from lastmile_desktop.project.models.schema.usage import used_tables
from lastmile_desktop.project.models.schema.view_sums import only_sums, tells_little
from lastmile_desktop.project.view import ProjectView

CHECK = "access.rls-not-enforced"
_SERVER_CODE = re.compile(
    r"(?:^|/)(?:functions|api|server|backend|scripts|actions|cron|workers?)/|\.server\.|\.py$|route\.[jt]s$"
)
_ORM_FILES = re.compile(r"(?:^|/)(?:schema\.prisma|drizzle\.config\.[jt]s)$")
_SHOWN = 200
_Live = tuple[frozenset[str], frozenset[str]] | None


def detect(view: ProjectView) -> Detection:
    api = data_api(view)
    schema = view.schema
    tables = tuple(
        table for table in exposed_tables(schema) if table.rls or (table.policies and not table.created)
    )
    if not api.reached:
        # No stranger comes to these tables, but the policies may be thought to hold for the server.
        held = tuple(_owner_bypass(view, tables))
        return Detection(
            findings=held, not_applicable=None if held else NotApplicable(api.reason, api.evidence)
        )
    if not tables and not schema.views and not schema.functions:
        reason = "No table has row security yet, so there are no policies to read."
        return Detection(not_applicable=NotApplicable(reason, api.evidence))
    live = live_names(view)
    idle = view.made(idle_tables)
    key = (schema.stamp, view.made(schema_texts), api, frozenset(view.client_graph.client), live, idle)
    return view.whole(CHECK, key, lambda: _detect(view, api, tables, live, idle))


def _detect(
    view: ProjectView, api: DataApi, tables: tuple[Table, ...], live: _Live, idle: frozenset[str]
) -> Detection:
    schema = view.schema
    around = surroundings(schema)
    weak = [item for table in tables for item in review(table, around)]
    weak.extend(cycles({table.name: table for table in tables}))
    findings = [_policy_finding(schema, item, api, idle) for item in weak]
    findings.extend(_realtime(tables, around))
    findings.extend(_views(schema, around))
    findings.extend(_other_views(schema, around))
    findings.extend(_functions(schema, around, live))
    findings.extend(_without_policy(view, tables))
    findings.extend(_no_role(tables, around, weak))
    findings.extend(_owner_bypass(view, tables))
    findings.extend(_advised(view, tables, weak))
    hurt = {item.table.name for item in weak if item.severity is not Severity.INFO}
    return Detection(
        findings=tuple(findings),
        passes=tuple(_passes(tables, around, hurt)),
        unknowns=tuple(policy_unknowns(schema, tables)),
        looked=(
            Looked("tables with row security", len(tables), len(exposed_tables(schema))),
            *looked_migrations(schema),
        ),
    )


def _policy_finding(schema: SchemaModel, item: Weakness, api: DataApi, idle: frozenset[str]) -> RawFinding:
    migration = schema.migration(item.place.path)
    sure = api.confidence * (0.6 if migration is not None and migration.stray else 1.0)
    severity, message = item.severity, item.message
    # What nothing writes holds nothing yet.
    if item.table.bare_name in idle and severity in (Severity.CRITICAL, Severity.HIGH):
        reads = any(
            policy.name == item.policy and policy.command in ("SELECT", "ALL")
            for policy in item.table.policies
        )
        severity = Severity.LOW if reads else Severity.INFO
        message = f"{message.rstrip('.')}; nothing in your code uses it so far."
    return RawFinding(
        f"{CHECK}/{item.rule}",
        message,
        (_at(item.place),),
        symbol=f"{item.table.bare_name}.{item.policy}",
        severity=severity,
        confidence=max(0.5, item.confidence * sure),
    )


def _realtime(tables: tuple[Table, ...], around: Surroundings) -> Iterator[RawFinding]:
    """Changes are sent to everyone who may read the row."""
    for table in tables:
        if (
            table.realtime
            and table.realtime_place
            and audience(table) is Audience.PRIVATE
            and open_to_readers(table, around)
        ):
            yield RawFinding(
                f"{CHECK}/realtime",
                f"Every change in {table.bare_name} is sent live to whoever listens: anyone may read its rows.",
                (_at(table.realtime_place),),
                symbol=table.bare_name,
            )


def _views(schema: SchemaModel, around: Surroundings) -> Iterator[RawFinding]:
    for item in open_views(schema, around):
        name = item.view.name.removeprefix("public.")
        reads = ", ".join(table.bare_name for table in item.tables[:3])
        lost = ", because it was replaced without security_invoker" if item.view.was_invoker else ""
        private = any(audience(table) is Audience.PRIVATE for table in item.tables)
        also = (
            (_at(item.view.was_invoker, "here it still had security_invoker"),)
            if item.view.was_invoker
            else ()
        )
        sums = only_sums(item.view.query)
        little = sums or (tells_little(item.view.query) and "public" in name)
        lesser = Severity.INFO if little else Severity.LOW if tells_little(item.view.query) else None
        yield RawFinding(
            f"{CHECK}/definer-view",
            f"The view {name} shows {'sums over' if sums else 'rows of'} {reads} past their row security{lost}.",
            (_at(item.view.place), *also),
            symbol=name,
            severity=lesser,
            confidence=0.9 if private or item.view.was_invoker else 0.7,
        )


def _other_views(schema: SchemaModel, around: Surroundings) -> Iterator[RawFinding]:
    for item, hidden in views_of_hidden_tables(schema, around):
        name = item.name.removeprefix("public.")
        yield RawFinding(
            f"{CHECK}/definer-view",
            f"The view {name} shows the rows of {', '.join(hidden[:3])} to anyone with your public key, past the "
            "schema that hides them.",
            (_at(item.place),),
            symbol=name,
            severity=Severity.CRITICAL,
            confidence=0.8,
        )
    for item in account_views(schema, around):
        name = item.name.removeprefix("public.")
        yield RawFinding(
            f"{CHECK}/definer-view",
            f"The view {name} shows rows of auth.users, where the addresses of all your users are.",
            (_at(item.place),),
            symbol=name,
            severity=Severity.CRITICAL,
            confidence=0.9,
        )
    for item in owner_views(schema, around):
        name = item.name.removeprefix("public.")
        what = (
            "keeps a copy that no policy protects" if item.materialized else "reads with its owner's rights"
        )
        yield RawFinding(
            f"{CHECK}/definer-view",
            f"The view {name} {what}; what it shows today is open anyway.",
            (_at(item.place),),
            symbol=name,
            severity=Severity.INFO,
            confidence=0.9,
        )


def _is_gone(item: Exposed, live: _Live) -> bool:
    """Whether the live database has neither this function nor one of the tables it reads any more."""
    if live is None:
        return False
    tables, functions = live
    bare = item.function.name.rpartition(".")[2].lower()
    return bare not in functions and any(table.lower() not in tables for table in item.tables)


def _functions(schema: SchemaModel, around: Surroundings, live: _Live) -> Iterator[RawFinding]:
    worse: set[Place] = set()
    for item in exposed_functions(schema, around):
        worse.add(item.function.place)
        if not _is_gone(item, live):
            yield _function_finding(schema, item)
    yield from _callable(tuple(item for item in definer_functions(schema) if item.place not in worse))
    yield from search_paths(CHECK, searching_functions(schema))


def _callable(functions: tuple[SqlFunction, ...]) -> Iterator[RawFinding]:
    """Functions that ask who is calling, said once: as many as an app has, and mostly as they should be."""
    if not functions:
        return
    first = functions[0]
    name = first.name.removeprefix("public.")
    run = (
        f"{len(functions)} functions run with their owner's rights and anyone may call them, such as {name}"
        if len(functions) > 1
        else f"{name} runs with its owner's rights and anyone may call it"
    )
    yield RawFinding(
        f"{CHECK}/definer-function",
        f"{run}; revoke execute if your app does not.",
        (_at(first.place), *(_at(item.place) for item in functions[1:_SHOWN])),
        symbol="SECURITY DEFINER" if len(functions) > 1 else name,
        severity=Severity.INFO,
        confidence=0.9,
    )


def _advised(view: ProjectView, tables: tuple[Table, ...], weak: list[Weakness]) -> Iterator[RawFinding]:
    """What else Supabase's advisor would list."""
    for extension in extensions_among_tables(view):
        yield RawFinding(
            f"{CHECK}/extension-in-public",
            f"The extension {extension.name} stands among your own tables in public, where the data API serves it.",
            (_at(extension.place),),
            symbol=extension.name,
        )
    for foreign in foreign_tables(view):
        name = foreign.name.removeprefix("public.")
        yield RawFinding(
            f"{CHECK}/foreign-table",
            f"{name} is a table of another server: row security does not hold for it, and the data API serves it.",
            (_at(foreign.place),),
            symbol=name,
        )
    reported = {(item.table.name, item.policy) for item in weak if item.rule == "user-metadata"}
    for table, policy in metadata_policies(tables):
        if (table.name, policy.name) not in reported:
            yield RawFinding(
                f"{CHECK}/user-metadata",
                f'The policy "{policy.name}" on {table.bare_name} also reads user_metadata, which every user can edit.',
                (_at(policy.place),),
                symbol=f"{table.bare_name}.{policy.name}",
                severity=Severity.MEDIUM,
                confidence=0.75,
            )


def _function_finding(schema: SchemaModel, item: Exposed) -> RawFinding:
    name = item.function.name.removeprefix("public.")
    severity, confidence, what = GRADES[item.danger]
    link = "" if what.startswith(("and", "for")) else ","
    migration = schema.migration(item.function.place.path)
    unsure = item.by_name_only or (migration is not None and migration.stray)
    return RawFinding(
        f"{CHECK}/definer-function",
        f"Anyone can call {name}{link} {what.format(tables=', '.join(item.tables[:3]))}.",
        (_at(item.function.place),),
        symbol=name,
        severity=severity,
        confidence=min(confidence, 0.6) if unsure else confidence,
    )


def _without_policy(view: ProjectView, tables: tuple[Table, ...]) -> Iterator[RawFinding]:
    """Row security without a policy hides every row: safe, and a reason to switch it off in a hurry."""
    uses = None
    for table in tables:
        if table.policies or table.policies_unsure or not table.created or table.partition_of:
            continue
        uses = used_tables(view) if uses is None else uses
        used = uses.get(table.name)
        path = next((path for path in used.paths if _is_client_code(view, path)), "") if used else ""
        message = (
            f"Row security hides all rows of {table.bare_name} from your app, because there is no policy."
        )
        also = (at(path, 0, note="asks for this table"),) if path else ()
        yield RawFinding(
            f"{CHECK}/rls-on-no-policy",
            message,
            (_at(table.rls_place or table.place), *also),
            symbol=table.bare_name,
            severity=Severity.MEDIUM if path else Severity.INFO,
        )


def _is_client_code(view: ProjectView, path: str) -> bool:
    return view.client_graph.is_client(path) and not _SERVER_CODE.search(path)


def _no_role(tables: tuple[Table, ...], around: Surroundings, weak: list[Weakness]) -> Iterator[RawFinding]:
    """Policies without TO hold for strangers too. Harmless while they compare the caller, so said once."""
    reported = {(item.table.name, item.policy) for item in weak}
    scoped = (RlsPolicyScope.SCOPED, RlsPolicyScope.CALLER)
    loose = [
        (table, policy)
        for table in tables
        for policy in table.policies
        if "public" in policy.roles
        and (table.name, policy.name) not in reported
        and using_scope(policy, table, around) in scoped
    ]
    if loose:
        table, policy = loose[0]
        count = len(loose)
        which = (
            f"{count} policies name"
            if count > 1
            else f'The policy "{policy.name}" on {table.bare_name} names'
        )
        yield RawFinding(
            f"{CHECK}/no-to-role",
            f"{which} no role with TO, so they are worked out for strangers too before they say no.",
            (_at(policy.place),),
            symbol="TO",
            severity=Severity.LOW,
        )


def _owner_bypass(view: ProjectView, tables: tuple[Table, ...]) -> Iterator[RawFinding]:
    """An ORM that signs in as the tables' owner is not held by their policies."""
    if not any(table.policies and not table.rls_forced for table in tables):
        return
    facts = [
        fact for fact in view.facts if fact.key == "db.access" and fact.value in ("mixed", "orm", "driver")
    ]
    orm = next((entry.path for entry in view.tree.readable() if _ORM_FILES.search(entry.path)), "")
    if facts and orm:
        yield RawFinding(
            f"{CHECK}/owner-bypass",
            "Your server signs in to the database as its owner: these policies do not hold there, its code must check.",
            (at(orm, 1),),
            symbol="owner",
            severity=Severity.HIGH,
        )


def _passes(tables: tuple[Table, ...], around: Surroundings, hurt: set[str]) -> Iterator[PassEvidence]:
    """Tables with an owner whose every policy compares the caller."""
    for table in tables:
        if table.name in hurt or not table.policies:
            continue
        if table.tenancy is Tenancy.NONE:
            continue
        scoped = next(
            (item for item in table.policies if using_scope(item, table, around) is RlsPolicyScope.SCOPED),
            None,
        )
        if scoped is not None:
            yield PassEvidence(_at(scoped.place, f"rows of {table.bare_name} belong to the caller"))


def _at(place: Place, note: str = "") -> Evidence:
    return at(place.path, place.line, place.line_end, note=note)
