"""Whatever has happened to a file: it is a log, or it is refused in plain words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.log import Log
from lastmile_desktop.talks import log_csv, log_json, log_markdown
from lastmile_desktop.talks.log_merge import FirstIds, merged
from tests.customers.logs import logs

PIECES = (
    b"",
    b"\n",
    b'"',
    b"{",
    b"}",
    b"- id: 0\n",
    b"null",
    b"-1",
    b"1e999",
    b"9" * 400,
    b"\xff",
    b"## ",
    b",",
    b";",
)


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(data)))
        end = min(len(data), begin + draw(st.integers(0, 40)))
        data = data[:begin] + draw(st.sampled_from(PIECES) | st.binary(max_size=6)) + data[end:]
    return data


def take(log: Log) -> None:
    merged(Log(), log, FirstIds())


@settings(max_examples=150)
@given(log=logs(2), chance=st.data())
@pytest.mark.parametrize("form", [log_json, log_markdown])
def test_a_damaged_file_is_read_or_refused(form: object, log: Log, chance: st.DataObject) -> None:
    assert form in (log_json, log_markdown)
    module = log_json if form is log_json else log_markdown
    data = chance.draw(damaged(module.write(log)))
    try:
        take(module.read(data))
    except LastMileError as problem:
        assert problem.happened
        assert problem.remedy


@settings(max_examples=150)
@given(log=logs(2), chance=st.data())
def test_damaged_tables_are_read_or_refused(log: Log, chance: st.DataObject) -> None:
    files = log_csv.write(log)
    name = chance.draw(st.sampled_from(sorted(files)))
    files[name] = chance.draw(damaged(files[name]))
    try:
        take(log_csv.read(files))
    except LastMileError as problem:
        assert problem.happened
        assert problem.remedy
