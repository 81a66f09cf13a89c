"""Which views only add up."""

from __future__ import annotations

import pytest

from lastmile_desktop.project.models.schema.view_sums import only_sums


@pytest.mark.parametrize(
    "query",
    [
        "select 'Orders' as metric, count(*) from orders union all select 'Users', count(*) from profiles",
        "select date(created_at) as day, avg(total) from orders group by date(created_at) order by day",
        "select status, count(*) from orders group by status",
    ],
)
def test_sums_show_nobodys_rows(query: str) -> None:
    assert only_sums(query)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "select id, email from profiles",
        "select user_id, sum(total) from orders group by user_id",
        "select count(*), array_agg(email) from profiles",
        "select count(*) from orders union all select total from orders",
        "select *, count(*) over () from orders",
    ],
)
def test_sums_of_each_person_do(query: str) -> None:
    assert not only_sums(query)
