"""What a table is for, as its name and columns tell: a list of fixed values, a stream that only grows, people."""

from __future__ import annotations

import re

from lastmile_desktop.project.models.schema.model import Column, Migration, SchemaModel, Table, Tenancy

_FIXED = re.compile(
    r"(?:^|_)(?:countries|country|currencies|currency|languages|locales|timezones|cities|states|regions|settings?|config\w*"
    r"|feature_flags|flags|plans?|pricing\w*|tiers?|roles?|permissions?|statuses|status|units|lookups?|categories|category"
    r"|tags?|types?|faqs?|testimonials|badges|achievements|levels|skills|genres|colou?rs|sizes|banners|sliders?|menus?"
    r"|templates?|packages|amenities|holidays|services|features|content_blocks|translations|packs|price_items|steps"
    r"|questions|topics|modules|limits|rates|thresholds|prompts|models|tax_rates|providers|sports|positions|schemas?)$"
)
_STREAM = re.compile(
    r"(?:^|_)(?:events?|logs?|messages?|notifications?|views|visits|clicks|analytics|metrics|readings|activit(?:y|ies)"
    r"|audits?|audit_\w+|audit_trail|history|transactions?|impressions|pings|measurements|sessions|sends|deliveries"
    r"|entries|ledger|scans|checkins|check_ins|locations|positions_history|points|usage\w*|requests|attempts|responses|runs"
    r"|comments|likes|votes|emails?)$"
)
_TOOL_TABLES = frozenset({
    "_prisma_migrations", "__drizzle_migrations", "alembic_version", "spatial_ref_sys", "schema_migrations",
    "django_migrations", "django_session",
})  # fmt: skip
_LOG = re.compile(
    r"(?:^|_)(?:logs?|audits?|audit_\w+|history|analytics|metrics|events?|archive|backup\w*|page_?views|views|visits|clicks|impressions)(?:_|$)|audit|logs?$"
)
_PEOPLE = re.compile(r"^(?:users?|profiles?|user_profiles?|accounts?|customers?|members|usuarios|clients?)$")
_ACCOUNTS = re.compile(
    r"^(?:organi[sz]ations?|orgs?|tenants?|teams?|workspaces?|companies|company|businesses|agencies|stores?|shops?)$"
)


def is_fixed(table: Table) -> bool:
    """A short list that the maker fills, not the customers."""
    return table.tenancy is Tenancy.NONE and _FIXED.search(table.bare_name) is not None


def is_fixed_name(name: str) -> bool:
    return _FIXED.search(name.lower()) is not None or name.lower().endswith(("settings", "config"))


def is_stream(name: str) -> bool:
    """Whether every use of the app adds rows that nobody removes."""
    return _STREAM.search(name.lower()) is not None


def is_log(name: str) -> bool:
    return _LOG.search(name.lower()) is not None


def holds_people(name: str) -> bool:
    return _PEOPLE.match(name) is not None


def holds_accounts(name: str) -> bool:
    return _ACCOUNTS.match(name) is not None


def own_tables(schema: SchemaModel) -> tuple[Table, ...]:
    """The project's own tables whose columns are known."""
    return tuple(
        table
        for table in schema.tables.values()
        if table.created
        and table.columns
        and not table.partition_of
        and table.bare_name not in _TOOL_TABLES
        and table.schema not in ("auth", "storage", "cron", "net", "vault", "realtime", "extensions")
    )


def is_unique(table: Table, column: str) -> bool:
    """Whether some unique index or key takes this column in."""
    return column in table.primary_key or any(
        index.unique and any(column == part or column in part for part in index.columns)
        for index in table.indexes
    )


def tool_of(schema: SchemaModel, column: Column, by_path: dict[str, Migration]) -> str:
    """Which tool wrote the column: a migration tool, or the ORM by its file."""
    migration = by_path.get(column.place.path)
    if migration is not None:
        return migration.tool
    suffix = column.place.path.rpartition(".")[2]
    return {"prisma": "prisma", "ts": "drizzle", "py": "python"}.get(suffix, suffix)
