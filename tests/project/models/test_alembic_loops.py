"""Migrations that say once what holds of many tables."""

from __future__ import annotations

import pytest

from lastmile_desktop.project.models.sql.alembic_ops import read_alembic
from lastmile_desktop.project.models.sql.sql_changes import AddColumn


def added(body: str, before: str = "") -> set[str]:
    text = f"from alembic import op\nimport sqlalchemy as sa\n{before}\ndef upgrade():\n"
    text += "".join(f"    {line}\n" for line in body.splitlines())
    changes = [change for item in read_alembic(text).statements for change in item.changes]
    return {
        f"{item.table}.{column.name}"
        for item in changes
        if isinstance(item, AddColumn)
        for column in [item.column]
    }


BOTH = {"public.users.state", "public.orders.state"}
ADD = 'op.add_column(table, sa.Column("state", sa.Text()))'


@pytest.mark.parametrize(
    ("body", "before"),
    [
        (f'for table in ("users", "orders"):\n    {ADD}', ""),
        (f"for table in TABLES:\n    {ADD}", 'TABLES = ["users", "orders"]'),
        (f'names = ["users", "orders"]\nfor table in sorted(names):\n    if table:\n        {ADD}', ""),
        ('for table, column in [("users", "state"), ("orders", "state")]:\n    op.add_column(table, sa.Column(column, sa.Text()))', ""),
        ('for table, kind in {"users": sa.Text(), "orders": sa.Text()}.items():\n    op.add_column(table, sa.Column("state", kind))', ""),
        ('for one in ("user", "order"):\n    op.add_column(f"{one}s", sa.Column("state", sa.Text()))', ""),
        ('_add("users")\n_add("orders")', f"def _add(table):\n    {ADD}"),
        ('for table in ("users", "orders"):\n    with op.batch_alter_table(table) as batch:\n        batch.add_column(sa.Column("state", sa.Text()))', ""),
        ('for column in [sa.Column("state", sa.Text())]:\n    op.add_column("users", column)\n    op.add_column("orders", column)', ""),
    ],
)  # fmt: skip
def test_what_a_loop_over_known_names_adds(body: str, before: str) -> None:
    assert added(body, before) == BOTH


def test_loops_in_loops() -> None:
    body = "for table in ('users', 'orders'):\n    for name in ('a', 'b'):\n        op.add_column(table, sa.Column(name, sa.Text()))"
    assert added(body) == {"public.users.a", "public.users.b", "public.orders.a", "public.orders.b"}


@pytest.mark.parametrize(
    "over", ["inspector.get_table_names()", "range(10 ** 9)", "[*names]", "{**a}", "x for"]
)
def test_what_is_worked_out_while_it_runs_is_left_as_it_is(over: str) -> None:
    assert not added(f"for table in {over}:\n    {ADD}")
    assert added(f'for table in {over}:\n    op.add_column("users", sa.Column("state", sa.Text()))') == (
        set() if over == "x for" else {"public.users.state"}
    )


def test_functions_that_call_themselves_come_to_an_end() -> None:
    assert added('_add("users")', f"def _add(table):\n    {ADD}\n    _add(table)") == {"public.users.state"}
