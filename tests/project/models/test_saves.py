"""What a save leaves as it was: a check that read nothing else is not asked again."""

from __future__ import annotations

from lastmile_desktop.project.memo import Memo
from lastmile_desktop.project.models.schema.sources import schema_texts
from lastmile_desktop.project.reads import Difference, RecordingView
from lastmile_desktop.project.view import ProjectView
from tests.project.models.hooks import view_of

TABLE = "create table public.orders (id bigint primary key, total bigint);\n"
MIGRATION = "supabase/migrations/20260101000000_orders.sql"


def tables(view: ProjectView) -> tuple[str, ...]:
    return tuple(view.schema.tables)


def fails_on_other(view: ProjectView) -> int:
    return len(view.schema.tables["public.orders"].columns)


def after(sql: str) -> tuple[ProjectView, ProjectView]:
    """A project before and after its migration is saved as this."""
    memo = Memo()
    before = view_of({MIGRATION: TABLE}, memo)
    _ = before.schema
    return before, view_of({MIGRATION: sql}, memo)


def test_a_comment_in_a_migration_makes_no_other_schema_but_another_text() -> None:
    before, now = after(TABLE + "-- later\n")
    assert now.schema is before.schema
    assert now.made(schema_texts) != before.made(schema_texts)


def test_another_column_makes_another_schema() -> None:
    before, now = after(TABLE.replace("total bigint", "total bigint, note text"))
    assert now.schema != before.schema
    assert now.schema.stamp != before.schema.stamp


def test_what_a_function_makes_of_the_view_is_compared() -> None:
    before, now = after(TABLE + "-- later\n")
    recording = RecordingView.of(before)
    reads = recording.begin()
    assert recording.made(tables) == ("public.orders",)
    assert not reads.parts
    assert not Difference(before, now).touches(reads)
    assert Difference(before, after(TABLE.replace("orders", "bills"))[1]).touches(reads)


def test_a_function_that_fails_asks_the_check_again() -> None:
    before, now = after(TABLE.replace("orders", "bills"))
    recording = RecordingView.of(before)
    reads = recording.begin()
    assert recording.made(fails_on_other) == 2
    assert Difference(before, now).touches(reads)


def test_what_was_never_made_before_is_asked_for() -> None:
    before, now = after(TABLE + "-- later\n")
    recording = RecordingView.of(before)
    reads = recording.begin()
    recording.made(tables)
    assert Difference(view_of({MIGRATION: TABLE}), now).touches(reads)
